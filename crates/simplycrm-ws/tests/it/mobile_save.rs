//! Saving and deleting records, activities, users, groups and comments.

use std::sync::Arc;

use serde_json::{Value, json};
use simplycrm_ws::mobile::{
    ActivityKind, Generation, Member, NewActivity, NewGroup, NewUser, Refusal, activity_kind,
};
use simplycrm_ws::{
    BodyFault, ChangeKind, Code, Date, ErrorKind, Json, RecordId, SendOutcome, Values, Warning,
};
use wiremock::ResponseTemplate;

use crate::mobile::{
    Notes, Without, asked, builder, documented, in_session, recorded, result, sign_in, start,
};
use crate::support::{self, server, yes};

const CONTACT: RecordId = RecordId::new(12, 124);
const ADMIN: RecordId = RecordId::new(19, 1);

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

fn call() -> NewActivity {
    NewActivity::call("Call Smith", ADMIN, "2014-01-18".parse::<Date>().unwrap())
        .starts(14, 44)
        .ends(15, 0)
        .set("visibility", "Private")
}

#[tokio::test]
async fn a_call_is_created_as_an_event() {
    let (server, client) = start(Generation::Old).await;
    let mut answer = documented("save_record.json");
    answer["record"]["id"] = json!("18x1225");
    for field in answer["record"]["blocks"][0]["fields"]
        .as_array_mut()
        .unwrap()
    {
        if field["name"] == "eventstatus" {
            field["value"] = json!("Planned");
        }
    }
    in_session("saveRecord", &[("module", "Calendar")])
        .respond_with(yes(answer))
        .expect(1)
        .mount(&server)
        .await;
    let saved = client.create_activity(&call()).await.unwrap();
    assert_eq!(saved.record.id(), Some(RecordId::new(18, 1225)));
    assert_eq!(activity_kind(&saved.record), Some(ActivityKind::Call));
    assert_eq!(saved.warnings, []);
    let requests = server.received_requests().await.unwrap();
    let values = support::form_param(requests.last().unwrap(), "values").unwrap();
    let values: Value = serde_json::from_str(&values).unwrap();
    assert_eq!(values["eventstatus"], "Planned");
    assert_eq!(values["time_start"], "14:44");
    assert!(values.get("start_time").is_none());
}

#[tokio::test]
async fn a_call_that_became_a_task_is_told() {
    // The vendor's example, as a server answered it.
    let (server, client) = start(Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(recorded("v5/494"))
        .mount(&server)
        .await;
    let saved = client.create_activity(&call()).await.unwrap();
    assert_eq!(saved.record.id(), Some(RecordId::new(9, 741)));
    assert!(matches!(saved.warnings[..], [Warning::Note { .. }]));
}

#[tokio::test]
async fn a_user_is_created_and_no_secret_shows() {
    let server = server().await;
    sign_in(&server, Generation::Old).await;
    in_session("saveRecord", &[("module", "Users")])
        .respond_with(recorded("v5/496"))
        .expect(1)
        .mount(&server)
        .await;
    let notes = Arc::new(Notes::default());
    let client = builder(&server).observer(notes.clone()).build().unwrap();
    let password = "pass\"w<o>rd-of-the-new";
    let user = NewUser::new(
        "mobuser",
        password.into(),
        "lastname",
        "u@example.test",
        "H2",
    )
    .first_name("Mo")
    .admin(false);
    let saved = client.create_user(&user).await.unwrap();
    assert_eq!(saved.record.id(), Some(RecordId::new(19, 7)));
    let requests = server.received_requests().await.unwrap();
    let values = support::form_param(requests.last().unwrap(), "values").unwrap();
    let values: Value = serde_json::from_str(&values).unwrap();
    assert_eq!(values["user_password"], password);
    assert_eq!(values["confirm_password"], password);
    assert_eq!(values["roleid"], "H2");
    assert_eq!(values["is_admin"], "off");
    let shown = format!("{user:?} {saved:?} {}", notes.0.lock().unwrap());
    assert!(shown.contains("mobuser"), "{shown}");
    // The password, the new access key and a part of the hash.
    for secret in ["rd-of-the-new", "xljIUssdV2bh4dhf", "RZW2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_user_without_what_the_server_needs_is_refused() {
    let (_server, client) = start(Generation::Old).await;
    let user = NewUser::new("mobuser", "pw".into(), "", "u@example.test", "H2");
    let error = client.create_user(&user).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_group_is_created_with_its_members_named() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "saveRecord",
        &[
            ("module", "Groups"),
            (
                "values",
                r#"{"description":"Description of group","groupname":"Groupname","members":["Users:5","Roles:H2"]}"#,
            ),
        ],
    )
    .respond_with(recorded("v5/497"))
    .expect(1)
    .mount(&server)
    .await;
    let group = NewGroup::new("Groupname")
        .description("Description of group")
        .member(Member::User(5))
        .member(Member::Role("H2".to_owned()));
    let id = client.create_group(&group).await.unwrap();
    assert_eq!(id, RecordId::new(20, 8));
    let error = client.create_group(&NewGroup::new(" ")).await.unwrap_err();
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
