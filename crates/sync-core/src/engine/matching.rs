//! The first link: a new source record may be in the target already.

use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;

use api_core::{Error, ErrorKind};
use futures_util::{StreamExt, stream};

use super::lookup::{Key, key_text, natural_keys};
use super::process::{Mapped, Stop, is_of_record};
use super::session::Session;
use super::{Engine, Flow, SyncError};
use crate::store::{Commit, ParkReason};
use crate::{EntityKind, Fields, FindKey, Marker, MarkerSupport, Record, RecordId};

/// How many open intents are looked at for keys in doubt.
const MAX_IN_DOUBT: usize = 10_000;

/// What the target has of a new source record.
pub(super) enum Match {
    /// Nothing: it is to be created.
    Nothing,
    /// This record, under the same marker or natural key.
    Record(Record),
    /// A write with the same key is in doubt.
    InDoubt,
    /// Several records under the same key.
    Several(String),
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
        if !self.looks_first(entity, &new).await? {
            return Ok((new, Vec::new(), None));
        }
        let in_doubt = self.keys_in_doubt(entity).await?;
        let in_doubt = &in_doubt;
        let at_once = self.flow.target.connector.describe().max_in_flight.max(1);
        let mut found = stream::iter(new)
            .map(|record| async move {
                let new = (&record.id, &record.fields);
                let found = find_new(self.engine, self.flow, entity, new, in_doubt).await;
                (record, found)
            })
            .buffered(at_once);
        let mut taken: HashSet<RecordId> = HashSet::new();
        let (mut create, mut matched) = (Vec::new(), Vec::new());
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
                Match::Nothing => create.push(record),
                Match::Record(target) if taken.insert(target.id.clone()) => {
                    matched.push((record, target));
                }
                Match::Record(target) => {
                    let why = format!(
                        "it matches {entity} `{}` of the target, and so does another record of \
                         the source",
                        target.id
                    );
                    self.ask_person(entity, &record, why, done);
                }
                Match::Several(ids) => {
                    let why = format!("it matches several records of the target: {ids}");
                    self.ask_person(entity, &record, why, done);
                }
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
        Ok((create, matched, stop))
    }

    fn ask_person(&self, entity: EntityKind, record: &Mapped, why: String, done: &mut Commit) {
        let error = Error::new(ErrorKind::Conflict, why).code("several_matches");
        self.park(
            done,
            entity,
            &record.id,
            ParkReason::NeedsPerson,
            &error,
            None,
        );
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

/// Looks for a new source record in the target.
pub(super) async fn find_new(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    (id, fields): (&RecordId, &Fields),
    in_doubt: &HashSet<String>,
) -> Result<Match, SyncError> {
    let can = flow.target.connector.describe();
    let mut keys = Vec::new();
    if can.marker != MarkerSupport::None {
        let source = flow.source.name.as_str();
        keys.push(FindKey::Marker(Marker::of(source, entity, id)));
    }
    let natural = natural_keys(can, entity, fields);
    let doubtful = natural
        .iter()
        .any(|key| in_doubt.contains(&key_text(entity, key)));
    keys.extend(natural.iter().cloned().map(FindKey::Natural));
    for key in keys {
        let hits = match flow.target.connector.find(entity, &key).await {
            Ok(hits) => hits,
            // By this key the target cannot be searched at all.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Config) => {
                continue;
            }
            Err(error) if is_of_record(&error) => return Ok(Match::Unreadable(error)),
            Err(error) => return Err(failed(flow, error)),
        };
        let better: Vec<Key> = match &key {
            FindKey::Natural(key) => natural.iter().take_while(|k| *k != key).cloned().collect(),
            FindKey::Marker(_) => Vec::new(),
        };
        // The same name with another VAT number is another company.
        let hits: Vec<Record> = hits
            .into_iter()
            .filter(|hit| !contradicts(hit, &better))
            .collect();
        let ids: Vec<RecordId> = hits.iter().map(|hit| hit.id.clone()).collect();
        if ids.is_empty() {
            continue;
        }
        let (source, target) = (&flow.source.name, &flow.target.name);
        let owners = engine.store.sources(source, target, entity, &ids).await?;
        let total = hits.len();
        let mut free: Vec<Record> = hits
            .into_iter()
            .filter(|hit| !owners.contains_key(&hit.id))
            .collect();
        match (free.pop(), total) {
            // Whoever has this key is another record: two people may share an address.
            (None, _) => {}
            (Some(_), _) if doubtful => return Ok(Match::InDoubt),
            (Some(hit), 1) => return Ok(Match::Record(hit)),
            (Some(_), _) => {
                let ids: Vec<&str> = ids.iter().map(RecordId::as_str).collect();
                return Ok(Match::Several(ids.join(", ")));
            }
        }
    }
    Ok(Match::Nothing)
}

/// Whether a record has another value in a key that is better than the one it was found by.
fn contradicts(hit: &Record, better: &[Key]) -> bool {
    better.iter().any(|key| {
        let has_all = key
            .iter()
            .all(|(name, _)| !hit.fields.get(name.as_str()).is_empty());
        has_all
            && key
                .iter()
                .any(|(name, value)| !hit.fields.get(name.as_str()).same_content(value))
    })
}

fn failed(flow: &Flow, error: Error) -> SyncError {
    SyncError::Target {
        connection: flow.target.name.to_string(),
        error,
    }
}
