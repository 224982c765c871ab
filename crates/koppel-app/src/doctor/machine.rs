//! Clock, disk and store.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Doctor, Health, quoted};
use crate::app::App;

/// The day this was written for: an earlier clock is wrong. 2025-01-01.
const NOT_BEFORE: Duration = Duration::from_secs(1_735_689_600);
/// Below this much free space somebody should look, in bytes.
const LITTLE_SPACE: u64 = 500 << 20;
/// Below this much free space the next sync may fail, in bytes.
const NO_SPACE: u64 = 50 << 20;

impl Doctor<'_> {
    pub(super) fn clock(&mut self, _app: &App) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        match now {
            Ok(now) if now >= NOT_BEFORE => {
                let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
                let now = api_core::Timestamp::from_seconds(seconds);
                self.ok("clock", "", now.to_string());
            }
            _ => {
                let message = "the clock of this machine stands before 2025";
                let next = Some("timedatectl status".to_owned());
                self.found("clock", "", Health::Problem, message, next);
            }
        }
    }

    pub(super) async fn store(&mut self, app: &App) {
        let path = app.config().store.path.clone();
        let shown = path.display();
        let directory = path.parent().unwrap_or(Path::new("/"));
        if !directory.is_dir() {
            let message = format!("the directory of the store {shown} is not there");
            let next = format!("mkdir -p {}", quoted(&directory.display().to_string()));
            self.found("store", "", Health::Problem, message, Some(next));
            return;
        }
        self.disk(directory);
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.ok("store", "", format!("{shown} is made by the first sync"));
                return;
            }
            Err(error) => {
                let message = format!("{shown} cannot be read: {error}");
                let next = format!("ls -l {}", quoted(&path.display().to_string()));
                self.found("store", "", Health::Problem, message, Some(next));
                return;
            }
        };
        self.private("store", &path, &about);
        match app.store_info().await {
            Ok(info) => {
                let message = format!(
                    "{shown}: schema version {}, {}",
                    info.schema_version,
                    size(info.size_bytes)
                );
                self.ok("store", "", message);
                let outbox = (info.tables.iter()).find(|table| table.name == "event_outbox");
                self.waiting = outbox.map_or(0, |outbox| outbox.rows);
            }
            Err(error) => {
                let next = self.command("db info");
                self.failed("store", "", &error, Some(next));
            }
        }
    }

    fn disk(&mut self, directory: &Path) {
        let Some(free) = free_space(directory) else {
            return;
        };
        let message = format!("{} free in {}", size(free), directory.display());
        let next = Some(format!(
            "df -h {}",
            quoted(&directory.display().to_string())
        ));
        if free < NO_SPACE {
            self.found("store", "", Health::Problem, message, next);
        } else if free < LITTLE_SPACE {
            self.found("store", "", Health::Warning, message, next);
        } else {
            self.ok("store", "", message);
        }
    }

    /// A file with records or tokens in it is its owner's alone.
    pub(super) fn private(&mut self, area: &'static str, path: &Path, about: &fs::Metadata) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let shown = path.display().to_string();
                let message = format!("others have rights on {shown} (mode {mode:04o})");
                let next = Some(format!("chmod 600 {}", quoted(&shown)));
                self.found(area, "", Health::Warning, message, next);
            }
        }
        #[cfg(not(unix))]
        {
            let _unused = (area, path, about);
        }
    }
}

/// How much the user may still write there, in bytes.
fn free_space(directory: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let about = rustix::fs::statvfs(directory).ok()?;
        about.f_bavail.checked_mul(about.f_frsize)
    }
    #[cfg(not(unix))]
    {
        let _unused = directory;
        None
    }
}

/// A number of bytes, for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        10_485_760..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (10_239, "10239 bytes"),
            (10_240, "10 KiB"),
            (104_857_600, "100 MiB"),
            (107_374_182_400, "100 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
