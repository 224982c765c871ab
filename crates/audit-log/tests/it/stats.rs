//! Statistics: from the roll-ups alone, and the same as counting would give.

use std::collections::BTreeMap;

use api_core::Timestamp;
use audit_log::{Entry, Error, EventName, Level, Outcome, RunTallies, StatsQuery, Tallies};

use crate::support::{Place, at, created, refused};

on_both!(
    the_last_days_are_counted_by_system_connection_flow_and_kind,
    a_day_without_anything_is_there_with_nothing,
    what_lies_before_the_window_or_in_the_future_is_not_counted,
    one_connection_is_counted_alone,
    statistics_stay_when_the_entries_go,
    a_number_of_days_that_makes_no_sense_is_refused,
    however_many_names_there_are_their_sums_are_those_of_their_days,
    statistics_that_somebody_damaged_say_so_and_stop_no_entry,
);

const DAY: i64 = 86_400;

/// The end of 22 November 2026.
fn today() -> Timestamp {
    at(DAY - 1)
}

fn week() -> StatsQuery {
    StatsQuery::last(7).now(today())
}

fn tallies(of: &Tallies) -> [u64; 4] {
    [of.succeeded, of.failed, of.unchanged, of.skipped]
}

fn runs(of: &RunTallies) -> [u64; 3] {
    [of.succeeded, of.partial, of.failed]
}

fn ended(second: i64, outcome: Outcome) -> Entry {
    Entry::new(Level::Info, EventName::RunEnd, "The run ended.")
        .at(at(second))
        .system("smartcrm")
        .connection("shop")
        .flow("to-shop")
        .outcome(outcome)
}

async fn the_last_days_are_counted_by_system_connection_flow_and_kind(place: &Place) {
    let log = place.open().await;
    let mut entries: Vec<Entry> = (0..30).map(created).collect();
    entries.extend((0..4).map(refused));
    entries.push(
        created(50)
            .system("snelstart")
            .connection("books")
            .flow("to-books")
            .entity("invoice"),
    );
    entries.push(
        ended(100, Outcome::RunPartial)
            .duration(std::time::Duration::from_millis(1_500))
            .tally(Some("client"), Outcome::Unchanged, 1_000)
            .tally(Some("invoice"), Outcome::Skipped, 20),
    );
    entries.push(ended(-DAY, Outcome::RunFailed));
    entries.push(Entry::new(Level::Warning, EventName::LogMessage, "Slow.").at(at(7)));
    log.append_all(entries).await.unwrap();
    let stats = log.stats(&week()).await.unwrap();
    assert_eq!(
        (stats.from.to_string(), stats.to.to_string()),
        ("2026-11-16".into(), "2026-11-22".into())
    );
    assert_eq!(tallies(&stats.total), [31, 4, 1_000, 20]);
    assert_eq!(stats.total.sum(), 1_055);
    assert_eq!(runs(&stats.runs), [0, 1, 1]);
    let by = |parts: &[audit_log::Part]| -> BTreeMap<String, [u64; 4]> {
        let name = |part: &audit_log::Part| part.name.clone().unwrap_or_else(|| "-".into());
        parts
            .iter()
            .map(|part| (name(part), tallies(&part.tallies)))
            .collect()
    };
    let expected = |parts: &[(&str, [u64; 4])]| -> BTreeMap<String, [u64; 4]> {
        parts
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    };
    assert_eq!(
        by(&stats.by_connection),
        expected(&[("shop", [30, 4, 1_000, 20]), ("books", [1, 0, 0, 0])])
    );
    assert_eq!(
        stats.by_connection[0].name.as_deref(),
        Some("shop"),
        "the most failures first"
    );
    assert_eq!(
        by(&stats.by_flow),
        expected(&[("to-shop", [30, 4, 1_000, 20]), ("to-books", [1, 0, 0, 0])])
    );
    assert_eq!(
        by(&stats.by_entity),
        expected(&[
            ("client", [30, 4, 1_000, 0]),
            ("invoice", [1, 0, 0, 20]),
            ("-", [0; 4])
        ])
    );
    let crm = stats
        .by_system
        .iter()
        .find(|s| s.system.as_deref() == Some("smartcrm"))
        .unwrap();
    assert_eq!(tallies(&crm.tallies), [30, 4, 1_000, 20]);
    assert_eq!((crm.entries, crm.warnings, crm.errors), (36, 0, 4));
    assert_eq!(crm.busy.as_millis(), 1_500);
    let none = stats.by_system.iter().find(|s| s.system.is_none()).unwrap();
    assert_eq!((none.entries, none.warnings), (1, 1));
    assert_eq!(stats.days.len(), 7);
    assert_eq!(tallies(&stats.days[6].tallies), [31, 4, 1_000, 20]);
    assert_eq!(runs(&stats.days[6].runs), [0, 1, 0]);
    assert_eq!(runs(&stats.days[5].runs), [0, 0, 1]);
    log.close().await.unwrap();
}

async fn a_day_without_anything_is_there_with_nothing(place: &Place) {
    let log = place.open().await;
    let stats = log.stats(&week()).await.unwrap();
    assert_eq!(stats.days.len(), 7);
    assert_eq!(stats.total, Tallies::default());
    assert!(stats.by_system.is_empty() && stats.by_connection.is_empty());
    log.close().await.unwrap();
}

async fn what_lies_before_the_window_or_in_the_future_is_not_counted(place: &Place) {
    let log = place.open().await;
    let first = -6 * DAY;
    log.append_all(vec![
        created(1).at(at(first - 1)),
        created(2).at(at(first)),
        created(3).at(at(DAY - 1)),
        created(4).at(at(DAY)),
    ])
    .await
    .unwrap();
    let stats = log.stats(&week()).await.unwrap();
    assert_eq!(stats.total.succeeded, 2);
    assert_eq!(stats.by_system[0].entries, 2);
    assert_eq!(stats.by_connection[0].tallies.succeeded, 2);
    let day = log.stats(&StatsQuery::last(1).now(today())).await.unwrap();
    assert_eq!((day.days.len(), day.total.succeeded), (1, 1));
    log.close().await.unwrap();
}

async fn one_connection_is_counted_alone(place: &Place) {
    let log = place.open().await;
    let mut entries: Vec<Entry> = (0..5).map(created).collect();
    entries.extend((0..3).map(|n| created(n).connection("books").flow("to-books")));
    entries.push(refused(9).at(at(-2 * DAY)).flow("other"));
    entries.push(ended(10, Outcome::RunSucceeded).tally(Some("client"), Outcome::Unchanged, 7));
    log.append_all(entries).await.unwrap();
    let shop = log
        .connection_stats("shop", &week())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(tallies(&shop.total), [5, 1, 7, 0]);
    assert_eq!(runs(&shop.runs), [1, 0, 0]);
    let flows: Vec<_> = shop
        .by_flow
        .iter()
        .map(|part| part.name.as_deref().unwrap())
        .collect();
    assert_eq!(flows, ["other", "to-shop"], "the most failures first");
    assert_eq!(tallies(&shop.days[4].tallies), [0, 1, 0, 0]);
    assert_eq!(tallies(&shop.days[6].tallies), [5, 0, 7, 0]);
    let whole = log.stats(&week()).await.unwrap();
    let part = whole
        .by_connection
        .iter()
        .find(|p| p.name.as_deref() == Some("shop"))
        .unwrap();
    assert_eq!(part.tallies, shop.total);
    assert_eq!(
        log.connection_stats("nowhere", &week()).await.unwrap(),
        None
    );
    log.close().await.unwrap();
}

async fn statistics_stay_when_the_entries_go(place: &Place) {
    let log = place.open().await;
    log.append_all((0..5).map(created).collect()).await.unwrap();
    let before = log.stats(&week()).await.unwrap();
    place.run("DELETE FROM audit_event").await;
    assert_eq!(log.stats(&week()).await.unwrap(), before);
    assert_eq!(before.total.succeeded, 5);
    log.close().await.unwrap();
}

async fn a_number_of_days_that_makes_no_sense_is_refused(place: &Place) {
    let log = place.open().await;
    for days in [0, 367] {
        let error = log.stats(&StatsQuery::last(days)).await.unwrap_err();
        assert!(
            matches!(&error, Error::Invalid(why) if why.contains("1 to 366")),
            "{error}"
        );
    }
    log.close().await.unwrap();
}

async fn however_many_names_there_are_their_sums_are_those_of_their_days(place: &Place) {
    let log = place.open().await;
    // In turn and in several batches, so that the same rows are written again and again.
    for batch in 0..4_u32 {
        let entries = (0..700_u32).map(|number| {
            let (number, day) = (number * 4 + batch, i64::from(number % 9) - 8);
            let entry = match number % 5 {
                0 => refused(number),
                _ => created(number),
            };
            let entry = entry
                .at(at(day * DAY))
                .connection(format!("shop-{}", number % 211))
                .flow(format!("to-shop-{}", number % 307))
                .entity(["client", "invoice", "lead"][number as usize % 3]);
            match number % 13 {
                0 => entry.tally(Some("client"), Outcome::Unchanged, number.into()),
                _ => entry,
            }
        });
        log.append_all(entries.collect()).await.unwrap();
    }
    let first = at(-6 * DAY).as_micros() / 1_000_000 / DAY;
    let stats = log.stats(&week()).await.unwrap();
    for (parts, column, most) in [
        (&stats.by_connection, "connection", 211),
        (&stats.by_flow, "flow", 307),
        (&stats.by_entity, "entity", 3),
    ] {
        assert_eq!(parts.len(), most, "{column}");
        let names = format!(
            "SELECT n.name FROM audit_stat_day AS s JOIN audit_name AS n ON n.id = s.{column} \
             WHERE s.day >= {first} GROUP BY n.name ORDER BY n.name"
        );
        let sum = |outcome| {
            format!("CAST(SUM(CASE WHEN outcome = {outcome} THEN n ELSE 0 END) AS BIGINT)")
        };
        let sums = format!(
            "SELECT {}, {}, {} FROM audit_stat_day AS s JOIN audit_name AS n ON n.id = s.{column} \
             WHERE s.day >= {first} GROUP BY n.name ORDER BY n.name",
            sum(1),
            sum(2),
            sum(3)
        );
        let names = place.texts(&names).await.into_iter();
        let counted: BTreeMap<_, _> = names.zip(place.ints(&sums).await).collect();
        let own: BTreeMap<_, _> = (parts.iter())
            .map(|part| {
                let [succeeded, failed, unchanged, _] = tallies(&part.tallies);
                let sums = [succeeded, failed, unchanged].map(|n| i64::try_from(n).unwrap());
                (part.name.clone().unwrap(), sums.to_vec())
            })
            .collect();
        assert_eq!(own, counted, "{column}");
    }
    assert!(stats.total.failed > 300 && stats.total.unchanged > 100_000);
    log.close().await.unwrap();
}

async fn statistics_that_somebody_damaged_say_so_and_stop_no_entry(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    let cut = if place.is_file() {
        "x'030180'"
    } else {
        "'\\x030180'::bytea"
    };
    place
        .run(&format!("UPDATE audit_stat_total SET counts = {cut}"))
        .await;
    let error = log.stats(&week()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Corrupt(why) if why.contains("2026-11-22")),
        "{error}"
    );
    log.append(created(2)).await.unwrap();
    // What could be read of the damaged rows is nothing; it is counted on from there.
    assert_eq!(log.stats(&week()).await.unwrap().total.succeeded, 1);
    log.close().await.unwrap();
}
