//! The audit log.

use std::fs;
use std::path::Path;
use std::time::Duration;

use api_core::Timestamp;
use audit_log::{AuditLog, Error, Verify};

use super::machine::size;
use super::{Doctor, Health, quoted};
use crate::app::App;
use crate::audit::help;
use crate::error::AppError;

/// How much of the log is verified.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Doctor<'_> {
    pub(super) async fn audit(&mut self, app: &App) {
        let config = &app.config().audit;
        if let Some(path) = config.file()
            && !self.is_there(path)
        {
            return;
        }
        self.waiting();
        let log = match app.audit().await {
            Ok(log) => log,
            Err(AppError::Audit(Error::Missing { .. })) => {
                let message = format!("{} is made by the first sync", config.url);
                self.ok("audit", "", message);
                return;
            }
            Err(AppError::Audit(error)) => {
                let message = format!("{error}; {}", help(&error));
                let next = match (&error, config.file()) {
                    (Error::Newer { .. }, _) => "koppel --version".to_owned(),
                    (Error::Corrupt(_), _) | (_, None) => self.command("logs verify"),
                    (_, Some(path)) => {
                        format!("ls -l {}", quoted(&path.display().to_string()))
                    }
                };
                self.found("audit", "", Health::Problem, message, Some(next));
                return;
            }
            Err(error) => {
                self.failed("audit", "", &error, None);
                return;
            }
        };
        let about = match config.file() {
            Some(path) => format!("{}: {}", path.display(), size(with_journal(path))),
            None => format!("{} (schema {})", config.url, config.schema),
        };
        let pruned = match log.last_prune().await {
            Ok(Some(at)) => format!(", old entries taken out {at}"),
            Ok(None) => String::new(),
            Err(error) => {
                self.failed("audit", "", &error.into(), None);
                return;
            }
        };
        self.ok("audit", "", format!("{about}{pruned}"));
        self.heads(log, &config.heads);
        self.sound(log).await;
    }

    /// Whether the daily heads got out of the log.
    fn heads(&mut self, log: &AuditLog, path: &Path) {
        if let Ok(about) = fs::metadata(path) {
            self.private("audit", path, &about);
        }
        let shown = path.display().to_string();
        let waiting = log.heads_waiting();
        if waiting > 0 {
            let why = (log.heads_problem()).map_or_else(String::new, |why| format!(": {why}"));
            let message = format!("{waiting} daily heads are not in {shown}{why}");
            let next = Some(format!("ls -ld {}", quoted(&shown)));
            self.found("audit", "", Health::Warning, message, next);
        }
    }

    /// Whether what was written in the last day is still what was written.
    async fn sound(&mut self, log: &AuditLog) {
        let since = Timestamp::now().saturating_sub(DAY);
        let verify = Verify::default().since(since).problems(1);
        let next = self.command("logs verify");
        match tokio::time::timeout(PATIENCE, log.verify(&verify)).await {
            Ok(Ok(verified)) if verified.is_sound() => {
                let entries = match verified.entries {
                    1 => "1 entry".to_owned(),
                    count => format!("{count} entries"),
                };
                let message = format!("the last day is as written: {entries}");
                self.ok("audit", "", message);
            }
            Ok(Ok(verified)) => {
                let first = verified.problems.first().map(ToString::to_string);
                let more = match verified.more {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                let first = first.unwrap_or_default();
                let message = format!("the log is not as written: {first}{more}");
                self.found("audit", "", Health::Problem, message, Some(next));
            }
            Ok(Err(error)) => self.failed("audit", "", &error.into(), Some(next)),
            Err(_) => {
                let message = "there is too much of the last day to verify it here";
                self.found("audit", "", Health::Warning, message, Some(next));
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
