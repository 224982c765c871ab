//! Timers, lines and worksheets of tickets.

use serde_json::json;
use syncro_client::{
    Cents, Decimal, ErrorKind, Json, ProductId, SendOutcome, TicketId, TicketLineItem,
    TicketLineItemId, TimerEntry, TimerFilter, TimerId, Timestamp, UserId, WorksheetResult,
    WorksheetResultId,
};
use wiremock::matchers::query_param;

use crate::refusals::{NOT_FOUND, PERMISSION, asked, refuse};
use crate::support::{answer, answer_text, client, json as fixture, on, server, with_body};

const TICKET: TicketId = TicketId::new(88_214_013);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn amount(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

#[tokio::test]
async fn timers_are_listed_and_said_to_be_billed_by_query() {
    let server = server().await;
    let listed = fixture("samples/GET_ticket_timers_200.json");
    answer(&server, on("GET", "/ticket_timers"), 200, &listed).await;
    let client = client(&server);
    let filter = TimerFilter::new()
        .created_after(at("2026-01-01T00:00:00Z"))
        .created_before(at("2026-02-01T00:00:00Z"));
    let page = client.timers().list(&filter).page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().billable_time, amount("360"));
    let after = asked(&server, "created_at_gt").await;
    assert_eq!(at(&after[0]), at("2026-01-01T00:00:00Z"));
    let before = asked(&server, "created_at_lt").await;
    assert_eq!(at(&before[0]), at("2026-02-01T00:00:00Z"));

    let request = on("PATCH", "/ticket_timers/12").and(query_param("billable", "false"));
    let stored = fixture("samples/PATCH_ticket_timers__id_200.json");
    answer(&server, request, 200, &stored).await;
    let timer = client.timers().set_billable(TimerId::new(12), false).await;
    assert!(timer.unwrap().since_updated_at.is_some());
}

#[tokio::test]
async fn a_timer_is_started_changed_charged_and_removed() {
    let server = server().await;
    let base = "/tickets/88214013";
    let body = json!({
        "start_at": "2026-02-03T08:00:00Z", "end_at": "2026-02-03T08:10:00Z",
        "duration_minutes": 10, "user_id": 53_113, "notes": "Gemeten", "product_id": 5,
    });
    let create = with_body(on("POST", &format!("{base}/timer_entry")), &body);
    let stored = fixture("samples/POST_tickets__id__timer_entry_200.json");
    answer(&server, create, 200, &stored).await;
    let body = json!({"timer_entry_id": 12, "notes": "Anders"});
    let update = with_body(on("PUT", &format!("{base}/update_timer_entry")), &body);
    let stored = fixture("samples/PUT_tickets__id__update_timer_entry_200.json");
    answer(&server, update, 200, &stored).await;
    let named = json!({"timer_entry_id": 12});
    let charge = with_body(on("POST", &format!("{base}/charge_timer_entry")), &named);
    let stored = fixture("samples/POST_tickets__id__charge_timer_entry_200.json");
    answer(&server, charge, 200, &stored).await;
    let remove = with_body(on("POST", &format!("{base}/delete_timer_entry")), &named);
    let done = fixture("samples/POST_tickets__id__delete_timer_entry_200.json");
    answer(&server, remove, 200, &done).await;

    let client = client(&server);
    let timers = client.timers();
    let entry = TimerEntry {
        start_at: Some(at("2026-02-03T08:00:00Z")),
        end_at: Some(at("2026-02-03T08:10:00Z")),
        duration_minutes: Some(10),
        user_id: Some(UserId::new(53_113)),
        notes: Some("Gemeten".to_owned()),
        product_id: Some(ProductId::new(5)),
        ..TimerEntry::default()
    };
    let made = timers.create(TICKET, &entry).await.unwrap();
    assert_eq!(made.active_duration, Some(1_800));
    let change = TimerEntry {
        notes: Some("Anders".to_owned()),
        ..TimerEntry::default()
    };
    let id = TimerId::new(12);
    timers.update(TICKET, id, &change).await.unwrap();
    let charged = timers.charge(TICKET, id).await.unwrap();
    assert_eq!(charged.recorded, Some(true));
    timers.delete(TICKET, id).await.unwrap();
}

#[tokio::test]
async fn refusals_of_timers_say_why() {
    let server = server().await;
    let base = "/tickets/88214013";
    let id = TimerId::new(12);
    let billable = r#"{"errors":["billable must be true or false"]}"#;
    let start = r#"{"error":"no implicit conversion of nil into String"}"#;
    refuse(&server, "GET", "/ticket_timers", 401, PERMISSION).await;
    refuse(&server, "PATCH", "/ticket_timers/12", 422, billable).await;
    refuse(&server, "POST", &format!("{base}/timer_entry"), 422, start).await;
    for (verb, route) in [
        ("PUT", "update_timer_entry"),
        ("POST", "charge_timer_entry"),
        ("POST", "delete_timer_entry"),
    ] {
        refuse(&server, verb, &format!("{base}/{route}"), 404, NOT_FOUND).await;
    }
    let client = client(&server);
    let timers = client.timers();
    let entry = TimerEntry::default();
    let list = timers.list(&TimerFilter::new()).all().await.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    let patch = timers.set_billable(id, true).await.unwrap_err();
    assert!(patch.message().contains("billable must be"), "{patch}");
    let create = timers.create(TICKET, &entry).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    let update = timers.update(TICKET, id, &entry).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::NotFound);
    let charge = timers.charge(TICKET, id).await.unwrap_err();
    assert_eq!(charge.kind(), ErrorKind::NotFound);
    assert_eq!(charge.send_outcome(), SendOutcome::Rejected);
    let delete = timers.delete(TICKET, id).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_line_is_added_flat_changed_in_an_envelope_and_removed() {
    let server = server().await;
    let base = "/tickets/88214013";
    let body = json!({
        "name": "Voorrijden", "description": "Zone 2", "quantity": 1.5, "price_cost": 10,
        "price_retail": 15.25, "taxable": true, "upc_code": "871", "product_id": 5,
    });
    let add = with_body(on("POST", &format!("{base}/add_line_item")), &body);
    let stored = fixture("samples/POST_tickets__id__add_line_item_200.json");
    answer(&server, add, 200, &stored).await;
    let body = json!({"ticket_line_item_id": 9, "price_retail": 100});
    let update = with_body(on("PUT", &format!("{base}/update_line_item")), &body);
    let stored = fixture("samples/PUT_tickets__id__update_line_item_200.json");
    answer(&server, update, 200, &stored).await;
    let body = json!({"ticket_line_item_id": 9});
    let remove = with_body(on("POST", &format!("{base}/remove_line_item")), &body);
    let done = fixture("samples/POST_tickets__id__remove_line_item_200.json");
    answer(&server, remove, 200, &done).await;

    let line = TicketLineItem {
        name: Some("Voorrijden".to_owned()),
        description: Some("Zone 2".to_owned()),
        quantity: amount("1.5"),
        price_cost: amount("10"),
        price_retail: amount("15.25"),
        taxable: Some(true),
        upc_code: Some("871".to_owned()),
        product_id: Some(ProductId::new(5)),
        retail_cents: Some(Cents::new(1)),
        ..TicketLineItem::default()
    };
    let client = client(&server);
    let lines = client.ticket_lines();
    let made = lines.add(TICKET, &line).await.unwrap();
    assert_eq!(made.quantity, amount("3.0"));
    assert_eq!(made.price_retail, amount("45"));
    assert_eq!(made.retail_cents, Some(Cents::new(4_500)));
    let id = TicketLineItemId::new(9);
    let change = TicketLineItem {
        price_retail: amount("100"),
        ..TicketLineItem::default()
    };
    let changed = lines.update(TICKET, id, &change).await.unwrap();
    assert_eq!(changed.cost_cents, None);
    lines.remove(TICKET, id).await.unwrap();
}

#[tokio::test]
async fn refusals_of_lines_say_why() {
    let server = server().await;
    let base = "/tickets/88214013";
    let blank = r#"{"errors":"Name can't be blank, Description can't be blank","params":{}}"#;
    refuse(
        &server,
        "POST",
        &format!("{base}/add_line_item"),
        422,
        blank,
    )
    .await;
    let route = format!("{base}/update_line_item");
    refuse(&server, "PUT", &route, 404, NOT_FOUND).await;
    let route = format!("{base}/remove_line_item");
    refuse(&server, "POST", &route, 401, PERMISSION).await;
    let client = client(&server);
    let lines = client.ticket_lines();
    let (id, line) = (TicketLineItemId::new(9), TicketLineItem::default());
    let add = lines.add(TICKET, &line).await.unwrap_err();
    assert_eq!(add.kind(), ErrorKind::Validation);
    assert!(add.message().contains("Description can't be"), "{add}");
    let update = lines.update(TICKET, id, &line).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::NotFound);
    let remove = lines.remove(TICKET, id).await.unwrap_err();
    assert_eq!(remove.kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn worksheets_are_listed_made_read_filled_in_and_removed() {
    let server = server().await;
    let base = "/tickets/88214013/worksheet_results";
    let one = format!("{base}/9");
    let listed = fixture("samples/GET_tickets__ticket_id__worksheet_results_200.json");
    answer(&server, on("GET", base), 200, &listed).await;
    let stored = fixture("samples/POST_tickets__ticket_id__worksheet_results_200.json");
    let body = json!({"worksheet_template_id": 4, "title": "Oplevering"});
    answer(&server, with_body(on("POST", base), &body), 200, &stored).await;
    let read = fixture("samples/GET_tickets__ticket_id__worksheet_results__id_200.json");
    answer(&server, on("GET", &one), 200, &read).await;
    let body = json!({
        "worksheet_template_id": 4, "user_id": 53_113, "title": "Oplevering", "complete": true,
        "public": false, "required": true, "answers": {"1": {"value": "ja", "user": "Sanne"}},
    });
    answer_text(&server, with_body(on("PUT", &one), &body), 200, "").await;
    answer_text(&server, on("DELETE", &one), 200, "").await;

    let client = client(&server);
    let sheets = client.worksheets();
    let page = sheets.list(TICKET).page(1).await.unwrap();
    let fields = page[0].good().unwrap().field_list.as_ref().unwrap();
    assert_eq!(fields.len(), 2);
    let sheet = WorksheetResult {
        worksheet_template_id: Some(4),
        title: Some("Oplevering".to_owned()),
        ..WorksheetResult::default()
    };
    sheets.create(TICKET, &sheet).await.unwrap();
    let id = WorksheetResultId::new(9);
    let read = sheets.get(TICKET, id).await.unwrap();
    assert_eq!(read.complete, None);
    let change = WorksheetResult {
        user_id: Some(UserId::new(53_113)),
        complete: Some(true),
        public: Some(false),
        required: Some(true),
        answers: Some(Json::parse(r#"{"1":{"value":"ja","user":"Sanne"}}"#).unwrap()),
        ..sheet
    };
    assert_eq!(sheets.update(TICKET, id, &change).await.unwrap(), None);
    sheets.delete(TICKET, id).await.unwrap();
}

#[tokio::test]
async fn refusals_of_worksheets_say_why() {
    let server = server().await;
    let base = "/tickets/88214013/worksheet_results";
    let one = format!("{base}/9");
    for (verb, route) in [("GET", base), ("POST", base)] {
        refuse(&server, verb, route, 401, PERMISSION).await;
    }
    for verb in ["GET", "PUT", "DELETE"] {
        refuse(&server, verb, &one, 404, NOT_FOUND).await;
    }
    let client = client(&server);
    let sheets = client.worksheets();
    let (id, sheet) = (WorksheetResultId::new(9), WorksheetResult::default());
    let list = sheets.list(TICKET).all().await.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    let create = sheets.create(TICKET, &sheet).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Permission);
    let get = sheets.get(TICKET, id).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::NotFound);
    let update = sheets.update(TICKET, id, &sheet).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::NotFound);
    let delete = sheets.delete(TICKET, id).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
}
