//! The first link: a new source record may be in the target already.

use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;

use api_core::{Error, ErrorKind};
use futures_util::{StreamExt, stream};

use super::lookup::{Key, key_text, natural_keys};
use super::process::{Mapped, Stop, is_of_record};
use super::session::Session;
use super::suggest::{Near, read_index};
use super::{Engine, Flow, SyncError};
use crate::linking::{Identity, Index, LinkRule, Suggested, Suggestion, label};
use crate::store::{Commit, ParkReason};
use crate::{
    EntityKind, Fields, FindKey, Known, Marker, MarkerSupport, Record, RecordId, Value, normal,
};

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
                    self.park(done, entity, &record.id, ParkReason::Rejected, &error, None);
                }
                Match::InDoubt => {
                    let why = "another record with the same key was sent, and its answer got lost";
                    let error = Error::new(ErrorKind::Conflict, why).code("key_in_doubt");
                    self.park(done, entity, &record.id, ParkReason::Waits, &error, None);
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
            let reason = ParkReason::NeedsPerson;
            self.park(done, entity, &record.id, reason, &error, None);
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

/// Looks for a new source record in the target: by marker, then by each natural key, best first.
pub(super) async fn find_new(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    (id, fields, rules): (&RecordId, &Fields, &[LinkRule]),
    in_doubt: &HashSet<String>,
) -> Result<Match, SyncError> {
    let can = flow.target.connector.describe();
    let mut near = Near::default();
    let forbidden = |hit: &Record| rules.contains(&LinkRule::Never(hit.id.clone()));
    if can.marker_of(entity) != MarkerSupport::None {
        let key = FindKey::Marker(Marker::of(flow.source.name.as_str(), entity, id));
        let hits = match hits_of(flow, entity, vec![key]).await? {
            Ok(hits) => hits,
            Err(error) => return Ok(Match::Unreadable(error)),
        };
        let hits: Vec<Record> = hits.into_iter().filter(|hit| !forbidden(hit)).collect();
        match only_free(
            engine,
            flow,
            entity,
            hits,
            (fields, "same marker"),
            &mut near,
        )
        .await?
        {
            Free::None => {}
            Free::One(hit) => return Ok(Match::Record(hit)),
            Free::Several => return Ok(Match::Several(near)),
        }
    }
    if rules.contains(&LinkRule::Create) {
        return Ok(Match::Nothing(near));
    }
    let natural = natural_keys(can, entity, fields);
    let doubtful = natural
        .iter()
        .any(|key| in_doubt.contains(&key_text(entity, key)));
    for (at, key) in natural.iter().enumerate() {
        let keys = match can.finds_normalised {
            true => vec![FindKey::Natural(key.clone())],
            false => spelt(key).into_iter().map(FindKey::Natural).collect(),
        };
        let hits = match hits_of(flow, entity, keys).await? {
            Ok(hits) => hits,
            Err(error) => return Ok(Match::Unreadable(error)),
        };
        // The same name with another VAT number is another company.
        let better = natural.get(..at).unwrap_or_default();
        let (hits, others): (Vec<Record>, Vec<Record>) = hits
            .into_iter()
            .filter(|hit| !forbidden(hit))
            .partition(|hit| !contradicts(hit, better));
        for other in &others {
            near.add(fields, other, &reason(key));
        }
        match only_free(
            engine,
            flow,
            entity,
            hits,
            (fields, &reason(key)),
            &mut near,
        )
        .await?
        {
            Free::None => {}
            Free::One(_) | Free::Several if doubtful => return Ok(Match::InDoubt),
            Free::One(hit) => return Ok(Match::Record(hit)),
            Free::Several => return Ok(Match::Several(near)),
        }
    }
    Ok(Match::Nothing(near))
}

/// The hits of a tier, by what is linked to none of them yet.
enum Free {
    /// None, or each is linked: whoever has this key is another record (two people may share an
    /// address).
    None,
    /// One, and it is the only hit.
    One(Record),
    /// Several hits, one of them at least linked to nothing: the key matches nothing.
    Several,
}

async fn only_free(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    hits: Vec<Record>,
    (fields, why): (&Fields, &str),
    near: &mut Near,
) -> Result<Free, SyncError> {
    let ids: Vec<RecordId> = hits.iter().map(|hit| hit.id.clone()).collect();
    if ids.is_empty() {
        return Ok(Free::None);
    }
    let (source, target) = (&flow.source.name, &flow.target.name);
    let owners = engine.store.sources(source, target, entity, &ids).await?;
    let total = hits.len();
    for hit in &hits {
        near.add(fields, hit, why);
    }
    let mut free: Vec<Record> = hits
        .into_iter()
        .filter(|hit| !owners.contains_key(&hit.id))
        .collect();
    Ok(match (free.pop(), total) {
        (None, _) => Free::None,
        (Some(hit), 1) => Free::One(hit),
        (Some(_), _) => {
            // What was near by an earlier key does not have this one.
            near.0.retain(|s| ids.contains(&s.target_id));
            Free::Several
        }
    })
}

/// Each record that the target has under one of these keys; the inner error is about a record.
async fn hits_of(
    flow: &Flow,
    entity: EntityKind,
    keys: Vec<FindKey>,
) -> Result<Result<Vec<Record>, Error>, SyncError> {
    let mut all: Vec<Record> = Vec::new();
    for key in keys {
        match flow.target.connector.find(entity, &key).await {
            Ok(hits) => {
                for hit in hits {
                    if !all.iter().any(|known| known.id == hit.id) {
                        all.push(hit);
                    }
                }
            }
            // By this key the target cannot be searched at all.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Config) => {}
            Err(error) if is_of_record(&error) => return Ok(Err(error)),
            Err(error) => return Err(failed(flow, error)),
        }
    }
    Ok(Ok(all))
}

/// A key in each spelling that its value may have in a system that compares texts as they are.
fn spelt(key: &Key) -> Vec<Key> {
    let [(name, Value::Text(text))] = key.as_slice() else {
        return vec![key.clone()];
    };
    normal::spellings(name.as_str(), text)
        .into_iter()
        .map(|text| vec![(name.clone(), Value::Text(text))])
        .collect()
}

/// What two records with the same key have in common, in words.
fn reason(key: &Key) -> String {
    let names: Vec<String> = key
        .iter()
        .map(|(name, _)| match name.as_str() {
            "vat_number" => "VAT number".to_owned(),
            "email" => "e-mail".to_owned(),
            other => other.replace('_', " "),
        })
        .collect();
    format!("same {}", names.join(" and "))
}

/// Whether a record has another value in a key that is better than the one it was found by.
fn contradicts(hit: &Record, better: &[Key]) -> bool {
    better.iter().any(|key| {
        let has_all = key
            .iter()
            .all(|(name, _)| !hit.fields.get(name.as_str()).is_empty());
        has_all
            && key.iter().any(|(name, value)| {
                !normal::same(name.as_str(), hit.fields.get(name.as_str()), value)
            })
    })
}

fn failed(flow: &Flow, error: Error) -> SyncError {
    SyncError::Target {
        connection: flow.target.name.to_string(),
        error,
    }
}
