//! From a CRM database into SnelStart, while answers get lost and processes die. What the sandbox
//! was asked to write is the witness.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use api_core::{RetryPolicy, SecretString};
use connectors::snelstart::{
    IncompleteAddress, JournalChoice, Rounding, SnelStart, SnelStartBuilder,
};
use connectors::sql::CrmConnect;
use koppel_sandbox::CrmSize;
use koppel_sandbox::snelstart::{
    Action as Did, Fault, FaultKind, SnelStart as Sandbox, SnelStartServer,
};
use rust_decimal::Decimal;
use snelstart_client::{Client, Limits};
use sync_core::fields::{Invoice, Payment, View};
use sync_core::store::{ParkReason, ParkedFilter};
use sync_core::testing::conformance::read_all;
use sync_core::{EntityKind, MemorySystem, Record, RecordId, StateStore};

use crate::leg::Leg;
use crate::snelstart_read::{CUSTOMER, INVOICE, PAYMENT};
use crate::snelstart_write::{administration, created, customer, invoice, payment};

mod from_the_crm;
mod killed;

const KINDS: [EntityKind; 3] = [CUSTOMER, INVOICE, PAYMENT];

/// How a target of a flow is set in these tests: reads are tried again at once, and what was cut
/// off is settled soon.
fn patient(server: &SnelStartServer) -> SnelStartBuilder {
    let key = |text: &str| SecretString::from(text.to_owned());
    let client = Client::builder(key("demo-subscription"), key("demo-koppelsleutel"))
        .base_url(server.url())
        .token_url(server.token_url())
        .limits(Limits::new(1_000_000, 1_000_000, 16))
        .retry(RetryPolicy {
            max_retries: 4,
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        })
        .build()
        .unwrap();
    SnelStart::builder(client)
        .bank_journal(JournalChoice::Number(1010))
        .rounding(Rounding::LargestLine)
        .incomplete_address(IncompleteAddress::LeaveOut)
        .truncate_names(true)
        .search_delay(Duration::from_millis(1))
}

/// Customers, invoices of 242.00 and two payments of each, from a program of its own.
fn shop(customers: usize, invoices: usize) -> MemorySystem {
    let shop = MemorySystem::new(KINDS);
    for n in 0..customers {
        let id = format!("c{n}");
        shop.insert(Record::new(CUSTOMER, id, customer(n).into_fields()));
    }
    for n in 0..invoices {
        let buyer = format!("c{}", n % customers);
        let fields = invoice(&buyer, &format!("2026-{n:04}")).into_fields();
        shop.insert(Record::new(INVOICE, format!("i{n}"), fields));
        for (part, digits) in [("a", "100"), ("b", "142")] {
            let paid = payment(&format!("i{n}"), digits).into_fields();
            shop.insert(Record::new(PAYMENT, format!("p{n}{part}"), paid));
        }
    }
    shop
}

/// Each booking that was made carries another number or mark.
fn nothing_twice(server: &SnelStartServer) {
    for (resource, member) in [
        ("verkoopboekingen", "factuurnummer"),
        ("bankboekingen", "omschrijving"),
    ] {
        let journal = server.journal();
        let creates = journal
            .iter()
            .filter(|entry| entry.resource == resource && entry.action == Did::Create);
        let mut seen = BTreeSet::new();
        for entry in creates {
            let key = entry.body[member].to_string();
            assert!(seen.insert(key.clone()), "{resource} {key} twice");
        }
    }
}

/// What is still open of each invoice, by number.
fn open(server: &SnelStartServer) -> BTreeMap<String, Decimal> {
    let all = server.records("verkoopfacturen").into_iter();
    all.map(|invoice| {
        let number = invoice["factuurnummer"].as_str().unwrap().to_owned();
        let open = invoice["openstaandSaldo"].to_string();
        (number, open.parse().unwrap())
    })
    .collect()
}

#[tokio::test]
async fn a_shop_lands_in_the_books_once_while_one_answer_in_twenty_gets_lost() {
    let shop = Arc::new(shop(12, 40));
    let server = administration().await;
    let target = patient(&server).build().unwrap();
    let leg = Leg::new(
        ("shop", shop.clone()),
        ("books", Arc::new(target)),
        &KINDS,
        50,
    );
    // One create in twenty; of some the answer is cut in the middle, some never arrive.
    for fault in [
        Fault::new(FaultKind::AnswerLost).method("POST").every(20),
        Fault::new(FaultKind::TruncatedBody)
            .method("POST")
            .every(33),
        Fault::new(FaultKind::ConnectionDropped)
            .method("POST")
            .every(29),
    ] {
        server.fault(fault);
    }
    leg.run_until_done(40).await;
    let hits: u64 = server.faults().list().iter().map(|fault| fault.hits).sum();
    assert!(hits > 6, "{hits}");
    server.faults().clear();
    nothing_twice(&server);
    assert_eq!(created(&server, "relaties"), 12);
    assert_eq!(created(&server, "verkoopboekingen"), 40);
    assert_eq!(created(&server, "bankboekingen"), 80);
    let open = open(&server);
    assert_eq!(open.len(), 40);
    assert!(open.values().all(Decimal::is_zero), "{open:?}");
    for kind in KINDS {
        let ids: Vec<RecordId> = shop.records(kind).into_iter().map(|r| r.id).collect();
        assert_eq!(leg.links(kind, &ids).await.len(), ids.len(), "{kind}");
    }
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before, "the second run wrote something");

    // One new telephone is one write, of the customer alone.
    shop.edit(CUSTOMER, "c3", |fields| fields.set("phone", "+31 6 1"));
    assert_eq!(leg.run().await, Some((0, 1)));
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before + 1);
}

#[tokio::test]
async fn a_booked_invoice_that_changes_elsewhere_is_a_question_for_a_person() {
    let shop = Arc::new(shop(1, 1));
    let server = administration().await;
    let target = patient(&server).build().unwrap();
    let leg = Leg::new(
        ("shop", shop.clone()),
        ("books", Arc::new(target)),
        &KINDS,
        50,
    );
    assert_eq!(leg.run_clean().await, (4, 0));
    let before = server.applied();
    // Whether it is paid, and remarks, are no part of what is booked.
    shop.edit(INVOICE, "i0", |fields| {
        fields.set("status", "paid");
        fields.set("note", "Thanks");
    });
    assert_eq!(leg.run_clean().await, (0, 0));
    shop.edit(INVOICE, "i0", |fields| fields.set("status", "cancelled"));
    assert_eq!(leg.run().await, Some((0, 0)));
    let all = ParkedFilter::default();
    let parked = leg.store.parked(all, None, 10).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(parked[0].reason, ParkReason::Refused);
    assert_eq!(server.applied(), before, "what is booked stays");
}

#[tokio::test]
async fn what_is_in_the_books_already_is_linked_and_not_booked_again() {
    let first = Arc::new(shop(3, 5));
    let server = administration().await;
    let target: Arc<dyn sync_core::Connector> = Arc::new(patient(&server).build().unwrap());
    let names = ("shop", "books");
    let leg = Leg::new(
        (names.0, first.clone()),
        (names.1, target.clone()),
        &KINDS,
        50,
    );
    assert_eq!(leg.run_clean().await, (18, 0));
    let before = server.applied();
    // The same shop under a new name, and nobody remembers the links.
    let anew = Leg::new(("again", first), (names.1, target), &KINDS, 50);
    assert_eq!(anew.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before);
    let ids: Vec<RecordId> = (0..5).map(|n| RecordId::new(format!("i{n}"))).collect();
    assert_eq!(
        anew.links(INVOICE, &ids).await,
        leg.links(INVOICE, &ids).await
    );
    let ids: Vec<RecordId> = (0..5).map(|n| RecordId::new(format!("p{n}a"))).collect();
    assert_eq!(
        anew.links(PAYMENT, &ids).await,
        leg.links(PAYMENT, &ids).await
    );
}
