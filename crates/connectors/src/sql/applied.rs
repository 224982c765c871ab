//! The table `koppel_applied`: which writes are done, written in the same transaction as the rows.
//!
//! A write that was committed and never answered (the process or the connection died) is found
//! here by its id, and is not done a second time.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{EntityKind, Marker, Op, OpId, RecordId};

use super::db::{Arg, Db, Dialect, Session, WriteSession};
use super::row::Cell;

/// The name of the table.
pub(crate) const TABLE: &str = "koppel_applied";
/// The longest marker and the longest record id, in characters.
pub(crate) const MAX_TEXT: usize = 255;
/// How many ids are asked for at once.
const CHUNK: usize = 1000;

/// The statements that make the table.
pub(crate) fn statements(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        #[cfg(feature = "sql-sqlite")]
        Dialect::Sqlite => &[
            "CREATE TABLE IF NOT EXISTS koppel_applied (\
             op_id CHAR(36) NOT NULL PRIMARY KEY, marker VARCHAR(255) NOT NULL, \
             entity VARCHAR(32) NOT NULL, record_id VARCHAR(255) NOT NULL, \
             applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS koppel_applied_marker \
             ON koppel_applied (entity, marker)",
        ],
        #[cfg(feature = "sql-mysql")]
        Dialect::MySql => &["CREATE TABLE IF NOT EXISTS koppel_applied (\
             op_id CHAR(36) CHARACTER SET ascii NOT NULL PRIMARY KEY, \
             marker VARCHAR(255) NOT NULL, entity VARCHAR(32) NOT NULL, \
             record_id VARCHAR(255) NOT NULL, \
             applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, \
             INDEX koppel_applied_marker (entity, marker)) \
             ENGINE = InnoDB ROW_FORMAT = DYNAMIC \
             DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"],
        #[cfg(feature = "sql-postgres")]
        Dialect::Postgres => &[
            "CREATE TABLE IF NOT EXISTS koppel_applied (\
             op_id CHAR(36) NOT NULL PRIMARY KEY, marker VARCHAR(255) NOT NULL, \
             entity VARCHAR(32) NOT NULL, record_id VARCHAR(255) NOT NULL, \
             applied_at TIMESTAMPTZ NOT NULL DEFAULT now())",
            "CREATE INDEX IF NOT EXISTS koppel_applied_marker \
             ON koppel_applied (entity, marker)",
        ],
    }
}

/// Whether the table is there and can be read.
pub(crate) async fn exists(db: &Db, operation: &'static str) -> Result<bool, Error> {
    if db.applied_ready.load(Ordering::Relaxed) {
        return Ok(true);
    }
    let mut session = db.begin(operation).await?;
    let found = session
        .rows(
            "SELECT op_id, marker, entity, record_id FROM koppel_applied WHERE 1 = 0",
            Vec::new(),
        )
        .await;
    match found {
        Ok(_) => {
            session.end().await?;
            db.applied_ready.store(true, Ordering::Relaxed);
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::Decode => {
            session.end().await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Makes the table where it is missing. Done before the first transaction: some servers end a
/// transaction when a table is made.
pub(crate) async fn ensure(db: &Db, operation: &'static str) -> Result<(), Error> {
    if db.applied_ready.load(Ordering::Relaxed) {
        return Ok(());
    }
    if !exists(db, operation).await?
        && let Err(error) = make(db, operation).await
        // Another process may have made it at the same moment.
        && !matches!(exists(db, operation).await, Ok(true))
    {
        return Err(cannot(db.dialect(), operation, error));
    }
    db.applied_ready.store(true, Ordering::Relaxed);
    Ok(())
}

async fn make(db: &Db, operation: &'static str) -> Result<(), Error> {
    let mut session = db.begin_write(operation).await?;
    for statement in statements(db.dialect()) {
        session.execute(*statement, Vec::new()).await?;
    }
    session.commit().await.map_err(|failed| failed.error)
}

fn cannot(dialect: Dialect, operation: &'static str, error: Error) -> Error {
    // Only a missing right needs somebody's help; the rest passes or is another matter.
    if !matches!(error.kind(), ErrorKind::Permission | ErrorKind::Decode) {
        return error;
    }
    let by_hand: Vec<String> = statements(dialect)
        .iter()
        .map(|statement| format!("{statement};"))
        .collect();
    Error::new(
        ErrorKind::Permission,
        format!(
            "The table `{TABLE}`, in which finished writes are noted, cannot be made: {}",
            error.message()
        ),
    )
    .operation(operation)
    .outcome(SendOutcome::NotSent)
    .help(format!(
        "Run this by hand, and let the user read and insert there: {}",
        by_hand.join(" ")
    ))
    .source(error)
}

/// Those of `ops` that are done already, with the ids of their records.
///
/// Ids are made in the order of time, so that those of a batch stand next to each other: one range
/// is looked at, unless there turn out to be many others in it.
pub(crate) async fn already(
    session: &mut WriteSession,
    ops: &[OpId],
) -> Result<HashMap<OpId, RecordId>, Error> {
    let mut found = HashMap::new();
    let Some((first, last)) = ops.iter().min().zip(ops.iter().max()) else {
        return Ok(found);
    };
    // Text is sorted by letter in the first two; a locale may have ideas of its own.
    let ranges = match session.dialect() {
        #[cfg(feature = "sql-sqlite")]
        Dialect::Sqlite => true,
        #[cfg(feature = "sql-mysql")]
        Dialect::MySql => true,
        #[cfg(feature = "sql-postgres")]
        Dialect::Postgres => false,
    };
    if ranges && ops.len() > 8 {
        let most = ops.len() * 2;
        let sql = format!(
            "SELECT op_id, record_id FROM {TABLE} WHERE op_id BETWEEN ? AND ? LIMIT {most}"
        );
        let args = vec![Arg::Text(first.to_string()), Arg::Text(last.to_string())];
        let rows = session.rows(sql, args).await?;
        if rows.len() < most {
            note(&mut found, &rows);
            return Ok(found);
        }
    }
    for chunk in ops.chunks(CHUNK) {
        let marks = vec!["?"; chunk.len()].join(", ");
        let sql = format!("SELECT op_id, record_id FROM {TABLE} WHERE op_id IN ({marks})");
        let args = chunk.iter().map(|op| Arg::Text(op.to_string())).collect();
        note(&mut found, &session.rows(sql, args).await?);
    }
    Ok(found)
}

fn note(found: &mut HashMap<OpId, RecordId>, rows: &[Vec<Cell>]) {
    for row in rows {
        if let [Cell::Text(op), id] = row.as_slice()
            && let Some(op) = OpId::parse(op.trim_end())
            && let Some(id) = text(id)
        {
            found.insert(op, RecordId::new(id));
        }
    }
}

/// Notes that these writes are done.
pub(crate) async fn record(
    session: &mut WriteSession,
    done: &[(&Op, &RecordId)],
) -> Result<(), Error> {
    let mut args = Vec::with_capacity(done.len() * 4);
    for (op, id) in done {
        args.push(Arg::Text(op.id.to_string()));
        args.push(Arg::Text(op.marker.as_str().to_owned()));
        args.push(Arg::Text(op.entity.as_str().to_owned()));
        args.push(Arg::Text(id.as_str().to_owned()));
    }
    session
        .insert_many(TABLE, &["op_id", "marker", "entity", "record_id"], args)
        .await
        .map(drop)
}

/// The ids of the records that were written under a marker, each once.
///
/// Such a record may have been deleted since. No table yet means no record.
pub(crate) async fn by_marker(
    session: &mut Session,
    entity: EntityKind,
    marker: &Marker,
) -> Result<Vec<RecordId>, Error> {
    let args = vec![
        Arg::Text(entity.as_str().to_owned()),
        Arg::Text(marker.as_str().to_owned()),
    ];
    let sql = format!("SELECT DISTINCT record_id FROM {TABLE} WHERE entity = ? AND marker = ?");
    let rows = session.rows(sql, args).await?;
    Ok(rows
        .iter()
        .filter_map(|row| text(row.first()?))
        .map(RecordId::new)
        .collect())
}

fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        Cell::Int(number) => Some(number.to_string()),
        Cell::Null | Cell::Unreadable => None,
    }
}
