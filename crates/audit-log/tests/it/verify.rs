//! Verification of logs that are sound, and what only heads can find.

use std::time::Duration;

use audit_log::{Head, Level, ProblemKind, Retention, Verify};

use crate::history::{DAY, History, exchange, sound, told};
use crate::rebuilt::{self, genesis, hex, link, rebuild};
use crate::support::{Place, created};

on_both!(
    a_new_log_is_sound,
    a_log_with_a_past_is_sound_and_says_what_was_looked_at,
    the_chain_is_what_the_documentation_says,
    a_chain_that_was_written_anew_is_found_with_the_exported_heads_alone,
    an_end_that_was_cut_off_is_found_with_a_head_from_elsewhere,
    a_writer_that_was_taken_out_without_a_trace_is_found_with_a_head_from_elsewhere,
    heads_of_what_was_pruned_still_match,
    the_last_day_alone_can_be_verified,
    many_problems_are_counted_and_the_first_are_told,
    verification_sees_one_moment_while_others_write_and_prune,
);

fn exported(place: &Place) -> Vec<Head> {
    std::fs::read_to_string(place.file("heads.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn a_new_log_is_sound(place: &Place) {
    let log = place.open().await;
    let verified = sound(&log).await;
    assert_eq!((verified.entries, verified.pruned), (0, 0));
    log.append(created(1)).await.unwrap();
    assert_eq!(sound(&log).await.entries, 1);
    log.close().await.unwrap();
}

async fn a_log_with_a_past_is_sound_and_says_what_was_looked_at(place: &Place) {
    let history = History::make(place).await;
    let verified = sound(&history.main).await;
    let count = async |sql: &str| u64::try_from(place.int(sql).await).unwrap();
    assert_eq!(
        verified.entries,
        count("SELECT COUNT(*) FROM audit_event").await
    );
    assert_eq!(
        verified.bodies,
        count("SELECT COUNT(*) FROM audit_body").await
    );
    assert_eq!(
        verified.heads,
        count("SELECT COUNT(*) FROM audit_head").await
    );
    assert!(verified.pruned > 5, "{verified:?}");
    assert_eq!(verified.heads_open, 0);
    // By age those of 3 and 10, by erasure that of 20.
    assert_eq!(verified.bodies_removed, 3);
    assert_eq!(verified.ends, history.main.head().await.unwrap());
    let text = serde_json::to_value(&verified).unwrap();
    assert_eq!(text["ends"][0]["writer"], "main");
    history.close().await;
}

async fn the_chain_is_what_the_documentation_says(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(
            &history.main,
            vec![
                created(1),
                exchange(Level::Debug, 2),
                crate::history::full(3),
            ],
        )
        .await;
    history.append(&history.second, vec![created(4)]).await;
    for (writer, entries) in [("main", 3), ("second", 1)] {
        let rows = rebuilt::rows(place, writer).await;
        assert_eq!(rows.len(), entries);
        let mut previous = genesis(writer);
        for row in &rows {
            previous = link(&previous, row);
            assert_eq!(hex(&previous), row.hash.to_lowercase(), "{}", row.id);
        }
    }
    history.close().await;
}

async fn a_chain_that_was_written_anew_is_found_with_the_exported_heads_alone(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(&history.main, vec![created(1), created(2), created(3)])
        .await;
    history.until(-39 * DAY);
    history.append(&history.main, vec![created(4)]).await;
    history.main.flush().await.unwrap();
    place
        .run("UPDATE audit_event SET message = 'Something else.' WHERE id = 2")
        .await;
    rebuild(place, "main", 2).await;
    let stored = history.main.verify(&Verify::default()).await.unwrap();
    assert_eq!(
        told(&stored.problems),
        [(ProblemKind::Head, None, Some(3), None)]
    );
    // Whoever can write hashes can write the stored heads as well.
    place
        .run("UPDATE audit_head SET hash = (SELECT hash FROM audit_event WHERE id = 3)")
        .await;
    sound(&history.main).await;
    let heads = exported(place);
    assert_eq!(heads.len(), 1);
    let verified = history
        .main
        .verify(&Verify::default().heads(heads))
        .await
        .unwrap();
    assert_eq!(
        told(&verified.problems),
        [(ProblemKind::Head, None, Some(3), None)]
    );
    assert_eq!(
        verified.problems[0].text,
        "the exported head of 2026-10-13 names another hash for entry 3 of `main` than the log \
         has: the log was rewritten, or the head was changed"
    );
    history.close().await;
}

async fn an_end_that_was_cut_off_is_found_with_a_head_from_elsewhere(place: &Place) {
    let history = History::begin(place).await;
    history
        .append(&history.main, vec![created(1), created(2), created(3)])
        .await;
    let heads = history.main.head().await.unwrap();
    place.run("DELETE FROM audit_event WHERE id = 3").await;
    rebuild(place, "main", 3).await;
    sound(&history.main).await;
    let verified = history
        .main
        .verify(&Verify::default().heads(heads))
        .await
        .unwrap();
    assert_eq!(
        told(&verified.problems),
        [(ProblemKind::Head, None, Some(3), None)]
    );
    assert!(verified.problems[0].text.contains("its end was cut off"));
    history.close().await;
}

async fn a_writer_that_was_taken_out_without_a_trace_is_found_with_a_head_from_elsewhere(
    place: &Place,
) {
    let history = History::begin(place).await;
    history.append(&history.main, vec![created(1)]).await;
    history.append(&history.second, vec![created(2)]).await;
    let heads = history.main.head().await.unwrap();
    place
        .run("DELETE FROM audit_event WHERE writer = 2; DELETE FROM audit_writer WHERE id = 2")
        .await;
    sound(&history.main).await;
    let verified = history
        .main
        .verify(&Verify::default().heads(heads))
        .await
        .unwrap();
    assert_eq!(
        told(&verified.problems),
        [(ProblemKind::Head, None, Some(1), None)]
    );
    assert_eq!(verified.problems[0].writer.as_deref(), Some("second"));
    history.close().await;
}

async fn heads_of_what_was_pruned_still_match(place: &Place) {
    let history = History::make(place).await;
    history.main.flush().await.unwrap();
    history.second.flush().await.unwrap();
    history.until(500 * DAY);
    history
        .main
        .prune(&Retention::default(), None)
        .await
        .unwrap();
    let heads = exported(place);
    assert!(heads.len() >= 4, "{heads:?}");
    let count = u64::try_from(heads.len()).unwrap();
    let verify = Verify::default().heads(heads.clone());
    let verified = history.main.verify(&verify).await.unwrap();
    assert_eq!(verified.problems, []);
    // Those of the file and those in the log.
    let stored = u64::try_from(place.int("SELECT COUNT(*) FROM audit_head").await).unwrap();
    assert_eq!((verified.heads, verified.heads_open), (count + stored, 0));
    // A head that is not right is found although its entry is gone.
    let mut text = serde_json::to_value(&heads[0]).unwrap();
    text["hash"] = "00".repeat(32).into();
    let wrong: Head = serde_json::from_value(text).unwrap();
    let verify = Verify::default().heads(vec![wrong]);
    let verified = history.main.verify(&verify).await.unwrap();
    assert_eq!(
        told(&verified.problems),
        [(ProblemKind::Head, None, Some(heads[0].seq), None)]
    );
    history.close().await;
}

async fn the_last_day_alone_can_be_verified(place: &Place) {
    let history = History::make(place).await;
    let since = crate::support::at(0);
    let count = place
        .int(&format!(
            "SELECT COUNT(*) FROM audit_event WHERE ts >= {}",
            since.as_micros()
        ))
        .await;
    let recent = Verify::default().since(since);
    let verified = history.main.verify(&recent).await.unwrap();
    assert_eq!(verified.problems, []);
    assert_eq!(verified.entries, u64::try_from(count).unwrap());
    // What lies before is not looked at, what lies behind is.
    let first = place.int("SELECT MIN(id) FROM audit_event").await;
    let last = place.int("SELECT MAX(id) FROM audit_event").await;
    for (number, found) in [(first, 0), (last, 1)] {
        place
            .run(&format!(
                "UPDATE audit_event SET message = 'x' WHERE id = {number}"
            ))
            .await;
        let verified = history.main.verify(&recent).await.unwrap();
        assert_eq!(verified.problems.len(), found, "{number}");
    }
    history.close().await;
}

async fn many_problems_are_counted_and_the_first_are_told(place: &Place) {
    let log = place.open().await;
    log.append_all((0..50).map(created).collect())
        .await
        .unwrap();
    place
        .run("UPDATE audit_event SET message = 'x' WHERE id > 10")
        .await;
    let verified = log.verify(&Verify::default().problems(3)).await.unwrap();
    assert_eq!((verified.problems.len(), verified.more), (3, 37));
    let numbers: Vec<_> = verified.problems.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [Some(11), Some(12), Some(13)]);
    assert!(!verified.is_sound());
    log.close().await.unwrap();
}

async fn verification_sees_one_moment_while_others_write_and_prune(place: &Place) {
    let history = History::begin(place).await;
    let entries = (0..1500)
        .map(|number| {
            let at = history.now();
            match number % 2 {
                0 => created(number).at(at),
                _ => exchange(Level::Debug, number).at(at),
            }
        })
        .collect();
    history.main.append_all(entries).await.unwrap();
    history.until(-30 * DAY);
    let writes = async {
        for number in 0..20 {
            history.append(&history.second, vec![created(number)]).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let prunes = async {
        for _ in 0..8 {
            history
                .main
                .prune(&Retention::default(), Some(100))
                .await
                .unwrap();
        }
    };
    let verifies = async {
        for _ in 0..5 {
            sound(&history.main).await;
        }
    };
    tokio::join!(writes, prunes, verifies);
    assert_eq!(sound(&history.main).await.pruned, 750);
    history.close().await;
}
