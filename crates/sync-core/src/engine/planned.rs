//! What is to be sent of records: links to what is there, updates, and what needs no write.

use std::collections::HashMap;

use api_core::{Error, ErrorKind};
use futures_util::{StreamExt, stream};

use super::SyncError;
use super::pending::{CountAs, Pending};
use super::process::{Mapped, Stop, UNCHANGED, is_of_record};
use super::session::Session;
use crate::plan::plan_update;
use crate::store::{
    Base, Commit, Intent, IntentState, Known, LinkOrigin, LinkUpdate, ParkReason, Payload,
};
use crate::{Action, EntityKind, EventName, Fields, Level, Marker, OpId, Record, RecordId};

impl Session<'_> {
    /// Links new records to what the target has already; what differs there is to be updated.
    pub(super) async fn link_matched(
        &self,
        entity: EntityKind,
        matched: Vec<(Mapped, Record)>,
        append_only: bool,
        known: &HashMap<RecordId, Known>,
    ) -> Result<Vec<Pending>, Stop> {
        let mut pending = Vec::new();
        let mut commit = self.commit();
        for (record, target) in matched {
            let plan = plan_update(None, &record.fields, Some(&target.fields));
            let differs = !plan.is_empty();
            let message = match (differs, append_only) {
                (false, _) => "The record was in the target already and is linked.",
                (true, false) => {
                    "The record was in the target already; it is linked and brought up to date."
                }
                (true, true) => {
                    "The record was in the target already and is linked. It differs there, and may \
                     not be changed."
                }
            };
            let level = if differs { Level::Warning } else { Level::Info };
            let event = self
                .target_event(level, EventName::RecordLink, message)
                .record(entity, &record.id)
                .target(&target.id);
            if !differs || append_only {
                commit.events.push(event);
                let origin = LinkOrigin::Matched;
                self.converged(entity, record, target.id, origin, known, &mut commit);
                continue;
            }
            let (changed, before) = (plan.changed(), plan.before());
            let record = Mapped {
                fields: plan.fields,
                ..record
            };
            let action = Action::Update { id: target.id };
            let mut write = self.pending(entity, record, action, Some(changed), Some(before));
            write.origin = LinkOrigin::Matched;
            write.intent.payload.events.push(event);
            pending.push(write);
        }
        if !commit.events.is_empty() {
            self.tell_counts(&commit);
            self.store(commit).await?;
        }
        Ok(pending)
    }

    /// Reads what updates are to replace, and plans each of them; those that could be read before
    /// the target would give no more, and why it would not.
    pub(super) async fn plan_updates(
        &self,
        entity: EntityKind,
        updates: Vec<Mapped>,
        known: &HashMap<RecordId, Known>,
        done: &mut Commit,
    ) -> Result<(Vec<Pending>, Option<SyncError>), Stop> {
        if updates.is_empty() {
            return Ok((Vec::new(), None));
        }
        let ids: Vec<RecordId> = updates.iter().map(|record| record.id.clone()).collect();
        let bases = self
            .engine
            .store
            .bases(self.flow.name(), entity, &ids)
            .await?;
        let target = &self.flow.target.connector;
        let reads =
            self.flow.before_images && target.describe().of(entity).is_some_and(|can| can.fetch);
        let at_once = target.describe().max_in_flight.max(1);
        let with_ids = updates.into_iter().filter_map(|record| {
            let target_id = known.get(&record.id)?.target_id.clone()?;
            Some((record, target_id))
        });
        let fetched: Vec<_> = stream::iter(with_ids)
            .map(|(record, target_id)| async move {
                let now = if reads {
                    Some(target.fetch(entity, &target_id).await)
                } else {
                    None
                };
                (record, target_id, now)
            })
            .buffered(at_once)
            .collect()
            .await;
        let mut pending = Vec::new();
        let mut stop = None;
        for (record, target_id, now) in fetched {
            let now = match now {
                None => None,
                Some(Ok(Some(now))) => Some(now.fields),
                Some(Ok(None)) => {
                    let error = Error::new(
                        ErrorKind::NotFound,
                        format!("{entity} `{target_id}` is not in the target any more"),
                    );
                    let of = (entity, &record.id, Some(&target_id));
                    let why = (ParkReason::Gone, &error);
                    self.park_linked(done, of, why, Some(&record.fields), None);
                    continue;
                }
                Some(Err(error)) if is_of_record(&error) => {
                    let of = (entity, &record.id, Some(&target_id));
                    let why = (ParkReason::Rejected, &error);
                    self.park_linked(done, of, why, Some(&record.fields), None);
                    continue;
                }
                Some(Err(error)) => {
                    self.keep_private([&record.fields]);
                    stop.get_or_insert_with(|| self.target_failed(error));
                    continue;
                }
            };
            let plan = plan_update(bases.get(&record.id), &record.fields, now.as_ref());
            if plan.is_empty() {
                let origin = LinkOrigin::Created;
                self.converged(entity, record, target_id, origin, known, done);
                continue;
            }
            let mut events = Vec::new();
            let drifted = plan.drifted();
            if !drifted.is_empty() {
                let names: Vec<&str> = drifted.iter().map(|name| name.as_str()).collect();
                let message = format!(
                    "Somebody changed {} in the target; the values are replaced and kept in the \
                     change.",
                    names.join(", ")
                );
                events.push(
                    self.target_event(Level::Warning, EventName::RecordDrift, message)
                        .record(entity, &record.id)
                        .target(&target_id),
                );
            }
            let (changed, before) = (plan.changed(), plan.before());
            let record = Mapped {
                fields: plan.fields,
                ..record
            };
            let action = Action::Update { id: target_id };
            let alone = known
                .get(&record.id)
                .and_then(|known| known.parked)
                .is_some_and(|(reason, _)| reason == ParkReason::Unsent);
            let mut write = self.pending(entity, record, action, Some(changed), Some(before));
            write.intent.payload.events = events;
            pending.push(Pending { alone, ..write });
        }
        Ok((pending, stop))
    }

    /// The target has the content already: it becomes the base without a write.
    pub(super) fn converged(
        &self,
        entity: EntityKind,
        record: Mapped,
        target_id: RecordId,
        origin: LinkOrigin,
        known: &HashMap<RecordId, Known>,
        done: &mut Commit,
    ) {
        self.unpark_if_parked(entity, &record.id, known, done);
        done.count(entity, UNCHANGED);
        done.links.push(LinkUpdate {
            entity,
            source_id: record.id,
            target_id,
            origin,
            base: Some(Base {
                hash: record.fields.content_hash(),
                fields: record.fields,
                lifecycle: record.lifecycle,
                part: record.part.as_ref().map(Fields::content_hash),
                run: self.run(),
            }),
        });
    }

    pub(super) fn pending(
        &self,
        entity: EntityKind,
        record: Mapped,
        action: Action,
        changed: Option<std::collections::BTreeSet<crate::FieldName>>,
        before: Option<Fields>,
    ) -> Pending {
        let marker = Marker::of(self.flow.source.name.as_str(), entity, &record.id);
        Pending {
            intent: Intent {
                op: OpId::new(),
                run: self.run(),
                entity,
                source_id: record.id,
                action,
                marker,
                batch_key: String::new(),
                payload: Payload {
                    fields: record.fields,
                    changed,
                    before,
                    lifecycle: record.lifecycle,
                    part: record.part.as_ref().map(Fields::content_hash),
                    events: Vec::new(),
                },
                state: IntentState::Open,
                at: self.now(),
            },
            count: CountAs::Fresh,
            origin: LinkOrigin::Created,
            check_steps: false,
            alone: false,
        }
    }
}
