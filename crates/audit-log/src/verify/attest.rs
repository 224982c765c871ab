//! What pruning and erasing say about themselves in the log.

use std::collections::BTreeSet;

use api_core::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::db::{Row, Tx, Value};
use crate::error::Error;
use crate::gaps::{Digest, Gap};

/// The names under which entries state what was done.
pub(crate) mod detail {
    /// In `log.prune`: the digest of all gaps.
    pub(crate) const GAPS: &str = "gaps";
    /// In `log.prune`: the moment before which bodies may be gone.
    pub(crate) const BODIES_BEFORE: &str = "bodies_before";
    /// In `log.erase`: the numbers of the entries whose bodies are gone.
    pub(crate) const ENTRIES: &str = "entries";
}

/// The key under which `audit_meta` holds the digest.
pub(crate) const META_GAPS: &str = "gaps";

const PAGE: i64 = 500;

/// The newest `log.prune` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attestation {
    pub(crate) number: i64,
    pub(crate) id: Option<Uuid>,
    pub(crate) ts: i64,
    pub(crate) gaps: Option<Digest>,
    /// The moment before which bodies may be gone, in microseconds.
    pub(crate) bodies_before: i64,
}

/// What explains that bodies are not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explained {
    pub(crate) newest: Option<Attestation>,
    pub(crate) erased: BTreeSet<i64>,
}

impl Explained {
    /// Whether an entry may be without its body.
    pub(crate) fn body_may_be_gone(&self, number: i64, ts: Option<i64>) -> bool {
        self.erased.contains(&number)
            || self
                .newest
                .as_ref()
                .is_some_and(|prune| ts.is_some_and(|ts| ts < prune.bodies_before))
    }
}

/// Reads what all `log.prune` and `log.erase` entries say.
///
/// In memory stay the newest `log.prune` and the numbers of erased entries.
pub(crate) async fn read(tx: &mut Tx) -> Result<Explained, Error> {
    let mut explained = Explained::default();
    let mut after = i64::MIN;
    loop {
        let rows = tx
            .fetch(
                "SELECT id, uid, event, details, ts FROM audit_event \
                 WHERE id > ? AND event IN ('log.prune', 'log.erase') ORDER BY id LIMIT ?",
                &[Value::Int(after), Value::Int(PAGE)],
            )
            .await?;
        let Some(last) = rows.last() else {
            return Ok(explained);
        };
        after = last.int(0)?;
        for row in &rows {
            // An entry that cannot be read says nothing; that it was changed is found anyway.
            let details = details(row, 3);
            if row.text(2).is_ok_and(|event| event == "log.prune") {
                explained.newest = Some(attestation(row, &details)?);
            } else if let Some(Json::Array(numbers)) = details.get(detail::ENTRIES) {
                explained
                    .erased
                    .extend(numbers.iter().filter_map(Json::as_i64));
            }
        }
    }
}

/// The `log.prune` entry of this number, if it is one.
pub(crate) async fn at(tx: &mut Tx, number: i64) -> Result<Option<Attestation>, Error> {
    one(
        tx,
        "SELECT id, uid, event, details, ts FROM audit_event WHERE id = ? AND event = 'log.prune'",
        &[Value::Int(number)],
    )
    .await
}

/// The newest `log.prune` entry; looks through the log for it.
pub(crate) async fn newest(tx: &mut Tx) -> Result<Option<Attestation>, Error> {
    one(
        tx,
        "SELECT id, uid, event, details, ts FROM audit_event WHERE event = 'log.prune' \
         ORDER BY id DESC LIMIT 1",
        &[],
    )
    .await
}

async fn one(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<Option<Attestation>, Error> {
    let rows = tx.fetch(sql, values).await?;
    rows.first()
        .map(|row| attestation(row, &details(row, 3)))
        .transpose()
}

fn details(row: &Row, at: usize) -> serde_json::Map<String, Json> {
    row.text(at)
        .ok()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

fn attestation(row: &Row, details: &serde_json::Map<String, Json>) -> Result<Attestation, Error> {
    let text = |key: &str| details.get(key).and_then(Json::as_str);
    Ok(Attestation {
        number: row.int(0)?,
        id: row
            .blob(1)
            .ok()
            .and_then(|bytes| Uuid::from_slice(bytes).ok()),
        ts: row.int(4).unwrap_or(i64::MAX),
        gaps: text(detail::GAPS).and_then(Digest::parse),
        bodies_before: text(detail::BODIES_BEFORE)
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map_or(i64::MIN, Timestamp::as_micros),
    })
}

/// The digest of all stored gaps, and whether all of them can be read.
pub(crate) async fn stored(tx: &mut Tx, writers: &super::Writers) -> Result<(Digest, bool), Error> {
    let (mut digest, mut sound) = (Digest::default(), true);
    let (mut writer, mut first) = (i64::MIN, i64::MIN);
    loop {
        let rows = tx
            .fetch(
                "SELECT writer, first_seq, last_seq, last_hash FROM audit_gap \
                 WHERE (writer, first_seq) > (?, ?) ORDER BY writer, first_seq LIMIT ?",
                &[Value::Int(writer), Value::Int(first), Value::Int(PAGE)],
            )
            .await?;
        if rows.is_empty() {
            return Ok((digest, sound));
        }
        for row in &rows {
            (writer, first) = (row.int(0)?, row.int(1)?);
            let (Some(name), Ok(hash)) = (writers.get(&writer), row.hash(3)) else {
                sound = false;
                continue;
            };
            let gap = Gap {
                first,
                last: row.int(2)?,
                hash,
            };
            sound &= gap.last >= gap.first;
            digest.add(&name.name, &gap);
        }
    }
}

/// The digest that `audit_meta` holds: `None` if there is none, an error text if it is no digest.
pub(crate) async fn in_meta(tx: &mut Tx) -> Result<Option<Result<Digest, String>>, Error> {
    let rows = tx
        .fetch(
            "SELECT value FROM audit_meta WHERE key = ?",
            &[Value::from(META_GAPS)],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let text = row.text(0)?;
    Ok(Some(
        Digest::parse(text).ok_or_else(|| text.chars().take(80).collect()),
    ))
}
