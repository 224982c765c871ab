//! Opening a log.

pub(crate) mod postgres;
mod sqlite;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use api_core::{Clock, SecretString, SystemClock, redact};
use tokio::sync::{Notify, mpsc, watch};

use crate::db::Db;
use crate::error::Error;
use crate::heads::Heads;
use crate::level::Level;
use crate::log::AuditLog;
use crate::mask::{MaskOptions, PersonalData};
use crate::names::Names;
use crate::queue::{Room, Settings, Shared};
use crate::schema::{self, Found};
use crate::writer::Writer;

/// The most rows of one transaction, whatever is set: what is written at once is in memory.
const MOST_ROWS: usize = 10_000;

/// The most bytes of a body, whatever is set: what is stored of it is read back at once.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// The longest that entries are gathered, whatever is set.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// How a log is opened; made by [`AuditLog::builder`].
#[derive(Clone)]
pub struct Builder {
    url: String,
    password: Option<SecretString>,
    schema: String,
    writer: String,
    level: Level,
    levels: HashMap<String, Level>,
    mask: MaskOptions,
    queue: (usize, usize),
    batch: (usize, Duration),
    heads_file: Option<PathBuf>,
    read_only: bool,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Builder")
            .field("schema", &self.schema)
            .field("writer", &self.writer)
            .field("level", &self.level)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            password: None,
            schema: "koppel_audit".to_owned(),
            writer: "main".to_owned(),
            level: Level::Info,
            levels: HashMap::new(),
            mask: MaskOptions::default(),
            queue: (8_192, 16 * 1024 * 1024),
            batch: (4_000, Duration::from_millis(250)),
            heads_file: None,
            read_only: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the password for a server.
    #[must_use]
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// Sets the schema of a PostgreSQL database, `koppel_audit` unless set.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Sets the name of the writer, `main` unless set: each has a chain of its own.
    #[must_use]
    pub fn writer(mut self, writer: impl Into<String>) -> Self {
        self.writer = writer.into();
        self
    }

    /// Sets the minimum level, `INFO` unless set.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the minimum level for the entries of one connection.
    #[must_use]
    pub fn connection_level(mut self, connection: impl Into<String>, level: Level) -> Self {
        self.levels.insert(connection.into(), level);
        self
    }

    /// Sets what becomes of personal data; it is masked unless set.
    #[must_use]
    pub fn personal_data(mut self, personal_data: PersonalData) -> Self {
        self.mask.personal_data = personal_data;
        self
    }

    /// Sets secrets that are taken out wherever they turn up.
    #[must_use]
    pub fn secrets(mut self, secrets: redact::Known) -> Self {
        self.mask.secrets = secrets;
        self
    }

    /// Sets how many bytes of each body are kept, 32,768 unless set and at most 4 MiB.
    #[must_use]
    pub fn body_bytes(mut self, bytes: usize) -> Self {
        self.mask.body_bytes = bytes.min(LONGEST_BODY);
        self
    }

    /// Sets how much may wait to be written: 8,192 entries and 16 MiB unless set.
    #[must_use]
    pub fn queue(mut self, entries: usize, bytes: usize) -> Self {
        self.queue = (entries, bytes);
        self
    }

    /// Sets how many rows a transaction has at most and how long entries that nobody waits for
    /// are gathered: 4,000 rows and 250 ms unless set.
    ///
    /// The more rows share a transaction, the fewer pages of indices each of them changes.
    #[must_use]
    pub fn batch(mut self, rows: usize, wait: Duration) -> Self {
        self.batch = (rows, wait);
        self
    }

    /// Sets the file that gets the end of each writer's chain once a day.
    ///
    /// It proves most on another machine: whoever can change both the log and this file can make
    /// them match.
    #[must_use]
    pub fn heads_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.heads_file = Some(path.into());
        self
    }

    /// Sets that the log is only read; nothing can be appended.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the log, which is made if it is not there (a file with mode 0600).
    ///
    /// The task that writes runs on the current runtime.
    ///
    /// # Errors
    /// [`Error::Newer`] and [`Error::Foreign`] for what this program must not touch;
    /// [`Error::Invalid`] for an address that is none; else what keeps the log from being used.
    pub async fn open(self) -> Result<AuditLog, Error> {
        self.open_as(true).await
    }

    /// Opens a log that is there already.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and [`Error::Missing`].
    pub async fn open_existing(self) -> Result<AuditLog, Error> {
        self.open_as(false).await
    }

    async fn open_as(self, make: bool) -> Result<AuditLog, Error> {
        if self.writer.is_empty() || self.writer.len() > 100 || self.writer.contains('\0') {
            return Err(Error::Invalid(
                "the name of an audit log's writer has 1 to 100 characters".to_owned(),
            ));
        }
        let make = make && !self.read_only;
        let scheme = self.url.split_once(':').map(|(scheme, _)| scheme);
        let (db, path, schema) = match scheme {
            Some("postgres" | "postgresql") => {
                let password = self.password.as_ref();
                let db =
                    postgres::connect(&self.url, password, &self.schema, self.read_only).await?;
                (db, None, Some(self.schema.as_str()))
            }
            _ => {
                let (db, path) = sqlite::connect(&self.url, make, self.read_only)?;
                (db, Some(path), None)
            }
        };
        let ready = prepare(&db, schema, make, self.read_only).await;
        let heads = Heads::new(self.heads_file);
        let ready = match ready {
            Ok(()) => heads.count(&db).await,
            Err(e) => Err(e),
        };
        if let Err(e) = ready {
            db.close().await;
            return Err(e);
        }
        let shared = Arc::new(Shared {
            db,
            names: Names::default(),
            room: Room::new(self.queue.0, self.queue.1),
            settings: Settings {
                writer: self.writer,
                level: self.level,
                levels: self.levels,
                mask: self.mask,
                queue_entries: self.queue.0.max(1),
                queue_bytes: self.queue.1.max(1),
                batch_rows: self.batch.0.clamp(1, MOST_ROWS),
                batch_wait: self.batch.1.min(LONGEST_WAIT),
                clock: self.clock,
            },
            heads,
            health: watch::Sender::new(None),
            lost: AtomicU64::new(0),
            urgent: Notify::new(),
        });
        let jobs = (!self.read_only).then(|| {
            let (jobs, queue) = mpsc::unbounded_channel();
            tokio::spawn(Writer::new(Arc::clone(&shared), queue).run());
            jobs
        });
        Ok(AuditLog::new(shared, jobs, path))
    }
}

/// Sees that the tables are there.
async fn prepare(db: &Db, schema: Option<&str>, make: bool, read_only: bool) -> Result<(), Error> {
    if !make {
        let found = schema::look(db).await?;
        schema::check(db, found)?;
        if found == Found::Nothing {
            return Err(Error::Missing {
                place: db.place().to_owned(),
            });
        }
    }
    if !read_only {
        schema::migrate(db, schema).await?;
        if schema.is_none() {
            sqlite::write_ahead(db).await?;
        }
    }
    Ok(())
}
