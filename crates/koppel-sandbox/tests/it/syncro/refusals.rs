//! The many shapes of a refusal.

use koppel_sandbox::syncro::Fault;
use serde_json::{Value, json};

use super::talk::Talk;

#[tokio::test]
async fn each_resource_refuses_in_its_own_shape() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let ticket = talk.ticket(customer);
    let product = talk
        .server
        .insert("products", json!({"name": "p", "description": "d"}));
    let estimate = talk
        .server
        .insert("estimates", json!({"customer_id": customer}));
    let schedule = talk.server.insert(
        "schedules",
        json!({"customer_id": customer, "name": "s", "frequency": "Daily", "next_run": "2026-01-01"}),
    );
    let order = talk.server.insert("purchase_orders", json!({}));
    let cases: Vec<(&str, String, Value, u16, Value)> = vec![
        (
            "POST",
            "/customers".into(),
            json!({"business_name": "B", "email": "nobody"}),
            422,
            json!({
                "success": false,
                "message": ["Email is not an email", "Email Only able to parse up to \"nobody\""],
                "params": {"business_name": "B", "email": "nobody"},
            }),
        ),
        (
            "PUT",
            format!("/customers/{customer}"),
            json!({"email": "nobody"}),
            422,
            json!({
                "success": false,
                "message": ["Email is not an email", "Email Only able to parse up to \"nobody\""],
            }),
        ),
        (
            "POST",
            "/contacts".into(),
            json!({"name": "N"}),
            404,
            json!({"message": "Not found"}),
        ),
        (
            "POST",
            "/leads".into(),
            json!({"from_check_in": true}),
            422,
            json!({
                "success": false, "message": ["Ticket description can't be blank"],
                "params": {"from_check_in": true},
            }),
        ),
        (
            "POST",
            "/tickets".into(),
            json!({"subject": "S"}),
            422,
            json!({"error": "Customer required field"}),
        ),
        (
            "PUT",
            format!("/tickets/{ticket}"),
            json!({"subject": ""}),
            422,
            json!({
                "success": false, "message": ["Subject can't be blank"],
            }),
        ),
        (
            "POST",
            format!("/tickets/{ticket}/comment"),
            json!({}),
            422,
            json!({
                "success": false, "message": ["Body can't be blank", "Subject can't be blank"], "params": {},
            }),
        ),
        (
            "POST",
            format!("/tickets/{ticket}/timer_entry"),
            json!({}),
            422,
            json!({
                "error": "no implicit conversion of nil into String",
            }),
        ),
        (
            "POST",
            format!("/tickets/{ticket}/add_line_item"),
            json!({}),
            422,
            json!({
                "errors": "Name can't be blank, Description can't be blank", "params": {},
            }),
        ),
        (
            "POST",
            "/estimates".into(),
            json!({}),
            422,
            json!({
                "customer_id": ["can't be blank"], "date": ["can't be blank"],
            }),
        ),
        (
            "POST",
            format!("/estimates/{estimate}/line_items"),
            json!({"name": "n"}),
            422,
            json!({
                "errors": "validation error: Item can't be blank", "params": {},
            }),
        ),
        (
            "POST",
            "/products".into(),
            json!({"name": ""}),
            422,
            json!({
                "success": false, "message": ["Name can't be blank", "Description can't be blank"],
                "params": {"name": ""},
            }),
        ),
        (
            "POST",
            format!("/products/{product}/product_skus"),
            json!({}),
            400,
            json!({
                "message": ["Vendor is blank", "Value is blank"],
            }),
        ),
        (
            "POST",
            "/appointments".into(),
            json!({"description": "d"}),
            422,
            json!({
                "success": false,
                "error": "Summary can't be blank,Start at can't be blank,End at can't be blank",
                "message": "Summary can't be blank,Start at can't be blank,End at can't be blank",
                "params": {"description": "d"},
            }),
        ),
        (
            "POST",
            "/customer_assets".into(),
            json!({"name": "N"}),
            422,
            json!({
                "success": false,
                "message": ["Asset type can't be blank",
                    "Name You must have an asset type first, please go create one"],
                "params": {"name": "N"},
            }),
        ),
        (
            "POST",
            "/schedules".into(),
            json!({}),
            422,
            json!({"error": [
                "Frequency Must be a valid selection", "Frequency can't be blank",
                "Next run can't be blank", "Name can't be blank", "Customer can't be blank",
            ]}),
        ),
        (
            "POST",
            format!("/schedules/{schedule}/add_line_item"),
            json!({}),
            422,
            json!({
                "error": ["Name can't be blank"],
            }),
        ),
        (
            "POST",
            "/wiki_pages".into(),
            json!({"name": ""}),
            422,
            json!({
                "success": false, "errors": ["Body can't be blank", "Name can't be blank"],
                "params": {"name": ""},
            }),
        ),
        (
            "POST",
            "/user_devices".into(),
            json!({}),
            422,
            json!({"message": "Missing params device_uuid"}),
        ),
        (
            "POST",
            "/otp_login".into(),
            json!({"code": "1"}),
            401,
            json!({
                "login": false,
                "instructions": "Your multi-factor authentication attempt failed for the 1st time.",
            }),
        ),
        (
            "POST",
            format!("/purchase_orders/{order}/create_po_line_item"),
            json!({"product_id": product, "quantity": 1}),
            422,
            json!({
                "errors": "Error adding that item  - please ensure that the item you are trying to add \
                    is set to \u{2018}Maintain Stock\u{2019}.",
            }),
        ),
        (
            "POST",
            format!("/products/{product}/add_images"),
            json!({}),
            422,
            json!({
                "error": "Please pass 'url' & 'filename' or 'files([{}])' parameter.",
            }),
        ),
        (
            "DELETE",
            format!("/products/{product}/delete_image?photo_id=1"),
            Value::Null,
            404,
            json!({
                "message": "Photo Not Found.",
            }),
        ),
        (
            "GET",
            "/customer_assets/1/patches".into(),
            Value::Null,
            404,
            json!({"error": "Asset not found"}),
        ),
    ];
    for (method, path, body, status, expected) in cases {
        let request = talk.request(method, &path);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let (got, _, text) = talk.raw(request).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((got, answer), (status, expected), "{method} {path}");
    }
    assert!(talk.server.journal().is_empty());
}

#[tokio::test]
async fn a_contact_is_refused_with_the_record_that_was_meant() {
    let talk = Talk::new().await;
    let customer = talk.customer();
    let body = json!({"customer_id": customer, "name": "N", "email": "xxx"});
    let (status, answer) = talk.post("/contacts", body).await;
    assert_eq!(status, 422);
    assert_eq!(answer["errors"], "Email is not an email");
    assert_eq!(answer["record"]["id"], Value::Null);
    assert_eq!(answer["record"]["email"], "xxx");
    assert_eq!(answer["record"]["customer_id"], customer);
}

#[tokio::test]
async fn a_password_that_is_not_repeated_is_echoed() {
    let talk = Talk::new().await;
    let body = json!({"email": "a@b.example", "password": "one", "password_confirmation": "two"});
    let (status, answer) = talk.post("/portal_users", body.clone()).await;
    assert_eq!(status, 422);
    assert_eq!(
        answer["message"],
        json!(["Password confirmation doesn't match Password"])
    );
    assert_eq!(answer["params"], body);
    let body = json!({"email": "a@b.example", "password": "one", "password_confirmation": "one"});
    let made = talk.made("/portal_users", body).await;
    assert_eq!(made.get("password"), None);
    assert_eq!(
        talk.server.journal()[0].body,
        json!({"email": "a@b.example"})
    );
}

#[tokio::test]
async fn a_bad_record_is_refused_in_the_shape_of_its_resource() {
    let talk = Talk::new().await;
    talk.server.fault(Fault::bad_record(
        "business_name",
        "Bad",
        "Business name is bad",
    ));
    let (status, answer) = talk
        .post("/customers", json!({"business_name": "Bad"}))
        .await;
    assert_eq!(
        (status, &answer["message"]),
        (422, &json!(["Business name is bad"]))
    );
    assert_eq!(
        talk.post("/customers", json!({"business_name": "Good"}))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_form_refuses_by_section() {
    let talk = Talk::new().await;
    let body = json!({"ticket_details": {"subject": "s"}, "appointments": {"location": "here"}});
    let (status, answer) = talk.post("/new_ticket_forms/1/process_form", body).await;
    let blank = json!(["can't be blank"]);
    assert_eq!(status, 422);
    assert_eq!(
        answer,
        json!({"success": false, "errors": {"appointments":
            {"summary": blank, "start_at": blank, "end_at": blank}}})
    );
    assert_eq!(talk.server.count("tickets"), 0);
}
