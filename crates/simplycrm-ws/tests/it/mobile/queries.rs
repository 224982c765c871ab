//! Queries and related records.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt};
use simplycrm_ws::mobile::{Generation, Related};
use simplycrm_ws::{BodyFault, ErrorKind, RecordId, SendOutcome};

use crate::mobile::{Without, in_session, recorded, start};

#[tokio::test]
async fn a_query_without_limit_is_paged_and_goes_out_bare() {
    let (server, client) = start(Generation::Old).await;
    let query = "select lastname from Contacts order by id";
    for (page, answer) in [("0", "v5/518"), ("2", "v5/527")] {
        in_session("query", &[("query", query), ("page", page)])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
    }
    let rows: Vec<_> = client
        .query(&format!("{query};"))
        .try_collect()
        .await
        .unwrap();
    let ids: HashSet<_> = rows.iter().map(|row| row.id().unwrap()).collect();
    assert_eq!(rows.len(), 99 + 21);
    assert_eq!(ids.len(), rows.len());
    let owner = rows[0].get("assigned_user_id").unwrap();
    assert!(!owner.was_read(), "the query did not name it");
    assert!(rows[0].get("lastname").unwrap().was_read());
    assert!(rows[0].to_plain().get("assigned_user_id").is_none());
}

#[tokio::test]
async fn a_query_with_a_limit_ends_in_a_semicolon_and_has_one_page() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "query",
        &[("query", "select lastname from Contacts limit 2;")],
    )
    .and(Without("page"))
    .respond_with(recorded("v7/451"))
    .expect(1)
    .mount(&server)
    .await;
    let query = "select lastname from Contacts limit 2";
    assert!(
        !client
            .query_page(query, 0)
            .await
            .unwrap()
            .records
            .is_empty()
    );
    let error = client.query_page(query, 1).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_count_is_a_row() {
    let (server, client) = start(Generation::New).await;
    in_session("query", &[])
        .respond_with(recorded("v7/455"))
        .mount(&server)
        .await;
    let page = client
        .query_page("select count(*) from Contacts", 0)
        .await
        .unwrap();
    assert_eq!(page.records[0].text("count"), "318");
    assert_eq!(page.next_page, None);
}

#[tokio::test]
async fn wrong_queries_keep_the_servers_words() {
    for (answer, kind) in [
        ("v7/454", ErrorKind::Validation),
        ("v7/457", ErrorKind::Validation),
        ("v5/524", ErrorKind::Permission),
    ] {
        let (server, client) = start(Generation::New).await;
        in_session("query", &[])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client.query_page("select x", 0).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    }
}

#[tokio::test]
async fn a_grouped_query_names_its_module_and_another_is_refused() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "queryWithGrouping",
        &[("module", "Contacts"), ("page", "0")],
    )
    .respond_with(recorded("v7/458"))
    .expect(2)
    .mount(&server)
    .await;
    let query = "select * from Contacts where lastname = 'SyncNew'";
    let page = client
        .query_page_with_grouping("Contacts", query, 0)
        .await
        .unwrap();
    assert_eq!(page.records[0].text("lastname"), "SyncNew");
    assert!(!page.records[0].blocks().is_empty());
    let rows: Vec<_> = client
        .query_with_grouping("Contacts", query)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    let error = client
        .query_page_with_grouping("Accounts", query, 0)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let rows: Vec<_> = client
        .query_with_grouping("Accounts", query)
        .collect()
        .await;
    assert!(rows[0].is_err());
}

#[tokio::test]
async fn related_records_are_a_page_none_or_not_related() {
    let (server, client) = start(Generation::New).await;
    let account = RecordId::new(11, 6);
    for (module, answer) in [
        ("Contacts", "v7/460"),
        ("Documents", "v7/461"),
        ("Leads", "v5/538"),
    ] {
        in_session(
            "relatedRecordsWithGrouping",
            &[("record", "11x6"), ("relatedmodule", module), ("page", "0")],
        )
        .respond_with(recorded(answer))
        .expect(1)
        .mount(&server)
        .await;
    }
    let contacts = client.related(&account, "Contacts", 0).await.unwrap();
    assert_eq!(contacts.records().len(), 3);
    let documents = client.related(&account, "Documents", 0).await.unwrap();
    assert_eq!(documents, Related::None);
    let leads = client.related(&account, "Leads", 0).await.unwrap();
    assert_eq!(leads, Related::NotRelated);
}

#[tokio::test]
async fn comments_as_related_records_kill_the_new_generation() {
    let (server, client) = start(Generation::New).await;
    in_session("relatedRecordsWithGrouping", &[])
        .respond_with(recorded("v7/464"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .related(&RecordId::new(12, 761), "ModComments", 0)
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
}
