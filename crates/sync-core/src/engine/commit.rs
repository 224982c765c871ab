//! Outcomes: what the answers of the target mean for the store.

use std::collections::{HashMap, HashSet};

use api_core::{Error, ErrorKind};

use super::SyncError;
use super::pending::{CountAs, Pending, keyed};
use super::push::After;
use super::session::Session;
use crate::linking::LinkRule;
use crate::store::{
    Base, ChangeRow, Commit, Counts, IntentState, LinkOrigin, LinkUpdate, Park, ParkReason,
};
use crate::{
    Action, EntityKind, Event, EventId, EventName, Level, MarkerSupport, OpId, Outcome, RecordId,
};

/// A batch that was refused as a whole, by its key, with why.
type Refused = HashMap<String, (Vec<Pending>, Error)>;

impl Session<'_> {
    /// Stores outcomes in one transaction: closes intents, makes links and bases, parks what was
    /// refused; says what is to be sent next.
    pub(super) async fn commit_outcomes(
        &self,
        outcomes: Vec<(Pending, Outcome)>,
    ) -> Result<After, SyncError> {
        let mut after = After::default();
        let mut commit = self.commit();
        let mut refused = Refused::new();
        let mut steps = Vec::new();
        let _turn = self.linking.lock().await;
        let taken = self.taken(&outcomes).await?;
        let aside = self.aside_before(&outcomes).await?;
        let mut claimed: HashMap<(EntityKind, RecordId), RecordId> = HashMap::new();
        for (write, outcome) in outcomes {
            match outcome {
                Outcome::Written(id) => {
                    let key = (write.intent.entity, id.clone());
                    let source_id = &write.intent.source_id;
                    let other = taken
                        .get(&key)
                        .or_else(|| claimed.get(&key))
                        .filter(|other| *other != source_id);
                    if let Some(other) = other {
                        self.linked_elsewhere(&mut commit, &write, &id, other);
                        continue;
                    }
                    let rules = self.rules_of(write.intent.entity, source_id).await?;
                    if rules.contains(&LinkRule::Never(id.clone())) {
                        self.ruled_out(&mut commit, &write, &id);
                        continue;
                    }
                    claimed.insert(key, source_id.clone());
                    self.written(&mut commit, write, id, (&mut steps, &aside));
                }
                Outcome::Rejected(error) | Outcome::BatchRejected(error)
                    if self.proves_nothing(&write) =>
                {
                    self.lost(&mut commit, &write, &error);
                }
                Outcome::Rejected(error) => self.rejected(&mut commit, &write, &error),
                Outcome::BatchRejected(error) => {
                    let key = write.intent.batch_key.clone();
                    refused
                        .entry(key)
                        .or_insert_with(|| (Vec::new(), error))
                        .0
                        .push(write);
                }
                Outcome::Deferred(error) => {
                    self.keep_private(write.contents());
                    after.stop.get_or_insert_with(|| self.target_failed(error));
                    after.deferred.push(write);
                }
                Outcome::Unknown(error) => {
                    self.keep_private(write.contents());
                    if after.stop.is_none() && stops_everything(&error) {
                        after.stop = Some(self.target_failed(error.clone()));
                    }
                    self.lost(&mut commit, &write, &error);
                }
            }
        }
        for (_, (mut writes, error)) in refused {
            if let [write] = writes.as_slice() {
                self.rejected(&mut commit, write, &error);
                continue;
            }
            let second = writes.split_off(writes.len() / 2);
            after.next.push(keyed(writes));
            after.next.push(keyed(second));
        }
        after
            .next
            .extend(steps.into_iter().map(|write| keyed(vec![write])));
        self.tell_counts(&commit);
        self.store(commit).await?;
        Ok(after)
    }

    /// Whether a refusal leaves open what became of the first sending: a target may refuse a key
    /// that it has seen, or that it is still at work on.
    fn proves_nothing(&self, write: &Pending) -> bool {
        write.origin == LinkOrigin::Recovered
            && write.intent.action == Action::Create
            && self.flow.target.connector.describe().marker != MarkerSupport::Upsert
    }

    /// Which of the target records that were just named are linked to a source record already.
    async fn taken(
        &self,
        outcomes: &[(Pending, Outcome)],
    ) -> Result<HashMap<(EntityKind, RecordId), RecordId>, SyncError> {
        let mut ids: HashMap<EntityKind, Vec<RecordId>> = HashMap::new();
        for (write, outcome) in outcomes {
            if let Outcome::Written(id) = outcome {
                ids.entry(write.intent.entity).or_default().push(id.clone());
            }
        }
        let mut taken = HashMap::new();
        for (entity, ids) in ids {
            let (source, target) = (&self.flow.source.name, &self.flow.target.name);
            for (id, owner) in self
                .engine
                .store
                .sources(source, target, entity, &ids)
                .await?
            {
                taken.insert((entity, id), owner);
            }
        }
        Ok(taken)
    }

    fn count(&self, commit: &mut Commit, write: &Pending, mut counts: Counts) {
        match write.count {
            CountAs::Parked(run) if run == self.run() => counts.parked -= 1,
            _ => counts.read += 1,
        }
        if !counts.is_zero() {
            commit.count(write.intent.entity, counts);
        }
    }

    fn written(
        &self,
        commit: &mut Commit,
        write: Pending,
        id: RecordId,
        (steps, aside): (&mut Vec<Pending>, &HashSet<(EntityKind, RecordId)>),
    ) {
        let intent = &write.intent;
        commit.close.push(intent.op);
        let total = self.flow.target.connector.steps(&write.op());
        let index = match intent.action {
            Action::Step { index, .. } => index,
            _ => 0,
        };
        let last = index + 1 >= total;
        commit.links.push(LinkUpdate {
            entity: intent.entity,
            source_id: intent.source_id.clone(),
            target_id: id.clone(),
            origin: write.origin,
            base: last.then(|| Base {
                hash: intent.payload.fields.content_hash(),
                fields: intent.payload.fields.clone(),
                lifecycle: intent.payload.lifecycle,
                part: intent.payload.part,
                run: self.run(),
            }),
        });
        if !last {
            let mut next = write;
            next.check_steps |= matches!(next.intent.action, Action::Update { .. });
            next.intent.op = OpId::new();
            next.intent.action = Action::Step {
                id,
                index: index + 1,
            };
            next.intent.state = IntentState::Open;
            next.intent.at = self.now();
            commit.open.push(next.intent.clone());
            steps.push(next);
            return;
        }
        let updated = intent.payload.before.is_some();
        if let Some(before) = &intent.payload.before {
            commit.changes.push(ChangeRow {
                op: intent.op,
                run: self.run(),
                entity: intent.entity,
                source_id: intent.source_id.clone(),
                target_id: id.clone(),
                before: before.clone(),
                after: before
                    .iter()
                    .map(|(name, _)| {
                        (
                            name.clone(),
                            intent.payload.fields.get(name.as_str()).clone(),
                        )
                    })
                    .collect(),
            });
        }
        let (name, counts) = if updated {
            (
                EventName::RecordUpdate,
                Counts {
                    updated: 1,
                    ..Counts::default()
                },
            )
        } else {
            (
                EventName::RecordCreate,
                Counts {
                    created: 1,
                    ..Counts::default()
                },
            )
        };
        self.count(commit, &write, counts);
        self.count_repaired(commit, &write, aside);
        let message = match write.origin {
            LinkOrigin::Recovered => "The record was found to have arrived.",
            _ if updated => "The record was updated.",
            _ => "The record was created.",
        };
        // They happen with the write, which may be in a later run than the one that planned it.
        let with_it = write.intent.payload.events.iter().cloned();
        commit.events.extend(with_it.map(|event| Event {
            id: EventId::new(),
            at: self.now(),
            run: Some(self.run()),
            ..event
        }));
        commit
            .unpark
            .push((write.intent.entity, write.intent.source_id.clone()));
        let event = self
            .target_event(Level::Info, name, message)
            .record(write.intent.entity, &write.intent.source_id)
            .target(&id);
        commit.events.push(self.in_place(event, &write));
    }

    fn rejected(&self, commit: &mut Commit, write: &Pending, error: &Error) {
        let gone = error.kind() == ErrorKind::NotFound && write.intent.action != Action::Create;
        let reason = if gone {
            ParkReason::Gone
        } else {
            ParkReason::Rejected
        };
        commit.close.push(write.intent.op);
        self.park_write(commit, write, reason, error);
    }

    fn lost(&self, commit: &mut Commit, write: &Pending, error: &Error) {
        commit.unknown.push(write.intent.op);
        self.park_write(commit, write, ParkReason::Unknown, error);
    }

    pub(super) fn park_write(
        &self,
        commit: &mut Commit,
        write: &Pending,
        reason: ParkReason,
        error: &Error,
    ) {
        let intent = &write.intent;
        let mut park = Park::new(intent.entity, &intent.source_id, reason, error, self.run());
        park.hash = Some(intent.payload.fields.content_hash());
        commit.park.push(park);
        self.count(
            commit,
            write,
            Counts {
                parked: 1,
                ..Counts::default()
            },
        );
        let of = (intent.entity, &intent.source_id);
        let mut event = self.park_event(of, (reason, error), write.contents());
        event.target = intent.action.target_id().cloned();
        commit.events.push(self.in_place(event, write));
    }

    /// Notes at an event that the run had counted the record as set aside before.
    fn in_place(&self, event: Event, write: &Pending) -> Event {
        match write.count {
            CountAs::Parked(run) if run == self.run() => event.replacing_park(),
            _ => event,
        }
    }

    fn linked_elsewhere(
        &self,
        commit: &mut Commit,
        write: &Pending,
        id: &RecordId,
        other: &RecordId,
    ) {
        let entity = write.intent.entity;
        let message = format!(
            "the target answered with its {entity} `{id}`, which is linked to the source's \
             {entity} `{other}`"
        );
        commit.close.push(write.intent.op);
        let error = Error::new(ErrorKind::Conflict, message).code("linked_elsewhere");
        self.park_write(commit, write, ParkReason::NeedsPerson, &error);
        tell_target(commit, id);
    }

    /// The target took the record for one that a person said it is not.
    fn ruled_out(&self, commit: &mut Commit, write: &Pending, id: &RecordId) {
        let entity = write.intent.entity;
        let message =
            format!("the target answered with its {entity} `{id}`, which a person said it is not");
        commit.close.push(write.intent.op);
        let error = Error::new(ErrorKind::Conflict, message).code("ruled_out");
        self.park_write(commit, write, ParkReason::NeedsPerson, &error);
        tell_target(commit, id);
    }
}

/// Says of which record of the target the last event is.
fn tell_target(commit: &mut Commit, id: &RecordId) {
    if let Some(event) = commit.events.last_mut() {
        event.target = Some(id.clone());
    }
}

/// Whether an answer that got lost means that no other will come either.
fn stops_everything(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Auth | ErrorKind::Config)
}
