//! The profile `rise`, by what a public client of that plugin shows.

use api_core::transport::{FakeTransport, Reply};
use serde_json::json;
use smartcrm_client::{
    Client, ClientBuilder, CreateOptions, ErrorKind, ListParams, NewClient, NewProject, Profile,
    SecretString,
};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Match, Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use crate::support::{TOKEN, scripted, server, text};

fn rise(server: &MockServer) -> ClientBuilder {
    Client::builder(&server.uri(), SecretString::from(TOKEN.to_owned()))
        .profile(Profile::rise())
        .max_retries(0)
}

/// Both tokens, a name of our own, and no word of pages.
struct AsRiseWantsIt;

impl Match for AsRiseWantsIt {
    fn matches(&self, request: &Request) -> bool {
        let agent = request.headers.get("user-agent");
        request.url.query().is_none()
            && agent.is_some_and(|agent| {
                agent
                    .to_str()
                    .is_ok_and(|name| name.starts_with("smartcrm-client/"))
            })
    }
}

fn on(verb: &str, route: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/index.php/api/{route}")))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .and(header("x-api-token", TOKEN))
        .and(AsRiseWantsIt)
}

#[tokio::test]
async fn a_list_comes_whole_as_a_bare_array() {
    let server = server().await;
    let many: Vec<_> = (1..=300)
        .map(|n| json!({"id": n.to_string(), "company_name": "Acme", "vat_number": "NL1"}))
        .collect();
    on("GET", "clients")
        .respond_with(ResponseTemplate::new(200).set_body_json(many))
        .expect(1)
        .mount(&server)
        .await;
    let client = rise(&server).build().unwrap();
    let page = client.clients().list(&ListParams::new()).await.unwrap();
    assert_eq!((page.items.len(), page.next), (300, None));
    let first = page.items[0].good().unwrap();
    assert_eq!(first.company.as_deref(), Some("Acme"));
    assert_eq!(first.vat.as_deref(), Some("NL1"));
}

#[tokio::test]
async fn a_record_is_sent_as_a_form_with_the_servers_names() {
    let server = server().await;
    on("GET", "getProjectsSearch/search/Site%20&%20shop")
        .respond_with(
            ResponseTemplate::new(404)
                .set_body_json(json!({"status": false, "message": "No data were found"})),
        )
        .mount(&server)
        .await;
    on("POST", "projects")
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("client_id=3&title=Site+%26+shop"))
        .respond_with(
            ResponseTemplate::new(201)
                .set_body_json(json!({"success": true, "data": {"id": 44}, "message": "ok"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let client = rise(&server).build().unwrap();
    let project = NewProject::new("Site & shop", "3");
    let created = client
        .projects()
        .create(&project, &CreateOptions::new())
        .await
        .unwrap();
    assert_eq!(created.id.unwrap().as_str(), "44");
}

#[tokio::test]
async fn a_search_has_a_route_of_its_own_for_each_kind_of_record() {
    let server = server().await;
    on("GET", "getClientsSearch/search/NL1")
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([
            {"id": "1", "company_name": "Acme", "vat_number": "NL12"},
            {"id": "2", "company_name": "Bolt", "vat_number": "NL1"},
        ])))
        .expect(1)
        .mount(&server)
        .await;
    let client = rise(&server).build().unwrap();
    let found = client.clients().find(&[("vat", "NL1")]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].company.as_deref(), Some("Bolt"));
}

#[tokio::test]
async fn a_firewalls_page_is_neither_an_empty_list_nor_asked_again() {
    for status in [200, 202, 403] {
        let script = FakeTransport::new();
        // Were it asked again, the script would have an answer.
        for _ in 0..2 {
            script.push(Reply::new(status, text("common/captcha.html")));
        }
        let client = scripted(&script)
            .profile(Profile::rise())
            .max_retries(3)
            .build()
            .unwrap();
        let error = client.clients().list(&ListParams::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{status}");
        assert!(error.help_text().unwrap().contains("firewall"), "{error:?}");
        assert_eq!(script.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_write_that_a_firewall_answers_is_in_doubt_and_not_repeated() {
    let script = FakeTransport::new();
    let nothing = r#"{"status":false,"message":"No data were found"}"#;
    script.push(Reply::new(404, nothing));
    script.push(Reply::new(403, text("common/captcha.html")));
    let client = scripted(&script).profile(Profile::rise()).build().unwrap();
    let error = client
        .clients()
        .create(&NewClient::new("Acme"), &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert!(error.send_outcome().may_be_applied());
    assert_eq!(script.requests().len(), 2);
}
