//! Links, bases and what is known of a record.

use std::collections::BTreeMap;

use sync_core::EntityKind::{Contact, Customer, Invoice, Lead};
use sync_core::store::{Commit, FlowSetup, FlowState, Known, LinkOrigin, LinkUpdate, ParkReason};
use sync_core::{
    ConnectionName, EntityKind, Fields, Lifecycle, OpId, RecordId, Ref, RunId, StoreError, Value,
};

use crate::help::*;

pub(crate) async fn links_go_both_ways_and_keep_their_origin(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let first = Commit {
        links: vec![
            link(Customer, "1", "a", run),
            // The same ids of another kind are other records.
            link(Contact, "1", "a", run),
        ],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let mut again = link(Customer, "1", "a", run);
    again.origin = LinkOrigin::Matched;
    let second = Commit {
        links: vec![again],
        ..Commit::at(at(2))
    };
    commit(store, &held, second).await;

    let wanted = ids(&["1", "2", "1"]);
    let there = store.targets(&source, &target, Customer, &wanted).await;
    assert_eq!(there.unwrap(), [("1".into(), "a".into())].into());
    let back = store
        .sources(&source, &target, Customer, &ids(&["a", "b"]))
        .await;
    assert_eq!(back.unwrap(), [("a".into(), "1".into())].into());
    let turned = store.targets(&target, &source, Customer, &wanted).await;
    assert!(turned.unwrap().is_empty());
    let nobody = ConnectionName::new("nobody");
    let none = store.sources(&nobody, &target, Customer, &wanted).await;
    assert!(none.unwrap().is_empty());
    let none = store.targets(&source, &target, Customer, &[]).await;
    assert!(none.unwrap().is_empty());

    let rows = store
        .links(&name("sync"), Some(Customer), None, 9)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].origin, LinkOrigin::Created, "kept as it was");
    assert_eq!(rows[0].linked_at, at(1));
    assert_eq!(rows[0].synced_at, Some(at(2)));
}

pub(crate) async fn a_target_that_is_taken_rolls_everything_back(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let first = Commit {
        links: vec![link(Customer, "9", "taken", run)],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;

    let mut whole = everything(Customer, "1", "a", run);
    whole.links.extend((0..100).map(|n| {
        let id = format!("n{n}");
        link(Customer, &id, &format!("t{n}"), run)
    }));
    whole.links.push(link(Customer, "2", "taken", run));
    whole.links.push(link(Customer, "3", "c", run));
    let refused = store.commit(&held, whole).await;
    assert!(
        matches!(&refused, Err(StoreError::LinkTaken { entity: Customer, target_id })
            if target_id.as_str() == "taken"),
        "{refused:?}"
    );
    let wanted = ids(&["1", "2", "3", "n0", "n99", "9"]);
    let there = store.targets(&source, &target, Customer, &wanted).await;
    assert_eq!(there.unwrap(), [("9".into(), "taken".into())].into());
    assert_eq!(store.open_intents(&name("sync")).await.unwrap(), 0);
    assert_eq!(store.events(9).await.unwrap(), []);
    assert_eq!(store.run(run).await.unwrap(), None);
    let cursor = store.cursor(&name("sync"), Customer).await.unwrap();
    assert_eq!(cursor, None);
    let row = store.flow(&name("sync")).await.unwrap().unwrap();
    assert_eq!((row.seq, row.state), (0, FlowState::Idle));
    // The store is fit for the next commit.
    commit(store, &held, everything(Customer, "1", "a", run)).await;
}

pub(crate) async fn two_links_of_one_commit_cannot_take_the_same_target(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let both = Commit {
        links: vec![link(Customer, "1", "a", run), link(Customer, "2", "a", run)],
        ..Commit::at(at(1))
    };
    let refused = store.commit(&held, both).await;
    assert!(matches!(refused, Err(StoreError::LinkTaken { .. })));
    let rows = store.links(&name("sync"), None, None, 9).await.unwrap();
    assert_eq!(rows, []);
}

pub(crate) async fn a_link_can_move_and_what_it_leaves_is_free(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let first = Commit {
        links: vec![link(Customer, "1", "a", run)],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let mut moved = link(Customer, "1", "b", run);
    moved.origin = LinkOrigin::Manual;
    let second = Commit {
        links: vec![moved, link(Customer, "2", "a", run)],
        ..Commit::at(at(2))
    };
    commit(store, &held, second).await;
    let back = store
        .sources(&source, &target, Customer, &ids(&["a", "b"]))
        .await;
    let expected = [("a".into(), "2".into()), ("b".into(), "1".into())];
    assert_eq!(back.unwrap(), expected.into());
    let rows = store.links(&name("sync"), None, None, 1).await.unwrap();
    assert_eq!(
        (rows[0].origin, rows[0].linked_at),
        (LinkOrigin::Manual, at(2))
    );
}

pub(crate) async fn a_base_is_written_only_with_content_to_agree_on(store: &Store) {
    let held = claimed(store, "sync").await;
    let flow = name("sync");
    let run = RunId::new();
    let half = LinkUpdate {
        base: None,
        ..link(Invoice, "1", "a", run)
    };
    let first = Commit {
        links: vec![half.clone()],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let bases = store.bases(&flow, Invoice, &ids(&["1"])).await.unwrap();
    assert!(bases.is_empty());
    let rows = store.links(&flow, None, None, 9).await.unwrap();
    assert_eq!(rows[0].synced_at, None);

    let mut whole = link(Invoice, "1", "a", run);
    if let Some(base) = &mut whole.base {
        base.lifecycle = Lifecycle::Ended;
    }
    let second = Commit {
        links: vec![whole],
        ..Commit::at(at(2))
    };
    commit(store, &held, second).await;
    let third = Commit {
        links: vec![half],
        ..Commit::at(at(3))
    };
    commit(store, &held, third).await;
    let bases = store.bases(&flow, Invoice, &ids(&["1", "2"])).await;
    assert_eq!(bases.unwrap(), [("1".into(), content("1"))].into());
    let known = store.known(&flow, Invoice, &ids(&["1"])).await.unwrap();
    let known = &known[&RecordId::new("1")];
    assert_eq!(known.base_lifecycle, Lifecycle::Ended);
    assert_eq!(known.base_run, Some(run));
    assert_eq!(known.part, Some(content("part").content_hash()));
    let rows = store.links(&flow, None, None, 9).await.unwrap();
    assert_eq!(rows[0].synced_at, Some(at(2)));
}

pub(crate) async fn known_tells_link_base_and_parked_and_nothing_else(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let both = Commit {
        links: vec![
            link(Customer, "1", "a", run),
            LinkUpdate {
                base: None,
                ..link(Customer, "2", "b", run)
            },
        ],
        park: vec![
            park(Customer, "2", ParkReason::Rejected, run),
            park(Customer, "3", ParkReason::Mapping, run),
        ],
        ..Commit::at(at(1))
    };
    commit(store, &held, both).await;
    let found = store
        .known(&name("sync"), Customer, &ids(&["1", "2", "3", "4", "1"]))
        .await
        .unwrap();
    let expected = [
        (
            "1".into(),
            Known {
                target_id: Some("a".into()),
                origin: Some(LinkOrigin::Created),
                base_hash: Some(content("1").content_hash()),
                part: Some(content("part").content_hash()),
                base_run: Some(run),
                ..Known::default()
            },
        ),
        (
            "2".into(),
            Known {
                target_id: Some("b".into()),
                origin: Some(LinkOrigin::Created),
                parked: Some((ParkReason::Rejected, run)),
                ..Known::default()
            },
        ),
        (
            "3".into(),
            Known {
                parked: Some((ParkReason::Mapping, run)),
                ..Known::default()
            },
        ),
    ];
    assert_eq!(found, expected.into());
    let contacts = store.known(&name("sync"), Contact, &ids(&["1"])).await;
    assert!(contacts.unwrap().is_empty());
    let none = store.known(&name("sync"), Customer, &[]).await.unwrap();
    assert!(none.is_empty());
}

pub(crate) async fn large_groups_are_stored_and_found_whole(store: &Store) {
    let held = claimed(store, "sync").await;
    let flow = name("sync");
    let (source, target) = connections();
    let run = RunId::new();
    // No size of a group may fall between two statements.
    for size in [1, 7, 9, 63, 65, 513, 1100] {
        let key = |n: usize| format!("{size}-{n}");
        let opened: Vec<_> = (0..size)
            .map(|n| intent(Customer, &key(n), run, 1))
            .collect();
        let ops: Vec<OpId> = opened.iter().map(|intent| intent.op).collect();
        let open = Commit {
            open: opened,
            ..Commit::at(at(1))
        };
        commit(store, &held, open).await;
        assert_eq!(store.open_intents(&flow).await.unwrap(), size as u64);
        let outcome = Commit {
            close: ops,
            links: (0..size)
                .map(|n| link(Customer, &key(n), &format!("t{}", key(n)), run))
                .collect(),
            events: (0..size).map(|n| event(&key(n), 2)).collect(),
            ..Commit::at(at(2))
        };
        commit(store, &held, outcome).await;
        assert_eq!(store.open_intents(&flow).await.unwrap(), 0);

        let wanted: Vec<RecordId> = (0..size).map(|n| RecordId::new(key(n))).collect();
        let known = store.known(&flow, Customer, &wanted).await.unwrap();
        assert_eq!(known.len(), size);
        assert!(known.values().all(|known| known.base_hash.is_some()));
        let bases = store.bases(&flow, Customer, &wanted).await.unwrap();
        assert_eq!(bases.len(), size);
        let targets = store.targets(&source, &target, Customer, &wanted).await;
        let targets: Vec<RecordId> = targets.unwrap().into_values().collect();
        assert_eq!(targets.len(), size);
        let back = store.sources(&source, &target, Customer, &targets).await;
        assert_eq!(back.unwrap().len(), size);
        let events = store.events(usize::MAX).await.unwrap();
        assert_eq!(events.len(), size);
        let taken: Vec<_> = events.iter().map(|event| event.id).collect();
        store.events_taken(&taken).await.unwrap();
    }
}

pub(crate) async fn links_are_listed_page_by_page_in_the_order_of_the_kinds(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let keys = [
        (Invoice, "1"),
        (Contact, "20"),
        (Customer, "9"),
        (Customer, "10"),
        (Customer, "ë"),
        (Lead, "1"),
    ];
    let all = Commit {
        links: keys
            .iter()
            .map(|(kind, id)| link(*kind, id, &format!("t{id}"), run))
            .collect(),
        ..Commit::at(at(1))
    };
    commit(store, &held, all).await;
    let mut expected: Vec<(EntityKind, RecordId)> = keys
        .iter()
        .map(|(kind, id)| (*kind, (*id).into()))
        .collect();
    expected.sort();
    for limit in 1..=keys.len() {
        let mut seen = Vec::new();
        loop {
            let after = seen.last().cloned();
            let page = store
                .links(&name("sync"), None, after, limit)
                .await
                .unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= limit);
            seen.extend(page.into_iter().map(|row| (row.entity, row.source_id)));
        }
        assert_eq!(seen, expected, "pages of {limit}");
    }
    let customers = store
        .links(
            &name("sync"),
            Some(Customer),
            Some((Customer, "10".into())),
            9,
        )
        .await
        .unwrap();
    let listed: Vec<_> = customers.iter().map(|row| row.source_id.as_str()).collect();
    assert_eq!(listed, ["9", "ë"]);
    let before_it = Some((Contact, "20".into()));
    let none = store
        .links(&name("sync"), Some(Customer), before_it, 9)
        .await;
    assert_eq!(none.unwrap(), []);
}

pub(crate) async fn values_of_every_type_come_back_as_they_were(store: &Store) {
    let held = claimed(store, "sync").await;
    let fields = Fields::new()
        .with("null", Value::Null)
        .with("yes", Value::Bool(true))
        .with("int", Value::Int(i64::MIN))
        .with(
            "amount",
            Value::Decimal("12345678901234567.890".parse().unwrap()),
        )
        .with("text", "Ștefan \"\u{1F9FE}\" \n \u{0} end")
        .with("date", Value::Date("2026-01-31".parse().unwrap()))
        .with("at", Value::Timestamp(at(1)))
        .with("ref", Value::Ref(Ref::new(Customer, "42")))
        .with(
            "lines",
            Value::List(vec![Value::Map(BTreeMap::from([(
                "qty".to_owned(),
                Value::Decimal("1.50".parse().unwrap()),
            )]))]),
        );
    let mut update = link(Invoice, "1", "a", RunId::new());
    if let Some(base) = &mut update.base {
        base.fields = fields.clone();
        base.hash = fields.content_hash();
    }
    let write = Commit {
        links: vec![update],
        ..Commit::at(at(1))
    };
    commit(store, &held, write).await;
    let bases = store.bases(&name("sync"), Invoice, &ids(&["1"])).await;
    let back = &bases.unwrap()[&RecordId::new("1")];
    assert_eq!(*back, fields);
    assert_eq!(back.content_hash(), fields.content_hash());
}

pub(crate) async fn flows_do_not_see_each_other(store: &Store) {
    let one = claimed(store, "sync").await;
    let run = RunId::new();
    let other_pair = FlowSetup {
        target: "elsewhere".into(),
        ..setup("copy")
    };
    store.ensure_flow(&other_pair, at(0)).await.unwrap();
    let two = lease(claim(store, "copy", "us", 0).await);
    commit(store, &one, everything(Customer, "1", "a", run)).await;
    let copy = name("copy");
    let known = store.known(&copy, Customer, &ids(&["1", "bad"])).await;
    assert!(known.unwrap().is_empty());
    assert_eq!(store.links(&copy, None, None, 9).await.unwrap(), []);
    assert_eq!(store.open_intents(&copy).await.unwrap(), 0);
    assert_eq!(store.intents(&copy, None, None, 9).await.unwrap(), []);
    assert_eq!(store.cursor(&copy, Customer).await.unwrap(), None);
    assert!(
        !store
            .retry_parked(&copy, Customer, &"bad".into())
            .await
            .unwrap()
    );

    // The same ids between other systems are other records.
    let write = Commit {
        links: vec![link(Customer, "2", "a", run)],
        ..Commit::at(at(1))
    };
    commit(store, &two, write).await;
    // A flow between the same systems has the same links and a base of its own.
    let same_pair = FlowSetup {
        name: name("second"),
        ..setup("sync")
    };
    store.ensure_flow(&same_pair, at(0)).await.unwrap();
    let known = store.known(&name("second"), Customer, &ids(&["1"])).await;
    let known = &known.unwrap()[&RecordId::new("1")];
    assert_eq!(known.target_id, Some("a".into()));
    assert_eq!(known.base_hash, None);
}

pub(crate) async fn an_id_of_odd_text_is_found_by_itself_alone(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let odd = [
        "a",
        "a\0",
        "a\0b",
        "\0",
        "1e400",
        "1E400",
        "01",
        "1",
        "1.0",
        "null",
        "true",
        "\"",
        "\\",
        "'",
        "\\u0000",
        "[1]",
        "{\"a\":1}",
        " 1",
        "😀",
        "e\u{301}",
        "é",
        "\u{feff}x",
        "\u{1f}",
        "A",
    ];
    let links = |of: &[&str]| {
        of.iter()
            .map(|id| link(Customer, id, &format!("t{id}"), run))
            .collect()
    };
    // Every second one is known.
    let known: Vec<&str> = odd.iter().copied().step_by(2).collect();
    let first = Commit {
        links: links(&known),
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let flow = name("sync");
    for (n, id) in odd.iter().enumerate() {
        let (there, own) = (n % 2 == 0, ids(&[id]));
        let found = store.known(&flow, Customer, &own).await.unwrap();
        assert_eq!(
            found.contains_key(&own[0]),
            there,
            "known {id:?}: {found:?}"
        );
        assert_eq!(found.len(), usize::from(there), "known {id:?}: {found:?}");
        let bases = store.bases(&flow, Customer, &own).await.unwrap();
        assert_eq!(
            bases.get(&own[0]),
            there.then(|| content(id)).as_ref(),
            "{id:?}"
        );
        let to = RecordId::new(format!("t{id}"));
        let ends = store
            .targets(&source, &target, Customer, &own)
            .await
            .unwrap();
        assert_eq!(ends.get(&own[0]), there.then_some(&to), "target of {id:?}");
        let back = store
            .sources(&source, &target, Customer, std::slice::from_ref(&to))
            .await
            .unwrap();
        assert_eq!(back.get(&to), there.then_some(&own[0]), "source of {id:?}");
    }
}
