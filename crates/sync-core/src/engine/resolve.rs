//! References: from the source's ids to the target's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use api_core::{Error, ErrorKind};

use super::parts::Wanted;
use super::process::{Mapped, Stop};
use super::session::Session;
use crate::mapping::required_refs;
use crate::store::{Commit, Known, ParkReason};
use crate::{EntityKind, Fields, Lifecycle, Record, RecordId, Ref, Value};

/// How many records may drag one another along in a chain.
const MAX_DEPTH: u8 = 8;

/// Why a reference has no id in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// The record referred to is set aside; the reference may come later.
    Parked,
    /// There is no such record in the source, it ended before it was synced, or the target has no
    /// such records.
    Never,
}

impl Session<'_> {
    /// Replaces the references of these records. Records that are named and not synced yet are
    /// synced first; a record whose reference cannot be had is set aside.
    pub(super) async fn resolve(
        &self,
        entity: EntityKind,
        mapped: Vec<Mapped>,
        done: &mut Commit,
        depth: u8,
    ) -> Result<(Vec<Mapped>, bool), Stop> {
        let mut wanted: BTreeMap<EntityKind, BTreeSet<RecordId>> = BTreeMap::new();
        for record in &mapped {
            for reference in record.fields.refs() {
                wanted
                    .entry(reference.entity)
                    .or_default()
                    .insert(reference.id.clone());
            }
        }
        if wanted.is_empty() {
            return Ok((mapped, false));
        }
        let mut found: HashMap<(EntityKind, RecordId), Result<RecordId, Missing>> = HashMap::new();
        let mut dragged = false;
        for (kind, ids) in wanted {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            for (id, target) in self
                .targets_of(kind, ids, done, depth, &mut dragged)
                .await?
            {
                found.insert((kind, id), target);
            }
        }
        let mut resolved = Vec::with_capacity(mapped.len());
        for mut record in mapped {
            let mut blocked: Option<Ref> = None;
            let required: Vec<Ref> = required_refs(entity)
                .iter()
                .filter_map(|name| record.fields.get(name).as_ref_value().cloned())
                .collect();
            for value in record.fields.values_mut() {
                value.replace_refs(&mut |reference| match found
                    .get(&(reference.entity, reference.id.clone()))
                {
                    Some(Ok(id)) => Value::Ref(Ref::new(reference.entity, id.clone())),
                    Some(Err(Missing::Never)) if !required.contains(reference) => Value::Null,
                    _ => {
                        blocked.get_or_insert_with(|| reference.clone());
                        Value::Null
                    }
                });
            }
            match blocked {
                None => resolved.push(record),
                Some(reference) => {
                    self.park_waiting(entity, &record.id, &reference, done);
                }
            }
        }
        Ok((resolved, dragged))
    }

    fn park_waiting(&self, entity: EntityKind, id: &RecordId, reference: &Ref, done: &mut Commit) {
        let message = format!(
            "it refers to {} `{}`, which is not in the target",
            reference.entity, reference.id
        );
        let error = Error::new(ErrorKind::Validation, message).code("waits_for_reference");
        self.park(done, (entity, id), (ParkReason::Waits, &error), None, None);
    }

    /// Sets aside those of these partial records that must refer to what is set aside or left out,
    /// and gives back the others: the rest of what waits is not worth a request.
    pub(super) async fn without_waiting(
        &self,
        entity: EntityKind,
        wanted: Vec<Wanted>,
        done: &mut Commit,
    ) -> Result<Vec<Wanted>, Stop> {
        let must = |part: &Option<Fields>| -> Vec<Ref> {
            let names = required_refs(entity).iter();
            let values = names.filter_map(|name| part.as_ref()?.get(name).as_ref_value());
            values.cloned().collect()
        };
        let mut named: BTreeMap<EntityKind, BTreeSet<RecordId>> = BTreeMap::new();
        for reference in wanted.iter().flat_map(|(_, part)| must(part)) {
            let ids = named.entry(reference.entity).or_default();
            ids.insert(reference.id);
        }
        let mut aside: HashSet<(EntityKind, RecordId)> = HashSet::new();
        for (kind, ids) in named {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let missing = self.linked(kind, ids, &mut HashMap::new()).await?;
            let mut found = HashMap::new();
            self.untried(kind, missing, &mut found).await?;
            aside.extend(found.into_keys().map(|id| (kind, id)));
        }
        let mut rest = Vec::with_capacity(wanted.len());
        for (record, part) in wanted {
            let is_aside = |to: &Ref| aside.contains(&(to.entity, to.id.clone()));
            match must(&part).into_iter().find(is_aside) {
                Some(reference) => self.park_waiting(entity, &record.id, &reference, done),
                None => rest.push((record, part)),
            }
        }
        Ok(rest)
    }

    async fn targets_of(
        &self,
        kind: EntityKind,
        ids: Vec<RecordId>,
        done: &mut Commit,
        depth: u8,
        dragged: &mut bool,
    ) -> Result<HashMap<RecordId, Result<RecordId, Missing>>, Stop> {
        let (source, target) = (&self.flow.source, &self.flow.target);
        let mut found: HashMap<RecordId, Result<RecordId, Missing>> = HashMap::new();
        let missing = self.linked(kind, ids, &mut found).await?;
        if missing.is_empty() {
            return Ok(found);
        }
        let readable = source
            .connector
            .describe()
            .of(kind)
            .is_some_and(|can| can.read && can.fetch);
        if !target.connector.describe().can_create(kind) || !readable {
            found.extend(missing.into_iter().map(|id| (id, Err(Missing::Never))));
            return Ok(found);
        }
        let missing = self.untried(kind, missing, &mut found).await?;
        if missing.is_empty() {
            return Ok(found);
        }
        if depth >= MAX_DEPTH {
            found.extend(missing.into_iter().map(|id| (id, Err(Missing::Parked))));
            return Ok(found);
        }
        // Pages that are at work at once drag one after the other: what another one dragged along
        // meanwhile is there, or is known not to come.
        let _turn = match depth {
            0 => Some(self.dragging.lock().await),
            _ => None,
        };
        let missing = self.linked(kind, missing, &mut found).await?;
        let missing = self.untried(kind, missing, &mut found).await?;
        if missing.is_empty() {
            return Ok(found);
        }
        *dragged = true;
        self.drag_along(kind, missing, done, depth, &mut found)
            .await?;
        Ok(found)
    }

    /// Notes the target ids of those that have one, and gives back the others.
    async fn linked(
        &self,
        kind: EntityKind,
        ids: Vec<RecordId>,
        found: &mut HashMap<RecordId, Result<RecordId, Missing>>,
    ) -> Result<Vec<RecordId>, Stop> {
        let (source, target) = (&self.flow.source.name, &self.flow.target.name);
        let mut links = self
            .engine
            .store
            .targets(source, target, kind, &ids)
            .await?;
        let unfinished = self.unfinished(kind, links.keys().cloned()).await?;
        let mut missing = Vec::new();
        for id in ids {
            match links.remove(&id) {
                Some(_) if unfinished.contains(&id) => {
                    found.insert(id, Err(Missing::Parked));
                }
                Some(target_id) => drop(found.insert(id, Ok(target_id))),
                None => missing.push(id),
            }
        }
        Ok(missing)
    }

    /// Those of these linked records that are set aside and were never written whole: an invoice
    /// without all of its lines takes no payment yet.
    async fn unfinished(
        &self,
        kind: EntityKind,
        ids: impl Iterator<Item = RecordId>,
    ) -> Result<HashSet<RecordId>, Stop> {
        // Other records may be referred to while a part of them is still to come.
        let can = self.flow.target.connector.describe().of(kind);
        if !can.is_some_and(|can| can.append_only) {
            return Ok(HashSet::new());
        }
        let ids: Vec<RecordId> = ids.collect();
        let known = self
            .engine
            .store
            .known(self.flow.name(), kind, &ids)
            .await?;
        let is = |known: &Known| {
            known.base_hash.is_none() && known.parked.is_some() && !known.is_manual()
        };
        let unfinished = known.into_iter().filter(|(_, known)| is(known));
        Ok(unfinished.map(|(id, _)| id).collect())
    }

    /// Notes those that are known not to come, or not yet, and gives back the others.
    async fn untried(
        &self,
        kind: EntityKind,
        ids: Vec<RecordId>,
        found: &mut HashMap<RecordId, Result<RecordId, Missing>>,
    ) -> Result<Vec<RecordId>, Stop> {
        if ids.is_empty() {
            return Ok(ids);
        }
        let known = self
            .engine
            .store
            .known(self.flow.name(), kind, &ids)
            .await?;
        let is_parked = |id: &RecordId| known.get(id).is_some_and(|known| known.parked.is_some());
        let is_kept_out = |id: &RecordId| known.get(id).and_then(Known::kept_out).is_some();
        let mut untried = Vec::new();
        for id in ids {
            if self.is_never(kind, &id) || is_kept_out(&id) {
                found.insert(id, Err(Missing::Never));
            } else if is_parked(&id) || self.is_aside(kind, &id) {
                found.insert(id, Err(Missing::Parked));
            } else {
                untried.push(id);
            }
        }
        Ok(untried)
    }

    /// Syncs records that are named by others before their own turn has come.
    async fn drag_along(
        &self,
        kind: EntityKind,
        missing: Vec<RecordId>,
        done: &mut Commit,
        depth: u8,
        found: &mut HashMap<RecordId, Result<RecordId, Missing>>,
    ) -> Result<(), Stop> {
        let (source, target) = (&self.flow.source.name, &self.flow.target.name);
        let (records, gone, unreadable) = self.fetch_from_source(kind, &missing).await?;
        for (id, error) in unreadable {
            self.park(
                done,
                (kind, &id),
                (ParkReason::Unreadable, &error),
                None,
                None,
            );
            self.remember_aside(kind, &id);
            found.insert(id, Err(Missing::Parked));
        }
        // What ended before it was synced is not created for the sake of a reference.
        let (records, ended): (Vec<Record>, Vec<Record>) = records
            .into_iter()
            .partition(|record| record.lifecycle == Lifecycle::Active);
        for id in gone
            .into_iter()
            .chain(ended.into_iter().map(|record| record.id))
        {
            self.remember_never(kind, &id);
            found.insert(id, Err(Missing::Never));
        }
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let parked_before = done.park.len();
        self.process(kind, records, done, depth + 1).await?;
        let links = self
            .engine
            .store
            .targets(source, target, kind, &ids)
            .await?;
        let known = self
            .engine
            .store
            .known(self.flow.name(), kind, &ids)
            .await?;
        let unfinished = self.unfinished(kind, links.keys().cloned()).await?;
        for id in ids {
            let parked = known.get(&id).is_some_and(|known| known.parked.is_some())
                || done.park[parked_before..]
                    .iter()
                    .any(|park| park.entity == kind && park.source_id == id);
            let target = match links.get(&id) {
                Some(_) if unfinished.contains(&id) => {
                    self.remember_aside(kind, &id);
                    Err(Missing::Parked)
                }
                Some(target) => Ok(target.clone()),
                None if parked => {
                    self.remember_aside(kind, &id);
                    Err(Missing::Parked)
                }
                None => {
                    self.remember_never(kind, &id);
                    Err(Missing::Never)
                }
            };
            found.insert(id, target);
        }
        Ok(())
    }
}
