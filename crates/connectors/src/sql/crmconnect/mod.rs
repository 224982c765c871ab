//! The database of CRMConnect, a CRM with the Perfex schema.
//!
//! Read only. The CRM keeps no modified times, so every run reads every row (in pages, by primary
//! key) and content hashes tell what changed. Columns are named one by one; passwords, tokens,
//! link hashes and addresses of log-ins are never among them.

mod check;
mod connector;
mod contacts;
mod customers;
mod entity;
mod invoices;
mod leads;
mod lookups;
mod options;
mod projects;
mod reader;
mod schema;
#[cfg(test)]
mod tests;
mod tickets;

use std::fmt;
use std::sync::Arc;

use api_core::{Error, SecretString};
use jiff::tz::TimeZone;
use sync_core::Capabilities;

use self::reader::Reader;
use super::db::{Db, Place};
use super::error::config;

/// A connection to a CRMConnect database. Cheap to clone.
#[derive(Clone)]
pub struct CrmConnect {
    reader: Arc<Reader>,
    capabilities: Arc<Capabilities>,
}

/// What is read, and how.
pub(crate) struct Scope {
    prefix: String,
    include_drafts: bool,
    custom_fields: bool,
    zone: Option<TimeZone>,
}

impl CrmConnect {
    /// Starts with the address: `sqlite:PATH` or `mysql://USER@HOST:PORT/DATABASE`.
    ///
    /// [`MYSQL_PARAMETERS`](crate::sql::MYSQL_PARAMETERS) may follow a MySQL address, such as
    /// `?ssl-mode=VERIFY_IDENTITY&ssl-ca=PATH`; without `ssl-mode` the connection is encrypted
    /// where the server can, and the certificate is not checked.
    pub fn builder(url: &str) -> CrmConnectBuilder {
        CrmConnectBuilder {
            url: SecretString::from(url.to_owned()),
            password: None,
            prefix: "tbl".to_owned(),
            include_drafts: false,
            custom_fields: false,
            zone: None,
        }
    }
}

impl fmt::Debug for CrmConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CrmConnect");
        match self.reader.db.place() {
            #[cfg(feature = "sql-sqlite")]
            Place::File(path) => shown.field("file", &path),
            #[cfg(feature = "sql-mysql")]
            Place::Server {
                host,
                port,
                database,
            } => shown
                .field("host", &host)
                .field("port", &port)
                .field("database", &database),
        };
        shown
            .field("prefix", &self.reader.scope.prefix)
            .finish_non_exhaustive()
    }
}

/// Collects what a [`CrmConnect`] needs.
pub struct CrmConnectBuilder {
    // May hold a password.
    url: SecretString,
    password: Option<SecretString>,
    prefix: String,
    include_drafts: bool,
    custom_fields: bool,
    zone: Option<String>,
}

impl CrmConnectBuilder {
    /// Sets the password of the database user; it goes before one in the address.
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// Sets what the names of the CRM's tables start with; `tbl` unless set.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets whether draft invoices are read; not unless set.
    pub fn include_drafts(mut self, include: bool) -> Self {
        self.include_drafts = include;
        self
    }

    /// Sets whether the owner's own fields are read; not unless set.
    pub fn custom_fields(mut self, read: bool) -> Self {
        self.custom_fields = read;
        self
    }

    /// Sets the time zone (an IANA name) of all times in the database, against what the CRM says.
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.zone = Some(name.into());
        self
    }

    /// Builds the connection without opening it.
    ///
    /// # Errors
    /// `Config` when the address, the prefix or the time zone cannot be used.
    pub fn build(self) -> Result<CrmConnect, Error> {
        use api_core::ExposeSecret as _;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if self.prefix.len() > 32 || !self.prefix.chars().all(allowed) {
            return Err(config(format!(
                "The table prefix `{}` cannot be used.",
                self.prefix
            ))
            .help("A prefix is at most 32 letters, digits and underscores, such as `tbl`."));
        }
        let zone = match &self.zone {
            None => None,
            Some(name) => Some(TimeZone::get(name).map_err(|error| {
                config(format!("The time zone `{name}` is unknown."))
                    .help("Write an IANA name such as `Europe/Bucharest`.")
                    .source(error)
            })?),
        };
        let db = Db::new(self.url.expose_secret(), self.password.as_ref())?;
        let zone_name = zone.as_ref().and_then(TimeZone::iana_name);
        let capabilities = connector::capabilities(zone_name.unwrap_or("UTC"));
        Ok(CrmConnect {
            reader: Arc::new(Reader::new(
                db,
                Scope {
                    prefix: self.prefix,
                    include_drafts: self.include_drafts,
                    custom_fields: self.custom_fields,
                    zone,
                },
            )),
            capabilities: Arc::new(capabilities),
        })
    }

    /// Builds the connection, logs in and looks at the tables.
    ///
    /// # Errors
    /// Those of [`build`](Self::build); `Unavailable`, `Auth` or `Config` when the database cannot
    /// be opened; `Config` when it is no CRM's.
    pub async fn connect(self) -> Result<CrmConnect, Error> {
        let connection = self.build()?;
        connection.open().await?;
        Ok(connection)
    }
}

impl fmt::Debug for CrmConnectBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmConnectBuilder")
            .field("prefix", &self.prefix)
            .field("include_drafts", &self.include_drafts)
            .field("custom_fields", &self.custom_fields)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}
