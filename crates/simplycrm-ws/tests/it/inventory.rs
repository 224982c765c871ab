//! Invoices, quotes and orders.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use simplycrm_ws::{
    BodyFault, ChangeKind, Discount, ErrorKind, InventoryHeader, InventoryLine, InventoryModule,
    InventoryRecord, Json, NewLine, Record, SendOutcome, TaxMode, Values, Warning,
};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::exchange::{names, recorded};
use crate::support::{client, count, elements, get, id, no, post, server, sign_in, yes};

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// One product, twice, for 10.50.
fn line() -> NewLine {
    NewLine::new(id("14x542"), number("2"), number("10.50"))
}

/// The invoice of the recorded `Invoice_one_line`.
fn invoice() -> InventoryRecord {
    InventoryRecord::new(InventoryModule::Invoice, id("21x1"))
        .set("subject", "one_line")
        .set("account_id", id("11x2"))
        .set("contact_id", id("12x122"))
        .set("invoicestatus", "AutoCreated")
        .set("bill_street", "S")
        .set("ship_street", "S")
        .set("assigned_user_id", id("19x1"))
        .line(line())
}

/// Lets products have the prefix 14, and services 26.
async fn products(server: &MockServer) {
    for (module, file) in [
        ("Products", "v7/037-webservice-describe-Products"),
        ("Services", "v7/038-webservice-describe-Services"),
    ] {
        get("describe")
            .and(query_param("elementType", module))
            .respond_with(recorded(file).again())
            .mount(server)
            .await;
    }
}

/// The record that a recorded `create` sent, built anew; `None` where the
/// builder would refuse it.
fn rebuilt(sent: &Json) -> Option<InventoryRecord> {
    let text = |json: &Json, name: &str| match json.get(name)? {
        Json::Text(text) => Some(text.clone()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        _ => None,
    };
    let decimal = |json: &Json, name: &str| text(json, name)?.parse::<Decimal>().ok();
    let mode = TaxMode::from_name(&text(sent, "hdnTaxType")?)?;
    let mut record = InventoryRecord::new(InventoryModule::Invoice, id("21x1")).tax_mode(mode);
    for item in sent.get("LineItems")?.as_list()? {
        let product = text(item, "productid")?.parse().ok()?;
        let mut line = NewLine::new(
            product,
            decimal(item, "quantity")?,
            decimal(item, "listprice")?,
        );
        if let Some(percent) = decimal(item, "discount_percent") {
            line = line.discount(Discount::Percent(percent));
        } else if let Some(amount) = decimal(item, "discount_amount") {
            line = line.discount(Discount::Amount(amount));
        }
        if let Some(percent) = decimal(item, "tax1") {
            match mode {
                TaxMode::Group => record = record.tax("tax1", percent),
                TaxMode::Individual => line = line.tax("tax1", percent),
            }
        }
        record = record.line(line);
    }
    if let Some(percent) = decimal(sent, "hdnDiscountPercent") {
        record = record.discount(Discount::Percent(percent));
    } else if let Some(amount) = decimal(sent, "hdnDiscountAmount") {
        record = record.discount(Discount::Amount(amount));
    }
    if let Some(amount) = decimal(sent, "txtAdjustment") {
        record = record.adjustment(amount);
    }
    if let Some(amount) = decimal(sent, "shipping_&_handling") {
        record = record.shipping(amount);
    }
    if let Some(percent) = decimal(sent, "shipping_&_handling_shtax1") {
        record = record.shipping_tax("shtax1", percent);
    }
    Some(record)
}

#[test]
fn the_totals_of_every_recorded_create_are_computed_to_the_last_digit() {
    let mut compared = 0;
    for name in names("v7") {
        let exchange = recorded(&name);
        if exchange.api != "webservice" || exchange.operation != "create" {
            continue;
        }
        let Some(sent) = exchange
            .sent("element")
            .and_then(|text| Json::parse(text).ok())
        else {
            continue;
        };
        let (Some(record), Ok(result)) = (rebuilt(&sent), exchange.result()) else {
            continue;
        };
        // An individual tax that the product does not have counts for nothing.
        if name.contains("individual_tax_product_without_taxes") {
            continue;
        }
        let stored = Record::from_json(result).unwrap();
        let header = InventoryHeader::new(&stored);
        let totals = record.totals().unwrap();
        assert_eq!(header.subtotal().unwrap(), Some(totals.subtotal), "{name}");
        assert_eq!(header.pre_tax().unwrap(), Some(totals.pre_tax), "{name}");
        assert_eq!(
            header.grand_total().unwrap(),
            Some(totals.grand_total),
            "{name}"
        );
        compared += 1;
    }
    assert!(compared >= 12, "{compared}");
}

#[test]
fn a_group_tax_counts_on_what_the_overall_discount_leaves() {
    // As in the recorded `Invoice_discount_10_tax_25`.
    let record = InventoryRecord::new(InventoryModule::Invoice, id("21x1"))
        .line(NewLine::new(id("14x542"), number("2"), number("100")))
        .tax("tax1", number("25"))
        .discount(Discount::Percent(number("10")));
    let totals = record.totals().unwrap();
    let stored = recorded("v7/512-webservice-retrieve-Invoice_discount_10_tax_25").record();
    let header = InventoryHeader::new(&stored);
    assert_eq!(header.subtotal().unwrap(), Some(totals.subtotal));
    assert_eq!(header.pre_tax().unwrap(), Some(totals.pre_tax));
    assert_eq!(header.grand_total().unwrap(), Some(totals.grand_total));
    assert_eq!(totals.tax, number("45"));
    assert_eq!(
        header.discount().unwrap(),
        Some(Discount::Percent(number("10")))
    );
    let lines = header.lines().unwrap();
    assert_eq!(lines[0].taxes.get("tax1"), Some(&number("25")));
}

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

fn changed(warnings: &[Warning]) -> Vec<(&str, ChangeKind)> {
    warnings
        .iter()
        .map(|warning| match warning {
            Warning::Changed { field, what, .. } => (field.as_str(), *what),
            other => panic!("{other}"),
        })
        .collect()
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

#[test]
fn the_lines_of_a_recorded_invoice_read_in_order() {
    let record = recorded("v7/073-webservice-retrieve-Invoice_two_lines_group_tax").record();
    let header = InventoryHeader::new(&record);
    assert_eq!(header.tax_mode(), Some(TaxMode::Group));
    assert_eq!(header.currency().unwrap(), Some(id("21x1")));
    assert_eq!(header.discount().unwrap(), None);
    assert_eq!(header.adjustment().unwrap(), Some(Decimal::ZERO));
    assert_eq!(
        header.due_date().unwrap().unwrap().to_string(),
        "2026-12-02"
    );
    let lines = header.lines().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].product, Some(id("14x543")));
    assert_eq!(lines[0].quantity, number("2"));
    assert_eq!(lines[0].list_price, number("11.5"));
    assert_eq!(lines[0].discount, None);
    assert_eq!(lines[1].discount, Some(Discount::Percent(number("10"))));
    assert_eq!(lines[1].comment, "line 1 – “é”");
    assert_eq!(lines[1].product_name.as_deref(), Some("Service 01"));
    assert!(lines[1].taxes.is_empty(), "rates of 0 are none");
    let sum: Decimal = lines.iter().map(|line| line.net().unwrap()).sum();
    assert_eq!(header.subtotal().unwrap(), Some(sum));
}

#[test]
fn totals_read_alike_from_texts_and_numbers() {
    let answer = recorded("v7/076-webservice-create-Invoice_one_line").record();
    let again = recorded("v7/077-webservice-retrieve-Invoice_one_line_after_create").record();
    assert_ne!(answer.get("hdnGrandTotal"), again.get("hdnGrandTotal"));
    assert_eq!(
        InventoryHeader::new(&answer).grand_total().unwrap(),
        InventoryHeader::new(&again).grand_total().unwrap()
    );
}

#[test]
fn a_line_of_a_product_that_does_not_exist_has_none() {
    let record = recorded("v7/080-webservice-create-Invoice_line_unknown_product").record();
    let lines = InventoryHeader::new(&record).lines().unwrap();
    assert_eq!((lines[0].product, &lines[0].product_name), (None, &None));
}

#[test]
fn a_record_without_lines_has_an_empty_list_and_a_broken_one_an_error() {
    for (text, lines) in [
        ("{}", Some(0)),
        (r#"{"LineItems":null}"#, Some(0)),
        (r#"{"LineItems":""}"#, Some(0)),
        (r#"{"LineItems":[]}"#, Some(0)),
        (r#"{"LineItems":"[{}]"}"#, None),
        (r#"{"LineItems":{"1":{}}}"#, None),
        (r#"{"LineItems":[7]}"#, None),
        (r#"{"LineItems":[{"quantity":"two"}]}"#, None),
        (r#"{"LineItems":[{"productid":"Array"}]}"#, None),
        (
            r#"{"LineItems":[{"sequence_no":2},{"sequence_no":"1"}]}"#,
            Some(2),
        ),
    ] {
        let record = Record::from_json(Json::parse(text).unwrap()).unwrap();
        let read = InventoryHeader::new(&record).lines();
        assert_eq!(read.ok().map(|lines| lines.len()), lines, "{text}");
    }
    let line = Json::parse(r#"{"sequence_no":2,"tax1":"0.000","tax2":5,"taxes":"x"}"#).unwrap();
    let line = InventoryLine::from_json(&line).unwrap();
    assert_eq!(line.sequence, Some(2));
    assert_eq!(
        line.taxes.into_iter().collect::<Vec<_>>(),
        [("tax2".to_owned(), number("5"))]
    );
}

#[test]
fn modules_with_lines_are_known_by_name() {
    for module in InventoryModule::ALL {
        assert_eq!(module.as_str().parse::<InventoryModule>().unwrap(), module);
    }
    let error = "Contacts".parse::<InventoryModule>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(InventoryModule::PurchaseOrder.party_field(), "vendor_id");
    assert_eq!(InventoryModule::Quotes.status_field(), "quotestage");
}
