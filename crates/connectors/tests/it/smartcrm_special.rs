//! What is special about currencies, names, times, numbers, limits and notices.

use std::collections::{BTreeMap, BTreeSet};

use api_core::{ErrorKind, SecretString};
use connectors::smartcrm::SmartCrm;
use koppel_sandbox::smartcrm::lookup;
use koppel_sandbox::{Dialect, Fault, FaultKind, SmartCrmServer};
use serde_json::json;
use smartcrm_client::{Client, Profile, Timestamp, webhook};
use sync_core::fields::{Order, Product, View};
use sync_core::testing::conformance::{create, push};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, Op, OpId, Outcome, RecordId, Ref, Value,
};

use crate::smartcrm_profiles::{There, nth, open, perfex, server, token, version_2, written};
use crate::support::word;

fn with_currencies(server: &SmartCrmServer, pairs: &[(&str, &str)]) -> SmartCrm {
    let client = Client::builder(&server.url(), token()).max_retries(0);
    let mapping: BTreeMap<String, String> = pairs
        .iter()
        .map(|(theirs, code)| ((*theirs).to_owned(), (*code).to_owned()))
        .collect();
    let target = SmartCrm::builder(client.build().unwrap()).currency_mapping(mapping);
    target.build().unwrap()
}

#[tokio::test]
async fn a_currency_that_is_not_mapped_parks_its_record_and_no_other() {
    let server = server(Dialect::SmartCrm, 3).await;
    for (company, currency) in [("A", "EUR"), ("B", "RON"), ("C", "")] {
        let record = json!({"company": company, "currency": currency});
        server.insert("clients", &record).unwrap();
    }
    let target = with_currencies(&server, &[("EUR", "EUR")]);
    let page = target.pull(EntityKind::Customer, None, 50).await.unwrap();
    let names: Vec<_> = page.records.iter().map(|r| r.fields.text("name")).collect();
    assert_eq!(names, [Some("A"), Some("C")]);
    assert_eq!(page.unreadable.len(), 1);
    let error = &page.unreadable[0].error;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("RON"), "{error}");
    assert!(error.message().contains("currency_mapping"), "{error}");

    // Without a mapping a code is a code.
    let target = with_currencies(&server, &[]);
    let page = target.pull(EntityKind::Customer, None, 50).await.unwrap();
    assert_eq!((page.records.len(), page.unreadable.len()), (3, 0));
}

#[tokio::test]
async fn a_currency_that_two_ids_have_or_none_rejects_its_record_and_no_other() {
    let server = server(Dialect::SmartCrm, 3).await;
    let target = with_currencies(&server, &[("EUR", "EUR"), ("USD", "RON"), ("RON", "RON")]);
    let ops = ["EUR", "RON", "GBP"].map(|currency| {
        let fields = Fields::new()
            .with("name", format!("In {currency}"))
            .with("currency", currency);
        create(EntityKind::Customer, fields)
    });
    let outcomes = push(&target, EntityKind::Customer, ops.to_vec()).await;
    assert!(matches!(outcomes[0], Outcome::Written(_)), "{outcomes:?}");
    for (outcome, currency) in outcomes[1..].iter().zip(["RON", "GBP"]) {
        let Outcome::Rejected(error) = outcome else {
            panic!("{outcomes:?}");
        };
        assert!(error.field_errors().contains_key("currency"), "{error}");
        assert!(error.message().contains(currency), "{error}");
        assert!(error.message().contains("currency_mapping"), "{error}");
    }
    assert_eq!(server.count("clients"), 1);
}

#[tokio::test]
async fn a_name_without_an_id_rejects_its_record_and_names_the_setting() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    let lead = |status: &str, staff: &str| {
        Fields::new()
            .with("name", "Ada")
            .with("status", status)
            .with("source", lookup("lead_sources")[0].1)
            .with("assigned_to", staff)
    };
    let (status, staff) = (lookup("lead_statuses")[0].1, lookup("staff")[0].1);
    let ops = vec![
        create(EntityKind::Lead, lead(status, staff)),
        create(EntityKind::Lead, lead("Nowhere", staff)),
        create(EntityKind::Lead, lead(status, "who@example.com")),
    ];
    let outcomes = push(&target, EntityKind::Lead, ops).await;
    assert!(matches!(outcomes[0], Outcome::Written(_)), "{outcomes:?}");
    for (outcome, list) in outcomes[1..]
        .iter()
        .zip(["lookups.lead_statuses", "lookups.staff"])
    {
        let Outcome::Rejected(error) = outcome else {
            panic!("{outcomes:?}");
        };
        assert!(error.help_text().unwrap().contains(list), "{error:?}");
    }
    assert_eq!(server.count("leads"), 1);
}

#[tokio::test]
async fn one_record_that_cannot_be_read_is_parked_and_the_page_goes_on() {
    let server = server(Dialect::Perfex, 3).await;
    let lists = perfex(&json!({}));
    let target = open(&server, lists.clone());
    let there = There::nothing();
    let mut last = RecordId::from("0");
    for n in 1..=3 {
        last = written(&target, EntityKind::Lead, nth(EntityKind::Lead, n, &there)).await;
    }
    let fewer = lookup("lead_statuses")[0];
    let mut profile = lists;
    profile.lookups.insert(
        "lead_statuses".to_owned(),
        BTreeMap::from([(fewer.1.to_owned(), fewer.0.to_string())]),
    );
    server
        .edit("leads", last.as_str(), &json!({"status": fewer.0}))
        .unwrap();
    let target = open(&server, profile);
    let page = target.pull(EntityKind::Lead, None, 50).await.unwrap();
    assert_eq!((page.records.len(), page.unreadable.len()), (1, 2));
    let error = &page.unreadable[0].error;
    assert!(error.message().contains("lookups.lead_statuses"), "{error}");
}

#[tokio::test]
async fn times_without_a_zone_are_read_in_the_servers_own() {
    let zone = jiff::tz::TimeZone::get("Europe/Bucharest").unwrap();
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .time_zone(zone)
        .start()
        .await
        .unwrap();
    server.insert("clients", &json!({"company": "A"})).unwrap();
    let target = open(&server, perfex(&json!({"time_zone": "Europe/Bucharest"})));
    let page = target.pull(EntityKind::Customer, None, 50).await.unwrap();
    let Value::Timestamp(at) = page.records[0].fields.get("created_at") else {
        panic!("{:?}", page.records);
    };
    let now = jiff::Timestamp::now().as_second();
    let seconds = at.as_micros() / 1_000_000;
    assert!((now - seconds).abs() < 600, "{at} is hours away from now");

    let profile = Profile::from_config(json!({"time_zone": "Mars/Olympus"})).unwrap();
    let client = Client::builder(&server.url(), token()).profile(profile);
    let error = SmartCrm::builder(client.build().unwrap())
        .build()
        .unwrap_err();
    assert!(error.message().contains("Mars/Olympus"), "{error}");
}

#[tokio::test]
async fn lines_of_an_invoice_that_is_there_are_replaced_and_never_doubled() {
    for version in [2, 3] {
        let server = server(Dialect::Perfex, version).await;
        let profile = if version == 2 {
            version_2()
        } else {
            perfex(&json!({}))
        };
        let target = open(&server, profile);
        let mut there = There::nothing();
        let customer = nth(EntityKind::Customer, 1, &there);
        let id = written(&target, EntityKind::Customer, customer).await;
        there.customer = Ref::new(EntityKind::Customer, id.as_str());
        let fields = nth(EntityKind::Invoice, 1, &there);
        let id = written(&target, EntityKind::Invoice, fields.clone()).await;
        let mut made = create(EntityKind::Invoice, fields);
        let mut lines = match made.fields.get("lines") {
            Value::List(lines) => lines.clone(),
            other => panic!("{other:?}"),
        };
        lines.push(lines[0].clone());
        if let Value::Map(line) = &mut lines[0] {
            line.insert("description".to_owned(), Value::from("Table"));
        }
        made.fields.set("lines", Value::List(lines.clone()));
        let update = |changed: &[&'static str]| Op {
            id: OpId::new(),
            action: Action::Update { id: id.clone() },
            changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
            ..made.clone()
        };
        // The answer gets lost after the change was made; the write is not repeated by itself.
        let lost = server
            .faults()
            .add(Fault::new(FaultKind::AnswerLost).writes().times(1));
        let op = update(&["lines", "terms"]);
        let outcomes = push(&target, EntityKind::Invoice, vec![op.clone()]).await;
        assert!(matches!(outcomes[0], Outcome::Unknown(_)), "{outcomes:?}");
        server.faults().remove(lost);
        // When it is sent again all the same, it finds that it is done.
        let again = push(&target, EntityKind::Invoice, vec![op]).await;
        assert!(matches!(again[0], Outcome::Written(_)), "{again:?}");
        let read = target
            .fetch(EntityKind::Invoice, &id)
            .await
            .unwrap()
            .unwrap();
        let now = read.fields.get("lines");
        assert!(now.same_content(&Value::List(lines.clone())), "{now:?}");

        let nobody = Op {
            action: Action::Update {
                id: RecordId::from("987654"),
            },
            ..update(&["lines"])
        };
        let outcomes = push(&target, EntityKind::Invoice, vec![nobody]).await;
        let Outcome::Rejected(error) = &outcomes[0] else {
            panic!("{outcomes:?}");
        };
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn an_update_of_fields_that_a_profile_has_no_place_for_sends_nothing() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    assert!(target.dropped(EntityKind::Customer).contains(&"email"));
    let fields = Fields::new()
        .with("name", "A")
        .with("email", "a@example.com");
    let mut op = create(EntityKind::Customer, fields);
    op.action = Action::Update {
        id: RecordId::from("7"),
    };
    op.changed = Some(BTreeSet::from([FieldName::known("email")]));
    let outcomes = push(&target, EntityKind::Customer, vec![op]).await;
    assert!(matches!(&outcomes[0], Outcome::Written(id) if id.as_str() == "7"));
    assert_eq!(server.write_requests(), 0);
}

#[tokio::test]
async fn a_server_that_sends_the_same_page_again_does_not_go_round_in_circles() {
    let server = server(Dialect::Perfex, 2).await;
    server.insert("clients", &json!({"company": "A"})).unwrap();
    // Version 2 knows no pages; this profile believes that it does.
    let target = open(&server, perfex(&json!({"creates_return_id": false})));
    let page = target.pull(EntityKind::Customer, None, 1).await.unwrap();
    let next = page.next.unwrap();
    let again = target.pull(EntityKind::Customer, Some(&next), 1).await;
    let error = again.unwrap_err();
    assert!(error.message().contains("same records"), "{error}");
}

#[tokio::test]
async fn what_can_only_be_read_is_not_written() {
    let server = server(Dialect::SmartCrm, 3).await;
    let target = open(&server, Profile::smartcrm());
    let fields = Fields::new().with("name", "Chairs");
    let ops = vec![create(EntityKind::ProductGroup, fields)];
    let outcomes = push(&target, EntityKind::ProductGroup, ops).await;
    let Outcome::Rejected(error) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_perfex_server_that_fails_leaves_nothing_in_the_dark() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    let there = There::nothing();
    // The lists of names are read before anything fails.
    written(
        &target,
        EntityKind::Customer,
        nth(EntityKind::Customer, 1, &there),
    )
    .await;
    let mut number = 10;
    for (fault, expected) in [
        (FaultKind::TokenNotFound, "deferred"),
        (FaultKind::LoginPage { status: 200 }, "unknown"),
        (FaultKind::TruncatedBody, "unknown"),
        (FaultKind::AnswerLost, "unknown"),
        (FaultKind::MissingResults { count: 1 }, "unknown"),
    ] {
        number += 10;
        let id = server.faults().add(Fault::new(fault.clone()).writes());
        let make = |n| create(EntityKind::Customer, nth(EntityKind::Customer, n, &there));
        let ops = vec![make(number), make(number + 1)];
        for outcome in push(&target, EntityKind::Customer, ops).await {
            assert_eq!(word(&outcome), expected, "{fault:?}");
        }
        server.faults().remove(id);
    }
}

#[tokio::test]
async fn a_body_too_large_for_the_server_is_sent_in_halves() {
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .max_body(4_096)
        .start()
        .await
        .unwrap();
    let target = open(&server, perfex(&json!({})));
    let ops: Vec<Op> = (0..40)
        .map(|n| {
            let street = if n == 7 {
                "x".repeat(8_192)
            } else {
                "y".repeat(200)
            };
            let address = BTreeMap::from([("street".to_owned(), Value::from(street))]);
            let fields = Fields::new()
                .with("name", format!("Customer {n}"))
                .with("address", Value::Map(address));
            create(EntityKind::Customer, fields)
        })
        .collect();
    let outcomes = push(&target, EntityKind::Customer, ops).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Written(_) => assert_ne!(n, 7),
            Outcome::Rejected(error) => {
                assert_eq!((n, error.kind()), (7, ErrorKind::TooLarge));
            }
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(server.count("clients"), 39);
}

#[tokio::test]
async fn a_limit_of_the_server_is_waited_for_and_not_run_into() {
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .rate_limit(3, std::time::Duration::from_secs(1))
        .start()
        .await
        .unwrap();
    let client = Client::builder(&server.url(), token())
        .profile(perfex(&json!({})))
        .build()
        .unwrap();
    for _ in 0..7 {
        client.ping().await.unwrap();
    }
    // The reset is told in whole seconds, so that the first request after it may be early.
    assert!(
        (7..=9).contains(&server.requests()),
        "{}",
        server.requests()
    );
}

#[tokio::test]
async fn a_notice_of_the_server_proves_where_it_comes_from() {
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .webhook("http://127.0.0.1:9/hook", "whsec")
        .start()
        .await
        .unwrap();
    let target = open(&server, perfex(&json!({})));
    let fields = Fields::new().with("name", "Acme");
    let id = written(&target, EntityKind::Customer, fields).await;
    let notices = server.webhooks();
    let notice = &notices[0];
    let body = notice.body.as_bytes();
    let secret = SecretString::from("whsec".to_owned());
    let now = Timestamp::now();
    let within = std::time::Duration::from_secs(300);
    webhook::verify(&secret, &notice.signature, body, now, within).unwrap();
    let forged = SecretString::from("other".to_owned());
    let told = webhook::verify(&forged, &notice.signature, body, now, within);
    assert_eq!(told, Err(webhook::WebhookError::Forged));
    let read = webhook::Notice::parse(body).unwrap();
    assert_eq!(read.event.as_deref(), Some(notice.event.as_str()));
    assert_eq!(read.id.as_deref(), Some(id.as_str()));
}

#[tokio::test]
async fn items_and_estimates_of_perfex_are_products_and_orders() {
    let server = server(Dialect::Perfex, 3).await;
    let customer = server.insert("clients", &json!({"company": "A"})).unwrap();
    let item = json!({"description": "Chair", "long_description": "Of oak", "rate": "12.50",
                      "unit": "pcs", "group_id": lookup("item_groups")[0].0});
    server.insert("items", &item).unwrap();
    let (euro, _) = lookup("currencies")[1];
    let estimate = json!({
        "clientid": customer, "number": 7, "date": "2026-03-01", "expirydate": "2026-04-01",
        "currency": euro, "subtotal": "25.00", "total": "30.25", "status": 4,
        "reference_no": "PO-1", "billing_street": "-",
        "newitems": [{"description": "Chair", "qty": "2.00", "rate": "12.50", "order": 1,
                      "taxname": ["BTW|21.00"]}],
    });
    server.insert("estimates", &estimate).unwrap();
    let target = open(&server, perfex(&json!({})));
    let page = target.pull(EntityKind::Product, None, 50).await.unwrap();
    let product = Product::from_fields(&page.records[0].fields).unwrap();
    assert_eq!(product.name.as_deref(), Some("Chair"));
    assert_eq!(product.description.as_deref(), Some("Of oak"));
    assert_eq!(product.price, Some("12.50".parse().unwrap()));
    // Perfex gives no groups, so that a reference to one would lead nowhere.
    assert_eq!(product.group, None);

    let page = target.pull(EntityKind::Order, None, 50).await.unwrap();
    assert_eq!(page.unreadable.len(), 0, "{:?}", page.unreadable);
    let order = Order::from_fields(&page.records[0].fields).unwrap();
    assert_eq!(order.number.as_deref(), Some("EST-000007"));
    assert_eq!(
        order.customer,
        Some(Ref::new(EntityKind::Customer, customer))
    );
    assert_eq!(order.currency.as_deref(), Some(lookup("currencies")[1].1));
    assert_eq!(order.status.as_deref(), Some("accepted"));
    assert_eq!(order.reference.as_deref(), Some("PO-1"));
    let lines = order.lines.unwrap();
    let taxes = lines[0].taxes.as_ref().unwrap();
    assert_eq!(taxes[0].name.as_deref(), Some("BTW"));
    assert_eq!(taxes[0].rate, Some("21".parse().unwrap()));
}

#[tokio::test]
async fn a_list_of_names_that_is_not_there_can_be_written_down() {
    let server = server(Dialect::Perfex, 3).await;
    server.insert("clients", &json!({"company": "A"})).unwrap();
    let elsewhere = json!({"route": "common/money", "id": "id", "name": "name"});
    let profile = perfex(&json!({"lists": {"currencies": elsewhere}}));
    let target = open(&server, profile);
    let error = target
        .pull(EntityKind::Customer, None, 10)
        .await
        .unwrap_err();
    assert!(
        error.help_text().unwrap().contains("lookups.currencies"),
        "{error:?}"
    );
    let profile = perfex(&json!({
        "lists": {"currencies": elsewhere}, "lookups": {"currencies": {"EUR": "2"}},
    }));
    let target = open(&server, profile);
    let page = target.pull(EntityKind::Customer, None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
}

#[tokio::test]
async fn what_a_flow_needs_and_cannot_have_is_told_at_the_start() {
    let client = |profile: Profile| {
        Client::builder("https://localhost", token())
            .profile(profile)
            .build()
            .unwrap()
    };
    let kinds = [EntityKind::Customer, EntityKind::Product];
    let error = SmartCrm::builder(client(Profile::smartcrm()))
        .uses(kinds)
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.help_text().unwrap().contains("client_token"));
    SmartCrm::builder(client(Profile::perfex()))
        .uses(kinds)
        .build()
        .unwrap();
    let error = SmartCrm::builder(client(Profile::rise()))
        .uses(kinds)
        .build()
        .unwrap_err();
    assert!(error.message().contains("products"), "{error}");
}
