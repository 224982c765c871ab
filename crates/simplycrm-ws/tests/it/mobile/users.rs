//! Creating activities, users and groups.

use std::sync::Arc;

use serde_json::{Value, json};
use simplycrm_ws::mobile::{
    ActivityKind, Generation, Member, NewActivity, NewGroup, NewUser, activity_kind,
};
use simplycrm_ws::{Date, RecordId, SendOutcome, Warning};

use crate::mobile::{ADMIN, Notes, builder, documented, in_session, recorded, sign_in, start};
use crate::support::{self, server, yes};

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
