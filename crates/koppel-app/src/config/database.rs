//! Addresses of databases: `sqlite:PATH` and `mysql://USER@HOST/DATABASE`.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::reader::Report;

/// Where a CRM database is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// A SQLite file; absolute.
    Sqlite(PathBuf),
    /// A MariaDB or MySQL database; holds user, host and database name, never a password.
    MySql(Url),
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::MySql(url) => url.fmt(f),
        }
    }
}

/// Why an address is refused. The address is not repeated: it may hold a password.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

const EXPECTED: Wrong = Wrong {
    message: "expected the address of a database",
    help: "write \"sqlite:PATH\" or \"mysql://USER@HOST/DATABASE\"",
};

/// Reads the address of a CRM database.
pub(super) fn crm(text: &str, report: &Report) -> Result<DatabaseUrl, Wrong> {
    if let Some(path) = sqlite(text) {
        return Ok(DatabaseUrl::Sqlite(report.beside(path?)));
    }
    if !text.starts_with("mysql://") && !text.starts_with("mariadb://") {
        return Err(EXPECTED);
    }
    let text = text.replacen("mariadb://", "mysql://", 1);
    let url = Url::parse(&text).map_err(|_| EXPECTED)?;
    if url.password().is_some() {
        return Err(Wrong {
            message: "a password stands in the address",
            help: "take it out, and write `password = \"env:NAME\"` or `password = \"file:PATH\"` beside `url`",
        });
    }
    if url.host_str().is_none_or(str::is_empty) || url.username().is_empty() {
        return Err(Wrong {
            message: "the address names no user or no host",
            help: "write \"mysql://USER@HOST/DATABASE\"",
        });
    }
    let database = url.path().trim_matches('/');
    if database.is_empty() || database.contains('/') {
        return Err(Wrong {
            message: "the address does not end in the name of one database",
            help: "write \"mysql://USER@HOST/DATABASE\"",
        });
    }
    Ok(DatabaseUrl::MySql(url))
}

/// Reads the address of the store.
pub(super) fn store(text: &str, report: &Report) -> Result<PathBuf, Wrong> {
    match sqlite(text) {
        Some(path) => Ok(report.beside(path?)),
        None => Err(Wrong {
            message: "expected the address of a SQLite file",
            help: "write \"sqlite:PATH\"; the store is kept in a file of its own",
        }),
    }
}

/// The path in `sqlite:PATH` or `sqlite://PATH`; `None` if the text is no such address.
fn sqlite(text: &str) -> Option<Result<&str, Wrong>> {
    let rest = text.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    Some(if path.is_empty() || path.starts_with(':') {
        Err(Wrong {
            message: "the address names no file",
            help: "write \"sqlite:PATH\"; a database in memory would be gone after the run",
        })
    } else if path.contains('?') {
        Err(Wrong {
            message: "an SQLite address takes no options",
            help: "write \"sqlite:PATH\" without what follows the `?`",
        })
    } else {
        Ok(path)
    })
}
