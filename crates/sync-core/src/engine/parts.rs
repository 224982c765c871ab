//! Partial records: the rest of a record is read only when it is new or its part has changed.
//!
//! What a listing gives of a record is mapped, held and resolved as the whole would be; while its
//! hash is the one that was stored with the base, the rest is taken to be as it was. The stamp of
//! the record's last change counts as a part of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use api_core::{Error, ErrorKind};

use super::process::Mapped;
use super::process::{SKIPPED, Stop, UNCHANGED};
use super::session::Session;
use super::{Engine, Flow, SyncError};
use crate::mapping::MapError;
use crate::plan::{Decision, PlanInput, plan};
use crate::store::{Base, Commit, Known, LinkOrigin, LinkUpdate, ParkReason};
use crate::{
    Completed, ContentHash, EntityKind, FieldName, Fields, Record, RecordId, Ref, RunId,
    Unreadable, Value,
};

/// So many records per request that the source takes at once are asked for together.
const PER_REQUEST: usize = 4;

/// A partial record whose rest is wanted, with what is sent of its part if that can be mapped.
pub(super) type Wanted = (Record, Option<Fields>);

/// The records of a page, by what is to be read of them.
#[derive(Default)]
pub(super) struct Sorted {
    /// Whole records, and partial ones that are decided without the rest.
    pub(super) ready: Vec<Record>,
    /// Records whose part is as it was.
    pub(super) unchanged: Vec<RecordId>,
    /// Records whose rest is to be read.
    pub(super) wanted: Vec<Wanted>,
}

/// Sorts the records of a page by what is to be read of them.
pub(super) async fn sort(
    engine: &Engine,
    flow: &Flow,
    (entity, run): (EntityKind, RunId),
    records: Vec<Record>,
    known: &HashMap<RecordId, Known>,
) -> Result<Sorted, SyncError> {
    let mut sorted = Sorted::default();
    let target = &flow.target.connector;
    let Some(can) = target.describe().of(entity) else {
        return Ok(sorted);
    };
    let mapper = flow.mapper(entity);
    let mapping = mapper.fingerprint();
    let mut seen: HashSet<RecordId> = HashSet::new();
    let mut mapped: Vec<(Record, Fields)> = Vec::new();
    for record in records {
        if !record.partial {
            sorted.ready.push(record);
            continue;
        }
        if !seen.insert(record.id.clone()) {
            continue;
        }
        match mapper.map(&record) {
            Ok(mut fields) => {
                target.hold(entity, &mut fields);
                mark(&mut fields, &record, &mapping);
                mapped.push((record, fields));
            }
            Err(MapError::Skip(_)) => sorted.ready.push(record),
            Err(_) => sorted.wanted.push((record, None)),
        }
    }
    let mut resolved: Vec<Fields> = mapped.iter().map(|(_, fields)| fields.clone()).collect();
    resolve_parts(engine, flow, resolved.iter_mut().collect()).await?;
    for ((record, fields), resolved) in mapped.into_iter().zip(resolved) {
        let known = known.get(&record.id);
        let hash = resolved.content_hash();
        let parked_now = known
            .and_then(|known| known.parked)
            .is_some_and(|(_, parked_in)| parked_in == run);
        let decided = plan(PlanInput {
            hash,
            lifecycle: record.lifecycle,
            known,
            target: can,
            run,
        });
        match decided {
            _ if parked_now => sorted.ready.push(record),
            Decision::Skip(_) | Decision::StaysParked { .. } => sorted.ready.push(record),
            _ if known.is_some_and(|known| is_as_it_was(known, hash)) => {
                sorted.unchanged.push(record.id);
            }
            _ => sorted.wanted.push((record, Some(fields))),
        }
    }
    Ok(sorted)
}

/// Adds to a part what tells that the rest may have changed although the listed fields have not:
/// the source's stamp, and how the whole is mapped. The names are no names of fields.
fn mark(part: &mut Fields, record: &Record, mapping: &str) {
    if let Some(at) = record.modified {
        part.set(FieldName::known("\0modified"), Value::Timestamp(at));
    }
    if !mapping.is_empty() {
        part.set(FieldName::known("\0mapping"), mapping);
    }
}

/// Whether a record that is linked and written had this very part then.
fn is_as_it_was(known: &Known, part: ContentHash) -> bool {
    known.target_id.is_some() && known.base_hash.is_some() && known.part == Some(part)
}

/// Replaces the references of parts by the target's ids; what is not there becomes null.
///
/// A record is written only once what it must refer to is there, and without what it need not
/// refer to: so a part has another hash as soon as a reference can be had.
pub(super) async fn resolve_parts(
    engine: &Engine,
    flow: &Flow,
    mut parts: Vec<&mut Fields>,
) -> Result<(), SyncError> {
    let mut wanted: BTreeMap<EntityKind, BTreeSet<RecordId>> = BTreeMap::new();
    for reference in parts.iter().flat_map(|part| part.refs()) {
        let ids = wanted.entry(reference.entity).or_default();
        ids.insert(reference.id.clone());
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let (source, target) = (&flow.source.name, &flow.target.name);
    let mut found: HashMap<(EntityKind, RecordId), RecordId> = HashMap::new();
    for (kind, ids) in wanted {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let store = &engine.store;
        for (id, to) in store.targets(source, target, kind, &ids).await? {
            found.insert((kind, id), to);
        }
    }
    for value in parts.iter_mut().flat_map(|part| part.values_mut()) {
        value.replace_refs(&mut |reference| {
            let key = (reference.entity, reference.id.clone());
            match found.get(&key) {
                Some(id) => Value::Ref(Ref::new(reference.entity, id.clone())),
                None => Value::Null,
            }
        });
    }
    Ok(())
}

/// Reads the rest of records: what could be had, and why the others could not.
pub(super) async fn complete(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    mut wanted: Vec<Record>,
) -> (Vec<Completed>, Option<SyncError>) {
    let source = &flow.source.connector;
    let failed = |error: Error| SyncError::Source {
        connection: flow.source.name.to_string(),
        error,
    };
    let at_once = source.describe().max_in_flight.max(1) * PER_REQUEST;
    let mut completed = Vec::with_capacity(wanted.len());
    while !wanted.is_empty() {
        if engine.cancel.is_cancelled() {
            return (completed, Some(SyncError::Cancelled));
        }
        let piece: Vec<Record> = wanted.iter().take(at_once).cloned().collect();
        let answers = match source.complete(entity, piece).await {
            Ok(answers) => answers,
            Err(error) => return (completed, Some(failed(error))),
        };
        let answered: HashSet<&RecordId> = answers.iter().map(Completed::id).collect();
        let before = wanted.len();
        wanted.retain(|record| !answered.contains(&record.id));
        if wanted.len() == before {
            let message = format!("the rest of no {entity} was read of those asked for");
            let error = Error::new(ErrorKind::Internal, message);
            return (completed, Some(failed(error)));
        }
        completed.extend(answers);
    }
    (completed, None)
}

impl Session<'_> {
    /// Syncs a page of which some records are only parts.
    pub(super) async fn process_parts(
        &self,
        entity: EntityKind,
        records: Vec<Record>,
        done: &mut Commit,
        depth: u8,
    ) -> Result<(), Stop> {
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let store = &self.engine.store;
        let known = store.known(self.flow.name(), entity, &ids).await?;
        let of = (entity, self.run());
        let sorted = sort(self.engine, self.flow, of, records, &known).await?;
        for id in sorted.unchanged {
            self.unpark_if_parked(entity, &id, &known, done);
            if known.get(&id).and_then(|known| known.base_run) != Some(self.run()) {
                done.count(entity, UNCHANGED);
            }
        }
        if !sorted.ready.is_empty() {
            let parts = HashMap::new();
            self.process_whole(entity, sorted.ready, parts, done, depth)
                .await?;
        }
        // In pieces: what was read is written before more is asked for.
        let mut wanted = self.without_waiting(entity, sorted.wanted, done).await?;
        while !wanted.is_empty() {
            let rest = wanted.split_off(self.piece().clamp(1, wanted.len()));
            let stop = self
                .process_completed(entity, wanted, &known, done, depth)
                .await?;
            if let Some(error) = stop {
                return Err(error.into());
            }
            wanted = rest;
        }
        Ok(())
    }

    /// Reads the rest of these records and syncs those that could be read; why not all could.
    async fn process_completed(
        &self,
        entity: EntityKind,
        wanted: Vec<Wanted>,
        known: &HashMap<RecordId, Known>,
        done: &mut Commit,
        depth: u8,
    ) -> Result<Option<SyncError>, Stop> {
        let mut parts = HashMap::with_capacity(wanted.len());
        let mut records = Vec::with_capacity(wanted.len());
        for (record, part) in wanted {
            parts.extend(part.map(|part| (record.id.clone(), part)));
            records.push(record);
        }
        let (completed, stop) = complete(self.engine, self.flow, entity, records).await;
        let mut whole = Vec::with_capacity(completed.len());
        for answer in completed {
            match answer {
                Completed::Whole(record) => whole.push(Record {
                    partial: false,
                    ..record
                }),
                Completed::Gone(id) => {
                    self.unpark_if_parked(entity, &id, known, done);
                    done.count(entity, SKIPPED);
                }
                Completed::Unreadable(Unreadable { id, error }) => {
                    let why = (ParkReason::Unreadable, &error);
                    self.park(done, (entity, &id), why, None, None);
                }
            }
        }
        self.process_whole(entity, whole, parts, done, depth)
            .await?;
        Ok(stop)
    }

    /// Notes that a record whose part had changed is as a whole as it was.
    pub(super) fn remember_part(
        &self,
        entity: EntityKind,
        record: Mapped,
        known: Option<&Known>,
        done: &mut Commit,
    ) {
        let part = record.part.as_ref().map(Fields::content_hash);
        let Some(target_id) = known.and_then(|known| known.target_id.clone()) else {
            return;
        };
        if part.is_none() || part == known.and_then(|known| known.part) {
            return;
        }
        done.links.push(LinkUpdate {
            entity,
            source_id: record.id,
            target_id,
            origin: LinkOrigin::Created,
            base: Some(Base {
                hash: record.fields.content_hash(),
                fields: record.fields,
                lifecycle: record.lifecycle,
                part,
                run: self.run(),
            }),
        });
    }
}
