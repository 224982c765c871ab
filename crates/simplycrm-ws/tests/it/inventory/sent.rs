//! What is sent of a record with lines, and what is refused before.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use simplycrm_ws::{
    Discount, ErrorKind, InventoryModule, InventoryRecord, Json, NewLine, SendOutcome, TaxMode,
};

use super::{invoice, line, number, products};
use crate::exchange::recorded;
use crate::support::{client, count, get, id, no, post, server, sign_in};

#[test]
fn everything_a_server_needs_is_sent() {
    let record = invoice()
        .line(
            NewLine::new(id("26x563"), number("1.250"), number("3.333333"))
                .discount(Discount::Amount(number("0.50")))
                .comment("c “é” <b>x</b>"),
        )
        .tax("tax1", number("25"))
        .conversion_rate(number("0.5"))
        .discount(Discount::Percent(number("10")))
        .adjustment(number("-0.50"))
        .shipping(number("7.50"))
        .shipping_tax("shtax1", number("10"));
    let values = record.values().unwrap();
    let element = Json::Map(values.encode(&jiff::tz::TimeZone::UTC).unwrap());
    let element: Value = serde_json::from_str(&element.to_string()).unwrap();
    assert_eq!(
        element,
        json!({
            "subject": "one_line", "account_id": "11x2", "contact_id": "12x122",
            "invoicestatus": "AutoCreated", "bill_street": "S", "ship_street": "S",
            "assigned_user_id": "19x1", "productid": "14x542", "hdnTaxType": "group",
            "currency_id": "21x1", "conversion_rate": "0.5", "hdnDiscountPercent": "10",
            "hdnDiscountAmount": "",
            "txtAdjustment": "-0.50", "shipping_&_handling": "7.50",
            "shipping_&_handling_shtax1": "10",
            "LineItems": [
                {"productid": "14x542", "quantity": "2", "listprice": "10.50", "tax1": "25"},
                {"productid": "26x563", "quantity": "1.250", "listprice": "3.333333",
                 "discount_amount": "0.50", "comment": "c “é” <b>x</b>", "tax1": "25"},
            ],
        })
    );
}

#[test]
fn lines_that_a_server_would_take_without_a_word_are_refused() {
    let bare = || InventoryRecord::new(InventoryModule::Invoice, id("21x1"));
    let one = |line: NewLine| bare().line(line).product_prefixes([14, 26]);
    let cases: Vec<(InventoryRecord, &str)> = vec![
        (bare(), "LineItems"),
        (
            one(NewLine::new(id("14x542"), number("0"), number("1"))),
            "LineItems[0].quantity",
        ),
        (
            one(NewLine::new(id("14x542"), number("1.2345"), number("1"))),
            "LineItems[0].quantity",
        ),
        (
            one(NewLine::new(id("14x542"), number("1"), number("-1"))),
            "LineItems[0].listprice",
        ),
        (
            one(NewLine::new(
                id("14x542"),
                number("1"),
                number("1.123456789"),
            )),
            "LineItems[0].listprice",
        ),
        (
            one(NewLine::new(id("11x2"), number("1"), number("1"))),
            "LineItems[0].productid",
        ),
        (
            one(NewLine::new(id("14x0"), number("1"), number("1"))),
            "LineItems[0].productid",
        ),
        (
            one(line().discount(Discount::Percent(number("101")))),
            "LineItems[0].discount",
        ),
        (one(line().tax("tax1", number("5"))), "LineItems[0].tax"),
        (
            one(line().tax("vat", number("5"))).tax_mode(TaxMode::Individual),
            "LineItems[0].vat",
        ),
        (
            one(line())
                .tax_mode(TaxMode::Individual)
                .tax("tax1", number("5")),
            "hdnTaxType",
        ),
        (one(line()).tax("tax1", number("-5")), "tax1"),
        (one(line()).shipping_tax("tax1", number("5")), "tax1"),
        (one(line()).conversion_rate(number("0")), "conversion_rate"),
        (
            one(line()).discount(Discount::Percent(number("-1"))),
            "discount",
        ),
        (one(line()).shipping(number("-1")), "shipping_&_handling"),
        (one(line()).set("hdnGrandTotal", "5"), "hdnGrandTotal"),
        (one(line()).set("productid", "14x1"), "productid"),
    ];
    for (record, field) in cases {
        let error = record.values().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{field}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{field}");
        let fields: Vec<_> = error.field_errors().keys().collect();
        assert_eq!(fields, [field]);
    }
    let huge = NewLine::new(id("14x542"), number("9999999999999"), Decimal::MAX.trunc());
    assert!(bare().line(huge).values().is_err());
}

#[tokio::test]
async fn a_line_of_another_module_never_leaves_the_house() {
    let server = server().await;
    sign_in(&server).await;
    products(&server).await;
    let record = invoice().line(NewLine::new(id("12x122"), number("1"), number("1")));
    let error = client(&server)
        .create_inventory(&record, None)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(error.field_errors().contains_key("LineItems[1].productid"));
    assert_eq!(count(&server, "create").await, 0);
}

#[tokio::test]
async fn without_a_right_to_see_products_their_ids_are_not_checked() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied",
        ))
        .expect(1)
        .mount(&server)
        .await;
    post("create")
        .respond_with(recorded("v7/076-webservice-create-Invoice_one_line").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(recorded("v7/077-webservice-retrieve-Invoice_one_line_after_create").again())
        .expect(1)
        .mount(&server)
        .await;
    client(&server)
        .create_inventory(&invoice(), None)
        .await
        .unwrap();
}
