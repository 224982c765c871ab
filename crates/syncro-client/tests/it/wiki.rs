use serde_json::json;
use syncro_client::{CustomerId, ErrorKind, WikiPage, WikiPageId};

use crate::support::{answer_text, client, fixture, on, once, server, with_body};
use crate::trade::{gives, refused, some};

const ID: WikiPageId = WikiPageId::new(1);

fn stored() -> serde_json::Value {
    json!({"wiki_page": {"id": 1, "account_id": 1, "name": "Koeling", "slug": "koeling",
        "body": "Tekst", "interpolated_body": "Tekst"}})
}

fn page() -> WikiPage {
    WikiPage {
        name: some("Koeling"),
        body: some("Tekst"),
        customer_id: Some(CustomerId::new(4)),
        visibility: some("public"),
        ..WikiPage::default()
    }
}

#[tokio::test]
async fn pages_are_listed_and_fetched() {
    let server = server().await;
    let text = fixture("samples/GET_wiki_pages_200.json");
    answer_text(&server, on("GET", "/wiki_pages"), 200, &text).await;
    let client = client(&server);
    let rows = client.wiki_pages().list().page(1).await.unwrap();
    assert!(rows[0].good().unwrap().slug.is_some());
    let page = gives(on("GET", "/wiki_pages/1"), stored(), async |client| {
        client.wiki_pages().get(ID).await
    })
    .await;
    assert_eq!(page.interpolated_body, some("Tekst"));
}

#[tokio::test]
async fn a_page_is_made_and_changed() {
    let sent = json!({"name": "Koeling", "body": "Tekst", "customer_id": 4,
        "visibility": "public"});
    let request = with_body(on("POST", "/wiki_pages"), &sent);
    let made = gives(request, stored(), async |client| {
        client.wiki_pages().create(&page()).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
    let request = with_body(on("PUT", "/wiki_pages/1"), &sent);
    gives(request, stored(), async |client| {
        client.wiki_pages().update(ID, &page()).await
    })
    .await;
}

#[tokio::test]
async fn a_refused_page_tells_all_that_is_wrong() {
    let body = json!({"success": false, "errors": ["Body can't be blank", "Name can't be blank"],
        "params": {"name": ""}});
    for (verb, route) in [("POST", "/wiki_pages"), ("PUT", "/wiki_pages/1")] {
        let error = refused(on(verb, route), 422, body.clone(), async |client| {
            if verb == "POST" {
                client.wiki_pages().create(&page()).await
            } else {
                client.wiki_pages().update(ID, &page()).await
            }
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.message().contains("Body can't be blank"));
        assert!(error.message().contains("Name can't be blank"));
    }
}

#[tokio::test]
async fn a_page_is_deleted_or_not_found() {
    let server = server().await;
    let yes = wiremock::ResponseTemplate::new(200);
    once(&server, on("DELETE", "/wiki_pages/1"), yes).await;
    client(&server).wiki_pages().delete(ID).await.unwrap();
    for verb in ["GET", "DELETE"] {
        let request = on(verb, "/wiki_pages/1");
        let error = refused(request, 404, json!(""), async |client| {
            if verb == "GET" {
                client.wiki_pages().get(ID).await.map(|_| ())
            } else {
                client.wiki_pages().delete(ID).await
            }
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
