//! Relations: listed, read, queried, made and ended.

use serde_json::json;
use simplycrm_ws::{BodyFault, Code, ErrorKind, Query, QueryError, RecordId, SendOutcome, field};
use wiremock::MockServer;
use wiremock::matchers::query_param;

use super::server;
use crate::exchange::recorded;
use crate::support::{self, form_param, get, post, posted, yes};

const ACCOUNT: RecordId = RecordId::new(11, 6);
const CONTACT: RecordId = RecordId::new(12, 122);
const CAMPAIGN: RecordId = RecordId::new(1, 570);

/// Describes a module as having ids of a prefix.
async fn describe(server: &MockServer, module: &str, prefix: &str) {
    get("describe")
        .and(query_param("elementType", module))
        .respond_with(yes(json!({
            "name": module, "label": module, "idPrefix": prefix, "fields": [],
            "createable": true, "updateable": true, "deleteable": true, "retrieveable": true,
            "labelFields": "",
        })))
        .mount(server)
        .await;
}

async fn list(server: &MockServer, modules: &[&str]) {
    get("listtypes")
        .respond_with(yes(json!({"types": modules, "information": []})))
        .mount(server)
        .await;
}

#[tokio::test]
async fn relations_are_listed_by_their_labels() {
    let server = server().await;
    get("relatedtypes")
        .and(query_param("elementType", "Accounts"))
        .respond_with(recorded("v7/310-webservice-relatedtypes-Accounts").again())
        .expect(1)
        .mount(&server)
        .await;
    let types = support::client(&server)
        .related_types("Accounts")
        .await
        .unwrap();
    assert_eq!(types.modules.len(), 18);
    let history = types.relation("Activity History").unwrap();
    assert_eq!(history.module, "Calendar");
    assert!(history.is_entity);
    assert_eq!(types.relation("Activities").unwrap().module, "Calendar");
    assert_eq!(types.relation("Nope"), None);
}

#[tokio::test]
async fn a_server_without_relations_is_a_crash_and_no_empty_list() {
    let server = server().await;
    get("relatedtypes")
        .respond_with(recorded("v7/022-webservice-unknownop-delete_related_not_registered").again())
        .mount(&server)
        .await;
    let error = support::client(&server)
        .related_types("Accounts")
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
}

#[tokio::test]
async fn related_records_are_read_and_a_wrong_label_is_refused() {
    let server = server().await;
    get("retrieve_related")
        .and(query_param("id", "1x570"))
        .and(query_param("relatedType", "Contacts"))
        .and(query_param("relatedLabel", "Contacts"))
        .respond_with(recorded("v7/323-webservice-retrieve_related-Campaign_Contacts").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve_related")
        .and(query_param("relatedLabel", "Nope"))
        .respond_with(recorded("v7/314-webservice-retrieve_related-Account_wrong_label").again())
        .mount(&server)
        .await;
    let client = support::client(&server);
    let rows = client
        .retrieve_related(&CAMPAIGN, "Contacts", "Contacts")
        .await
        .unwrap();
    assert_eq!(rows[0].id(), Some(CONTACT));
    let error = client
        .retrieve_related(&ACCOUNT, "Contacts", "Nope")
        .await
        .unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::UnknownEntity));
}

#[tokio::test]
async fn a_query_of_related_records_has_no_end_and_a_capital_where() {
    let server = server().await;
    get("query_related")
        .and(query_param("query", "select lastname,email from Contacts"))
        .and(query_param("id", "11x6"))
        .and(query_param("relatedLabel", "Contacts"))
        .respond_with(recorded("v7/317-webservice-query_related-Account_Contacts_cols").again())
        .expect(1)
        .mount(&server)
        .await;
    get("query_related")
        .and(query_param(
            "query",
            "select lastname from Contacts WHERE lastname like '%1%'",
        ))
        .respond_with(yes(json!([{"lastname": "Novák 124", "id": "12x246"}])))
        .expect(1)
        .mount(&server)
        .await;
    let client = support::client(&server);
    let columns = Query::select(["lastname", "email"]).from("Contacts");
    let rows = client
        .query_related(&ACCOUNT, "Contacts", &columns)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    let some = Query::select(["lastname"])
        .from("Contacts")
        .filter(field("lastname").contains("1"));
    let rows = client
        .query_related(&ACCOUNT, "Contacts", &some)
        .await
        .unwrap();
    assert_eq!(rows[0].text("lastname"), "Novák 124");
}

#[tokio::test]
async fn what_a_relation_would_mangle_is_never_sent() {
    let server = support::server().await;
    let client = support::client(&server);
    let query = Query::all()
        .from("Contacts")
        .filter(field("lastname").eq("NOWHERE"));
    let error = client
        .query_related(&ACCOUNT, "Contacts", &query)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let source = std::error::Error::source(&error).unwrap();
    assert!(matches!(
        source.downcast_ref(),
        Some(QueryError::NotRelated(_))
    ));
    let long = Query::all()
        .from("Contacts")
        .filter(field("lastname").eq("x".repeat(9000)));
    let error = client
        .query_related(&ACCOUNT, "Contacts", &long)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_is_related_where_the_modules_are() {
    let server = server().await;
    list(&server, &["Campaigns", "Contacts"]).await;
    describe(&server, "Campaigns", "1").await;
    describe(&server, "Contacts", "12").await;
    get("relatedtypes")
        .and(query_param("elementType", "Campaigns"))
        .respond_with(yes(json!({
            "types": ["Contacts"],
            "information": {"Contacts": {"name": "Contacts", "label": "Contacts", "isEntity": "1"}},
        })))
        .mount(&server)
        .await;
    post("add_related")
        .respond_with(recorded("v7/322-webservice-add_related-Campaign_Contact").again())
        .expect(1)
        .mount(&server)
        .await;
    let client = support::client(&server);
    client
        .add_related(&CAMPAIGN, &CONTACT, "Contacts")
        .await
        .unwrap();
    let sent = &posted(&server, "add_related").await[0];
    assert_eq!(form_param(sent, "sourceRecordId").as_deref(), Some("1x570"));
    assert_eq!(
        form_param(sent, "relatedRecordId").as_deref(),
        Some("12x122")
    );
    assert_eq!(
        form_param(sent, "relationIdLabel").as_deref(),
        Some("Contacts")
    );
    // The server would report success, and do nothing (recorded).
    for (related, label) in [(CONTACT, "Invoice"), (ACCOUNT, "Contacts")] {
        let error = client
            .add_related(&CAMPAIGN, &related, label)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    }
}

#[tokio::test]
async fn a_relation_that_the_server_refuses_is_rejected() {
    let server = server().await;
    list(&server, &["Campaigns", "Contacts"]).await;
    describe(&server, "Campaigns", "1").await;
    describe(&server, "Contacts", "12").await;
    get("relatedtypes")
        .respond_with(yes(json!({
            "types": ["Contacts"],
            "information": {"Contacts": {"name": "Contacts", "label": "Contacts", "isEntity": "1"}},
        })))
        .mount(&server)
        .await;
    post("add_related")
        .respond_with(recorded("v7/325-webservice-add_related-php_array_of_ids").again())
        .expect(1)
        .mount(&server)
        .await;
    let error = support::client(&server)
        .add_related(&CAMPAIGN, &CONTACT, "Contacts")
        .await
        .unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::InternalServerError));
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn whether_records_are_related_is_asked_by_a_query() {
    let server = server().await;
    list(&server, &["Campaigns", "Contacts"]).await;
    describe(&server, "Campaigns", "1").await;
    describe(&server, "Contacts", "12").await;
    get("query_related")
        .and(query_param(
            "query",
            "select id from Contacts WHERE id = '12x122'",
        ))
        .respond_with(yes(json!([{"id": "12x122"}])))
        .mount(&server)
        .await;
    get("query_related")
        .and(query_param(
            "query",
            "select id from Contacts WHERE id = '12x123'",
        ))
        .respond_with(yes(json!([])))
        .mount(&server)
        .await;
    let client = support::client(&server);
    assert!(
        client
            .is_related(&CAMPAIGN, &CONTACT, "Contacts")
            .await
            .unwrap()
    );
    let other = RecordId::new(12, 123);
    assert!(
        !client
            .is_related(&CAMPAIGN, &other, "Contacts")
            .await
            .unwrap()
    );
    let error = client.module_of(&RecordId::new(77, 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_relation_is_ended_where_the_server_can() {
    let server = server().await;
    post("delete_related")
        .respond_with(yes(json!({"message": "successfull"})))
        .expect(1)
        .mount(&server)
        .await;
    let client = support::client(&server);
    client
        .delete_related(&CAMPAIGN, &CONTACT, Some("Contacts"))
        .await
        .unwrap();
    let sent = &posted(&server, "delete_related").await[0];
    assert_eq!(form_param(sent, "sourceRecordId").as_deref(), Some("1x570"));

    let old = self::server().await;
    post("delete_related")
        .respond_with(recorded("v7/022-webservice-unknownop-delete_related_not_registered").again())
        .mount(&old)
        .await;
    let error = support::client(&old)
        .delete_related(&CAMPAIGN, &CONTACT, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}
