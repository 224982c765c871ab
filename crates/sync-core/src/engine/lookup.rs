//! Looking up creates whose answer nobody has.

use std::collections::{HashMap, HashSet};

use api_core::{Error, ErrorKind, Timestamp};
use futures_util::{StreamExt, stream};

use super::SyncError;
use super::pending::Pending;
use super::process::is_of_record;
use super::session::Session;
use super::tiers::is_another;
use crate::linking::{Identity, LinkRule};
use crate::plan::plan_update;
use crate::store::{Commit, Counts, IntentState, LinkOrigin, LinkUpdate, Park, ParkReason};
use crate::{
    Capabilities, EntityKind, EventName, FieldName, Fields, FindKey, Level, Marker, MarkerSupport,
    Outcome, Record, RecordId, RunId, Value,
};

/// What a look-up shows.
enum Found {
    /// It is this record.
    Record(Box<Record>),
    /// It is not there, and would be by now.
    Absent,
    /// It is not there, but may still come before this moment.
    TooEarly(Timestamp),
    /// The target cannot be searched by this key; why.
    Unsearchable(String),
    /// Nobody can tell; why.
    Ambiguous(String),
}

/// What identifies a create that has to be looked up.
pub(super) type Key = Vec<(FieldName, Value)>;

impl Session<'_> {
    /// Searches the target for creates that it cannot recognise as repetitions.
    pub(super) async fn look_up(
        &self,
        writes: Vec<Pending>,
        parked: &HashMap<(EntityKind, RecordId), RunId>,
    ) -> Result<Option<Timestamp>, SyncError> {
        if writes.is_empty() {
            return Ok(None);
        }
        let shared = self.shared_keys(&writes);
        let at_once = self.flow.target.connector.describe().max_in_flight.max(1);
        let shared = &shared;
        let mut found = stream::iter(writes)
            .map(|write| async move {
                let found = self.find(&write, shared).await;
                (write, found)
            })
            .buffered(at_once);
        let mut wait = None;
        let mut adopted: HashSet<(EntityKind, RecordId)> = HashSet::new();
        let mut outcomes = Vec::new();
        let mut commit = self.commit();
        while let Some((write, found)) = found.next().await {
            match found? {
                Found::Record(hit) => {
                    let key = (write.intent.entity, write.intent.source_id.clone());
                    if !adopted.insert((write.intent.entity, hit.id.clone())) {
                        self.to_person(&mut commit, &write, "two records of the source match it");
                    } else if plan_update(None, &write.intent.payload.fields, Some(&hit.fields))
                        .is_empty()
                    {
                        outcomes.push((write, Outcome::Written(hit.id)));
                    } else {
                        self.adopt(&mut commit, &write, hit.id, parked.get(&key).copied());
                    }
                }
                Found::TooEarly(until) => {
                    wait = wait.max(Some(until));
                    // From now on the wait counts, whoever goes on with it.
                    if write.intent.state == IntentState::Open {
                        commit.unknown.push(write.intent.op);
                    }
                }
                Found::Ambiguous(why) | Found::Unsearchable(why) => {
                    self.to_person(&mut commit, &write, &why);
                }
                Found::Absent => {
                    let key = (write.intent.entity, write.intent.source_id.clone());
                    self.absent(&mut commit, &write, parked.get(&key).copied());
                }
            }
        }
        drop(found);
        if !commit.close.is_empty() || !commit.unknown.is_empty() {
            self.store(commit).await?;
        }
        if !outcomes.is_empty() {
            let steps = self.commit_outcomes(outcomes).await?.next;
            if let (_, Some(error)) = self.send(steps, true).await? {
                return Err(error);
            }
        }
        Ok(wait)
    }

    /// The natural keys that more than one write in doubt has.
    fn shared_keys(&self, writes: &[Pending]) -> HashSet<String> {
        let mut seen = HashSet::new();
        let mut shared = HashSet::new();
        for write in writes {
            for key in self.keys_of(write) {
                let text = key_text(write.intent.entity, &key);
                if !seen.insert(text.clone()) {
                    shared.insert(text);
                }
            }
        }
        shared
    }

    fn keys_of(&self, write: &Pending) -> Vec<Key> {
        let can = self.flow.target.connector.describe();
        natural_keys(can, write.intent.entity, &write.intent.payload.fields)
    }

    /// Looks a create up: by its marker, or by a natural key where there is no marker or where
    /// nothing proves that the target can be searched by it.
    async fn find(&self, write: &Pending, shared: &HashSet<String>) -> Result<Found, SyncError> {
        let intent = &write.intent;
        let natural = self.keys_of(write).into_iter().next().map(FindKey::Natural);
        let can = self.flow.target.connector.describe();
        if can.marker_of(intent.entity) != MarkerSupport::None {
            let by_marker = self
                .search(write, &FindKey::Marker(intent.marker.clone()), shared)
                .await?;
            let trusted = match by_marker {
                Found::Absent => self.marker_is_proven(intent.entity).await?,
                Found::Unsearchable(_) => natural.is_none(),
                _ => true,
            };
            if trusted {
                return Ok(by_marker);
            }
        }
        match natural {
            Some(key) => self.search(write, &key, shared).await,
            None => Ok(Found::Ambiguous(
                "the target cannot be searched for it: it has no value in any field that \
                 identifies it"
                    .to_owned(),
            )),
        }
    }

    /// Whether the target finds a record by its marker that is certainly there. A target that
    /// drops markers would otherwise make every record look absent.
    async fn marker_is_proven(&self, entity: EntityKind) -> Result<bool, SyncError> {
        let known = self
            .engine
            .store
            .links(self.flow.name(), Some(entity), None, 3)
            .await?;
        for link in known {
            let marker = Marker::of(self.flow.source.name.as_str(), entity, &link.source_id);
            let key = FindKey::Marker(marker);
            match self.flow.target.connector.find(entity, &key).await {
                Ok(hits) if hits.iter().any(|hit| hit.id == link.target_id) => return Ok(true),
                Ok(_) => {}
                Err(error) if is_of_record(&error) || error.kind() == ErrorKind::Config => {}
                Err(error) => return Err(self.target_failed(error)),
            }
        }
        Ok(false)
    }

    /// What a person decided about a record.
    pub(super) async fn rules_of(
        &self,
        entity: EntityKind,
        id: &RecordId,
    ) -> Result<&[LinkRule], SyncError> {
        let read = || async {
            let rows = self.engine.store.rules(self.flow.name(), None).await?;
            let mut all: HashMap<(EntityKind, RecordId), Vec<LinkRule>> = HashMap::new();
            for row in rows {
                let of = all.entry((row.entity, row.source_id)).or_default();
                of.push(row.rule);
            }
            Ok::<_, SyncError>(all)
        };
        let all = self.rules.get_or_try_init(read).await?;
        let rules = (!all.is_empty()).then(|| all.get(&(entity, id.clone())));
        Ok(rules.flatten().map_or(&[], Vec::as_slice))
    }

    async fn search(
        &self,
        write: &Pending,
        key: &FindKey,
        shared: &HashSet<String>,
    ) -> Result<Found, SyncError> {
        let intent = &write.intent;
        let hits = match self.flow.target.connector.find(intent.entity, key).await {
            Ok(hits) => hits,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) if is_of_record(&error) || error.kind() == ErrorKind::Config => {
                return Ok(Found::Unsearchable(format!(
                    "it cannot be looked up: {}",
                    error.message()
                )));
            }
            Err(error) => {
                self.keep_private(write.contents());
                return Err(self.target_failed(error));
            }
        };
        let rules = self.rules_of(intent.entity, &intent.source_id).await?;
        let hits: Vec<Record> = hits
            .into_iter()
            .filter(|hit| !rules.contains(&LinkRule::Never(hit.id.clone())))
            .collect();
        let ids: Vec<RecordId> = hits.iter().map(|record| record.id.clone()).collect();
        if ids.is_empty() {
            let settled = self.settled_at(intent);
            let early = self.now() < settled;
            return Ok(if early {
                Found::TooEarly(settled)
            } else {
                Found::Absent
            });
        }
        let (source, target) = (&self.flow.source.name, &self.flow.target.name);
        let owners = self
            .engine
            .store
            .sources(source, target, intent.entity, &ids)
            .await?;
        let of_another = ids.iter().any(|id| {
            owners
                .get(id)
                .is_some_and(|owner| *owner != intent.source_id)
        });
        let unclear = match key {
            FindKey::Marker(_) => ids.len() > 1,
            FindKey::Natural(fields) => {
                let wanted = Identity::of(&intent.payload.fields);
                let another = |hit: &Record| is_another(intent.entity, fields, &wanted, hit);
                // Who is to be created in spite of those that are like it is not one of them.
                rules.contains(&LinkRule::Create)
                    || ids.len() > 1
                    || of_another
                    || shared.contains(&key_text(intent.entity, fields))
                    || hits.iter().any(another)
            }
        };
        let listed = ids
            .iter()
            .map(RecordId::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        Ok(match hits.into_iter().next() {
            Some(hit) if !unclear => Found::Record(Box::new(hit)),
            _ => Found::Ambiguous(format!(
                "the target has {listed} under the same key, and nobody can tell which of them, if \
                 any, it is"
            )),
        })
    }

    /// It is not in the target: the intent is closed, and the record is to be sent again. Once in
    /// this run; what was lost a second time waits for the next.
    fn absent(&self, commit: &mut Commit, write: &Pending, parked_in: Option<RunId>) {
        let intent = &write.intent;
        if self.try_once(format!("absent {} {}", intent.entity, intent.source_id)) {
            let message = "A write whose answer was lost did not arrive; it is sent again.";
            self.plan_anew(commit, write, parked_in, message);
            return;
        }
        commit.close.push(intent.op);
        let error = Error::new(
            ErrorKind::Unavailable,
            "it was sent twice in this run without arriving; the next run sends it again",
        );
        self.park_write(commit, write, ParkReason::Unsent, &error);
    }

    /// It is in the target, with other content than was sent: it is linked, and what differs is
    /// brought up to date as in any update.
    fn adopt(
        &self,
        commit: &mut Commit,
        write: &Pending,
        target_id: RecordId,
        parked_in: Option<RunId>,
    ) {
        let intent = &write.intent;
        commit.links.push(LinkUpdate {
            entity: intent.entity,
            source_id: intent.source_id.clone(),
            target_id,
            origin: LinkOrigin::Recovered,
            base: None,
        });
        let message = "A write whose answer was lost was found in the target, with other content.";
        self.plan_anew(commit, write, parked_in, message);
    }

    /// Closes an intent so that the record is read and planned again, and says why.
    pub(super) fn plan_anew(
        &self,
        commit: &mut Commit,
        write: &Pending,
        parked_in: Option<RunId>,
        why: &str,
    ) {
        let intent = &write.intent;
        commit.close.push(intent.op);
        let mut event = self
            .target_event(Level::Warning, EventName::EngineRecover, why)
            .record(intent.entity, &intent.source_id);
        let found = commit
            .links
            .last()
            .filter(|link| (link.entity, &link.source_id) == (intent.entity, &intent.source_id));
        if let Some(found) = found {
            event = event.target(&found.target_id);
        }
        if parked_in == Some(self.run()) {
            event = event.replacing_park();
        }
        commit.events.push(event);
        // Without a parked row the place in the listing has not moved past it: it is read again.
        let Some(run) = parked_in else { return };
        let error = Error::new(
            ErrorKind::Unavailable,
            "its answer was lost; it is tried again",
        );
        let nobody = RunId::from_uuid(uuid::Uuid::nil());
        commit.park.push(Park::new(
            intent.entity,
            &intent.source_id,
            ParkReason::Unsent,
            &error,
            nobody,
        ));
        if run == self.run() {
            let counts = Counts {
                read: -1,
                parked: -1,
                ..Counts::default()
            };
            commit.count(intent.entity, counts);
        }
    }

    fn to_person(&self, commit: &mut Commit, write: &Pending, why: &str) {
        commit.close.push(write.intent.op);
        let message = format!("its answer was lost, and {why}");
        let error = Error::new(ErrorKind::Conflict, message).code("in_doubt");
        self.park_write(commit, write, ParkReason::NeedsPerson, &error);
    }
}

/// The natural keys of a content that have a value in every field, best first.
pub(super) fn natural_keys(can: &Capabilities, entity: EntityKind, fields: &Fields) -> Vec<Key> {
    can.of(entity)
        .iter()
        .flat_map(|can| can.natural_keys.iter())
        .filter(|names| {
            names
                .iter()
                .all(|name| !fields.get(name.as_str()).is_empty())
        })
        .map(|names| {
            names
                .iter()
                .map(|name| (name.clone(), fields.get(name.as_str()).clone()))
                .collect()
        })
        .collect()
}

/// A natural key as one text, to compare it.
pub(super) fn key_text(entity: EntityKind, key: &Key) -> String {
    let parts: Vec<String> = key
        .iter()
        .map(|(name, value)| format!("{name}={}", value.to_plain_json()))
        .collect();
    format!("{entity} {}", parts.join(" & "))
}
