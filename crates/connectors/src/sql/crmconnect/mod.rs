//! The database of CRMConnect, a CRM with the Perfex schema.
//!
//! The CRM keeps no modified times, so every run reads every row (in pages, by primary key) and
//! content hashes tell what changed. Columns are named one by one; passwords, tokens, link hashes
//! and addresses of log-ins are never among them.
//!
//! A connection is read only unless it is [`writable`](CrmConnectBuilder::writable). Then records
//! are created and updated, never deleted:
//! - An update sets the columns behind the fields that changed and no other. A new row gets neutral
//!   values where the CRM has no default of its own: numbers 0, text empty, dates of today, a
//!   random hash for links, no right to log in and no e-mails for contacts.
//! - Names (of statuses, sources, departments, groups, ways of paying, staff by e-mail, countries
//!   by code, currencies by ISO code) are looked up. One that the CRM does not have refuses that
//!   record; nothing is ever put in its place.
//! - Each record is read back before its write counts. What would read otherwise (a text that was
//!   cut, an amount that was rounded) is refused.
//! - A batch is one transaction, which also notes each write in the table `koppel_applied`.
//! - Times are local times of the CRM's zone, to the second. The second of the two hours that the
//!   clock repeats in autumn reads back as the first.
//! - A customer that is a person has no company; its name and e-mail stand with its first contact.
//!   Until the contact itself is written, one is made that stands in for it.
//! - The printed number of an invoice or order is taken apart into prefix, number and format so
//!   that the CRM prints the same; where it cannot, and keeps no printed number, the record is
//!   refused. The CRM's counter of its own numbers is left alone.
//! - Payments are records of their own, also where they come inside an invoice.

mod check;
mod connector;
mod contacts;
mod customers;
mod discounts;
mod documents;
mod draft;
mod entity;
mod hold;
mod invoices;
mod leads;
mod lookups;
mod options;
mod orders;
mod parts;
mod payments;
mod products;
mod projects;
mod query;
mod reader;
mod schema;
mod secret;
mod stock;
#[cfg(test)]
mod tests;
mod tickets;
mod time;
mod writer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_core::{Error, SecretString};
use jiff::tz::TimeZone;
use sync_core::Capabilities;

pub use self::options::OptionValue;
use self::reader::Reader;
use super::db::{Access, Db, Place};
use super::error::config;

/// How long a server may take to commit what a lost connection sent.
#[cfg(feature = "sql-mysql")]
const SERVER_DELAY: Duration = Duration::from_secs(5);

/// A connection to a CRMConnect database. Cheap to clone.
#[derive(Clone)]
pub struct CrmConnect {
    reader: Arc<Reader>,
    capabilities: Arc<Capabilities>,
}

/// What is read, and how.
#[derive(Default)]
pub(crate) struct Scope {
    prefix: String,
    include_drafts: bool,
    custom_fields: bool,
    zone: Option<TimeZone>,
    writable: bool,
    create_groups: bool,
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
            writable: false,
            create_groups: false,
            search_delay: None,
        }
    }

    /// Learns which tables, columns and names the CRM has and in which zone its times are, unless
    /// that is known. [`hold`](sync_core::Connector::hold) makes use of it.
    ///
    /// # Errors
    /// `Unavailable`, `Auth` or `Config` when the database cannot be read.
    pub async fn prepare(&self) -> Result<(), Error> {
        if self.reader.known().is_some() {
            return Ok(());
        }
        let mut session = self.reader.db.begin("crmconnect.prepare").await?;
        self.reader.snapshot(&mut session, false).await?;
        session.end().await
    }

    /// The CRM's own settings whose names start with `prefix`, by name without the prefix.
    ///
    /// A name that is there twice counts the first time. A setting without text is left out: the
    /// CRM does not tell it from one that is not there. What holds a token is
    /// [`OptionValue::Secret`].
    ///
    /// # Errors
    /// `Unavailable`, `Auth` or `Config` when the database cannot be read or has no settings.
    pub async fn options(&self, prefix: &str) -> Result<BTreeMap<String, OptionValue>, Error> {
        let mut session = self.reader.db.begin("crmconnect.options").await?;
        let snapshot = self.reader.snapshot(&mut session, false).await?;
        let dialect = self.reader.db.dialect();
        let found = options::starting_with(&mut session, dialect, &snapshot.schema, prefix).await;
        session.end().await?;
        found
    }

    /// The CRM's currencies: id and ISO 4217 code, by id.
    ///
    /// # Errors
    /// `Unavailable`, `Auth` or `Config` when the database cannot be read or has no currencies.
    pub async fn currencies(&self) -> Result<Vec<(String, String)>, Error> {
        let mut session = self.reader.db.begin("crmconnect.currencies").await?;
        let snapshot = self.reader.snapshot(&mut session, true).await?;
        session.end().await?;
        snapshot.schema.require(&[&lookups::CURRENCIES])?;
        let all = snapshot.currencies().into_iter();
        Ok(all
            .map(|(id, code)| (id.to_string(), code.to_owned()))
            .collect())
    }
}

impl fmt::Debug for CrmConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CrmConnect");
        match self.reader.db.place() {
            #[cfg(feature = "sql-sqlite")]
            Place::File(path) => shown.field("file", &path),
            #[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
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
    writable: bool,
    create_groups: bool,
    search_delay: Option<Duration>,
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

    /// Sets whether records are written; not unless set.
    ///
    /// The database user then needs the right to insert and update rows of the CRM, to delete
    /// lines, taxes on lines, memberships of groups and values of custom fields, and to make the
    /// table `koppel_applied` (or to use it, where somebody else made it).
    pub fn writable(mut self, writable: bool) -> Self {
        self.writable = writable;
        self
    }

    /// Sets whether groups of customers that the CRM does not have are made; not unless set.
    pub fn create_groups(mut self, create: bool) -> Self {
        self.create_groups = create;
        self
    }

    /// Sets how long after a write that got no answer a search can be trusted to show it.
    ///
    /// Unless set it is nothing for a file, and five seconds for a server, which may still be
    /// committing what a lost connection sent.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.search_delay = Some(delay);
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
        let access = if self.writable {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        };
        let scheme = self.url.expose_secret().split(':').next();
        if matches!(scheme, Some("postgres" | "postgresql")) {
            return Err(config(
                "A CRMConnect database is in MySQL, MariaDB or SQLite; the address starts with \
                 neither `sqlite:` nor `mysql:`.",
            )
            .help("Write `sqlite:PATH` or `mysql://USER@HOST/DATABASE`."));
        }
        let db = Db::new_with(self.url.expose_secret(), self.password.as_ref(), access)?;
        let zone_name = zone.as_ref().and_then(TimeZone::iana_name);
        let usual = match db.place() {
            #[cfg(feature = "sql-sqlite")]
            Place::File(_) => Duration::ZERO,
            #[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
            Place::Server { .. } => SERVER_DELAY,
        };
        let capabilities = connector::capabilities(
            zone_name.unwrap_or("UTC"),
            self.writable,
            self.search_delay.unwrap_or(usual),
        );
        Ok(CrmConnect {
            reader: Arc::new(Reader::new(
                db,
                Scope {
                    prefix: self.prefix,
                    include_drafts: self.include_drafts,
                    custom_fields: self.custom_fields,
                    zone,
                    writable: self.writable,
                    create_groups: self.create_groups,
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
            .field("writable", &self.writable)
            .finish_non_exhaustive()
    }
}
