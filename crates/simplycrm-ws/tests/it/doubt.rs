//! Writes whose answer was lost: looked up, never sent again blindly.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use simplycrm_ws::mobile::Generation;
use simplycrm_ws::{
    ChangeSource, Client, Error, ErrorKind, RecordId, SendOutcome, Timestamp, Values, Written,
};
use wiremock::{MockServer, ResponseTemplate};

use crate::mobile::{self, in_session};
use crate::support::{client, count, get, no, post, server, sign_in, yes};

const CONTACT: RecordId = RecordId::new(12, 9);

/// A server that loses the answer to the first request of an operation, and
/// refuses the second.
async fn loses(operation: &str, lost: ResponseTemplate) -> (MockServer, Client) {
    let server = server().await;
    sign_in(&server).await;
    post(operation)
        .respond_with(lost)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    post(operation)
        .respond_with(no("MANDATORY_FIELDS_MISSING", "sent twice"))
        .mount(&server)
        .await;
    let client = client(&server);
    (server, client)
}

fn lost() -> [ResponseTemplate; 5] {
    [
        ResponseTemplate::new(502),
        ResponseTemplate::new(503),
        ResponseTemplate::new(504),
        ResponseTemplate::new(500),
        ResponseTemplate::new(200),
    ]
}

async fn revised(stored: Value, values: &Values) -> Vec<Result<Written, Error>> {
    let mut all = Vec::new();
    for lost in lost() {
        let (server, client) = loses("revise", lost).await;
        get("retrieve")
            .respond_with(yes(stored.clone()))
            .expect(1)
            .mount(&server)
            .await;
        all.push(client.revise(&CONTACT, values).await);
        assert_eq!(count(&server, "revise").await, 1);
    }
    all
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_looked_up() {
    let values = Values::new().set("title", "Boss").clear("fax");
    let stored = json!({"id": "12x9", "title": "Boss", "fax": "", "lastname": "Vos"});
    for written in revised(stored, &values).await {
        let written = written.unwrap();
        assert!(written.adopted);
        assert_eq!(written.record.text("lastname"), "Vos");
    }
}

#[tokio::test]
async fn a_change_that_does_not_show_stays_unknown_and_is_not_sent_again() {
    // What a person wrote meanwhile is not overwritten.
    let values = Values::new().set("title", "Boss").clear("fax");
    let stored = json!({"id": "12x9", "title": "Head", "fax": ""});
    for written in revised(stored, &values).await {
        let error = written.unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        assert_eq!(error.operation_name(), Some("simplycrm.revise"));
        assert_eq!(error.attempt_count(), 1);
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_not_taken_for_stored() {
    for field in ["user_password", "modifiedtime", "cf_1"] {
        let values = Values::new().set("title", "Boss").set(field, "v4lue-v4lue");
        let stored = json!({
            "id": "12x9", "title": "Boss", "user_password": "h4sh", "modifiedtime": "v4lue-v4lue",
        });
        for written in revised(stored.clone(), &values).await {
            assert_eq!(written.unwrap_err().send_outcome(), SendOutcome::Unknown);
        }
    }
}

#[tokio::test]
async fn deletes_and_password_changes_in_doubt_are_not_sent_again() {
    for lost in lost() {
        let (server, client) = loses("delete", lost.clone()).await;
        let error = client.delete(&CONTACT).await.unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        assert_eq!(count(&server, "delete").await, 1);
        let (server, client) = loses("changePassword", lost).await;
        let (old, new) = ("0ld-passw0rd-1".into(), "n3w-passw0rd-1".into());
        let user = RecordId::new(19, 5);
        let error = client.change_password(&user, old, new).await.unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        assert_eq!(count(&server, "changePassword").await, 1);
    }
}

#[tokio::test]
async fn a_mobile_change_in_doubt_is_not_sent_again() {
    let (server, client) = mobile::start(Generation::Old).await;
    in_session("saveRecord", &[("record", "12x9")])
        .respond_with(ResponseTemplate::new(504))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("title", "Boss");
    let error = client.update("Contacts", &CONTACT, &values).await;
    assert_eq!(error.unwrap_err().send_outcome(), SendOutcome::Unknown);
    assert_eq!(mobile::asked(&server, "saveRecord").await, 1);
}

#[tokio::test]
async fn a_replacement_of_a_record_of_another_module_is_refused() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(yes(json!({
            "name": "Accounts", "label": "Accounts", "idPrefix": "11", "isEntity": true,
            "createable": true, "updateable": true, "deleteable": true, "retrieveable": true,
            "fields": [{"name": "phone", "label": "Phone", "mandatory": false,
                "type": {"name": "phone"}, "nullable": true, "editable": true, "default": ""}],
        })))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("phone", "1");
    let error = client(&server)
        .replace(&CONTACT, "Accounts", &values)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_record_that_was_there_long_before_is_not_adopted() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(504))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([{"id": "12x5"}])))
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(yes(json!({
            "id": "12x5", "lastname": "Other", "email": "vos@example.com",
            "createdtime": "2019-01-01 00:00:00",
        })))
        .mount(&server)
        .await;
    let client = client(&server);
    let values = Values::new()
        .set("lastname", "Vos")
        .set("email", "vos@example.com");
    let error = client
        .create("Contacts", &values)
        .look_up_by("email")
        .settle(Duration::from_millis(4))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(error.message().contains("12x5"), "{error}");
}

#[tokio::test]
async fn a_mobile_record_that_was_there_long_before_is_not_adopted() {
    let (server, client) = mobile::start(Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(ResponseTemplate::new(504))
        .expect(1)
        .mount(&server)
        .await;
    in_session("query", &[])
        .respond_with(yes(json!({"records": [{"id": "12x5"}], "nextPage": 0})))
        .expect(1)
        .mount(&server)
        .await;
    let created = json!({
        "name": "createdtime", "value": "2019-01-01 00:00:00", "label": "Created", "uitype": "70",
    });
    let blocks = json!([{"label": "A", "fields": [created]}]);
    in_session("fetchRecordWithGrouping", &[("record", "12x5")])
        .respond_with(yes(json!({"record": {"id": "12x5", "blocks": blocks}})))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set("lastname", "Vos")
        .set("email", "vos@example.com");
    let error = client
        .create_looked_up("Contacts", &values, "email")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_refusal_that_repeats_a_password_does_not_show_it() {
    const PASSWORD: &str = "p4ss-w0rd-0001";
    let refused = || no("PASSWORD_NOT_STRONG", "p4ss-w0rd-0001 is too weak");
    let server = server().await;
    sign_in(&server).await;
    for operation in ["create", "revise"] {
        post(operation).respond_with(refused()).mount(&server).await;
    }
    let client = client(&server);
    let values = Values::new()
        .set("user_name", "u")
        .set("user_password", PASSWORD);
    let (mobile_server, mobile) = mobile::start(Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(refused())
        .mount(&mobile_server)
        .await;
    for error in [
        client.create("Users", &values).await.unwrap_err(),
        client
            .revise(&RecordId::new(19, 5), &values)
            .await
            .unwrap_err(),
        mobile.create("Users", &values).await.unwrap_err(),
    ] {
        let shown = format!("{error} {error:?} {:?}", error.summary());
        assert!(!shown.contains(PASSWORD), "{shown}");
        assert!(shown.contains("too weak"), "{shown}");
    }
}

#[tokio::test]
async fn a_sync_that_dies_once_is_asked_again_before_a_query_hides_its_deletions() {
    let page = |deleted: Value| {
        yes(json!({
            "updated": [], "deleted": deleted, "more": false, "lastModifiedTime": 1_795_290_000,
        }))
    };
    let server = server().await;
    sign_in(&server).await;
    for answer in [
        // The question whether there is a `sync` at all.
        page(json!([])),
        ResponseTemplate::new(500),
        page(json!(["12x9"])),
    ] {
        get("sync")
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
    }
    get("query")
        .respond_with(yes(json!([])))
        .mount(&server)
        .await;
    let since = Timestamp::from_seconds(1_795_289_000);
    let pages: Vec<_> = client(&server)
        .changes("Contacts", since)
        .try_collect()
        .await
        .unwrap();
    let deleted: Vec<_> = pages.iter().flat_map(|page| &page.deleted).collect();
    assert_eq!(deleted, [&CONTACT]);
    assert!(pages.iter().all(|page| page.source == ChangeSource::Sync));
}

#[tokio::test]
async fn a_record_saved_for_somebody_else_may_be_there_although_it_is_refused() {
    let (server, client) = mobile::start(Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to read given object is denied",
        ))
        .expect(3)
        .mount(&server)
        .await;
    let given = Values::new()
        .set("lastname", "Vos")
        .set("assigned_user_id", RecordId::new(19, 5));
    for error in [
        client.create("Contacts", &given).await.unwrap_err(),
        client
            .update("Contacts", &CONTACT, &given)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    }
    let kept = Values::new().set("lastname", "Vos");
    let error = client.update("Contacts", &CONTACT, &kept).await;
    assert_eq!(error.unwrap_err().send_outcome(), SendOutcome::Rejected);
}
