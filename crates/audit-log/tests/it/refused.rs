//! Entries that a database does not take, and texts that it would not.

use audit_log::{Appended, Bodies, Entry, EntryRef, Error, EventName, Level, Outcome, Verify};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::support::{Place, created, is_whole};

on_both!(
    what_is_never_taken_is_replaced_and_holds_up_nothing,
    what_is_never_taken_comes_again_and_is_known,
    a_log_that_takes_nothing_replaces_nothing,
    zero_characters_and_odd_texts_of_any_length_are_kept,
    whatever_an_entry_says_it_is_stored_and_its_chain_is_whole,
    ten_thousand_names_are_kept_apart,
);

/// Lets the database take all entries but those of one record.
async fn refuse_bad(place: &Place) {
    let sql = match place.is_file() {
        true => {
            "CREATE TRIGGER bad BEFORE INSERT ON audit_event WHEN NEW.record = 'bad' \
             BEGIN SELECT RAISE(ABORT, 'bad is not taken'); END"
        }
        false => {
            "CREATE OR REPLACE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF NEW.record = 'bad' THEN RAISE 'bad is not taken'; END IF; \
             RETURN NEW; END $$; \
             CREATE TRIGGER bad BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION bad()"
        }
    };
    place.run(sql).await;
}

async fn what_is_never_taken_is_replaced_and_holds_up_nothing(place: &Place) {
    let log = place.open().await;
    refuse_bad(place).await;
    let entries: Vec<Entry> = (0..40)
        .map(|number| match number {
            7 | 8 | 30 => created(number).record("bad"),
            _ => created(number),
        })
        .collect();
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let held = place.hold().await;
    // All of them come together, and with them some that nobody waits for.
    let (first, rest) = entries.split_at(20);
    for entry in first {
        log.enqueue(entry.clone()).await.unwrap();
    }
    let appended = tokio::spawn({
        let (log, rest) = (log.clone(), rest.to_vec());
        async move { log.append_all(rest).await }
    });
    held.release().await;
    let done = appended.await.unwrap().unwrap();
    for (at, done) in done.iter().enumerate() {
        let expected = match at {
            10 => Appended::Replaced { number: 31 },
            _ => Appended::Written {
                number: i64::try_from(at).unwrap() + 21,
            },
        };
        assert_eq!(*done, expected);
    }
    log.flush().await.unwrap();
    assert_eq!(log.writer_health(), None);
    assert_eq!(log.lost(), 3);
    is_whole(place, &log).await;
    let told = "SELECT details FROM audit_event WHERE event = 'log.lost' ORDER BY id";
    let told = place.texts(told).await;
    assert_eq!(told.len(), 3, "{told:?}");
    for details in told {
        let details: serde_json::Value = serde_json::from_str(&details).unwrap();
        assert_eq!(details["count"], 1);
        assert_eq!(details["event"], "record.create");
        let why = details["error"].as_str().unwrap();
        assert!(why.contains("bad is not taken"), "{why}");
    }
    let order = "SELECT COALESCE(record, 'none') FROM audit_event ORDER BY id";
    let order = place.texts(order).await;
    for (at, record) in order.iter().enumerate() {
        let expected = match at {
            7 | 8 | 30 => "none".to_owned(),
            _ => at.to_string(),
        };
        assert_eq!(*record, expected);
    }
    let (found, _) = log.entry(&EntryRef::Id(ids[7])).await.unwrap().unwrap();
    assert_eq!(found.event, EventName::LogLost.as_str());
    log.close().await.unwrap();
}

async fn what_is_never_taken_comes_again_and_is_known(place: &Place) {
    let log = place.open().await;
    refuse_bad(place).await;
    let bad = created(1).record("bad");
    let done = log.append(bad.clone()).await.unwrap();
    assert_eq!(done, Appended::Replaced { number: 1 });
    assert_eq!(log.append(bad).await.unwrap(), Appended::Known);
    assert_eq!(log.lost(), 1);
    log.close().await.unwrap();
}

async fn a_log_that_takes_nothing_replaces_nothing(place: &Place) {
    let log = place.open().await;
    place.refuse_writes().await;
    for _ in 0..3 {
        let done = log.append(created(1)).await;
        assert!(matches!(done, Err(Error::Unavailable(_))), "{done:?}");
    }
    log.enqueue(created(2)).await.unwrap();
    assert!(log.flush().await.is_err());
    place.allow_writes().await;
    log.flush().await.unwrap();
    assert_eq!(log.lost(), 0);
    let records = "SELECT record FROM audit_event";
    assert_eq!(place.texts(records).await, ["2"]);
    log.close().await.unwrap();
}

/// An entry that says this everywhere.
fn everywhere(text: &str) -> Entry {
    let tally = |entry: Entry| entry.tally(Some(text), Outcome::Unchanged, u64::MAX);
    let bodies = Bodies {
        url: text.to_owned(),
        request_headers: vec![("content-type".to_owned(), text.to_owned())],
        request: text.to_owned(),
        response_headers: vec![(text.to_owned(), text.to_owned())],
        response: text.to_owned(),
    };
    tally(Entry::new(Level::Error, EventName::RecordPark, text))
        .system(text)
        .connection(text)
        .flow(text)
        .actor(text)
        .entity(text)
        .record(text)
        .target(text)
        .operation(text)
        .method(text)
        .path(text)
        .code(text)
        .request_id(text)
        .status(u16::MAX)
        .attempt(u32::MAX)
        .duration(std::time::Duration::MAX)
        .detail(text, text)
        .bodies(bodies)
}

async fn zero_characters_and_odd_texts_of_any_length_are_kept(place: &Place) {
    let log = place.open().await;
    let texts = [
        "\0".to_owned(),
        "a\0b\0".repeat(3_000),
        "\u{feff}\u{202e}\u{d7ff}\u{e000}\u{ffff}\u{10ffff}".to_owned(),
        "'\"`;--\\ $1 ? {} %s\r\n\t\u{1b}[31m".to_owned(),
        "é".repeat(1 << 20),
        String::new(),
    ];
    for text in &texts {
        let done = log.append(everywhere(text)).await.unwrap();
        assert!(matches!(done, Appended::Written { .. }), "{done:?}");
    }
    assert_eq!(log.lost(), 0);
    is_whole(place, &log).await;
    let longest = "SELECT CAST(MAX(LENGTH(message) + LENGTH(record) + LENGTH(code) + \
                   LENGTH(path) + LENGTH(details) + LENGTH(actor)) AS BIGINT) FROM audit_event";
    assert!(place.int(longest).await < 50_000);
    log.close().await.unwrap();
}

fn entries() -> impl Strategy<Value = Entry> {
    let text = || prop_oneof![".{0,20}", "\\PC{0,600}", "[\\x00-\\x1f]{0,5}", "[a-z]{1,3}"];
    let texts = prop::collection::vec(prop::option::of(text()), 12);
    let numbers = (any::<u16>(), any::<u32>(), any::<u64>(), any::<i64>());
    let kind = (0..Level::ALL.len(), 0..EventName::ALL.len());
    (texts, numbers, kind, any::<[u8; 16]>()).prop_map(|(texts, numbers, kind, id)| {
        let (status, attempt, duration, at) = numbers;
        let mut texts = texts.into_iter();
        let mut text = || texts.next().flatten();
        let message = text().unwrap_or_default();
        let mut entry = Entry::new(Level::ALL[kind.0], EventName::ALL[kind.1], message)
            .id(Uuid::from_bytes(id))
            .at(api_core::Timestamp::from_micros(at))
            .status(status)
            .attempt(attempt)
            .duration(std::time::Duration::from_micros(duration))
            .run(Uuid::from_bytes(id));
        entry.system = text();
        entry.connection = text();
        entry.flow = text();
        entry.actor = text();
        entry.entity = text();
        entry.record = text();
        entry.path = text();
        entry.code = text();
        entry.request_id = text();
        if let Some(text) = text() {
            entry = entry.detail(text.clone(), text);
        }
        entry
    })
}

async fn whatever_an_entry_says_it_is_stored_and_its_chain_is_whole(place: &Place) {
    let log = place.open().await;
    let mut runner = TestRunner::new(Config::with_cases(12));
    let batches = prop::collection::vec(entries(), 1..40);
    let handle = tokio::runtime::Handle::current();
    runner
        .run(&batches, |batch| {
            let done =
                tokio::task::block_in_place(|| handle.block_on(log.append_all(batch.clone())));
            prop_assert!(done.is_ok(), "{:?}", done);
            let mut done = done.iter().flatten();
            let written = done.all(|done| matches!(done, Appended::Written { .. }));
            prop_assert!(written, "{:?}", batch);
            Ok(())
        })
        .unwrap();
    assert_eq!(log.lost(), 0);
    is_whole(place, &log).await;
    log.close().await.unwrap();
}

async fn ten_thousand_names_are_kept_apart(place: &Place) {
    let log = place.open().await;
    let entries = (0..10_000).map(|number| created(number).connection(format!("shop-{number}")));
    log.append_all(entries.collect()).await.unwrap();
    let again = place.open().await;
    let entries = (0..2_000).map(|number| created(number).connection(format!("shop-{number}")));
    again.append_all(entries.collect()).await.unwrap();
    let names = "SELECT COUNT(*) FROM audit_name WHERE name LIKE 'shop-%'";
    assert_eq!(place.int(names).await, 10_000);
    let wrong = "SELECT COUNT(*) FROM audit_event e JOIN audit_name n ON n.id = e.connection \
                 WHERE n.name <> 'shop-' || e.record";
    assert_eq!(place.int(wrong).await, 0);
    let verified = log.verify(&Verify::default()).await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    log.close().await.unwrap();
    again.close().await.unwrap();
}
