//! What a well-behaved SmartCRM says (inferred contract), quirks included.

use koppel_sandbox::smartcrm::{Action, SmartCrm};
use serde_json::{Value, json};

use crate::support::Talk;

#[tokio::test]
async fn a_ping_is_answered_with_pong() {
    let talk = Talk::new().await;
    let reply = talk.get("ping").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["status"], true);
    assert_eq!(reply.json()["message"], "pong");
    assert!(reply.json()["version"].is_string());
}

#[tokio::test]
async fn a_bad_or_missing_token_is_an_overloaded_404() {
    let mut talk = Talk::new().await;
    talk.token = "wrong".into();
    for path in ["ping", "clients", "clients/9001"] {
        let reply = talk.get(path).await;
        assert_eq!(reply.status, 404);
        assert_eq!(
            reply.json(),
            json!({"status": false, "message": "Token is not found"})
        );
    }
    let bare = talk.http.get(format!("{}ping", talk.server.url()));
    assert_eq!(
        talk.send(bare).await.json()["message"],
        "Token is not found"
    );
}

#[tokio::test]
async fn v2_routes_need_the_client_token_besides() {
    let refused = json!({
        "status": false,
        "error": "client_token",
        "message": "Client token is not valid",
    });
    let talk = Talk::with(SmartCrm::builder().client_token("second")).await;
    for path in ["v2/products", "v2/clients", "v2/orders/9001"] {
        let reply = talk.get(path).await;
        assert_eq!(
            (reply.status, reply.json()),
            (401, refused.clone()),
            "{path}"
        );
        let wrong = talk.request("GET", path).header("X-Client-Token", "x");
        assert_eq!(talk.send(wrong).await.json(), refused);
        let request = talk.request("GET", path).header("X-Client-Token", "second");
        assert_eq!(
            talk.send(request).await.json()["message"],
            "No data were found"
        );
    }
    // A server without a client token has no V2 for anybody.
    let talk = Talk::new().await;
    let request = talk.request("GET", "v2/stock").header("X-Client-Token", "");
    assert_eq!(talk.send(request).await.status, 401);
}

#[tokio::test]
async fn an_empty_list_and_an_unknown_id_are_404() {
    let talk = Talk::new().await;
    for path in [
        "clients",
        "clients?page=7",
        "clients/9001",
        "clients/abc",
        "leads?email=x@y.z",
    ] {
        let reply = talk.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(
            reply.json(),
            json!({"status": false, "message": "No data were found"})
        );
    }
    assert_eq!(
        talk.put("clients/9001", json!({"vat": "1"})).await.status,
        404
    );
    assert_eq!(talk.delete("clients/9001").await.status, 404);
}

#[tokio::test]
async fn a_wrong_path_below_the_api_is_json_and_elsewhere_a_page() {
    let talk = Talk::new().await;
    let reply = talk.get("customers").await;
    assert_eq!(
        (reply.status, reply.json()["message"].clone()),
        (404, json!("Unknown method"))
    );
    let host = talk.server.url().replace("index.php/api/", "");
    let reply = talk.send(talk.http.get(format!("{host}api/clients"))).await;
    assert_eq!(reply.status, 404);
    assert!(reply.text.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_created_record_comes_back_with_its_scalars_as_strings() {
    let talk = Talk::new().await;
    let reply = talk
        .post(
            "clients",
            json!({
                "external_id": "crmconnect:client:42", "company": "Bakkerij de Ruijter",
                "vat": "NL1", "active": true, "country": "NL", "city": null, "groups": ["A", "B"],
                "registered_at": "2026-03-01T11:00:00+01:00", "custom_fields": {"sector": 4},
            }),
        )
        .await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.json()["id"], "9001");
    assert_eq!(reply.json()["message"], "Client added successfully.");
    let data = talk.get("clients/9001").await.json()["data"].clone();
    assert_eq!(data["id"], "9001");
    assert_eq!(data["external_id"], "crmconnect:client:42");
    assert_eq!(data["active"], "1");
    assert_eq!(data["city"], Value::Null);
    assert_eq!(data["website"], Value::Null);
    assert_eq!(data["groups"], json!(["A", "B"]));
    assert_eq!(data["registered_at"], "2026-03-01T10:00:00Z");
    assert_eq!(data["custom_fields"], json!({"sector": "4"}));
    assert!(data["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(talk.server.records("clients"), [data]);
}

#[tokio::test]
async fn a_put_changes_what_it_names_and_null_clears() {
    let talk = Talk::new().await;
    let id = talk
        .server
        .insert(
            "clients",
            &json!({"company": "Old", "vat": "NL1", "city": "Delft"}),
        )
        .unwrap();
    let reply = talk
        .put(
            &format!("clients/{id}"),
            json!({"company": "New", "vat": null}),
        )
        .await;
    assert_eq!(
        (reply.status, reply.json()["status"].clone()),
        (200, json!(true))
    );
    let record = talk.server.record("clients", &id).unwrap();
    assert_eq!(record["company"], "New");
    assert_eq!(record["vat"], Value::Null);
    assert_eq!(record["city"], "Delft");
    assert_eq!(talk.get("clients?vat=NL1").await.status, 404);
    assert_eq!(talk.get("clients?company=New").await.status, 200);
    let entry = &talk.server.journal()[0];
    assert_eq!(entry.action, Action::Update);
    assert_eq!(
        entry.fields.to_json(),
        json!({"company": "New", "vat": null})
    );
    let reply = talk.put(&format!("clients/{id}"), json!({})).await;
    assert_eq!(reply.status, 406);
}

#[tokio::test]
async fn a_deleted_record_is_gone_and_its_id_is_not_used_again() {
    let talk = Talk::new().await;
    let (first, second) = (talk.client("A"), talk.client("B"));
    assert_eq!(talk.delete(&format!("clients/{second}")).await.status, 200);
    assert_eq!(talk.get(&format!("clients/{second}")).await.status, 404);
    assert_eq!(talk.get("clients?company=B").await.status, 404);
    assert_eq!(talk.delete(&format!("clients/{second}")).await.status, 404);
    let third = talk.client("C");
    assert!(third > second && second > first);
    let total = talk.get("clients").await.json()["meta"]["total"].clone();
    assert_eq!(total, 2);
    assert_eq!(talk.server.journal()[0].action, Action::Delete);
    assert_eq!(talk.server.journal()[0].fields["company"], "B");
}

#[tokio::test]
async fn lists_come_in_pages_that_cover_everything_once() {
    let talk = Talk::new().await;
    for n in 0..23 {
        talk.client(&format!("Firma {n}"));
    }
    let mut seen = Vec::new();
    let mut page = 1;
    loop {
        let body = talk
            .get(&format!("clients?page={page}&per_page=10"))
            .await
            .json();
        for record in body["data"].as_array().unwrap() {
            seen.push(record["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(body["meta"]["total"], 23);
        assert_eq!(body["meta"]["total_pages"], 3);
        if body["meta"]["has_more"] == false {
            break;
        }
        page += 1;
    }
    assert_eq!(page, 3);
    assert_eq!(
        seen,
        (9001..9024).map(|id| id.to_string()).collect::<Vec<_>>()
    );
    let body = talk.get("clients?per_page=100000").await.json();
    assert_eq!(body["meta"]["per_page"], 100);
}

#[tokio::test]
async fn filters_are_exact_and_combine() {
    let talk = Talk::new().await;
    for (company, vat, city) in [
        ("A", "1", "Delft"),
        ("A", "2", "Delft"),
        ("A B", "3", "Cluj"),
    ] {
        let record = json!({"company": company, "vat": vat, "city": city});
        talk.server.insert("clients", &record).unwrap();
    }
    let ids = async |query: &str| -> Vec<String> {
        let reply = talk.get(&format!("clients?{query}")).await;
        let body = reply.json();
        body["data"].as_array().map_or(Vec::new(), |data| {
            data.iter()
                .map(|r| r["id"].as_str().unwrap().to_owned())
                .collect()
        })
    };
    assert_eq!(ids("company=A").await, ["9001", "9002"]);
    assert_eq!(ids("company=A&vat=2").await, ["9002"]);
    assert_eq!(ids("company=A%20B").await, ["9003"]);
    assert_eq!(ids("city=Delft&company=A").await, ["9001", "9002"]);
    assert_eq!(ids("city=Delft&per_page=1&page=2").await, ["9002"]);
    assert!(ids("company=a").await.is_empty());
    assert!(ids("colour=red").await.is_empty());
    assert_eq!(ids("id=9003").await, ["9003"]);
}

#[tokio::test]
async fn updated_since_gives_the_changed_records() {
    let talk = Talk::new().await;
    let id = talk.client("A");
    let stamp = talk.server.record("clients", &id).unwrap()["updated_at"].clone();
    let stamp = stamp.as_str().unwrap();
    let body = talk
        .get(&format!("clients?updated_since={stamp}"))
        .await
        .json();
    assert_eq!(body["data"][0]["id"], id);
    let reply = talk.get("clients?updated_since=2999-01-01T00:00:00Z").await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let talk = Talk::new().await;
    for body in ["", "[]", "{\"company\":", "null", "\u{0}"] {
        let reply = talk.send(talk.request("POST", "clients").body(body)).await;
        assert_eq!(reply.status, 400, "{body:?}");
        let reply = talk
            .send(talk.request("POST", "clients/batch").body(body))
            .await;
        assert_eq!(reply.status, 400, "{body:?}");
    }
    let huge = vec![b' '; 9 * 1024 * 1024];
    // The server may close the connection while the body is still being sent.
    if let Ok(reply) = talk
        .try_send(talk.request("POST", "clients").body(huge))
        .await
    {
        assert_eq!(reply.status, 413);
    }
    assert_eq!(talk.server.count("clients"), 0);
    assert_eq!(talk.get("ping").await.status, 200);
}

#[tokio::test]
async fn twenty_thousand_records_are_found_by_key_without_a_scan() {
    let talk = Talk::new().await;
    for n in 0..20_000 {
        let record = json!({"external_id": format!("c:{n}"), "company": format!("Firma {n}"),
                            "vat": format!("NL{n}")});
        talk.server.insert("clients", &record).unwrap();
    }
    let started = std::time::Instant::now();
    for n in (0..20_000).step_by(100) {
        let body = talk.get(&format!("clients?external_id=c:{n}")).await.json();
        assert_eq!(body["data"][0]["vat"], format!("NL{n}"));
    }
    let elapsed = started.elapsed();
    assert!(elapsed.as_secs() < 20, "200 searches took {elapsed:?}");
}

#[tokio::test]
async fn after_a_shutdown_nobody_answers() {
    let talk = Talk::new().await;
    assert_eq!(talk.get("ping").await.status, 200);
    let Talk { server, http, .. } = talk;
    let url = server.url();
    server.shutdown().await;
    let error = http.get(format!("{url}ping")).send().await.unwrap_err();
    assert!(error.is_connect());
}
