//! One answer of a query: read, refused, counted, never sent.

use serde_json::json;
use simplycrm_ws::{BodyFault, Code, ErrorKind, QueryError, RecordId, SendOutcome, field};
use wiremock::matchers::query_param;

use super::{contacts, crm};
use crate::exchange::recorded;
use crate::support::{self, get, yes};

#[tokio::test]
async fn a_recorded_answer_is_read_as_records() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("query")
        .and(query_param(
            "query",
            "select lastname from Contacts where lastname like 'O''B%' limit 5;",
        ))
        .respond_with(recorded("v7/265-webservice-query-quote_doubled").again())
        .expect(1)
        .mount(&server)
        .await;
    let query = contacts().filter(field("lastname").like("O'B%")).limit(5);
    let rows = support::client(&server).query(&query).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].text("lastname"), "O'Brien 000");
    assert_eq!(rows[0].id(), Some(RecordId::new(12, 122)));
}

#[tokio::test]
async fn recorded_refusals_of_queries_keep_their_code() {
    for (name, code) in [
        (
            "v7/271-webservice-query-decimal_unquoted",
            Code::InternalServerError,
        ),
        (
            "v7/266-webservice-query-quote_backslash",
            Code::QuerySyntaxError,
        ),
        (
            "v7/269-webservice-query-trailing_backslash",
            Code::DatabaseQueryError,
        ),
        ("v7/307-webservice-query-missing", Code::AccessDenied),
    ] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("query")
            .respond_with(recorded(name).again())
            .mount(&server)
            .await;
        let error = support::client(&server)
            .query_raw("select x")
            .await
            .unwrap_err();
        assert_eq!(Code::of(&error), Some(code), "{name}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{name}");
        assert_eq!(error.operation_name(), Some("simplycrm.query"));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_list_of_records_is_no_empty_result() {
    for result in [json!(null), json!({}), json!("x"), json!([1]), json!([[]])] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("query")
            .respond_with(yes(result.clone()))
            .mount(&server)
            .await;
        let error = support::client(&server)
            .query(&contacts())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{result}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_written_is_never_sent() {
    let server = support::server().await;
    let query = contacts().filter(field("lastname").eq(""));
    let error = support::client(&server).query(&query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_query_beyond_a_request_line_is_never_sent() {
    let server = support::server().await;
    let query = contacts().filter(field("lastname").is_in((0..3000).map(|n| n.to_string())));
    let error = support::client(&server).query(&query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_server_with_a_shorter_request_line_is_understood() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("query")
        .respond_with(recorded("v5/629-webservice-http-very_long_GET_query_414").again())
        .mount(&server)
        .await;
    let error = support::client(&server)
        .query(&contacts())
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::RequestTooLong));
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_written_query_may_leave_its_end_out() {
    for text in [
        "select count(*) from Contacts",
        " select count(*) from Contacts; ",
    ] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("query")
            .and(query_param("query", "select count(*) from Contacts;"))
            .respond_with(recorded("v7/281-webservice-query-count").again())
            .expect(1)
            .mount(&server)
            .await;
        let rows = support::client(&server).query_raw(text).await.unwrap();
        assert_eq!(rows[0].text("count"), "313");
    }
}

#[tokio::test]
async fn a_count_is_a_number_or_not_known() {
    let crm = crm(150);
    let client = crm.client();
    let query = contacts()
        .filter(field("lastname").eq("n0"))
        .order_by("id")
        .limit(3);
    assert_eq!(client.count(&query).await.unwrap(), Some(22));
    assert_eq!(
        crm.take_log(),
        ["select count(*) from Contacts where lastname = 'n0';"]
    );
    crm.lock().counts_nothing = true;
    assert_eq!(client.count(&query).await.unwrap(), None);
    for rows in [json!([{"count": "many"}]), json!([{}])] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("query").respond_with(yes(rows)).mount(&server).await;
        let error = support::client(&server)
            .count(&contacts())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn a_reference_is_compared_with_ids_alone_once_the_module_is_described() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("describe")
        .respond_with(yes(json!({
            "name": "Contacts", "label": "Contacts", "idPrefix": "12",
            "createable": true, "updateable": true, "deleteable": true, "retrieveable": true,
            "labelFields": "lastname",
            "fields": [
                {"name": "lastname", "label": "Last", "mandatory": true,
                 "type": {"name": "string"}, "nullable": false, "editable": true},
                {"name": "cf_901", "label": "Dealer", "mandatory": false,
                 "type": {"name": "reference", "refersTo": ["Vendors"]},
                 "nullable": true, "editable": true},
            ],
        })))
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .expect(2)
        .mount(&server)
        .await;
    let client = support::client(&server);
    let hostile = contacts().filter(field("cf_901").eq("2x3) or (1=1"));
    client.query(&hostile).await.unwrap();
    client.described("Contacts").await.unwrap();
    let error = client.query(&hostile).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    // A field of which nothing is known may have been added since.
    let new = contacts().filter(field("cf_903").eq("x"));
    client.query(&new).await.unwrap();
    let describe = client.described("Contacts").await.unwrap();
    assert_eq!(
        new.check(&describe),
        Err(QueryError::UnknownField {
            module: "Contacts".into(),
            field: "cf_903".into()
        })
    );
}
