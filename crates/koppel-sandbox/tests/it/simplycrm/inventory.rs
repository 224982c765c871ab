//! Invoices, their lines and totals.

use koppel_sandbox::simplycrm::Generation;
use serde_json::{Value, json};

use super::talk::Talk;

async fn shop(generation: Generation) -> (Talk, Value) {
    let talk = Talk::new(generation).await;
    let account = talk
        .server
        .insert("Accounts", &json!({"accountname": "A"}))
        .unwrap();
    let product = talk
        .server
        .insert(
            "Products",
            &json!({"productname": "P", "unit_price": "10.50"}),
        )
        .unwrap();
    let invoice = json!({
        "subject": "I", "account_id": account, "assigned_user_id": "19x1",
        "invoicestatus": "Created", "bill_street": "S", "ship_street": "S",
        "currency_id": "21x1", "conversion_rate": "1", "hdnTaxType": "group",
        "productid": product,
        "LineItems": [{"productid": product, "quantity": "2", "listprice": "10.50"}],
    });
    (talk, invoice)
}

fn with(invoice: &Value, changes: Value) -> Value {
    let mut invoice = invoice.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => invoice.as_object_mut().unwrap().remove(name),
            value => invoice
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    invoice
}

#[tokio::test]
async fn an_invoice_needs_a_product_lines_and_a_kind_of_tax() {
    let (talk, invoice) = shop(Generation::V7_1).await;
    let create = async |changes: Value| talk.create("Invoice", with(&invoice, changes)).await;
    let missing = create(json!({"productid": null})).await.error();
    assert_eq!(
        missing,
        "MANDATORY_FIELDS_MISSING: productid does not have a value"
    );
    for none in [json!(null), json!([])] {
        let missing = create(json!({"LineItems": none})).await.error();
        assert_eq!(
            missing,
            "MANDATORY_FIELDS_MISSING: Mandatory Fields Missing.."
        );
    }
    let dead = create(json!({"hdnTaxType": null})).await;
    assert_eq!((dead.status, dead.text.as_str()), (500, ""));
    assert!(talk.server.journal().is_empty());
    let made = create(json!({})).await.result();
    assert_eq!(
        (&made["hdnGrandTotal"], &made["productid"]),
        (&json!(21), &Value::Null)
    );
    assert_eq!(made["new"], true);
    assert_eq!(
        made["LineItems_FinalDetails"]["1"]["final_details"]["grandTotal"],
        "0.00"
    );
    let whole = talk.retrieve(made["id"].as_str().unwrap()).await.result();
    assert_eq!(whole["hdnGrandTotal"], "21.00000000");
    assert_eq!(whole["balance"], "21.00000000");
    assert_eq!(whole["LineItems"][0]["parent_id"], "7xArray");
    assert_eq!(
        whole["LineItems_FinalDetails"]["1"]["final_details"]["grandTotal"],
        "21.00"
    );
}

#[tokio::test]
async fn totals_are_computed_from_lines_discounts_shipping_and_taxes() {
    let (talk, invoice) = shop(Generation::Simply).await;
    let product = invoice["productid"].clone();
    let one_line = |more: Value| {
        let mut line = json!({"productid": product, "quantity": 2, "listprice": 10.5});
        line.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([line])
    };
    for (changes, total) in [
        (json!({"hdnGrandTotal": "999"}), json!(21)),
        (json!({"hdnDiscountPercent": "10"}), json!(18.9)),
        (
            json!({"hdnDiscountAmount": "5", "txtAdjustment": "-1"}),
            json!(15),
        ),
        (
            json!({"LineItems": one_line(json!({"discount_percent": "50"}))}),
            json!(10.5),
        ),
        (
            json!({"LineItems": one_line(json!({"tax1": "5"}))}),
            json!(22.05),
        ),
        (
            json!({"shipping_&_handling": "7.50", "shipping_&_handling_shtax1": "10"}),
            json!(29.25),
        ),
        (
            json!({"LineItems": one_line(json!({"listprice": "10,50"}))}),
            json!(20),
        ),
        (
            json!({"LineItems": [{"productid": product, "quantity": "3"}]}),
            json!(31.5),
        ),
        (json!({"LineItems": "[{}]"}), json!(0)),
    ] {
        let made = talk
            .create("Invoice", with(&invoice, changes.clone()))
            .await
            .result();
        assert_eq!(made["hdnGrandTotal"], total, "{changes}");
    }
}

#[tokio::test]
async fn a_star_gives_a_row_for_each_line_and_header_fields_one_for_each_invoice() {
    let (talk, invoice) = shop(Generation::V7_1).await;
    let line = invoice["LineItems"][0].clone();
    let two = with(&invoice, json!({"LineItems": [line, line]}));
    let id = talk.server.insert("Invoice", &two).unwrap();
    let rows = talk.query("select * from Invoice;").await.result();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(rows[0]["id"], json!(id));
    assert_eq!(rows[0]["quantity"], "2.000");
    let rows = talk.query("select subject from Invoice;").await.result();
    assert_eq!(rows, json!([{"id": id, "subject": "I"}]));
    let lines = talk
        .query(&format!("select * from LineItem where parent_id='{id}';"))
        .await
        .result();
    assert_eq!(lines.as_array().unwrap().len(), 2);
    assert_eq!(lines[1]["parent_id"], json!(id));
}

#[tokio::test]
async fn a_change_keeps_the_lines_unless_it_brings_new_ones() {
    let (talk, invoice) = shop(Generation::V7_1).await;
    let id = talk.server.insert("Invoice", &invoice).unwrap();
    let dead = talk
        .revise(json!({"id": id, "invoicestatus": "Sent"}))
        .await;
    assert_eq!((dead.status, dead.text.as_str()), (500, ""));
    let told = talk
        .revise(json!({"id": id, "invoicestatus": "Sent", "hdnTaxType": "group"}))
        .await
        .result();
    assert_eq!(
        (&told["invoicestatus"], &told["hdnGrandTotal"]),
        (&json!("Sent"), &json!("21.00000000"))
    );
    let before = talk.retrieve(&id).await.result()["LineItems"][0]["id"].clone();
    let line = json!([{"productid": invoice["productid"], "quantity": 1, "listprice": 9}]);
    talk.revise(json!({"id": id, "hdnTaxType": "group", "LineItems": line}))
        .await
        .result();
    let whole = talk.retrieve(&id).await.result();
    assert_eq!(whole["hdnGrandTotal"], "9.00000000");
    assert_eq!(whole["balance"], "21.00000000", "it stays behind");
    assert_ne!(whole["LineItems"][0]["id"], before);
    // A whole record goes back as it came.
    let told = talk.update(whole.clone()).await.result();
    assert_eq!(
        (&told["LineItems"], &told["hdnGrandTotal"]),
        (&json!([]), &json!(9))
    );
    assert_eq!(
        talk.retrieve(&id).await.result()["hdnGrandTotal"],
        "9.00000000"
    );
}

#[tokio::test]
async fn the_old_server_knows_no_lines_and_the_newest_refuses_every_invoice() {
    let (old, invoice) = shop(Generation::V5_4).await;
    let made = old.create("Invoice", invoice).await.result();
    assert_eq!(made["hdnGrandTotal"], "");
    assert!(made.get("LineItems").is_none());
    let (newest, invoice) = shop(Generation::V8_3).await;
    let refused = newest.create("Invoice", invoice).await.error();
    assert_eq!(refused, "INVALID_ID_ATTRIBUTE: Id specified is incorrect");
}
