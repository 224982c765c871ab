//! Streams of changes: nothing lost, nothing twice, by `sync` and by queries.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use simplycrm_ws::{
    ChangePage, ChangeSource, ChangeToken, ChangesMode, ChangesOptions, Client, Timestamp,
};

use crate::fake::{Crm, ME, NOON, State, Sync};
use crate::support;

mod mirror;

const OTHER: &str = "19x6";

fn since(seconds: i64) -> ChangeToken {
    ChangeToken::from(Timestamp::from_seconds(seconds))
}

/// Reads to the end; the token goes through its text, as when it is stored.
async fn poll(client: &Client, token: &mut ChangeToken, mode: ChangesMode) -> Vec<ChangePage> {
    let options = ChangesOptions::new().mode(mode);
    let pages: Vec<ChangePage> = client
        .changes_with("Contacts", &*token, options)
        .try_collect()
        .await
        .unwrap();
    let last = pages.last().expect("a last page");
    assert!(!last.more);
    *token = last.next.to_string().parse().unwrap();
    pages
}

fn names(pages: &[ChangePage]) -> Vec<String> {
    pages
        .iter()
        .flat_map(|page| &page.updated)
        .map(|record| record.text("lastname").into_owned())
        .collect()
}

fn sources(pages: &[ChangePage]) -> Vec<ChangeSource> {
    pages.iter().map(|page| page.source).collect()
}

fn fill(state: &mut State, owner: &str, count: usize, per_second: usize) {
    for at in 0..count {
        if at % per_second == 0 {
            state.advance(1);
        }
        state.make(owner, format!("n{at}"));
    }
}

#[tokio::test]
async fn more_than_a_hundred_changes_of_one_second_come_by_sync_and_by_query() {
    for mode in [ChangesMode::Sync, ChangesMode::Query] {
        let crm = Crm::new(Sync::All);
        fill(&mut crm.lock(), ME, 750, 250);
        crm.lock().advance(60);
        let mut token = since(NOON);
        let pages = poll(&crm.client(), &mut token, mode).await;
        let mut got = names(&pages);
        got.sort();
        let mut expected: Vec<String> = (0..750).map(|at| format!("n{at}")).collect();
        expected.sort();
        assert_eq!(got, expected, "{mode:?}");
    }
}

#[tokio::test]
async fn a_change_in_the_second_of_the_cut_is_found_by_the_next_stream() {
    for mode in [ChangesMode::Sync, ChangesMode::Query] {
        let crm = Crm::new(Sync::All);
        let client = crm.client();
        crm.lock().make(ME, "first");
        let mut token = since(NOON - 10);
        assert_eq!(names(&poll(&client, &mut token, mode).await), ["first"]);
        // In the same second still, and one that was committed late.
        crm.lock().make(ME, "second");
        let late = crm.lock().make(ME, "late");
        crm.lock().rows.get_mut(&late).unwrap().second -= 2;
        crm.lock().advance(1);
        let mut got = names(&poll(&client, &mut token, mode).await);
        got.sort();
        assert_eq!(got, ["late", "second"], "{mode:?}");
        // What came already does not come again, though it is read again.
        assert_eq!(names(&poll(&client, &mut token, mode).await), [""; 0]);
    }
}

#[tokio::test]
async fn a_change_committed_late_behind_a_page_just_read_is_found_by_the_next_stream() {
    for mode in [ChangesMode::Sync, ChangesMode::Query] {
        let crm = Crm::new(Sync::All);
        let client = crm.client();
        let early = crm.lock().make(ME, "early");
        crm.lock().advance(100);
        fill(&mut crm.lock(), ME, 121, 120);
        crm.lock().events.push_back(Box::new(|_| {}));
        // After the first page, a long while passes before the next.
        crm.lock().events.push_back(Box::new(move |state| {
            let second = state.now() - 1;
            state.edit(early, "late");
            state.rows.get_mut(&early).unwrap().second = second;
            state.advance(100);
            state.make(ME, "last");
        }));
        let mut token = since(NOON + 50);
        let got = names(&poll(&client, &mut token, mode).await);
        assert!(!got.contains(&"late".to_owned()), "{mode:?}");
        assert!(got.contains(&"last".to_owned()), "{mode:?}");
        let got = names(&poll(&client, &mut token, mode).await);
        assert!(got.contains(&"late".to_owned()), "{mode:?}: {got:?}");
    }
}

#[tokio::test]
async fn an_edit_within_the_second_that_came_already_is_no_repetition() {
    for mode in [ChangesMode::Sync, ChangesMode::Query] {
        let crm = Crm::new(Sync::All);
        let client = crm.client();
        let number = crm.lock().make(ME, "before");
        let mut token = since(NOON - 10);
        assert_eq!(names(&poll(&client, &mut token, mode).await), ["before"]);
        crm.lock().edit(number, "after");
        assert_eq!(names(&poll(&client, &mut token, mode).await), ["after"]);
    }
}

#[tokio::test]
async fn a_settled_place_is_read_strictly_and_never_from_zero() {
    let crm = Crm::new(Sync::All);
    let client = crm.client();
    crm.lock().make(ME, "one");
    let mut token = since(0);
    poll(&client, &mut token, ChangesMode::Sync).await;
    assert_eq!(crm.take_log(), ["sync 1"]);
    crm.lock().advance(60);
    poll(&client, &mut token, ChangesMode::Sync).await;
    assert_eq!(crm.take_log(), [format!("sync {}", NOON - 5)]);
    poll(&client, &mut token, ChangesMode::Sync).await;
    assert_eq!(crm.take_log(), [format!("sync {NOON}")]);
    let overlap = ChangesOptions::new()
        .mode(ChangesMode::Sync)
        .overlap(Duration::ZERO);
    let first = client
        .changes_with("Contacts", since(NOON), overlap)
        .next()
        .await;
    first.unwrap().unwrap();
    assert_eq!(crm.take_log(), [format!("sync {}", NOON - 1)]);
}

#[tokio::test]
async fn deletions_come_by_sync_and_once() {
    let crm = Crm::new(Sync::All);
    let client = crm.client();
    let number = crm.lock().make(ME, "one");
    let mut token = since(NOON - 10);
    poll(&client, &mut token, ChangesMode::Sync).await;
    crm.lock().advance(1);
    crm.lock().delete(number);
    let pages = poll(&client, &mut token, ChangesMode::Sync).await;
    assert_eq!(pages[0].deleted[0].to_string(), format!("12x{number}"));
    let pages = poll(&client, &mut token, ChangesMode::Sync).await;
    assert!(pages[0].deleted.is_empty());
}

#[tokio::test]
async fn where_sync_dies_a_query_takes_its_place_and_a_warning_says_so() {
    let crm = Crm::new(Sync::Dead);
    fill(&mut crm.lock(), OTHER, 120, 7);
    let (seen, take) = support::warnings();
    let client = crm.builder().on_warning(take).build().unwrap();
    let mut token = since(NOON);
    let pages = poll(&client, &mut token, ChangesMode::Auto).await;
    assert_eq!(names(&pages).len(), 120);
    assert!(
        sources(&pages)
            .iter()
            .all(|source| *source == ChangeSource::Query)
    );
    poll(&client, &mut token, ChangesMode::Auto).await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(
        seen[0]
            .to_string()
            .starts_with("sync does not work for Contacts")
    );
    // It is tried twice at the first time (a crash is retried once), then never.
    let syncs = crm
        .take_log()
        .iter()
        .filter(|line| line.starts_with("sync"))
        .count();
    assert!(syncs <= 2, "{syncs}");
}

#[tokio::test]
async fn where_sync_shows_only_own_records_a_query_takes_its_place() {
    let crm = Crm::new(Sync::Own);
    crm.lock().make(ME, "mine");
    crm.lock().make(OTHER, "theirs");
    let (seen, take) = support::warnings();
    let client = crm.builder().on_warning(take).build().unwrap();
    let mut token = since(NOON - 10);
    let pages = poll(&client, &mut token, ChangesMode::Auto).await;
    assert_eq!(names(&pages), ["mine", "theirs"]);
    assert_eq!(sources(&pages)[0], ChangeSource::Query);
    let shown = seen.lock().unwrap()[0].to_string();
    assert_eq!(shown, "sync shows only the user's own records of Contacts");
}

#[tokio::test]
async fn where_sync_shows_everything_to_administrators_it_is_asked_so() {
    let crm = Crm::new(Sync::Application);
    crm.lock().make(OTHER, "theirs");
    let mut token = since(NOON - 10);
    let pages = poll(&crm.client(), &mut token, ChangesMode::Auto).await;
    assert_eq!(names(&pages), ["theirs"]);
    assert_eq!(sources(&pages), [ChangeSource::Sync]);
}

#[tokio::test]
async fn the_first_record_of_somebody_else_is_not_passed_over() {
    let crm = Crm::new(Sync::Own);
    fill(&mut crm.lock(), ME, 250, 10);
    crm.lock().advance(30);
    let client = crm.client();
    let mut token = since(NOON);
    // Nobody else owns anything yet, so nothing tells what `sync` shows; while
    // the pages are read, somebody makes one.
    for _ in 0..5 {
        crm.lock().events.push_back(Box::new(|_| {}));
    }
    crm.lock().events.push_back(Box::new(|state| {
        state.make(OTHER, "theirs");
        state.advance(1);
    }));
    let pages = poll(&client, &mut token, ChangesMode::Auto).await;
    assert!(names(&pages).contains(&"theirs".to_owned()));
    assert_eq!(sources(&pages).last(), Some(&ChangeSource::Query));
}

#[tokio::test]
async fn sync_that_dies_between_pages_is_followed_by_a_query_without_a_gap() {
    let crm = Crm::new(Sync::All);
    fill(&mut crm.lock(), ME, 300, 3);
    crm.lock().make(OTHER, "theirs");
    crm.lock().advance(60);
    let client = crm.client();
    let mut pages = client.changes("Contacts", since(NOON));
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(first.source, ChangeSource::Sync);
    crm.lock().sync = Sync::Dead;
    let rest: Vec<ChangePage> = pages.try_collect().await.unwrap();
    assert_eq!(sources(&rest)[0], ChangeSource::Query);
    let mut got = names(&rest);
    got.extend(names(&[first]));
    got.sort();
    got.dedup();
    assert_eq!(got.len(), 301);
}

#[tokio::test]
async fn when_clocks_are_put_back_the_hour_that_comes_twice_is_read_again() {
    // 2026-10-25 02:59:30 in Copenhagen, half a minute before it is 02:00 again.
    let before = 1_792_889_970;
    for mode in [ChangesMode::Sync, ChangesMode::Query] {
        let crm = Crm::in_zone(Sync::All, "Europe/Copenhagen", before);
        let client = crm
            .builder()
            .time_zone("Europe/Copenhagen")
            .build()
            .unwrap();
        crm.lock().make(ME, "before");
        let mut token = since(before - 60);
        assert_eq!(names(&poll(&client, &mut token, mode).await), ["before"]);
        // Dated 02:09:30, which is before 02:59:30.
        crm.lock().advance(600);
        crm.lock().make(ME, "after");
        assert_eq!(
            names(&poll(&client, &mut token, mode).await),
            ["after"],
            "{mode:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_zone_is_noticed_and_reported_once() {
    for (mode, zone, noticed) in [
        (ChangesMode::Sync, "Europe/Copenhagen", true),
        (ChangesMode::Sync, "America/New_York", true),
        (ChangesMode::Sync, "UTC", false),
        (ChangesMode::Query, "Europe/Copenhagen", true),
        (ChangesMode::Query, "UTC", false),
    ] {
        let crm = Crm::in_zone(Sync::All, zone, NOON);
        fill(&mut crm.lock(), ME, 250, 7);
        let (seen, take) = support::warnings();
        // The client believes in UTC.
        let client = crm.builder().on_warning(take).build().unwrap();
        let mut token = since(NOON - 86_400);
        let pages = poll(&client, &mut token, mode).await;
        assert_eq!(names(&pages).len(), 250);
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), usize::from(noticed), "{mode:?} {zone} {seen:?}");
        if noticed {
            assert!(seen[0].to_string().contains("time_zone"), "{}", seen[0]);
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_get_on_is_an_error_and_no_endless_stream() {
    let server = support::server().await;
    support::sign_in(&server).await;
    support::get("query")
        .respond_with(support::yes(serde_json::json!([
            {"id": "12x5", "modifiedtime": "2026-01-01 00:00:00"}
        ])))
        .expect(2)
        .mount(&server)
        .await;
    let options = ChangesOptions::new().mode(ChangesMode::Query);
    let pages: Vec<_> = support::client(&server)
        .changes_with("Contacts", since(0), options)
        .collect()
        .await;
    assert_eq!(pages.len(), 2);
    let error = pages[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), simplycrm_ws::ErrorKind::Decode);
}

#[tokio::test]
async fn a_record_dated_to_the_future_hides_no_change() {
    for mode in [ChangesMode::Sync, ChangesMode::Query] {
        let crm = Crm::new(Sync::All);
        let client = crm.client();
        let ahead = crm.lock().make(ME, "ahead");
        crm.lock().make(ME, "now");
        let later = crm.lock().now() + 10 * 365 * 86_400;
        crm.lock().rows.get_mut(&ahead).unwrap().second = later;
        let mut token = since(NOON - 60);
        let mut first = names(&poll(&client, &mut token, mode).await);
        first.sort();
        assert_eq!(first, ["ahead", "now"], "{mode:?}");
        for name in ["one", "two", "three"] {
            crm.lock().advance(60);
            crm.lock().make(ME, name);
            let found = names(&poll(&client, &mut token, mode).await);
            assert!(found.contains(&name.to_owned()), "{mode:?} {found:?}");
            assert!(found.len() <= 2, "{mode:?} {found:?}");
        }
    }
}
