//! The connection test of SmartCRM and its relatives, step by step.

use api_core::{ErrorKind, SecretString};
use connectors::smartcrm::SmartCrm;
use koppel_sandbox::{Dialect, Fault, FaultKind, SmartCrmServer};
use serde_json::json;
use smartcrm_client::{Client, ClientBuilder, Profile};
use sync_core::{CheckReport, Connector};

async fn server(dialect: Dialect) -> SmartCrmServer {
    koppel_sandbox::SmartCrm::builder()
        .dialect(dialect)
        .client_token("second")
        .start()
        .await
        .unwrap()
}

fn client(server: &SmartCrmServer, profile: Profile) -> ClientBuilder {
    Client::builder(&server.url(), SecretString::from("demo".to_owned()))
        .profile(profile)
        .max_retries(0)
}

async fn check(client: ClientBuilder) -> CheckReport {
    SmartCrm::new(client.build().unwrap()).check().await
}

fn step<'a>(report: &'a CheckReport, name: &str) -> (Option<bool>, &'a str) {
    let found = report.steps.iter().find(|step| step.name == name);
    let step = found.unwrap_or_else(|| panic!("no step {name}: {report:?}"));
    (step.ok, step.detail.as_str())
}

#[tokio::test]
async fn the_connection_test_tries_everything_and_writes_nothing() {
    for (dialect, profile, kinds) in [
        (Dialect::SmartCrm, Profile::smartcrm(), 12),
        (Dialect::Perfex, Profile::perfex(), 9),
        (Dialect::Rise, Profile::rise(), 6),
    ] {
        let server = server(dialect).await;
        let client = client(&server, profile).client_token(SecretString::from("second".to_owned()));
        let report = check(client).await;
        assert!(report.is_ok(), "{dialect}: {report:?}");
        assert_eq!(report.steps.len(), 3 + kinds + 2, "{dialect}");
        assert_eq!(server.applied(), 0);
        let (token, _) = step(&report, "Client token");
        assert_eq!(token, (dialect == Dialect::SmartCrm).then_some(true));
        let (_, words) = step(&report, "Send many at once");
        let expected = if dialect == Dialect::Rise {
            "one by one"
        } else {
            "route is there"
        };
        assert!(words.contains(expected), "{dialect}: {words}");
    }
}

#[tokio::test]
async fn what_comes_after_a_refused_token_is_not_tried() {
    let server = server(Dialect::SmartCrm).await;
    server.faults().add(Fault::new(FaultKind::TokenNotFound));
    let report = check(client(&server, Profile::smartcrm())).await;
    assert_eq!(report.error.as_ref().unwrap().kind(), ErrorKind::Auth);
    let (_, words) = step(&report, "Log in");
    assert!(words.contains("Token is not found"), "{words}");
    for (place, step) in report.steps.iter().enumerate() {
        let expected = match place {
            0 | 1 => Some(true),
            2 => Some(false),
            _ => None,
        };
        assert_eq!(step.ok, expected, "{step:?}");
    }
}

#[tokio::test]
async fn a_client_token_that_is_not_set_is_not_tried_and_a_wrong_one_is_told() {
    let server = server(Dialect::SmartCrm).await;
    let report = check(client(&server, Profile::smartcrm())).await;
    assert!(report.is_ok(), "{report:?}");
    let (ok, words) = step(&report, "Client token");
    assert_eq!(ok, None);
    assert!(words.contains("client_token"), "{words}");
    assert!(
        report
            .steps
            .iter()
            .all(|step| step.name != "Read one product")
    );

    let wrong =
        client(&server, Profile::smartcrm()).client_token(SecretString::from("wrong".to_owned()));
    let report = check(wrong).await;
    let (ok, words) = step(&report, "Client token");
    assert_eq!(ok, Some(false));
    assert!(words.contains("Client token is not valid"), "{words}");
    assert_eq!(step(&report, "Read one product").0, None);
    assert_eq!(step(&report, "Read one customer").0, Some(true));
}

#[tokio::test]
async fn a_server_without_batches_fails_that_step_and_says_what_to_set() {
    let server = server(Dialect::Perfex).await;
    // A profile whose batches go where there is no route.
    let profile = Profile::from_config(json!({"base": "perfex", "push": {"route": "bulk"}}));
    let report = check(client(&server, profile.unwrap())).await;
    let (ok, words) = step(&report, "Send many at once");
    assert_eq!(ok, Some(false), "{report:?}");
    assert!(words.contains("push.mode"), "{words}");
    assert_eq!(report.error.unwrap().kind(), ErrorKind::Config);
}
