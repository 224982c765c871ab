//! Logs in a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteSynchronous};
use sqlx::{Connection as _, Sqlite};

use crate::db::{Db, Pools};
use crate::error::{self, Error};

/// How long a connection waits for the lock of another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a task waits for one of the connections.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(60);
const READERS: u32 = 4;

/// One creation of a file at a time. Closing any handle of a file drops this process's locks on
/// it, so no other task may have it open in SQLite while one that just created it closes it.
static CREATING: Mutex<()> = Mutex::new(());

/// The file's connections, which are made when they are first used.
pub(super) fn connect(url: &str, make: bool, read_only: bool) -> Result<(Db, PathBuf), Error> {
    let path = locate(url)?;
    if make {
        create(&path)?;
    } else {
        exists(&path)?;
    }
    let place = format!("`{}`", path.display());
    // SQLite takes a file that is shorter than its smallest page for an empty one.
    let length = fs::metadata(&path).map(|file| file.len());
    if length.is_ok_and(|length| (1..512).contains(&length)) {
        return Err(error::no_database(&place));
    }
    let writer = (!read_only).then(|| {
        PoolOptions::<Sqlite>::new()
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
            .connect_lazy_with(
                options(&path)
                    .synchronous(SqliteSynchronous::Full)
                    .auto_vacuum(SqliteAutoVacuum::Incremental)
                    // In pages: indices of a large log are written all over the file, the same
                    // pages again and again, and are carried over once for all of that.
                    .pragma("wal_autocheckpoint", "16000")
                    // What is erased or pruned is not to be found in the file any more.
                    .pragma("secure_delete", "on")
                    // In kibibytes, for the same reason.
                    .pragma("cache_size", "-65536"),
            )
    });
    let readers = PoolOptions::<Sqlite>::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(
            options(&path)
                .read_only(true)
                .pragma("query_only", "on")
                .pragma("cache_size", "-4096"),
        );
    Ok((Db::new(Pools::Sqlite { writer, readers }, place), path))
}

/// What every connection has in common.
fn options(path: &Path) -> SqliteConnectOptions {
    use sqlx::ConnectOptions as _;
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        // After a burst the write-ahead log gives its space back, in bytes.
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(128)
        .row_buffer_size(512)
        .disable_statement_logging()
}

/// Turns the write-ahead log on, for good. SQLite does not wait for other connections here.
pub(super) async fn write_ahead(db: &Db) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        match db.run("PRAGMA journal_mode = wal").await {
            Err(Error::Busy(_)) if began.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done,
        }
    }
}

/// The path in a URL or path, made absolute.
fn locate(given: &str) -> Result<PathBuf, Error> {
    let wrong = |why: &str| {
        // What stands before an `@` may be a password.
        let shown = given.rsplit('@').next().unwrap_or(given);
        Err(Error::Invalid(format!(
            "`{shown}` names no audit log: {why}; give `sqlite:` and a path, or \
             `postgres://USER@HOST/DATABASE`"
        )))
    };
    let path = match given.strip_prefix("sqlite:") {
        Some(rest) => {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            if rest.contains('?') {
                return wrong("it takes no parameters");
            }
            rest
        }
        None if given.contains("://") => return wrong("it is of no kind that is known"),
        None => given,
    };
    if path.starts_with(":memory:") {
        return wrong("a log is a file");
    }
    if path.is_empty() {
        return wrong("it is empty");
    }
    std::path::absolute(path).map_err(|e| error::file(Path::new(path), "found", &e))
}

fn exists(path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(file) if file.is_dir() => Err(is_directory(path)),
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Error::Missing {
            place: format!("at `{}`", path.display()),
        }),
        Err(e) => Err(error::file(path, "opened", &e)),
    }
}

/// Makes an empty file that only its owner can read, unless there is one.
fn create(path: &Path) -> Result<(), Error> {
    let _guard = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    match exists(path) {
        Err(Error::Missing { .. }) => {}
        done => return done,
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        // Another process was faster.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let directory = path.parent().unwrap_or(path);
            Err(Error::Unavailable(format!(
                "the audit log `{}` cannot be made: there is no directory `{}`; make it, or name \
                 another place",
                path.display(),
                directory.display()
            )))
        }
        Err(e) => Err(error::file(path, "made", &e)),
    }
}

fn is_directory(path: &Path) -> Error {
    Error::Invalid(format!(
        "`{}` is a directory; the audit log is one file, name one in it",
        path.display()
    ))
}
