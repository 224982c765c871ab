//! Every column of an entry.

use audit_log::ProblemKind::{BodyChanged, BodyMissing, Changed, Order, Unproven};

use super::{COLUMNS, Kind};
use crate::history::{History, after, blob, restore, save, some, sound, told};
use crate::support::Place;

on_both!(
    the_columns_are_those_of_the_table,
    a_change_in_any_column_of_any_entry_is_found_and_named,
    an_entry_that_gets_another_number_is_found_and_named,
    a_column_that_is_emptied_is_found_and_named,
    several_changed_entries_are_all_named,
    a_name_that_is_changed_is_found_in_every_entry_that_has_it,
    a_text_that_is_none_is_found_and_named,
);

/// Ordinary entries: about a gap, first and last of a writer, with and without a body.
async fn ordinary(place: &Place) -> Vec<Vec<i64>> {
    place
        .ints(
            "SELECT e.id, e.seq, e.writer FROM audit_event e \
             WHERE event NOT IN ('log.prune', 'log.erase') ORDER BY id",
        )
        .await
}

async fn the_columns_are_those_of_the_table(place: &Place) {
    let log = place.open().await;
    let sql = if place.is_file() {
        "SELECT name FROM pragma_table_info('audit_event') ORDER BY cid"
    } else {
        "SELECT column_name::text FROM information_schema.columns \
         WHERE table_name = 'audit_event' AND table_schema = current_schema() \
         ORDER BY ordinal_position"
    };
    let columns = place.texts(sql).await;
    assert_eq!(columns, COLUMNS.map(|(name, _)| name));
    log.close().await.unwrap();
}

async fn a_change_in_any_column_of_any_entry_is_found_and_named(place: &Place) {
    let history = History::make(place).await;
    sound(&history.main).await;
    save(place).await;
    let rows = ordinary(place).await;
    assert!(rows.len() > 12, "{rows:?}");
    for row in some(place, rows) {
        let (id, seq, writer) = (row[0], row[1], row[2]);
        for (column, kind) in COLUMNS {
            let value = match (column, kind) {
                ("id", _) => continue,
                ("writer", _) => format!("{}", 3 - writer),
                (_, Kind::Int) => format!("COALESCE({column}, 0) + 1000"),
                (_, Kind::Text) => format!("COALESCE({column}, '') || 'x'"),
                ("uid" | "run", _) => blob(place, &"07".repeat(16)),
                (_, Kind::Blob) => blob(place, &"07".repeat(32)),
            };
            let sql = format!("UPDATE audit_event SET {column} = {value} WHERE id = {id}");
            let problems = after(place, &history.main, &sql).await;
            assert_eq!(
                told(&problems),
                [(Changed, Some(id), Some(seq), None)],
                "{column} of {id}: {problems:?}"
            );
        }
    }
    sound(&history.main).await;
    history.close().await;
}

async fn an_entry_that_gets_another_number_is_found_and_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let rows = ordinary(place).await;
    for row in some(place, rows.clone()) {
        let (id, seq, writer) = (row[0], row[1], row[2]);
        let number = id + 100_000;
        let sql = format!(
            "UPDATE audit_event SET id = {number} WHERE id = {id}; \
             UPDATE audit_body SET event = {number} WHERE event = {id}"
        );
        let problems = after(place, &history.main, &sql).await;
        let is_last = !rows.iter().any(|other| other[2] == writer && other[0] > id);
        // The last one of a writer is still where it was, as far as the others are concerned.
        let kind = if is_last { Changed } else { Order };
        let about_bodies = [BodyMissing, BodyChanged];
        let about_entries: Vec<_> = told(&problems)
            .into_iter()
            .filter(|one| !about_bodies.contains(&one.0))
            .collect();
        assert_eq!(
            about_entries,
            [(kind, Some(number), Some(seq), None)],
            "{id}: {problems:?}"
        );
    }
    history.close().await;
}

async fn a_column_that_is_emptied_is_found_and_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    // An entry that has something everywhere.
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record = '27'")
        .await;
    for (column, kind) in COLUMNS {
        let required = [
            "id",
            "uid",
            "writer",
            "seq",
            "ts",
            "observed_ts",
            "level",
            "event",
            "message",
            "hash",
        ];
        let value = match kind {
            _ if !required.contains(&column) => "NULL".to_owned(),
            Kind::Text => "''".to_owned(),
            Kind::Blob => blob(place, ""),
            Kind::Int => continue,
        };
        let sql = format!(
            "UPDATE audit_event SET {column} = {value} WHERE id = {}",
            row[0][0]
        );
        let problems = after(place, &history.main, &sql).await;
        assert_eq!(
            told(&problems),
            [(Changed, Some(row[0][0]), Some(row[0][1]), None)],
            "{column}: {problems:?}"
        );
    }
    history.close().await;
}

async fn several_changed_entries_are_all_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let rows = place
        .ints("SELECT id, seq FROM audit_event WHERE record IN ('18', '22', '26', '27') ORDER BY writer, seq")
        .await;
    assert_eq!(rows.len(), 4);
    let sql = "UPDATE audit_event SET message = 'x' WHERE record IN ('18', '22', '26', '27')";
    let problems = after(place, &history.main, sql).await;
    let expected: Vec<_> = rows
        .iter()
        .map(|row| (Some(row[0]), Some(row[1])))
        .collect();
    let found: Vec<_> = problems.iter().map(|one| (one.number, one.seq)).collect();
    assert_eq!(found, expected, "{problems:?}");
    // The one behind another that does not fit has nothing to be compared with.
    let unproven: Vec<_> = problems
        .iter()
        .filter(|one| one.kind == Unproven)
        .map(|one| one.number)
        .collect();
    assert_eq!(unproven, [Some(rows[2][0])], "{problems:?}");
    assert!(
        problems
            .iter()
            .all(|one| one.id.is_some() && one.writer.is_some())
    );
    history.close().await;
}

async fn a_name_that_is_changed_is_found_in_every_entry_that_has_it(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let number = place
        .int("SELECT id FROM audit_name WHERE name = 'to-shop'")
        .await;
    let rows = place
        .ints(&format!(
            "SELECT id, seq FROM audit_event WHERE flow = {number} ORDER BY writer, seq"
        ))
        .await;
    assert!(rows.len() > 5);
    for sql in [
        format!("UPDATE audit_name SET name = 'other' WHERE id = {number}"),
        format!("DELETE FROM audit_name WHERE id = {number}"),
    ] {
        let problems = after(place, &history.main, &sql).await;
        let numbers: Vec<_> = problems.iter().map(|one| one.number.unwrap()).collect();
        let expected: Vec<_> = rows.iter().map(|row| row[0]).collect();
        assert_eq!(numbers, expected, "{problems:?}");
    }
    history.close().await;
}

async fn a_text_that_is_none_is_found_and_named(place: &Place) {
    // PostgreSQL refuses such texts.
    if !place.is_file() {
        return;
    }
    let history = History::make(place).await;
    save(place).await;
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record = '27'")
        .await;
    for column in ["message", "details", "actor"] {
        let sql = format!(
            "UPDATE audit_event SET {column} = CAST(X'ff41' AS TEXT) WHERE id = {}",
            row[0][0]
        );
        let problems = after(place, &history.main, &sql).await;
        assert_eq!(
            told(&problems),
            [(Changed, Some(row[0][0]), Some(row[0][1]), None)],
            "{column}: {problems:?}"
        );
    }
    restore(place).await;
    history.close().await;
}
