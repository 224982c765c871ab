//! The numbers that are kept with each batch, and the state of issues.

use std::time::Duration;

use audit_log::{Entry, EventName, Level, Outcome};

use crate::support::{Place, at, created, refused};

const DAY: i64 = 20_779;

on_both!(
    what_is_rolled_up_is_what_is_stored,
    records_that_are_only_counted_are_in_the_roll_ups_alone,
    an_issue_tells_how_often_where_and_when_it_was_seen,
    an_issue_says_what_its_newest_entry_says,
    a_resolved_issue_that_turns_up_again_has_regressed,
    an_ignored_issue_stays_ignored,
    a_failed_batch_leaves_no_trace_in_the_roll_ups,
);

async fn what_is_rolled_up_is_what_is_stored(place: &Place) {
    let log = place
        .builder()
        .batch(37, Duration::from_millis(250))
        .open()
        .await
        .unwrap();
    let entries: Vec<Entry> = (0..500)
        .map(|number| {
            let seconds = i64::from(number) * 977;
            let entry = match number % 4 {
                0 => refused(number),
                1 => created(number).outcome(Outcome::Unchanged),
                2 => created(number),
                _ => Entry::new(Level::Debug, EventName::HttpExchange, "GET /clients"),
            };
            let connection = ["shop", "office", "depot"][number as usize % 3];
            let entry = entry
                .at(at(seconds))
                .duration(Duration::from_micros(u64::from(number)));
            match number % 7 {
                0 => entry,
                _ => entry.connection(connection).system(connection),
            }
        })
        .collect();
    log.append_all(entries).await.unwrap();
    log.close().await.unwrap();

    let stored = place
        .ints(
            "SELECT day, system, level, outcome, n, duration_us FROM audit_stat_system \
             ORDER BY 1, 2, 3, 4",
        )
        .await;
    let counted = place
        .ints(
            "SELECT ts / 86400000000, COALESCE(system, 0), level, COALESCE(outcome, 0), COUNT(*), \
             CAST(SUM(duration_us) AS BIGINT) FROM audit_event GROUP BY 1, 2, 3, 4 \
             ORDER BY 1, 2, 3, 4",
        )
        .await;
    assert!(stored.len() > 50, "{}", stored.len());
    assert_eq!(stored, counted);
    let stored = place
        .ints(
            "SELECT day, connection, flow, entity, outcome, n FROM audit_stat_day \
             ORDER BY 1, 2, 3, 4, 5",
        )
        .await;
    let counted = place
        .ints(
            "SELECT ts / 86400000000, COALESCE(connection, 0), COALESCE(flow, 0), \
             COALESCE(entity, 0), outcome, COUNT(*) FROM audit_event WHERE outcome IS NOT NULL \
             GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
        )
        .await;
    assert!(stored.len() > 20, "{}", stored.len());
    assert_eq!(stored, counted);
    for (table, key, kept) in [
        (
            "audit_issue_connection",
            "connection",
            "connection IS NOT NULL",
        ),
        ("audit_issue_day", "ts / 86400000000", "ts > 0"),
    ] {
        let stored = place
            .ints(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .await;
        let counted = place
            .ints(&format!(
                "SELECT fingerprint, {key}, COUNT(*), MAX(ts) FROM audit_event \
                 WHERE fingerprint IS NOT NULL AND {kept} GROUP BY 1, 2 ORDER BY 1, 2"
            ))
            .await;
        assert!(!stored.is_empty());
        let counted: Vec<Vec<i64>> = counted
            .into_iter()
            .zip(&stored)
            .map(|(counted, stored)| counted[..stored.len()].to_vec())
            .collect();
        assert_eq!(stored, counted, "{table}");
    }
}

async fn records_that_are_only_counted_are_in_the_roll_ups_alone(place: &Place) {
    let log = place.open().await;
    let end = |count| {
        Entry::new(Level::Info, EventName::RunEnd, "The run ended.")
            .at(at(10))
            .system("smartcrm")
            .connection("shop")
            .flow("to-shop")
            .outcome(Outcome::RunSucceeded)
            .tally(Some("client"), Outcome::Unchanged, count)
            .tally(Some("invoice"), Outcome::Skipped, 2)
            .tally(Some("invoice"), Outcome::Unchanged, 0)
    };
    log.append_all(vec![end(900), end(100)]).await.unwrap();
    log.append(end(u64::MAX)).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 3);
    let most = 1_000_000_000_000_i64;
    assert_eq!(
        place
            .ints("SELECT day, level, outcome, n FROM audit_stat_system ORDER BY 2, 3")
            .await,
        [[DAY, 0, 3, most + 1_000], [DAY, 0, 4, 6], [DAY, 9, 5, 3]]
    );
    let name = "SELECT id FROM audit_name WHERE name = ";
    let client = place.int(&format!("{name}'client'")).await;
    let invoice = place.int(&format!("{name}'invoice'")).await;
    assert_eq!(
        place
            .ints("SELECT day, entity, outcome, n FROM audit_stat_day ORDER BY 3, 2")
            .await,
        [
            [DAY, client, 3, most + 1_000],
            [DAY, invoice, 4, 6],
            [DAY, 0, 5, 3]
        ]
    );
}

async fn an_issue_tells_how_often_where_and_when_it_was_seen(place: &Place) {
    let log = place.open().await;
    let second = 86_400 + 7;
    log.append_all(vec![
        refused(30),
        refused(20).connection("office"),
        refused(40),
    ])
    .await
    .unwrap();
    log.append(refused(second)).await.unwrap();
    let seen = |number| at(number).as_micros();
    assert_eq!(
        place
            .ints("SELECT n, first_ts, last_ts, state, last_event FROM audit_issue")
            .await,
        [[4, seen(20), seen(i64::from(second)), 1, 4]]
    );
    assert_eq!(
        place
            .ints("SELECT n, last_ts FROM audit_issue_connection ORDER BY n")
            .await,
        [[1, seen(20)], [3, seen(i64::from(second))]]
    );
    assert_eq!(
        place
            .ints("SELECT day, n FROM audit_issue_day ORDER BY day")
            .await,
        [[DAY, 3], [DAY + 1, 1]]
    );
    log.close().await.unwrap();
}

async fn an_issue_says_what_its_newest_entry_says(place: &Place) {
    let log = place.open().await;
    log.append(refused(30)).await.unwrap();
    // An older one that comes later counts, and says nothing.
    log.append(refused(10)).await.unwrap();
    assert_eq!(
        place
            .ints("SELECT n, first_ts, last_ts, last_event FROM audit_issue")
            .await,
        [[2, at(10).as_micros(), at(30).as_micros(), 1]]
    );
    log.append(refused(31)).await.unwrap();
    assert_eq!(place.int("SELECT last_event FROM audit_issue").await, 3);
    assert_eq!(
        place.texts("SELECT code FROM audit_issue").await,
        ["validation"]
    );
    log.close().await.unwrap();
}

async fn a_resolved_issue_that_turns_up_again_has_regressed(place: &Place) {
    let log = place.open().await;
    log.append(refused(1)).await.unwrap();
    place
        .run("UPDATE audit_issue SET state = 2, state_ts = 5, state_by = 'piet'")
        .await;
    log.append_all(vec![refused(3), refused(2)]).await.unwrap();
    let states = "SELECT state, state_ts, n FROM audit_issue";
    assert_eq!(place.ints(states).await, [[4, at(3).as_micros(), 3]]);
    log.append(refused(9)).await.unwrap();
    assert_eq!(place.ints(states).await, [[4, at(3).as_micros(), 4]]);
    log.close().await.unwrap();
}

async fn an_ignored_issue_stays_ignored(place: &Place) {
    let log = place.open().await;
    log.append(refused(1)).await.unwrap();
    place
        .run("UPDATE audit_issue SET state = 3, state_ts = 5")
        .await;
    log.append(refused(2)).await.unwrap();
    let states = "SELECT state, state_ts, n FROM audit_issue";
    assert_eq!(place.ints(states).await, [[3, 5, 2]]);
    log.close().await.unwrap();
}

async fn a_failed_batch_leaves_no_trace_in_the_roll_ups(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    // The last statement of a batch fails, after rows, names and sums are written.
    place.refuse_writes().await;
    let entry = refused(2).connection("new").entity("new-kind");
    let refused = log.append(entry.clone()).await;
    assert!(refused.is_err(), "{refused:?}");
    assert!(log.writer_health().is_some());
    let trace = "SELECT (SELECT COUNT(*) FROM audit_event), (SELECT COUNT(*) FROM audit_issue), \
                 (SELECT CAST(SUM(n) AS BIGINT) FROM audit_stat_system), \
                 (SELECT COUNT(*) FROM audit_name)";
    assert_eq!(place.ints(trace).await, [[1, 0, 1, 4]]);
    place.allow_writes().await;
    log.append(entry).await.unwrap();
    assert_eq!(place.ints(trace).await, [[2, 1, 2, 6]]);
    assert_eq!(log.writer_health(), None);
    log.close().await.unwrap();
}
