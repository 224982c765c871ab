//! The search across everything, and who calls.

use serde_json::json;
use syncro_client::{ErrorKind, Json};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use crate::refusals::{PERMISSION, refuse};
use crate::support::{answer, client, json as fixture, on, once, server};

#[tokio::test]
async fn a_search_finds_records_of_any_kind() {
    let server = server().await;
    let request = on("GET", "/search").and(query_param("query", "0515 & marit"));
    let body = fixture("samples/GET_search_200.json");
    answer(&server, request, 200, &body).await;
    let found = client(&server).search("0515 & marit").await.unwrap();
    let hits = found.results.unwrap();
    let row = hits[0].table.as_ref().unwrap();
    assert_eq!(row.kind.as_deref(), Some("customer"));
    assert_eq!(row.id, Some(31_842_013));
    let source = row.source.as_ref().and_then(|source| source.get("table"));
    let name = source.and_then(|table| table.get("firstname"));
    assert_eq!(name.and_then(Json::as_str), Some("Marit"));
}

#[tokio::test]
async fn a_search_without_permission_is_an_error() {
    let server = server().await;
    refuse(&server, "GET", "/search", 401, PERMISSION).await;
    let error = client(&server).search("marit").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn a_caller_is_a_record_or_a_bare_name() {
    let server = server().await;
    let record = fixture("samples/GET_callerid_200_0.json");
    let inbound = on("GET", "/callerid")
        .and(query_param("did", "+31515550142"))
        .and(query_param("outbound", "false"));
    answer(&server, inbound, 200, &record).await;
    let name = fixture("samples/GET_callerid_200_1.json");
    let bare = on("GET", "/callerid").and(query_param("outbound", "true"));
    let text = ResponseTemplate::new(200).set_body_raw(name.as_str().unwrap(), "text/plain");
    once(&server, bare, text).await;
    let client = client(&server);
    let caller = client.caller_id("+31515550142", false).await.unwrap();
    let caller = caller.unwrap();
    assert_eq!(caller.ticket_status.as_deref(), Some("In Progress"));
    let caller = client.caller_id("+31515550142", true).await.unwrap();
    assert_eq!(caller.unwrap().name.as_deref(), Some("Marit Hoekstra"));
}

#[tokio::test]
async fn a_caller_is_nobody_where_the_feature_is_off_or_the_number_unknown() {
    for (body, kind) in [
        ("Disabled", "text/plain"),
        ("\"Disabled\"", "application/json"),
        ("", "text/plain"),
        ("null", "application/json"),
        ("{\"data\":null}", "application/json"),
    ] {
        let server = server().await;
        let answer = ResponseTemplate::new(200).set_body_raw(body, kind);
        once(&server, on("GET", "/callerid"), answer).await;
        let caller = client(&server).caller_id("1", false).await.unwrap();
        assert_eq!(caller, None, "{body}");
    }
}

#[tokio::test]
async fn a_page_instead_of_a_caller_is_an_error() {
    let server = server().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html>log in</html>", "text/html");
    once(&server, on("GET", "/callerid"), page).await;
    let error = client(&server).caller_id("1", false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
}

#[tokio::test]
async fn a_name_in_json_is_a_caller_too() {
    let server = server().await;
    let name = json!("Marit Hoekstra");
    answer(&server, on("GET", "/callerid"), 200, &name).await;
    let caller = client(&server).caller_id("1", false).await.unwrap();
    assert_eq!(caller.unwrap().name.as_deref(), Some("Marit Hoekstra"));
}
