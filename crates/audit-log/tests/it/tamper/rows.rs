//! Entries that are removed.

use audit_log::ProblemKind::{BodyChanged, Changed, Gap, Missing, Writer};

use crate::history::{History, Told, after, save, some, told};
use crate::support::Place;

on_both!(
    a_removed_entry_is_named_wherever_it_stood,
    several_removed_entries_are_named,
    a_removed_writer_is_named,
    the_newest_pruning_cannot_be_removed_unseen,
    a_body_that_is_left_behind_is_named,
    removed_and_changed_entries_are_told_apart,
);

pub(super) async fn entries(place: &Place) -> Vec<(i64, i64, i64)> {
    place
        .ints(
            "SELECT id, seq, writer FROM audit_event \
             WHERE event NOT IN ('log.prune', 'log.erase') ORDER BY id",
        )
        .await
        .iter()
        .map(|row| (row[0], row[1], row[2]))
        .collect()
}

fn remove(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let ids = ids.join(", ");
    format!(
        "DELETE FROM audit_event WHERE id IN ({ids}); DELETE FROM audit_body WHERE event IN ({ids})"
    )
}

fn missing(first: i64, last: i64) -> Told {
    (Missing, None, Some(first), (last != first).then_some(last))
}

async fn a_removed_entry_is_named_wherever_it_stood(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for (id, seq, writer) in some(place, entries(place).await) {
        let problems = after(place, &history.main, &remove(&[id])).await;
        assert_eq!(told(&problems), [missing(seq, seq)], "{id}: {problems:?}");
        let name = ["main", "second"][usize::try_from(writer - 1).unwrap()];
        assert_eq!(problems[0].writer.as_deref(), Some(name));
    }
    history.close().await;
}

async fn several_removed_entries_are_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let all = entries(place).await;
    let main: Vec<_> = all.iter().filter(|one| one.2 == 1).collect();
    // Two runs of main, one of them its end.
    let end = &main[main.len() - 3..];
    let (a, b) = (main[1], main[0]);
    assert_eq!(end[0].1 + 2, end[2].1);
    let ids: Vec<i64> = [a, b]
        .into_iter()
        .chain(end.iter().copied())
        .map(|one| one.0)
        .collect();
    let problems = after(place, &history.main, &remove(&ids)).await;
    let told = told(&problems);
    assert_eq!(
        told.last(),
        Some(&missing(end[0].1, end[2].1)),
        "{problems:?}"
    );
    assert!(told.iter().all(|one| one.0 == Missing), "{problems:?}");
    let named: i64 = told
        .iter()
        .map(|one| one.3.or(one.2).unwrap() - one.2.unwrap() + 1)
        .sum();
    assert_eq!(named, 5, "{problems:?}");
    history.close().await;
}

async fn a_removed_writer_is_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let last = place
        .int("SELECT last_seq FROM audit_writer WHERE id = 2")
        .await;
    let rows = "DELETE FROM audit_body WHERE event IN \
                (SELECT id FROM audit_event WHERE writer = 2); \
                DELETE FROM audit_event WHERE writer = 2;";
    // With the gaps that it had, all that is missing is told.
    let problems = after(place, &history.main, rows).await;
    assert!(
        told(&problems).iter().all(|one| one.0 == Missing),
        "{problems:?}"
    );
    assert_eq!(
        told(&problems).last().unwrap().3,
        Some(last),
        "{problems:?}"
    );
    // With everything that told of it.
    let sql = format!(
        "{rows} DELETE FROM audit_gap WHERE writer = 2; DELETE FROM audit_head WHERE writer = 2; \
         DELETE FROM audit_writer WHERE id = 2"
    );
    let problems = after(place, &history.main, &sql).await;
    let kinds: Vec<_> = problems.iter().map(|one| one.kind).collect();
    assert!(kinds.contains(&Writer), "{problems:?}");
    let text = &problems.iter().find(|one| one.kind == Writer).unwrap().text;
    assert!(text.contains(&format!("{last} entries")), "{text}");
    // The writer alone: its entries are of nobody.
    let problems = after(
        place,
        &history.main,
        "DELETE FROM audit_writer WHERE id = 2",
    )
    .await;
    let writer: Vec<_> = problems.iter().filter(|one| one.kind == Writer).collect();
    assert_eq!(writer.len(), 1, "{problems:?}");
    let count = place
        .int("SELECT COUNT(*) FROM audit_event WHERE writer = 2")
        .await;
    assert!(writer[0].text.starts_with(&format!("{count} entries")));
    history.close().await;
}

async fn the_newest_pruning_cannot_be_removed_unseen(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for event in ["log.prune", "log.erase"] {
        let row = place
            .ints(&format!(
                "SELECT id, seq FROM audit_event WHERE event = '{event}'"
            ))
            .await;
        assert_eq!(row.len(), 1);
        let problems = after(place, &history.main, &remove(&[row[0][0]])).await;
        let told = told(&problems);
        assert!(
            told.contains(&missing(row[0][1], row[0][1])),
            "{problems:?}"
        );
        // What it explained is not explained any more.
        assert!(told.len() > 1, "{problems:?}");
        let gap = told.iter().any(|one| one.0 == Gap);
        assert_eq!(gap, event == "log.prune", "{problems:?}");
    }
    history.close().await;
}

async fn a_body_that_is_left_behind_is_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record = '27'")
        .await;
    let (id, seq) = (row[0][0], row[0][1]);
    let sql = format!("DELETE FROM audit_event WHERE id = {id}");
    let problems = after(place, &history.main, &sql).await;
    assert_eq!(
        told(&problems),
        [(BodyChanged, Some(id), None, None), missing(seq, seq)],
        "{problems:?}"
    );
    history.close().await;
}

async fn removed_and_changed_entries_are_told_apart(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record IN ('18', '26', '28') AND writer = 1 ORDER BY id")
        .await;
    let sql = format!(
        "{}; UPDATE audit_event SET message = 'x' WHERE id IN ({}, {})",
        remove(&[row[1][0]]),
        row[0][0],
        row[2][0]
    );
    let problems = after(place, &history.main, &sql).await;
    assert_eq!(
        told(&problems),
        [
            (Changed, Some(row[0][0]), Some(row[0][1]), None),
            missing(row[1][1], row[1][1]),
            (Changed, Some(row[2][0]), Some(row[2][1]), None),
        ],
        "{problems:?}"
    );
    history.close().await;
}
