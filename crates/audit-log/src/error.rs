//! What can go wrong, and what to do about it.

use std::fmt;
use std::path::Path;

/// A word that is not in a closed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    known: Vec<&'static str>,
}

impl UnknownWord {
    pub(crate) fn new(
        what: &'static str,
        word: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self {
            what,
            word: word.chars().take(64).collect(),
            known: known.into_iter().collect(),
        }
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no {}; there are {}",
            self.word,
            self.what,
            self.known.join(", ")
        )
    }
}

impl std::error::Error for UnknownWord {}

/// Why the log could not do what it was asked.
///
/// The text names the thing, the cause and what to do; it never holds a password or the content of
/// an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A newer version of the program made this log; it stays untouched.
    #[error(
        "the audit log {place} is of schema version {found}, and this program knows versions up \
         to {known}; use the newer program"
    )]
    Newer {
        /// Where the log is.
        place: String,
        /// The version of the log.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file or schema belongs to something else; it stays untouched.
    #[error("{place} holds the tables of another program; name another {what} for the audit log")]
    Foreign {
        /// Where that is.
        place: String,
        /// `file` or `schema`.
        what: &'static str,
    },
    /// There is no log at this place.
    #[error("there is no audit log {place}")]
    Missing {
        /// Where it should be.
        place: String,
    },
    /// There is no space left.
    #[error("{0}")]
    DiskFull(String),
    /// Somebody else holds the lock for too long.
    #[error("{0}")]
    Busy(String),
    /// The log cannot be reached, opened or written at the moment.
    #[error("{0}")]
    Unavailable(String),
    /// The database answered that it does not take what it was given.
    #[error("{0}")]
    Refused(String),
    /// What is stored cannot be read.
    #[error("{0}")]
    Corrupt(String),
    /// What was asked makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The log was opened for reading alone.
    #[error("the audit log {place} is open for reading only")]
    ReadOnly {
        /// Where it is.
        place: String,
    },
    /// The log was closed.
    #[error("the audit log is closed")]
    Closed,
    /// A text was to be looked for in the whole log.
    #[error(
        "a text is only looked for within a time, a run, a record or a connection; give one of \
         them too"
    )]
    TextNeedsWindow,
}

// Result codes of SQLite, https://www.sqlite.org/rescode.html: the low byte is the primary code.
const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const TOOBIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
const RANGE: i32 = 25;
const NOTADB: i32 = 26;
/// The shared-memory file could not be made larger.
const IOERR_SHMSIZE: i32 = IOERR | (19 << 8);

fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Says what an error that is no answer of the database means.
fn general(place: &str, error: &sqlx::Error) -> Error {
    match error {
        sqlx::Error::Io(source) => {
            Error::Unavailable(format!("the audit log {place} cannot be reached: {source}"))
        }
        sqlx::Error::PoolTimedOut => Error::Unavailable(format!(
            "the audit log {place} had no free connection for too long"
        )),
        sqlx::Error::PoolClosed => Error::Closed,
        sqlx::Error::Encode(_) => refused(place, error),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            Error::Corrupt(format!("the audit log {place} cannot be read: {error}"))
        }
        _ => Error::Unavailable(format!("the audit log {place} cannot be used: {error}")),
    }
}

/// Says what an error of the file at `place` means.
pub(crate) fn sqlite(place: &str, error: &sqlx::Error) -> Error {
    let Some(code) = sqlite_code(error) else {
        return general(place, error);
    };
    match code & 0xff {
        _ if code == IOERR_SHMSIZE => full(place),
        FULL => full(place),
        BUSY | LOCKED => Error::Busy(format!(
            "the audit log {place} is locked by another process; try again when that one is done"
        )),
        READONLY => Error::Unavailable(format!(
            "the audit log {place} cannot be written; the file and its directory must be writable"
        )),
        CANTOPEN => Error::Unavailable(format!(
            "the audit log {place} cannot be opened; the file must be readable and its directory \
             writable"
        )),
        NOTADB => no_database(place),
        CORRUPT => Error::Corrupt(format!(
            "the database {place} is damaged ({error}); restore it from a backup"
        )),
        IOERR => Error::Unavailable(format!(
            "the audit log {place} cannot be read or written: the disk, a quota or the file \
             system reports an error ({error})"
        )),
        ERROR | TOOBIG | CONSTRAINT | MISMATCH | RANGE => refused(place, error),
        _ => Error::Unavailable(format!("the audit log {place} cannot be used: {error}")),
    }
}

/// Says what an error of the server at `place` means.
///
/// Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
pub(crate) fn postgres(place: &str, error: &sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(|e| e.code());
    let Some(code) = code else {
        return general(place, error);
    };
    match code.as_ref() {
        "53100" => full(place),
        "55P03" | "40P01" | "57014" => Error::Busy(format!(
            "the audit log {place} is locked by somebody else ({error}); try again when that one \
             is done"
        )),
        "28P01" | "28000" => Error::Unavailable(format!(
            "the server of the audit log {place} refuses the user or the password ({error})"
        )),
        "3D000" => Error::Unavailable(format!(
            "the database of the audit log {place} does not exist; create it first"
        )),
        "42501" => Error::Unavailable(format!(
            "the user may not do what the audit log {place} needs ({error}); let an administrator \
             create the schema for this user, or grant it the right to"
        )),
        "25006" => Error::Unavailable(format!(
            "the server of the audit log {place} takes no writes at the moment ({error})"
        )),
        // A connection or the server is the cause, not what it was given.
        code if PASSING.iter().any(|class| code.starts_with(class)) => {
            Error::Unavailable(format!("the audit log {place} cannot be used: {error}"))
        }
        _ => refused(place, error),
    }
}

/// Classes of codes of PostgreSQL that say nothing about what was to be stored.
const PASSING: &[&str] = &[
    "08", "0A", "0B", "25", "26", "28", "3D", "3F", "40", "53", "55", "57", "58", "72", "F0", "HV",
    "XX",
];

fn refused(place: &str, error: &sqlx::Error) -> Error {
    Error::Refused(format!(
        "the audit log {place} does not take what it was given ({error})"
    ))
}

/// Says that a file is something else.
pub(crate) fn no_database(place: &str) -> Error {
    Error::Unavailable(format!(
        "{place} is no SQLite database; name another file for the audit log, or move this one away"
    ))
}

/// Says what an error of the file at `path` means; `verb` completes "cannot be ...".
pub(crate) fn file(path: &Path, verb: &str, error: &std::io::Error) -> Error {
    use std::io::ErrorKind;
    let path = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => full(&format!("`{path}`")),
        ErrorKind::PermissionDenied => Error::Unavailable(format!(
            "`{path}` cannot be {verb}: this user is not permitted to; choose another place or \
             change the rights of the directory"
        )),
        _ => Error::Unavailable(format!("`{path}` cannot be {verb}: {error}")),
    }
}

fn full(place: &str) -> Error {
    Error::DiskFull(format!(
        "{place} cannot grow: there is no space left; free some, and the log goes on by itself"
    ))
}
