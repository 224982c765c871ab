//! One page: map, resolve, decide, store intents, send.

use std::collections::{BTreeMap, HashMap};

use api_core::{Error, ErrorKind};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};

use super::SyncError;
use super::parts::resolve_parts;
use super::pending::Pending;
use super::session::Session;
use crate::mapping::MapError;
use crate::plan::{Decision, PlanInput, plan};
use crate::store::{Commit, Counts, Known, LinkOrigin, ParkReason};
use crate::{Action, EntityKind, Event, EventName, Fields, Level, Lifecycle, Record, RecordId};

/// A slice that cannot go on, through no fault of a record.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) error: SyncError,
    /// How many writes were planned and not sent.
    pub(super) unsent: BTreeMap<EntityKind, i64>,
}

impl<E: Into<SyncError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop {
            error: error.into(),
            unsent: BTreeMap::new(),
        }
    }
}

/// A source record with what is to be sent of it.
pub(super) struct Mapped {
    pub(super) id: RecordId,
    pub(super) fields: Fields,
    pub(super) lifecycle: Lifecycle,
    /// What the listing gave of it, if that was only a part; references as in the source.
    pub(super) part: Option<Fields>,
}

pub(super) const UNCHANGED: Counts = Counts {
    read: 1,
    unchanged: 1,
    created: 0,
    updated: 0,
    skipped: 0,
    parked: 0,
    failed: 0,
};
pub(super) const SKIPPED: Counts = Counts {
    read: 1,
    skipped: 1,
    created: 0,
    updated: 0,
    unchanged: 0,
    parked: 0,
    failed: 0,
};
const PARKED: Counts = Counts {
    read: 1,
    parked: 1,
    created: 0,
    updated: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
};

impl Session<'_> {
    /// Syncs these records. What needs no answer of the target is added to `done`, to be stored
    /// with the place in the listing; the rest is stored as it happens.
    pub(super) fn process<'s>(
        &'s self,
        entity: EntityKind,
        records: Vec<Record>,
        done: &'s mut Commit,
        depth: u8,
    ) -> BoxFuture<'s, Result<(), Stop>> {
        async move {
            if records.iter().any(|record| record.partial) {
                self.process_parts(entity, records, done, depth).await
            } else {
                let parts = HashMap::new();
                self.process_whole(entity, records, parts, done, depth)
                    .await
            }
        }
        .boxed()
    }

    /// Syncs records as they are; `parts` has what a listing gave of them before the rest was
    /// read.
    pub(super) async fn process_whole(
        &self,
        entity: EntityKind,
        records: Vec<Record>,
        parts: HashMap<RecordId, Fields>,
        done: &mut Commit,
        depth: u8,
    ) -> Result<(), Stop> {
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let store = &self.engine.store;
        let known = store.known(self.flow.name(), entity, &ids).await?;
        let mapped = self.map_records(entity, records, parts, &known, done);
        let (mut mapped, dragged) = self.resolve(entity, mapped, done, depth).await?;
        let parts = mapped.iter_mut().filter_map(|record| record.part.as_mut());
        resolve_parts(self.engine, self.flow, parts.collect()).await?;
        let known = if dragged {
            // What was dragged along may have been one of these.
            store.known(self.flow.name(), entity, &ids).await?
        } else {
            known
        };
        self.decide(entity, mapped, &known, done, depth).await
    }

    /// Reads these records from the source by id and syncs them.
    pub(super) async fn retry(
        &self,
        entity: EntityKind,
        ids: &[RecordId],
        done: &mut Commit,
    ) -> Result<(), Stop> {
        let (found, gone, unreadable) = self.fetch_from_source(entity, ids).await?;
        for (id, error) in unreadable {
            self.park(
                done,
                (entity, &id),
                (ParkReason::Unreadable, &error),
                None,
                None,
            );
        }
        for id in gone {
            let event = self
                .unpark_event("The record that was set aside is not in the source any more.")
                .record(entity, &id);
            done.events.push(event);
            done.unpark.push((entity, id));
        }
        self.process(entity, found, done, 0).await
    }

    /// Reads records from the source by id: those it has, those it has not, those it cannot read.
    pub(super) async fn fetch_from_source(
        &self,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<(Vec<Record>, Vec<RecordId>, Vec<(RecordId, Error)>), Stop> {
        let source = &self.flow.source.connector;
        let at_once = source.describe().max_in_flight.max(1);
        let fetched: Vec<(RecordId, Result<Option<Record>, Error>)> =
            stream::iter(ids.iter().cloned())
                .map(|id| async move {
                    let record = source.fetch(entity, &id).await;
                    (id, record)
                })
                .buffered(at_once)
                .collect()
                .await;
        let (mut found, mut gone, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for (id, record) in fetched {
            match record {
                Ok(Some(record)) => found.push(record),
                Ok(None) => gone.push(id),
                Err(error) if error.kind() == ErrorKind::NotFound => gone.push(id),
                Err(error) if is_of_record(&error) => unreadable.push((id, error)),
                Err(error) => return Err(self.source_failed(error).into()),
            }
        }
        Ok((found, gone, unreadable))
    }

    fn map_records(
        &self,
        entity: EntityKind,
        records: Vec<Record>,
        mut parts: HashMap<RecordId, Fields>,
        known: &HashMap<RecordId, Known>,
        done: &mut Commit,
    ) -> Vec<Mapped> {
        let mapper = self.flow.mapper(entity);
        let mut seen = std::collections::HashSet::new();
        let mut mapped = Vec::with_capacity(records.len());
        for mut record in records {
            if !seen.insert(record.id.clone()) {
                continue;
            }
            if known.get(&record.id).and_then(Known::kept_out).is_some() {
                self.unpark_if_parked(entity, &record.id, known, done);
                done.count(entity, SKIPPED);
                continue;
            }
            if let Some((reason, run)) = known.get(&record.id).and_then(|known| known.parked) {
                if run == self.run() {
                    continue;
                }
                if reason.waits_for_person() || reason == ParkReason::Unknown {
                    done.count(entity, PARKED);
                    continue;
                }
            }
            let linked = known
                .get(&record.id)
                .is_some_and(|known| known.target_id.is_some());
            if record.lifecycle == Lifecycle::Ended && !linked {
                // It is never created, so it does not wait for what it refers to either.
                self.unpark_if_parked(entity, &record.id, known, done);
                done.count(entity, SKIPPED);
                continue;
            }
            match mapper.map_owned(&mut record) {
                Ok(mut fields) => {
                    self.flow.target.connector.hold(entity, &mut fields);
                    mapped.push(Mapped {
                        part: parts.remove(&record.id),
                        id: record.id,
                        fields,
                        lifecycle: record.lifecycle,
                    });
                }
                Err(MapError::Skip(_)) => {
                    self.unpark_if_parked(entity, &record.id, known, done);
                    done.count(entity, SKIPPED);
                    self.remember_never(entity, &record.id);
                }
                Err(error) => {
                    let error = Error::new(ErrorKind::Validation, error.to_string());
                    let target_id = (known.get(&record.id)).and_then(|it| it.target_id.as_ref());
                    let of = (entity, &record.id, target_id);
                    let why = (ParkReason::Mapping, &error);
                    self.park_linked(done, of, why, Some(&record.fields), None);
                }
            }
        }
        mapped
    }

    pub(super) fn unpark_if_parked(
        &self,
        entity: EntityKind,
        id: &RecordId,
        known: &HashMap<RecordId, Known>,
        done: &mut Commit,
    ) {
        let Some(known) = known.get(id).filter(|known| known.parked.is_some()) else {
            return;
        };
        let message = "The record is not set aside any more; nothing had to be written.";
        let mut event = self.unpark_event(message).record(entity, id);
        event.target.clone_from(&known.target_id);
        done.events.push(event);
        done.unpark.push((entity, id.clone()));
    }

    pub(super) fn unpark_event(&self, message: &str) -> Event {
        self.target_event(Level::Info, EventName::RecordUnpark, message)
    }

    async fn decide(
        &self,
        entity: EntityKind,
        mapped: Vec<Mapped>,
        known: &HashMap<RecordId, Known>,
        done: &mut Commit,
        depth: u8,
    ) -> Result<(), Stop> {
        let Some(can) = self.flow.target.connector.describe().of(entity) else {
            return Ok(());
        };
        let mut new = Vec::new();
        let mut updates = Vec::new();
        for record in mapped {
            let hash = record.fields.content_hash();
            let known_here = known.get(&record.id);
            let decision = plan(PlanInput {
                hash,
                lifecycle: record.lifecycle,
                known: known_here,
                target: can,
                run: self.run(),
            });
            match decision {
                Decision::Create => new.push(record),
                Decision::Update => updates.push(record),
                Decision::Adopt => {
                    if let Some(target_id) = known_here.and_then(|known| known.target_id.clone()) {
                        let origin = LinkOrigin::Manual;
                        self.converged(entity, record, target_id, origin, known, done);
                    }
                }
                Decision::Unchanged { counted } => {
                    self.unpark_if_parked(entity, &record.id, known, done);
                    if !counted {
                        done.count(entity, UNCHANGED);
                    }
                    self.remember_part(entity, record, known_here, done);
                }
                Decision::Skip(_) => {
                    self.unpark_if_parked(entity, &record.id, known, done);
                    done.count(entity, SKIPPED);
                }
                Decision::StaysParked { counted } => {
                    if !counted {
                        done.count(entity, PARKED);
                    }
                }
                Decision::Refuse(why) => {
                    let error = Error::new(ErrorKind::Conflict, why);
                    let why = (ParkReason::Refused, &error);
                    let target_id = known_here.and_then(|known| known.target_id.as_ref());
                    let of = (entity, &record.id, target_id);
                    self.park_linked(done, of, why, Some(&record.fields), Some(hash));
                }
            }
        }
        // In pieces: what is asked of the target for one piece is used before the next is asked.
        let piece = self.piece();
        while !updates.is_empty() {
            let rest = updates.split_off(piece.min(updates.len()));
            let (planned, stop) = self.plan_updates(entity, updates, known, done).await?;
            self.send_new(planned).await?;
            if let Some(error) = stop {
                return Err(error.into());
            }
            updates = rest;
        }
        let looks = self.looks_first(entity, &new).await?;
        let piece = if looks { piece } else { new.len() };
        // Two records with the same key, on pages that are at work at once, are not both taken for
        // new while one is on its way. What is dragged along has its turn already.
        let _turn = match (looks, depth) {
            (true, 0) => Some(self.looking.lock().await),
            _ => None,
        };
        while !new.is_empty() {
            let rest = new.split_off(piece.min(new.len()));
            let (create, matched, stop) = self.match_new(entity, new, done).await?;
            let mut planned: Vec<Pending> = create
                .into_iter()
                .map(|record| {
                    let alone = known
                        .get(&record.id)
                        .and_then(|known| known.parked)
                        .is_some_and(|(reason, _)| reason == ParkReason::Unsent);
                    let write = self.pending(entity, record, Action::Create, None, None);
                    Pending { alone, ..write }
                })
                .collect();
            planned.extend(
                self.link_matched(entity, matched, can.append_only, known)
                    .await?,
            );
            self.send_new(planned).await?;
            if let Some(error) = stop {
                return Err(error.into());
            }
            new = rest;
        }
        Ok(())
    }

    /// How many records are looked up in the target before what they lead to is sent.
    pub(super) fn piece(&self) -> usize {
        let can = self.flow.target.connector.describe();
        (can.batch.max_items.max(1) * can.max_in_flight.max(1)).min(self.flow.page_size)
    }
}

/// Whether an error lies in one record, so that the others can go on.
pub(super) fn is_of_record(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::Validation
            | ErrorKind::Conflict
            | ErrorKind::TooLarge
            | ErrorKind::Decode
    )
}
