//! The REST module of Perfex, versions 2 and 3, quirks included.

use std::time::Duration;

use koppel_sandbox::smartcrm::{Action, Dialect, Fault, FaultKind, SmartCrm, lookup};
use serde_json::{Value, json};

use crate::support::{Reply, Talk};

async fn v3() -> Talk {
    Talk::speaking(Dialect::Perfex, SmartCrm::builder()).await
}

async fn v2() -> Talk {
    Talk::speaking(Dialect::Perfex, SmartCrm::builder().api_version(2)).await
}

fn no_data(reply: &Reply) {
    assert_eq!(reply.status, 404, "{}", reply.text);
    assert_eq!(
        reply.json(),
        json!({"status": false, "message": "No data were found"})
    );
}

fn number(list: &str, name: &str) -> u32 {
    lookup(list)
        .into_iter()
        .find(|(_, known)| *known == name)
        .unwrap()
        .0
}

async fn customer(talk: &Talk, company: &str) -> String {
    let reply = talk.post("customers", json!({"company": company})).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    talk.server.records("customers").last().unwrap()["userid"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn invoice(client: &str, number: u32) -> Value {
    json!({
        "clientid": client, "number": number, "date": "2026-03-01", "currency": 2,
        "subtotal": "100.00", "total": "119.00", "billing_street": "Kade 1",
        "allowed_payment_modes": [51],
        "newitems": [{
            "description": "Uren", "long_description": "", "qty": 2, "rate": "50.00",
            "unit": "uur", "order": 1, "taxname": ["TVA|19.00"],
        }],
    })
}

#[tokio::test]
async fn the_token_travels_in_its_own_header_or_in_the_query() {
    let mut talk = v3().await;
    no_data(&talk.get("customers").await);
    let url = talk.server.url();
    assert!(
        url.ends_with("/api/") && !url.contains("index.php"),
        "{url}"
    );
    let query = talk.http.get(format!("{url}customers?authtoken=letmein"));
    no_data(&talk.send(query).await);
    let missing = json!({"status": false, "message": "Token is not found"});
    let bearer = talk
        .http
        .get(format!("{url}customers"))
        .bearer_auth("letmein");
    let reply = talk.send(bearer).await;
    assert_eq!((reply.status, reply.json()), (404, missing.clone()));
    talk.token = "wrong".into();
    let reply = talk.get("customers/9001").await;
    assert_eq!((reply.status, reply.json()), (404, missing));
    assert_eq!(
        talk.get("ping").await.json()["message"],
        "Token is not found"
    );
}

#[tokio::test]
async fn it_also_stands_below_index_php_and_has_no_ping() {
    let talk = v3().await;
    let url = talk.server.url().replace("/api/", "/index.php/api/");
    let request = talk
        .http
        .get(format!("{url}customers"))
        .header("AUTHTOKEN", "letmein");
    no_data(&talk.send(request).await);
    assert_eq!(talk.get("ping").await.json()["message"], "Unknown method");
    assert_eq!(
        talk.get("clients").await.json()["message"],
        "Unknown method"
    );
}

#[tokio::test]
async fn a_create_tells_the_id_in_version_3_and_none_in_version_2() {
    let talk = v3().await;
    let reply = talk.post("customers", json!({"company": "A"})).await;
    assert_eq!(
        reply.json(),
        json!({"status": true, "message": "Customer add successful.", "record_id": 9001})
    );
    let talk = v2().await;
    let reply = talk.post("customers", json!({"company": "A"})).await;
    assert_eq!(
        (reply.status, reply.json()),
        (
            200,
            json!({"status": true, "message": "Customer add successful."})
        )
    );
    let found = talk.get("customers/search/a").await.json();
    assert_eq!(found[0]["userid"], "9001");
}

#[tokio::test]
async fn a_record_comes_back_bare_with_every_scalar_as_a_string() {
    let talk = v3().await;
    let country = number("countries", "NL");
    talk.post(
        "customers",
        json!({
            "company": "A", "country": country, "default_currency": 2, "active": 0,
            "groups_in": [41, 42], "external_id": "crm:1", "nonsense": 1,
        }),
    )
    .await;
    let record = talk.get("customers/9001").await.json();
    assert_eq!(record["userid"], "9001");
    assert_eq!(record.get("id"), None);
    assert_eq!(record["country"], country.to_string());
    assert_eq!(record["default_currency"], "2");
    assert_eq!(record["groups_in"], json!(["41", "42"]));
    assert_eq!(record["active"], "1", "not among the documented fields");
    assert_eq!(record["shipping_country"], "0");
    assert_eq!(record["phonenumber"], "");
    assert_eq!(record["vat"], Value::Null);
    let made = record["datecreated"].as_str().unwrap();
    assert!(made.len() == 19 && made.as_bytes()[10] == b' ', "{made}");
    assert_eq!(record.get("external_id"), None);
    assert_eq!(record.get("nonsense"), None);
    let entry = &talk.server.journal()[0];
    assert_eq!(entry.entity, "customers");
    assert_eq!(entry.external_id.as_deref(), Some("crm:1"), "what was sent");
}

#[tokio::test]
async fn times_are_naive_and_in_the_zone_of_the_server() {
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let builder = SmartCrm::builder().time_zone(zone.clone());
    let talk = Talk::speaking(Dialect::Perfex, builder).await;
    let before = jiff::Zoned::now().with_time_zone(zone).datetime();
    talk.post("customers", json!({"company": "A"})).await;
    let record = &talk.server.records("customers")[0];
    let made: jiff::civil::DateTime = record["datecreated"].as_str().unwrap().parse().unwrap();
    let apart = made.duration_since(before).as_secs().abs();
    assert!(apart < 60, "{made} {before}");
}

#[tokio::test]
async fn lists_are_bare_arrays_and_pages_only_on_request_in_version_3() {
    for (talk, pages) in [(v3().await, true), (v2().await, false)] {
        for n in 0..30 {
            customer(&talk, &format!("C{n}")).await;
        }
        let all = talk.get("customers").await.json();
        assert_eq!(all.as_array().unwrap().len(), 30);
        // `limit` alone does not page.
        let all = talk.get("customers?limit=5").await.json();
        assert_eq!(all.as_array().unwrap().len(), 30);
        let page = talk.get("customers?page=2&per_page=20").await.json();
        if !pages {
            assert_eq!(page.as_array().unwrap().len(), 30);
            continue;
        }
        assert_eq!(page["data"].as_array().unwrap().len(), 10);
        assert_eq!(
            page["meta"],
            json!({
                "page": 2, "per_page": 20, "total": 30, "total_pages": 2, "has_more": false,
                "current_page": 2, "last_page": 2,
            })
        );
        assert_eq!(page.get("status"), None);
        assert_eq!(
            talk.get("customers?page=1").await.json()["meta"]["per_page"],
            25
        );
        assert_eq!(
            talk.get("customers?page=1&per_page=500").await.json()["meta"]["per_page"],
            100
        );
        no_data(&talk.get("customers?page=3&per_page=20").await);
    }
}

#[tokio::test]
async fn a_filter_or_a_time_is_passed_over_and_everything_comes_back() {
    let talk = v3().await;
    customer(&talk, "A").await;
    customer(&talk, "B").await;
    for path in [
        "customers?company=A",
        "customers?updated_since=2099-01-01T00:00:00Z",
    ] {
        let all = talk.get(path).await.json();
        assert_eq!(all.as_array().unwrap().len(), 2, "{path}");
    }
}

#[tokio::test]
async fn a_search_finds_parts_of_words_in_whatever_case() {
    let talk = v3().await;
    talk.post(
        "customers",
        json!({"company": "Bakkerij & Zn", "vat": "NL12"}),
    )
    .await;
    talk.post("customers", json!({"company": "Slagerij", "vat": "NL123"}))
        .await;
    let ids = |reply: Reply| -> Vec<String> {
        let list = reply.json();
        let list = list.as_array().unwrap().iter();
        list.map(|r| r["userid"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(talk.get("customers/search/NL12").await),
        ["9001", "9002"]
    );
    assert_eq!(ids(talk.get("customers/search/nl123").await), ["9002"]);
    assert_eq!(
        ids(talk.get("customers/search/RIJ%20%26%20z").await),
        ["9001"]
    );
    assert_eq!(ids(talk.get("customers/search?q=slager").await), ["9002"]);
    no_data(&talk.get("customers/search/molen").await);
    no_data(&talk.get("leads/search/x").await);
}

#[tokio::test]
async fn an_invalid_record_is_a_404_with_html_in_version_2_and_a_422_in_version_3() {
    let body = json!({"firstname": "A", "customer_id": "77", "email": "a@b.example"});
    let reply = v2().await.post("contacts", body.clone()).await;
    assert_eq!(reply.status, 404);
    let answer = reply.json();
    assert_eq!(answer["status"], false);
    assert_eq!(
        answer["error"]["lastname"],
        "The lastname field is required."
    );
    assert!(answer["error"]["customer_id"].is_string(), "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("<p>") && message.contains("</p>\n<p>"));
    let reply = v3().await.post("contacts", body).await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["error"], "validation_failed");
    assert!(reply.json()["errors"]["lastname"].is_string());
}

#[tokio::test]
async fn an_empty_put_is_406_and_an_unknown_id_404() {
    for talk in [v2().await, v3().await] {
        let id = customer(&talk, "A").await;
        let path = format!("customers/{id}");
        let reply = talk.put(&path, json!({})).await;
        assert_eq!(
            (reply.status, reply.json()["message"].clone()),
            (406, json!("Data Not Acceptable OR Not Provided"))
        );
        let bare = talk.send(talk.request("PUT", &path)).await;
        assert_eq!(bare.status, 406);
        no_data(&talk.put("customers/9999", json!({"vat": "1"})).await);
        no_data(&talk.delete("customers/9999").await);
        let reply = talk.put(&path, json!({"vat": "NL1"})).await;
        assert_eq!(reply.json()["message"], "Customer update successful.");
        assert_eq!(
            talk.server.record("customers", &id).unwrap()["company"],
            "A"
        );
        assert_eq!(talk.server.record("customers", &id).unwrap()["vat"], "NL1");
    }
}

#[tokio::test]
async fn an_unknown_field_in_a_put_is_ignored_in_version_3_and_an_sql_error_in_version_2() {
    let talk = v3().await;
    customer(&talk, "A").await;
    let body = json!({"vat": "NL1", "nonsense": "1"});
    assert_eq!(talk.put("customers/9001", body.clone()).await.status, 200);
    let talk = v2().await;
    customer(&talk, "A").await;
    let reply = talk.put("customers/9001", body).await;
    assert_eq!(reply.status, 500);
    assert!(
        reply
            .text
            .contains("Unknown column 'nonsense' in 'field list'")
    );
    assert_eq!(talk.server.applied(), 1);
}

#[tokio::test]
async fn deletes_have_a_route_of_their_own_besides() {
    let talk = v2().await;
    customer(&talk, "A").await;
    customer(&talk, "B").await;
    for path in ["customers/9001", "delete/customers/9002"] {
        let reply = talk.delete(path).await;
        assert_eq!(
            reply.json(),
            json!({"status": true, "message": "Delete Successful."})
        );
    }
    assert_eq!(talk.server.count("customers"), 0);
    assert_eq!(talk.server.journal()[3].action, Action::Delete);
}

#[tokio::test]
async fn numbers_stand_for_names_and_unknown_ones_are_refused() {
    let talk = v3().await;
    let countries = talk.get("common/countries").await.json();
    let nl = countries
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["iso2"] == "NL")
        .unwrap();
    assert_eq!(nl["country_id"], number("countries", "NL").to_string());
    let currencies = talk.get("common/currencies").await.json();
    assert!(
        currencies
            .as_array()
            .unwrap()
            .contains(&json!({"id": "2", "name": "EUR", "isdefault": "1"}))
    );
    no_data(&talk.get("common/planets").await);
    for body in [
        json!({"company": "A", "country": "NL"}),
        json!({"company": "A", "country": 1}),
        json!({"company": "A", "default_currency": "EUR"}),
    ] {
        assert_eq!(talk.post("customers", body).await.status, 422);
    }
    let unchosen = json!({"company": "A", "country": 0, "default_currency": "0"});
    assert_eq!(talk.post("customers", unchosen).await.status, 200);
    let lead = |status: u32| json!({"name": "L", "assigned": 0, "status": status, "source": number("lead_sources", "Beurs")});
    assert_eq!(talk.post("leads", lead(12)).await.status, 200);
    assert_eq!(talk.post("leads", lead(0)).await.status, 422);
    assert_eq!(talk.post("leads", json!({"name": "L"})).await.status, 422);
}

#[tokio::test]
async fn a_contact_shows_its_customer_as_userid_and_gets_a_mail_unless_told_not_to() {
    let talk = v3().await;
    let id = customer(&talk, "A").await;
    let contact = |email: &str, quiet: Option<&str>| {
        json!({
            "customer_id": id, "firstname": "Jan", "lastname": "B", "email": email,
            "is_primary": "on", "password": "hunter2", "donotsendwelcomeemail": quiet,
        })
    };
    let reply = talk
        .post("contacts", contact("a@x.example", Some("on")))
        .await;
    assert_eq!(reply.json()["record_id"], 9001);
    assert!(talk.server.welcome_mails().is_empty());
    talk.post("contacts", contact("b@x.example", None)).await;
    assert_eq!(talk.server.welcome_mails(), ["b@x.example"]);
    let record = talk.get("contacts/9001").await.json();
    assert_eq!(record["userid"], id);
    assert_eq!(record["is_primary"], "1");
    for hidden in ["password", "customer_id", "donotsendwelcomeemail"] {
        assert_eq!(record.get(hidden), None, "{hidden}");
    }
    let again = talk
        .post("contacts", contact("a@x.example", Some("on")))
        .await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("unique value"));
    let same = json!({"email": "a@x.example", "title": "CEO"});
    assert_eq!(talk.put("contacts/9001", same).await.status, 200);
}

#[tokio::test]
async fn the_lines_of_an_invoice_have_ids_and_are_changed_by_them() {
    let talk = v3().await;
    let client = customer(&talk, "A").await;
    let reply = talk.post("invoices", invoice(&client, 7)).await;
    assert_eq!(reply.json()["record_id"], 9001, "{}", reply.text);
    let record = talk.get("invoices/9001").await.json();
    assert_eq!(record["number"], "7");
    assert_eq!(record["prefix"], "INV-");
    assert_eq!(record["status"], "1");
    assert_eq!(record["total_tax"], "19.00", "worked out from the lines");
    assert_eq!(
        record["items"],
        json!([{
            "id": "1", "description": "Uren", "long_description": "", "qty": "2",
            "rate": "50.00", "unit": "uur", "item_order": "1", "taxname": ["TVA|19.00"],
        }])
    );
    assert_eq!(record.get("newitems"), None);
    assert_eq!(record.get("allowed_payment_modes"), None);
    let change = json!({
        "items": [{"itemid": "1", "qty": "3"}],
        "newitems": [{"description": "Reis", "qty": 1, "rate": "10.00", "order": 2}],
        "total_tax": "777.00",
    });
    talk.put("invoices/9001", change).await;
    let record = talk.get("invoices/9001").await.json();
    assert_eq!(record["items"][0]["qty"], "3");
    assert_eq!(record["items"][1]["id"], "2");
    assert_eq!(record["total_tax"], "28.50");
    talk.put("invoices/9001", json!({"removed_items": [1]}))
        .await;
    let record = talk.get("invoices/9001").await.json();
    assert_eq!(record["items"].as_array().unwrap().len(), 1);
    assert_eq!(record["total_tax"], "0.00");
    let mut bad = invoice(&client, 8);
    bad["newitems"] = json!([]);
    assert_eq!(talk.post("invoices", bad).await.status, 422);
}

#[tokio::test]
async fn a_payment_settles_its_invoice() {
    let talk = v3().await;
    let client = customer(&talk, "A").await;
    talk.post("invoices", invoice(&client, 7)).await;
    let pay = |amount: &str| json!({"invoiceid": 9001, "amount": amount, "paymentmode": 51});
    talk.post("payments", pay("19.00")).await;
    let status = || talk.server.record("invoices", "9001").unwrap()["status"].clone();
    assert_eq!(status(), "3");
    talk.post("payments", pay("100.00")).await;
    assert_eq!(status(), "2");
    let payment = talk.get("payments/9001").await.json();
    assert_eq!(payment["amount"], "19.00");
    assert_eq!(payment["paymentmode"], "51");
    talk.delete("payments/9001").await;
    talk.delete("payments/9002").await;
    assert_eq!(status(), "1");
    let lost = json!({"invoiceid": 77, "amount": "1", "paymentmode": 51});
    assert_eq!(talk.post("payments", lost).await.status, 422);
}

#[tokio::test]
async fn items_estimates_projects_and_tickets_are_served() {
    let talk = v3().await;
    let client = customer(&talk, "A").await;
    let person = json!({
        "customer_id": client, "firstname": "J", "lastname": "B", "email": "j@x.example",
        "donotsendwelcomeemail": "on",
    });
    talk.post("contacts", person).await;
    let mut estimate = invoice(&client, 4);
    estimate["status"] = json!(4);
    estimate["reference_no"] = json!("PO-9");
    for (path, body) in [
        (
            "items",
            json!({"description": "Uur", "rate": "85", "group_id": 71, "tax": 1}),
        ),
        ("estimates", estimate),
        (
            "projects",
            json!({
                "name": "P", "rel_type": "customer", "clientid": client, "billing_type": 1,
                "start_date": "2026-01-01", "status": 2,
            }),
        ),
        (
            "tickets",
            json!({
                "subject": "T", "department": 31, "contactid": 9001, "userid": client,
                "priority": 3, "status": 5,
            }),
        ),
    ] {
        let reply = talk.post(path, body).await;
        assert_eq!(reply.json()["record_id"], 9001, "{path}: {}", reply.text);
    }
    assert_eq!(talk.get("items/9001").await.json()["rate"], "85.00");
    assert_eq!(
        talk.get("estimates/9001").await.json()["reference_no"],
        "PO-9"
    );
    let project = talk.get("projects/9001").await.json();
    assert_eq!(project["project_created"].as_str().unwrap().len(), 10);
    assert_eq!(project.get("rel_type"), None);
    let ticket = talk.get("tickets/9001").await.json();
    assert_eq!(ticket["ticketid"], "9001");
    assert_eq!(ticket["status"], "1", "no documented field sets it");
    assert_eq!(
        talk.server.count("products"),
        1,
        "SmartCRM's name also does"
    );
}

#[tokio::test]
async fn a_batch_gives_each_operation_a_result_in_order() {
    let talk = v3().await;
    customer(&talk, "Old").await;
    let reply = talk
        .post(
            "batch",
            json!({"operations": [
                {"tool": "customers_create", "args": {"company": "New"}},
                {"tool": "customers_update", "args": {"id": "9001", "vat": "NL1"}},
                {"tool": "contacts_create", "args": {"firstname": "A"}},
                {"tool": "customers_update", "args": {"id": "9999", "vat": "NL1"}},
                {"tool": "spaceships_create", "args": {}},
                {"tool": "customers_delete", "args": {"id": 9001}},
            ]}),
        )
        .await;
    assert_eq!(reply.status, 200);
    let answer = reply.json();
    assert_eq!(answer["status"], true);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), 6);
    assert_eq!(results[0]["record_id"], "9002");
    assert_eq!(results[1]["status"], true);
    assert_eq!(results[2]["error"], "validation_failed");
    assert!(results[2]["errors"]["customer_id"].is_string());
    assert_eq!(results[3]["message"], "No data were found");
    assert_eq!(results[4]["status"], false);
    assert_eq!(results[5]["status"], true);
    let journal = talk.server.journal();
    let done: Vec<Action> = journal.iter().map(|entry| entry.action).collect();
    assert_eq!(
        done,
        [
            Action::Create,
            Action::Create,
            Action::Update,
            Action::Delete
        ]
    );
    let legacy = v2().await;
    let reply = legacy.post("batch", json!({"operations": []})).await;
    assert_eq!(reply.json()["message"], "Unknown method");
}

#[tokio::test]
async fn a_batch_too_large_is_413_and_nothing_of_it_is_applied() {
    let operations = |count: usize| {
        let one = json!({"tool": "customers_create", "args": {"company": "A"}});
        json!({"operations": vec![one; count]})
    };
    let talk = v3().await;
    assert_eq!(talk.post("batch", operations(51)).await.status, 413);
    assert_eq!(talk.server.applied(), 0);
    assert_eq!(talk.post("batch", operations(50)).await.status, 200);
    assert_eq!(talk.post("batch", operations(0)).await.status, 406);
    let talk = Talk::speaking(
        Dialect::Perfex,
        SmartCrm::builder().max_batch(10).max_body(600),
    )
    .await;
    assert_eq!(talk.post("batch", operations(11)).await.status, 413);
    let long = json!({"company": "x".repeat(700)});
    let reply = talk.post("customers", long).await;
    assert_eq!(
        (reply.status, reply.json()["status"].clone()),
        (413, json!(false))
    );
    assert_eq!(talk.post("batch", operations(3)).await.status, 200);
}

#[tokio::test]
async fn an_idempotency_key_replays_in_version_3_alone() {
    for (talk, applied) in [(v3().await, 1), (v2().await, 2)] {
        let mut answers = Vec::new();
        for _ in 0..2 {
            let request = talk
                .request("POST", "customers")
                .header("Idempotency-Key", "k1")
                .json(&json!({"company": "A"}));
            answers.push(talk.send(request).await.text);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(talk.server.applied(), applied);
        let other = talk
            .request("POST", "customers")
            .header("Idempotency-Key", "k1")
            .json(&json!({"company": "B"}));
        let expected = if applied == 1 { 409 } else { 200 };
        assert_eq!(talk.send(other).await.status, expected);
    }
}

#[tokio::test]
async fn a_rate_limit_tells_its_headers_and_no_retry_after() {
    let builder = SmartCrm::builder().rate_limit(3, Duration::from_secs(600));
    let talk = Talk::speaking(Dialect::Perfex, builder).await;
    for left in ["2", "1", "0"] {
        let reply = talk.get("customers").await;
        assert_eq!(reply.status, 404);
        assert_eq!(reply.header("x-ratelimit-limit"), Some("3"));
        assert_eq!(reply.header("x-ratelimit-remaining"), Some(left));
    }
    let reply = talk.post("customers", json!({"company": "A"})).await;
    assert_eq!(
        (reply.status, reply.json()),
        (
            429,
            json!({"status": false, "message": "Rate limit exceeded"})
        )
    );
    assert_eq!(reply.header("retry-after"), None);
    let reset: i64 = reply.header("x-ratelimit-reset").unwrap().parse().unwrap();
    let now = jiff::Timestamp::now().as_second();
    assert!((now + 500..=now + 602).contains(&reset), "{reset} {now}");
    assert_eq!(talk.server.applied(), 0);
    // SmartCRM also says how long to wait.
    let builder = SmartCrm::builder().rate_limit(0, Duration::from_secs(600));
    let reply = Talk::with(builder).await.get("ping").await;
    assert!(reply.header("retry-after").is_some());
}

#[tokio::test]
async fn a_disabled_module_a_missing_grant_and_other_refusals_can_be_had() {
    let talk = v3().await;
    let faults = talk.server.faults();
    let id = faults.add(Fault::new(FaultKind::ModuleDisabled));
    assert_eq!(talk.get("customers").await.status, 401);
    faults.remove(id);
    faults.add(
        Fault::new(FaultKind::GrantMissing)
            .entity("clients")
            .writes(),
    );
    let reply = talk.post("customers", json!({"company": "A"})).await;
    assert_eq!(
        (reply.status, reply.json()["status"].clone()),
        (403, json!(false))
    );
    no_data(&talk.get("customers").await);
    assert_eq!(talk.post("leads", json!({})).await.status, 422);
    let operation = json!({"tool": "customers_create", "args": {"company": "A"}});
    let reply = talk.post("batch", json!({"operations": [operation]})).await;
    assert_eq!(
        reply.status, 403,
        "a batch is about what its first operation is about"
    );
    faults.clear();
    faults.add(Fault::new(FaultKind::Refused {
        status: 404,
        message: "Token Time Expire.".into(),
    }));
    let reply = talk.get("customers").await;
    assert_eq!(reply.json()["message"], "Token Time Expire.");
    assert_eq!(talk.server.applied(), 0);
}

#[tokio::test]
async fn faults_and_the_journal_work_as_with_smartcrm() {
    let talk = v3().await;
    let faults = talk.server.faults();
    faults.add(
        Fault::new(FaultKind::AnswerLost)
            .entity("customers")
            .method("POST"),
    );
    let request = talk
        .request("POST", "customers")
        .json(&json!({"company": "A"}));
    assert!(talk.try_send(request).await.is_err());
    assert_eq!(talk.server.count("customers"), 1);
    assert_eq!(talk.server.journal()[0].fields["company"], "A");
    faults.clear();
    faults.add(Fault::new(FaultKind::EventualSearch { ms: 60_000 }).searches());
    no_data(&talk.get("customers/search/a").await);
    assert_eq!(talk.get("customers").await.status, 200);
    faults.clear();
    faults.add(Fault::new(FaultKind::MissingResults { count: 1 }));
    let one = json!({"tool": "customers_create", "args": {"company": "B"}});
    let reply = talk.post("batch", json!({"operations": [one, one]})).await;
    assert_eq!(reply.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(talk.server.count("customers"), 3);
    faults.clear();
    faults.add(Fault::bad_record("company", "C", "We know no C."));
    let reply = talk.post("customers", json!({"company": "C"})).await;
    assert_eq!(reply.json()["errors"]["company"], "We know no C.");
}

#[tokio::test]
async fn forms_with_brackets_are_read_as_php_reads_them() {
    let talk = v3().await;
    let reply = talk
        .post_form("customers", "company=A+%26+B&groups_in[]=41&groups_in[]=43")
        .await;
    assert_eq!(reply.json()["record_id"], 9001, "{}", reply.text);
    let record = talk.get("customers/9001").await.json();
    assert_eq!(record["company"], "A & B");
    assert_eq!(record["groups_in"], json!(["41", "43"]));
    let reply = talk
        .post_form(
            "invoices",
            "clientid=9001&number=1&date=2026-01-01&currency=2&subtotal=10&total=12.10\
             &billing_street=x&allowed_payment_modes[]=51&newitems[1][description]=Uren\
             &newitems[1][qty]=1&newitems[1][rate]=10&newitems[1][order]=1\
             &newitems[1][taxname][]=BTW%7C21.00",
        )
        .await;
    assert_eq!(reply.json()["record_id"], 9001, "{}", reply.text);
    let record = talk.get("invoices/9001").await.json();
    assert_eq!(record["total_tax"], "2.10");
    assert_eq!(record["items"][0]["taxname"], json!(["BTW|21.00"]));
}

#[tokio::test]
async fn a_person_in_the_crm_sets_what_the_api_cannot() {
    let talk = v3().await;
    let lead = json!({"name": "L", "assigned": 61, "status": 11, "source": 21, "lost": "1"});
    let id = talk.server.insert("leads", &lead).unwrap();
    assert_eq!(talk.get("leads/9001").await.json()["lost"], "1");
    talk.put("leads/9001", json!({"lost": "0", "title": "x"}))
        .await;
    assert_eq!(talk.server.record("leads", &id).unwrap()["lost"], "1");
    talk.server
        .edit("leads", &id, &json!({"lost": "0"}))
        .unwrap();
    assert_eq!(talk.server.record("leads", &id).unwrap()["lost"], "0");
}
