use smartcrm_client::{
    ClientId, CreateOptions, ErrorKind, ListParams, NewClient, Profile, SecretString,
};
use wiremock::matchers::{body_string, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{TOKEN, answer, builder, json, server};

fn profile(text: &str) -> Profile {
    serde_json::from_str(text).unwrap()
}

/// A relative of the contract, described by data alone.
const RELATIVE: &str = r#"{
    "name": "relative",
    "api_prefix": "api/",
    "auth": [{"style": "header", "name": "authtoken"}],
    "ping_path": "",
    "paths": {"clients": "customers"},
    "push": {"mode": "single"},
    "paging": {"mode": "offset", "page_param": "offset", "per_page_param": "limit"},
    "updated_since_param": "",
    "search": {"route": "{entity}/search/{value}"},
    "body": "form",
    "idempotency_header": "",
    "external_id": "ignored",
    "fields": {"clients": {"id": "userid", "company": "company_name"}}
}"#;

#[tokio::test]
async fn a_relative_is_spoken_to_by_data_alone() {
    let server = server().await;
    let client = builder(&server.uri())
        .profile(profile(RELATIVE))
        .build()
        .unwrap();
    let two = serde_json::json!([
        {"userid": "3", "company_name": "Acme"},
        {"userid": "4", "company_name": "Acme Holding"},
    ]);
    Mock::given(method("GET"))
        .and(path("/api/customers"))
        .and(header("authtoken", TOKEN))
        .and(query_param("offset", "20"))
        .and(query_param("limit", "10"))
        .and(query_param_is_missing("updated_since"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&two))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/customers"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("company_name=Acme+%26+Co"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json("clients/created.json")))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/api/customers/search/Acme"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&two))
        .expect(1)
        .mount(&server)
        .await;

    let since = "2026-01-01T00:00:00Z".parse().unwrap();
    let params = ListParams::new().page(3).per_page(10).updated_since(since);
    let page = client.clients().list(&params).await.unwrap();
    let first = page.items[0].good().unwrap();
    assert_eq!(first.id, Some(ClientId::new("3")));
    assert_eq!(first.company.as_deref(), Some("Acme"));

    let options = CreateOptions::new()
        .external_id("crmconnect:client:1")
        .idempotency_key("k");
    let created = client
        .clients()
        .create(&NewClient::new("Acme & Co"), &options)
        .await
        .unwrap();
    assert_eq!(created.id, Some(ClientId::new("9001")));

    // A search by word finds too much; what does not match is left out.
    let found = client.clients().find(&[("company", "Acme")]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, Some(ClientId::new("3")));
}

#[tokio::test]
async fn a_profile_without_a_ping_route_reads_a_list() {
    let server = server().await;
    let request = Mock::given(method("GET"))
        .and(path("/api/customers"))
        .and(query_param("limit", "1"));
    answer(&server, request, 404, "common/no_data.json").await;
    let client = builder(&server.uri())
        .profile(profile(RELATIVE))
        .build()
        .unwrap();
    assert!(client.ping().await.unwrap().by_list);
}

#[tokio::test]
async fn a_v2_route_carries_the_second_token() {
    let server = server().await;
    let request = Mock::given(method("GET"))
        .and(path("/index.php/api/v2/leads"))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .and(header("x-client-token", "second"));
    answer(&server, request, 404, "common/no_data.json").await;
    let client = builder(&server.uri())
        .client_token(SecretString::from("second".to_owned()))
        .profile(profile(r#"{"paths": {"leads": "v2/leads"}}"#))
        .build()
        .unwrap();
    let page = client.leads().list(&ListParams::new()).await.unwrap();
    assert!(page.items.is_empty());
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn a_search_without_a_filter_is_refused() {
    let server = server().await;
    let client = builder(&server.uri()).build().unwrap();
    let error = client.leads().find(&[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
