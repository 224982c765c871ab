//! What is under the minimum level is not kept, and counted all the same, once.

use std::time::Duration;

use api_core::{Clock as _, ManualClock};
use audit_log::{
    Appended, AuditLog, ConnectionStats, Entry, EventName, Level, Outcome, Retention, StatsQuery,
};
use uuid::Uuid;

use crate::support::{Place, at, created, is_whole, refused};

on_both!(
    statistics_are_the_same_at_every_level,
    what_is_only_counted_is_counted_once_however_often_it_comes,
    what_was_counted_under_a_high_level_is_not_counted_again_under_a_low_one,
    the_beginning_and_the_end_of_a_run_are_kept_at_every_level,
    ids_of_what_was_only_counted_go_after_a_month,
);

const DAY: i64 = 86_400;

/// What a run may tell of: entries of all levels that count, and some that do not.
fn told(connection: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = (0..40).map(created).collect();
    entries.extend((40..47).map(|number| created(number).at(at(-DAY)).entity("invoice")));
    entries.extend((0..5).map(refused));
    let waits = |number| {
        let mut entry = refused(number).entity("contact");
        entry.level = Level::Warning;
        entry
    };
    entries.extend((5..8).map(waits));
    let mut conflict = created(50).flow("other");
    (conflict.level, conflict.event) = (Level::Debug, EventName::RecordConflict);
    entries.push(conflict.outcome(Outcome::Failed));
    let message = Entry::new(Level::Info, EventName::LogMessage, "Nothing that counts.");
    entries.push(message.at(at(51)));
    entries.push(ended(52));
    for entry in &mut entries {
        entry.connection = Some(connection.to_owned());
    }
    entries
}

fn ended(second: i64) -> Entry {
    Entry::new(Level::Info, EventName::RunEnd, "The run ended.")
        .at(at(second))
        .system("smartcrm")
        .connection("shop")
        .flow("to-shop")
        .outcome(Outcome::RunPartial)
        .tally(Some("client"), Outcome::Unchanged, 70)
        .tally(Some("ticket"), Outcome::Skipped, 3)
}

fn week() -> StatsQuery {
    StatsQuery::last(7).now(at(DAY - 1))
}

async fn stats(log: &AuditLog, connection: &str) -> ConnectionStats {
    let found = log.connection_stats(connection, &week()).await.unwrap();
    let mut stats = found.unwrap();
    stats.connection.clear();
    stats
}

async fn statistics_are_the_same_at_every_level(place: &Place) {
    let log = place
        .builder()
        .connection_level("info", Level::Info)
        .connection_level("warning", Level::Warning)
        .connection_level("error", Level::Error)
        .open()
        .await
        .unwrap();
    let mut kept = Vec::new();
    for connection in ["debug", "info", "warning", "error"] {
        let done = log.append_all(told(connection)).await.unwrap();
        let is_kept = |done: &&Appended| matches!(done, Appended::Written { .. });
        kept.push(done.iter().filter(is_kept).count());
        assert!(!done.contains(&Appended::Known));
    }
    assert_eq!(kept, [58, 57, 9, 6], "and the end of the run in each");
    let debug = stats(&log, "debug").await;
    let total = &debug.total;
    assert_eq!(
        [
            total.succeeded,
            total.failed,
            total.unchanged,
            total.skipped
        ],
        [47, 9, 70, 3]
    );
    assert_eq!(debug.runs.partial, 1);
    assert_eq!((debug.by_flow.len(), debug.by_entity.len()), (2, 5));
    for connection in ["info", "warning", "error"] {
        assert_eq!(stats(&log, connection).await, debug, "{connection}");
    }
    // The other sums say the same.
    let all = log.stats(&week()).await.unwrap();
    assert_eq!(all.by_connection.len(), 4);
    for part in &all.by_connection {
        assert_eq!((part.tallies, part.runs), (debug.total, debug.runs));
    }
    let system = &all.by_system[0];
    assert_eq!(system.system.as_deref(), Some("smartcrm"));
    assert_eq!(system.tallies, all.total);
    let entries: u64 = all.by_system.iter().map(|system| system.entries).sum();
    assert_eq!(entries, 58 + 57 + 9 + 6, "those that are kept");
    is_whole(place, &log).await;
    log.close().await.unwrap();
}

async fn what_is_only_counted_is_counted_once_however_often_it_comes(place: &Place) {
    let builder = place.builder().level(Level::Error);
    let log = builder.clone().open().await.unwrap();
    let entries: Vec<Entry> = (0..5).map(created).collect();
    let twice = [entries.clone(), entries.clone()].concat();
    let below = vec![Appended::Below; 10];
    assert_eq!(log.append_all(twice.clone()).await.unwrap(), below);
    assert_eq!(log.append_all(twice).await.unwrap(), below);
    // One with an id before all that are there.
    let early = created(9).id(Uuid::from_u128(7));
    log.append(early.clone()).await.unwrap();
    log.close().await.unwrap();

    let log = builder.open().await.unwrap();
    log.append_all(entries).await.unwrap();
    log.enqueue(early.clone()).await.unwrap();
    assert!(log.offer(early));
    log.flush().await.unwrap();
    assert_eq!(stats(&log, "shop").await.total.succeeded, 6);
    let rows = "SELECT (SELECT COUNT(*) FROM audit_event), (SELECT COUNT(*) FROM audit_counted)";
    assert_eq!(place.ints(rows).await, [[0, 6]]);
    log.close().await.unwrap();
}

async fn what_was_counted_under_a_high_level_is_not_counted_again_under_a_low_one(place: &Place) {
    let builder = place.builder().level(Level::Warning);
    let log = builder.clone().open().await.unwrap();
    log.append_all((0..5).map(created).map(numbered).collect())
        .await
        .unwrap();
    log.close().await.unwrap();
    // They come once more, as events do whose sender died before it knew that they are here.
    let log = builder.clone().level(Level::Info).open().await.unwrap();
    let done = log.append_all((3..8).map(created).map(numbered).collect());
    let new = |number| Appended::Written { number };
    let known = Appended::Known;
    assert_eq!(done.await.unwrap(), [known, known, new(1), new(2), new(3)]);
    log.close().await.unwrap();
    let log = builder.open().await.unwrap();
    log.append_all((6..10).map(created).map(numbered).collect())
        .await
        .unwrap();
    assert_eq!(stats(&log, "shop").await.total.succeeded, 10);
    is_whole(place, &log).await;
    log.close().await.unwrap();
}

/// The same entry with the same id each time.
fn numbered(entry: Entry) -> Entry {
    let number = entry.record.as_deref().unwrap().parse::<u128>().unwrap();
    entry.id(Uuid::from_u128(
        0x019a_0000_0000_7000_8000_0000_0000_0000 | number,
    ))
}

async fn the_beginning_and_the_end_of_a_run_are_kept_at_every_level(place: &Place) {
    let log = place.builder().level(Level::Error).open().await.unwrap();
    let run = Uuid::now_v7();
    let begun = Entry::new(Level::Info, EventName::RunStart, "A run began.");
    let entries = vec![
        begun.at(at(1)).connection("shop").run(run),
        created(2).run(run),
        ended(3).run(run),
    ];
    log.append_all(entries).await.unwrap();
    let events = "SELECT event FROM audit_event ORDER BY id";
    assert_eq!(place.texts(events).await, ["run.start", "run.end"]);
    let stats = stats(&log, "shop").await;
    assert_eq!((stats.total.succeeded, stats.total.unchanged), (1, 70));
    assert_eq!(stats.runs.partial, 1);
    log.close().await.unwrap();
}

async fn ids_of_what_was_only_counted_go_after_a_month(place: &Place) {
    let clock = ManualClock::new(at(0));
    let builder = place.builder().level(Level::Error).clock(clock.clone());
    let log = builder.open().await.unwrap();
    let of_day = |day: i64, number: u32| {
        let at = at(day * DAY + i64::from(number));
        let millis = u64::try_from(at.as_micros() / 1000).unwrap();
        let random = u128::from(number).to_be_bytes();
        let [_, _, _, _, _, _, random @ ..] = random;
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        created(number).at(at).id(id)
    };
    let old = (0..12_000).map(|number| of_day(-31, number)).collect();
    log.append_all(old).await.unwrap();
    let young = (0..7).map(|number| of_day(-29, number)).collect();
    log.append_all(young).await.unwrap();
    let ids = "SELECT COUNT(*) FROM audit_counted";
    assert_eq!(place.int(ids).await, 12_007);
    // Whatever is kept of the entries themselves.
    let keep = Retention {
        info: Duration::from_secs(3_600),
        ..Retention::default()
    };
    log.prune(&keep, None).await.unwrap();
    assert_eq!(place.int(ids).await, 7);
    let counted = log.stats(&StatsQuery::last(60).now(clock.now())).await;
    assert_eq!(counted.unwrap().total.succeeded, 12_007);
    log.close().await.unwrap();
}
