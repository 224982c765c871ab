//! The tables, and how a file or schema comes to have them.

use crate::db::{Db, Tx, Value};
use crate::error::Error;

/// The scripts in their order, for SQLite and for PostgreSQL; the version of a log is how many of
/// them it has seen.
const MIGRATIONS: [(&str, &str); 1] = [(
    include_str!("../migrations/sqlite/0001_start.sql"),
    include_str!("../migrations/postgres/0001_start.sql"),
)];

/// The newest schema version that this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// What `audit_meta` says under `program`.
const PROGRAM: &str = "koppel-audit";

/// The columns of `audit_event`, in the order of the table.
pub(crate) const EVENT_COLUMNS: &str = "id, uid, writer, seq, ts, observed_ts, level, event, \
     outcome, system, connection, flow, run, actor, entity, record, target, operation, method, \
     path, status, duration_us, attempt, code, request_id, fingerprint, message, details, \
     body_hash, hash";

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// What is found where a log should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing at all.
    Nothing,
    /// A log of this version.
    Version(i64),
    /// Something else.
    Foreign,
}

const SQLITE_TABLES: &str = "SELECT COALESCE(SUM(name = 'audit_meta'), 0), COUNT(*) \
     FROM sqlite_schema WHERE type = 'table'";
const POSTGRES_TABLES: &str = "SELECT COUNT(*) FILTER (WHERE tablename = 'audit_meta'), COUNT(*) \
     FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";
const META: &str = "SELECT key, value FROM audit_meta WHERE key IN ('program', 'schema')";

/// Looks what is there, with a connection that only reads.
pub(crate) async fn look(db: &Db) -> Result<Found, Error> {
    let tables = db
        .read(db.pick(SQLITE_TABLES, POSTGRES_TABLES), &[])
        .await?;
    match tables.first() {
        Some(row) if row.int(0)? == 1 => found(&db.read(META, &[]).await?),
        Some(row) if row.int(1)? > 0 => Ok(Found::Foreign),
        _ => Ok(Found::Nothing),
    }
}

async fn look_in(tx: &mut Tx) -> Result<Found, Error> {
    let tables = tx
        .fetch(tx.pick(SQLITE_TABLES, POSTGRES_TABLES), &[])
        .await?;
    match tables.first() {
        Some(row) if row.int(0)? == 1 => found(&tx.fetch(META, &[]).await?),
        Some(row) if row.int(1)? > 0 => Ok(Found::Foreign),
        _ => Ok(Found::Nothing),
    }
}

fn found(rows: &[crate::db::Row]) -> Result<Found, Error> {
    let (mut program, mut version) = (None, None);
    for row in rows {
        match row.text(0)? {
            "program" => program = Some(row.text(1)?.to_owned()),
            _ => version = row.text(1)?.parse().ok(),
        }
    }
    Ok(match (program.as_deref(), version) {
        (Some(PROGRAM), Some(version)) => Found::Version(version),
        _ => Found::Foreign,
    })
}

/// Refuses what is no log, and logs of newer programs.
pub(crate) fn check(db: &Db, found: Found) -> Result<(), Error> {
    match found {
        Found::Foreign => Err(Error::Foreign {
            place: db.place().to_owned(),
            what: db.pick("file", "schema"),
        }),
        Found::Version(version) if version > SCHEMA_VERSION => Err(Error::Newer {
            place: db.place().to_owned(),
            found: version,
            known: SCHEMA_VERSION,
        }),
        _ => Ok(()),
    }
}

/// Brings a log to [`SCHEMA_VERSION`], or refuses it without having touched it.
///
/// `schema` is the one of PostgreSQL, which is made if it is not there.
pub(crate) async fn migrate(db: &Db, schema: Option<&str>) -> Result<(), Error> {
    check(db, look(db).await?)?;
    // The lock even if nothing is to be done: that finds out now whether the log is writable.
    let mut tx = db.begin().await?;
    if let Some(schema) = schema {
        // Asked first: PostgreSQL wants the right to make one even where it is there.
        let rows = tx.fetch("SELECT current_schema()::text", &[]).await?;
        if rows
            .first()
            .map_or(Ok(None), |row| row.text_or_none(0))?
            .is_none()
        {
            tx.create_schema(schema).await?;
        }
    }
    let found = look_in(&mut tx).await?;
    check(db, found)?;
    let version = match found {
        Found::Version(version) => version,
        _ => 0,
    };
    for ((sqlite, postgres), number) in MIGRATIONS.iter().zip(1_i64..) {
        if number <= version {
            continue;
        }
        tx.script(tx.pick(sqlite, postgres)).await?;
        if number > 1 {
            tx.execute(
                "UPDATE audit_meta SET value = ? WHERE key = 'schema'",
                &[Value::from(number.to_string())],
            )
            .await?;
        }
    }
    tx.commit().await
}
