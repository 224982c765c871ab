//! Records that are nearly the same, names that the server stores otherwise, and changes that come
//! late.

use std::time::Duration;

use connectors::simplycrm::{ChangesMode, SimplyCrm};
use jiff::tz::TimeZone;
use koppel_sandbox::simplycrm::{Fault, FaultKind, Generation, SyncMode};
use serde_json::json;
use sync_core::testing::conformance::{create, push};
use sync_core::{Connector, Cursor, EntityKind, Fields, FindKey, Marker, Op, RecordId, Ref, Value};

use super::{client, marked, sandbox};
use crate::simplycrm_special::{found, insert, open, simply};
use crate::support::written;

async fn make(target: &SimplyCrm, op: Op) -> RecordId {
    written(&push(target, op.entity, vec![op]).await.remove(0))
}

#[tokio::test]
async fn a_customer_whose_long_name_goes_on_is_another_one() {
    let server = simply().await;
    let target = open(&server);
    let short = "Stichting Katholiek Onderwijs Noord-Brabant";
    insert(&server, "Accounts", json!({"accountname": short}));
    let long = format!("{short}, afdeling Tilburg");
    let kind = EntityKind::Customer;
    assert!(
        found(&target, kind, &[("name", long.as_str())])
            .await
            .is_empty()
    );
    let id = make(
        &target,
        create(kind, Fields::new().with("name", long.as_str())),
    )
    .await;
    let hits = found(&target, kind, &[("name", long.as_str())]).await;
    assert_eq!(hits, [id]);
}

#[tokio::test]
async fn what_the_server_stores_otherwise_is_found_after_a_lost_answer() {
    let server = simply().await;
    let target = open(&server);
    let kind = EntityKind::Ticket;
    let account = insert(&server, "Accounts", json!({"accountname": "Acme"}));
    let customer = Value::Ref(Ref::new(EntityKind::Customer, account.as_str()));
    for subject in [
        " Printer broken",
        "Printer broken\n",
        "\u{a0}Printer broken twice",
        "Printer broken thrice\u{a0}",
        "\ttab  ",
        "<script>alert(1)</script> & more 😀",
    ] {
        let fields = Fields::new()
            .with("subject", subject)
            .with("customer", customer.clone());
        let id = make(&target, create(kind, fields)).await;
        let key = vec![("subject", subject.into()), ("customer", customer.clone())];
        let hits = found(&target, kind, &key).await;
        assert!(hits.contains(&id), "{subject:?}");
    }
    let code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-123456789";
    let fields = Fields::new().with("code", code).with("name", "Thing");
    let id = make(&target, create(EntityKind::Product, fields)).await;
    let hits = found(&target, EntityKind::Product, &[("code", code)]).await;
    assert_eq!(hits, [id], "cut by its column");
}

#[tokio::test]
async fn marks_that_differ_in_capitals_are_of_two_records() {
    let server = simply().await;
    let target = open(&server);
    let kind = EntityKind::Customer;
    let mark = |id: &str| Marker::of("crm", kind, &RecordId::from(id));
    let op = create(kind, Fields::new().with("name", "One"));
    let marker = mark("aB3");
    let id = make(&target, Op { marker, ..op }).await;
    let hits = target.find(kind, &FindKey::Marker(mark("Ab3"))).await;
    assert!(hits.unwrap().is_empty());
    let hits = target.find(kind, &FindKey::Marker(mark("aB3"))).await;
    assert_eq!(hits.unwrap().remove(0).id, id);
}

#[tokio::test]
async fn an_invoice_that_kills_the_server_holds_up_no_other() {
    let server = simply().await;
    let target = open(&server);
    let account = insert(&server, "Accounts", json!({"accountname": "Acme"}));
    let product = insert(&server, "Products", json!({"productname": "Work"}));
    for n in 0..3 {
        insert(
            &server,
            "Invoice",
            json!({"subject": format!("INV-{n}"), "account_id": account.as_str(),
                "bill_street": "x", "ship_street": "x", "productid": product.as_str(),
                "hdnTaxType": "group", "LineItems":
                [{"productid": product.as_str(), "quantity": 1, "listprice": 1}]}),
        );
    }
    let died = FaultKind::EmptyBody {
        status: 500,
        after_commit: false,
    };
    server.fault(Fault::new(died).operation("retrieve").nth(2));
    let page = target.pull(EntityKind::Invoice, None, 100).await.unwrap();
    assert_eq!(page.records.len(), 2);
    assert_eq!(page.unreadable.len(), 1);
    let error = &page.unreadable[0].error;
    assert_eq!(error.kind(), api_core::ErrorKind::Decode, "{error}");
}

/// Everything from a cursor on, and where the next run starts.
async fn run(target: &SimplyCrm, from: Option<Cursor>) -> (Option<Cursor>, Vec<RecordId>) {
    let (mut at, mut seen) = (from, Vec::new());
    loop {
        let kind = EntityKind::Customer;
        let page = target.pull(kind, at.as_ref(), 100).await.unwrap();
        seen.extend(page.records.into_iter().map(|record| record.id));
        at = page.next;
        if page.complete {
            return (at, seen);
        }
    }
}

#[tokio::test]
async fn the_hour_that_comes_twice_hides_no_change() {
    for (changes, sync) in [
        (ChangesMode::Query, SyncMode::Dead),
        (ChangesMode::Sync, SyncMode::Typed),
    ] {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let server = sandbox(Generation::Simply)
            .marker_fields()
            .sync(sync)
            .time_zone(zone)
            .start()
            .await
            .unwrap();
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        server.freeze(at("2026-10-25T00:50:00Z"));
        let first = insert(&server, "Accounts", json!({"accountname": "A"}));
        insert(&server, "Accounts", json!({"accountname": "B"}));
        let target = marked(client(&server))
            .time_zone("Europe/Amsterdam")
            .changes(changes)
            .build()
            .unwrap();
        let (cursor, seen) = run(&target, None).await;
        assert_eq!(seen.len(), 2);
        // It is 02:02 for the second time that night.
        server.freeze(at("2026-10-25T01:02:00Z"));
        let edit = json!({"phone": "1"});
        server.edit(first.as_str(), &edit).unwrap();
        let (_, seen) = run(&target, cursor).await;
        assert!(seen.contains(&first), "{changes:?}");
    }
}

#[tokio::test]
async fn a_create_that_waited_for_a_lock_is_seen_with_its_old_stamp() {
    let server = sandbox(Generation::Simply)
        .marker_fields()
        .sync(SyncMode::Dead)
        .start()
        .await
        .unwrap();
    let now: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    server.freeze(now);
    insert(&server, "Accounts", json!({"accountname": "A"}));
    let target = open(&server);
    let (cursor, _) = run(&target, None).await;
    let late = insert(&server, "Accounts", json!({"accountname": "B"}));
    let begun = now - jiff::SignedDuration::from_secs(150);
    server.set_modified(late.as_str(), begun).unwrap();
    server.advance(Duration::from_secs(60));
    let (_, seen) = run(&target, cursor).await;
    assert!(seen.contains(&late));
}
