//! Pages of any filter: each entry once, in order, none left out.

use api_core::Timestamp;
use audit_log::{
    AuditLog, Cursor, Entry, EventName, Filter, Level, Outcome, Page, PersonalData, Stored,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::support::{Place, at};

on_both!(pages_give_each_entry_that_fits_once_and_in_order);

const CONNECTIONS: [&str; 3] = ["shop", "books", "desk"];
const WORDS: [&str; 6] = [
    "Invoice",
    "ÉTÉ",
    "été",
    "100%_done!",
    "invoice",
    "Kelvin \u{212a}",
];
const ENTITIES: [&str; 3] = ["client", "invoice", "ticket"];

fn run_of(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

prop_compose! {
    fn some_entry()(
        second in 0_i64..60,
        level in select(&Level::ALL[..]),
        event in select(&EventName::ALL[..7]),
        outcome in proptest::option::of(select(&Outcome::ALL[..])),
        connection in proptest::option::of(select(&CONNECTIONS[..])),
        system in proptest::option::of(select(&["smartcrm", "snelstart"][..])),
        flow in proptest::option::of(select(&["in", "out"][..])),
        run in proptest::option::of(0_u8..3),
        entity in proptest::option::of(select(&ENTITIES[..])),
        record in proptest::option::of(0_u8..6),
        target in proptest::option::of(0_u8..6),
        (status, code) in (
            proptest::option::of(select(&[200_u16, 404, 422, 503][..])),
            proptest::option::of(select(&["validation", "Conflict"][..])),
        ),
        word in select(&WORDS[..]),
    ) -> Entry {
        let mut entry = Entry::new(level, event, format!("The {word} went by.")).at(at(second));
        entry.outcome = outcome;
        entry.connection = connection.map(str::to_owned);
        entry.system = system.map(str::to_owned);
        entry.flow = flow.map(str::to_owned);
        entry.run = run.map(run_of);
        entry.entity = entity.map(str::to_owned);
        entry.record = record.map(|id| format!("r{id}"));
        entry.target = target.map(|id| format!("r{id}"));
        entry.status = status;
        entry.code = code.map(str::to_owned);
        entry
    }
}

prop_compose! {
    fn some_filter()(
        level in proptest::option::weighted(0.4, select(&Level::ALL[..])),
        events in proptest::collection::vec(select(&EventName::ALL[..7]), 0..3),
        outcome in proptest::option::weighted(0.1, select(&Outcome::ALL[..])),
        connection in proptest::option::weighted(0.4, select(&CONNECTIONS[..])),
        system in proptest::option::weighted(0.2, select(&["smartcrm", "snelstart"][..])),
        flow in proptest::option::weighted(0.2, select(&["in", "out"][..])),
        run in proptest::option::weighted(0.2, 0_u8..3),
        entity in proptest::option::weighted(0.2, select(&ENTITIES[..])),
        record in proptest::option::weighted(0.2, 0_u8..6),
        (status, code) in (
            proptest::option::weighted(0.2, select(&["4xx", "404", "400-503"][..])),
            proptest::option::weighted(0.1, select(&["validation", "Conflict"][..])),
        ),
        text in proptest::option::weighted(
            0.3,
            select(&["invoice", "Été", "%_DONE!", "r3", "conflict", "\u{212a}", "k"][..]),
        ),
        (since, until) in (
            proptest::option::weighted(0.3, 0_i64..30),
            proptest::option::weighted(0.3, 31_i64..70),
        ),
    ) -> Filter {
        let mut filter = Filter::new();
        filter.level = level;
        // Most filters name no event: with one, next to nothing is left.
        filter.events = if events.len() < 2 { Vec::new() } else { events };
        filter.outcome = outcome;
        filter.connection = connection.map(str::to_owned);
        filter.system = system.map(str::to_owned);
        filter.flow = flow.map(str::to_owned);
        filter.run = run.map(run_of);
        filter.entity = entity.map(str::to_owned);
        filter.record = record.map(|id| format!("r{id}"));
        filter.status = status.map(|range| range.parse().unwrap());
        filter.code = code.map(str::to_owned);
        filter.text = text.map(str::to_owned);
        filter.since = since.map(at);
        filter.until = until.map(at);
        let bound = filter.since.is_some()
            || filter.run.is_some()
            || filter.record.is_some()
            || filter.connection.is_some();
        if filter.text.is_some() && !bound {
            filter.since = Some(at(0));
        }
        filter
    }
}

/// The filter again, the plain way.
fn fits(filter: &Filter, entry: &Entry) -> bool {
    fn same<T: PartialEq>(wanted: &Option<T>, found: &Option<T>) -> bool {
        wanted.is_none() || wanted == found
    }
    // A letter outside of ASCII never stands for one inside.
    let lower = |text: &str| {
        text.chars()
            .map(|c| {
                if c == '\u{212a}' {
                    c.to_string()
                } else {
                    c.to_lowercase().to_string()
                }
            })
            .collect::<String>()
    };
    let texts = [
        Some(&entry.message),
        entry.code.as_ref(),
        entry.path.as_ref(),
        entry.record.as_ref(),
        entry.target.as_ref(),
    ];
    filter.level.is_none_or(|level| entry.level >= level)
        && (filter.events.is_empty() || filter.events.contains(&entry.event))
        && same(&filter.outcome, &entry.outcome)
        && same(&filter.connection, &entry.connection)
        && same(&filter.system, &entry.system)
        && same(&filter.flow, &entry.flow)
        && same(&filter.run, &entry.run)
        && same(&filter.entity, &entry.entity)
        && (same(&filter.record, &entry.record) || same(&filter.record, &entry.target))
        && filter
            .status
            .is_none_or(|range| entry.status.is_some_and(|status| range.contains(status)))
        && same(&filter.code, &entry.code)
        && filter.text.as_ref().is_none_or(|text| {
            let text = lower(text);
            texts
                .into_iter()
                .flatten()
                .any(|place| lower(place).contains(&text))
        })
        && filter.since.is_none_or(|since| entry.at >= since)
        && filter.until.is_none_or(|until| entry.at < until)
}

/// All entries that a filter finds, page by page.
async fn walk(log: &AuditLog, filter: &Filter, limit: usize, work: u64) -> Vec<Stored> {
    let mut found = Vec::new();
    let mut page = Page::first(limit).work(work);
    loop {
        let entries = log.search(filter, &page).await.unwrap();
        assert!(entries.entries.len() <= limit);
        found.extend(entries.entries);
        let Some(next) = entries.next else {
            return found;
        };
        assert_ne!(page.after, Some(next), "the search stands still");
        // As a person hands it on: as text.
        let next: Cursor = next.to_string().parse().unwrap();
        page = Page::after(next, limit).work(work);
    }
}

async fn pages_give_each_entry_that_fits_once_and_in_order(place: &Place) {
    let mut runner = TestRunner::deterministic();
    let entries: Vec<Entry> = (0..300)
        .map(|_| some_entry().new_tree(&mut runner).unwrap().current())
        .collect();
    let log = place
        .builder()
        .personal_data(PersonalData::Keep)
        .open()
        .await
        .unwrap();
    log.append_all(entries.clone()).await.unwrap();
    let mut by_time: Vec<(Timestamp, usize)> =
        entries.iter().map(|entry| entry.at).zip(0..).collect();
    by_time.sort_by(|a, b| b.cmp(a));
    let cases = (some_filter(), 3_usize..40, select(&[9_u64, 60, 50_000][..]));
    let mut some = 0;
    for _ in 0..100 {
        let (filter, limit, work) = cases.new_tree(&mut runner).unwrap().current();
        let expected: Vec<Uuid> = by_time
            .iter()
            .map(|(_, at)| &entries[*at])
            .filter(|entry| fits(&filter, entry))
            .map(|entry| entry.id)
            .collect();
        some += usize::from(!expected.is_empty());
        let found = walk(&log, &filter, limit, work).await;
        let found: Vec<Uuid> = found.iter().map(|entry| entry.id).collect();
        assert_eq!(
            found, expected,
            "{filter:?}, {limit} a page, {work} looked at"
        );
    }
    assert!(some > 50, "only {some} filters find anything");
    log.close().await.unwrap();
}
