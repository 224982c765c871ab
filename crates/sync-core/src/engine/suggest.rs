//! Suggestions: which records of the target a record of the source may be.

use std::collections::HashMap;

use api_core::Error;

use super::{Engine, Flow, SyncError};
use crate::linking::{Identity, Index, LinkRule, Suggested, Suggestion, label};
use crate::mapping::MapError;
use crate::store::Known;
use crate::{Cursor, EntityKind, Fields, Lifecycle, Record, RecordId};

/// So many records of a target are looked at, at most.
const INDEXED: usize = 250_000;
/// So many records are suggested for one.
const EACH: usize = 5;
/// Records that were found by a key are suggested whatever else they have in common.
const BY_KEY: u8 = 45;

/// Records of the target that were met while one of the source was looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Near(pub(super) Vec<Suggestion>);

impl Near {
    pub(super) fn of(fields: &Fields, hit: &Record, why: &str) -> Self {
        let mut near = Self::default();
        near.add(fields, hit, why);
        near
    }

    /// Adds a record that was found by a key, or by another key than before.
    pub(super) fn add(&mut self, fields: &Fields, hit: &Record, why: &str) {
        if self.0.iter().any(|known| known.target_id == hit.id) {
            return;
        }
        let (score, mut reasons) = Identity::of(fields).compare(&Identity::of(&hit.fields));
        if !reasons.iter().any(|reason| reason == why) {
            reasons.insert(0, why.to_owned());
        }
        self.0.push(Suggestion {
            target_id: hit.id.clone(),
            score: score.max(BY_KEY),
            reasons,
            target_name: label(&hit.fields),
        });
    }
}

/// Reads every record of a kind in the target, and keeps what identifies it.
pub(super) async fn read_index(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
) -> Result<Index, SyncError> {
    let mut index = Index::new();
    let can = flow.target.connector.describe();
    if !can.of(entity).is_some_and(|can| can.read) {
        return Ok(index);
    }
    let mut pages = Pages::default();
    while let Some(records) = pages
        .next(
            engine,
            flow.target.connector.as_ref(),
            entity,
            flow.page_size,
        )
        .await
        .map_err(|error| error.of_target(flow))?
    {
        for record in &records {
            index.add(record);
        }
        if index.len() >= INDEXED {
            tracing::warn!(%entity, INDEXED, "Suggestions look at the first records only.");
            break;
        }
    }
    Ok(index)
}

/// Compares every record of the source that is undecided with all of the target, and keeps what
/// may be the same.
pub(super) async fn suggest(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
) -> Result<Vec<Suggested>, SyncError> {
    engine
        .store
        .ensure_flow(&flow.setup(), engine.clock.now())
        .await?;
    let index = read_index(engine, flow, entity).await?;
    let mut all = Vec::new();
    let mut pages = Pages::default();
    while let Some(records) = pages
        .next(
            engine,
            flow.source.connector.as_ref(),
            entity,
            flow.page_size,
        )
        .await
        .map_err(|error| error.of_source(flow))?
    {
        let found = suggest_page(engine, flow, entity, records, &index).await?;
        engine
            .store
            .suggest(flow.name(), &found, engine.clock.now())
            .await?;
        all.extend(found);
    }
    Ok(all)
}

async fn suggest_page(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    records: Vec<Record>,
    index: &Index,
) -> Result<Vec<Suggested>, SyncError> {
    let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
    let known = engine.store.known(flow.name(), entity, &ids).await?;
    let mapper = flow.mapper(entity);
    let mut found = Vec::new();
    for record in records {
        if record.lifecycle == Lifecycle::Ended || !is_undecided(&known, &record.id) {
            continue;
        }
        let mut fields = match mapper.map(&record) {
            Ok(fields) => fields,
            Err(MapError::Skip(_)) => continue,
            // What cannot be written is compared as it is.
            Err(_) => record.fields.clone(),
        };
        flow.target.connector.hold(entity, &mut fields);
        // What the target has no place for may identify the record all the same.
        let identity = Identity::of(&merged(&record.fields, &fields));
        let mut suggestions = index.best(&identity, EACH);
        let rules = known.get(&record.id).map(|known| known.rules.as_slice());
        let never =
            |id: &RecordId| rules.is_some_and(|rules| rules.contains(&LinkRule::Never(id.clone())));
        suggestions.retain(|suggestion| !never(&suggestion.target_id));
        found.push(Suggested {
            entity,
            source_name: label(&fields).or_else(|| label(&record.fields)),
            source_id: record.id,
            suggestions,
        });
    }
    Ok(found)
}

fn merged(read: &Fields, mapped: &Fields) -> Fields {
    let mut all = read.clone();
    for (name, value) in mapped.iter() {
        all.set(name.clone(), value.clone());
    }
    all
}

fn is_undecided(known: &HashMap<RecordId, Known>, id: &RecordId) -> bool {
    known.get(id).is_none_or(|known| {
        known.target_id.is_none()
            && known.kept_out().is_none()
            && !known.rules.contains(&LinkRule::Create)
    })
}

/// A listing from its start, page by page.
#[derive(Default)]
struct Pages {
    cursor: Option<Cursor>,
    done: bool,
}

/// Why a page could not be had.
enum Failed {
    Cancelled,
    Remote(Error),
}

impl Failed {
    fn of_target(self, flow: &Flow) -> SyncError {
        match self {
            Failed::Cancelled => SyncError::Cancelled,
            Failed::Remote(error) => SyncError::Target {
                connection: flow.target.name.to_string(),
                error,
            },
        }
    }

    fn of_source(self, flow: &Flow) -> SyncError {
        match self {
            Failed::Cancelled => SyncError::Cancelled,
            Failed::Remote(error) => SyncError::Source {
                connection: flow.source.name.to_string(),
                error,
            },
        }
    }
}

impl Pages {
    async fn next(
        &mut self,
        engine: &Engine,
        connector: &dyn crate::Connector,
        entity: EntityKind,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, Failed> {
        if self.done {
            return Ok(None);
        }
        if engine.cancel.is_cancelled() {
            return Err(Failed::Cancelled);
        }
        let page = connector
            .pull(entity, self.cursor.as_ref(), limit)
            .await
            .map_err(Failed::Remote)?;
        self.done = page.complete || page.next.is_none() || page.next == self.cursor;
        self.cursor = page.next;
        Ok(Some(page.records))
    }
}
