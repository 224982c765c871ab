//! The REST plugin of RISE CRM, as a public client shows it.

use koppel_sandbox::smartcrm::{Dialect, ExternalIdMode, Fault, FaultKind, SmartCrm};
use serde_json::json;

use crate::support::Talk;

async fn rise() -> Talk {
    Talk::speaking(Dialect::Rise, SmartCrm::builder()).await
}

#[tokio::test]
async fn both_tokens_are_needed() {
    let talk = rise().await;
    let url = format!("{}clients", talk.server.url());
    assert!(url.ends_with("/index.php/api/clients"));
    for request in [
        talk.http.get(&url).bearer_auth("letmein"),
        talk.http.get(&url).header("X-API-Token", "letmein"),
        talk.http
            .get(&url)
            .bearer_auth("letmein")
            .header("X-API-Token", "other"),
    ] {
        let reply = talk.send(request).await;
        assert_eq!(reply.status, 404);
        assert_eq!(reply.json()["message"], "Token is not found");
    }
    assert_eq!(
        talk.get("clients").await.json(),
        json!({"status": false, "message": "No data were found"})
    );
}

#[tokio::test]
async fn a_request_without_a_user_agent_meets_the_firewalls_captcha() {
    let talk = rise().await;
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = bare
        .get(format!("{}clients", talk.server.url()))
        .bearer_auth("letmein")
        .header("X-API-Token", "letmein");
    let reply = talk.send(request).await;
    assert_eq!(reply.status, 403);
    assert!(reply.text.contains("captcha"));
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
}

#[tokio::test]
async fn a_captcha_can_come_with_either_status() {
    let talk = rise().await;
    talk.client_named("A");
    for status in [200, 403] {
        talk.server.faults().clear();
        talk.server
            .faults()
            .add(Fault::new(FaultKind::CaptchaPage { status }));
        let reply = talk.get("clients").await;
        assert_eq!(reply.status, status);
        assert!(reply.text.starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn fields_have_the_plugins_names() {
    let talk = rise().await;
    let reply = talk
        .post(
            "clients",
            json!({"company_name": "A", "vat_number": "NL1", "owner_id": 3, "company": "B"}),
        )
        .await;
    assert_eq!(reply.json()["insert_id"], 9001, "{}", reply.text);
    let record = talk.get("clients/9001").await.json();
    assert_eq!(record["id"], "9001");
    assert_eq!(record["company_name"], "A");
    assert_eq!(record["vat_number"], "NL1");
    assert_eq!(record["owner_id"], "3");
    assert_eq!(record.get("company"), None);
    assert_eq!(record.get("external_id"), None);
    assert!(record["created_date"].is_string());
    let project = json!({"title": "P", "client_id": "9001"});
    assert_eq!(talk.post("projects", project).await.status, 200);
    let ticket = json!({"title": "T", "client_id": "9001"});
    assert_eq!(talk.post("tickets", ticket).await.status, 200);
    assert_eq!(talk.get("projects/9001").await.json()["title"], "P");
}

#[tokio::test]
async fn a_list_is_one_bare_array_whatever_page_is_asked_for() {
    let talk = rise().await;
    for n in 0..120 {
        talk.client_named(&format!("C{n}"));
    }
    for path in [
        "clients",
        "clients?page=2&per_page=50",
        "clients?vat_number=x",
    ] {
        let list = talk.get(path).await.json();
        assert_eq!(list.as_array().unwrap().len(), 120, "{path}");
    }
}

#[tokio::test]
async fn a_search_has_a_route_of_its_own() {
    let talk = rise().await;
    talk.client_named("Bakkerij");
    talk.client_named("Slagerij");
    let list = talk.get("getClientsSearch/search/bakker").await.json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["company_name"], "Bakkerij");
    let reply = talk.get("getClientsSearch/search/molen").await;
    assert_eq!(reply.json()["message"], "No data were found");
    for path in [
        "clients/search/bakker",
        "getclientsSearch/search/a",
        "getXSearch/search/a",
    ] {
        let reply = talk.get(path).await;
        assert_eq!(reply.json()["message"], "Unknown method", "{path}");
    }
}

#[tokio::test]
async fn forms_nest_lists_and_maps() {
    let talk = rise().await;
    talk.client_named("A");
    let reply = talk
        .post_form(
            "invoices",
            "number=1&client_id=9001&date=2026-01-01&currency=EUR&total=12.1\
             &lines[0][description]=Uren&lines[0][qty]=1&lines[0][taxes][0][name]=BTW\
             &lines[0][taxes][0][rate]=21&custom_fields[po]=7",
        )
        .await;
    assert_eq!(reply.json()["insert_id"], 9001, "{}", reply.text);
    let record = talk.get("invoices/9001").await.json();
    assert_eq!(record["total"], "12.10");
    assert_eq!(
        record["lines"],
        json!([{"description": "Uren", "qty": "1", "taxes": [{"name": "BTW", "rate": "21"}]}])
    );
    assert_eq!(record["custom_fields"], json!({"po": "7"}));
}

#[tokio::test]
async fn an_invalid_record_is_a_400_with_its_fields() {
    let talk = rise().await;
    let reply = talk.post("clients", json!({"vat_number": "1"})).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.json()["errors"]["company_name"],
        "The company_name field is required."
    );
}

#[tokio::test]
async fn there_are_no_batches_keys_pings_or_imports() {
    let talk = rise().await;
    for path in [
        "clients/batch",
        "batch",
        "products",
        "payments",
        "v2/products",
    ] {
        let reply = talk.post(path, json!({"records": []})).await;
        assert_eq!(reply.json()["message"], "Unknown method", "{path}");
    }
    assert_eq!(talk.get("ping").await.status, 404);
    for _ in 0..2 {
        let request = talk
            .request("POST", "clients")
            .header("Idempotency-Key", "k")
            .json(&json!({"company_name": "A"}));
        talk.send(request).await;
    }
    assert_eq!(talk.server.count("clients"), 2);
}

#[tokio::test]
async fn an_external_id_is_dropped_unless_the_plugin_is_set_to_keep_it() {
    for (mode, kept) in [(None, false), (Some(ExternalIdMode::Stored), true)] {
        let mut builder = SmartCrm::builder();
        if let Some(mode) = mode {
            builder = builder.external_id(mode);
        }
        let talk = Talk::speaking(Dialect::Rise, builder).await;
        let body = json!({"company_name": "A", "external_id": "crm:1"});
        talk.post("clients", body).await;
        let record = talk.get("clients/9001").await.json();
        assert_eq!(record.get("external_id").is_some(), kept);
    }
}

impl Talk {
    fn client_named(&self, name: &str) {
        self.server
            .insert("clients", &json!({"company_name": name}))
            .unwrap();
    }
}
