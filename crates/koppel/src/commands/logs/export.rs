//! `koppel logs export`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use audit_log::{Entry, EventName, ExportOptions, Format, Level};
use koppel_app::{App, AppError, Exit};

use super::filter;
use crate::cli::Export;
use crate::out::Out;

pub(super) async fn run(app: &App, options: &Export, out: &mut Out) -> Result<Exit, AppError> {
    let filter = filter::of(app, &options.filters, options.text.as_deref()).await?;
    if options.bodies && options.format == Format::Csv {
        return Err(AppError::Asked {
            message: "requests and responses have no place in CSV".to_owned(),
            help: "leave `--bodies` out, or export as ndjson".to_owned(),
        });
    }
    let how = ExportOptions::new(options.format).bodies(options.bodies);
    let log = app.audit_reader().await?;
    let count = match &options.output {
        Some(path) => {
            let failed = |error: io::Error| unwritable(path, &error);
            let mut file = BufWriter::new(create(path).map_err(failed)?);
            let count = log.export(&filter, &how, &mut file).await?;
            let file = file
                .into_inner()
                .map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)?;
            let entries = if count == 1 {
                "entry is"
            } else {
                "entries are"
            };
            out.note(&format!("{count} {entries} in {}.", path.display()));
            Some(count)
        }
        None => {
            let mut stdout = BufWriter::new(Stdout { closed: false });
            match log.export(&filter, &how, &mut stdout).await {
                // The rest would be read for nobody.
                Err(_) if stdout.get_ref().closed => None,
                done => Some(done?),
            }
        }
    };
    tell(app, options, count, out).await;
    Ok(Exit::Ok)
}

/// Writes down who took the log along.
async fn tell(app: &App, options: &Export, count: Option<u64>, out: &Out) {
    let what = match options.bodies {
        true => " with requests and answers",
        false => "",
    };
    let format = options.format;
    let message = match count {
        Some(count) => format!("{count} entries{what} were exported as {format}."),
        None => format!("Entries{what} were exported as {format}, until nobody read them."),
    };
    let mut entry = Entry::new(Level::Info, EventName::LogExport, message)
        .actor(app.user())
        .detail("bodies", options.bodies);
    if let Some(count) = count {
        entry = entry.detail("entries", count);
    }
    let told = match app.audit().await {
        Ok(log) => log.append(entry).await.map(drop).map_err(AppError::from),
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        out.warn(&format!(
            "that this was exported is not in the audit log: {error}"
        ));
    }
}

/// Stdout, whose reader may go away, such as `head`.
struct Stdout {
    closed: bool,
}

impl Stdout {
    fn heard<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        done
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = io::stdout().lock().write(bytes);
        self.heard(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = io::stdout().flush();
        self.heard(done)
    }
}

/// Makes or empties a file that only its owner may read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unwritable(path: &Path, error: &io::Error) -> AppError {
    AppError::Failed {
        message: format!("{} cannot be written: {error}", path.display()),
        help: "name another file with `--output FILE`".to_owned(),
    }
}
