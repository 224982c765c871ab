//! Changing records with lines.

use serde_json::json;
use simplycrm_ws::{
    BodyFault, ErrorKind, InventoryHeader, InventoryModule, InventoryRecord, NewLine, SendOutcome,
    Values,
};

use super::number;
use crate::exchange::recorded;
use crate::support::{client, count, elements, get, id, post, server, sign_in};

#[tokio::test]
async fn a_status_is_changed_with_the_tax_mode_read_first() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .respond_with(recorded("v7/512-webservice-retrieve-Invoice_discount_10_tax_25").again())
        .expect(1)
        .mount(&server)
        .await;
    post("revise")
        .respond_with(
            recorded("v7/514-webservice-retrieve-Invoice_discount_after_revise_status").again(),
        )
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .set_inventory_status(InventoryModule::Invoice, &id("7x682"), "Paid")
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
    let header = InventoryHeader::new(&written.record);
    assert_eq!(header.grand_total().unwrap(), Some(number("225")));
    assert_eq!(header.lines().unwrap().len(), 1);
    assert_eq!(
        elements(&server, "revise").await,
        [json!({"id": "7x682", "invoicestatus": "Paid", "hdnTaxType": "group"})]
    );
}

#[tokio::test]
async fn a_tax_mode_that_is_given_is_not_read() {
    let server = server().await;
    sign_in(&server).await;
    post("revise")
        .respond_with(recorded("v7/508-webservice-revise-Invoice_subject_with_hdnTaxType").again())
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set("subject", "one revised")
        .set("hdnTaxType", "group");
    let written = client(&server)
        .revise(&id("7x707"), &values)
        .module("Invoice")
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
    assert_eq!(count(&server, "retrieve").await, 0);
}

#[tokio::test]
async fn an_invoice_whose_tax_mode_cannot_be_read_is_not_changed() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .respond_with(recorded("v7/130-webservice-retrieve-Invoice_deleted").again())
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .set_inventory_status(InventoryModule::Quotes, &id("4x730"), "Accepted")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(count(&server, "revise").await, 0);
}

#[tokio::test]
async fn a_described_module_is_known_by_its_ids() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(recorded("v7/001-webservice-describe-Invoice").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(
            recorded("v7/509-webservice-retrieve-Invoice_after_revise_with_hdnTaxType").again(),
        )
        .expect(1)
        .mount(&server)
        .await;
    post("revise")
        .respond_with(recorded("v7/508-webservice-revise-Invoice_subject_with_hdnTaxType").again())
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    client.described("Invoice").await.unwrap();
    let values = Values::new().set("subject", "one revised");
    client.revise(&id("7x707"), &values).await.unwrap();
    assert_eq!(
        elements(&server, "revise").await,
        [json!({"id": "7x707", "subject": "one revised", "hdnTaxType": "group"})]
    );
}

#[tokio::test]
async fn a_revise_without_the_tax_mode_kills_the_server() {
    let server = server().await;
    sign_in(&server).await;
    post("revise")
        .respond_with(recorded("v7/115-webservice-revise-Quote_stage_only").again())
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(recorded("v7/116-webservice-retrieve-Quote_after_revise").again())
        .mount(&server)
        .await;
    let values = Values::new().set("quotestage", "Rejected");
    // Nothing says that this is a quote.
    let error = client(&server)
        .revise(&id("4x730"), &values)
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn lines_are_replaced_as_a_whole() {
    let server = server().await;
    sign_in(&server).await;
    post("revise")
        .respond_with(recorded("v7/106-webservice-update-Invoice_with_LineItems_replaced").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(
            recorded("v7/107-webservice-retrieve-Invoice_after_update_with_LineItems").again(),
        )
        .expect(1)
        .mount(&server)
        .await;
    let record = InventoryRecord::new(InventoryModule::Invoice, id("21x1"))
        .line(NewLine::new(id("14x542"), number("5"), number("10.50")))
        .line(NewLine::new(id("26x563"), number("1"), number("20")))
        .product_prefixes([14, 26]);
    let written = client(&server)
        .revise_inventory(&id("7x707"), &record)
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
    let header = InventoryHeader::new(&written.record);
    assert_eq!(header.grand_total().unwrap(), Some(number("72.5")));
    assert_eq!(header.lines().unwrap().len(), 2);
}
