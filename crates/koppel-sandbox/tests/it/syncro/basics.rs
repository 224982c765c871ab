//! Customers, tickets and invoices from end to end.

use koppel_sandbox::syncro::{Action, Size, Syncro};
use serde_json::{Value, json};

use super::talk::Talk;

#[tokio::test]
async fn a_customer_is_made_read_changed_and_removed() {
    let talk = Talk::new().await;
    let body = json!({"business_name": "Garage Bos", "firstname": "Isa", "lastname": "Bos",
        "email": "isa@bos.example", "phone": "030-555 09 99", "colour": "red",
        "properties": {"Koppel ID": "k1"}});
    let made = talk.made("/customers", body).await;
    let customer = &made["customer"];
    let id = customer["id"].as_i64().unwrap();
    assert_eq!(customer["phone"], "0305550999");
    assert_eq!(customer["business_then_name"], "Garage Bos");
    assert_eq!(customer["fullname"], "Isa Bos");
    assert_eq!(customer.get("colour"), None);
    assert!(
        customer["online_profile_url"]
            .as_str()
            .unwrap()
            .contains("portal_key=")
    );
    let path = format!("/customers/{id}");
    let read = talk.got(&path).await;
    assert_eq!(read["customer"]["phones"][0]["number"], "0305550999");
    assert_eq!(read["customer"]["properties"]["Koppel ID"], "k1");
    let (status, changed) = talk.put(&path, json!({"city": "Breda"})).await;
    assert_eq!(
        (status, &changed["customer"]["city"]),
        (200, &json!("Breda"))
    );
    assert_eq!(changed["customer"]["email"], "isa@bos.example");
    let listed = talk.got("/customers?query=garage").await;
    assert_eq!(
        listed["meta"],
        json!({"total_pages": 1, "total_entries": 1, "per_page": 100, "page": 1})
    );
    let (status, gone) = talk.delete(&path).await;
    assert_eq!(status, 200);
    assert_eq!(gone["message"], "Customer was deleted from the system.");
    assert_eq!(talk.get(&path).await.0, 404);
    let written: Vec<Action> = talk
        .server
        .journal()
        .iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(written, [Action::Create, Action::Update, Action::Delete]);
}

#[tokio::test]
async fn a_ticket_shows_only_its_first_comment_in_a_list_and_mails_unless_told() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "subject": "Slow", "comments_attributes": [
        {"subject": "Initial Issue", "body": "Very slow", "do_not_email": true}]});
    let made = talk.made("/tickets", body).await;
    let id = made["ticket"]["id"].as_i64().unwrap();
    assert!(made["ticket"]["number"].is_i64());
    assert_eq!(made["ticket"]["status"], "New");
    assert_eq!(made["ticket"]["customer"]["id"], customer);
    assert!(talk.server.mails().is_empty());
    let path = format!("/tickets/{id}/comment");
    let (status, refused) = talk.post(&path, json!({"body": "x"})).await;
    assert_eq!(status, 422);
    assert_eq!(refused["message"], json!(["Subject can't be blank"]));
    talk.made(
        &path,
        json!({"subject": "Update", "body": "Hidden", "hidden": true}),
    )
    .await;
    assert!(talk.server.mails().is_empty());
    talk.made(&path, json!({"subject": "Update", "body": "Mailed"}))
        .await;
    assert_eq!(talk.server.mails().len(), 1);
    let listed = talk.got("/tickets").await;
    assert_eq!(
        listed["tickets"][0]["comments"].as_array().unwrap().len(),
        1
    );
    assert_eq!(listed["tickets"][0]["comments"][0]["body"], "Very slow");
    let comments = talk.got(&format!("/tickets/{id}/comments")).await;
    assert_eq!(comments["comments"].as_array().unwrap().len(), 3);
    assert_eq!(comments["meta"]["per_page"], 10);
}

#[tokio::test]
async fn lines_of_a_new_invoice_are_lost_and_come_one_by_one() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "number": "2026-1", "date": "2026-02-03",
        "line_items": [{"item": "Labour", "name": "An hour", "price": 10, "quantity": 1}]});
    let made = talk.made("/invoices", body).await;
    let id = made["invoice"]["id"].as_i64().unwrap();
    assert_eq!(made["invoice"]["total"], "0.0");
    assert_eq!(made["invoice"]["date"], "2026-02-03T00:00:00.000Z");
    let lines = format!("/invoices/{id}/line_items");
    let line = json!({"item": "Labour", "name": "An hour", "price": 64.99, "quantity": 2});
    let line = talk.made(&lines, line).await;
    assert_eq!(line["line_item"]["price"], "64.99");
    assert_eq!(line["line_item"]["quantity"], "2.0");
    let read = talk.got("/invoices/2026-1").await;
    let invoice = &read["invoice"];
    assert_eq!(invoice["id"], id);
    assert_eq!(invoice["subtotal"], "129.98");
    assert_eq!(invoice["tax"], "27.3");
    assert_eq!(invoice["total"], "157.28");
    assert_eq!(invoice["line_items"].as_array().unwrap().len(), 1);
    let body = json!({"invoice_id": id, "amount_cents": 15728, "ref_num": "T1"});
    let paid = talk.made("/payments", body).await;
    assert_eq!(paid["payment"]["payment_amount"], json!(157.28));
    assert_eq!(paid["payment"]["invoice_ids"], json!([id]));
    let read = talk.got(&format!("/invoices/{id}")).await;
    assert_eq!(read["invoice"]["is_paid"], true);
    // A line of a paid invoice does not change, an invoice with payments does not go: both say 200.
    let line = format!("{lines}/{}", line["line_item"]["id"]);
    let (status, said) = talk.put(&line, json!({"price": 1})).await;
    assert_eq!(
        (status, said),
        (200, json!({"message": "Invoice is already paid"}))
    );
    assert_eq!(talk.delete(&format!("/invoices/{id}")).await.0, 200);
    assert_eq!(talk.get(&format!("/invoices/{id}")).await.0, 200);
}

#[tokio::test]
async fn a_filled_account_has_what_was_asked_for() {
    let size = Size::of_customers(20);
    let talk = Talk::with(Syncro::builder().seed(size.clone())).await;
    for (name, count) in [
        ("customers", size.customers),
        ("contacts", size.contacts),
        ("tickets", size.tickets),
        ("leads", size.leads),
        ("invoices", size.invoices),
        ("payments", size.payments),
        ("products", size.products),
        ("assets", size.assets),
        ("rmm_alerts", size.alerts),
    ] {
        assert_eq!(talk.server.count(name), count as usize, "{name}");
    }
    let paid = talk.got("/invoices?paid=true&per_page=100").await;
    assert_eq!(paid["invoices"].as_array().unwrap().len(), 10);
    let users = talk.got("/users").await;
    assert_eq!(users["users"][0], json!([1, "Noor Visser"]));
    let me = talk.got("/me").await;
    assert_eq!(me["user_token"], "demo-token");
    assert_eq!(me["subdomain"], "demo");
    let settings = talk.got("/tickets/settings").await;
    assert!(
        settings["ticket_status_list"]
            .as_array()
            .unwrap()
            .contains(&json!("New"))
    );
    assert_ne!(
        talk.got("/settings").await["ticket"]["problem_types"],
        Value::Null
    );
}
