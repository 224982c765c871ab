//! Every operation against every kind of bad answer: always an error, never
//! an empty result.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use simplycrm_ws::mobile::{
    Client, Generation, HistoryOf, ListRequest, NewActivity, NewGroup, NewUser, SyncMode, TaxKind,
};
use simplycrm_ws::{BodyFault, Code, Date, Error, ErrorKind, SendOutcome, Values};
use wiremock::{Mock, ResponseTemplate};

use crate::mobile::{CONTACT, Form, on, recorded, start};
use crate::support::{self, no, yes};

type Call = for<'a> fn(&'a Client) -> BoxFuture<'a, Result<(), Error>>;

macro_rules! calls {
    ($($operation:literal $writes:literal $client:ident => $call:expr;)*) => {
        &[$(($operation, $writes, |$client| Box::pin(async move { $call.await.map(drop) }))),*]
    };
}

fn values() -> Values {
    Values::new().set("lastname", "Vos")
}

fn day() -> Date {
    "2026-12-01".parse().unwrap()
}

/// Every operation, whether it writes, and a call of it.
const CALLS: &[(&str, bool, Call)] = calls! {
    "loginAndFetchModules" false client => client.login_and_fetch_modules();
    "fetchModules" false client => client.modules();
    "userInfo" false client => client.user_info();
    "fetchModuleFilters" false client => client.filters("Contacts");
    "filterDetailsWithCount" false client => client.filter_details("7");
    "fetchAllAlerts" false client => client.alerts();
    "alertDetailsWithMessage" false client => client.alert("1");
    "listModuleRecords" false client => client.list_page(&ListRequest::new("Contacts"));
    "listModuleRecords" false client => client.list(ListRequest::new("Contacts")).try_collect::<Vec<_>>();
    "fetchRecord" false client => client.fetch(&CONTACT);
    "fetchRecord" false client => client.fetch_by_number("Contacts", 124);
    "fetchRecordWithGrouping" false client => client.fetch_with_grouping(&CONTACT);
    "fetchRecordsWithGrouping" false client => client.fetch_many("Contacts", &[CONTACT]);
    "fetchRecordsWithGrouping" false client => client.fetch_alert("HelpDesk", "1");
    "describe" false client => client.describe("Contacts");
    "syncModuleRecords" false client => client.sync_page("Contacts", None, SyncMode::Public, 0);
    "syncModuleRecords" false client => client.changes("Contacts", None, SyncMode::Public).try_collect::<Vec<_>>();
    "query" false client => client.query_page("select id from Contacts", 0);
    "query" false client => client.query("select id from Contacts").try_collect::<Vec<_>>();
    "queryWithGrouping" false client => client.query_page_with_grouping("Contacts", "select * from Contacts", 0);
    "relatedRecordsWithGrouping" false client => client.related(&CONTACT, "HelpDesk", 0);
    "history" false client => client.history(&HistoryOf::Everything, true, 0);
    "taxByType" false client => client.taxes(TaxKind::Shipping);
    "fetchModuleOwners" false client => client.owners("Contacts");
    "saveRecord" true client => client.create("Contacts", &values());
    "saveRecord" true client => client.update("Contacts", &CONTACT, &values());
    "saveRecord" true client => client.create_activity(&NewActivity::task("T", CONTACT, day()));
    "saveRecord" true client => client.create_group(&NewGroup::new("G"));
    "saveRecord" true client => client.create_user(&NewUser::new("u", "password-1".into(), "l", "e@x.test", "H1"));
    "deleteRecords" true client => client.delete(&[CONTACT]);
    "addRecordComment" true client => client.add_comment(&CONTACT, "text");
};

/// Calls every operation on a server that answers all but logins so.
async fn each(answer: ResponseTemplate, check: impl Fn(&str, bool, Error)) {
    for (operation, writes, call) in CALLS {
        let (server, client) = start(Generation::New).await;
        // What a lost comment is looked up by finds nothing.
        if *operation == "addRecordComment" {
            let none = yes(json!({"records": [], "nextPage": 0}));
            for look_up in ["query", "relatedRecordsWithGrouping"] {
                on(look_up, &[])
                    .respond_with(none.clone())
                    .mount(&server)
                    .await;
            }
        }
        Mock::given(Form(vec![(
            "_operation".to_owned(),
            (*operation).to_owned(),
        )]))
        .respond_with(answer.clone())
        .mount(&server)
        .await;
        let error = call(&client).await.expect_err(operation);
        let sent = server.received_requests().await.unwrap();
        let count = sent
            .iter()
            .filter(|request| {
                support::form_param(request, "_operation").as_deref() == Some(*operation)
            })
            .count();
        assert_eq!(count, 1, "{operation}: it was sent again");
        let named = format!("mobile.{operation}");
        assert_eq!(error.operation_name(), Some(named.as_str()));
        check(operation, *writes, error);
    }
}

#[test]
fn every_operation_is_called_here() {
    let called: BTreeSet<&str> = CALLS.iter().map(|(operation, ..)| *operation).collect();
    // `login` and `logout` have tests of their own, and references answer a
    // null with an empty list.
    assert_eq!(called.len() + 3, 25);
}

#[tokio::test]
async fn a_refusal_keeps_its_code_in_every_operation() {
    each(
        no("ACCESS_DENIED", "Permission is denied"),
        |operation, _, error| {
            assert_eq!(error.kind(), ErrorKind::Permission, "{operation}");
            assert_eq!(Code::of(&error), Some(Code::AccessDenied), "{operation}");
            assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{operation}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_crash_is_an_error_in_every_operation_and_not_asked_for_again() {
    each(ResponseTemplate::new(500), |operation, writes, error| {
        assert_eq!(
            BodyFault::of(&error),
            Some(BodyFault::ServerCrash),
            "{operation}"
        );
        assert!(!writes || error.send_outcome() == SendOutcome::Unknown);
    })
    .await;
}

#[tokio::test]
async fn nothing_at_all_is_an_error_in_every_operation() {
    each(ResponseTemplate::new(200), |operation, writes, error| {
        assert_eq!(
            BodyFault::of(&error),
            Some(BodyFault::EmptyBody),
            "{operation}"
        );
        assert!(!writes || error.send_outcome() == SendOutcome::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_web_page_is_an_error_in_every_operation() {
    let page = ResponseTemplate::new(200).set_body_raw(
        "<!DOCTYPE html><html><body>Maintenance</body></html>",
        "text/html",
    );
    each(page, |operation, _, error| {
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{operation}");
    })
    .await;
}

#[tokio::test]
async fn a_success_that_holds_nothing_is_an_error_in_every_operation() {
    for result in [json!(null), json!(7), json!({"something": "else"})] {
        each(yes(result), |operation, writes, error| {
            assert_eq!(error.kind(), ErrorKind::Decode, "{operation}");
            assert!(!writes || error.send_outcome().may_be_applied());
        })
        .await;
    }
}

#[tokio::test]
async fn a_refused_login_with_modules_names_the_likely_causes() {
    let (server, client) = start(Generation::Old).await;
    on("loginAndFetchModules", &[])
        .respond_with(recorded("v5/391"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.login_and_fetch_modules().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.help_text().unwrap().contains("whitelist"));
}
