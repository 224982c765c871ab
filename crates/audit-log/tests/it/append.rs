//! Appending: what is stored, once, in order, and what is refused.

use std::time::Duration;

use api_core::ManualClock;
use audit_log::{Appended, AuditLog, Bodies, Entry, Error, EventName, Level};
use uuid::Uuid;

use crate::support::{Place, at, created, refused};

on_both!(
    an_entry_is_stored_with_everything_it_has,
    the_same_entry_twice_is_kept_once_and_counted_once,
    a_long_list_is_stored_in_its_order_over_several_transactions,
    what_is_enqueued_or_offered_is_there_after_a_flush,
    what_is_below_the_minimum_level_is_left_out,
    a_log_that_is_opened_again_goes_on_where_it_was,
    a_closed_log_says_so,
    a_log_that_is_only_read_takes_nothing,
    a_log_of_a_newer_program_is_refused_and_left_as_it_is,
    what_belongs_to_another_program_is_refused_and_left_as_it_is,
    a_log_that_is_not_there_is_not_made_where_it_should_be_there,
    texts_that_no_database_takes_are_stored_all_the_same,
    the_end_of_each_day_is_carried_into_a_file,
);

async fn an_entry_is_stored_with_everything_it_has(place: &Place) {
    let log = place.open().await;
    let run = Uuid::now_v7();
    let entry = refused(5)
        .run(run)
        .actor("piet")
        .target("t5")
        .operation("clients.create")
        .method("POST")
        .path("/clients/{id}")
        .duration(Duration::from_millis(12))
        .attempt(2)
        .request_id("r-1")
        .detail("fields", 3)
        .bodies(Bodies {
            url: "https://example.test/clients".into(),
            ..Bodies::default()
        });
    let appended = log.append(entry.clone()).await.unwrap();
    assert_eq!(appended, Appended::Written { number: 1 });
    let stored = place
        .ints(
            "SELECT id, writer, seq, ts, level, outcome, system, connection, flow, entity, \
             status, duration_us, attempt, fingerprint IS NOT NULL AND observed_ts > 0 \
             FROM audit_event"
                .replace(
                    "fingerprint IS NOT NULL AND observed_ts > 0",
                    "CASE WHEN fingerprint IS NOT NULL AND observed_ts > 0 THEN CAST(1 AS BIGINT) END",
                )
                .as_str(),
        )
        .await;
    let ts = at(5).as_micros();
    assert_eq!(
        stored,
        [[1, 1, 1, ts, 17, 2, 1, 2, 3, 4, 422, 12_000, 2, 1]]
    );
    for (column, text) in [
        ("event", "record.park"),
        ("actor", "piet"),
        ("record", "5"),
        ("target", "t5"),
        ("operation", "clients.create"),
        ("method", "POST"),
        ("path", "/clients/{id}"),
        ("code", "validation"),
        ("request_id", "r-1"),
        ("details", "{\"fields\":3}"),
    ] {
        let sql = format!("SELECT {column} FROM audit_event");
        assert_eq!(place.texts(&sql).await, [text], "{column}");
    }
    let names = place.texts("SELECT name FROM audit_name ORDER BY id").await;
    assert_eq!(names, ["smartcrm", "shop", "to-shop", "client"]);
    assert_eq!(
        place.ints("SELECT event, ts FROM audit_body").await,
        [[1, ts]]
    );
    log.close().await.unwrap();
}

async fn the_same_entry_twice_is_kept_once_and_counted_once(place: &Place) {
    let log = place.open().await;
    let (first, second) = (created(1), refused(2));
    log.append(first.clone()).await.unwrap();
    let done = log
        .append_all(vec![
            first.clone(),
            second.clone(),
            second.clone(),
            first.clone(),
        ])
        .await
        .unwrap();
    assert_eq!(
        done,
        [
            Appended::Known,
            Appended::Written { number: 2 },
            Appended::Known,
            Appended::Known
        ]
    );
    assert_eq!(log.append(second).await.unwrap(), Appended::Known);
    // One that is older than all that are stored, and new.
    let older = created(3).id(Uuid::from_u128(7));
    assert_eq!(
        log.append(older).await.unwrap(),
        Appended::Written { number: 3 }
    );
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 3);
    let sum = "SELECT CAST(SUM(n) AS BIGINT) FROM ";
    for table in ["audit_stat_system", "audit_stat_day"] {
        assert_eq!(place.int(&format!("{sum}{table}")).await, 3, "{table}");
    }
    assert_eq!(place.int("SELECT n FROM audit_issue").await, 1);
    log.close().await.unwrap();
}

async fn a_long_list_is_stored_in_its_order_over_several_transactions(place: &Place) {
    let log = place
        .builder()
        .batch(100, Duration::from_millis(250))
        .open()
        .await
        .unwrap();
    let entries: Vec<Entry> = (0..1_234).map(created).collect();
    let done = log.append_all(entries).await.unwrap();
    assert_eq!(done.len(), 1_234);
    for (done, number) in done.iter().zip(1..) {
        assert_eq!(*done, Appended::Written { number });
    }
    let records = place
        .texts("SELECT record FROM audit_event ORDER BY id")
        .await;
    let expected: Vec<String> = (0..1_234).map(|number| number.to_string()).collect();
    assert_eq!(records, expected);
    assert_eq!(log.head().await.unwrap()[0].seq, 1_234);
    log.close().await.unwrap();
}

async fn what_is_enqueued_or_offered_is_there_after_a_flush(place: &Place) {
    let log = place.open().await;
    for number in 0..50 {
        log.enqueue(created(number)).await.unwrap();
        assert!(log.offer(created(100 + number)));
    }
    log.flush().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 100);
    log.enqueue(created(200)).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 101);
    assert_eq!(log.lost(), 0);
}

async fn what_is_below_the_minimum_level_is_left_out(place: &Place) {
    let log = place
        .builder()
        .level(Level::Warning)
        .connection_level("shop", Level::Info)
        .open()
        .await
        .unwrap();
    assert!(!log.wants(Level::Info, None));
    assert!(log.wants(Level::Info, Some("shop")));
    assert_eq!(log.level_of(Some("other")), Level::Warning);
    let elsewhere = |number| created(number).connection("other");
    let done = log
        .append_all(vec![created(1), elsewhere(2), refused(3)])
        .await
        .unwrap();
    assert_eq!(
        done,
        [
            Appended::Written { number: 1 },
            Appended::Below,
            Appended::Written { number: 2 }
        ]
    );
    let debug = || Entry::new(Level::Debug, EventName::LogMessage, "Nothing.");
    assert_eq!(log.append(debug()).await.unwrap(), Appended::Below);
    log.enqueue(debug()).await.unwrap();
    assert!(log.offer(debug()));
    // What the log says of itself is always kept.
    let export = Entry::new(Level::Info, EventName::LogExport, "Entries were exported.");
    assert!(matches!(
        log.append(export).await.unwrap(),
        Appended::Written { number: 3 }
    ));
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 3);
    log.close().await.unwrap();
}

async fn a_log_that_is_opened_again_goes_on_where_it_was(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    let head = log.head().await.unwrap();
    log.close().await.unwrap();
    let log = place.builder().open_existing().await.unwrap();
    assert_eq!(log.head().await.unwrap(), head);
    assert_eq!(
        log.append(created(2)).await.unwrap(),
        Appended::Written { number: 2 }
    );
    log.close().await.unwrap();
    let other = place.builder().writer("second").open().await.unwrap();
    assert_eq!(
        other.append(created(3)).await.unwrap(),
        Appended::Written { number: 3 }
    );
    let heads = other.head().await.unwrap();
    let ends: Vec<_> = heads
        .iter()
        .map(|head| (head.writer.as_str(), head.seq))
        .collect();
    assert_eq!(ends, [("main", 2), ("second", 1)]);
    other.close().await.unwrap();
}

async fn a_closed_log_says_so(place: &Place) {
    let log = place.open().await;
    let clone = log.clone();
    log.close().await.unwrap();
    assert_eq!(clone.append(created(1)).await, Err(Error::Closed));
    assert_eq!(clone.enqueue(created(1)).await, Err(Error::Closed));
    assert!(!clone.offer(created(1)));
    assert_eq!(clone.flush().await, Err(Error::Closed));
    assert_eq!(clone.lost(), 2);
    clone.close().await.unwrap();
}

async fn a_log_that_is_only_read_takes_nothing(place: &Place) {
    let missing = place.builder().read_only(true).open().await;
    assert!(matches!(missing, Err(Error::Missing { .. })), "{missing:?}");
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    let reader = place.builder().read_only(true).open().await.unwrap();
    assert_eq!(reader.head().await.unwrap()[0].seq, 1);
    let refused = reader.append(created(2)).await;
    assert!(
        matches!(refused, Err(Error::ReadOnly { .. })),
        "{refused:?}"
    );
    assert!(!reader.offer(created(2)));
    reader.close().await.unwrap();
    log.close().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 1);
}

async fn a_log_of_a_newer_program_is_refused_and_left_as_it_is(place: &Place) {
    place.open().await.close().await.unwrap();
    place
        .run("UPDATE audit_meta SET value = '99' WHERE key = 'schema'")
        .await;
    for opened in [
        place.builder().open().await,
        place.builder().open_existing().await,
        place.builder().read_only(true).open().await,
    ] {
        let Err(Error::Newer { found, known, .. }) = &opened else {
            panic!("not refused but {opened:?}");
        };
        assert_eq!((*found, *known), (99, audit_log::SCHEMA_VERSION));
    }
    let version = place
        .texts("SELECT value FROM audit_meta WHERE key = 'schema'")
        .await;
    assert_eq!(version, ["99"]);
}

async fn what_belongs_to_another_program_is_refused_and_left_as_it_is(place: &Place) {
    if place.is_file() {
        std::fs::write(place.database(), "").unwrap();
        place.run("CREATE TABLE customers (id INTEGER)").await;
    } else {
        place.open().await.close().await.unwrap();
        place
            .run("DROP TABLE audit_meta; CREATE TABLE customers (id BIGINT)")
            .await;
    }
    let refused = place.builder().open().await;
    assert!(matches!(refused, Err(Error::Foreign { .. })), "{refused:?}");
    assert_eq!(place.int("SELECT COUNT(*) FROM customers").await, 0);
    if place.is_file() {
        let tables = "SELECT COUNT(*) FROM sqlite_schema";
        assert_eq!(place.int(tables).await, 1);
    }
}

async fn a_log_that_is_not_there_is_not_made_where_it_should_be_there(place: &Place) {
    let missing = place.builder().open_existing().await;
    assert!(matches!(missing, Err(Error::Missing { .. })), "{missing:?}");
    assert!(!place.database().exists());
}

async fn texts_that_no_database_takes_are_stored_all_the_same(place: &Place) {
    let log = place.open().await;
    let entry = Entry::new(Level::Info, EventName::LogMessage, "a\0b")
        .connection("c\0")
        .record("r".repeat(3_000))
        .detail("k\0", "v\0")
        .tally(Some("x\0"), audit_log::Outcome::Unchanged, u64::MAX);
    log.append(entry).await.unwrap();
    assert_eq!(
        place.texts("SELECT details FROM audit_event").await,
        ["{\"k\\u0000\":\"v\\u0000\"}"]
    );
    let record = &place.texts("SELECT record FROM audit_event").await[0];
    assert!(record.len() <= 500 && record.ends_with("r…"), "{record}");
    log.close().await.unwrap();
}

async fn the_end_of_each_day_is_carried_into_a_file(place: &Place) {
    let file = place.file("heads.jsonl");
    let clock = ManualClock::new(at(0));
    let open = async |clock: &ManualClock, file: &std::path::Path| -> AuditLog {
        let builder = place.builder().clock(clock.clone()).heads_file(file);
        builder.open().await.unwrap()
    };
    let log = open(&clock, &file).await;
    log.append(created(1)).await.unwrap();
    log.append(created(2)).await.unwrap();
    let head = log.head().await.unwrap();
    log.flush().await.unwrap();
    assert!(!file.exists(), "the day is not over");
    log.close().await.unwrap();

    // The next day begins with the first entry; a file that cannot be written is told.
    let clock = ManualClock::new(at(86_400 + 5));
    let log = open(&clock, &place.file("none/heads.jsonl")).await;
    log.append(created(3)).await.unwrap();
    log.flush().await.unwrap();
    assert_eq!(log.heads_waiting(), 1);
    assert!(log.heads_problem().is_some());
    log.close().await.unwrap();

    let log = open(&clock, &file).await;
    assert_eq!(log.heads_waiting(), 1);
    log.append(created(4)).await.unwrap();
    log.flush().await.unwrap();
    assert_eq!((log.heads_waiting(), log.heads_problem()), (0, None));
    log.close().await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let [line] = text.lines().collect::<Vec<_>>()[..] else {
        panic!("one day is over, but the file is {text}");
    };
    let line: audit_log::Head = serde_json::from_str(line).unwrap();
    assert_eq!(line.day.as_deref(), Some("2026-11-22"));
    assert_eq!((&line.writer, line.seq), (&"main".to_owned(), 2));
    assert_eq!(line.hash, head[0].hash);
}
