//! What runs tell the log: that it adds up, that it comes through whatever dies, and that it says
//! nothing of people.

mod crashes;
mod ends;
mod privacy;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use sync_core::store::{RunRow, RunStatus};
use sync_core::{EntityKind, Event, EventId, EventName, RecordId, RunId, StateStore};

use crate::kit::World;

/// Whoever takes events out of the outbox, a few at a time; it dies now and then between having
/// them and saying so.
#[derive(Default)]
pub(crate) struct Log {
    events: BTreeMap<EventId, Event>,
    turns: usize,
}

impl Log {
    pub(crate) async fn drain(&mut self, store: &dyn StateStore) {
        loop {
            let some = store.events(5).await.unwrap();
            if some.is_empty() {
                return;
            }
            let ids: Vec<EventId> = some.iter().map(|event| event.id).collect();
            for event in some {
                if let Some(known) = self.events.insert(event.id, event.clone()) {
                    assert_eq!(known, event, "an event has changed");
                }
            }
            self.turns += 1;
            if !self.turns.is_multiple_of(3) {
                store.events_taken(&ids).await.unwrap();
            }
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }

    fn named(&self, name: EventName) -> Vec<&Event> {
        self.all().filter(|event| event.event == name).collect()
    }

    fn of_run(&self, run: RunId, name: EventName) -> Vec<&Event> {
        self.all()
            .filter(|event| event.event == name && event.run == Some(run))
            .collect()
    }

    /// What holds of every run that is stored: it told its start and its end once, and with the
    /// end how it ended and what it counted.
    pub(crate) async fn each_run_ended_once(&self, world: &World, what: &str) -> Vec<RunRow> {
        let runs = world.store.runs(None, 10_000).await.unwrap();
        for row in &runs {
            let starts = self.of_run(row.id, EventName::RunStart);
            assert_eq!(starts.len(), 1, "{what}: starts of {row:?}");
            assert_eq!(starts[0].details["trigger"], row.trigger.as_str(), "{what}");
            let ends = self.of_run(row.id, EventName::RunEnd);
            assert_eq!(ends.len(), 1, "{what}: ends of {row:?}");
            assert_ne!(row.status, RunStatus::Running, "{what}");
            assert_eq!(ends[0].details["status"], row.status.as_str(), "{what}");
            assert_eq!(ends[0].details["counts"], counts_of(row), "{what}");
            assert_eq!(ends[0].code.is_some(), row.message.is_some(), "{what}");
            for event in [starts[0], ends[0]] {
                assert_eq!(event.connection, Some("books".into()), "{what}");
            }
        }
        runs
    }
}

fn counts_of(row: &RunRow) -> Json {
    let counts = row.counts.iter();
    counts
        .map(|(kind, counts)| (kind.as_str().to_owned(), json!(counts)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The records of events, by kind and id.
fn records<'e>(
    events: impl IntoIterator<Item = &'e Event>,
) -> BTreeMap<(EntityKind, RecordId), usize> {
    let mut found = BTreeMap::new();
    for event in events {
        let key = (event.entity.unwrap(), event.record.clone().unwrap());
        *found.entry(key).or_default() += 1;
    }
    found
}

fn each_once(found: &BTreeMap<(EntityKind, RecordId), usize>, what: &str) {
    assert!(found.values().all(|n| *n == 1), "{what}: {found:?}");
}

fn keys(found: BTreeMap<(EntityKind, RecordId), usize>) -> BTreeSet<(EntityKind, RecordId)> {
    found.into_keys().collect()
}
