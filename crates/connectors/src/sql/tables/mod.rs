//! Any tables of a database, as the configuration describes them.
//!
//! [`TablesConfig`] says for each kind of record which table or view holds it and which column each
//! field; [`Tables`] reads and writes them on SQLite, MySQL, MariaDB and PostgreSQL.

mod changes;
mod check;
mod children;
mod config;
mod connector;
mod convert;
mod holds;
mod keys;
mod layout;
mod model;
mod queries;
mod queue;
mod reader;
pub(crate) mod schema;
mod values;
mod vocabulary;
mod writer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_core::{Error, SecretString};
use jiff::tz::TimeZone;
use sync_core::{BatchLimits, Capabilities, ChangeSource, EntityCapabilities, MarkerSupport};

use self::model::Model;
use self::queue::Queue;
use self::reader::Reader;
use super::db::{Access, Db, Place};
use super::error::config as config_error;
pub use config::{ChildConfig, ColumnConfig, FieldMap, NewKey, Scalar, TableConfig, TablesConfig};

/// How long a commit of a killed client may still be under way on a server.
const SETTLE: Duration = Duration::from_secs(5);

/// The tables of a database. Cheap to clone.
#[derive(Clone)]
pub struct Tables {
    reader: Arc<Reader>,
    capabilities: Arc<Capabilities>,
    overlap: Duration,
    /// Where a file has one writer at a time.
    queue: Option<Arc<Queue>>,
}

impl Tables {
    /// Starts with the address: `sqlite:PATH`, `mysql://USER@HOST/DATABASE` or
    /// `postgres://USER@HOST/DATABASE`.
    ///
    /// [`MYSQL_PARAMETERS`](crate::sql::MYSQL_PARAMETERS) and
    /// [`POSTGRES_PARAMETERS`](crate::sql::POSTGRES_PARAMETERS) may follow the address of a server.
    pub fn builder(url: &str) -> TablesBuilder {
        TablesBuilder {
            url: SecretString::from(url.to_owned()),
            password: None,
            zone: None,
            tables: TablesConfig::default(),
            settle: None,
            overlap: Duration::from_secs(2 * 3600),
            read_only: false,
        }
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Tables");
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
            .field("kinds", &self.reader.models.keys())
            .finish_non_exhaustive()
    }
}

/// Collects what [`Tables`] need.
pub struct TablesBuilder {
    // May hold a password.
    url: SecretString,
    password: Option<SecretString>,
    zone: Option<String>,
    tables: TablesConfig,
    settle: Option<Duration>,
    overlap: Duration,
    read_only: bool,
}

impl fmt::Debug for TablesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TablesBuilder")
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}

impl TablesBuilder {
    /// The password, instead of one in the address.
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// The zone of naive times in the database, an IANA name; UTC without one.
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Which tables there are.
    pub fn tables(mut self, tables: TablesConfig) -> Self {
        self.tables = tables;
        self
    }

    /// How long a write may still be under way after it was sent, when its answer got lost; 5
    /// seconds for servers, nothing for SQLite.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = Some(settle);
        self
    }

    /// How far before the last modified stamp the next run starts; 2 hours.
    ///
    /// A transaction may be committed some time after the stamps in it were made, and naive local
    /// times go back by an hour in autumn.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// Whether nothing is ever written.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Checks everything that can be checked without the database; nothing is opened yet.
    ///
    /// # Errors
    /// `Config`, with the place in the configuration, when something cannot be as it is said.
    pub fn build(self) -> Result<Tables, Error> {
        use api_core::ExposeSecret as _;
        let zone_name = self.zone.as_deref().unwrap_or("UTC");
        let zone = TimeZone::get(zone_name).map_err(|_| {
            config_error(format!("There is no time zone `{zone_name}`."))
                .help("Write an IANA name such as `Europe/Amsterdam`.")
        })?;
        if self.tables.tables.is_empty() {
            return Err(config_error("The configuration names no tables.")
                .help("Add a table, for example `[connections.NAME.tables.customer]`."));
        }
        let mut models = BTreeMap::new();
        for (entity, table) in &self.tables.tables {
            let mut model = Model::new(*entity, table)?;
            model.read_only |= self.read_only;
            models.insert(*entity, Arc::new(model));
        }
        let access = if models.values().all(|model| model.read_only) {
            Access::ReadOnly
        } else {
            Access::ReadWrite
        };
        let db = Db::any(self.url.expose_secret(), self.password.as_ref(), access)?;
        let file = is_file(&db.place());
        let settle = self
            .settle
            .unwrap_or(if file { Duration::ZERO } else { SETTLE });
        let capabilities = capabilities(&models, file, settle, zone_name);
        Ok(Tables {
            reader: Arc::new(Reader::new(db, zone, models)),
            capabilities: Arc::new(capabilities),
            overlap: self.overlap,
            queue: file.then(Arc::default),
        })
    }
}

fn is_file(place: &Place) -> bool {
    match place {
        #[cfg(feature = "sql-sqlite")]
        Place::File(_) => true,
        #[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
        Place::Server { .. } => false,
    }
}

fn capabilities(
    models: &BTreeMap<sync_core::EntityKind, Arc<Model>>,
    file: bool,
    settle: Duration,
    zone: &str,
) -> Capabilities {
    let mut capabilities = Capabilities::new("sql");
    for (entity, model) in models {
        let changes = match model.modified {
            Some(_) => ChangeSource::ModifiedSince,
            None => ChangeSource::FullScan,
        };
        let mut can = EntityCapabilities::read_only(changes);
        can.create = !model.read_only;
        can.update = !model.read_only;
        can.delete = !model.read_only && model.delete;
        can.natural_keys.clone_from(&model.natural_keys);
        capabilities = capabilities.entity(*entity, can);
    }
    capabilities.batch = BatchLimits {
        max_items: 500,
        ..BatchLimits::default()
    };
    // Batches that wait for a file go into one transaction; a server takes some side by side.
    capabilities.max_in_flight = if file { 4 } else { 2 };
    capabilities.marker = if models.values().all(|model| model.read_only) {
        MarkerSupport::None
    } else {
        MarkerSupport::Searchable
    };
    capabilities.search_delay = settle;
    capabilities.zone = zone.to_owned();
    capabilities
}
