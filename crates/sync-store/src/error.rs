//! What a database error means to whoever runs the program.

use std::io;
use std::path::Path;

use sync_core::StoreError;

// Result codes of SQLite, https://www.sqlite.org/rescode.html: the low byte is the primary code.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;
/// The shared-memory file could not be made larger.
const IOERR_SHMSIZE: i32 = IOERR | (19 << 8);
const CONSTRAINT_PRIMARYKEY: i32 = 1555;
const CONSTRAINT_UNIQUE: i32 = 2067;

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether a unique constraint was violated.
pub(crate) fn is_unique_violation(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(CONSTRAINT_PRIMARYKEY | CONSTRAINT_UNIQUE))
}

/// Whether another connection holds the lock that was needed.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED))
}

/// Says what an error of the database at `path` means.
pub(crate) fn database(file: &Path, error: &sqlx::Error) -> StoreError {
    let path = file.display();
    if let sqlx::Error::Io(source) = error {
        return file_at(&path.to_string(), "read or written", source);
    }
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Unavailable(format!(
            "the store `{path}` had no free connection for a minute"
        ));
    }
    let Some(code) = code(error) else {
        return match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StoreError::Corrupt(format!("`{path}`: {error}"))
            }
            _ => StoreError::Unavailable(format!("the store `{path}` cannot be used: {error}")),
        };
    };
    match code & 0xff {
        _ if code == IOERR_SHMSIZE => full(&path.to_string()),
        FULL => full(&path.to_string()),
        BUSY | LOCKED => StoreError::Unavailable(format!(
            "the store `{path}` is locked by another process; try again when that one is done"
        )),
        READONLY => StoreError::Unavailable(format!(
            "the store `{path}` cannot be written; the file and its directory must be writable"
        )),
        CANTOPEN => StoreError::Unavailable(format!(
            "the store `{path}` cannot be opened; the file must be readable and its directory \
             writable"
        )),
        NOTADB => no_database(file),
        CORRUPT => StoreError::Corrupt(format!(
            "the database `{path}` is damaged ({error}); restore it from a backup"
        )),
        IOERR => StoreError::Unavailable(format!(
            "the store `{path}` cannot be read or written: the disk, a quota or the file system \
             reports an error ({error})"
        )),
        _ => StoreError::Unavailable(format!("the store `{path}` cannot be used: {error}")),
    }
}

/// Says that a file is something else.
pub(crate) fn no_database(path: &Path) -> StoreError {
    StoreError::Unavailable(format!(
        "`{}` is no SQLite database; name another file for the store, or move this one away",
        path.display()
    ))
}

/// Says what an error of the file at `path` means; `verb` completes "cannot be ...".
pub(crate) fn file(path: &Path, verb: &str, error: &io::Error) -> StoreError {
    file_at(&path.display().to_string(), verb, error)
}

fn file_at(path: &str, verb: &str, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(path),
        io::ErrorKind::PermissionDenied => StoreError::Unavailable(format!(
            "`{path}` cannot be {verb}: this user is not permitted to; choose another place or \
             change the rights of the directory"
        )),
        _ => StoreError::Unavailable(format!("`{path}` cannot be {verb}: {error}")),
    }
}

fn full(path: &str) -> StoreError {
    StoreError::DiskFull(format!(
        "`{path}` cannot grow; free some space and start again, the work goes on where it stopped"
    ))
}
