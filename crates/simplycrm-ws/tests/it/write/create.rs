//! Creating records: what is sent, what is not, and refusals.

use serde_json::json;
use simplycrm_ws::{Code, Date, ErrorKind, SendOutcome, Values};

use super::contact;
use crate::exchange::recorded;
use crate::support::{
    client, elements, form_param, get, id, no, post, requests, server, sign_in, yes,
};

#[tokio::test]
async fn a_record_is_made_with_every_value_in_its_wire_form() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(json!({
            "id": "12x9", "lastname": "Vos & \"Søn\"", "assigned_user_id": "19x1",
            "birthday": "1980-02-29", "donotcall": "1", "cf_890": "1234.50000",
            "cf_882": "Golf |##| A & B", "title": "", "label": "Vos &amp; &quot;S&oslash;n&quot;",
        })))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set("lastname", "Vos & \"Søn\"")
        .set("assigned_user_id", id("19x1"))
        .set("birthday", Date::new(1980, 2, 29))
        .set("donotcall", true)
        .set(
            "cf_890",
            "1234.50".parse::<rust_decimal::Decimal>().unwrap(),
        )
        .set("cf_882", vec!["Golf".to_owned(), "A & B".to_owned()])
        .clear("title");
    let written = client(&server).create("Contacts", &values).await.unwrap();
    assert_eq!(written.id(), Some(id("12x9")));
    assert_eq!(written.warnings, []);
    assert!(!written.adopted);
    assert_eq!(
        elements(&server, "create").await,
        [json!({
            "lastname": "Vos & \"Søn\"", "assigned_user_id": "19x1", "birthday": "1980-02-29",
            "donotcall": "1", "cf_890": "1234.50", "cf_882": "Golf |##| A & B", "title": "",
        })]
    );
    let requests = requests(&server).await;
    let sent = requests.last().unwrap();
    assert_eq!(form_param(sent, "elementType").as_deref(), Some("Contacts"));
    assert_eq!(sent.url.query(), None, "all parameters belong in the form");
}

#[tokio::test]
async fn values_that_do_not_fit_the_module_are_not_sent() {
    let server = server().await;
    let client = client(&server);
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let values = Values::new()
        .set("cf_898", "31-12-2026")
        .set("cf_890", "1234,50")
        .set("cf_886", "true")
        .set("account_id", "Acme")
        .set("cf_894", "noon")
        .set("id", "12x1")
        .set("nosuch", "x")
        .set("assigned_user_id", id("19x1"));
    let error = client
        .create("Contacts", &values)
        .checked(&describe)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let fields: Vec<_> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "account_id",
            "cf_886",
            "cf_890",
            "cf_894",
            "cf_898",
            "lastname",
            "nosuch"
        ]
    );
    let values = Values::new().set("cf_882", vec!["a |##| b".to_owned()]);
    let error = client.create("Contacts", &values).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let values = Values::new().clear("lastname");
    let error = client
        .revise(&id("12x9"), &values)
        .checked(&describe)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn values_that_fit_are_sent_as_they_are() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(json!({"id": "12x9", "lastname": "Vos", "cf_886": "1",
            "cf_898": "2026-12-31", "cf_890": "7.00000", "assigned_user_id": "19x1"})))
        .expect(1)
        .mount(&server)
        .await;
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let values = Values::new()
        .set("lastname", "Vos")
        .set("assigned_user_id", "19x1")
        .set("cf_886", "on")
        .set("cf_898", "2026-12-31")
        .set("cf_890", 7);
    let written = client(&server)
        .create("Contacts", &values)
        .checked(&describe)
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
}

#[tokio::test]
async fn refusals_of_a_create_are_told_apart_and_nothing_is_looked_up() {
    for (answer, kind, code) in [
        (
            no("MANDATORY_FIELDS_MISSING", "lastname does not have a value"),
            ErrorKind::Validation,
            Code::MandatoryFieldsMissing,
        ),
        (
            no("ACCESS_DENIED", "Permission to write is denied"),
            ErrorKind::Permission,
            Code::AccessDenied,
        ),
        (
            no(
                "REFERENCE_INVALID",
                "Invalid reference specified for account_id",
            ),
            ErrorKind::Validation,
            Code::ReferenceInvalid,
        ),
        (
            no("INVALID_ID_ATTRIBUTE", "Invalid owner of the record"),
            ErrorKind::Validation,
            Code::InvalidIdAttribute,
        ),
        (
            no(
                "INTERNAL_SERVER_ERROR",
                "Unknown Error while processing request",
            ),
            ErrorKind::Validation,
            Code::InternalServerError,
        ),
        (
            recorded("v7/206-webservice-create-Account_duplicate_name").again(),
            ErrorKind::Conflict,
            Code::Duplicate,
        ),
    ] {
        let server = server().await;
        sign_in(&server).await;
        post("create")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        get("query")
            .respond_with(yes(json!([])))
            .expect(0)
            .mount(&server)
            .await;
        let error = client(&server)
            .create("Contacts", &contact())
            .look_up_by("cf_901")
            .await
            .unwrap_err();
        assert_eq!((error.kind(), Code::of(&error)), (kind, Some(code)));
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    }
}

#[tokio::test]
async fn a_new_user_leaves_no_password_behind() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(
            json!({"id": "19x7", "user_name": "x1", "last_name": "R",
            "user_password": "$1$hash", "confirm_password": "$1$hash", "accesskey": "k3y-k3y"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set("user_name", "x1")
        .set("last_name", "R")
        .set("user_password", "hunter2-hunter2")
        .set("confirm_password", "hunter2-hunter2");
    let written = client(&server).create("Users", &values).await.unwrap();
    assert_eq!(written.warnings, [], "a hash is no changed password");
    let shown = format!("{values:?} {written:?}");
    for secret in ["hunter2", "$1$hash", "k3y-k3y"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(
        elements(&server, "create").await[0]["user_password"],
        json!("hunter2-hunter2")
    );
}
