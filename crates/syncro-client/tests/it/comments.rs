use serde_json::{Value, json};
use syncro_client::{
    CommentFilter, CommentFormat, ErrorKind, NewComment, Notify, TicketCommentFilter, TicketId,
    Timestamp,
};
use wiremock::matchers::query_param;

use crate::refusals::{NOT_FOUND, PERMISSION, asked, refuse};
use crate::support::{answer, client, json as fixture, on, server};

const TICKET: TicketId = TicketId::new(88_214_169);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What is sent for a comment.
async fn sent(comment: &NewComment) -> Value {
    let server = server().await;
    let stored = fixture("samples/POST_tickets__id__comment_200.json");
    let add = on("POST", "/tickets/88214169/comment");
    answer(&server, add, 200, &stored).await;
    let client = client(&server);
    let made = client.ticket_comments().add(TICKET, comment).await.unwrap();
    assert_eq!(made.ticket_id, Some(TICKET));
    let requests = server.received_requests().await.unwrap();
    serde_json::from_slice(&requests[0].body).unwrap()
}

#[tokio::test]
async fn a_comment_mails_nobody_unless_told() {
    let whole = |hidden: bool, quiet: bool| json!({"subject": "Stand", "body": "Klaar", "hidden": hidden, "do_not_email": quiet});
    let comment = NewComment::new("Stand", "Klaar");
    assert_eq!(sent(&comment).await, whole(true, true));
    let quietly = comment.clone().notify(Notify::Quietly);
    assert_eq!(sent(&quietly).await, whole(false, true));
    let mail = comment.notify(Notify::Mail);
    assert_eq!(sent(&mail).await, whole(false, false));
}

#[tokio::test]
async fn a_comment_written_by_hand_mails_nobody_unless_told() {
    let bare = NewComment {
        subject: Some("Stand".to_owned()),
        ..NewComment::default()
    };
    let body = sent(&bare).await;
    assert_eq!(
        body,
        json!({"subject": "Stand", "hidden": true, "do_not_email": true})
    );
    let public = NewComment {
        hidden: Some(false),
        tech: Some("Sanne".to_owned()),
        sms_body: Some("Klaar".to_owned()),
        ..bare.clone()
    };
    let body = sent(&public).await;
    assert_eq!(body["hidden"], json!(false));
    assert_eq!(body["do_not_email"], json!(true));
    assert_eq!(body["sms_body"], json!("Klaar"));
    assert_eq!(body["tech"], json!("Sanne"));
    let mail = NewComment {
        do_not_email: Some(false),
        ..bare.clone()
    };
    let body = sent(&mail).await;
    assert_eq!(body, json!({"subject": "Stand", "do_not_email": false}));
    let emptied = bare.clear("do_not_email").clear("hidden");
    let body = sent(&emptied).await;
    assert_eq!(
        body,
        json!({"subject": "Stand", "hidden": true, "do_not_email": true})
    );
}

#[tokio::test]
async fn the_comments_of_a_ticket_are_listed_by_every_parameter() {
    let server = server().await;
    let request = on("GET", "/tickets/88214169/comments")
        .and(query_param("sort_by", "updated_at"))
        .and(query_param("sort_direction", "DESC"))
        .and(query_param("comment_format", "original"));
    let body = fixture("samples/GET_tickets__id__comments_200.json");
    answer(&server, request, 200, &body).await;
    let moment = at("2026-01-02T03:04:05Z");
    let filter = CommentFilter::new()
        .sort_by("updated_at")
        .sort_direction("DESC")
        .created_after(moment)
        .created_before(moment)
        .updated_after(moment)
        .updated_before(moment)
        .format(CommentFormat::Original);
    let client = client(&server);
    let list = client.ticket_comments().of(TICKET, &filter);
    let page = list.page(1).await.unwrap();
    let comment = page[0].good().unwrap();
    assert_eq!(comment.is_rich_text, Some(false));
    for name in [
        "created_after",
        "created_before",
        "updated_after",
        "updated_before",
    ] {
        let values = asked(&server, name).await;
        assert_eq!(at(&values[0]), moment, "{name}");
    }
}

#[tokio::test]
async fn the_comments_of_all_tickets_are_listed_by_every_parameter() {
    let server = server().await;
    let request = on("GET", "/ticket_comments")
        .and(query_param("ticket_id", "88214169"))
        .and(query_param("customer_id", "31842013"))
        .and(query_param("contact_id", "7735013"))
        .and(query_param("user_id", "53113"))
        .and(query_param("status", "Klaar"))
        .and(query_param("comment_format", "plaintext"))
        .and(query_param("ticket_search_id", "5"))
        .and(query_param("mine", "false"));
    let body = json!({
        "ticket_comments": [{"id": 7, "ticket_id": 88_214_169, "tech": "customer-reply",
            "email_sender": "marit@zomerhuis.example",
            "destination_emails": ["hulp@koelhuis.example"]}],
        "meta": {"total_pages": 1, "page": 1, "per_page": 25, "total_entries": 1}
    });
    answer(&server, request, 200, &body).await;
    let moment = at("2026-01-02T03:04:05Z");
    let filter = TicketCommentFilter::new()
        .ticket_id(TICKET)
        .customer_id(31_842_013)
        .contact_id(7_735_013)
        .user_id(53_113)
        .status("Klaar")
        .since_updated_at(moment)
        .created_after(moment)
        .created_before(moment)
        .format(CommentFormat::Plain)
        .ticket_search_id(5)
        .mine(false);
    let client = client(&server);
    let list = client.ticket_comments().list(&filter);
    let page = list.page(1).await.unwrap();
    let comment = page[0].good().unwrap();
    assert_eq!(comment.tech.as_deref(), Some("customer-reply"));
    let emails = comment.destination_emails.as_ref().unwrap();
    assert_eq!(emails, &["hulp@koelhuis.example"]);
    for name in [
        "since_updated_at",
        "comment_created_after",
        "comment_created_before",
    ] {
        let values = asked(&server, name).await;
        assert_eq!(at(&values[0]), moment, "{name}");
    }
}

#[tokio::test]
async fn refusals_of_comments_say_why() {
    let server = server().await;
    let blank = r#"{"success":false,"message":["Body can't be blank","Subject can't be blank"]}"#;
    let base = "/tickets/88214169";
    refuse(&server, "POST", &format!("{base}/comment"), 422, blank).await;
    refuse(&server, "GET", &format!("{base}/comments"), 404, NOT_FOUND).await;
    refuse(&server, "GET", "/ticket_comments", 401, PERMISSION).await;
    let client = client(&server);
    let comments = client.ticket_comments();
    let add = comments.add(TICKET, &NewComment::default()).await;
    let add = add.unwrap_err();
    assert_eq!(add.kind(), ErrorKind::Validation);
    assert!(add.message().contains("Subject can't be blank"), "{add}");
    let of = comments.of(TICKET, &CommentFilter::new()).all().await;
    assert_eq!(of.unwrap_err().kind(), ErrorKind::NotFound);
    let list = comments.list(&TicketCommentFilter::new()).all().await;
    assert_eq!(list.unwrap_err().kind(), ErrorKind::Permission);
}
