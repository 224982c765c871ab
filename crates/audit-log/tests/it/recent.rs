//! Verifying the last time alone.

use std::time::Duration;

use api_core::Timestamp;
use audit_log::{AuditLog, Head, Level, ProblemKind, Retention, Verified, Verify};

use crate::history::{DAY, History, exchange, told};
use crate::support::{Place, at, created};

on_both!(
    an_event_that_came_late_hides_nothing_that_came_before_it,
    a_time_that_lies_ahead_does_not_begin_the_check_where_it_was_written,
    all_entries_of_the_last_day_that_are_gone_are_missed,
    the_first_entries_of_the_last_day_that_are_gone_are_missed,
    what_was_pruned_of_the_last_day_is_not_missed,
    a_sound_log_is_sound_from_any_time_on,
);

async fn since(log: &AuditLog, since: Timestamp) -> Verified {
    log.verify(&Verify::default().since(since)).await.unwrap()
}

/// Three entries of yesterday and three of today, of each of two writers.
async fn two_days(place: &Place) -> History {
    let history = History::begin(place).await;
    for day in [-DAY, 0] {
        history.until(day + 100);
        for (log, from) in [(&history.main, 0), (&history.second, 10)] {
            let entries = (from..from + 3).map(created).collect();
            history.append(log, entries).await;
        }
    }
    history
}

async fn an_event_that_came_late_hides_nothing_that_came_before_it(place: &Place) {
    let history = two_days(place).await;
    // It happened when the last day began, and arrived after everything else.
    history.until(200);
    history.main.append(created(50).at(at(1))).await.unwrap();
    let verified = since(&history.main, at(0)).await;
    assert_eq!((verified.entries, verified.problems.len()), (7, 0));
    place
        .run("UPDATE audit_event SET message = 'x' WHERE id = 9")
        .await;
    let verified = since(&history.main, at(0)).await;
    assert_eq!(
        told(&verified.problems),
        [(ProblemKind::Changed, Some(9), Some(6), None)]
    );
    history.close().await;
}

async fn a_time_that_lies_ahead_does_not_begin_the_check_where_it_was_written(place: &Place) {
    let history = History::begin(place).await;
    history.until(-DAY);
    let wrong = created(1).at(at(5000 * DAY));
    history.main.append(wrong).await.unwrap();
    history
        .append(&history.main, (2..6).map(created).collect())
        .await;
    history.until(100);
    history.append(&history.main, vec![created(7)]).await;
    let verified = since(&history.main, at(0)).await;
    assert_eq!((verified.entries, verified.problems.len()), (1, 0));
    history.close().await;
}

async fn all_entries_of_the_last_day_that_are_gone_are_missed(place: &Place) {
    for (condition, missing) in [
        ("ts >= 0", [("main", 4), ("second", 4)].as_slice()),
        ("writer = 2", [("second", 4)].as_slice()),
    ] {
        let history = two_days(place).await;
        let today = at(0).as_micros();
        place
            .run(&format!(
                "DELETE FROM audit_event WHERE observed_ts >= {today} AND {condition}"
            ))
            .await;
        let verified = since(&history.main, at(0)).await;
        let found: Vec<_> = (verified.problems.iter())
            .map(|one| (one.kind, one.writer.as_deref(), one.seq, one.last_seq))
            .collect();
        let expected: Vec<_> = (missing.iter())
            .map(|(writer, first)| (ProblemKind::Missing, Some(*writer), Some(*first), Some(6)))
            .collect();
        assert_eq!(found, expected, "{condition}");
        // With nothing of the log left, the end of each chain still says that there was something.
        place.run("DELETE FROM audit_event").await;
        let verified = since(&history.main, at(0)).await;
        let kinds: Vec<_> = verified.problems.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [ProblemKind::Missing; 2], "{verified:?}");
        history.close().await;
        empty(place).await;
    }
}

/// Begins anew.
async fn empty(place: &Place) {
    place
        .run("DELETE FROM audit_event; DELETE FROM audit_writer; DELETE FROM audit_head")
        .await;
}

async fn the_first_entries_of_the_last_day_that_are_gone_are_missed(place: &Place) {
    let history = two_days(place).await;
    place
        .run("DELETE FROM audit_event WHERE id IN (7, 8, 10)")
        .await;
    let verified = since(&history.main, at(0)).await;
    assert_eq!(
        told(&verified.problems),
        [
            (ProblemKind::Missing, None, Some(4), Some(5)),
            (ProblemKind::Missing, None, Some(4), None),
        ],
        "{:?}",
        verified.problems
    );
    history.close().await;
}

async fn what_was_pruned_of_the_last_day_is_not_missed(place: &Place) {
    let history = two_days(place).await;
    let entries = (0..4).map(|number| exchange(Level::Debug, number));
    history.append(&history.second, entries.collect()).await;
    let entries = (4..8).map(|number| exchange(Level::Debug, number));
    history.append(&history.main, entries.collect()).await;
    history.append(&history.main, vec![created(9)]).await;
    history.until(3_000);
    let keep = Retention {
        debug: Duration::ZERO,
        ..Retention::default()
    };
    history.main.prune(&keep, None).await.unwrap();
    for from in [at(-DAY), at(0), at(150), at(2_000), at(3_000), at(9_000)] {
        let verified = since(&history.main, from).await;
        assert_eq!(verified.problems, [], "{from}");
    }
    // Everything of the last day, and all of a writer.
    history.until(DAY + 3_000);
    let keep = Retention {
        info: Duration::from_secs(60),
        ..keep
    };
    history.main.prune(&keep, None).await.unwrap();
    for from in [at(0), at(100), at(DAY), at(DAY + 3_000), at(3 * DAY)] {
        let verified = since(&history.main, from).await;
        assert_eq!(verified.problems, [], "{from}");
    }
    // The end of the chain is known to a head that was kept elsewhere.
    let head: Head = history.second.head().await.unwrap().remove(1);
    let verify = Verify::default().since(at(DAY)).heads(vec![head]);
    let verified = history.main.verify(&verify).await.unwrap();
    assert_eq!(verified.problems, []);
    history.close().await;
}

async fn a_sound_log_is_sound_from_any_time_on(place: &Place) {
    let history = History::make(place).await;
    let mut times = place
        .ints("SELECT DISTINCT observed_ts FROM audit_event")
        .await;
    times.extend(place.ints("SELECT DISTINCT ts FROM audit_event").await);
    for at in times {
        for from in [at[0] - 1, at[0], at[0] + 1] {
            let from = Timestamp::from_micros(from);
            let verified = since(&history.main, from).await;
            assert_eq!(verified.problems, [], "{from}");
        }
    }
    history.close().await;
}
