//! What is known of many records at once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;

use serde::Deserialize;
use sync_core::store::Known;
use sync_core::{
    ConnectionName, ContentHash, EntityKind, Fields, FlowName, RecordId, RunId, StoreError,
};
use uuid::Uuid;

use crate::SqliteStore;
use crate::linking;
use crate::rows::{self, Stored, to_json};

impl SqliteStore {
    pub(crate) async fn known_of(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Stored<HashMap<RecordId, Known>> {
        let answer: (Option<i64>, String) = sqlx::query_as(
            "WITH f AS (SELECT id, source, target FROM flow WHERE name = ?1)
             SELECT (SELECT id FROM f), json_group_array(json_array(w.value, l.target_id,
                 hex(b.hash), b.lifecycle, hex(b.run), p.reason, hex(p.run), hex(b.part),
                 l.origin, json((SELECT json_group_array(json_array(r.rule, r.target_id))
                     FROM link_rule r WHERE r.source = f.source AND r.target = f.target
                         AND r.entity = ?2 AND r.source_id = w.value))))
                 FILTER (WHERE l.target_id IS NOT NULL OR b.hash IS NOT NULL
                     OR p.reason IS NOT NULL OR EXISTS (SELECT 1 FROM link_rule r
                         WHERE r.source = f.source AND r.target = f.target
                             AND r.entity = ?2 AND r.source_id = w.value))
             FROM json_each(?3) w CROSS JOIN f
             LEFT JOIN link l ON l.source = f.source AND l.target = f.target AND l.entity = ?2
                 AND l.source_id = w.value
             LEFT JOIN base b ON b.flow = f.id AND b.entity = ?2 AND b.source_id = w.value
             LEFT JOIN parked p ON p.flow = f.id AND p.entity = ?2 AND p.source_id = w.value",
        )
        .bind(flow.as_str())
        .bind(entity.as_str())
        .bind(to_json(&ids)?)
        .fetch_one(&mut *self.reader().await?)
        .await
        .map_err(self.db())?;
        let (Some(_), rows) = answer else {
            return Err(StoreError::UnknownFlow(flow.clone()));
        };
        let rows: Vec<KnownRow<'_>> = parse(&rows)?;
        rows.into_iter().map(KnownRow::known).collect()
    }

    pub(crate) async fn bases_of(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Stored<HashMap<RecordId, Fields>> {
        let rows: String = sqlx::query_scalar(
            "SELECT json_group_array(json_array(b.source_id, json(b.fields)))
             FROM json_each(?3) w CROSS JOIN base b ON b.flow = (SELECT id FROM flow WHERE name = ?1)
                 AND b.entity = ?2 AND b.source_id = w.value",
        )
        .bind(flow.as_str())
        .bind(entity.as_str())
        .bind(to_json(&ids)?)
        .fetch_one(&mut *self.reader().await?)
        .await
        .map_err(self.db())?;
        let rows: Vec<(RecordId, Fields)> = parse(&rows)?;
        Ok(rows.into_iter().collect())
    }

    /// The other ends of the links that have these ids at one end; `select` names the end.
    pub(crate) async fn other_ends(
        &self,
        select: &'static str,
        (source, target): (&ConnectionName, &ConnectionName),
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Stored<HashMap<RecordId, RecordId>> {
        let rows: String = sqlx::query_scalar(select)
            .bind(source.as_str())
            .bind(target.as_str())
            .bind(entity.as_str())
            .bind(to_json(&ids)?)
            .fetch_one(&mut *self.reader().await?)
            .await
            .map_err(self.db())?;
        let rows: Vec<(RecordId, RecordId)> = parse(&rows)?;
        Ok(rows.into_iter().collect())
    }
}

/// Rows that come as one text: each row of a statement costs a change of threads.
fn parse<'a, T: Deserialize<'a>>(rows: &'a str) -> Stored<T> {
    serde_json::from_str(rows).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// What is known of one record: its id, the target's, hash, lifecycle and run of the base, reason
/// and run of its being parked, hash of its part. Bytes are spelt in hexadecimal; none are an empty text.
#[derive(Deserialize)]
struct KnownRow<'a>(
    RecordId,
    Option<RecordId>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    Vec<(String, String)>,
);

impl KnownRow<'_> {
    fn known(self) -> Stored<(RecordId, Known)> {
        let Self(id, target_id, hash, lifecycle, run, reason, parked_in, part, origin, rules) =
            self;
        let parked = match reason {
            Some(reason) => {
                let reason = reason.parse().map_err(corrupt)?;
                let run =
                    run_of(&parked_in)?.ok_or_else(|| corrupt("a parked record without run"))?;
                Some((reason, run))
            }
            None => None,
        };
        let known = Known {
            target_id,
            origin: origin
                .map(|word| word.parse().map_err(corrupt))
                .transpose()?,
            rules: rules
                .iter()
                .map(|(word, target_id)| linking::rule(word, target_id))
                .collect::<Stored<_>>()?,
            base_hash: hash_of(&hash)?,
            part: hash_of(&part)?,
            base_lifecycle: lifecycle
                .map(|word| rows::lifecycle(&word))
                .transpose()?
                .unwrap_or_default(),
            base_run: run_of(&run)?,
            parked,
        };
        Ok((id, known))
    }
}

fn hash_of(hex: &str) -> Stored<Option<ContentHash>> {
    if hex.is_empty() {
        return Ok(None);
    }
    Ok(Some(ContentHash(bytes(hex)?)))
}

fn run_of(hex: &str) -> Stored<Option<RunId>> {
    if hex.is_empty() {
        return Ok(None);
    }
    Ok(Some(RunId::from_uuid(Uuid::from_bytes(bytes(hex)?))))
}

/// Bytes that are spelt in hexadecimal.
fn bytes<const N: usize>(hex: &str) -> Stored<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut found = [0; N];
    let fits = hex.len() == 2 * N
        && hex
            .as_bytes()
            .chunks_exact(2)
            .zip(&mut found)
            .all(|(pair, byte)| match (digit(pair[0]), digit(pair[1])) {
                (Some(high), Some(low)) => {
                    *byte = (high << 4 | low) as u8;
                    true
                }
                _ => false,
            });
    fits.then_some(found)
        .ok_or_else(|| corrupt("bytes of another length"))
}

fn corrupt(what: impl Display) -> StoreError {
    StoreError::Corrupt(what.to_string())
}
