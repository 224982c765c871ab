//! What changes between two readings, and while one is under way.

use std::time::Duration;

use koppel_sandbox::snelstart::{Fault, FaultId, FaultKind, PayBy};
use sync_core::Cursor;

use super::*;

/// Reads from a place on to the end: what came, and where the next reading begins.
async fn read_on(
    source: &SnelStart,
    kind: EntityKind,
    from: Option<Cursor>,
) -> (Vec<Record>, Option<Cursor>) {
    let (mut records, mut cursor) = (Vec::new(), from);
    loop {
        let page = source.pull(kind, cursor.as_ref(), 500).await.unwrap();
        assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
        records.extend(page.records);
        cursor = page.next;
        if page.complete {
            return (records, cursor);
        }
    }
}

/// Moves what stands in a new administration to long ago.
fn age(server: &SnelStartServer) {
    for relation in server.records("relaties") {
        let id = relation["id"].as_str().unwrap();
        let long_ago = json!({"modifiedOn": "2010-01-01T00:00:00"});
        server.edit("relaties", id, &long_ago).unwrap();
    }
}

fn ids(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

#[tokio::test]
async fn the_next_reading_of_customers_brings_what_changed_and_the_overlap() {
    let server = empty().await;
    age(&server);
    let at = |text: &str| server.freeze(Some(text.parse().unwrap()));
    at("2026-03-02T05:00:00");
    add_customer(&server, "Eerst");
    at("2026-03-02T06:00:00");
    let old = add_customer(&server, "Oud");
    at("2026-03-02T11:00:00");
    let new = add_customer(&server, "Nieuw");
    let source = books(&server);
    let (first, cursor) = read_on(&source, CUSTOMER, None).await;
    assert_eq!(first.len(), 3);
    let (again, cursor) = read_on(&source, CUSTOMER, cursor).await;
    assert_eq!(
        ids(&again),
        [new.as_str()],
        "within three hours of the newest"
    );
    at("2026-03-02T18:00:00");
    server
        .edit("relaties", &old, &json!({"naam": "Ouder"}))
        .unwrap();
    let (changed, cursor) = read_on(&source, CUSTOMER, cursor).await;
    assert_eq!(ids(&changed), [old.as_str(), new.as_str()]);
    let (settled, _) = read_on(&source, CUSTOMER, cursor).await;
    assert_eq!(ids(&settled), [old.as_str()], "within three hours of 18:00");
}

#[tokio::test]
async fn a_clock_of_ours_has_no_part_in_what_is_read_next() {
    let server = empty().await;
    age(&server);
    // The server's clock is years behind.
    server.freeze(Some("2011-01-01T06:00:00".parse().unwrap()));
    add_customer(&server, "Eerst");
    server.freeze(Some("2011-01-01T06:30:00".parse().unwrap()));
    let first = add_customer(&server, "A");
    let source = settings(&server)
        .overlap(Duration::from_secs(60))
        .build()
        .unwrap();
    let (_, cursor) = read_on(&source, CUSTOMER, None).await;
    server.freeze(Some("2011-01-01T07:00:00".parse().unwrap()));
    let second = add_customer(&server, "B");
    let (changed, _) = read_on(&source, CUSTOMER, cursor).await;
    assert_eq!(ids(&changed), [first.as_str(), second.as_str()]);
}

#[tokio::test]
async fn a_stamp_of_a_time_to_come_hides_no_change() {
    let server = empty().await;
    let wrong = add_customer(&server, "Verkeerd");
    let other = add_customer(&server, "Goed");
    let far = json!({"modifiedOn": "2400-12-31T00:00:00"});
    server.edit("relaties", &wrong, &far).unwrap();
    let source = books(&server);
    let (_, cursor) = read_on(&source, CUSTOMER, None).await;
    server
        .edit("relaties", &other, &json!({"naam": "Beter"}))
        .unwrap();
    let (changed, _) = read_on(&source, CUSTOMER, cursor).await;
    assert!(ids(&changed).contains(&other.as_str()));
}

#[tokio::test]
async fn invoices_before_the_start_date_stay_out_whether_the_server_filters_or_not() {
    for ignores in [&[][..], &["verkoopfacturen"][..]] {
        let server = Sandbox::builder()
            .ignore_filters(ignores.iter().copied())
            .start()
            .await
            .unwrap();
        let customer = add_customer(&server, "De Kade");
        add_invoice(&server, &customer, "OLD", "100", "2026-02-28");
        let new = add_invoice(&server, &customer, "NEW", "100", "2026-03-01");
        let day = "2026-03-15".parse().unwrap();
        for name in ["OLD", "NEW"] {
            server.pay(name, number("121"), day, PayBy::Bank).unwrap();
        }
        let source = settings(&server)
            .start_date("2026-03-01".parse().unwrap())
            .build()
            .unwrap();
        let invoices = all(&source, INVOICE).await;
        assert_eq!(
            invoices.keys().map(RecordId::as_str).collect::<Vec<_>>(),
            [new]
        );
        // What was paid of the old one later is no payment of any invoice that is synced.
        assert_eq!(all(&source, PAYMENT).await.len(), 1, "{ignores:?}");
    }
}

#[tokio::test]
async fn a_server_that_takes_no_filter_on_the_day_of_invoices_is_read_without() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    add_invoice(&server, &customer, "OLD", "100", "2026-02-28");
    add_invoice(&server, &customer, "NEW", "100", "2026-03-01");
    let refuse = refuses_once(&server);
    let source = settings(&server)
        .start_date("2026-03-01".parse().unwrap())
        .build()
        .unwrap();
    assert_eq!(all(&source, INVOICE).await.len(), 1);
    server.faults().remove(refuse);
    assert_eq!(all(&source, INVOICE).await.len(), 1);
}

/// The list of invoices refuses the first request as a filter that is none.
fn refuses_once(server: &SnelStartServer) -> FaultId {
    let kind = FaultKind::Refused {
        status: 400,
        message: "Could not find a property named 'FactuurDatum' on type 'VerkoopfactuurModel'."
            .to_owned(),
    };
    server.fault(Fault::new(kind).entity("verkoopfacturen").times(1))
}

#[tokio::test]
async fn rows_that_go_away_during_a_reading_take_no_other_with_them() {
    let server = filled(SnelStartSize {
        customers: 20,
        invoices: 1_500,
        ..SnelStartSize::default()
    })
    .await;
    let source = books(&server);
    let first = source.pull(INVOICE, None, 500).await.unwrap();
    let gone: Vec<String> = first.records[10..70]
        .iter()
        .map(|record| record.id.to_string())
        .collect();
    for id in &gone {
        server.delete("verkoopboekingen", id).unwrap();
    }
    let (rest, _) = read_on(&source, INVOICE, first.next).await;
    let mut seen: Vec<String> = first.records.iter().map(|r| r.id.to_string()).collect();
    seen.extend(rest.iter().map(|record| record.id.to_string()));
    for booking in server.records("verkoopboekingen") {
        let id = booking["id"].as_str().unwrap();
        assert!(seen.iter().any(|seen| seen == id), "{id} slipped through");
    }
}

#[tokio::test]
async fn an_invoice_that_went_away_after_it_was_listed_is_gone() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    let booking = add_invoice(&server, &customer, "A", "100", "2026-03-02");
    let kept = add_invoice(&server, &customer, "B", "100", "2026-03-02");
    let source = books(&server);
    let listed: Vec<Record> = all(&source, INVOICE).await.into_values().collect();
    server.delete("verkoopboekingen", &booking).unwrap();
    let completed = source.complete(INVOICE, listed).await.unwrap();
    assert_eq!(completed.len(), 2);
    for answer in completed {
        match answer {
            Completed::Gone(id) => assert_eq!(id.as_str(), booking),
            Completed::Whole(record) => assert_eq!(record.id.as_str(), kept),
            other => panic!("{other:?}"),
        }
    }
    let fetched = source
        .fetch(INVOICE, &RecordId::from(booking.as_str()))
        .await;
    assert!(fetched.unwrap().is_none());
    assert_eq!(all(&source, INVOICE).await.len(), 1);
}

#[tokio::test]
async fn lists_that_ignore_their_filters_bring_the_same_records() {
    let ignored = Sandbox::builder()
        .seed(SnelStartSize::of_customers(30))
        .ignore_filters([
            "relaties",
            "verkoopfacturen",
            "grootboekmutaties",
            "grootboeken",
        ])
        .start()
        .await
        .unwrap();
    let honest = filled(SnelStartSize::of_customers(30)).await;
    for kind in [CUSTOMER, INVOICE, PAYMENT] {
        let of_ignored: Vec<_> = all(&books(&ignored), kind).await.into_values().collect();
        let of_honest: Vec<_> = all(&books(&honest), kind).await.into_values().collect();
        assert!(!of_honest.is_empty());
        assert_eq!(of_ignored.len(), of_honest.len(), "{kind}");
        // A payment finds its invoice without the list of invoices having been read before.
        let ours = books(&ignored);
        let payment = all(&ours, kind).await.into_values().next().unwrap();
        let fetched = ours.fetch(kind, &payment.id).await.unwrap().unwrap();
        assert_eq!(fetched.id, payment.id);
    }
    // What changed is told from what did not, although all of it comes.
    let source = books(&ignored);
    let (_, cursor) = read_on(&source, CUSTOMER, None).await;
    let newest = ignored.records("relaties");
    ignored.advance(Duration::from_secs(24 * 3_600));
    let id = newest.last().unwrap()["id"].as_str().unwrap();
    ignored
        .edit("relaties", id, &json!({"naam": "Anders"}))
        .unwrap();
    let (changed, cursor) = read_on(&source, CUSTOMER, cursor).await;
    assert!(ids(&changed).contains(&id));
    let (quiet, _) = read_on(&source, CUSTOMER, cursor).await;
    assert_eq!(ids(&quiet), [id]);
}

#[tokio::test]
async fn what_was_read_before_the_server_went_down_is_kept() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    for name in ["A", "B", "C", "D", "E"] {
        add_invoice(&server, &customer, name, "100", "2026-03-02");
    }
    let source = settings(&server).max_in_flight(1).build().unwrap();
    let listed: Vec<Record> = all(&source, INVOICE).await.into_values().collect();
    let down = FaultKind::Status {
        status: 503,
        after_commit: false,
    };
    let third = Fault::new(down).entity("verkoopboekingen").nth(3);
    server.fault(third);
    let mut wanted = listed;
    let first = source.complete(INVOICE, wanted.clone()).await.unwrap();
    assert_eq!(first.len(), 2, "those before the fault");
    wanted.drain(..2);
    server.faults().clear();
    let rest = source.complete(INVOICE, wanted).await.unwrap();
    assert_eq!(rest.len(), 3);
    assert_eq!(server.requests_to("GET /verkoopboekingen/{id}"), 6);
}
