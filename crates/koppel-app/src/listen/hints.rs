//! The records that wait for a run, because a webhook named them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sync_core::{Announced, EntityKind, RecordId};
use syncro_client::webhook::{Event, Resource};

/// How many records wait for one flow at most.
const MOST: usize = 10_000;

type Waiting = BTreeMap<EntityKind, BTreeSet<RecordId>>;

/// What a webhook is about, as flows know it.
pub(crate) fn kind_of(resource: Resource) -> Option<EntityKind> {
    match resource {
        Resource::Customer => Some(EntityKind::Customer),
        Resource::Contact => Some(EntityKind::Contact),
        Resource::Lead => Some(EntityKind::Lead),
        Resource::Ticket => Some(EntityKind::Ticket),
        Resource::Invoice => Some(EntityKind::Invoice),
        Resource::Payment => Some(EntityKind::Payment),
        Resource::Product => Some(EntityKind::Product),
        _ => None,
    }
}

/// The records that wait, by flow. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Hints {
    flows: Arc<Vec<(String, Vec<EntityKind>)>>,
    waiting: Arc<Mutex<BTreeMap<String, Waiting>>>,
    most: usize,
}

impl Hints {
    pub(super) fn of(flows: Vec<(String, Vec<EntityKind>)>) -> Self {
        Self {
            flows: Arc::new(flows),
            waiting: Arc::default(),
            most: MOST,
        }
    }

    #[cfg(test)]
    pub(super) fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the records that an event names, for the flows that sync such. `false` if there was
    /// no room for some of them.
    pub(super) fn note(&self, event: &Event) -> bool {
        let mut room = true;
        for (resource, id) in event.records() {
            let Some(kind) = kind_of(resource) else {
                continue;
            };
            for (flow, kinds) in self.flows.iter() {
                if kinds.contains(&kind) {
                    room &= self.add(flow, kind, RecordId::from(id.to_string()));
                }
            }
        }
        room
    }

    fn add(&self, flow: &str, kind: EntityKind, id: RecordId) -> bool {
        let mut all = self.lock();
        let waiting = all.entry(flow.to_owned()).or_default();
        let known = waiting.get(&kind).is_some_and(|ids| ids.contains(&id));
        let count: usize = waiting.values().map(BTreeSet::len).sum();
        if !known && count >= self.most {
            return false;
        }
        waiting.entry(kind).or_default().insert(id);
        true
    }

    /// Takes what waits for a flow.
    pub(super) fn take(&self, flow: &str) -> BTreeMap<EntityKind, Vec<RecordId>> {
        let waiting = self.lock().remove(flow).unwrap_or_default();
        (waiting.into_iter())
            .map(|(kind, ids)| (kind, ids.into_iter().collect()))
            .collect()
    }

    /// Puts back what a run could not do. `false` if there is no room any more for some of it.
    pub(super) fn put_back(&self, flow: &str, taken: BTreeMap<EntityKind, Vec<RecordId>>) -> bool {
        let mut room = true;
        for (kind, ids) in taken {
            for id in ids {
                room &= self.add(flow, kind, id);
            }
        }
        room
    }

    /// The flows for which something waits.
    pub(super) fn flows(&self) -> Vec<String> {
        let waiting = self.lock();
        (self.flows.iter().map(|(flow, _)| flow))
            .filter(|flow| waiting.contains_key(*flow))
            .cloned()
            .collect()
    }

    /// How many records wait.
    pub(super) fn len(&self) -> usize {
        let waiting = self.lock();
        (waiting.values().flat_map(|kinds| kinds.values()))
            .map(BTreeSet::len)
            .sum()
    }

    /// Knows what waits for a flow.
    pub(super) fn announced(&self, flow: &str) -> Announced {
        let (hints, flow) = (self.clone(), flow.to_owned());
        Announced::new(move |kind, id| {
            let waiting = hints.lock();
            let kinds = waiting.get(&flow);
            kinds.is_some_and(|kinds| kinds.get(&kind).is_some_and(|ids| ids.contains(id)))
        })
    }
}
