//! What surprises those who know Syncro only from its documents.

use koppel_sandbox::syncro::{Size, Syncro};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::talk::Talk;

#[tokio::test]
async fn a_put_of_a_product_switches_off_what_it_does_not_name() {
    let talk = Talk::new().await;
    let body = json!({"name": "Firewall", "description": "Small", "price_retail": 449.5,
        "maintain_stock": true, "taxable": true, "notes": "n"});
    let made = talk.made("/products", body).await;
    let product = &made["product"];
    assert_eq!(product["price_retail"], json!(449.5));
    assert_eq!(
        (&product["maintain_stock"], &product["taxable"]),
        (&json!(true), &json!(true))
    );
    let path = format!("/products/{}", product["id"]);
    let (_, changed) = talk.put(&path, json!({"price_retail": "450.25"})).await;
    let product = &changed["product"];
    assert_eq!(product["price_retail"], json!(450.25));
    assert_eq!(
        (&product["maintain_stock"], &product["taxable"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(product["notes"], "n");
    assert_eq!(product.get("updated_at"), None);
}

#[tokio::test]
async fn a_put_of_an_invoice_empties_what_it_does_not_name() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "number": "7", "date": "2026-01-02",
        "po_number": "PO 1", "note": "kept?", "due_date": "2026-02-01"});
    let made = talk.made("/invoices", body).await;
    let path = format!("/invoices/{}", made["invoice"]["id"]);
    let (status, changed) = talk.put(&path, json!({"note": "new"})).await;
    assert_eq!(status, 200);
    let invoice = &changed["invoice"];
    assert_eq!(
        (&invoice["note"], &invoice["po_number"]),
        (&json!("new"), &Value::Null)
    );
    assert_eq!(
        (&invoice["number"], &invoice["customer_id"]),
        (&json!("7"), &json!(customer))
    );
    assert_eq!(invoice["due_date"], "2026-01-02T00:00:00.000Z");
}

#[tokio::test]
async fn custom_fields_of_a_new_asset_are_lost_and_those_of_a_put_are_kept() {
    let talk = Talk::new().await;
    let body = json!({"name": "WS-1", "asset_type_name": "Printer", "properties": {"OS": "11"}});
    let made = talk.made("/customer_assets", body).await;
    assert_eq!(made["asset"]["properties"], json!({}));
    assert_eq!(made["asset"]["asset_type"], "Printer");
    let path = format!("/customer_assets/{}", made["asset"]["id"]);
    let (_, changed) = talk.put(&path, json!({"properties": {"OS": "11"}})).await;
    assert_eq!(changed["asset"]["properties"], json!({"OS": "11"}));
    assert_eq!(
        changed["asset"]["rmm_store"]["triggers"]["bsod_triggered"],
        "false"
    );
}

#[tokio::test]
async fn leads_take_more_than_they_show_and_vanish_when_they_are_disabled() {
    let talk = Talk::new().await;
    let body = json!({"first_name": "Isa", "last_name": "Bos", "business_name": "Garage Bos",
        "likelihood": 40, "opportunity_amount_dollars": 1250.5, "properties": {"Koppel ID": "l1"}});
    let made = talk.made("/leads", body).await;
    let lead = &made["lead"];
    let id = lead["id"].as_i64().unwrap();
    assert_eq!(lead["business_then_name"], "Garage Bos");
    for hidden in [
        "likelihood",
        "opportunity_amount_dollars",
        "properties",
        "business_name",
    ] {
        assert_eq!(lead.get(hidden), None, "{hidden}");
    }
    let kept = talk.server.kept("leads", id).unwrap();
    assert_eq!(
        (&kept["likelihood"], &kept["opportunity_amount_dollars"]),
        (&json!(40), &json!("1250.5"))
    );
    let path = format!("/leads/{id}");
    assert_eq!(talk.delete(&path).await.0, 404);
    talk.put(&path, json!({"disabled": true})).await;
    assert_eq!(talk.got("/leads").await["leads"], json!([]));
    assert_eq!(talk.get(&path).await.0, 200);
}

#[tokio::test]
async fn what_is_not_documented_can_be_shown_and_taken() {
    let builder = Syncro::builder()
        .shows("leads", "properties")
        .takes("contacts", "properties");
    let talk = Talk::with(builder).await;
    let lead = talk.made("/leads", json!({"properties": {"a": 1}})).await;
    assert_eq!(lead["lead"]["properties"], json!({"a": 1}));
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "name": "N", "properties": {"a": 1}, "title": "Ms"});
    let contact = talk.made("/contacts", body).await;
    assert_eq!(contact["properties"], json!({"a": 1, "title": "Ms"}));
    let plain = Talk::new().await;
    let customer = plain.customer();
    let body = json!({"customer_id": customer, "name": "N", "properties": {"a": 1}, "title": "Ms"});
    let contact = plain.made("/contacts", body).await;
    assert_eq!(contact["properties"], json!({"title": "Ms"}));
}

#[tokio::test]
async fn a_contract_that_is_gone_is_null_and_an_alert_that_is_deleted_is_resolved() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "name": "Gold", "contract_amount": "30k"});
    let contract = talk.made("/contracts", body).await;
    let path = format!("/contracts/{}", contract["id"]);
    assert_eq!(talk.delete(&path).await, (200, Value::Null));
    assert_eq!(talk.get(&path).await, (200, Value::Null));
    let body =
        json!({"customer_id": customer, "description": "Disk", "formatted_output": "3 % left"});
    let (status, made) = talk.post("/rmm_alerts", body).await;
    assert_eq!((status, &made["success"]), (201, &json!(true)));
    assert_eq!(made["alert"]["formatted_output"], "3 % left");
    let path = format!("/rmm_alerts/{}", made["alert"]["id"]);
    let listed = talk.got("/rmm_alerts").await;
    assert_eq!(listed["rmm_alerts"].as_array().unwrap().len(), 1);
    assert_eq!(talk.delete(&path).await, (200, json!({"success": "true"})));
    assert_eq!(talk.got("/rmm_alerts").await["rmm_alerts"], json!([]));
    assert_eq!(talk.got(&path).await["rmm_alert"]["resolved"], true);
    let muted = talk
        .post(&format!("{path}/mute?mute_for=1-day"), json!({}))
        .await;
    assert_eq!(muted, (200, json!({"success": "true"})));
    let (status, refused) = talk
        .post(&format!("{path}/mute"), json!({"mute_for": "1-day"}))
        .await;
    assert_eq!(status, 422);
    assert!(refused["errors"]["mute_for"].is_array());
}

#[tokio::test]
async fn appointments_are_wrapped_twice_in_a_list_and_not_at_all_alone() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"summary": "Visit", "start_at": "2026-03-04T09:00:00Z", "do_not_email": true,
        "end_at": "2026-03-04T11:00:00Z", "customer_id": customer, "description": "Bring keys"});
    let (status, made) = talk.post("/appointments", body).await;
    assert_eq!(status, 201);
    let id = &made["appointment"]["id"];
    assert_eq!(made["appointment"]["duration"], 2);
    assert_eq!(made["appointment"]["do_not_email"], "1");
    assert!(
        made["appointment"]["description"]
            .as_str()
            .unwrap()
            .contains("Contact")
    );
    let listed = talk
        .got("/appointments?date_from=2026-03-04&date_to=2026-03-04")
        .await;
    assert_eq!(listed["appointments"][0]["appointment"]["id"], *id);
    assert_eq!(listed.get("meta"), None);
    assert_eq!(
        talk.got(&format!("/appointments/{id}")).await["summary"],
        "Visit"
    );
    assert_eq!(
        talk.got("/appointments?date_from=2026-03-05").await["appointments"],
        json!([])
    );
    let (_, gone) = talk.delete(&format!("/appointments/{id}")).await;
    assert_eq!(gone, json!({"message": "deleted"}));
}

#[tokio::test]
async fn a_timer_that_is_charged_twice_makes_two_lines() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let ticket = talk.ticket(customer);
    let path = format!("/tickets/{ticket}");
    let body = json!({"start_at": "2026-01-01T10:00:00Z", "duration_minutes": 90, "notes": "Work"});
    let timer = talk.made(&format!("{path}/timer_entry"), body).await;
    assert_eq!(timer["end_time"], "2026-01-01T11:30:00.000Z");
    assert_eq!(timer["active_duration"], 5_400);
    let update = json!({"timer_entry_id": timer["id"], "duration_minutes": 10});
    let (_, changed) = talk
        .put(&format!("{path}/update_timer_entry"), update)
        .await;
    assert_eq!(changed["end_time"], "2026-01-01T11:30:00.000Z");
    let charge = json!({"timer_entry_id": timer["id"]});
    for _ in 0..2 {
        let charged = talk
            .made(&format!("{path}/charge_timer_entry"), charge.clone())
            .await;
        assert_eq!(charged["recorded"], true);
    }
    let lines = &talk.got(&path).await["ticket"]["line_items"];
    assert_eq!(lines.as_array().unwrap().len(), 2);
    assert_eq!(
        (&lines[0]["quantity"], &lines[0]["description"]),
        (&json!("1.5"), &json!("Work"))
    );
    let patch = talk.request(
        "PATCH",
        &format!("/ticket_timers/{}?billable=maybe", timer["id"]),
    );
    let (status, _, text) = talk.raw(patch).await;
    assert_eq!(
        (status, text.as_str()),
        (422, "{\"errors\":[\"billable must be true or false\"]}")
    );
}

#[tokio::test]
async fn payments_are_split_unlinked_and_of_a_number() {
    let talk = Talk::with(Syncro::builder().tax_rates([(1, Decimal::ZERO)])).await;
    let customer = talk.customer();
    let invoice = |number: &str| {
        let lines = json!([{"item": "a", "name": "b", "price": "10.00"}]);
        let body = json!({"customer_id": customer, "number": number, "line_items": lines});
        talk.server.insert("invoices", body)
    };
    let (one, two, three) = (invoice("1"), invoice("2"), invoice("3"));
    let body = json!({"customer_id": customer, "amount_cents": 1500,
        "apply_payments": {one.to_string(): 1000, two.to_string(): 500}});
    let split = talk.made("/payments", body).await;
    assert_eq!(split["payment"]["payment_amount"], 15);
    assert_eq!(split["payment"]["invoice_ids"].as_array().unwrap().len(), 2);
    let body = json!({"customer_id": customer, "amount_cents": 2_050});
    let credit = talk.made("/payments", body).await;
    assert_eq!(credit["payment"]["invoice_ids"], json!([null]));
    assert_eq!(credit["payment"]["payment_amount"], json!(20.5));
    talk.made(
        "/payments",
        json!({"invoice_number": "3", "amount_cents": 1_000}),
    )
    .await;
    let paid = |id: i64| talk.server.record("invoices", id).unwrap()["is_paid"].clone();
    assert_eq!(
        [paid(one), paid(two), paid(three)],
        [json!(true), json!(false), json!(true)]
    );
    assert_eq!(
        talk.post("/payments", json!({"invoice_number": "9"}))
            .await
            .0,
        422
    );
    let read = talk
        .got(&format!("/payments/{}", split["payment"]["id"]))
        .await;
    assert_eq!(read["payment"]["customer"]["id"], customer);
}

#[tokio::test]
async fn an_estimate_gets_lines_and_becomes_an_invoice() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "date": "2026-01-02", "note": "secret",
        "line_items": [{"item": "lost", "name": "lost"}]});
    let made = talk.made("/estimates", body).await;
    let id = made["estimate"]["id"].as_i64().unwrap();
    assert_eq!(made["estimate"].get("note"), None);
    let lines = format!("/estimates/{id}/line_items");
    let line = json!({"item": "Labour", "name": "Hour", "price": 100, "quantity": 1.5});
    let added = talk.made(&lines, line).await;
    assert_eq!(added["estimate"]["total"], "181.5");
    assert_eq!(added["line_item"]["invoice_id"], Value::Null);
    let (status, _) = talk
        .put(
            &format!("{lines}/{}", added["line_item"]["id"]),
            json!({"item": ""}),
        )
        .await;
    assert_eq!(status, 422);
    let invoice = talk
        .made(&format!("/estimates/{id}/convert_to_invoice"), json!({}))
        .await;
    assert_eq!(invoice["invoice"]["total"], "181.5");
    let estimate = talk.got(&format!("/estimates/{id}")).await;
    assert_eq!(estimate["estimate"]["invoice_id"], invoice["invoice"]["id"]);
    let (_, gone) = talk.delete(&format!("/estimates/{id}")).await;
    assert!(
        gone["message"]
            .as_str()
            .unwrap()
            .starts_with("1: We deleted #")
    );
}

#[tokio::test]
async fn a_line_takes_its_words_and_price_from_its_product() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let product = talk.server.insert(
        "products",
        json!({"name": "Cable", "description": "2 m",
        "price_retail": 9.95, "price_cost": 3, "taxable": false, "upc_code": "871"}),
    );
    let invoice = talk
        .server
        .insert("invoices", json!({"customer_id": customer}));
    let path = format!("/invoices/{invoice}/line_items");
    let by_id = talk
        .made(&path, json!({"product_id": product, "quantity": 2}))
        .await;
    let line = &by_id["line_item"];
    assert_eq!(
        (&line["item"], &line["name"], &line["price"]),
        (&json!("Cable"), &json!("2 m"), &json!("9.95"))
    );
    talk.made(
        &path,
        json!({"upc_code": "871", "quantity": 1, "line_discount_percent": 10}),
    )
    .await;
    let read = talk.got(&format!("/invoices/{invoice}")).await;
    assert_eq!(read["invoice"]["subtotal"], "28.86");
    assert_eq!(read["invoice"]["tax"], "0.0");
    assert_eq!(read["invoice"]["line_items"][1]["position"], 2);
    let barcode = talk.got("/products/barcode?barcode=871").await;
    assert_eq!(barcode["product"]["id"], product);
}

#[tokio::test]
async fn the_caller_is_named_in_json_or_as_a_bare_text() {
    let talk = Talk::new().await;
    talk.server.insert(
        "customers",
        json!({"business_name": "Garage Bos", "phone": "030-12 34"}),
    );
    let path = "/callerid?did=0301234";
    let asked = talk
        .request("GET", path)
        .header("accept", "application/json");
    let (_, _, json) = talk.raw(asked).await;
    assert_eq!(
        json,
        "{\"data\":{\"name\":\"Garage Bos\",\"ticket_status\":null}}"
    );
    let (_, kind, text) = talk.raw(talk.request("GET", path)).await;
    assert_eq!(
        (kind.as_str(), text.as_str()),
        ("text/plain; charset=utf-8", "Garage Bos")
    );
    let (_, _, text) = talk.raw(talk.request("GET", "/callerid?did=9")).await;
    assert_eq!(text, "Walking Customer");
    let off = Talk::with(Syncro::builder().callerid(false)).await;
    let (status, _, text) = off.raw(off.request("GET", path)).await;
    assert_eq!((status, text.as_str()), (200, "Disabled"));
}

#[tokio::test]
async fn a_payment_moves_its_invoice_unless_it_is_told_not_to() {
    for touch in [true, false] {
        let size = Size {
            customers: 1,
            invoices: 1,
            ..Size::default()
        };
        let builder = Syncro::builder().seed(size).payments_touch_invoices(touch);
        let talk = Talk::with(builder).await;
        let invoice = talk.server.ids("invoices")[0];
        let time = || talk.server.record("invoices", invoice).unwrap()["updated_at"].clone();
        let before = time();
        talk.server.pay(invoice, 100);
        assert_eq!(time() != before, touch);
    }
}
