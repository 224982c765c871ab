use serde_json::{Value, json};
use snelstart_client::{Address, Error, ErrorKind, Json, Relation, SendOutcome};
use wiremock::MockServer;
use wiremock::matchers::body_json;

use crate::support::{answer, answer_text, client, fixture, on, server};
use crate::trade::{RELATION, of};

/// What a change must send of the relation in the fixture, before the change.
fn writable() -> Value {
    let mut relation: Value = serde_json::from_str(&fixture("relations/relation.json")).unwrap();
    let members = relation.as_object_mut().unwrap();
    for name in [
        "uri",
        "modifiedOn",
        "fax",
        "inkoopBoekingenUri",
        "verkoopBoekingenUri",
        "extraVeldenKlant",
    ] {
        assert!(members.remove(name).is_some(), "{name}");
    }
    for pointer in ["/vestigingsAdres/land", "/factuurRelatie", "/documents/0"] {
        let part = relation
            .pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap();
        assert!(part.remove("uri").is_some(), "{pointer}");
    }
    relation
}

fn path() -> String {
    format!("/relaties/{RELATION}")
}

async fn read_first(server: &MockServer) {
    answer(server, on("GET", &path()), 200, "relations/relation.json").await;
}

/// Expects that exactly this is written.
async fn is_written(server: &MockServer, body: Value) {
    let request = on("PUT", &path()).and(body_json(body));
    answer(server, request, 200, "relations/relation.json").await;
}

async fn revised(server: &MockServer, change: &Relation) -> Result<Relation, Error> {
    let client = client(server);
    client.relations().revise(&of(RELATION), change).await
}

#[tokio::test]
async fn a_change_is_written_back_with_everything_the_relation_had() {
    let server = server().await;
    read_first(&server).await;
    let mut sent = writable();
    sent["naam"] = json!("Rederij De Stern B.V.");
    sent["vestigingsAdres"]["straat"] = json!("Kade 19");
    is_written(&server, sent).await;
    let change = Relation {
        name: Some("Rederij De Stern B.V.".to_owned()),
        address: Some(Address {
            street: Some("Kade 19".to_owned()),
            ..Address::default()
        }),
        ..Relation::default()
    };
    revised(&server, &change).await.unwrap();
}

#[tokio::test]
async fn members_nobody_knows_survive_a_change() {
    let server = server().await;
    let text = fixture("relations/relation.json").replacen(
        '{',
        r#"{"toekomst":{"bedrag":1.10,"uri":"/weg"},"#,
        1,
    );
    answer_text(&server, on("GET", &path()), 200, &text).await;
    let mut sent = writable();
    sent["toekomst"] = json!({"bedrag": 1.1});
    sent["memo"] = json!("nieuw");
    is_written(&server, sent).await;
    let change = Relation {
        memo: Some("nieuw".to_owned()),
        ..Relation::default()
    };
    revised(&server, &change).await.unwrap();
    let put = &server.received_requests().await.unwrap().pop().unwrap();
    let body = String::from_utf8(put.body.clone()).unwrap();
    assert!(body.contains(r#""bedrag":1.10"#), "its digits too: {body}");
}

#[tokio::test]
async fn a_member_is_emptied_by_null_under_its_wire_name() {
    let server = server().await;
    read_first(&server).await;
    let mut sent = writable();
    sent["email"] = Value::Null;
    is_written(&server, sent).await;
    let mut change = Relation::default();
    change.other.insert("email".to_owned(), Json::Null);
    revised(&server, &change).await.unwrap();
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_not_sent() {
    let server = server().await;
    read_first(&server).await;
    let change = Relation {
        name: Some("Rederij De Zeemeeuw B.V.".to_owned()),
        payment_days: Some(21),
        credit_limit: Some(of("12500.00")),
        address: Some(Address {
            city: Some("Goes".to_owned()),
            ..Address::default()
        }),
        fax: Some("is never written".to_owned()),
        ..Relation::default()
    };
    let same = revised(&server, &change).await.unwrap();
    assert_eq!(same.code, Some(10_423));
}

#[tokio::test]
async fn a_change_that_is_too_long_is_neither_read_for_nor_sent() {
    let server = server().await;
    let change = Relation {
        bic: Some("X".repeat(16)),
        ..Relation::default()
    };
    let error = revised(&server, &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_relation_that_is_gone_is_not_written() {
    let server = server().await;
    let body = r#"[{"errorCode":"REL-0005","message":"De relatie is niet gevonden."}]"#;
    answer_text(&server, on("GET", &path()), 404, body).await;
    let change = Relation {
        memo: Some("te laat".to_owned()),
        ..Relation::default()
    };
    let error = revised(&server, &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
