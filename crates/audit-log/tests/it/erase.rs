//! Erasing requests and responses: they are gone, and the chain still holds.

use audit_log::{Bodies, Entry, Erase, Erased, EventName, Level};
use uuid::Uuid;

use crate::history::{History, exchange, full, sound};
use crate::support::{Place, created};

on_both!(
    the_body_of_one_entry_is_erased,
    the_bodies_of_a_run_are_erased_and_no_others,
    the_bodies_that_name_a_record_are_erased_with_it,
    a_uuid_is_the_same_in_large_and_small_letters,
    erasing_what_is_not_there_changes_nothing,
    many_bodies_are_erased_in_several_steps,
);

const RUN: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0077);

async fn bodies_left(place: &Place) -> Vec<i64> {
    place
        .ints("SELECT event FROM audit_body ORDER BY event")
        .await
        .iter()
        .map(|row| row[0])
        .collect()
}

async fn the_body_of_one_entry_is_erased(place: &Place) {
    let history = History::begin(place).await;
    let entry = full(1);
    let id = entry.id;
    history
        .append(&history.main, vec![entry, full(2), created(3)])
        .await;
    let erased = history
        .second
        .erase(&Erase::Entry(id), "els")
        .await
        .unwrap();
    assert_eq!(erased.bodies, 1);
    assert_eq!(bodies_left(place).await, [2]);
    // Who did what, and nothing else.
    let said = place
        .texts("SELECT message || ' ' || actor FROM audit_event WHERE event = 'log.erase'")
        .await;
    assert_eq!(said, ["Erased 1 request and response of an entry. els"]);
    let details = place
        .texts("SELECT details FROM audit_event WHERE event = 'log.erase'")
        .await;
    let details: serde_json::Value = serde_json::from_str(&details[0]).unwrap();
    assert_eq!(details["entries"], serde_json::json!([1]));
    assert_eq!(details["entry"], id.to_string());
    let verified = sound(&history.main).await;
    assert_eq!((verified.entries, verified.bodies_removed), (4, 1));
    history.close().await;
}

async fn the_bodies_of_a_run_are_erased_and_no_others(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(
            &history.main,
            vec![
                exchange(Level::Debug, 1).run(RUN),
                exchange(Level::Error, 2),
                exchange(Level::Info, 3).run(RUN),
                created(4).run(RUN),
            ],
        )
        .await;
    let erased = history.main.erase(&Erase::Run(RUN), "els").await.unwrap();
    assert_eq!(erased.bodies, 2);
    assert_eq!(bodies_left(place).await, [2]);
    sound(&history.main).await;
    history.close().await;
}

/// An exchange of the run whose response names a record.
fn naming(id: &str) -> Entry {
    exchange(Level::Debug, 0).run(RUN).bodies(Bodies {
        url: "https://example.test/clients".into(),
        response: format!("{{\"rows\":[{{\"id\":\"{id}\"}}]}}"),
        ..Bodies::default()
    })
}

async fn the_bodies_that_name_a_record_are_erased_with_it(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(
            &history.main,
            vec![
                naming("12x34"),
                naming("112x34"),
                naming("77x8"),
                // In another run nobody knows that this is the same record.
                naming("12x34").run(Uuid::from_u128(5)),
                // The record, with its id in the target.
                Entry::new(Level::Info, EventName::RecordCreate, "It was created.")
                    .entity("client")
                    .record("12x34")
                    .target("77x8")
                    .run(RUN)
                    .bodies(crate::history::bodies(9)),
                // Another kind of record with the same id.
                full(6).entity("invoice").record("12x34"),
            ],
        )
        .await;
    let what = Erase::Record {
        entity: "client".into(),
        id: "77x8".into(),
    };
    let erased = history.main.erase(&what, "els").await.unwrap();
    assert_eq!(erased.bodies, 3);
    assert_eq!(bodies_left(place).await, [2, 4, 6]);
    let record = place
        .texts("SELECT record FROM audit_event WHERE event = 'log.erase'")
        .await;
    assert_eq!(record, ["77x8"]);
    sound(&history.main).await;
    history.close().await;
}

async fn a_uuid_is_the_same_in_large_and_small_letters(place: &Place) {
    let history = History::begin(place).await;
    let id = "0B54F7F2-6f3a-4d86-8c19-5a2f60d1c3e4";
    history
        .append(
            &history.main,
            vec![
                naming(&id.to_lowercase()),
                naming(&id.to_uppercase()),
                naming("0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e5"),
                created(1).record(id).run(RUN),
            ],
        )
        .await;
    let what = Erase::Record {
        entity: "client".into(),
        id: id.into(),
    };
    let erased = history.main.erase(&what, "els").await.unwrap();
    assert_eq!(erased.bodies, 2);
    assert_eq!(bodies_left(place).await, [3]);
    history.close().await;
}

async fn erasing_what_is_not_there_changes_nothing(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(&history.main, vec![created(1), full(2)])
        .await;
    let nobody = Erase::Record {
        entity: "client".into(),
        id: "none".into(),
    };
    let no_kind = Erase::Record {
        entity: "none".into(),
        id: "2".into(),
    };
    for what in [
        nobody,
        no_kind,
        Erase::Run(RUN),
        Erase::Entry(Uuid::from_u128(1)),
    ] {
        let erased = history.main.erase(&what, "els").await.unwrap();
        assert_eq!(erased, Erased::default(), "{what:?}");
    }
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 2);
    assert_eq!(bodies_left(place).await, [2]);
    history.close().await;
}

async fn many_bodies_are_erased_in_several_steps(place: &Place) {
    let history = History::begin(place).await;
    let entries = (0..1_100)
        .map(|number| exchange(Level::Debug, number).run(RUN))
        .collect();
    history.main.append_all(entries).await.unwrap();
    let erased = history.main.erase(&Erase::Run(RUN), "els").await.unwrap();
    assert_eq!(erased.bodies, 1_100);
    let steps = place
        .int("SELECT COUNT(*) FROM audit_event WHERE event = 'log.erase'")
        .await;
    assert_eq!(steps, 3);
    let verified = sound(&history.main).await;
    assert_eq!(verified.bodies_removed, 1_100);
    history.close().await;
}

#[tokio::test]
async fn what_is_erased_is_in_no_file_any_more() {
    let place = Place::sqlite();
    let history = History::begin(&place).await;
    // Short ones are stored as they are, long ones packed: those get a size that shows.
    let marked = |number: u32| Bodies {
        url: "https://example.test/x".into(),
        request: format!("{{\"id\":\"mark{number}\"}}"),
        ..Bodies::default()
    };
    for number in 0..200 {
        let entry = exchange(Level::Debug, number).bodies(marked(number));
        let entry = if number == 77 { entry.run(RUN) } else { entry };
        history.append(&history.main, vec![entry]).await;
    }
    let holds = |mark: &str| {
        let mut found = false;
        for suffix in ["", "-wal"] {
            let path = format!("{}{suffix}", place.database().display());
            let bytes = std::fs::read(path).unwrap_or_default();
            found |= bytes
                .windows(mark.len())
                .any(|window| window == mark.as_bytes());
        }
        found
    };
    assert!(holds("mark77"), "the test would find it");
    let erased = history.main.erase(&Erase::Run(RUN), "els").await.unwrap();
    assert_eq!(erased.bodies, 1);
    assert!(!holds("mark77"), "it is still in a file");
    assert!(holds("mark78"));
    sound(&history.main).await;
    history.close().await;
}
