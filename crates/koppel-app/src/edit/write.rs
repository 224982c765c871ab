//! Writing a file whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::AppError;

/// Replaces a file, if it still holds what it held.
pub(super) fn replace(path: &Path, before: Option<&str>, text: &str) -> Result<(), AppError> {
    // A link stays one: what it leads to is replaced.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let now = match fs::read(&place) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(path, &error)),
    };
    if now.as_deref() != before.map(str::as_bytes) {
        return Err(AppError::Failed {
            message: format!("{} was changed by somebody else meanwhile", path.display()),
            help: "try again; nothing was changed".to_owned(),
        });
    }
    write(&place, text.as_bytes(), None).map_err(|error| failed(path, &error))
}

/// Writes a file that only its owner may read, in the place of the one that is there.
///
/// # Errors
/// When it cannot be written; what was there stays.
pub fn private_file(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    write(path, bytes, Some(0o600)).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> AppError {
    AppError::Failed {
        message: format!("{} cannot be written: {error}", path.display()),
        help: "check the rights on its directory and the space on the disk; nothing was changed"
            .to_owned(),
    }
}

/// Writes beside the file, flushes to the disk, and renames; the mode is kept unless one is given.
fn write(place: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<()> {
    let beside = beside(place)?;
    let done = fill(&beside, place, bytes, mode).and_then(|()| fs::rename(&beside, place));
    if let Err(error) = done {
        // What is half done is of no use; that it stays is not worth a second error.
        match fs::remove_file(&beside) {
            Ok(()) | Err(_) => return Err(error),
        }
    }
    sync_directory(place)
}

fn fill(beside: &Path, place: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode.unwrap_or(0o666));
    }
    let mut file = options.open(beside)?;
    if mode.is_none()
        && let Ok(about) = fs::metadata(place)
    {
        file.set_permissions(about.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// A name in the same directory that nobody else uses.
fn beside(place: &Path) -> io::Result<PathBuf> {
    let name = place
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.new", std::process::id()));
    Ok(place.with_file_name(hidden))
}

/// Makes the new name last through a power cut.
fn sync_directory(place: &Path) -> io::Result<()> {
    let directory = place
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(())
}
