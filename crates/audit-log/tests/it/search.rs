//! Searching: pages, single entries, histories, and what is refused.

use api_core::Timestamp;
use audit_log::{Bodies, Entry, EntryRef, Error, EventName, Filter, Level, Page, PersonalData};
use uuid::Uuid;

use crate::support::{Place, at, created, refused};

on_both!(
    a_page_that_gives_up_says_how_far_it_came_and_the_next_one_goes_on,
    an_entry_is_found_by_number_id_and_beginning_with_request_and_response,
    a_record_has_its_history_by_either_id,
    a_record_is_found_among_hundreds_of_kinds,
    a_run_and_the_recent_errors_are_read_alone,
    a_name_that_was_never_used_finds_nothing,
    entries_that_arrive_between_pages_shift_nothing,
    what_somebody_changed_is_shown_all_the_same,
    what_makes_no_sense_is_refused,
);

fn run_of(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

async fn a_page_that_gives_up_says_how_far_it_came_and_the_next_one_goes_on(place: &Place) {
    let log = place.open().await;
    let mut entries: Vec<Entry> = (0..300).map(created).collect();
    entries[5] = entries[5].clone().code("rare");
    log.append_all(entries).await.unwrap();
    let filter = Filter::new().code("rare");
    let first = log
        .search(&filter, &Page::first(10).work(100))
        .await
        .unwrap();
    assert_eq!(first.entries, []);
    assert_eq!(first.searched_back_to, Some(at(200)));
    let mut page = Page::after(first.next.unwrap(), 10).work(100);
    let second = log.search(&filter, &page).await.unwrap();
    assert_eq!(
        (second.entries.len(), second.searched_back_to),
        (0, Some(at(100)))
    );
    page.after = second.next;
    let third = log.search(&filter, &page).await.unwrap();
    assert_eq!(third.entries[0].record.as_deref(), Some("5"));
    page.after = third.next;
    if page.after.is_some() {
        let last = log.search(&filter, &page).await.unwrap();
        assert_eq!((last.entries.len(), last.next), (0, None));
    }
    log.close().await.unwrap();
}

async fn an_entry_is_found_by_number_id_and_beginning_with_request_and_response(place: &Place) {
    let log = place
        .builder()
        .personal_data(PersonalData::Keep)
        .open()
        .await
        .unwrap();
    let bodies = Bodies {
        url: "https://crm.test/clients".to_owned(),
        request_headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        request: "{\"id\":1}".to_owned(),
        response_headers: Vec::new(),
        response: "{\"ok\":true}".to_owned(),
    };
    let entry = refused(3)
        .run(run_of(1))
        .actor("piet")
        .target("t3")
        .operation("clients.create")
        .method("POST")
        .path("/clients/{id}")
        .duration(std::time::Duration::from_micros(12_345))
        .attempt(2)
        .request_id("r-1")
        .detail("fields", 3)
        .bodies(bodies.clone());
    log.append(created(1)).await.unwrap();
    log.append(entry.clone()).await.unwrap();
    let id = entry.id.to_string();
    for name in ["2", id.as_str(), &id[..30]] {
        let which: EntryRef = name.parse().unwrap();
        let (found, kept) = log.entry(&which).await.unwrap().unwrap();
        assert_eq!((found.number, found.seq, found.id), (2, 2, entry.id));
        assert_eq!(kept.as_ref(), Some(&bodies));
        assert!(found.has_bodies && found.fingerprint.is_some());
        assert_eq!(found.event_name(), Some(EventName::RecordPark));
        let json = serde_json::to_value(&found).unwrap();
        let expected = serde_json::json!({
            "id": id, "at": "2026-11-22T00:00:03Z", "level": "ERROR", "event": "record.park",
            "outcome": "failed", "system": "smartcrm", "connection": "shop", "flow": "to-shop",
            "run": run_of(1).to_string(), "actor": "piet", "entity": "client", "record": "3",
            "target": "t3", "operation": "clients.create", "method": "POST",
            "path": "/clients/{id}", "status": 422, "duration_ms": 12.345, "attempt": 2,
            "code": "validation", "request_id": "r-1",
            "message": "The remote refused the record.", "details": {"fields": 3}, "number": 2,
            "writer": "main", "seq": 2, "fingerprint": found.fingerprint.unwrap().to_string(),
        });
        assert_eq!(json, expected);
    }
    let (plain, none) = log.entry(&EntryRef::Number(1)).await.unwrap().unwrap();
    assert!(!plain.has_bodies && none.is_none());
    assert_eq!(log.entry(&EntryRef::Number(99)).await.unwrap(), None);
    assert_eq!(log.entry(&EntryRef::Id(Uuid::nil())).await.unwrap(), None);
    let twin = Uuid::from_u128(entry.id.as_u128() ^ 1);
    log.append(created(5).id(twin)).await.unwrap();
    let both = EntryRef::Prefix(id[..35].to_owned());
    let error = log.entry(&both).await.unwrap_err().to_string();
    assert!(error.contains("more than one entry"), "{error}");
    log.close().await.unwrap();
}

async fn a_record_has_its_history_by_either_id(place: &Place) {
    let log = place.open().await;
    let other = created(9).entity("invoice").record("7").target("x");
    log.append_all(vec![created(7), other, refused(7), created(8)])
        .await
        .unwrap();
    let numbers = async |entity: &str, id: &str| -> Vec<i64> {
        let found = log.record(entity, id, &Page::default()).await.unwrap();
        assert_eq!(found.next, None);
        found.entries.iter().map(|entry| entry.number).collect()
    };
    assert_eq!(numbers("client", "7").await, [3, 1]);
    assert_eq!(numbers("client", "t7").await, [1]);
    assert_eq!(numbers("invoice", "7").await, [2]);
    let any = Filter::new().record("7");
    let found = log.search(&any, &Page::default()).await.unwrap();
    let found: Vec<i64> = found.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(found, [2, 3, 1]);
    log.close().await.unwrap();
}

async fn a_record_is_found_among_hundreds_of_kinds(place: &Place) {
    let log = place.open().await;
    let entries = (0..450).map(|number| created(number).entity(format!("kind-{number}")));
    log.append_all(entries.collect()).await.unwrap();
    for number in [0, 199, 203, 449] {
        for id in [number.to_string(), format!("t{number}")] {
            let filter = Filter::new().record(id);
            let found = log.search(&filter, &Page::first(10)).await.unwrap();
            let numbers: Vec<i64> = found.entries.iter().map(|entry| entry.number).collect();
            assert_eq!(numbers, [number + 1]);
        }
    }
    log.close().await.unwrap();
}

async fn a_run_and_the_recent_errors_are_read_alone(place: &Place) {
    let log = place.open().await;
    let mut entries: Vec<Entry> = (0..20).map(created).collect();
    entries.extend((20..35).map(refused));
    entries[4] = entries[4].clone().run(run_of(1));
    entries[9] = entries[9].clone().run(run_of(1));
    log.append_all(entries).await.unwrap();
    let of_run = log.run(run_of(1), &Page::default()).await.unwrap();
    let seconds: Vec<Timestamp> = of_run.entries.iter().map(|entry| entry.at).collect();
    assert_eq!(seconds, [at(9), at(4)]);
    let errors = log.recent_errors(10).await.unwrap();
    let seconds: Vec<Timestamp> = errors.iter().map(|entry| entry.at).collect();
    assert_eq!(seconds, (25..35).rev().map(at).collect::<Vec<_>>());
    log.close().await.unwrap();
}

async fn a_name_that_was_never_used_finds_nothing(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    for filter in [
        Filter::new().connection("nowhere"),
        Filter::new().system("nothing").connection("shop"),
        Filter::new().flow("'; DROP TABLE audit_event; --"),
        Filter::new().entity("nobody").record("1"),
        Filter::new().record("\"%_"),
        Filter::new().code("' OR 1=1"),
        Filter::new().run(Uuid::nil()),
    ] {
        let found = log.search(&filter, &Page::default()).await.unwrap();
        assert_eq!((found.entries.len(), found.next), (0, None), "{filter:?}");
    }
    log.close().await.unwrap();
}

async fn entries_that_arrive_between_pages_shift_nothing(place: &Place) {
    let log = place.open().await;
    log.append_all((0..20).map(created).collect())
        .await
        .unwrap();
    let first = log.search(&Filter::new(), &Page::first(10)).await.unwrap();
    log.append_all((20..40).map(created).collect())
        .await
        .unwrap();
    let next = Page::after(first.next.unwrap(), 10);
    let second = log.search(&Filter::new(), &next).await.unwrap();
    let seconds: Vec<Timestamp> = second.entries.iter().map(|entry| entry.at).collect();
    assert_eq!(seconds, (0..10).rev().map(at).collect::<Vec<_>>());
    assert_eq!(second.next, None);
    log.close().await.unwrap();
}

async fn what_somebody_changed_is_shown_all_the_same(place: &Place) {
    let log = place.open().await;
    log.append_all((0..3).map(created).collect()).await.unwrap();
    place
        .run(
            "UPDATE audit_event SET event = 'record.nonsense', level = 14, outcome = 99, \
             status = 70000, connection = 4711, details = '[' , duration_us = -5 WHERE id = 2",
        )
        .await;
    let (entry, _) = log.entry(&EntryRef::Number(2)).await.unwrap().unwrap();
    assert_eq!(entry.event, "record.nonsense");
    assert_eq!((entry.event_name(), entry.level), (None, Level::Warning));
    assert_eq!(
        (entry.outcome, entry.status, entry.duration),
        (None, None, None)
    );
    assert_eq!(entry.connection, None);
    assert_eq!(entry.details["unreadable"], "[");
    let all = log.search(&Filter::new(), &Page::default()).await.unwrap();
    assert_eq!(all.entries.len(), 3);
    log.close().await.unwrap();
}

async fn what_makes_no_sense_is_refused(place: &Place) {
    let log = place.open().await;
    let refusal = async |filter: Filter, page: Page| -> Error {
        log.search(&filter, &page).await.unwrap_err()
    };
    let text = Filter::new().text("invoice").level(Level::Error);
    assert_eq!(refusal(text, Page::default()).await, Error::TextNeedsWindow);
    for limit in [0, 1_001] {
        let error = refusal(Filter::new(), Page::first(limit)).await.to_string();
        assert!(error.contains("1 to 1000"), "{error}");
    }
    let nul = refusal(Filter::new().record("a\0"), Page::default()).await;
    assert!(nul.to_string().contains("NUL"), "{nul}");
    let backwards = Filter::new().since(at(5)).until(at(4));
    let error = refusal(backwards, Page::default()).await.to_string();
    assert!(error.contains("nothing lies between"), "{error}");
    let level = "LOUD".parse::<Level>().unwrap_err().to_string();
    assert!(level.contains("DEBUG, INFO, WARNING, ERROR"), "{level}");
    log.close().await.unwrap();
}
