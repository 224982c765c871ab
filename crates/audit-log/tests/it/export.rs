//! Exports: complete, readable, and no formula for a spreadsheet.

use std::io::Write;

use audit_log::{Bodies, Entry, Error, ExportOptions, Filter, Format, Level, Page, PersonalData};
use serde_json::Value as Json;

use crate::support::{Place, at, created, refused};

on_both!(
    every_entry_is_a_line_of_json_as_it_is_shown,
    bodies_are_exported_when_they_are_asked_for,
    an_entry_that_is_damaged_hides_no_other,
    cells_that_hold_what_none_can_hide_no_entry,
    times_that_no_calendar_has_are_passed_like_any_other,
    a_table_has_a_line_for_each_entry_and_no_formula,
    a_filter_narrows_an_export,
    a_disk_that_is_full_is_told,
    what_makes_no_sense_is_refused_before_a_byte_is_written,
);

async fn exported(
    log: &audit_log::AuditLog,
    filter: &Filter,
    options: ExportOptions,
) -> (u64, String) {
    let mut to = Vec::new();
    let count = log.export(filter, &options, &mut to).await.unwrap();
    (count, String::from_utf8(to).unwrap())
}

async fn every_entry_is_a_line_of_json_as_it_is_shown(place: &Place) {
    let log = place.open().await;
    log.append_all((0..2_345).map(created).collect())
        .await
        .unwrap();
    log.append(refused(5_000).detail("text", "two\nlines"))
        .await
        .unwrap();
    let (count, text) = exported(&log, &Filter::new(), ExportOptions::new(Format::Ndjson)).await;
    assert_eq!(count, 2_346);
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2_346);
    let newest = log.search(&Filter::new(), &Page::first(50)).await.unwrap();
    for (line, entry) in lines.iter().zip(&newest.entries) {
        assert_eq!(*line, serde_json::to_value(entry).unwrap());
    }
    let numbers: Vec<i64> = lines
        .iter()
        .map(|line| line["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=2_346).rev().collect::<Vec<_>>());
    log.close().await.unwrap();
}

async fn an_entry_that_is_damaged_hides_no_other(place: &Place) {
    let log = place.open().await;
    let with = |n: u32| refused(n).bodies(Bodies::default());
    log.append_all((0..4).map(with).collect()).await.unwrap();
    let bytes = if place.is_file() {
        "x'0102'"
    } else {
        "'\\x0102'"
    };
    place
        .run(&format!(
            "UPDATE audit_body SET codec = 1, content = {bytes} WHERE event = 2; \
             UPDATE audit_event SET run = {bytes} WHERE id = 3"
        ))
        .await;
    let options = ExportOptions::new(Format::Ndjson).bodies(true);
    let (count, text) = exported(&log, &Filter::new(), options).await;
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((count, lines.len()), (4, 4));
    let bodies: Vec<bool> = lines.iter().map(|l| l.get("bodies").is_some()).collect();
    assert_eq!(bodies, [true, true, false, true]);
    assert!(lines[2]["details"]["unreadable_bodies"].is_string());
    assert_eq!(lines[1]["details"]["unreadable_run"], true);
    let shown = log.entry(&"2".parse().unwrap()).await.unwrap();
    assert!(shown.is_some_and(|(entry, bodies)| entry.number == 2 && bodies.is_none()));
    let problems = log.verify(&audit_log::Verify::default()).await.unwrap();
    assert_eq!(problems.problems.len(), 2, "{problems:?}");
    log.close().await.unwrap();
}

async fn cells_that_hold_what_none_can_hide_no_entry(place: &Place) {
    let log = place.open().await;
    log.append_all((0..4).map(refused).collect()).await.unwrap();
    if place.is_file() {
        let none = "CAST(X'ff41' AS TEXT)";
        place
            .run(&format!(
                "UPDATE audit_event SET uid = X'0102' WHERE id = 2; \
                 UPDATE audit_event SET message = {none}, actor = {none}, event = {none}, \
                 details = {none}, hash = X'01' WHERE id = 3; \
                 UPDATE audit_name SET name = {none} WHERE name = 'shop'"
            ))
            .await;
    } else {
        place
            .run("UPDATE audit_event SET uid = '\\x0102', hash = '\\x01' WHERE id = 2")
            .await;
    }
    for format in Format::ALL {
        let (count, _) = exported(&log, &Filter::new(), ExportOptions::new(format)).await;
        assert_eq!(count, 4, "{format}");
    }
    let (_, text) = exported(&log, &Filter::new(), ExportOptions::new(Format::Ndjson)).await;
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[2]["details"]["unreadable_id"], "0102");
    if place.is_file() {
        assert_eq!(lines[1]["message"], "\u{fffd}A");
        assert_eq!(lines[1]["details"]["unreadable"], "\u{fffd}A");
        assert_eq!(lines[1]["connection"], "\u{fffd}A");
    }
    assert_eq!(log.recent_errors(10).await.unwrap().len(), 4);
    assert_eq!(
        log.tail(0, &Filter::new(), 10).await.unwrap().entries.len(),
        4
    );
    assert!(log.entry(&"2".parse().unwrap()).await.unwrap().is_some());
    log.close().await.unwrap();
}

async fn times_that_no_calendar_has_are_passed_like_any_other(place: &Place) {
    let log = place.open().await;
    log.append_all((0..6).map(created).collect()).await.unwrap();
    place
        .run(&format!(
            "UPDATE audit_event SET ts = {} WHERE id IN (1, 2); \
             UPDATE audit_event SET ts = {} WHERE id IN (5, 6)",
            i64::MIN,
            i64::MAX - 1
        ))
        .await;
    let mut numbers = Vec::new();
    let mut page = Page::first(1);
    loop {
        let found = log.search(&Filter::new(), &page).await.unwrap();
        numbers.extend(found.entries.iter().map(|entry| entry.number));
        assert!(numbers.len() <= 6, "the same page again: {numbers:?}");
        match found.next {
            Some(next) => page = Page::after(next, 1),
            None => break,
        }
    }
    assert_eq!(numbers, [6, 5, 4, 3, 2, 1]);
    log.close().await.unwrap();
}

async fn bodies_are_exported_when_they_are_asked_for(place: &Place) {
    let log = place
        .builder()
        .personal_data(PersonalData::Keep)
        .open()
        .await
        .unwrap();
    let with = |n: u32| {
        refused(n).bodies(Bodies {
            url: format!("https://crm.test/clients/{n}"),
            request: "{\"id\":1}".to_owned(),
            ..Bodies::default()
        })
    };
    log.append_all((0..250).map(with).collect()).await.unwrap();
    log.append(created(999)).await.unwrap();
    let plain = ExportOptions::new(Format::Ndjson);
    let (_, text) = exported(&log, &Filter::new(), plain).await;
    assert!(!text.contains("bodies"));
    let (count, text) = exported(&log, &Filter::new(), plain.bodies(true)).await;
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((count, lines.len()), (251, 251));
    assert!(lines[0].get("bodies").is_none());
    for (line, number) in lines[1..].iter().zip((0..250).rev()) {
        assert_eq!(
            line["bodies"]["url"],
            format!("https://crm.test/clients/{number}")
        );
        assert_eq!(line["bodies"]["request"], "{\"id\":1}");
    }
    log.close().await.unwrap();
}

async fn a_table_has_a_line_for_each_entry_and_no_formula(place: &Place) {
    let log = place
        .builder()
        .personal_data(PersonalData::Keep)
        .open()
        .await
        .unwrap();
    let evil = created(2)
        .record("=cmd|' /C calc'!A0")
        .target("+31")
        .actor("@SUM(A1)")
        .code("-1");
    log.append_all(vec![created(1), evil, refused(3)])
        .await
        .unwrap();
    let (count, text) = exported(&log, &Filter::new(), ExportOptions::new(Format::Csv)).await;
    assert_eq!(count, 3);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines.len(),
        5,
        "a head, three lines, and the end of the last"
    );
    assert!(lines[0].starts_with("id,at,level,event,outcome,system,"));
    assert!(lines[1].contains(",ERROR,record.park,failed,smartcrm,shop,to-shop,"));
    assert!(
        lines[2].contains("\"'=cmd|' /C calc'!A0\",\"'+31\","),
        "{}",
        lines[2]
    );
    assert!(lines[2].contains("\"'@SUM(A1)\"") && lines[2].contains("\"'-1\""));
    for start in [",=", ",+", ",-", ",@", "\"=", "\"+", "\"@"] {
        assert!(!text.contains(start), "{start} begins a cell");
    }
    log.close().await.unwrap();
}

async fn a_filter_narrows_an_export(place: &Place) {
    let log = place.open().await;
    let entries: Vec<Entry> = (0..100)
        .map(|n| if n % 4 == 0 { refused(n) } else { created(n) })
        .collect();
    log.append_all(entries).await.unwrap();
    let filter = Filter::new()
        .level(Level::Error)
        .since(at(40))
        .until(at(80));
    for format in Format::ALL {
        let (count, text) = exported(&log, &filter, ExportOptions::new(format)).await;
        assert_eq!(count, 10);
        assert_eq!(text.matches("record.park").count(), 10);
    }
    let (none, text) = exported(
        &log,
        &Filter::new().connection("nowhere"),
        ExportOptions::new(Format::Ndjson),
    )
    .await;
    assert_eq!((none, text.as_str()), (0, ""));
    log.close().await.unwrap();
}

/// A disk with room for a few bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn a_disk_that_is_full_is_told(place: &Place) {
    let log = place.open().await;
    log.append_all((0..100).map(created).collect())
        .await
        .unwrap();
    for format in Format::ALL {
        let error = log
            .export(
                &Filter::new(),
                &ExportOptions::new(format),
                &mut Full(3_000),
            )
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::DiskFull(why) if why.contains("export")),
            "{error}"
        );
    }
    log.close().await.unwrap();
}

async fn what_makes_no_sense_is_refused_before_a_byte_is_written(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    let mut to = Vec::new();
    let table = ExportOptions::new(Format::Csv).bodies(true);
    let error = log
        .export(&Filter::new(), &table, &mut to)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    let text = Filter::new().text("client");
    let csv = ExportOptions::new(Format::Csv);
    let error = log.export(&text, &csv, &mut to).await.unwrap_err();
    assert_eq!(error, Error::TextNeedsWindow);
    assert!(to.is_empty());
    assert!("xlsx".parse::<Format>().is_err());
    log.close().await.unwrap();
}
