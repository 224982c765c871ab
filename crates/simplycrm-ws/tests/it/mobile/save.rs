//! Saving and deleting records.

use serde_json::json;
use simplycrm_ws::mobile::Generation;
use simplycrm_ws::{
    BodyFault, ChangeKind, Code, ErrorKind, Json, RecordId, SendOutcome, Values, Warning,
};
use wiremock::ResponseTemplate;

use crate::mobile::{ADMIN, Without, asked, builder, in_session, recorded, result, sign_in, start};
use crate::support::{self, server, yes};

fn contact() -> Values {
    Values::new()
        .set("lastname", "MobNew")
        .set("assigned_user_id", ADMIN)
}

#[tokio::test]
async fn a_create_sends_values_that_pass_the_purifier_and_plain_ids() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "saveRecord",
        &[
            ("module", "Contacts"),
            (
                "values",
                r#"{"account_id":"11x5","assigned_user_id":"19x1","donotcall":"1","lastname":"R \u0026 D \u003cb\u003e"}"#,
            ),
        ],
    )
    .and(Without("record"))
    .respond_with(recorded("v7/412"))
    .expect(1)
    .mount(&server)
    .await;
    let values = Values::new()
        .set("lastname", "R & D <b>")
        .set("donotcall", true)
        .set("account_id", RecordId::new(11, 5))
        .set("assigned_user_id", ADMIN);
    let saved = client.create("Contacts", &values).await.unwrap();
    assert_eq!(saved.record.text("lastname"), "MobNew");
    assert!(!saved.adopted);
    // The recorded record has other values: each is told.
    let changed: Vec<&str> = saved
        .warnings
        .iter()
        .filter_map(|warning| match warning {
            Warning::Changed { field, .. } => Some(field.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(changed, ["account_id", "donotcall", "lastname"]);
}

#[tokio::test]
async fn an_update_always_names_its_record() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "saveRecord",
        &[
            ("module", "Contacts"),
            ("record", "12x737"),
            ("values", r#"{"account_id":"11x5"}"#),
        ],
    )
    .respond_with(recorded("v5/481"))
    .expect(1)
    .mount(&server)
    .await;
    let id = RecordId::new(12, 737);
    let values = Values::new().set("account_id", RecordId::new(11, 5));
    let saved = client.update("Contacts", &id, &values).await.unwrap();
    assert_eq!(
        saved.record.reference("account_id"),
        Some(RecordId::new(11, 5))
    );
    assert_eq!(saved.warnings, []);
}

#[tokio::test]
async fn what_the_server_stored_otherwise_is_a_warning() {
    let server = server().await;
    sign_in(&server, Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(recorded("v5/476"))
        .mount(&server)
        .await;
    let (seen, take) = support::warnings();
    let client = builder(&server).on_warning(take).build().unwrap();
    let stored = result("v5/476")["record"]["blocks"][0]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "title")
        .unwrap()["value"]
        .clone();
    let values = Values::new().set("title", "a < b & c");
    let saved = client
        .update("Contacts", &RecordId::new(12, 737), &values)
        .await
        .unwrap();
    let Some(Warning::Changed {
        stored: told, what, ..
    }) = saved.warnings.first()
    else {
        panic!("{:?}", saved.warnings);
    };
    assert_eq!(Some(told.as_str()), stored.as_str());
    assert_eq!(*what, ChangeKind::Rewritten);
    assert_eq!(*seen.lock().unwrap(), saved.warnings);
}

#[tokio::test]
async fn saves_that_older_servers_misread_are_refused_before_they_are_sent() {
    let (server, client) = start(Generation::Old).await;
    let id = RecordId::new(12, 737);
    let with_id = contact().set("id", id);
    let labelled = contact().set(
        "account_id",
        Json::parse(r#"{"value":"11x3","label":"x"}"#).unwrap(),
    );
    for result in [
        client.create("Contacts", &with_id).await,
        client.update("Contacts", &id, &with_id).await,
        client.create("Contacts", &labelled).await,
        client.create("Contacts", &Values::new()).await,
        client.create("", &contact()).await,
        client
            .update("Contacts", &RecordId::new(12, 0), &contact())
            .await,
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{error}");
    }
    assert_eq!(asked(&server, "saveRecord").await, 0);
}

#[tokio::test]
async fn refused_saves_keep_the_servers_code() {
    for (answer, code, kind) in [
        (
            "v5/470",
            Code::MandatoryFieldsMissing,
            ErrorKind::Validation,
        ),
        ("v5/491", Code::InvalidIdAttribute, ErrorKind::Validation),
        ("v7/416", Code::AccessDenied, ErrorKind::Permission),
        ("v7/428", Code::Duplicate, ErrorKind::Conflict),
    ] {
        let (server, client) = start(Generation::Old).await;
        in_session("saveRecord", &[])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client.create("Contacts", &contact()).await.unwrap_err();
        assert_eq!(Code::of(&error), Some(code), "{answer}");
        assert_eq!(error.kind(), kind, "{answer}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{answer}");
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_not_sent_again() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200),
        ResponseTemplate::new(503),
        ResponseTemplate::new(200).set_body_string(r#"{"success":true,"result":{"rec"#),
    ] {
        let (server, client) = start(Generation::New).await;
        in_session("saveRecord", &[])
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let error = client.create("Contacts", &contact()).await.unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown, "{error}");
    }
}

#[tokio::test]
async fn a_lost_create_is_looked_up_and_the_record_found() {
    let (server, client) = start(Generation::New).await;
    in_session("saveRecord", &[])
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    in_session(
        "query",
        &[(
            "query",
            "select id from Contacts where lastname = 'O''Mob' limit 2;",
        )],
    )
    .respond_with(yes(json!({"records": [{"id": "12x122"}], "nextPage": 0})))
    .expect(1)
    .mount(&server)
    .await;
    in_session("fetchRecordWithGrouping", &[("record", "12x122")])
        .respond_with(recorded("v7/404"))
        .expect(1)
        .mount(&server)
        .await;
    let values = contact().set("lastname", "O'Mob");
    let saved = client
        .create_looked_up("Contacts", &values, "lastname")
        .await
        .unwrap();
    assert!(saved.adopted);
    assert_eq!(saved.record.id(), Some(RecordId::new(12, 122)));
}

#[tokio::test]
async fn a_lost_create_with_several_hits_is_a_conflict() {
    let (server, client) = start(Generation::New).await;
    in_session("saveRecord", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    in_session("query", &[])
        .respond_with(yes(
            json!({"records": [{"id": "12x122"}, {"id": "12x123"}], "nextPage": 0}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .create_looked_up("Contacts", &contact(), "lastname")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    let error = client
        .create_looked_up("Contacts", &contact(), "email")
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn deletes_send_ids_to_the_old_generation_and_numbers_to_the_new() {
    let (server, client) = start(Generation::Old).await;
    in_session("deleteRecords", &[("record", "12x747")])
        .and(Without("records"))
        .respond_with(recorded("v5/548"))
        .expect(1)
        .mount(&server)
        .await;
    let deleted = client.delete(&[RecordId::new(12, 747)]).await.unwrap();
    assert!(deleted.is_complete());

    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[("records", r#"["775","776","777"]"#)])
        .and(Without("record"))
        .respond_with(yes(json!({"deleted": {"775": true, "776": false}})))
        .expect(1)
        .mount(&server)
        .await;
    let ids = [775, 776, 777].map(|number| RecordId::new(12, number));
    let deleted = client.delete(&ids).await.unwrap();
    assert_eq!(deleted.deleted, [ids[0]]);
    assert_eq!(deleted.refused, [ids[1]]);
    assert_eq!(deleted.unanswered, [ids[2]]);
    assert!(!deleted.is_complete());
    assert!(client.delete(&[]).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_record_that_is_gone_or_protected_is_refused_and_no_error() {
    for answer in ["v5/550", "v5/593"] {
        let (server, client) = start(Generation::Old).await;
        in_session("deleteRecords", &[])
            .respond_with(recorded(answer))
            .mount(&server)
            .await;
        let said = result(answer)["deleted"].clone();
        let id: RecordId = said
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let deleted = client.delete(&[id]).await.unwrap();
        assert_eq!(deleted.refused, [id], "{answer}");
    }
}

#[tokio::test]
async fn a_list_that_was_not_read_is_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[])
        .respond_with(recorded("v7/485"))
        .mount(&server)
        .await;
    let error = client.delete(&[RecordId::new(12, 779)]).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn a_server_that_names_itself_old_and_dies_of_ids_is_sent_numbers() {
    let (server, client) = start(Generation::Old).await;
    in_session("deleteRecords", &[("record", "12x773")])
        .respond_with(recorded("v7/479"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("deleteRecords", &[("record", "773")])
        .respond_with(recorded("v7/478"))
        .expect(2)
        .mount(&server)
        .await;
    let id = RecordId::new(12, 773);
    assert!(client.delete(&[id]).await.unwrap().is_complete());
    // It is known from now on.
    assert!(client.delete(&[id]).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_not_sent_again() {
    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[])
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.delete(&[RecordId::new(12, 1)]).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_number_that_kills_the_server_leaves_the_outcome_unknown() {
    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[])
        .respond_with(recorded("v7/482"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .delete(&[RecordId::new(12, 999_999)])
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::TextDeath));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}
