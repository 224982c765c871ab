//! Invoices in Simply CRM: lines, taxes and totals.

use connectors::simplycrm::{SimplyCrm, TaxMode};
use koppel_sandbox::simplycrm::SimplyCrmServer;
use serde_json::json;
use sync_core::fields::{Invoice, Line, LineTax, View};
use sync_core::testing::conformance::create;
use sync_core::{Connector, EntityKind, Record, RecordId, Ref};

use crate::simplycrm::{client, marked};
use crate::simplycrm_special::{fetched, insert, open, refusal, send, simply};
use crate::support::{number, update, written};

fn line(product: &RecordId, quantity: &str, price: &str, tax: Option<(&str, &str)>) -> Line {
    Line {
        description: Some(format!("{quantity} pieces")),
        quantity: Some(number(quantity)),
        unit_price: Some(number(price)),
        product: Some(Ref::new(EntityKind::Product, product.as_str())),
        taxes: tax.map(|(name, rate)| {
            vec![LineTax {
                name: Some(name.to_owned()),
                rate: Some(number(rate)),
            }]
        }),
        ..Line::default()
    }
}

struct Shop {
    server: SimplyCrmServer,
    customer: RecordId,
    product: RecordId,
}

impl Shop {
    async fn new() -> Self {
        let server = simply().await;
        let customer = insert(&server, "Accounts", json!({"accountname": "Acme"}));
        let product = insert(
            &server,
            "Products",
            json!({"productname": "Work", "unit_price": "9"}),
        );
        Self {
            server,
            customer,
            product,
        }
    }

    fn invoice(&self, lines: Vec<Line>, total: &str) -> Invoice {
        Invoice {
            number: Some("INV-1".to_owned()),
            customer: Some(Ref::new(EntityKind::Customer, self.customer.as_str())),
            currency: Some("EUR".to_owned()),
            total: Some(number(total)),
            lines: Some(lines),
            ..Invoice::default()
        }
    }
}

#[tokio::test]
async fn an_invoice_keeps_its_lines_when_only_its_header_changes_and_loses_those_that_are_gone() {
    let shop = Shop::new().await;
    let target = open(&shop.server);
    let kind = EntityKind::Invoice;
    let tax = Some(("btw", "5"));
    let taxed = marked(client(&shop.server))
        .tax("btw", "tax1")
        .build()
        .unwrap();
    let two = vec![
        line(&shop.product, "2", "10", tax),
        line(&shop.product, "-1", "4", tax),
    ];
    let mut invoice = shop.invoice(two, "15.8");
    invoice.discount = Some(number("1"));
    invoice.adjustment = Some(number("0.05"));
    // (20 - 4 - 1) + 5 % + 0.05
    let outcome = send(&taxed, create(kind, invoice.clone().into_fields())).await;
    let id = written(&outcome);
    let read = |record: Record| Invoice::from_fields(&record.fields).unwrap();
    let stored = read(fetched(&taxed, kind, &id).await);
    assert_eq!(stored.total, Some(number("15.8")));
    assert_eq!(stored.subtotal, Some(number("16")));
    assert_eq!(stored.tax_total, Some(number("0.75")));
    assert_eq!(stored.discount, Some(number("1")));
    assert_eq!(stored.adjustment, Some(number("0.05")));
    let taxes = stored.lines.unwrap()[0].taxes.clone().unwrap();
    assert_eq!(taxes[0].name.as_deref(), Some("btw"), "by our name");

    invoice.status = Some("paid".to_owned());
    let op = update(kind, &id, invoice.clone().into_fields(), &["status"]);
    written(&send(&taxed, op).await);
    let stored = read(fetched(&taxed, kind, &id).await);
    assert_eq!(stored.status.as_deref(), Some("paid"));
    assert_eq!(stored.lines.unwrap().len(), 2);
    assert_eq!(stored.total, Some(number("15.8")));

    let mut smaller = shop.invoice(vec![line(&shop.product, "3", "10", None)], "30");
    smaller.status = invoice.status.clone();
    let changed = [
        "lines",
        "total",
        "discount",
        "adjustment",
        "subtotal",
        "tax_total",
    ];
    let op = update(kind, &id, smaller.into_fields(), &changed);
    written(&send(&taxed, op).await);
    let stored = read(fetched(&taxed, kind, &id).await);
    assert_eq!(stored.lines.unwrap().len(), 1);
    assert_eq!(
        (stored.total, stored.discount, stored.adjustment),
        (Some(number("30")), None, None)
    );
    let one_row_each = target.pull(kind, None, 100).await.unwrap();
    assert_eq!(one_row_each.records.len(), 1);
}

#[tokio::test]
async fn an_invoice_that_simply_would_make_another_is_refused() {
    let shop = Shop::new().await;
    let target = open(&shop.server);
    let kind = EntityKind::Invoice;
    let refused = async |invoice: Invoice, target: &SimplyCrm| -> String {
        let outcome = send(target, create(kind, invoice.into_fields())).await;
        refusal(&outcome).message().to_owned()
    };
    let one = || vec![line(&shop.product, "2", "10", None)];
    let said = refused(shop.invoice(one(), "21"), &target).await;
    assert!(said.contains("is 21") && said.contains("make 20"), "{said}");
    let said = refused(shop.invoice(Vec::new(), "0"), &target).await;
    assert!(said.contains("no invoice without lines"), "{said}");
    let taxed = vec![line(&shop.product, "2", "10", Some(("Luxury", "5")))];
    let said = refused(shop.invoice(taxed, "21"), &target).await;
    assert!(said.contains("`Luxury`") && said.contains("VAT"), "{said}");
    let mut invoice = shop.invoice(one(), "20");
    invoice.currency = Some("JPY".to_owned());
    let said = refused(invoice, &target).await;
    assert!(said.contains("`JPY`") && said.contains("EUR"), "{said}");
    let mixed = vec![
        line(&shop.product, "2", "10", Some(("VAT", "5"))),
        line(&shop.product, "2", "10", None),
    ];
    let group = marked(client(&shop.server))
        .tax_mode(TaxMode::Group)
        .build()
        .unwrap();
    let said = refused(shop.invoice(mixed, "41"), &group).await;
    assert!(said.contains("different taxes"), "{said}");
    let mut invoice = shop.invoice(one(), "20");
    invoice.customer = Some(Ref::new(EntityKind::Customer, "12x5"));
    let said = refused(invoice, &target).await;
    assert!(said.contains("`12x5`"), "{said}");
    assert_eq!(shop.server.count("Invoice"), 0);
}
