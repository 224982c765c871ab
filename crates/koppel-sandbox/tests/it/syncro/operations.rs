//! The smaller resources: made, read, changed, removed, each in its own envelope.

use koppel_sandbox::syncro::{Size, Syncro};
use serde_json::{Value, json};

use super::talk::Talk;

/// The members of an answer.
fn keys(answer: &Value) -> Vec<&str> {
    answer
        .as_object()
        .map(|object| object.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

/// Makes, reads, lists, changes and removes; `bare` where a record comes without an envelope.
async fn round(talk: &Talk, path: &str, one: Option<&str>, many: &str, body: Value, patch: Value) {
    let inside = |answer: &Value| match one {
        Some(one) => {
            assert_eq!(keys(answer), [one], "{path}");
            answer[one].clone()
        }
        None => answer.clone(),
    };
    let made = inside(&talk.made(path, body).await);
    let id = &made["id"];
    assert!(id.is_i64(), "{path}: {made}");
    let list = talk.got(path).await;
    let listed = list[many]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["id"] == *id);
    assert!(listed, "{path}: {list}");
    let (status, changed) = talk.put(&format!("{path}/{id}"), patch.clone()).await;
    assert_eq!(status, 200, "{path}: {changed}");
    let changed = inside(&changed);
    for (name, value) in patch.as_object().unwrap() {
        assert_eq!(changed[name], *value, "{path}");
    }
}

#[tokio::test]
async fn the_smaller_resources_are_made_listed_and_changed() {
    let talk = Talk::with(Syncro::builder().unlimited()).await;
    let customer = talk
        .server
        .insert("customers", json!({"business_name": "A", "phone": "1"}));
    let ticket = talk.ticket(customer);
    let product = talk
        .server
        .insert("products", json!({"name": "p", "description": "d"}));
    let vendor = talk.server.insert("vendors", json!({"name": "V"}));
    let phones = format!("/customers/{customer}/phones");
    let profiles = format!("/customers/{customer}/payment_profiles");
    let serials = format!("/products/{product}/product_serials");
    let skus = format!("/products/{product}/product_skus");
    let worksheets = format!("/tickets/{ticket}/worksheet_results");
    let schedule = json!({"customer_id": customer, "name": "s", "frequency": "Monthly", "next_run": "2026-01-01"});
    for (path, one, many, body, patch) in [
        (
            phones.as_str(),
            None,
            "phones",
            json!({"number": "2", "label": "Fax"}),
            json!({"label": "Old"}),
        ),
        (
            &profiles,
            Some("payment_profile"),
            "payment_profiles",
            json!({"last_four": "1234"}),
            json!({"last_four": "9"}),
        ),
        (
            &serials,
            Some("product_serial"),
            "product_serials",
            json!({"serial_number": "S1"}),
            json!({"serial_number": "S2"}),
        ),
        (
            &skus,
            Some("product_sku"),
            "product_skus",
            json!({"vendor_id": vendor, "value": "K1"}),
            json!({}),
        ),
        (
            &worksheets,
            Some("worksheet_result"),
            "worksheet_results",
            json!({"title": "W"}),
            json!({"complete": true}),
        ),
        (
            "/vendors",
            Some("vendor"),
            "vendors",
            json!({"name": "W"}),
            json!({"city": "Ede"}),
        ),
        (
            "/wiki_pages",
            Some("wiki_page"),
            "wiki_pages",
            json!({"name": "A b", "body": "x"}),
            json!({"body": "y"}),
        ),
        (
            "/contracts",
            None,
            "contracts",
            json!({"customer_id": customer}),
            json!({"likelihood": 30}),
        ),
        (
            "/schedules",
            Some("schedule"),
            "schedules",
            schedule,
            json!({"paused": true}),
        ),
        (
            "/portal_users",
            None,
            "portal_users",
            json!({"email": "a@b.example"}),
            json!({"email": "c@b.example"}),
        ),
        (
            "/estimates",
            Some("estimate"),
            "estimates",
            json!({"customer_id": customer, "date": "2026-01-01"}),
            json!({"name": "E"}),
        ),
    ] {
        round(&talk, path, one, many, body, patch).await;
    }
    assert_eq!(talk.got("/customers").await["customers"][0]["phone"], "1");
}

#[tokio::test]
async fn what_belongs_to_another_is_not_found_under_this_one() {
    let talk = Talk::new().await;
    let one = talk.customer();
    let two = talk
        .server
        .insert("customers", json!({"business_name": "B"}));
    let phone = talk
        .server
        .insert("phones", json!({"customer_id": one, "number": "1"}));
    for (method, path) in [
        ("PUT", format!("/customers/{two}/phones/{phone}")),
        ("DELETE", format!("/customers/{two}/phones/{phone}")),
        ("GET", "/customers/9/phones".into()),
        ("POST", "/customers/9/phones".into()),
        ("POST", "/tickets/9/comment".into()),
        ("GET", "/tickets/9/comments".into()),
        ("POST", "/invoices/9/line_items".into()),
        ("POST", "/purchase_orders/9/receive".into()),
    ] {
        let request = talk.request(method, &path);
        let request = if method == "GET" {
            request
        } else {
            request.json(&json!({"number": "2"}))
        };
        assert_eq!(talk.raw(request).await.0, 404, "{method} {path}");
    }
    assert_eq!(
        talk.delete(&format!("/customers/{one}/phones/{phone}"))
            .await
            .0,
        200
    );
    assert_eq!(talk.server.count("phones"), 0);
}

#[tokio::test]
async fn a_purchase_order_is_filled_and_received() {
    let talk = Talk::new().await;
    let vendor = talk.server.insert("vendors", json!({"name": "V"}));
    let body = json!({"name": "p", "description": "d", "maintain_stock": true, "quantity": 3, "price_cost": 2.5});
    let product = talk.server.insert("products", body);
    let order = talk
        .made(
            "/purchase_orders",
            json!({"vendor_id": vendor, "shipping_cents": 495}),
        )
        .await;
    let order = &order["purchase_order"];
    assert_eq!(order["shipping"], json!(4.95));
    let path = format!("/purchase_orders/{}", order["id"]);
    let body = json!({"product_id": product, "quantity": 4});
    let line = talk
        .made(&format!("{path}/create_po_line_item"), body)
        .await;
    assert_eq!(line["po_line_item"]["total_cents"], 1_000);
    let body = json!({"line_item_id": line["po_line_item"]["id"]});
    let order = talk.made(&format!("{path}/receive"), body).await;
    assert_eq!(order["purchase_order"]["total"], json!(14.95));
    assert_eq!(order["purchase_order"]["vendor"]["name"], "V");
    assert_eq!(order["purchase_order"]["line_items"][0]["received"], true);
    assert_eq!(
        talk.got(&format!("/products/{product}")).await["product"]["quantity"],
        7
    );
}

#[tokio::test]
async fn tickets_have_lines_and_attachments() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let ticket = talk.ticket(customer);
    let path = format!("/tickets/{ticket}");
    let body = json!({"name": "Part", "description": "Fan", "price_cost": 10, "price_retail": 15.5, "quantity": 1});
    let line = talk.made(&format!("{path}/add_line_item"), body).await;
    assert_eq!(
        (&line["price_cost"], &line["price_retail"]),
        (&json!(10), &json!(15.5))
    );
    assert_eq!(
        (&line["cost_cents"], &line["retail_cents"]),
        (&json!(1_000), &json!(1_550))
    );
    let body = json!({"ticket_line_item_id": line["id"], "name": "Fan"});
    let (_, changed) = talk
        .put(&format!("{path}/update_line_item"), body.clone())
        .await;
    assert_eq!(changed["ticket_line_item"]["name"], "Fan");
    let removed = talk.made(&format!("{path}/remove_line_item"), body).await;
    assert_eq!(removed, json!({"success": true, "message": ""}));
    let files = json!({"files": [{"url": "https://files.example/a.pdf", "filename": "a.pdf"}]});
    let said = talk.made(&format!("{path}/attach_file_url"), files).await;
    assert!(said["message"].as_str().unwrap().starts_with("Processing"));
    let file = talk.got(&path).await["ticket"]["attachments"][0].clone();
    assert_eq!(file["file_name"], "a.pdf");
    let body = json!({"attachment_id": file["id"]});
    let gone = talk.made(&format!("{path}/delete_attachment"), body).await;
    assert_eq!(gone, json!({"success": true}));
    let (_, said) = talk.delete(&path).await;
    assert_eq!(said["message"], "Ticket was successfully deleted. ");
    assert_eq!(
        talk.delete(&path).await,
        (404, json!({"message": "Not found"}))
    );
}

#[tokio::test]
async fn canned_answers_are_patched_and_leave_without_a_word() {
    let talk = Talk::new().await;
    let body = json!({"title": "Hello", "body": "Hi", "subject": "Greeting"});
    let (status, made) = talk.post("/canned_responses", body).await;
    assert_eq!(status, 201);
    let path = format!("/canned_responses/{}", made["canned_response"]["id"]);
    let patch = talk.request("PATCH", &path).json(&json!({"title": "Hey"}));
    assert_eq!(talk.raw(patch).await.0, 200);
    let listed = talk.got("/canned_responses?query=hey").await;
    assert_eq!(listed["canned_responses"][0]["subject"], "Greeting");
    let settings = talk.got("/canned_responses/settings").await;
    assert_eq!(settings["subjects"], json!(["Greeting"]));
    let (status, _, text) = talk.raw(talk.request("DELETE", &path)).await;
    assert_eq!((status, text.as_str()), (204, ""));
}

#[tokio::test]
async fn a_form_makes_a_customer_and_a_ticket() {
    let talk = Talk::new().await;
    let body = json!({
        "customer_details": {"firstname": "Isa", "lastname": "Bos"},
        "ticket_details": {"subject": "Slow", "description": "Very slow", "problem_type": "Hardware"},
    });
    let done = talk.made("/new_ticket_forms/1/process_form", body).await;
    assert_eq!(keys(&done), ["invoice", "message", "redirect", "ticket"]);
    assert_eq!(done["ticket"]["password"], Value::Null);
    let ticket = talk.got(done["redirect"].as_str().unwrap()).await;
    assert_eq!(ticket["ticket"]["customer_business_then_name"], "Isa Bos");
    assert_eq!(ticket["ticket"]["comments"][0]["body"], "Very slow");
    assert!(talk.server.mails().is_empty());
}

#[tokio::test]
async fn search_looks_through_what_the_token_may_see() {
    let builder = Syncro::builder().without("Leads - List/Search");
    let talk = Talk::with(builder).await;
    talk.server
        .insert("customers", json!({"business_name": "Zon", "phone": "12"}));
    talk.server.insert("leads", json!({"first_name": "Zon"}));
    let found = talk.got("/search?query=zon").await;
    assert_eq!(keys(&found), ["error", "quick_result", "results"]);
    assert_eq!(found["results"].as_array().unwrap().len(), 1);
    let hit = &found["results"][0]["table"];
    assert_eq!(
        (&hit["_type"], &hit["_index"]),
        (&json!("customer"), &json!("customers"))
    );
    assert_eq!(hit["_source"]["table"]["phones"][0]["number"], "12");
}

#[tokio::test]
async fn every_plain_list_and_every_word_of_the_account_is_answered() {
    let size = Size::of_customers(5);
    let talk = Talk::with(Syncro::builder().seed(size).unlimited()).await;
    for (path, expected) in [
        ("/me", "permissions"),
        ("/settings", "business_hours"),
        ("/settings/tabs", "tabs"),
        ("/settings/printing", "registers"),
        ("/tickets/settings", "users"),
        ("/items", "items"),
        ("/ticket_timers", "ticket_timers"),
        ("/ticket_comments", "comments"),
        ("/timelogs", "timelogs"),
        ("/products/categories", "categories"),
        ("/appointment_types", "appointment_types"),
        ("/new_ticket_forms", "new_ticket_forms"),
        ("/purchase_orders", "purchase_orders"),
    ] {
        let answer = talk.got(path).await;
        assert!(answer.get(expected).is_some(), "{path}: {answer}");
    }
    let asset = talk.server.ids("assets")[0];
    for (path, expected) in [
        ("patches", "available_patches_meta"),
        ("installed_applications", "installed_applications"),
    ] {
        let answer = talk.got(&format!("/customer_assets/{asset}/{path}")).await;
        assert!(answer.get(expected).is_some(), "{path}");
    }
    let ids = format!("/customer_assets/chat_information_by_ids?ids[]={asset}");
    assert_eq!(talk.got(&ids).await["assets"][0]["id"], asset);
    let log = talk.put("/timelogs", json!({"in_note": "Early"})).await;
    assert_eq!((log.0, &log.1["in_note"]), (200, &json!("Early")));
    assert_eq!(talk.got("/timelogs/last").await["id"], log.1["id"]);
    talk.made("/user_devices", json!({"device_uuid": "u-1"}))
        .await;
    assert_eq!(talk.got("/user_devices/u-1").await["device_uuid"], "u-1");
}
