//! Perfex's contacts, documents, batches, keys and limits.

use std::time::Duration;

use koppel_sandbox::smartcrm::{Action, Dialect, Fault, FaultKind, SmartCrm};
use serde_json::{Value, json};

use crate::perfex::{customer, no_data, v2, v3};
use crate::support::Talk;

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
