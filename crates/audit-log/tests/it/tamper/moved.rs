//! Entries that are swapped, renumbered or inserted.

use audit_log::ProblemKind::{BodyChanged, Changed, Inserted, Order, Unproven, Writer};

use super::COLUMNS;
use super::rows::entries;
use crate::history::{History, after, blob, save, some, told};
use crate::support::Place;

on_both!(
    swapped_entries_are_named,
    swapped_contents_are_named,
    an_inserted_entry_is_named,
    an_entry_that_goes_on_with_the_chain_is_named_where_the_writer_does_not_know_it,
    an_entry_that_is_moved_to_another_place_in_the_chain_is_named,
);

/// Swaps these columns of two rows; what is unique goes by way of a value that nobody has.
fn swap(columns: &[&str], a: i64, b: i64) -> String {
    let set = |from: i64| {
        columns
            .iter()
            .map(|column| format!("{column} = (SELECT {column} FROM kept WHERE id = {from})"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let free = if columns.contains(&"uid") {
        format!("UPDATE audit_event SET uid = hash WHERE id = {a};")
    } else {
        String::new()
    };
    format!(
        "CREATE TABLE kept AS SELECT * FROM audit_event WHERE id IN ({a}, {b}); {free} \
         UPDATE audit_event SET {} WHERE id = {b}; UPDATE audit_event SET {} WHERE id = {a}; \
         DROP TABLE kept",
        set(a),
        set(b)
    )
}

/// Swaps the numbers of two entries, and of their bodies.
fn swap_numbers(a: i64, b: i64) -> String {
    [("audit_event", "id"), ("audit_body", "event")]
        .map(|(table, column)| {
            format!(
                "UPDATE {table} SET {column} = -1 WHERE {column} = {a}; \
                 UPDATE {table} SET {column} = {a} WHERE {column} = {b}; \
                 UPDATE {table} SET {column} = {b} WHERE {column} = -1;"
            )
        })
        .concat()
}

async fn pairs(place: &Place) -> Vec<((i64, i64), (i64, i64))> {
    let recent: Vec<(i64, i64)> = place
        .ints(
            "SELECT id, seq FROM audit_event WHERE writer = 1 AND record IN ('18', '21', '26', \
             '27', '28') ORDER BY id",
        )
        .await
        .iter()
        .map(|row| (row[0], row[1]))
        .collect();
    assert_eq!(recent.len(), 5);
    // Far apart, beside each other in the middle, and at the end of the log.
    vec![
        (recent[0], recent[3]),
        (recent[2], recent[3]),
        (recent[3], recent[4]),
        (recent[0], recent[4]),
    ]
}

async fn swapped_entries_are_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for (a, b) in pairs(place).await {
        let problems = after(place, &history.main, &swap_numbers(a.0, b.0)).await;
        let mut found: Vec<_> = problems
            .iter()
            .map(|one| (one.number.unwrap(), one.seq.unwrap()))
            .collect();
        found.sort_unstable();
        // Each is named by the number that it has now and the place that it had.
        assert_eq!(found, [(a.0, b.1), (b.0, a.1)], "{problems:?}");
        for one in &problems {
            assert!([Order, Changed].contains(&one.kind), "{problems:?}");
        }
    }
    history.close().await;
}

async fn swapped_contents_are_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let all: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    for (a, b) in pairs(place).await {
        // The places in the chain alone.
        let problems = after(place, &history.main, &swap(&["seq"], a.0, b.0)).await;
        assert_eq!(
            told(&problems),
            [
                (Changed, Some(a.0), Some(a.1), None),
                (Changed, Some(b.0), Some(b.1), None)
            ],
            "{problems:?}"
        );
        // Everything but the numbers and places, without and with the hashes.
        for columns in [&all[4..29], &all[4..30], &["uid", "message"]] {
            let problems = after(place, &history.main, &swap(columns, a.0, b.0)).await;
            let numbers: Vec<i64> = problems.iter().filter_map(|one| one.number).collect();
            assert!(
                numbers.contains(&a.0) && numbers.contains(&b.0),
                "{problems:?}"
            );
            for one in &problems {
                let touched = one
                    .number
                    .is_some_and(|number| [a.0, b.0].contains(&number));
                let fits = match one.kind {
                    // Beside a swapped hash nobody can tell about the next one.
                    Unproven => true,
                    Changed | BodyChanged => touched,
                    _ => false,
                };
                assert!(fits, "{columns:?}: {problems:?}");
            }
        }
    }
    history.close().await;
}

/// Puts a copy of an entry somewhere else.
fn insert(place: &Place, of: i64, id: i64, writer: i64, seq: i64) -> String {
    let columns: Vec<String> = COLUMNS
        .iter()
        .map(|(name, _)| match *name {
            "id" => id.to_string(),
            "writer" => writer.to_string(),
            "seq" => seq.to_string(),
            "uid" => blob(place, &"0b".repeat(16)),
            "body_hash" => "NULL".to_owned(),
            other => other.to_owned(),
        })
        .collect();
    format!(
        "INSERT INTO audit_event SELECT {} FROM audit_event WHERE id = {of}",
        columns.join(", ")
    )
}

async fn an_inserted_entry_is_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record = '26'")
        .await;
    let (of, seq) = (row[0][0], row[0][1]);
    let top = place.int("SELECT MAX(id) FROM audit_event").await;
    let last = place
        .int("SELECT last_seq FROM audit_writer WHERE id = 1")
        .await;
    // Numbers that pruning left free, in front of the log, and behind it.
    let free = place
        .int(
            "SELECT MIN(id) + 1 FROM audit_event e WHERE NOT EXISTS \
             (SELECT 1 FROM audit_event o WHERE o.id = e.id + 1)",
        )
        .await;
    let pruned = place
        .int("SELECT MIN(first_seq) FROM audit_gap WHERE writer = 1")
        .await;
    for id in some(place, vec![free, 0, -5, top + 1, top + 500]) {
        for place_in_chain in [pruned, seq, 1, last + 1, last + 50, 0, -3] {
            let sql = insert(place, of, id, 1, place_in_chain);
            let problems = after(place, &history.main, &sql).await;
            assert_eq!(
                told(&problems)
                    .iter()
                    .map(|one| (one.0, one.1))
                    .collect::<Vec<_>>(),
                [(Inserted, Some(id))],
                "{id} {place_in_chain}: {problems:?}"
            );
        }
    }
    // Of a writer that nobody knows.
    let problems = after(place, &history.main, &insert(place, of, top + 1, 9, 1)).await;
    assert_eq!(
        told(&problems),
        [(Writer, Some(top + 1), None, None)],
        "{problems:?}"
    );
    history.close().await;
}

async fn an_entry_that_goes_on_with_the_chain_is_named_where_the_writer_does_not_know_it(
    place: &Place,
) {
    let history = History::make(place).await;
    save(place).await;
    let top = place.int("SELECT MAX(id) FROM audit_event").await;
    let end = place
        .ints("SELECT id, last_seq, last_ts FROM audit_writer WHERE name = 'main'")
        .await;
    let (last, of) = (end[0][1], top);
    place.run(&insert(place, of, top + 1, 1, last + 1)).await;
    let kept = if place.is_file() {
        place
            .texts("SELECT hex(last_hash) FROM audit_writer WHERE name = 'main'")
            .await
    } else {
        place
            .texts("SELECT encode(last_hash, 'hex') FROM audit_writer WHERE name = 'main'")
            .await
    };
    crate::rebuilt::rebuild(place, "main", last + 1).await;
    // The end as the writer left it.
    let sql = format!(
        "UPDATE audit_writer SET last_seq = {last}, last_hash = {}, last_ts = {} WHERE id = 1",
        blob(place, &kept[0]),
        end[0][2]
    );
    let problems = after(place, &history.main, &sql).await;
    assert_eq!(
        told(&problems),
        [(Inserted, Some(top + 1), Some(last + 1), None)],
        "{problems:?}"
    );
    history.close().await;
}

async fn an_entry_that_is_moved_to_another_place_in_the_chain_is_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for (id, seq, _) in some(place, entries(place).await) {
        for to in [seq + 1, seq - 1, seq + 2, 0, -1, 1_000_000] {
            let sql = format!("UPDATE audit_event SET seq = {to} WHERE id = {id}");
            let problems = after(place, &history.main, &sql).await;
            assert_eq!(
                told(&problems),
                [(Changed, Some(id), Some(seq), None)],
                "{id} to {to}: {problems:?}"
            );
        }
    }
    history.close().await;
}
