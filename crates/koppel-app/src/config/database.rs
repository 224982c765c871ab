//! Addresses of databases: `sqlite:PATH`, `mysql://USER@HOST/DATABASE` and `postgres://…`.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use connectors::sql::{
    MYSQL_PARAMETERS, POSTGRES_PARAMETERS, is_mysql_parameter, is_postgres_parameter,
};
use url::Url;

use super::reader::Report;
use super::suggest;

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// A SQLite file; absolute.
    Sqlite(PathBuf),
    /// A MariaDB or MySQL database; holds user, host and database name, never a password.
    MySql(Url),
    /// A PostgreSQL database; holds user, host and database name, never a password.
    Postgres(Url),
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::MySql(url) | Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Why an address is refused. The address is not repeated: it may hold a password.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) message: Cow<'static, str>,
    pub(super) help: Cow<'static, str>,
}

impl Wrong {
    const fn new(message: &'static str, help: &'static str) -> Self {
        Self {
            message: Cow::Borrowed(message),
            help: Cow::Borrowed(help),
        }
    }
}

/// A kind of database server.
struct Server {
    /// The schemes of its addresses; the first is the usual one.
    schemes: &'static [&'static str],
    /// The parameter that says how it is encrypted.
    mode: &'static str,
    /// What that can be.
    modes: &'static [&'static str],
    /// All parameters.
    parameters: &'static [&'static str],
    known: fn(&str) -> bool,
}

const MYSQL: Server = Server {
    schemes: &["mysql", "mariadb"],
    mode: "ssl-mode",
    modes: &[
        "DISABLED",
        "PREFERRED",
        "REQUIRED",
        "VERIFY_CA",
        "VERIFY_IDENTITY",
    ],
    parameters: &MYSQL_PARAMETERS,
    known: is_mysql_parameter,
};

const POSTGRES: Server = Server {
    schemes: &["postgres", "postgresql"],
    mode: "sslmode",
    modes: &[
        "disable",
        "allow",
        "prefer",
        "require",
        "verify-ca",
        "verify-full",
    ],
    parameters: &POSTGRES_PARAMETERS,
    known: is_postgres_parameter,
};

impl Server {
    fn expected(&self) -> String {
        format!("write \"{}://USER@HOST/DATABASE\"", self.schemes[0])
    }

    fn wrong(&self, message: &'static str) -> Wrong {
        Wrong {
            message: message.into(),
            help: self.expected().into(),
        }
    }

    /// The address, if it is one of this kind of server.
    fn read(&self, text: &str) -> Option<Result<Url, Wrong>> {
        let (scheme, rest) = text.split_once("://")?;
        self.schemes
            .contains(&scheme)
            .then(|| self.check(&format!("{}://{rest}", self.schemes[0])))
    }

    fn check(&self, text: &str) -> Result<Url, Wrong> {
        let url = Url::parse(text).map_err(|_| self.wrong("expected the address of a database"))?;
        if url.password().is_some() {
            return Err(Wrong::new(
                "a password stands in the address",
                "take it out, and write `password = \"env:NAME\"` or `password = \"file:PATH\"` beside `url`",
            ));
        }
        if url.host_str().is_none_or(str::is_empty) || url.username().is_empty() {
            return Err(self.wrong("the address names no user or no host"));
        }
        let database = url.path().trim_matches('/');
        if database.is_empty() || database.contains('/') {
            return Err(self.wrong("the address does not end in the name of one database"));
        }
        self.parameters(&url)?;
        Ok(url)
    }

    /// Refuses parameters that would be passed over: a slip in `ssl-mode` would switch off TLS.
    fn parameters(&self, url: &Url) -> Result<(), Wrong> {
        for (name, value) in url.query_pairs() {
            let mode = name.replace('-', "") == "sslmode";
            let same = |known: &&str| known.eq_ignore_ascii_case(&value);
            let (message, written, known) = if !(self.known)(&name) {
                let shown: String = name.chars().take(32).collect();
                let message = format!("the address has an unknown parameter `{shown}`");
                (message, name, self.parameters)
            } else if mode && !self.modes.iter().any(same) {
                let shown: String = value.chars().take(32).collect();
                let message = format!("`{shown}` is no `{}`", self.mode);
                (message, value, self.modes)
            } else {
                continue;
            };
            let all = format!("there are {}", known.join(", "));
            let close = closest(&written, known);
            return Err(Wrong {
                message: message.into(),
                help: match close {
                    Some(word) => format!("did you mean `{word}`? {all}").into(),
                    None => all.into(),
                },
            });
        }
        Ok(())
    }
}

const CRM_EXPECTED: Wrong = Wrong::new(
    "expected the address of a database",
    "write \"sqlite:PATH\" or \"mysql://USER@HOST/DATABASE\"",
);

const AUDIT_EXPECTED: Wrong = Wrong::new(
    "expected the address of a SQLite file or a PostgreSQL database",
    "write \"sqlite:PATH\" or \"postgres://USER@HOST/DATABASE\"",
);

const EXPECTED: Wrong = Wrong::new(
    "expected the address of a database",
    "write \"sqlite:PATH\", \"mysql://USER@HOST/DATABASE\" or \"postgres://USER@HOST/DATABASE\"",
);

/// Reads the address of a CRM database.
pub(super) fn crm(text: &str, report: &Report) -> Result<DatabaseUrl, Wrong> {
    if let Some(path) = sqlite(text) {
        return Ok(DatabaseUrl::Sqlite(report.beside(path?)));
    }
    let url = MYSQL.read(text).ok_or(CRM_EXPECTED)?;
    Ok(DatabaseUrl::MySql(url?))
}

/// Reads the address of any database.
pub(super) fn any(text: &str, report: &Report) -> Result<DatabaseUrl, Wrong> {
    if let Some(path) = sqlite(text) {
        return Ok(DatabaseUrl::Sqlite(report.beside(path?)));
    }
    if let Some(url) = POSTGRES.read(text) {
        return Ok(DatabaseUrl::Postgres(url?));
    }
    let url = MYSQL.read(text).ok_or(EXPECTED)?;
    Ok(DatabaseUrl::MySql(url?))
}

/// Reads the address of the audit log.
pub(super) fn audit(text: &str, report: &Report) -> Result<DatabaseUrl, Wrong> {
    if let Some(path) = sqlite(text) {
        return Ok(DatabaseUrl::Sqlite(report.beside(path?)));
    }
    let url = POSTGRES.read(text).ok_or(AUDIT_EXPECTED)?;
    Ok(DatabaseUrl::Postgres(url?))
}

/// The known word closest to what was written, whatever its case and its dashes.
fn closest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let words: Vec<String> = known.iter().map(|word| plain(word)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = suggest::closest(&plain(written), &words)?;
    known.iter().copied().find(|word| plain(word) == found)
}

/// Reads the address of the store.
pub(super) fn store(text: &str, report: &Report) -> Result<PathBuf, Wrong> {
    match sqlite(text) {
        Some(path) => Ok(report.beside(path?)),
        None => Err(Wrong::new(
            "expected the address of a SQLite file",
            "write \"sqlite:PATH\"; the store is kept in a file of its own",
        )),
    }
}

/// The path in `sqlite:PATH` or `sqlite://PATH`; `None` if the text is no such address.
fn sqlite(text: &str) -> Option<Result<&str, Wrong>> {
    let rest = text.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    Some(if path.is_empty() || path.starts_with(':') {
        Err(Wrong::new(
            "the address names no file",
            "write \"sqlite:PATH\"; a database in memory would be gone after the run",
        ))
    } else if path.contains('?') {
        Err(Wrong::new(
            "an SQLite address takes no options",
            "write \"sqlite:PATH\" without what follows the `?`",
        ))
    } else {
        Ok(path)
    })
}
