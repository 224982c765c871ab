//! Creates without an answer: looked up by a key, and not sent again.

use std::time::Duration;

use serde_json::{Value, json};
use simplycrm_ws::{BodyFault, ChangeKind, Error, ErrorKind, SendOutcome};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use super::contact;
use crate::support::{
    builder, changed, client, count, get, id, no, post, requests, server, sign_in, yes,
};
use ChangeKind::Truncated;

/// Creates a contact on a server whose create answers so, and looks it up.
async fn lost(server: &MockServer, found: Value) -> Result<simplycrm_ws::Written, Error> {
    sign_in(server).await;
    get("query")
        .and(query_param(
            "query",
            "select id from Contacts where cf_901 = 'mark-1' order by id limit 3;",
        ))
        .respond_with(yes(found))
        .mount(server)
        .await;
    client(server)
        .create("Contacts", &contact())
        .look_up_by("cf_901")
        .settle(Duration::from_millis(4))
        .await
}

#[tokio::test]
async fn a_create_without_an_answer_is_looked_up_and_adopted() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_string("Sorry! Attempt to access restricted file."),
        ResponseTemplate::new(200).set_body_string("{\"success\":true,\"res"),
        no(
            "DATABASE_QUERY_ERROR",
            "Database error while performing requested operation",
        ),
        ResponseTemplate::new(504),
        yes(json!({"lastname": "no id"})),
    ] {
        let server = server().await;
        post("create")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        get("retrieve")
            .and(query_param("id", "12x9"))
            .respond_with(yes(
                json!({"id": "12x9", "lastname": "Vo", "cf_901": "mark-1",
                "assigned_user_id": "19x1"}),
            ))
            .expect(1)
            .mount(&server)
            .await;
        let written = lost(&server, json!([{"id": "12x9"}])).await.unwrap();
        assert!(written.adopted);
        assert_eq!(written.id(), Some(id("12x9")));
        assert_eq!(changed(&written.warnings), [("lastname", Truncated)]);
    }
}

#[tokio::test]
async fn a_create_that_timed_out_is_not_sent_again() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(json!({"id": "12x9"})).set_delay(Duration::from_secs(5)))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .expect(5)
        .mount(&server)
        .await;
    let client = builder(&server)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = client
        .create("Contacts", &contact())
        .look_up_by("cf_901")
        .settle(Duration::from_millis(4))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(
        error.help_text().unwrap().contains("Look again"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_lost_create_that_does_not_appear_stays_unknown() {
    let server = server().await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = lost(&server, json!([])).await.unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(count(&server, "query").await, 5);
    assert_eq!(count(&server, "create").await, 1);
}

#[tokio::test]
async fn a_record_that_appears_late_is_still_adopted() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .up_to_n_times(2)
        .expect(2)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([{"id": "12x9"}])))
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(yes(
            json!({"id": "12x9", "lastname": "Vos", "cf_901": "mark-1",
            "assigned_user_id": "19x1"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .create("Contacts", &contact())
        .look_up_by("cf_901")
        .settle(Duration::from_millis(4))
        .await
        .unwrap();
    assert!(written.adopted && written.warnings.is_empty());
}

#[tokio::test]
async fn several_records_with_the_key_are_none_to_adopt() {
    let server = server().await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = lost(&server, json!([{"id": "12x9"}, {"id": "12x10"}]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(error.message().contains("12x9") && error.message().contains("12x10"));
}

#[tokio::test]
async fn a_lost_create_without_a_key_is_an_error_at_once() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .create("Contacts", &contact())
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(count(&server, "query").await, 0);
}

#[tokio::test]
async fn a_key_that_cannot_be_searched_is_refused_before_anything_is_sent() {
    let server = server().await;
    let client = client(&server);
    let values = contact().clear("title").set("bad-name", "x");
    for field in ["title", "nosuch", "bad-name"] {
        let error = client
            .create("Contacts", &values)
            .look_up_by(field)
            .await
            .unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{field}");
    }
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_quote_or_a_backslash_in_the_key_stays_in_its_literal() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    get("query")
        .and(query_param(
            "query",
            r"select id from Contacts where lastname = 'O''B \\ x' order by id limit 3;",
        ))
        .respond_with(yes(json!([])))
        .expect(5)
        .mount(&server)
        .await;
    let values = contact().set("lastname", r"O'B \ x");
    client(&server)
        .create("Contacts", &values)
        .look_up_by("lastname")
        .settle(Duration::from_millis(4))
        .await
        .unwrap_err();
}
