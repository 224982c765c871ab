//! Pruning: what goes, what stays, and that the rest still verifies.

use std::time::Duration;

use audit_log::{Entry, Error, Level, Retention, Verify};

use crate::history::{DAY, ERASED_RUN, History, bodies, exchange, full, sound};
use crate::support::{Place, at, created, refused};

on_both!(
    each_level_is_kept_for_its_time,
    what_would_be_removed_is_what_is_removed,
    pruning_says_what_it_did_and_a_second_one_does_nothing,
    the_counts_and_the_issues_stay,
    neighbouring_gaps_become_one_unless_a_head_ends_the_first,
    pruning_in_small_steps_ends_where_one_large_one_does,
    entries_that_came_late_with_old_times_are_pruned_too,
    a_longer_retention_takes_nothing_and_a_shorter_one_later_does,
    two_that_prune_at_once_remove_everything_once,
    a_retention_of_nothing_leaves_a_log_that_verifies,
    the_newest_pruning_stays_however_old_it_is,
    what_explains_missing_bodies_stays_as_long_as_it_is_needed,
);

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

async fn count(place: &Place, condition: &str) -> i64 {
    place
        .int(&format!(
            "SELECT COUNT(*) FROM audit_event WHERE {condition}"
        ))
        .await
}

/// One entry of each level with a body, for each of these days before today.
async fn of_days(history: &History, before: &[i64]) {
    let mut number = 0;
    for day in before {
        for level in Level::ALL {
            number += 1;
            let entry = exchange(level, number).at(at(-day * DAY));
            history.main.append(entry).await.unwrap();
        }
    }
    history.until(0);
}

async fn each_level_is_kept_for_its_time(place: &Place) {
    let history = History::begin(place).await;
    of_days(&history, &[400, 100, 40, 10, 1]).await;
    let pruned = history
        .main
        .prune(&Retention::default(), None)
        .await
        .unwrap();
    let counts = (pruned.debug, pruned.info, pruned.warning, pruned.error);
    assert_eq!(counts, (4, 3, 2, 1));
    assert_eq!(pruned.entries(), 10);
    assert!(pruned.complete);
    // Of what stays: WARNING of 40 days, ERROR of 100 and 40.
    assert_eq!(pruned.bodies, 3);
    for (level, kept) in [(5, 1), (9, 2), (13, 3), (17, 4)] {
        let sql = format!("level = {level} AND event = 'http.exchange'");
        assert_eq!(count(place, &sql).await, kept, "{level}");
    }
    let verified = sound(&history.main).await;
    assert_eq!((verified.pruned, verified.bodies_removed), (10, 3));
    history.close().await;
}

async fn what_would_be_removed_is_what_is_removed(place: &Place) {
    let history = History::begin(place).await;
    of_days(&history, &[400, 100, 40, 10, 1]).await;
    for (debug, error, kept) in [(365, 365, 500), (1, 2, 20), (0, 0, 0)] {
        let keep = Retention {
            debug: days(debug),
            error: days(error),
            bodies: days(kept),
            ..Retention::default()
        };
        let before = count(place, "1 = 1").await;
        let plan = history.main.prune_plan(&keep).await.unwrap();
        assert_eq!(count(place, "1 = 1").await, before);
        let pruned = history.main.prune(&keep, None).await.unwrap();
        assert_eq!(plan, pruned);
        sound(&history.main).await;
    }
    history.close().await;
}

async fn pruning_says_what_it_did_and_a_second_one_does_nothing(place: &Place) {
    let history = History::begin(place).await;
    of_days(&history, &[400, 10]).await;
    let keep = Retention::default();
    history.main.prune(&keep, None).await.unwrap();
    let said = place
        .texts("SELECT message FROM audit_event WHERE event = 'log.prune'")
        .await;
    assert_eq!(
        said,
        ["Removed 5 entries and 0 requests and responses that were kept for long enough."]
    );
    let details = place
        .texts("SELECT details FROM audit_event WHERE event = 'log.prune'")
        .await;
    let details: serde_json::Value = serde_json::from_str(&details[0]).unwrap();
    assert_eq!(details["removed"]["DEBUG"], 2);
    assert_eq!(details["before"]["ERROR"], "2025-11-22T00:00:00Z");
    assert_eq!(details["gaps"].as_str().unwrap().len(), 64);
    let again = history.main.prune(&keep, None).await.unwrap();
    assert_eq!(
        (again.entries(), again.bodies, again.complete),
        (0, 0, true)
    );
    assert_eq!(count(place, "event = 'log.prune'").await, 1);
    history.close().await;
}

async fn the_counts_and_the_issues_stay(place: &Place) {
    let history = History::make(place).await;
    let counts = async || {
        let mut all = Vec::new();
        for table in ["audit_stat_system", "audit_stat_day", "audit_issue"] {
            let sql = format!("SELECT CAST(SUM(n) AS BIGINT) FROM {table}");
            all.push(place.int(&sql).await);
        }
        all
    };
    let before = counts().await;
    history.until(1000 * DAY);
    let pruned = history
        .main
        .prune(&Retention::default(), None)
        .await
        .unwrap();
    assert!(pruned.entries() > 10);
    let after = counts().await;
    // The entry about the pruning counts in the days.
    assert_eq!(after, [before[0] + 1, before[1], before[2]]);
    history.close().await;
}

async fn neighbouring_gaps_become_one_unless_a_head_ends_the_first(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(&history.main, (1..=4).map(created).collect())
        .await;
    history.until(-39 * DAY);
    history
        .append(&history.main, (5..=8).map(created).collect())
        .await;
    history.until(0);
    history.append(&history.main, vec![created(9)]).await;
    let keep = Retention {
        info: Duration::from_secs(39 * 86_400),
        ..Retention::default()
    };
    history.main.prune(&keep, Some(2)).await.unwrap();
    let gaps = "SELECT first_seq, last_seq FROM audit_gap ORDER BY first_seq";
    assert_eq!(place.ints(gaps).await, [[1, 2]]);
    history.main.prune(&keep, None).await.unwrap();
    assert_eq!(place.ints(gaps).await, [[1, 4]]);
    history
        .main
        .prune(&Retention::default(), None)
        .await
        .unwrap();
    // The day of -40 ended with 4.
    assert_eq!(place.ints(gaps).await, [[1, 4], [5, 8]]);
    let verified = sound(&history.main).await;
    assert_eq!((verified.heads_open, verified.pruned), (0, 8));
    assert!(verified.heads >= 2);
    history.close().await;
}

async fn pruning_in_small_steps_ends_where_one_large_one_does(place: &Place) {
    let history = History::begin(place).await;
    of_days(&history, &[400, 100, 40, 10, 1]).await;
    let keep = Retention::default();
    let mut steps = Vec::new();
    loop {
        let pruned = history.main.prune(&keep, Some(3)).await.unwrap();
        sound(&history.main).await;
        steps.push(pruned.entries());
        if pruned.complete {
            break;
        }
    }
    assert_eq!(steps.iter().sum::<u64>(), 10, "{steps:?}");
    assert!(steps.iter().all(|step| *step <= 3), "{steps:?}");
    assert_eq!(count(place, "event = 'http.exchange'").await, 10);
    history.close().await;
}

async fn entries_that_came_late_with_old_times_are_pruned_too(place: &Place) {
    let history = History::begin(place).await;
    of_days(&history, &[10, 1]).await;
    let keep = Retention::default();
    history.main.prune(&keep, None).await.unwrap();
    for (number, day) in [(100, 9), (101, 2), (102, 300)] {
        let entry = exchange(Level::Debug, number).at(at(-day * DAY));
        history.main.append(entry).await.unwrap();
    }
    let late = history.main.prune(&keep, None).await.unwrap();
    assert_eq!((late.debug, late.entries()), (2, 2));
    sound(&history.main).await;
    history.close().await;
}

async fn a_longer_retention_takes_nothing_and_a_shorter_one_later_does(place: &Place) {
    let history = History::begin(place).await;
    of_days(&history, &[400, 100, 40, 10, 1]).await;
    let keep = |debug| Retention {
        debug: days(debug),
        info: Duration::MAX,
        warning: Duration::MAX,
        error: Duration::MAX,
        bodies: Duration::MAX,
    };
    for (debug, removed) in [(50, 2), (200, 0), (30, 1), (1_000, 0), (0, 2)] {
        let pruned = history.main.prune(&keep(debug), None).await.unwrap();
        assert_eq!(pruned.debug, removed, "{debug}");
        assert_eq!((pruned.entries(), pruned.bodies), (removed, 0));
        sound(&history.main).await;
    }
    history.close().await;
}

async fn two_that_prune_at_once_remove_everything_once(place: &Place) {
    let history = History::begin(place).await;
    let old: Vec<Entry> = (0..300)
        .map(|number| match number % 3 {
            0 => exchange(Level::Debug, number),
            1 => created(number),
            _ => refused(number).bodies(bodies(number)),
        })
        .map(|entry| entry.at(history.now()))
        .collect();
    history.main.append_all(old).await.unwrap();
    history.until(0);
    let keep = Retention::default();
    let prune = async |log: &audit_log::AuditLog| {
        let mut entries = 0;
        loop {
            let pruned = log.prune(&keep, Some(20)).await.unwrap();
            entries += pruned.entries();
            if pruned.complete {
                return entries;
            }
        }
    };
    let (one, other) = tokio::join!(prune(&history.main), prune(&history.second));
    assert_eq!(one + other, 200);
    let verified = sound(&history.main).await;
    assert_eq!((verified.pruned, verified.bodies_removed), (200, 100));
    history.close().await;
}

async fn a_retention_of_nothing_leaves_a_log_that_verifies(place: &Place) {
    let history = History::make(place).await;
    let nothing = Retention {
        debug: Duration::ZERO,
        info: Duration::ZERO,
        warning: Duration::ZERO,
        error: Duration::ZERO,
        bodies: Duration::ZERO,
    };
    for seconds in [200, 300, 400] {
        history.until(seconds);
        history.main.prune(&nothing, None).await.unwrap();
        let verified = sound(&history.main).await;
        // What says that everything is gone.
        assert_eq!(verified.entries, 1);
    }
    history.append(&history.second, vec![created(1)]).await;
    sound(&history.main).await;
    history.close().await;
}

async fn the_newest_pruning_stays_however_old_it_is(place: &Place) {
    let history = History::make(place).await;
    let keep = Retention::default();
    history.until(1000 * DAY);
    history.main.prune(&keep, None).await.unwrap();
    let number = place
        .int("SELECT id FROM audit_event WHERE event = 'log.prune'")
        .await;
    history.until(2000 * DAY);
    let pruned = history.main.prune(&keep, None).await.unwrap();
    assert_eq!(pruned.entries(), 0);
    assert_eq!(count(place, &format!("id = {number}")).await, 1);
    sound(&history.main).await;
    // It goes once another one says the same.
    history.append(&history.main, vec![created(1)]).await;
    history.until(3000 * DAY);
    let pruned = history.main.prune(&keep, None).await.unwrap();
    assert_eq!(pruned.entries(), 2);
    assert_eq!(count(place, &format!("id = {number}")).await, 0);
    sound(&history.main).await;
    history.close().await;
}

async fn what_explains_missing_bodies_stays_as_long_as_it_is_needed(place: &Place) {
    let history = History::begin(place).await;
    history.until(0);
    history
        .append(&history.main, vec![full(1).run(ERASED_RUN), created(2)])
        .await;
    history
        .main
        .erase(&audit_log::Erase::Run(ERASED_RUN), "piet")
        .await
        .unwrap();
    let keep = Retention {
        info: days(1),
        bodies: days(100),
        ..Retention::default()
    };
    history.until(10 * DAY);
    let pruned = history.main.prune(&keep, None).await.unwrap();
    assert_eq!(pruned.info, 1);
    assert_eq!(count(place, "event = 'log.erase'").await, 1);
    sound(&history.main).await;
    history.until(101 * DAY);
    history.append(&history.main, vec![full(3)]).await;
    history.main.prune(&keep, None).await.unwrap();
    assert_eq!(count(place, "event = 'log.erase'").await, 0);
    sound(&history.main).await;
    history.close().await;
}

#[tokio::test]
async fn a_log_that_is_only_read_is_neither_pruned_nor_erased() {
    let place = Place::sqlite();
    let history = History::make(&place).await;
    history.close().await;
    let log = place.builder().read_only(true).open().await.unwrap();
    let nothing = Retention {
        error: Duration::ZERO,
        ..Retention::default()
    };
    let pruned = log.prune(&nothing, None).await;
    assert!(matches!(pruned, Err(Error::ReadOnly { .. })), "{pruned:?}");
    let run = place
        .texts("SELECT lower(hex(uid)) FROM audit_event WHERE record = '27'")
        .await;
    let what = audit_log::Erase::Entry(run[0].parse().unwrap());
    let erased = log.erase(&what, "piet").await;
    assert!(matches!(erased, Err(Error::ReadOnly { .. })), "{erased:?}");
    assert!(log.verify(&Verify::default()).await.unwrap().is_sound());
    log.close().await.unwrap();
}
