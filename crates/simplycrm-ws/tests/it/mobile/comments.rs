//! Comments, and what becomes of them on a ticket.

use serde_json::{Value, json};
use simplycrm_ws::mobile::{Generation, Refusal};
use simplycrm_ws::{BodyFault, Code, RecordId, SendOutcome};
use wiremock::ResponseTemplate;

use crate::mobile::{CONTACT, in_session, recorded, start};
use crate::support::{self, yes};

#[tokio::test]
async fn a_comment_is_added_and_answered() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "addRecordComment",
        &[(
            "values",
            r#"{"commentcontent":"c \u003cb\u003e","related_to":"12x761"}"#,
        )],
    )
    .respond_with(recorded("v7/433"))
    .expect(1)
    .mount(&server)
    .await;
    let comment = client
        .add_comment(&RecordId::new(12, 761), "c <b>")
        .await
        .unwrap();
    assert!(!comment.adopted);
    assert_eq!(
        comment.record.reference("related_to"),
        Some(RecordId::new(12, 761))
    );
}

#[tokio::test]
async fn a_comment_without_text_is_refused_and_a_refused_one_keeps_its_code() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(recorded("v5/545"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.add_comment(&CONTACT, "x").await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::MandatoryFieldsMissing));
    let error = client.add_comment(&CONTACT, " ").await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

const TICKET: RecordId = RecordId::new(17, 523);

fn comments(rows: Value) -> ResponseTemplate {
    yes(json!({"records": rows, "nextPage": 0}))
}

fn now(minutes_ago: u64) -> String {
    let at = simplycrm_ws::Timestamp::now()
        .saturating_sub(std::time::Duration::from_secs(minutes_ago * 60));
    at.jiff().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[tokio::test]
async fn a_comment_on_a_ticket_that_is_answered_by_nothing_is_looked_up() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let rows = json!([
        {"id": "30x801", "commentcontent": "another", "createdtime": now(0)},
        {"id": "30x800", "commentcontent": "the text", "createdtime": now(0)},
        {"id": "30x700", "commentcontent": "the text", "createdtime": now(60)},
    ]);
    in_session("query", &[])
        .respond_with(comments(rows))
        .expect(1)
        .mount(&server)
        .await;
    in_session("fetchRecordWithGrouping", &[("record", "30x800")])
        .respond_with(recorded("v5/542"))
        .expect(1)
        .mount(&server)
        .await;
    let comment = client.add_comment(&TICKET, "the text").await.unwrap();
    assert!(comment.adopted);
    assert!(!comment.record.blocks().is_empty());
    let requests = server.received_requests().await.unwrap();
    let query = requests
        .iter()
        .find_map(|request| support::form_param(request, "query"))
        .unwrap();
    assert!(query.contains("where related_to = '17x523'"), "{query}");
}

#[tokio::test]
async fn related_comments_are_read_where_they_cannot_be_queried() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    in_session("query", &[])
        .respond_with(support::no("ACCESS_DENIED", "no"))
        .expect(1)
        .mount(&server)
        .await;
    let field = |name: &str, value: &str| json!({"name": name, "value": value, "label": name});
    let row = json!({"id": "30x800", "blocks": [{"label": "", "fields": [
        field("commentcontent", "the text"), field("createdtime", &now(1)),
    ]}]});
    in_session(
        "relatedRecordsWithGrouping",
        &[("record", "17x523"), ("relatedmodule", "ModComments")],
    )
    .respond_with(comments(json!([row])))
    .expect(1)
    .mount(&server)
    .await;
    in_session("fetchRecordWithGrouping", &[])
        .respond_with(support::no("ACCESS_DENIED", "no"))
        .mount(&server)
        .await;
    let comment = client.add_comment(&TICKET, "the text").await.unwrap();
    assert!(comment.adopted);
    assert_eq!(comment.record.id(), Some(RecordId::new(30, 800)));
}

#[tokio::test]
async fn a_lost_comment_that_is_not_found_stays_unknown_and_is_not_sent_again() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let ahead = "2099-01-01 00:00:00";
    let old = json!([
        {"id": "30x701", "commentcontent": "the text", "createdtime": ahead},
        {"id": "30x700", "commentcontent": "the text", "createdtime": now(60)},
    ]);
    in_session("query", &[])
        .respond_with(comments(old))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.add_comment(&TICKET, "the text").await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(BodyFault::of(&error), Some(BodyFault::EmptyBody));
    assert!(error.help_text().unwrap().contains("ticket"));
    assert_eq!(Refusal::of(&error), None);
}
