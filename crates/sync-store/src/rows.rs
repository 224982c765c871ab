//! How the types of the engine are spelt in columns.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use api_core::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use sync_core::store::{
    ChangeRow, Counts, FlowRow, Intent, LinkRow, ParkReason, ParkedRow, RunRow,
};
use sync_core::{Cursor, EntityKind, Lifecycle, Marker, OpId, RecordId, RunId, StoreError};
use uuid::Uuid;

pub(crate) type Stored<T> = Result<T, StoreError>;

fn corrupt(what: impl Display) -> StoreError {
    StoreError::Corrupt(what.to_string())
}

/// A column of a row.
pub(crate) fn column<'r, T>(row: &'r SqliteRow, n: usize) -> Stored<T>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(n).map_err(corrupt)
}

/// Content as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Stored<String> {
    serde_json::to_string(value).map_err(corrupt)
}

pub(crate) fn json<T: DeserializeOwned>(row: &SqliteRow, n: usize) -> Stored<T> {
    serde_json::from_str(column(row, n)?).map_err(corrupt)
}

/// A word of a closed list.
pub(crate) fn word<T: FromStr<Err: Display>>(row: &SqliteRow, n: usize) -> Stored<T> {
    column::<&str>(row, n)?.parse().map_err(corrupt)
}

pub(crate) fn text<T: From<String>>(row: &SqliteRow, n: usize) -> Stored<T> {
    column::<String>(row, n).map(T::from)
}

pub(crate) fn time(row: &SqliteRow, n: usize) -> Stored<Timestamp> {
    column(row, n).map(Timestamp::from_micros)
}

pub(crate) fn maybe_time(row: &SqliteRow, n: usize) -> Stored<Option<Timestamp>> {
    Ok(column::<Option<i64>>(row, n)?.map(Timestamp::from_micros))
}

pub(crate) fn uuid(row: &SqliteRow, n: usize) -> Stored<Uuid> {
    Uuid::from_slice(column(row, n)?).map_err(corrupt)
}

pub(crate) fn run_id(row: &SqliteRow, n: usize) -> Stored<RunId> {
    uuid(row, n).map(RunId::from_uuid)
}

pub(crate) fn lifecycle_word(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Active => "active",
        Lifecycle::Ended => "ended",
    }
}

pub(crate) fn lifecycle(word: &str) -> Stored<Lifecycle> {
    match word {
        "active" => Ok(Lifecycle::Active),
        "ended" => Ok(Lifecycle::Ended),
        other => Err(corrupt(format_args!("`{other}` is no lifecycle"))),
    }
}

/// A duration in microseconds.
pub(crate) fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn small(row: &SqliteRow, n: usize) -> Stored<u32> {
    u32::try_from(column::<i64>(row, n)?).map_err(corrupt)
}

/// A flow, as the statements in `claim.rs` select it.
pub(crate) fn flow(row: &SqliteRow) -> Stored<FlowRow> {
    Ok(FlowRow {
        name: text(row, 0)?,
        source: text(row, 1)?,
        target: text(row, 2)?,
        every: column::<Option<i64>>(row, 3)?
            .map(|micros| Duration::from_micros(micros.unsigned_abs())),
        next_due: maybe_time(row, 4)?,
        seq: column(row, 5)?,
        fence: column(row, 6)?,
        lease_owner: column(row, 7)?,
        lease_until: maybe_time(row, 8)?,
        crash_count: small(row, 9)?,
        state: word(row, 10)?,
        position: column::<Option<&str>>(row, 11)?
            .map(serde_json::from_str)
            .transpose()
            .map_err(corrupt)?,
    })
}

/// The columns that [`intent`] reads.
pub(crate) const INTENT: &str = "op, run, entity, source_id, action, marker, batch_key, payload, \
                                 state, at";

pub(crate) fn intent(row: &SqliteRow) -> Stored<Intent> {
    Ok(Intent {
        op: OpId::from_uuid(uuid(row, 0)?),
        run: run_id(row, 1)?,
        entity: word(row, 2)?,
        source_id: text(row, 3)?,
        action: json(row, 4)?,
        marker: text::<Marker>(row, 5)?,
        batch_key: column(row, 6)?,
        payload: json(row, 7)?,
        state: word(row, 8)?,
        at: time(row, 9)?,
    })
}

/// The columns that [`parked`] reads.
pub(crate) const PARKED: &str = "f.name, p.source_id, p.reason, p.error, p.attempts, p.first_at, \
                                 p.last_at, p.run";

pub(crate) fn parked(row: &SqliteRow, entity: EntityKind) -> Stored<ParkedRow> {
    Ok(ParkedRow {
        flow: text(row, 0)?,
        entity,
        source_id: text(row, 1)?,
        reason: word::<ParkReason>(row, 2)?,
        error: json(row, 3)?,
        attempts: small(row, 4)?,
        first_at: time(row, 5)?,
        last_at: time(row, 6)?,
        run: run_id(row, 7)?,
    })
}

/// The columns that [`run`] reads.
pub(crate) const RUN: &str =
    "r.id, f.name, r.set_off_by, r.started_at, r.ended_at, r.status, r.message, r.repaired";

/// A run, without its counts.
pub(crate) fn run(row: &SqliteRow) -> Stored<RunRow> {
    Ok(RunRow {
        id: run_id(row, 0)?,
        flow: text(row, 1)?,
        trigger: word(row, 2)?,
        started_at: time(row, 3)?,
        ended_at: maybe_time(row, 4)?,
        status: word(row, 5)?,
        message: column(row, 6)?,
        counts: Default::default(),
        repaired: column(row, 7)?,
    })
}

/// The columns that [`counts`] reads.
pub(crate) const COUNTS: &str =
    "run, entity, read, created, updated, unchanged, skipped, parked, failed";

pub(crate) fn counts(row: &SqliteRow) -> Stored<(RunId, EntityKind, Counts)> {
    let counts = Counts {
        read: column(row, 2)?,
        created: column(row, 3)?,
        updated: column(row, 4)?,
        unchanged: column(row, 5)?,
        skipped: column(row, 6)?,
        parked: column(row, 7)?,
        failed: column(row, 8)?,
    };
    Ok((run_id(row, 0)?, word(row, 1)?, counts))
}

/// The columns that [`link`] reads.
pub(crate) const LINK: &str = "l.source_id, l.target_id, l.origin, l.linked_at, b.synced_at";

pub(crate) fn link(row: &SqliteRow, entity: EntityKind) -> Stored<LinkRow> {
    Ok(LinkRow {
        entity,
        source_id: text(row, 0)?,
        target_id: text(row, 1)?,
        origin: word(row, 2)?,
        linked_at: time(row, 3)?,
        synced_at: maybe_time(row, 4)?,
    })
}

pub(crate) fn change(row: &SqliteRow) -> Stored<ChangeRow> {
    Ok(ChangeRow {
        op: OpId::from_uuid(uuid(row, 0)?),
        run: run_id(row, 1)?,
        entity: word(row, 2)?,
        source_id: text::<RecordId>(row, 3)?,
        target_id: text::<RecordId>(row, 4)?,
        before: json(row, 5)?,
        after: json(row, 6)?,
    })
}

pub(crate) fn cursor(row: &SqliteRow) -> Stored<Cursor> {
    text(row, 0)
}
