//! The rules of relations.

use koppel_sandbox::snelstart::{SnelStart, country_id};
use serde_json::{Value, json};

use super::talk::{Talk, code, sale};

fn relation(more: &Value) -> Value {
    let mut body = json!({"relatiesoort": ["Klant"], "naam": "Bakkerij De Aar"});
    let object = body.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn each_rule_has_its_code() {
    let talk = Talk::new().await;
    let taken = relation(&json!({"relatiecode": 1234}));
    assert_eq!(talk.post("/relaties", &taken).await.status, 201);
    let id = "11111111-1111-4111-8111-111111111111";
    let cases = [
        (json!({"naam": ""}), "REL-0007"),
        (json!({"naam": "é".repeat(51)}), "REL-0007"),
        (json!({"relatiesoort": ["Geen"]}), "REL-0001"),
        (json!({"relatiesoort": null}), "REL-0001"),
        (json!({"relatiesoort": ["Eigen"]}), "REL-0048"),
        (json!({"relatiecode": 1234}), "REL-0008"),
        (json!({"id": id}), "REL-0063"),
        (json!({"iban": "NL00ABNA0417164300"}), "REL-0011"),
        (json!({"btwNummer": "12"}), "REL-0088"),
        (json!({"btwNummer": "NL00123456B01"}), "REL-0088"),
        (json!({"btwNummer": "XX123"}), "REL-0088"),
        (
            json!({"btwNummer": "BE0123456789", "vestigingsAdres": {"land": {"id": country_id("NL")}}}),
            "REL-0087",
        ),
        (
            json!({"vestigingsAdres": {"straat": "Plein 1"}}),
            "REL-0060",
        ),
    ];
    for (more, expected) in cases {
        let reply = talk.post("/relaties", &relation(&more)).await;
        assert_eq!(reply.status, 400, "{more}");
        assert_eq!(code(&reply), expected, "{more}");
    }
    assert_eq!(talk.server.applied(), 1);
    let empty = talk.send(talk.request("POST", "/relaties")).await;
    assert_eq!(code(&empty), "ALG-0106");
}

#[tokio::test]
async fn values_that_cannot_be_read_come_as_model_state() {
    let talk = Talk::new().await;
    let one = talk
        .post(
            "/relaties",
            &relation(&json!({"krediettermijn": "veertien"})),
        )
        .await;
    assert_eq!(one.status, 400);
    assert!(one.json()["modelState"]["krediettermijn"][0].is_string());
    let two = json!({"krediettermijn": {}, "bankieren": "perhaps"});
    let two = talk.post("/relaties", &relation(&two)).await;
    assert_eq!(two.json()[0]["modelState"].as_object().unwrap().len(), 2);
    let long = relation(&json!({"kvkNummer": "1234567890123"}));
    let long = talk.post("/relaties", &long).await;
    assert!(long.json()["modelState"]["kvkNummer"][0].is_string());
}

#[tokio::test]
async fn what_is_taken_comes_back_as_the_server_keeps_it() {
    let talk = Talk::new().await;
    let body = relation(&json!({
        "btwNummer": "nl001234567b01", "Email": "a@b.example", "landISOCode": "NL",
        "modifiedOn": "1999-01-01", "vestigingsAdres": {"contactpersoon": "A. de Vries"},
    }));
    let reply = talk.post("/relaties", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let made = reply.json();
    assert_eq!(made["btwNummer"], "001234567B01");
    assert_eq!(made["email"], "a@b.example");
    assert_eq!(made["relatiecode"], 1000);
    assert_eq!(made["vestigingsAdres"]["land"]["id"], country_id("NL"));
    assert_eq!(made["memo"], Value::Null);
    assert_ne!(made["modifiedOn"], "1999-01-01T00:00:00");
    assert!(made.get("landISOCode").is_none());
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["uri"], format!("/relaties/{id}"));
    assert_eq!(talk.get(&format!("/relaties/{id}")).await.json(), made);
}

#[tokio::test]
async fn a_put_replaces_the_whole_and_keeps_the_kind() {
    let talk = Talk::new().await;
    let made = talk
        .post("/relaties", &relation(&json!({"memo": "vaste klant"})))
        .await
        .json();
    let path = format!("/relaties/{}", made["id"].as_str().unwrap());
    let put = talk
        .put(&path, &relation(&json!({"email": "a@b.example"})))
        .await;
    assert_eq!(put.status, 200, "{}", put.text);
    assert_eq!(put.json()["memo"], Value::Null);
    assert_eq!(put.json()["relatiecode"], made["relatiecode"]);
    assert!(put.json()["modifiedOn"].as_str() > made["modifiedOn"].as_str());
    let other = talk
        .put(&path, &relation(&json!({"relatiesoort": ["Leverancier"]})))
        .await;
    assert_eq!(code(&other), "REL-0064");
    let id = json!({"id": "11111111-1111-4111-8111-111111111111"});
    assert_eq!(code(&talk.put(&path, &relation(&id)).await), "ALG-0101");
    let nobody = "/relaties/11111111-1111-4111-8111-111111111111";
    let missing = talk.put(nobody, &relation(&json!({}))).await;
    assert_eq!((missing.status, code(&missing).as_str()), (404, "REL-0005"));
    assert_eq!(code(&talk.get("/relaties/seven").await), "ALG-0103");
}

#[tokio::test]
async fn an_inactive_relation_is_listed_and_not_found() {
    let talk = Talk::new().await;
    let id = talk.customer("Oud");
    talk.server
        .edit("relaties", &id, &json!({"nonactief": true}))
        .unwrap();
    assert_eq!(talk.get(&format!("/relaties/{id}")).await.status, 404);
    assert_eq!(
        talk.filtered("/relaties", "Nonactief eq true").await.len(),
        1
    );
    let booked = talk.post("/verkoopboekingen", &sale(&id, "V-1")).await;
    assert_eq!(code(&booked), "BOE-0054");
}

#[tokio::test]
async fn a_relation_with_bookings_stays() {
    let talk = Talk::new().await;
    let (busy, free) = (talk.customer("Busy"), talk.customer("Free"));
    talk.server
        .insert("verkoopboekingen", &sale(&busy, "V-1"))
        .unwrap();
    let busy = format!("/relaties/{busy}");
    assert_eq!(code(&talk.delete(&busy).await), "REL-0049");
    let today = jiff::Zoned::now().date();
    let by = koppel_sandbox::snelstart::PayBy::Cash;
    talk.server
        .pay("V-1", "121".parse().unwrap(), today, by)
        .unwrap();
    assert_eq!(code(&talk.delete(&busy).await), "REL-0050");
    assert_eq!(talk.delete(&format!("/relaties/{free}")).await.status, 200);
    assert_eq!(talk.get(&format!("/relaties/{free}")).await.status, 404);
}

#[tokio::test]
async fn one_relation_is_both_kinds_unless_the_server_forbids_it() {
    let both = relation(&json!({"relatiesoort": ["Klant", "Leverancier"]}));
    let talk = Talk::new().await;
    assert_eq!(talk.post("/relaties", &both).await.status, 201);
    let strict = Talk::with(SnelStart::builder().single_kind(true)).await;
    assert_eq!(code(&strict.post("/relaties", &both).await), "REL-0065");
}
