//! The events of a run add up to what it counted and to what the target saw, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use api_core::{Error, ErrorKind};
use proptest::prelude::*;
use sync_core::store::ParkReason;
use sync_core::{
    Action, EntityKind, Event, EventName, Fault, Fields, Lifecycle, Marker, MarkerSupport,
    MemorySystem, Record, RecordId, RunId, StateStore, Value,
};

use super::{Log, each_once, keys, records};
use crate::crash::{Point, keyed, life};
use crate::kit::{CUSTOMER, World, customer, invoice};

/// Customers of every kind: known to the target with and without differences, known to it twice,
/// refused by it, ended, written in steps, new; and invoices that refer to them.
fn world(books: MemorySystem) -> World {
    let world = World::new(books).with_customers(18);
    for i in 0..7 {
        let mut fields = Fields::new()
            .with("name", format!("Customer {i}"))
            .with("email", format!("c{i}@example.com"));
        if (3..6).contains(&i) {
            fields.set("name", "Somebody else's");
        }
        let mut at = vec![format!("T{i}")];
        if i == 6 {
            at.push("T6b".to_owned());
        }
        for id in at {
            let record = Record::new(CUSTOMER, id, fields.clone());
            world.books.insert(record);
        }
    }
    for i in [7, 8] {
        world.crm.edit(CUSTOMER, &format!("{i:04}"), |fields| {
            fields.set("name", format!("Refused {i}"));
        });
    }
    world.crm.edit(CUSTOMER, "0009", |fields| {
        fields.set("step_lines", Value::List(vec!["one".into(), "two".into()]));
    });
    let mut ended = customer(11, "c11@example.com");
    ended.lifecycle = Lifecycle::Ended;
    world.crm.insert(ended);
    for i in 0..9 {
        world.crm.insert(invoice(i, i * 2));
    }
    world.books.on_record(|op| {
        let name = op.fields.text("name").unwrap_or_default();
        name.starts_with("Refused").then(|| {
            let email = op.fields.text("email").unwrap_or_default();
            Error::new(ErrorKind::Validation, format!("{name} ({email}) is taken"))
        })
    });
    world
}

/// What people do between two runs: they change and mend records, change them in the target too,
/// and delete one there.
fn meanwhile(world: &World) {
    for i in [0, 4, 7, 12, 13, 14] {
        world.crm.edit(CUSTOMER, &format!("{i:04}"), |fields| {
            fields.set("name", format!("Changed {i}"));
        });
    }
    let id_of = |email: &str| {
        let all = world.books.records(CUSTOMER);
        let found = all.iter().find(|r| r.fields.text("email") == Some(email));
        found.map(|record| record.id.clone())
    };
    for email in ["c0@example.com", "c12@example.com"] {
        if let Some(id) = id_of(email) {
            world.books.edit(CUSTOMER, id.as_str(), |fields| {
                fields.set("name", "Changed there");
            });
        }
    }
    if let Some(id) = id_of("c13@example.com") {
        world.books.remove(CUSTOMER, id.as_str());
    }
}

/// Runs that may die and fail, until one comes to its end; then it is checked what they told.
async fn runs(
    world: &World,
    log: &mut Log,
    deaths: &[Point],
    faults: &BTreeMap<usize, Fault>,
) -> (usize, Vec<Event>) {
    let mut died = 0;
    let mut committed = Vec::new();
    for point in deaths {
        let (dead, events) = life(world, *point, faults).await;
        committed.extend(events);
        log.drain(world.store.as_ref()).await;
        if !dead {
            break;
        }
        died += 1;
    }
    for round in 0.. {
        assert!(round < 10, "it never comes to its end");
        let (_, events) = life(world, Point::Never, &BTreeMap::new()).await;
        committed.extend(events);
        log.drain(world.store.as_ref()).await;
        let newest = world.store.runs(None, 1).await.unwrap();
        if newest[0].message.is_none() {
            return (died, committed);
        }
    }
    unreachable!()
}

async fn adds_up(world: &World, log: &Log, committed: &[Event], what: &str) {
    for event in committed {
        assert_eq!(
            log.events.get(&event.id),
            Some(event),
            "{what}: it got lost"
        );
    }
    assert_eq!(log.events.len(), committed.len(), "{what}");
    let runs = log.each_run_ended_once(world, what).await;
    let newest = runs.first().map(|row| row.id);
    for row in &runs {
        let named = |name| log.of_run(row.id, name);
        let (created, updated) = (
            named(EventName::RecordCreate),
            named(EventName::RecordUpdate),
        );
        let linked = named(EventName::RecordLink);
        let parked: Vec<&Event> = log
            .all()
            .filter(|event| event.run == Some(row.id))
            .filter(|e| matches!(e.event, EventName::RecordPark | EventName::RecordConflict))
            .collect();
        for events in [&created, &updated, &linked] {
            each_once(&records(events.iter().copied()), what);
        }
        let mut unchanged_links = BTreeMap::new();
        let updates = records(updated.iter().copied());
        for (key, n) in records(linked.iter().copied()) {
            if !updates.contains_key(&key) {
                *unchanged_links.entry(key.0).or_insert(0) += n as i64;
            }
        }
        let of = |events: &[&Event], kind: EntityKind| {
            events.iter().filter(|e| e.entity == Some(kind)).count() as i64
        };
        let replaced: Vec<&Event> = log
            .all()
            .filter(|e| e.run == Some(row.id) && e.details.contains_key("replaces_park"))
            .collect();
        for (kind, counts) in &row.counts {
            let what = format!("{what}, {kind} of {row:?}");
            assert!(counts.reconcile(), "{what}");
            assert_eq!(of(&created, *kind), counts.created, "{what}");
            assert_eq!(of(&updated, *kind), counts.updated, "{what}");
            let told = of(&parked, *kind) - of(&replaced, *kind);
            let waits = counts.parked - told;
            // A record that waits for a person counts in each run, and is told once.
            let waiting = waiting(world, *kind).await;
            let before = waiting.iter().filter(|run| **run != row.id).count() as i64;
            match newest == Some(row.id) && row.message.is_none() {
                true => assert_eq!(waits, before, "{what}"),
                false => assert!((0..=waiting.len() as i64).contains(&waits), "{what}"),
            }
            let links = unchanged_links.get(kind).copied().unwrap_or_default();
            assert!(links <= counts.unchanged, "{what}");
        }
    }
    // What the target saw.
    let created = log.named(EventName::RecordCreate);
    let markers: BTreeSet<String> = records(created.iter().copied())
        .keys()
        .map(|(kind, id)| Marker::of("crm", *kind, id).to_string())
        .collect();
    each_once(&records(created.iter().copied()), what);
    let journal = world.books.journal();
    let seen: BTreeSet<String> = (journal.iter())
        .filter(|applied| applied.action == Action::Create)
        .map(|applied| applied.marker.to_string())
        .collect();
    assert_eq!(markers, seen, "{what}");
    let updated: BTreeSet<(EntityKind, RecordId)> = (log.named(EventName::RecordUpdate).iter())
        .map(|event| (event.entity.unwrap(), event.target.clone().unwrap()))
        .collect();
    let mut seen: BTreeSet<(EntityKind, RecordId)> = BTreeSet::new();
    for applied in &journal {
        // A target that knows the marker makes an update of a create that it sees twice.
        let of_create = markers.contains(&applied.marker.to_string());
        if matches!(applied.action, Action::Update { .. }) && !of_create {
            seen.insert((applied.entity, applied.id.clone()));
        }
    }
    assert!(
        updated.is_superset(&seen),
        "{what}: {seen:?} of {updated:?}"
    );
    // Each link came about by an event that names it.
    let flow = world.flow();
    let links = world
        .store
        .links(flow.name(), None, None, 1_000)
        .await
        .unwrap();
    let told = log
        .all()
        .filter(|event| matches!(event.event, EventName::RecordCreate | EventName::RecordLink));
    let told = keys(records(told));
    let links: BTreeSet<_> = (links.into_iter())
        .map(|l| (l.entity, l.source_id))
        .collect();
    assert_eq!(told, links, "{what}");
}

/// The runs that set those records aside that wait for a person.
async fn waiting(world: &World, kind: EntityKind) -> Vec<RunId> {
    let waits = |reason: ParkReason| reason.waits_for_person() || reason == ParkReason::Unknown;
    let parked = world.parked().await.into_iter();
    let of = parked.filter(|row| row.entity == kind && waits(row.reason));
    of.map(|row| row.run).collect()
}

async fn told(
    books: MemorySystem,
    deaths: &[Point],
    faults: &BTreeMap<usize, Fault>,
    what: &str,
) -> usize {
    let world = world(books);
    let mut log = Log::default();
    let (mut died, mut committed) = runs(&world, &mut log, deaths, faults).await;
    adds_up(&world, &log, &committed, what).await;
    meanwhile(&world);
    let (more, events) = runs(&world, &mut log, deaths, faults).await;
    died += more;
    committed.extend(events);
    // In the end there is nothing to do, and nothing is told but that.
    let before = log.events.len();
    let (_, events) = runs(&world, &mut log, &[], &BTreeMap::new()).await;
    committed.extend(events);
    adds_up(&world, &log, &committed, what).await;
    let last: Vec<&Event> = log.all().skip(before).collect();
    let written = last.iter().find(|event| {
        matches!(
            event.event,
            EventName::RecordCreate | EventName::RecordUpdate | EventName::RecordLink
        )
    });
    assert!(written.is_none(), "{what}: {written:?}");
    died
}

async fn sweep(books: fn() -> MemorySystem) {
    let kinds: [fn(usize) -> Point; 4] = [
        Point::BeforeCommit,
        Point::AfterCommit,
        Point::BeforeSend,
        Point::AfterSend,
    ];
    let none = BTreeMap::new();
    for kind in kinds {
        for n in 1.. {
            let point = kind(n);
            if told(books(), &[point], &none, &format!("{point:?}")).await == 0 {
                assert!(n > 3, "{point:?}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn events_add_up_after_a_death_at_any_point_with_idempotency_keys() {
    sweep(|| {
        let day = std::time::Duration::from_secs(86_400);
        keyed().marker(MarkerSupport::None).idempotency(day)
    })
    .await;
}

#[tokio::test]
async fn events_add_up_after_a_death_at_any_point_with_an_upserting_marker() {
    sweep(keyed).await;
}

#[tokio::test]
async fn events_add_up_after_a_death_at_any_point_with_a_searchable_marker() {
    sweep(|| keyed().marker(MarkerSupport::Searchable)).await;
}

#[tokio::test]
async fn events_add_up_after_a_death_at_any_point_with_natural_keys_alone() {
    sweep(|| keyed().marker(MarkerSupport::None)).await;
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::LoseAnswer),
        Just(Fault::Refuse),
        Just(Fault::Break)
    ]
}

fn point() -> impl Strategy<Value = Point> {
    prop_oneof![
        (1usize..40).prop_map(Point::BeforeCommit),
        (1usize..40).prop_map(Point::AfterCommit),
        (1usize..12).prop_map(Point::BeforeSend),
        (1usize..12).prop_map(Point::AfterSend),
        Just(Point::Never),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_add_up_whatever_fails_and_dies(
        marker in prop_oneof![
            Just(MarkerSupport::None), Just(MarkerSupport::Searchable), Just(MarkerSupport::Upsert),
        ],
        deaths in proptest::collection::vec(point(), 0..4),
        faults in proptest::collection::btree_map(1usize..14, fault(), 0..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let what = format!("{marker:?}, {deaths:?}, {faults:?}");
        runtime.block_on(told(keyed().marker(marker), &deaths, &faults, &what));
    }
}
