//! What people wrote stays, and no invoice becomes another amount.

use connectors::simplycrm::SimplyCrm;
use koppel_sandbox::simplycrm::{Generation, SimplyCrmServer};
use rust_decimal::Decimal;
use serde_json::json;
use simplycrm_ws::RecordId as WireId;
use sync_core::fields::{Invoice, Line, LineTax, View};
use sync_core::testing::conformance::create;
use sync_core::{EntityKind, Fields, Outcome, RecordId, Ref, Value};

use super::{client, marked, sandbox};
use crate::simplycrm_special::{insert, send};
use crate::support::{number, update, written};

struct Shop {
    server: SimplyCrmServer,
    target: SimplyCrm,
    customer: RecordId,
}

impl Shop {
    async fn new() -> Self {
        let server = sandbox(Generation::Simply)
            .marker_fields()
            .start()
            .await
            .unwrap();
        let customer = insert(&server, "Accounts", json!({"accountname": "Acme"}));
        let product = insert(&server, "Products", json!({"productname": "Any"}));
        let product: WireId = product.as_str().parse().unwrap();
        let target = marked(client(&server))
            .default_product(product)
            .tax("high", "tax1")
            .tax("low", "tax2")
            .build()
            .unwrap();
        Self {
            server,
            target,
            customer,
        }
    }

    fn invoice(&self, lines: &[(&str, Option<(&str, &str)>)]) -> Invoice {
        let lines = lines.iter().map(|(price, tax)| Line {
            description: Some("Work".to_owned()),
            quantity: Some(Decimal::ONE),
            unit_price: Some(number(price)),
            taxes: tax.map(|(name, rate)| {
                vec![LineTax {
                    name: Some(name.to_owned()),
                    rate: Some(number(rate)),
                }]
            }),
            ..Line::default()
        });
        Invoice {
            number: Some("INV-1".to_owned()),
            customer: Some(Ref::new(EntityKind::Customer, self.customer.as_str())),
            lines: Some(lines.collect()),
            ..Invoice::default()
        }
    }

    fn stored(&self, id: &RecordId, field: &str) -> Decimal {
        let record = self.server.record(id.as_str()).unwrap();
        record[field].as_str().unwrap().parse().unwrap_or_default()
    }
}

#[tokio::test]
async fn lines_with_different_taxes_make_no_invoice_without_them() {
    let shop = Shop::new().await;
    let mixed = [("100", Some(("high", "21"))), ("100", Some(("low", "9")))];
    let mut invoice = shop.invoice(&mixed);
    invoice.total = Some(number("230"));
    let op = create(EntityKind::Invoice, invoice.into_fields());
    match send(&shop.target, op).await {
        Outcome::Rejected(error) => {
            assert!(error.message().contains("different taxes"), "{error}");
            let help = error.help_text().unwrap_or_default();
            assert!(help.contains("tax_mode"), "{help}");
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(shop.server.count("Invoice"), 0);

    let mut invoice = shop.invoice(&[mixed[0], mixed[0]]);
    invoice.total = Some(number("242"));
    let op = create(EntityKind::Invoice, invoice.into_fields());
    let id = written(&send(&shop.target, op).await);
    assert_eq!(shop.stored(&id, "hdnGrandTotal"), number("242"));
}

#[tokio::test]
async fn a_discount_of_a_person_stays_until_the_source_gives_one() {
    let shop = Shop::new().await;
    let kind = EntityKind::Invoice;
    let first = shop.invoice(&[("10", None)]).into_fields();
    let id = written(&send(&shop.target, create(kind, first)).await);
    let tenth = json!({"hdnDiscountPercent": "10", "txtAdjustment": "1"});
    shop.server.edit(id.as_str(), &tenth).unwrap();

    let mut invoice = shop.invoice(&[("20", None)]);
    let op = update(kind, &id, invoice.clone().into_fields(), &["lines"]);
    written(&send(&shop.target, op).await);
    assert_eq!(shop.stored(&id, "hdnDiscountPercent"), number("10"));
    assert_eq!(shop.stored(&id, "hdnGrandTotal"), number("19"));

    invoice.discount = Some(number("5"));
    let op = update(kind, &id, invoice.into_fields(), &["discount"]);
    written(&send(&shop.target, op).await);
    assert_eq!(shop.stored(&id, "hdnDiscountPercent"), Decimal::ZERO);
    assert_eq!(shop.stored(&id, "hdnDiscountAmount"), number("5"));
    assert_eq!(shop.stored(&id, "hdnGrandTotal"), number("16"));
}

#[tokio::test]
async fn the_contact_takes_the_place_of_a_customer_that_goes_where_both_have_one_field() {
    let server = sandbox(Generation::V5_4)
        .marker_fields()
        .start()
        .await
        .unwrap();
    let target = marked(client(&server)).build().unwrap();
    let kind = EntityKind::Ticket;
    let customer = insert(&server, "Accounts", json!({"accountname": "Acme"}));
    let contact = insert(&server, "Contacts", json!({"lastname": "Jansen"}));
    let reference = |kind, id: &RecordId| Value::Ref(Ref::new(kind, id.as_str()));
    let fields = Fields::new()
        .with("subject", "Question")
        .with("customer", reference(EntityKind::Customer, &customer))
        .with("contact", reference(EntityKind::Contact, &contact));
    let id = written(&send(&target, create(kind, fields.clone())).await);
    let asks = |id: &RecordId| server.record(id.as_str()).unwrap()["parent_id"].clone();
    assert_eq!(asks(&id), customer.as_str());
    let alone = fields.with("customer", Value::Null);
    let op = update(kind, &id, alone.clone(), &["customer"]);
    written(&send(&target, op).await);
    assert_eq!(asks(&id), contact.as_str());
    let op = update(kind, &id, alone, &["contact", "customer"]);
    written(&send(&target, op).await);
    assert_eq!(asks(&id), contact.as_str());
}
