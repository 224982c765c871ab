//! The audit log.

use std::fs;
use std::path::Path;

use audit_log::Error;

use super::machine::size;
use super::{Doctor, Health, quoted};
use crate::app::App;
use crate::audit::help;
use crate::error::AppError;

impl Doctor<'_> {
    pub(super) async fn audit(&mut self, app: &App) {
        let config = &app.config().audit;
        if let Some(path) = config.file()
            && !self.is_there(path)
        {
            return;
        }
        self.waiting();
        match app.audit().await {
            Ok(_) => {
                let about = match config.file() {
                    Some(path) => format!("{}: {}", path.display(), size(with_journal(path))),
                    None => format!("{} (schema {})", config.url, config.schema),
                };
                self.ok("audit", "", about);
            }
            Err(AppError::Audit(Error::Missing { .. })) => {
                let message = format!("{} is made by the first sync", config.url);
                self.ok("audit", "", message);
                return;
            }
            Err(AppError::Audit(error)) => {
                let message = format!("{error}; {}", help(&error));
                let next = self.command("logs verify");
                self.found("audit", "", Health::Problem, message, Some(next));
                return;
            }
            Err(error) => {
                self.failed("audit", "", &error, None);
                return;
            }
        }
    }

    /// Whether the file is there; said if it is not, or if it is none.
    fn is_there(&mut self, path: &Path) -> bool {
        let shown = path.display().to_string();
        match fs::metadata(path) {
            Ok(about) => {
                self.private("audit", path, &about);
                return true;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                match path.parent().filter(|parent| !parent.is_dir()) {
                    Some(parent) => {
                        let message = format!("the directory of {shown} is not there");
                        let parent = parent.display().to_string();
                        let next = Some(format!("mkdir -p {}", quoted(&parent)));
                        self.found("audit", "", Health::Problem, message, next);
                    }
                    None => self.ok("audit", "", format!("{shown} is made by the first sync")),
                }
            }
            Err(error) => {
                let message = format!("{shown} cannot be read: {error}");
                let next = Some(format!("ls -l {}", quoted(&shown)));
                self.found("audit", "", Health::Problem, message, next);
            }
        }
        self.waiting();
        false
    }

    /// Events that the last sync could not write down.
    fn waiting(&mut self) {
        if self.waiting > 0 {
            let message = format!(
                "{} events wait in the store for the audit log",
                self.waiting
            );
            let next = self.command("sync");
            self.found("audit", "", Health::Warning, message, Some(next));
            self.waiting = 0;
        }
    }
}

/// The size of a SQLite file with what is not in its main file yet, in bytes.
fn with_journal(path: &Path) -> u64 {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    [path, Path::new(&journal)]
        .into_iter()
        .filter_map(|path| fs::metadata(path).ok())
        .map(|about| about.len())
        .sum()
}
