//! Invoices, which nobody may ever make twice or for another amount.

use std::sync::Arc;
use std::time::Duration;

use connectors::simplycrm::SimplyCrm;
use koppel_sandbox::CrmSize;
use koppel_sandbox::simplycrm::{Action as Did, Generation};
use rust_decimal::Decimal;
use serde_json::json;
use sync_core::fields::{Invoice, View};
use sync_core::store::{ParkReason, ParkedFilter};
use sync_core::testing::conformance::read_all;
use sync_core::{EntityKind, Lifecycle, MemorySystem, Record, RecordId, StateStore, Value};

use super::{Leg, crm, patient, trouble};
use crate::simplycrm::{Others, marked, nth, sandbox};

/// Invoices with lines, from a program that has no system of its own.
#[tokio::test]
async fn invoices_with_their_lines_land_once_whatever_happens() {
    const KINDS: [EntityKind; 3] = [
        EntityKind::Product,
        EntityKind::Customer,
        EntityKind::Invoice,
    ];
    let books = Arc::new(MemorySystem::new(KINDS));
    let shop = Others {
        customer: RecordId::from("c1"),
        product: RecordId::from("p1"),
    };
    for (kind, id) in [(KINDS[0], &shop.product), (KINDS[1], &shop.customer)] {
        books.insert(Record::new(kind, id.clone(), nth(kind, 1, &shop)));
    }
    for n in 0..40 {
        let fields = nth(EntityKind::Invoice, n, &shop);
        books.insert(Record::new(EntityKind::Invoice, format!("i{n}"), fields));
    }
    let server = sandbox(Generation::Simply)
        .marker_fields()
        .start()
        .await
        .unwrap();
    let target = marked(patient(&server))
        .modules(KINDS)
        .search_delay(Duration::from_millis(1))
        .build()
        .unwrap();
    let leg = Leg::new(
        ("crm", books.clone()),
        ("simply", Arc::new(target)),
        &KINDS,
        50,
    );
    trouble(&server);
    leg.run_until_done(60).await;
    server.faults().clear();
    assert_eq!(server.count("Invoice"), 40);
    let created = server
        .journal()
        .iter()
        .filter(|entry| entry.module == "Invoice" && entry.action == Did::Create)
        .count();
    assert_eq!(created, 40);
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before);
    // One line less in one invoice is one write.
    books.edit(EntityKind::Invoice, "i7", |fields| {
        if let Some(Value::List(lines)) = fields.get_mut("lines") {
            lines.pop();
        }
        for name in ["subtotal", "discount", "total", "tax_total"] {
            fields.remove(name);
        }
    });
    assert_eq!(leg.run().await, Some((0, 1)));
    assert_eq!(leg.run().await, Some((0, 0)));
}

/// Invoices, which nobody may ever make twice or for another amount.
async fn invoices_land_once(with_marks: bool) {
    let directory = tempfile::tempdir().unwrap();
    let size = CrmSize {
        duplicate_keys: 0.0,
        ..CrmSize::scaled(30)
    };
    let source = Arc::new(crm(&size, &directory, "crm.db", false).await);
    let server = sandbox(Generation::Simply)
        .marker_fields()
        .start()
        .await
        .unwrap();
    let product = json!({"productname": "Anything"});
    let product = server.insert("Products", &product).unwrap();
    let client = patient(&server);
    let mut builder = match with_marks {
        true => marked(client),
        false => SimplyCrm::builder(client),
    };
    let kinds = [EntityKind::Customer, EntityKind::Invoice];
    builder = builder
        .modules(kinds)
        .search_delay(Duration::from_millis(1))
        .default_product(product.parse().unwrap());
    let invoices = read_all(source.as_ref(), EntityKind::Invoice, 200).await;
    let content = |record: &Record| Invoice::from_fields(&record.fields).unwrap();
    for record in &invoices {
        let lines = content(record).lines.into_iter().flatten();
        for tax in lines.flat_map(|line| line.taxes.unwrap_or_default()) {
            builder = builder.tax(tax.name.unwrap(), "tax1");
        }
    }
    let leg = Leg::new(
        ("crm", source.clone()),
        ("simply", Arc::new(builder.build().unwrap())),
        &kinds,
        50,
    );
    trouble(&server);
    for run in 1.. {
        if leg.run().await == Some((0, 0)) {
            break;
        }
        assert!(run < 60, "not done");
    }
    server.faults().clear();

    let all = ParkedFilter::default();
    let parked = leg.store.parked(all, None, 1_000).await.unwrap();
    for row in &parked {
        // Other currencies, mixed taxes, cents: each is refused by name, none is in doubt.
        assert_eq!(row.reason, ParkReason::Rejected, "{row:?}");
    }
    let ids: Vec<RecordId> = invoices.iter().map(|record| record.id.clone()).collect();
    let links = leg.links(EntityKind::Invoice, &ids).await;
    assert!(links.len() > 5, "{} of {}", links.len(), ids.len());
    let made = server.journal();
    let made = made
        .iter()
        .filter(|entry| entry.module == "Invoice" && entry.action == Did::Create);
    assert_eq!(made.count(), links.len(), "created more than once");
    assert_eq!(server.count("Invoice"), links.len());
    for record in &invoices {
        let Some(id) = links.get(&record.id) else {
            assert!(
                record.lifecycle != Lifecycle::Active
                    || parked.iter().any(|row| row.source_id == record.id),
                "{} is lost",
                record.id
            );
            continue;
        };
        let there = server.record(id.as_str()).unwrap();
        let total: Decimal = there["hdnGrandTotal"].as_str().unwrap().parse().unwrap();
        let wanted = content(record).total.unwrap();
        assert!((total - wanted).abs() <= Decimal::new(5, 3), "{record:?}");
        assert_eq!(there["subject"], content(record).number.unwrap());
    }
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before, "the second run wrote something");
}

#[tokio::test]
async fn invoices_land_once_and_for_their_amounts_whatever_happens_on_the_way() {
    invoices_land_once(true).await;
}

#[tokio::test]
async fn invoices_without_marks_land_once_and_for_their_amounts() {
    invoices_land_once(false).await;
}
