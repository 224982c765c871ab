//! Opening the file, and the connections to it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};
use sync_core::StoreError;

use crate::{error, schema};

/// How long a connection waits for the lock of another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a task waits for one of the store's connections.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(60);
const READERS: u32 = 4;

/// One creation of a file at a time. Closing any handle of a file drops this process's locks on
/// it, so no other task may have it open in SQLite while one that just created it closes it.
static CREATING: Mutex<()> = Mutex::new(());

/// A [`StateStore`](sync_core::StateStore) in one SQLite file.
///
/// Cheap to clone; all clones share one writer connection and a few readers. Several processes may
/// have the same file open.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
    pub(crate) actor: Option<Arc<str>>,
}

struct Inner {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

/// How the writer connection is set, as SQLite itself reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterPragmas {
    /// `2` is `FULL`: a commit is on the disk before it is answered.
    pub synchronous: i64,
    /// `wal` is the write-ahead log.
    pub journal_mode: String,
    /// Whether foreign keys are enforced.
    pub foreign_keys: bool,
    /// How long it waits for the lock of another process, in milliseconds.
    pub busy_timeout: i64,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens a store, which is made if it is not there (with mode 0600 on Unix).
    ///
    /// Takes a path, or `sqlite:` and a path. The directory must be there.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a store of a newer version of the program, which stays untouched;
    /// [`StoreError::DiskFull`]; [`StoreError::Unavailable`] for everything else that keeps the
    /// file from being used, with its path.
    pub async fn open(url_or_path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = locate(url_or_path.as_ref())?;
        create(&path)?;
        Self::connect(path).await
    }

    /// Opens a store that is there already.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and [`StoreError::Unavailable`] if there is no such file.
    pub async fn open_existing(url_or_path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = locate(url_or_path.as_ref())?;
        match fs::metadata(&path) {
            Ok(file) if file.is_dir() => Err(is_directory(&path)),
            Ok(_) => Self::connect(path).await,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(StoreError::Unavailable(format!(
                "there is no store at `{}`; the first sync makes one",
                path.display()
            ))),
            Err(e) => Err(error::file(&path, "opened", &e)),
        }
    }

    /// Sets who decides about links, for the events of decisions.
    #[must_use]
    pub fn actor(mut self, actor: &str) -> Self {
        self.actor = Some(Arc::from(actor));
        self
    }

    async fn connect(path: PathBuf) -> Result<Self, StoreError> {
        let db = |e: sqlx::Error| error::database(&path, &e);
        // SQLite takes a file that is shorter than its smallest page for an empty one.
        let length = fs::metadata(&path).map(|file| file.len());
        if length.is_ok_and(|length| (1..512).contains(&length)) {
            return Err(error::no_database(&path));
        }
        let mut first = options(&path).connect().await.map_err(db)?;
        schema::migrate(&mut first, &path).await?;
        write_ahead(&mut first).await.map_err(db)?;

        let writer = PoolOptions::<Sqlite>::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_release(|conn, _| {
                // SQLite rolls back by itself when the disk is full, and then the connection still
                // counts a transaction: such a connection is replaced.
                Box::pin(async move {
                    conn.ping().await?;
                    Ok(!conn.is_in_transaction())
                })
            })
            .connect_with(options(&path).journal_mode(SqliteJournalMode::Wal))
            .await
            .map_err(db)?;
        let readers = PoolOptions::<Sqlite>::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_lazy_with(
                options(&path)
                    .read_only(true)
                    .pragma("query_only", "on")
                    // Small, so that memory is the same for a large store as for a small one; the
                    // operating system has the pages anyway.
                    .pragma("cache_size", "-256"),
            );
        first.close().await.map_err(db)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                writer,
                readers,
            }),
            actor: None,
        })
    }

    /// Where the store lives.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Closes all connections; what was committed is in the file.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// How the writer connection is set.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be read.
    pub async fn writer_pragmas(&self) -> Result<WriterPragmas, StoreError> {
        let mut conn = self.inner.writer.acquire().await.map_err(self.db())?;
        let synchronous = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&mut *conn)
            .await
            .map_err(self.db())?;
        let journal_mode = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&mut *conn)
            .await
            .map_err(self.db())?;
        let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
            .fetch_one(&mut *conn)
            .await
            .map_err(self.db())?;
        let busy_timeout = sqlx::query_scalar("PRAGMA busy_timeout")
            .fetch_one(&mut *conn)
            .await
            .map_err(self.db())?;
        Ok(WriterPragmas {
            synchronous,
            journal_mode,
            foreign_keys: foreign_keys == 1,
            busy_timeout,
        })
    }

    /// A transaction that holds the write lock from its beginning.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.inner
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(self.db())
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.inner.readers.acquire().await.map_err(self.db())
    }

    /// A connection of its own, for what takes long.
    pub(crate) async fn own_connection(&self) -> Result<SqliteConnection, StoreError> {
        options(&self.inner.path).connect().await.map_err(self.db())
    }

    /// Turns an error of the database into one that names the file.
    pub(crate) fn db(&self) -> impl Fn(sqlx::Error) -> StoreError + Copy + '_ {
        |e| error::database(&self.inner.path, &e)
    }
}

/// What every connection has in common.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        // After a burst the write-ahead log gives its space back, in bytes.
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(128)
        .row_buffer_size(512)
        .disable_statement_logging()
}

/// Turns the write-ahead log on, for good. SQLite does not wait for other connections here.
async fn write_ahead(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let began = std::time::Instant::now();
    loop {
        match sqlx::query("PRAGMA journal_mode = wal")
            .execute(&mut *conn)
            .await
        {
            Err(e) if error::is_busy(&e) && began.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(drop),
        }
    }
}

/// The path in a URL or path, made absolute.
fn locate(given: &Path) -> Result<PathBuf, StoreError> {
    let wrong = |why: &str| {
        StoreError::Unavailable(format!(
            "`{}` names no store: {why}; give a path, or `sqlite:` and a path",
            given.display()
        ))
    };
    let path = match given.to_str() {
        None => given,
        Some(text) => match text.strip_prefix("sqlite:") {
            Some(rest) => {
                let rest = rest.strip_prefix("//").unwrap_or(rest);
                if rest.contains('?') {
                    return Err(wrong("it takes no parameters"));
                }
                if rest.starts_with(":memory:") {
                    return Err(wrong("a store is a file"));
                }
                Path::new(rest)
            }
            None if text == ":memory:" => return Err(wrong("a store is a file")),
            None if text.contains("://") => return Err(wrong("only SQLite is supported")),
            None => given,
        },
    };
    if path.as_os_str().is_empty() {
        return Err(wrong("it is empty"));
    }
    std::path::absolute(path).map_err(|e| error::file(path, "found", &e))
}

/// Makes an empty file that only its owner can read, unless there is one.
fn create(path: &Path) -> Result<(), StoreError> {
    let _guard = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    match fs::metadata(path) {
        Ok(file) if file.is_dir() => return Err(is_directory(path)),
        Ok(_) => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(error::file(path, "opened", &e)),
    }
    match private_file(path) {
        Ok(_) => Ok(()),
        // Another process was faster.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let directory = path.parent().unwrap_or(path);
            Err(StoreError::Unavailable(format!(
                "the store `{}` cannot be made: there is no directory `{}`; make it, or name \
                 another place",
                path.display(),
                directory.display()
            )))
        }
        Err(e) => Err(error::file(path, "made", &e)),
    }
}

/// A new file that only its owner can read.
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn is_directory(path: &Path) -> StoreError {
    StoreError::Unavailable(format!(
        "`{}` is a directory; the store is one file, name one in it",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use api_core::Timestamp;
    use sync_core::store::{Claim, Claimed, Commit, FlowSetup};
    use sync_core::{Event, EventName, FlowName, Level, StateStore};

    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_told_stores_nothing_and_does_no_harm_once_there_is_space() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path().join("store.db"))
            .await
            .unwrap();
        let (flow, now) = (FlowName::new("sync"), Timestamp::from_seconds(1));
        let setup = FlowSetup {
            name: flow.clone(),
            source: "crm".into(),
            target: "smart".into(),
            every: None,
        };
        store.ensure_flow(&setup, now).await.unwrap();
        let ttl = Duration::from_secs(60);
        let Claimed::Lease(lease) = store
            .claim(Claim::Flow(&flow), "us", now, ttl)
            .await
            .unwrap()
        else {
            panic!("the flow is free");
        };
        let group = || Commit {
            events: (0..200)
                .map(|_| {
                    let message = "x".repeat(500);
                    Event::new(now, Level::Info, EventName::RecordCreate, &flow, message)
                })
                .collect(),
            ..Commit::at(now)
        };
        store.commit(&lease, group()).await.unwrap();

        // As many pages as there are now, and not one more.
        let limit = |pages| {
            let sql = match pages {
                Some(()) => "PRAGMA max_page_count = 1",
                None => "PRAGMA max_page_count = 1000000",
            };
            sqlx::query(sql).execute(&store.inner.writer)
        };
        limit(Some(())).await.unwrap();
        for _ in 0..3 {
            match store.commit(&lease, group()).await {
                Err(StoreError::DiskFull(message)) => {
                    assert!(message.contains("store.db"), "{message}");
                }
                other => panic!("not full but {other:?}"),
            }
            assert_eq!(store.events(9999).await.unwrap().len(), 200);
        }
        limit(None).await.unwrap();
        store.commit(&lease, group()).await.unwrap();
        assert_eq!(store.events(9999).await.unwrap().len(), 400);
        assert_eq!(store.writer_pragmas().await.unwrap().synchronous, 2);
    }

    #[tokio::test]
    async fn a_connection_whose_transaction_sqlite_rolled_back_by_itself_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path().join("store.db"))
            .await
            .unwrap();
        let mut tx = store.begin().await.unwrap();
        sqlx::query("ROLLBACK").execute(&mut *tx).await.unwrap();
        drop(tx);
        store.set_setting("colour", Some("red")).await.unwrap();
        assert_eq!(
            store.setting("colour").await.unwrap().as_deref(),
            Some("red")
        );
        assert_eq!(store.writer_pragmas().await.unwrap().synchronous, 2);
    }
}
