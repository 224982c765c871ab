use serde_json::json;
use syncro_client::{
    AttachmentId, CommentFormat, ContactId, CustomerId, ErrorKind, FileUrl, Json, NewComment,
    Notify, SendOutcome, Ticket, TicketFilter, TicketId, Timestamp, UserId,
};
use wiremock::matchers::{query_param, query_param_contains};

use crate::refusals::{NOT_FOUND, PERMISSION, asked, refuse, stubborn};
use crate::support::{
    answer, answer_text, client, json as fixture, on, once, reply, server, with_body,
};

const ID: TicketId = TicketId::new(88_214_065);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_ticket_is_read_with_everything_in_it() {
    let server = server().await;
    let body = fixture("samples/POST_tickets_200.json");
    answer(&server, on("GET", "/tickets/88214039"), 200, &body).await;
    let id = TicketId::new(88_214_039);
    let ticket = client(&server).tickets().get(id).await.unwrap();
    assert_eq!(ticket.number, Some(7153));
    assert!(ticket.other.is_empty(), "{:?}", ticket.other);
    let comment = &ticket.comments.as_ref().unwrap()[0];
    assert_eq!(comment.hidden, Some(true));
    assert_eq!(comment.user_id, None);
    let asset = &ticket.assets.as_ref().unwrap()[0];
    assert!(asset.name.is_some());
    let kind = ticket.ticket_type.as_ref().unwrap();
    assert!(kind.name.is_some());
    assert_eq!(
        ticket.properties.as_ref().unwrap()["Machine"].as_str(),
        Some("Compressor")
    );
    assert!(!format!("{ticket:?}").contains("portal_key=8"));
}

#[tokio::test]
async fn tickets_are_searched_by_every_parameter() {
    let server = server().await;
    let request = on("GET", "/tickets")
        .and(query_param("customer_id", "31842013"))
        .and(query_param("contact_id", "7735013"))
        .and(query_param("number", "7153"))
        .and(query_param("email", "marit@zomerhuis.example"))
        .and(query_param("status", "Not Closed"))
        .and(query_param("query", "koeling"))
        .and(query_param("user_id", "53113"))
        .and(query_param("mine", "true"))
        .and(query_param("ticket_search_id", "5"))
        .and(query_param("comment_format", "richtext"))
        .and(query_param("all_comments", "false"))
        .and(query_param("parent_id", "88214013"))
        .and(query_param("asset_name", "KASSA-02"));
    let body = fixture("samples/GET_tickets_200.json");
    answer(&server, request, 200, &body).await;
    let filter = TicketFilter::new()
        .customer_id(31_842_013)
        .contact_id(ContactId::new(7_735_013))
        .number("7153")
        .resolved_after(at("2026-02-01T00:00:00Z"))
        .created_after(at("2026-01-01T00:00:00Z"))
        .since_updated_at(at("2026-02-03T08:15:42.5Z"))
        .status("Not Closed")
        .query("koeling")
        .email("marit@zomerhuis.example")
        .user_id(UserId::new(53_113))
        .mine(true)
        .ticket_search_id(5)
        .comment_format(CommentFormat::Rich)
        .all_comments(false)
        .parent_id(TicketId::new(88_214_013))
        .asset_name("KASSA-02")
        .asset_serial("KZ 7719");
    let client = client(&server);
    let page = client.tickets().list(&filter).page(1).await.unwrap();
    let ticket = page[0].good().unwrap();
    assert_eq!(ticket.customer_reply, Some(false));
    assert_eq!(asked(&server, "asset_serial").await, ["KZ 7719"]);
    for (name, moment) in [
        ("resolved_after", "2026-02-01T00:00:00Z"),
        ("created_after", "2026-01-01T00:00:00Z"),
        ("since_updated_at", "2026-02-03T08:15:42.5Z"),
    ] {
        let sent = asked(&server, name).await;
        assert_eq!(sent.len(), 1, "{name}");
        assert_eq!(at(&sent[0]), at(moment), "{name}");
        assert!(sent[0].ends_with('Z'), "{name}: {}", sent[0]);
    }
}

#[tokio::test]
async fn a_ticket_is_made_with_every_field_of_the_form_and_mails_nobody() {
    let server = server().await;
    let mut form = json!({
        "customer_id": 31_842_013, "ticket_type_id": 6, "number": 9001,
        "subject": "Koeling valt uit", "due_date": "2026-03-01T00:00:00Z",
        "start_at": "2026-02-20T08:00:00Z", "end_at": "2026-02-20T09:30:00Z",
        "location_id": 2, "problem_type": "Storing", "status": "Ontvangen",
        "user_id": 53_113, "properties": {"Machine": "Compressor"},
        "asset_ids": [6_180_013, 6_180_026], "signature_name": "M. Hoekstra",
        "signature_data": "[[1,2]]", "sla_id": 3, "contact_id": 7_735_013,
        "priority": "2 Spoed", "outtake_form_data": "{}",
        "outtake_form_date": "2026-02-20T09:30:00Z", "outtake_form_name": "Retour",
        "tag_list": ["haast"],
        "comments_attributes": [{"subject": "Klacht", "body": "Kast lekt", "tech": "Sanne"}],
    });
    let ticket = Ticket::from_json(&Json::parse(&form.to_string()).unwrap()).unwrap();
    assert!(ticket.other.is_empty(), "{:?}", ticket.other);
    form["comments_attributes"][0]["hidden"] = json!(true);
    form["comments_attributes"][0]["do_not_email"] = json!(true);
    let stored = fixture("samples/POST_tickets_200.json");
    let create = with_body(on("POST", "/tickets"), &form);
    answer(&server, create, 200, &stored).await;
    let made = client(&server).tickets().create(&ticket).await.unwrap();
    assert_eq!(made.id, Some(TicketId::new(88_214_039)));
}

#[tokio::test]
async fn what_a_comment_of_a_ticket_says_about_mail_is_left_as_it_is() {
    let server = server().await;
    let body = json!({"subject": "A", "comments_attributes": [
        {"subject": "a", "body": "1", "hidden": false, "do_not_email": false},
        {"subject": "b", "body": "2", "hidden": false, "do_not_email": true},
        {"subject": "c", "body": "3", "hidden": false, "do_not_email": true},
    ]});
    let stored = fixture("samples/POST_tickets_200.json");
    let create = with_body(on("POST", "/tickets"), &body);
    answer(&server, create, 200, &stored).await;
    let public = NewComment {
        subject: Some("c".to_owned()),
        body: Some("3".to_owned()),
        hidden: Some(false),
        ..NewComment::default()
    };
    let ticket = Ticket {
        subject: Some("A".to_owned()),
        comments_attributes: Some(vec![
            NewComment::new("a", "1").notify(Notify::Mail),
            NewComment::new("b", "2").notify(Notify::Quietly),
            public,
        ]),
        ..Ticket::default()
    };
    client(&server).tickets().create(&ticket).await.unwrap();
}

#[tokio::test]
async fn a_change_is_repeated_unless_it_adds_comments() {
    let server = server().await;
    let plain = with_body(on("PUT", "/tickets/88214065"), &json!({"status": "Klaar"}));
    plain
        .respond_with(reply(503, "{}"))
        .expect(2)
        .mount(&server)
        .await;
    let client = stubborn(&server, 1);
    let change = Ticket {
        status: Some("Klaar".to_owned()),
        ..Ticket::default()
    };
    let error = client.tickets().update(ID, &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);

    server.reset().await;
    once(&server, on("PUT", "/tickets/88214065"), reply(503, "{}")).await;
    let adding = Ticket {
        comments_attributes: Some(vec![NewComment::new("a", "b")]),
        ..change
    };
    let error = client.tickets().update(ID, &adding).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_ticket_is_changed_printed_and_deleted() {
    let server = server().await;
    let body = json!({"priority": null, "asset_ids": []});
    let update = with_body(on("PUT", "/tickets/88214065"), &body);
    let stored = fixture("samples/PUT_tickets__id_200.json");
    answer(&server, update, 200, &stored).await;
    answer_text(&server, on("POST", "/tickets/88214065/print"), 200, "").await;
    let gone = fixture("samples/DELETE_tickets__id_200.json");
    answer(&server, on("DELETE", "/tickets/88214065"), 200, &gone).await;
    let change = Ticket {
        asset_ids: Some(vec![]),
        ..Ticket::default()
    };
    let change = change.clear("priority");
    let client = client(&server);
    client.tickets().update(ID, &change).await.unwrap();
    client.tickets().print(ID).await.unwrap();
    client.tickets().delete(ID).await.unwrap();
}

#[tokio::test]
async fn files_are_attached_by_address_and_removed() {
    let server = server().await;
    let body = json!({"files": [
        {"url": "https://bestanden.example/a.pdf", "filename": "a.pdf"},
        {"url": "https://bestanden.example/b.png", "filename": "b.png"},
    ]});
    let attach = with_body(on("POST", "/tickets/88214065/attach_file_url"), &body);
    let said = fixture("samples/POST_tickets__id__attach_file_url_200.json");
    answer(&server, attach, 200, &said).await;
    let body = json!({"attachment_id": 77});
    let remove = with_body(on("POST", "/tickets/88214065/delete_attachment"), &body);
    let done = fixture("samples/POST_tickets__id__delete_attachment_200.json");
    answer(&server, remove, 200, &done).await;
    let client = client(&server);
    let files = [
        FileUrl::new("https://bestanden.example/a.pdf", "a.pdf"),
        FileUrl::new("https://bestanden.example/b.png", "b.png"),
    ];
    let said = client.tickets().attach(ID, &files).await.unwrap();
    assert_eq!(said.message.as_deref(), Some("Done, queued."));
    let attachment = AttachmentId::new(77);
    client
        .tickets()
        .delete_attachment(ID, attachment)
        .await
        .unwrap();
}

#[tokio::test]
async fn refusals_of_tickets_say_why() {
    let server = server().await;
    let customer = r#"{"error":"Customer required field"}"#;
    let subject = r#"{"success":false,"message":["Subject can't be blank"]}"#;
    let files = r#"{"error":"Missing files param"}"#;
    refuse(&server, "POST", "/tickets", 422, customer).await;
    refuse(&server, "PUT", "/tickets/88214065", 422, subject).await;
    refuse(&server, "GET", "/tickets/88214065", 404, NOT_FOUND).await;
    refuse(&server, "DELETE", "/tickets/88214065", 404, NOT_FOUND).await;
    refuse(&server, "GET", "/tickets", 401, PERMISSION).await;
    refuse(&server, "POST", "/tickets/88214065/print", 401, PERMISSION).await;
    let route = "/tickets/88214065/attach_file_url";
    refuse(&server, "POST", route, 422, files).await;
    let route = "/tickets/88214065/delete_attachment";
    refuse(&server, "POST", route, 404, NOT_FOUND).await;
    let client = client(&server);
    let tickets = client.tickets();
    let create = tickets.create(&Ticket::default()).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert!(create.message().contains("Customer required"), "{create}");
    let update = tickets.update(ID, &Ticket::default()).await.unwrap_err();
    assert!(update.message().contains("Subject can't be"), "{update}");
    let get = tickets.get(ID).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::NotFound);
    let delete = tickets.delete(ID).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
    let filter = TicketFilter::new().customer_id(CustomerId::new(1));
    let list = tickets.list(&filter).all().await.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    let print = tickets.print(ID).await.unwrap_err();
    assert!(format!("{print} {:?}", print.help_text()).contains("Tickets - View Details"));
    let attach = tickets.attach(ID, &[]).await.unwrap_err();
    assert_eq!(attach.kind(), ErrorKind::Validation);
    let remove = tickets.delete_attachment(ID, AttachmentId::new(1)).await;
    assert_eq!(remove.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_ticket_whose_creation_has_no_answer_is_not_made_twice() {
    let server = server().await;
    once(
        &server,
        on("POST", "/tickets"),
        reply(504, "<html>slow</html>"),
    )
    .await;
    let client = stubborn(&server, 3);
    let error = client.tickets().create(&Ticket::default()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn what_changed_of_tickets_is_asked_and_checked_again() {
    let server = server().await;
    let request = on("GET", "/tickets").and(query_param_contains("since_updated_at", "2026-02-03"));
    let body = json!({
        "tickets": [
            {"id": 1, "updated_at": "2026-02-03T07:59:59.000Z"},
            {"id": 2, "updated_at": "2026-02-03T08:15:42.317Z"},
        ],
        "meta": {"total_pages": 1, "page": 1}
    });
    answer(&server, request, 200, &body).await;
    let client = client(&server);
    let changed = client.tickets().changed_since(at("2026-02-03T08:00:00Z"));
    assert!(!changed.is_scan());
    let changed = changed.all().await.unwrap();
    let ids: Vec<_> = changed.iter().filter_map(|ticket| ticket.id).collect();
    assert_eq!(ids, [TicketId::new(2)]);
}
