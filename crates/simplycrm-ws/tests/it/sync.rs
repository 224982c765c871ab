//! One page of `sync`, and what a probe finds out.

use serde_json::json;
use simplycrm_ws::{
    BodyFault, Code, ErrorKind, Generation, RecordId, SyncScope, SyncSupport, SyncToken,
    UpdateKeeps, Warning,
};
use wiremock::matchers::{query_param, query_param_is_missing};

use crate::exchange::recorded;
use crate::fake::{Crm, ME, Sync};
use crate::support::{self, get, no, yes};

const AT: SyncToken = SyncToken::START;

#[tokio::test]
async fn recorded_pages_are_read() {
    for (name, module, updated, deleted, more, last) in [
        (
            "v7/142-webservice-sync-Quotes_first_page",
            "Quotes",
            8,
            1,
            false,
            1_795_291_904,
        ),
        (
            "v7/529-webservice-sync-Leads_after_convert",
            "Leads",
            0,
            2,
            false,
            1_795_292_932,
        ),
        (
            "v7/167-webservice-sync-modifiedTime_1_no_rows",
            "Contacts",
            0,
            0,
            false,
            1,
        ),
        (
            "v5/323-webservice-sync-elementType_Users",
            "Users",
            0,
            0,
            false,
            1,
        ),
        (
            "v5/308-webservice-sync-after_create_delete_revise",
            "Contacts",
            2,
            1,
            false,
            1_795_289_958,
        ),
    ] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("sync")
            .and(query_param("elementType", module))
            .and(query_param("modifiedTime", "1"))
            .and(query_param_is_missing("syncType"))
            .respond_with(recorded(name).again())
            .expect(1)
            .mount(&server)
            .await;
        let page = support::client(&server)
            .sync_page(module, AT)
            .await
            .unwrap();
        let counts = (page.updated.len(), page.deleted.len(), page.more);
        assert_eq!(counts, (updated, deleted, more), "{name}");
        assert_eq!(page.last.as_seconds(), last, "{name}");
    }
}

#[tokio::test]
async fn noise_in_front_of_a_page_is_a_warning() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("sync")
        .respond_with(recorded("v7/499-webservice-query-noisy").again())
        .mount(&server)
        .await;
    let (seen, take) = support::warnings();
    let client = support::builder(&server).on_warning(take).build().unwrap();
    // It is the answer to a query, and so no page.
    let error = client.sync_page("Contacts", AT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(matches!(seen.lock().unwrap()[..], [Warning::Noise { .. }]));
}

#[tokio::test]
async fn recorded_refusals_and_deaths_of_sync_are_told_apart() {
    for (name, code, fault) in [
        (
            "v7/154-webservice-sync-Emails_first_page",
            None,
            Some(BodyFault::ServerCrash),
        ),
        (
            "v7/491-webservice-sync-display_errors_on_fatal_zero_no_rows",
            None,
            Some(BodyFault::EmptyBody),
        ),
        (
            "v7/163-webservice-sync-Groups",
            Some(Code::AccessDenied),
            None,
        ),
        (
            "v7/181-webservice-sync-application_as_sales1",
            Some(Code::AccessDenied),
            None,
        ),
    ] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("sync")
            .respond_with(recorded(name).again())
            .mount(&server)
            .await;
        let client = support::client(&server);
        let error = client
            .sync_page_of("Emails", AT, SyncScope::Everything)
            .await
            .unwrap_err();
        assert_eq!(BodyFault::of(&error), fault, "{name}");
        assert_eq!(Code::of(&error), code, "{name}");
    }
}

#[tokio::test]
async fn what_sync_shows_is_found_out_by_comparing_with_a_query() {
    for (sync, theirs, expected) in [
        (Sync::All, true, SyncSupport::All),
        (Sync::Application, true, SyncSupport::All),
        (Sync::Own, true, SyncSupport::OwnOnly),
        (Sync::Own, false, SyncSupport::Untold),
        (Sync::All, false, SyncSupport::Untold),
    ] {
        let crm = Crm::new(sync);
        for _ in 0..150 {
            crm.lock().make(ME, "mine");
        }
        if theirs {
            crm.lock().make("19x6", "theirs");
        }
        let client = crm.client();
        assert_eq!(
            client.sync_support("Contacts").await.unwrap(),
            expected,
            "{sync:?}"
        );
        crm.take_log();
        client.sync_support("Contacts").await.unwrap();
        let asked_again = !crm.take_log().is_empty();
        assert_eq!(asked_again, expected == SyncSupport::Untold, "{sync:?}");
        // After an hour it is found out anew.
        crm.lock().advance(3601);
        client.sync_support("Contacts").await.unwrap();
        assert!(!crm.take_log().is_empty());
    }
}

#[tokio::test]
async fn records_of_groups_alone_do_not_tell_what_is_shown_of_users() {
    let crm = Crm::new(Sync::All);
    crm.lock().make("20x2", "group's");
    let client = crm.client();
    assert_eq!(
        client.sync_support("Contacts").await.unwrap(),
        SyncSupport::Untold
    );
    let crm = Crm::new(Sync::Own);
    crm.lock().make("20x2", "group's");
    let client = crm.client();
    assert_eq!(
        client.sync_support("Contacts").await.unwrap(),
        SyncSupport::OwnOnly
    );
}

#[tokio::test]
async fn a_record_that_changes_during_the_comparison_decides_nothing_wrongly() {
    let crm = Crm::new(Sync::All);
    let number = crm.lock().make("19x6", "theirs");
    for _ in 0..2 {
        crm.lock().events.push_back(Box::new(|_| {}));
    }
    // Between the query and the page it is compared with.
    crm.lock().events.push_back(Box::new(move |state| {
        state.advance(5);
        for _ in 0..120 {
            state.make(ME, "mine");
        }
        state.advance(5);
        state.edit(number, "changed");
    }));
    let support = crm.client().sync_support("Contacts").await.unwrap();
    assert_eq!(support, SyncSupport::All);
}

#[tokio::test]
async fn a_module_that_sync_refuses_is_unusable_and_reported_once() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("sync")
        .respond_with(recorded("v7/163-webservice-sync-Groups").again())
        .expect(3)
        .mount(&server)
        .await;
    let (seen, take) = support::warnings();
    let client = support::builder(&server).on_warning(take).build().unwrap();
    for _ in 0..2 {
        let support = client.sync_support("Groups").await.unwrap();
        assert!(matches!(support, SyncSupport::Unusable { .. }));
    }
    assert!(matches!(
        &seen.lock().unwrap()[..],
        [Warning::SyncUnusable { module, .. }] if module == "Groups"
    ));
}

#[tokio::test]
async fn a_module_without_owners_is_compared_by_its_newest_record() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("query")
        .and(query_param(
            "query",
            "select modifiedtime from Faq order by modifiedtime desc limit 1;",
        ))
        .respond_with(yes(
            json!([{"id": "3x5", "modifiedtime": "2026-11-21 20:00:00"}]),
        ))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to access '.assigned_user_id.' attribute denied.",
        ))
        .with_priority(10)
        .expect(1)
        .mount(&server)
        .await;
    get("sync")
        .and(query_param("syncType", "application"))
        .respond_with(yes(json!({
            "updated": [{"id": "3x5"}], "deleted": [], "more": false,
            "lastModifiedTime": 1_795_291_200,
        })))
        .expect(2)
        .mount(&server)
        .await;
    let support = support::client(&server).sync_support("Faq").await.unwrap();
    assert_eq!(support, SyncSupport::All);
}

#[tokio::test]
async fn a_probe_tells_what_the_server_can_do_and_asks_once() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("listtypes")
        .respond_with(yes(json!({
            "types": ["Accounts", "Contacts", "Invoice", "LineItem"],
            "information": {
                "Accounts": {"isEntity": true, "label": "A", "singular": "A"},
                "Contacts": {"isEntity": true, "label": "C", "singular": "C"},
                "Invoice": {"isEntity": true, "label": "I", "singular": "I"},
                "LineItem": {"isEntity": false, "label": "L", "singular": "L"},
            },
        })))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .and(query_param("query", "select count(*) from Contacts;"))
        .respond_with(recorded("v7/281-webservice-query-count").again())
        .expect(1)
        .mount(&server)
        .await;
    // A stock 7.1.0 on PHP 7.4 dies of every sync.
    get("sync")
        .respond_with(
            recorded("v7/131-webservice-sync-syncType_not_registered_php74_fatal").again(),
        )
        .mount(&server)
        .await;
    let client = support::client(&server);
    let features = client.probe().await.unwrap();
    assert_eq!(features.generation, Generation::V7);
    assert_eq!(features.server_version.as_deref(), Some("7.1.0"));
    assert_eq!(features.update, UpdateKeeps::Unsent);
    assert!(features.line_items);
    assert_eq!(features.counts, Some(true));
    assert_eq!(features.modules.len(), 4);
    let (module, support) = features.sync.clone().unwrap();
    assert_eq!(module, "Contacts");
    assert!(matches!(support, SyncSupport::Unusable { .. }));
    assert_eq!(*client.probe().await.unwrap(), *features);
}

#[tokio::test]
async fn a_probe_of_a_server_that_lists_nothing_is_an_error() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("listtypes")
        .respond_with(yes(json!([])))
        .mount(&server)
        .await;
    let error = support::client(&server).probe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_id_of_a_deleted_record_is_read() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("sync")
        .respond_with(yes(json!({
            "updated": [], "deleted": ["12x731"], "more": true, "lastModifiedTime": 99,
        })))
        .mount(&server)
        .await;
    let page = support::client(&server)
        .sync_page("Contacts", AT)
        .await
        .unwrap();
    assert_eq!(page.deleted, [RecordId::new(12, 731)]);
    assert!(page.more);
}
