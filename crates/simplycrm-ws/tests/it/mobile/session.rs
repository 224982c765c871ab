//! Logins, sessions and calls by name.

use std::sync::Arc;

use serde_json::json;
use simplycrm_ws::mobile::{Client, Generation, Refusal};
use simplycrm_ws::{ErrorKind, Operation, Params, RecordId, Safety, SendOutcome};

use super::{
    Notes, PASSWORD, SESSION, asked, builder, documented, in_session, on, recorded, refusal,
    result, sign_in, start,
};
use crate::support::{self, server, yes};

#[tokio::test]
async fn the_documented_login_is_one_of_the_old_generation() {
    let (_server, client) = start(Generation::Old).await;
    let login = client.login().await.unwrap();
    assert_eq!(login.user, 1);
    assert_eq!(login.server_version.as_deref(), Some("7.1.0"));
    assert_eq!(login.module_version.as_deref(), Some("1.2.1"));
    assert_eq!(login.generation, Generation::Old);
}

#[tokio::test]
async fn a_recorded_login_of_the_new_generation_keeps_what_else_it_tells() {
    let (_server, client) = start(Generation::New).await;
    let login = client.login().await.unwrap();
    assert_eq!(login.generation, Generation::New);
    assert_eq!(login.module_version.as_deref(), Some("2.0"));
    let extra: Vec<&str> = login.extra.keys().map(String::as_str).collect();
    assert_eq!(extra, ["crm_tz", "date_format", "user_currency", "user_tz"]);
    assert!(!format!("{login:?}").contains(SESSION));
}

#[tokio::test]
async fn a_refused_login_names_the_likely_causes_and_not_the_password() {
    let server = server().await;
    on("login", &[])
        .respond_with(recorded("v5/382"))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server).build().unwrap();
    let error = client.describe("Contacts").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(Refusal::of(&error), Some(Refusal::AuthenticationFailed));
    let help = error.help_text().unwrap();
    for cause in ["password", "user name", "whitelist", "access key"] {
        assert!(help.contains(cause), "{help}");
    }
    assert!(!format!("{error} {error:?}").contains(PASSWORD));
}

#[tokio::test]
async fn a_lost_session_is_replaced_once_and_the_call_repeated() {
    let (server, client) = start(Generation::Old).await;
    in_session("fetchAllAlerts", &[])
        .respond_with(recorded("v5/395"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    in_session("fetchAllAlerts", &[])
        .respond_with(yes(json!({"alerts": []})))
        .expect(1)
        .mount(&server)
        .await;
    assert!(client.alerts().await.unwrap().is_empty());
    assert_eq!(asked(&server, "login").await, 2);
}

#[tokio::test]
async fn a_session_that_is_refused_again_is_an_error_of_the_login() {
    let (server, client) = start(Generation::Old).await;
    in_session("fetchAllAlerts", &[])
        .respond_with(recorded("v5/395"))
        .expect(2)
        .mount(&server)
        .await;
    let error = client.alerts().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.code_str(), Some("1501"));
    assert_eq!(asked(&server, "login").await, 2);
}

#[tokio::test]
async fn the_other_readings_of_1501_do_not_log_in_again() {
    let (server, client) = start(Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(recorded("v5/478"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("fetchRecordsWithGrouping", &[])
        .respond_with(recorded("v7/409"))
        .expect(1)
        .mount(&server)
        .await;
    let params = || Params::new().with("module", "Contacts");
    let error = client.call("saveRecord", params()).await.unwrap_err();
    assert_eq!(Refusal::of(&error), Some(Refusal::ValuesEmpty));
    assert_eq!(error.kind(), ErrorKind::Validation);
    let error = client
        .call("fetchRecordsWithGrouping", Params::new())
        .await
        .unwrap_err();
    assert_eq!(Refusal::of(&error), Some(Refusal::ModuleMissing));
    assert_eq!(asked(&server, "login").await, 1);
}

#[tokio::test]
async fn modules_come_with_a_login_of_their_own_in_the_old_generation() {
    let (server, client) = start(Generation::Old).await;
    on("loginAndFetchModules", &[("password", PASSWORD)])
        .respond_with(yes(documented("login_and_fetch_modules.json")))
        .expect(1)
        .mount(&server)
        .await;
    let modules = client.modules().await.unwrap();
    assert_eq!(modules.len(), 26);
    let tickets = modules.iter().find(|one| one.name == "HelpDesk").unwrap();
    assert_eq!(tickets.prefix, Some(9));
    assert_eq!(tickets.label, "Trouble Tickets");
    assert_eq!(tickets.singular, "Ticket");
    assert_eq!(asked(&server, "logout").await, 0);
}

#[tokio::test]
async fn a_login_with_modules_leaves_no_session_behind_in_the_new_generation() {
    let (server, client) = start(Generation::New).await;
    on("loginAndFetchModules", &[])
        .respond_with(recorded("v7/347"))
        .expect(1)
        .mount(&server)
        .await;
    on("logout", &[("_session", "60e32d026b01fd49db7e2")])
        .respond_with(yes(json!({"logout": true})))
        .expect(1)
        .mount(&server)
        .await;
    let (login, modules) = client.login_and_fetch_modules().await.unwrap();
    assert_eq!(login.user, 1);
    assert_eq!(
        modules.len(),
        result("v7/347")["modules"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn modules_are_fetched_in_the_session_in_the_new_generation() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchModules", &[])
        .respond_with(recorded("v7/356"))
        .expect(1)
        .mount(&server)
        .await;
    let modules = client.modules().await.unwrap();
    let contacts = modules.iter().find(|one| one.name == "Contacts").unwrap();
    assert_eq!(contacts.prefix, Some(12));
}

#[tokio::test]
async fn a_logout_ends_the_session_and_its_failure_does_not_matter() {
    for answer in [yes(json!({"logout": true})), recorded("v7/487")] {
        let (server, client) = start(Generation::New).await;
        in_session("logout", &[])
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        client.login().await.unwrap();
        client.logout().await;
        client.login().await.unwrap();
        assert_eq!(asked(&server, "login").await, 2);
    }
}

#[tokio::test]
async fn an_operation_that_the_generation_lacks_is_an_error_of_the_configuration() {
    let (server, client) = start(Generation::Old).await;
    in_session("userInfo", &[])
        .respond_with(refusal(1404, "Operation not found: userInfo"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.user_info().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(Refusal::of(&error), Some(Refusal::OperationNotFound));
}

#[tokio::test]
async fn an_unknown_operation_is_refused_before_anything_is_sent() {
    let (server, client) = start(Generation::Old).await;
    let error = client.call("Login", Params::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(error.help_text().unwrap().contains("listModuleRecords"));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn json_of_a_call_by_name_passes_the_purifier_and_a_query_stays_as_it_is() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "saveRecord",
        &[
            ("values", r#"{"title":"a \u003c b"}"#),
            ("note", "1 < 2"),
            ("query", r#"["<"]"#),
        ],
    )
    .respond_with(yes(json!({})))
    .expect(1)
    .mount(&server)
    .await;
    let params = Params::new()
        .with("values", r#"{"title":"a < b"}"#)
        .with("note", "1 < 2")
        .with("query", r#"["<"]"#);
    client.call("saveRecord", params).await.unwrap();
}

#[tokio::test]
async fn an_operation_of_a_later_server_goes_out_as_a_form_whatever_its_verb() {
    let (server, client) = start(Generation::New).await;
    in_session("newThing", &[("a", "1")])
        .respond_with(yes(json!({"b": 2.50})))
        .expect(2)
        .mount(&server)
        .await;
    for operation in [
        Operation::get("newThing"),
        Operation::post("newThing", Safety::Create),
    ] {
        let params = Params::new().with("a", "1");
        let result = client.call_as(&operation, params).await.unwrap();
        assert_eq!(result.to_string(), r#"{"b":2.5}"#);
    }
}

#[tokio::test]
async fn warnings_in_front_of_the_answer_are_told_and_the_record_is_read() {
    let server = server().await;
    sign_in(&server, Generation::Old).await;
    in_session("fetchRecord", &[("record", "12x124")])
        .respond_with(recorded("v5/622"))
        .expect(1)
        .mount(&server)
        .await;
    let (seen, take) = support::warnings();
    let client = builder(&server).on_warning(take).build().unwrap();
    let record = client.fetch(&RecordId::new(12, 124)).await.unwrap();
    assert!(!record.text("lastname").is_empty());
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn neither_password_nor_session_shows_in_exchanges_and_errors() {
    let server = server().await;
    sign_in(&server, Generation::Old).await;
    let said = format!("no right for {PASSWORD} in {SESSION}");
    in_session("fetchAllAlerts", &[])
        .respond_with(refusal(1, &said))
        .mount(&server)
        .await;
    let notes = Arc::new(Notes::default());
    let client = builder(&server).observer(notes.clone()).build().unwrap();
    let error = client.alerts().await.unwrap_err();
    let shown = format!("{error} {error:?} {client:?} {}", notes.0.lock().unwrap());
    assert!(shown.contains("fetchAllAlerts"), "{shown}");
    for secret in [PASSWORD, SESSION] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    for builder in [
        Client::builder("crm.example.com", "admin", PASSWORD.into()),
        Client::builder("https://crm.example.com", "", PASSWORD.into()),
        Client::builder("https://crm.example.com", "admin", "".into()),
        Client::builder("http://crm.example.com", "admin", PASSWORD.into()),
        Client::builder("https://crm.example.com", "admin", PASSWORD.into()).sessions(0),
        Client::builder("https://crm.example.com", "admin", PASSWORD.into()).time_zone("No/Where"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    let client = Client::builder(
        "https://crm.example.com/modules/Mobile/api.php",
        "admin",
        PASSWORD.into(),
    );
    let client = client.build().unwrap();
    assert_eq!(client.root_url(), "https://crm.example.com/");
}
