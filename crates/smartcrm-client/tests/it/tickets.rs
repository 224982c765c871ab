use smartcrm_client::{
    Change, ClientId, ContactId, CreateOptions, ErrorKind, ListParams, NewTicket, TicketId,
    TicketPatch,
};
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn a_ticket_is_read_with_every_field_in_its_own_kind() {
    let server = server().await;
    answer(&server, on("GET", "tickets"), 200, "tickets/list.json").await;
    let page = client(&server)
        .tickets()
        .list(&ListParams::new())
        .await
        .unwrap();
    let ticket = page.items[0].good().unwrap();
    assert_eq!(ticket.id, Some(TicketId::new("81")));
    assert_eq!(ticket.client_id, Some(ClientId::new("9001")));
    assert_eq!(ticket.contact_id, Some(ContactId::new("501")));
    assert_eq!(ticket.project_id, None, "an empty id is none");
    assert_eq!(ticket.priority.as_deref(), Some("Urgent"));
    assert_eq!(ticket.message.as_deref(), Some("<p>It burns.</p>"));
    assert_eq!(
        ticket.opened_at.unwrap().to_string(),
        "2026-03-01T08:00:00Z"
    );
    assert_eq!(ticket.last_reply_at, None);
    let guest = page.items[1].good().unwrap();
    assert_eq!(guest.email.as_deref(), Some("guest@example.org"));
}

#[tokio::test]
async fn a_bare_ticket_with_a_status_and_a_message_is_not_taken_for_a_wrapper() {
    let server = server().await;
    answer(
        &server,
        on("GET", "tickets/81"),
        200,
        "tickets/get_bare.json",
    )
    .await;
    let ticket = client(&server)
        .tickets()
        .get(&TicketId::new("81"))
        .await
        .unwrap();
    assert_eq!(ticket.subject.as_deref(), Some("Printer on fire"));
    assert_eq!(ticket.status.as_deref(), Some("Answered"));
}

#[tokio::test]
async fn a_create_sends_exactly_the_fields_that_are_set() {
    let server = server().await;
    let request = with_body(on("POST", "tickets"), "tickets/create_request.json");
    answer(&server, request, 201, "tickets/created.json").await;
    let new = NewTicket {
        client_id: Some(ClientId::new("9001")),
        contact_id: Some(ContactId::new("501")),
        priority: Some("Urgent".to_owned()),
        message: Some("<p>It burns.</p>".to_owned()),
        opened_at: Some("2026-03-01T09:00:00+01:00".parse().unwrap()),
        ..NewTicket::new("Printer on fire")
    };
    let created = client(&server)
        .tickets()
        .create(
            &new,
            &CreateOptions::new().external_id("crmconnect:ticket:5"),
        )
        .await
        .unwrap();
    assert_eq!(created.id, Some(TicketId::new("81")));
}

#[tokio::test]
async fn a_refused_record_names_its_field() {
    let server = server().await;
    answer(&server, on("POST", "tickets"), 422, "tickets/invalid.json").await;
    let new = NewTicket {
        client_id: Some(ClientId::new("9001")),
        contact_id: Some(ContactId::new("501")),
        priority: Some("Urgent".to_owned()),
        message: Some("<p>It burns.</p>".to_owned()),
        opened_at: Some("2026-03-01T09:00:00+01:00".parse().unwrap()),
        ..NewTicket::new("Printer on fire")
    };
    let error = client(&server)
        .tickets()
        .create(&new, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert!(error.field_errors().contains_key("subject"), "{error:?}");
}

#[tokio::test]
async fn a_patch_sends_what_changes_and_nothing_else() {
    let server = server().await;
    let request = on("PUT", "tickets/81").and(body_json(
        serde_json::json!({"status": "Closed", "assigned_email": null}),
    ));
    answer(&server, request, 200, "tickets/updated.json").await;
    let patch = TicketPatch {
        status: "Closed".to_owned().into(),
        assigned_email: Change::Clear,
        ..TicketPatch::default()
    };
    client(&server)
        .tickets()
        .update(&TicketId::new("81"), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_empty_list() {
    let server = server().await;
    let request = on("GET", "tickets").and(query_param("external_id", "crmconnect:ticket:5"));
    answer(&server, request, 404, "common/no_data.json").await;
    let found = client(&server)
        .tickets()
        .find(&[("external_id", "crmconnect:ticket:5")])
        .await
        .unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn a_page_of_html_is_not_an_empty_list() {
    let server = server().await;
    answer(&server, on("GET", "tickets"), 200, "common/login_page.html").await;
    let error = client(&server)
        .tickets()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(error.operation_name(), Some("tickets.list"));
}
