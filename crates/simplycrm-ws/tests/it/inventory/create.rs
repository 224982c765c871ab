//! Creating records with lines, and what became of them.

use serde_json::{Value, json};
use simplycrm_ws::{
    ChangeKind, ErrorKind, InventoryHeader, InventoryModule, InventoryRecord, TaxMode, Warning,
};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use super::{invoice, line, number, products};
use crate::exchange::recorded;
use crate::support::{changed, client, elements, get, id, no, post, server, sign_in, yes};

#[tokio::test]
async fn a_new_invoice_is_read_again_as_its_answer_is_stale() {
    let server = server().await;
    sign_in(&server).await;
    products(&server).await;
    post("create")
        .respond_with(recorded("v7/076-webservice-create-Invoice_one_line").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .and(query_param("id", "7x707"))
        .respond_with(recorded("v7/077-webservice-retrieve-Invoice_one_line_after_create").again())
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .create_inventory(&invoice(), None)
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
    let header = InventoryHeader::new(&written.record);
    // The create's own answer says 0.
    assert_eq!(header.balance().unwrap(), Some(number("21")));
    assert_eq!(header.number().as_deref(), Some("INV27"));
    let sent = elements(&server, "create").await;
    assert_eq!(sent[0]["productid"], json!("14x542"));
    assert_eq!(sent[0]["hdnTaxType"], json!("group"));
    assert_eq!(sent[0]["currency_id"], json!("21x1"));
}

#[tokio::test]
async fn a_refused_invoice_says_why() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(no(
            "MANDATORY_FIELDS_MISSING",
            "account_id does not have a value",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .create_inventory(&invoice().product_prefixes([14]), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("account_id"));
}

#[tokio::test]
async fn an_invoice_that_cannot_be_read_again_was_still_made() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(recorded("v7/076-webservice-create-Invoice_one_line").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to read given object is denied",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .create_inventory(&invoice().product_prefixes([14]), None)
        .await
        .unwrap();
    assert_eq!(written.id(), Some(id("7x707")));
    assert!(
        matches!(written.warnings.as_slice(), [Warning::Note { message, .. }] if message.contains("7x707")),
        "{:?}",
        written.warnings
    );
}

#[tokio::test]
async fn a_lost_invoice_is_found_by_its_mark_and_not_made_twice() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .and(query_param(
            "query",
            "select id from Invoice where subject = 'one_line' order by id limit 3;",
        ))
        // One row per line, the same id.
        .respond_with(yes(json!([{"id": "7x707"}, {"id": "7x707"}])))
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(recorded("v7/077-webservice-retrieve-Invoice_one_line_after_create").again())
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .create_inventory(&invoice().product_prefixes([14]), Some("subject"))
        .await
        .unwrap();
    assert!(written.adopted);
    assert_eq!(written.warnings, []);
}

/// What an invoice that is stored like this is told to differ in.
async fn told(record: InventoryRecord, stored: Value) -> Vec<Warning> {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(recorded("v7/076-webservice-create-Invoice_one_line").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(yes(stored))
        .expect(1)
        .mount(&server)
        .await;
    client(&server)
        .create_inventory(&record.product_prefixes([14, 26]), None)
        .await
        .unwrap()
        .warnings
}

fn stored() -> Value {
    let record = recorded("v7/077-webservice-retrieve-Invoice_one_line_after_create").record();
    serde_json::to_value(record).unwrap()
}

#[tokio::test]
async fn lines_and_totals_that_were_stored_otherwise_are_told() {
    let mut other = stored();
    other["LineItems"][0]["listprice"] = json!("10.00000000");
    other["LineItems"][0]["productid"] = json!("");
    other["hdnSubTotal"] = json!("20.00000000");
    other["pre_tax_total"] = json!("20.00000000");
    other["hdnGrandTotal"] = json!(20.996);
    assert_eq!(
        changed(&told(invoice(), other).await),
        [
            ("LineItems[0].productid", ChangeKind::Blanked),
            ("LineItems[0].listprice", ChangeKind::Rounded),
            ("hdnSubTotal", ChangeKind::Rewritten),
            ("pre_tax_total", ChangeKind::Rewritten),
            ("hdnGrandTotal", ChangeKind::Rounded),
        ]
    );
}

#[tokio::test]
async fn a_server_that_drops_the_lines_is_told_of() {
    let mut bare = stored();
    let fields = bare.as_object_mut().unwrap();
    for name in ["LineItems", "LineItems_FinalDetails"] {
        fields.remove(name);
    }
    for name in ["hdnSubTotal", "hdnGrandTotal", "pre_tax_total"] {
        fields.insert(name.to_owned(), json!(""));
    }
    assert_eq!(
        changed(&told(invoice(), bare).await),
        [("LineItems", ChangeKind::Blanked)]
    );
}

#[tokio::test]
async fn an_individual_tax_that_the_product_does_not_have_is_told() {
    let record = InventoryRecord::new(InventoryModule::Invoice, id("21x1"))
        .tax_mode(TaxMode::Individual)
        .line(line().tax("tax1", number("25")));
    assert_eq!(record.totals().unwrap().grand_total, number("26.25"));
    // As in the recorded create: the rate is on the line, the total without.
    let mut without = stored();
    without["LineItems"][0]["tax1"] = json!("25.000");
    let warnings = told(record, without).await;
    assert!(
        warnings.iter().any(|warning| matches!(warning,
            Warning::Note { message, .. } if message.contains("do not have these taxes"))),
        "{warnings:?}"
    );
}
