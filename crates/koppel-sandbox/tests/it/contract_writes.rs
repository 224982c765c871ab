//! What becomes of records that are written, alone and in batches.

use koppel_sandbox::smartcrm::{ExternalIdMode, SmartCrm};
use serde_json::json;

use crate::support::Talk;

#[tokio::test]
async fn a_record_that_breaks_the_rules_is_a_422_that_names_the_fields() {
    let talk = Talk::new().await;
    let reply = talk
        .post("contacts", json!({"client_id": "77", "email": "nobody"}))
        .await;
    assert_eq!(reply.status, 422);
    let body = reply.json();
    assert_eq!(body["status"], false);
    assert_eq!(body["error"], "validation_failed");
    assert_eq!(
        body["errors"]["firstname"],
        "The firstname field is required."
    );
    assert_eq!(
        body["errors"]["client_id"],
        "The client_id field names client 77, which does not exist."
    );
    assert!(body["errors"]["email"].is_string());
    assert_eq!(talk.server.count("contacts"), 0);
    assert!(talk.server.journal().is_empty());
}

#[tokio::test]
async fn every_resource_takes_what_it_requires_and_no_less() {
    let talk = Talk::new().await;
    let client = talk.client("A");
    let whole = [
        (
            "contacts",
            json!({"client_id": client, "firstname": "An", "email": "a@b.nl"}),
        ),
        ("leads", json!({"name": "Ion"})),
        ("projects", json!({"name": "Site", "client_id": client})),
        ("tickets", json!({"subject": "Help"})),
        (
            "invoices",
            json!({"number": "INV-1", "client_id": client, "date": "2026-01-02",
                   "currency": "EUR", "total": "12.5"}),
        ),
    ];
    for (resource, record) in whole {
        for field in record.as_object().unwrap().keys() {
            let mut less = record.clone();
            less.as_object_mut().unwrap().remove(field);
            let reply = talk.post(resource, less).await;
            assert_eq!(reply.status, 422, "{resource} without {field}");
            assert!(reply.json()["errors"][field].is_string());
        }
        assert_eq!(talk.post(resource, record).await.status, 201, "{resource}");
    }
    assert_eq!(talk.server.records("invoices")[0]["total"], "12.50");
}

#[tokio::test]
async fn a_batch_answers_each_record() {
    let talk = Talk::new().await;
    let known = talk.client("Known");
    let same = talk.client("Same");
    let reply = talk
        .post(
            "clients/batch",
            json!({"records": [
                {"external_id": "c:1", "id": null, "hash": "x", "data": {"company": "New"}},
                {"external_id": "c:2", "id": known, "data": {"company": "Changed"}},
                {"external_id": null, "id": same, "data": {"company": "Same"}},
                {"external_id": "c:4", "id": "777", "data": {"company": "Lost"}},
                {"external_id": "c:5", "id": null, "data": {"vat": "NL1"}},
                {"external_id": "c:6", "id": null},
            ]}),
        )
        .await;
    assert_eq!(reply.status, 207);
    let results = reply.json()["results"].clone();
    assert_eq!(
        results[0],
        json!({"external_id": "c:1", "id": "9003", "action": "created"})
    );
    assert_eq!(
        results[1],
        json!({"external_id": "c:2", "id": known, "action": "updated"})
    );
    assert_eq!(results[2]["action"], "unchanged");
    assert_eq!(results[3]["error"]["code"], "not_found");
    assert_eq!(results[4]["error"]["code"], "validation_failed");
    assert_eq!(
        results[4]["error"]["fields"]["company"],
        "The company field is required."
    );
    assert_eq!(results[5]["error"]["code"], "malformed");
    assert_eq!(results.as_array().unwrap().len(), 6);
    let journal = talk.server.journal();
    assert_eq!(journal.len(), 2);
    assert_eq!(
        (journal[0].seq, journal[0].entity, journal[0].request),
        (1, "clients", 1)
    );
    assert_eq!(journal[0].external_id.as_deref(), Some("c:1"));
    assert_eq!(journal[0].fields["company"], "New");
}

#[tokio::test]
async fn a_batch_where_all_is_well_is_a_200_and_one_too_large_a_413() {
    let talk = Talk::with(SmartCrm::builder().max_batch(2)).await;
    let record = |n: usize| json!({"external_id": format!("l:{n}"), "data": {"name": "Lead"}});
    let reply = talk
        .post("leads/batch", json!({"records": [record(1), record(2)]}))
        .await;
    assert_eq!(reply.status, 200);
    let reply = talk
        .post(
            "leads/batch",
            json!({"records": [record(3), record(4), record(5)]}),
        )
        .await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.json()["status"], false);
    assert_eq!(talk.server.count("leads"), 2);
}

#[tokio::test]
async fn external_ids_are_upserted_stored_or_ignored() {
    for (mode, records, found) in [
        (ExternalIdMode::Upsert, 1, 200),
        (ExternalIdMode::Stored, 2, 200),
        (ExternalIdMode::Ignored, 2, 404),
    ] {
        let talk = Talk::with(SmartCrm::builder().external_id(mode)).await;
        talk.post("leads", json!({"external_id": "l:1", "name": "A"}))
            .await;
        let reply = talk
            .post("leads", json!({"external_id": "l:1", "name": "B"}))
            .await;
        assert_eq!(reply.json()["status"], true);
        assert_eq!(talk.server.count("leads"), records, "{mode:?}");
        assert_eq!(
            talk.get("leads?external_id=l:1").await.status,
            found,
            "{mode:?}"
        );
        let journal = talk.server.journal();
        assert!(
            journal
                .iter()
                .all(|e| e.external_id.as_deref() == Some("l:1")),
            "{mode:?}"
        );
    }
}

#[tokio::test]
async fn an_idempotency_key_replays_the_answer_where_it_is_honoured() {
    for (honoured, records) in [(true, 1), (false, 2)] {
        let talk = Talk::with(
            SmartCrm::builder()
                .idempotency(honoured)
                .external_id(ExternalIdMode::Ignored),
        )
        .await;
        let post = |name: &str| {
            talk.request("POST", "leads")
                .header("Idempotency-Key", "k1")
                .json(&json!({"name": name}))
        };
        let first = talk.send(post("A")).await;
        let second = talk.send(post("A")).await;
        assert_eq!(talk.server.count("leads"), records);
        assert_eq!(first.text == second.text, honoured);
        if honoured {
            let reply = talk.send(post("B")).await;
            assert_eq!(reply.status, 409);
            assert_eq!(
                reply.json()["message"],
                "Idempotency-Key was used with another body"
            );
        }
    }
}

#[tokio::test]
async fn a_refused_create_leaves_its_idempotency_key_free() {
    let talk = Talk::new().await;
    let post = |body: serde_json::Value| {
        talk.request("POST", "leads")
            .header("Idempotency-Key", "k")
            .json(&body)
    };
    assert_eq!(
        talk.send(post(json!({"title": "no name"}))).await.status,
        422
    );
    assert_eq!(talk.send(post(json!({"name": "A"}))).await.status, 201);
}

#[tokio::test]
async fn somebody_elses_edit_is_visible_but_not_journalled() {
    let talk = Talk::new().await;
    let id = talk.client("A");
    talk.server
        .edit("clients", &id, &json!({"company": "Edited"}))
        .unwrap();
    let data = talk.get(&format!("clients/{id}")).await.json();
    assert_eq!(data["data"]["company"], "Edited");
    assert!(
        talk.server
            .edit("clients", "1", &json!({"company": "X"}))
            .is_err()
    );
    assert!(talk.server.insert("products", &json!({})).is_err());
    assert!(
        talk.server
            .insert("clients", &json!({"company": ""}))
            .is_err()
    );
    assert!(talk.server.journal().is_empty());
}
