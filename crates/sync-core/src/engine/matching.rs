//! The first link: a new source record may be in the target already.

use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;

use api_core::{Error, ErrorKind};
use futures_util::{StreamExt, stream};

use super::lookup::{key_text, natural_keys};
use super::process::{Mapped, Stop};
use super::session::Session;
use super::suggest::{Near, read_index};
use super::tiers::find_new;
use super::{Engine, Flow, SyncError};
use crate::linking::{Identity, Index, LinkRule, Suggested, Suggestion, label};
use crate::store::{Commit, ParkReason};
use crate::{EntityKind, Known, Record, RecordId};

/// How many open intents are looked at for keys in doubt.
const MAX_IN_DOUBT: usize = 10_000;

/// How many records of the target are suggested for one of the source.
pub(super) const SUGGESTED: usize = 5;

/// What the target has of a new source record.
pub(super) enum Match {
    /// Nothing that is certain, but perhaps something that is like it.
    Nothing(Near),
    /// This record, under the same marker or natural key.
    Record(Record),
    /// A write with the same key is in doubt.
    InDoubt,
    /// Several records under the same key.
    Several(Near),
    /// Something is there under the same key and cannot be read.
    Unreadable(Error),
}

impl Session<'_> {
    /// Which kinds of record are looked for, as far as this run has decided.
    pub(super) fn matching(&self) -> BTreeMap<EntityKind, bool> {
        self.matching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether new records of this kind are looked for in the target before they are created:
    /// always, but for the first run into a target that has none.
    pub(super) async fn looks_first(
        &self,
        entity: EntityKind,
        new: &[Mapped],
    ) -> Result<bool, Stop> {
        if new.is_empty() {
            return Ok(false);
        }
        if let Some(decided) = self.matching().get(&entity) {
            return Ok(*decided);
        }
        // Of pages that are at work at once the first one asks: the others would see its records.
        let _turn = self.looking.lock().await;
        if let Some(decided) = self.matching().get(&entity) {
            return Ok(*decided);
        }
        let looks = may_have(self.engine, self.flow, entity).await?;
        self.matching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(entity, looks);
        Ok(looks)
    }

    /// Tells those that are in the target already from those that are to be created, as far as the
    /// target answers.
    pub(super) async fn match_new(
        &self,
        entity: EntityKind,
        new: Vec<Mapped>,
        done: &mut Commit,
    ) -> Result<(Vec<Mapped>, Vec<(Mapped, Record)>, Option<SyncError>), Stop> {
        let looks = self.looks_first(entity, &new).await?;
        let asks = self.flow.asks(entity);
        if !looks && !asks {
            return Ok((new, Vec::new(), None));
        }
        let ids: Vec<RecordId> = new.iter().map(|record| record.id.clone()).collect();
        let store = &self.engine.store;
        let known = store.known(self.flow.name(), entity, &ids).await?;
        let in_doubt = self.keys_in_doubt(entity).await?;
        let (in_doubt, known) = (&in_doubt, &known);
        let at_once = self.flow.target.connector.describe().max_in_flight.max(1);
        let mut found = stream::iter(new)
            .map(|record| async move {
                let rules = rules_of(known, &record.id);
                let new = (&record.id, &record.fields, rules);
                let found = match looks {
                    true => find_new(self.engine, self.flow, entity, new, in_doubt).await,
                    false => Ok(Match::Nothing(Near::default())),
                };
                (record, found)
            })
            .buffered(at_once);
        let mut taken: HashSet<RecordId> = HashSet::new();
        let (mut create, mut matched) = (Vec::new(), Vec::new());
        let mut asked: Vec<(Mapped, Near, Asked)> = Vec::new();
        let mut stop = None;
        while let Some((record, found)) = found.next().await {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    self.keep_private([&record.fields]);
                    stop.get_or_insert(error);
                    continue;
                }
            };
            match found {
                Match::Nothing(near)
                    if asks && !rules_of(known, &record.id).contains(&LinkRule::Create) =>
                {
                    asked.push((record, near, Asked::Nobody));
                }
                Match::Nothing(_) => create.push(record),
                Match::Record(target) if taken.insert(target.id.clone()) => {
                    matched.push((record, target));
                }
                Match::Record(target) => {
                    let near = Near::of(&record.fields, &target, "same key");
                    asked.push((record, near, Asked::Both(target.id)));
                }
                Match::Several(near) => asked.push((record, near, Asked::Several)),
                Match::Unreadable(error) => {
                    let why = (ParkReason::Rejected, &error);
                    self.park(done, (entity, &record.id), why, Some(&record.fields), None);
                }
                Match::InDoubt => {
                    let why = "another record with the same key was sent, and its answer got lost";
                    let error = Error::new(ErrorKind::Conflict, why).code("key_in_doubt");
                    let why = (ParkReason::Waits, &error);
                    self.park(done, (entity, &record.id), why, None, None);
                }
            }
        }
        drop(found);
        self.ask_person(entity, asked, done).await?;
        Ok((create, matched, stop))
    }

    /// Sets aside what only a person can tell, with what it may be.
    async fn ask_person(
        &self,
        entity: EntityKind,
        asked: Vec<(Mapped, Near, Asked)>,
        done: &mut Commit,
    ) -> Result<(), Stop> {
        if asked.is_empty() {
            return Ok(());
        }
        let mut suggested = Vec::with_capacity(asked.len());
        for (record, near, why) in asked {
            let mut suggestions = near.0;
            let error = match why {
                Asked::Nobody => {
                    let index = self.index(entity).await;
                    let best = index.best(&Identity::of(&record.fields), SUGGESTED);
                    merge(&mut suggestions, best);
                    let how = match suggestions.len() {
                        0 => "none is like it".to_owned(),
                        n => format!("{n} may be it"),
                    };
                    let why = format!(
                        "no {entity} of the target is certainly it, and {how}; new ones are not \
                         created without a person"
                    );
                    Error::new(ErrorKind::Conflict, why).code("no_match")
                }
                Asked::Several => {
                    let ids: Vec<&str> = suggestions.iter().map(|s| s.target_id.as_str()).collect();
                    let why = format!(
                        "it matches several records of the target: {}",
                        ids.join(", ")
                    );
                    Error::new(ErrorKind::Conflict, why).code("several_matches")
                }
                Asked::Both(id) => {
                    let why = format!(
                        "it matches {entity} `{id}` of the target, and so does another record of \
                         the source"
                    );
                    Error::new(ErrorKind::Conflict, why).code("several_matches")
                }
            };
            suggestions.truncate(SUGGESTED);
            suggested.push(Suggested {
                entity,
                source_id: record.id.clone(),
                source_name: label(&record.fields),
                suggestions,
            });
            let why = (ParkReason::NeedsPerson, &error);
            self.park(done, (entity, &record.id), why, None, None);
        }
        let store = &self.engine.store;
        store
            .suggest(self.flow.name(), &suggested, self.now())
            .await?;
        Ok(())
    }

    /// The records of the target that may be like one of the source; read once in a session.
    ///
    /// What is suggested decides nothing: without it the records are set aside all the same.
    async fn index(&self, entity: EntityKind) -> std::sync::Arc<Index> {
        let mut all = self.indexes.lock().await;
        if let Some(index) = all.get(&entity) {
            return std::sync::Arc::clone(index);
        }
        let index = match read_index(self.engine, self.flow, entity).await {
            Ok(index) => index,
            Err(error) => {
                tracing::warn!(%entity, %error, "The target could not be read for suggestions.");
                Index::new()
            }
        };
        let index = std::sync::Arc::new(index);
        all.insert(entity, std::sync::Arc::clone(&index));
        index
    }

    /// The natural keys of creates whose answer got lost.
    async fn keys_in_doubt(&self, entity: EntityKind) -> Result<HashSet<String>, Stop> {
        let can = self.flow.target.connector.describe();
        let store = &self.engine.store;
        let open = store
            .intents(self.flow.name(), Some(entity), None, MAX_IN_DOUBT)
            .await?;
        Ok(open
            .iter()
            .flat_map(|intent| natural_keys(can, entity, &intent.payload.fields))
            .map(|key| key_text(entity, &key))
            .collect())
    }
}

/// Whether the target may have records of this kind that are not linked: not if it is empty before
/// the first run.
pub(super) async fn may_have(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
) -> Result<bool, SyncError> {
    if !flow.match_first {
        return Ok(false);
    }
    let linked = engine
        .store
        .links(flow.name(), Some(entity), None, 1)
        .await?;
    let target = &flow.target.connector;
    let reads = target.describe().of(entity).is_some_and(|can| can.read);
    if !linked.is_empty() || !reads {
        return Ok(true);
    }
    let page = target
        .pull(entity, None, 1)
        .await
        .map_err(|error| failed(flow, error))?;
    Ok(!(page.complete && page.records.is_empty() && page.unreadable.is_empty()))
}

/// What is asked of a person.
enum Asked {
    /// Nothing certain was found.
    Nobody,
    /// Several records were found.
    Several,
    /// Two records of the source match this one.
    Both(RecordId),
}

/// What a person decided about a record.
pub(super) fn rules_of<'k>(
    known: &'k std::collections::HashMap<RecordId, Known>,
    id: &RecordId,
) -> &'k [LinkRule] {
    known.get(id).map_or(&[], |known| known.rules.as_slice())
}

/// Adds suggestions for records that are not suggested yet, and puts the likeliest first.
fn merge(all: &mut Vec<Suggestion>, more: Vec<Suggestion>) {
    for suggestion in more {
        match all.iter_mut().find(|s| s.target_id == suggestion.target_id) {
            Some(known) if known.score < suggestion.score => *known = suggestion,
            Some(_) => {}
            None => all.push(suggestion),
        }
    }
    all.sort_by(|a, b| (b.score, &a.target_id).cmp(&(a.score, &b.target_id)));
}

pub(super) fn failed(flow: &Flow, error: Error) -> SyncError {
    SyncError::Target {
        connection: flow.target.name.to_string(),
        error,
    }
}
