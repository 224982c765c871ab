//! SmartCRM's import side: V2 routes, derived payments, a seeded catalogue.

use std::collections::{HashMap, HashSet};

use koppel_sandbox::smartcrm::{CatalogueSize, Dialect, SmartCrm};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Reply, Talk};

async fn second() -> Talk {
    Talk::with(SmartCrm::builder().client_token("second")).await
}

async fn get(talk: &Talk, path: &str) -> Reply {
    let request = talk.request("GET", path).header("X-Client-Token", "second");
    talk.send(request).await
}

#[tokio::test]
async fn import_only_resources_are_read_on_v2_routes_and_written_nowhere() {
    let talk = second().await;
    let group = talk
        .server
        .insert("product_groups", &json!({"name": "Diensten"}))
        .unwrap();
    talk.server
        .insert(
            "products",
            &json!({
                "code": "P-1", "name": "Uur", "price": "12.5", "currency": "EUR",
                "group_id": group, "active": true, "taxes": [{"name": "BTW", "rate": 21}],
            }),
        )
        .unwrap();
    let page = get(&talk, "v2/products?page=1&per_page=10").await.json();
    assert_eq!(page["meta"]["total"], 1);
    let product = &page["data"][0];
    assert_eq!(product["price"], "12.50");
    assert_eq!(product["group_id"], group);
    assert_eq!(product["active"], "1");
    assert_eq!(product["taxes"], json!([{"name": "BTW", "rate": "21"}]));
    assert_eq!(
        &get(&talk, "v2/products/9001").await.json()["data"],
        product
    );
    let future = "v2/products?updated_since=2099-01-01T00:00:00Z";
    assert_eq!(
        get(&talk, future).await.json()["message"],
        "No data were found"
    );
    assert_eq!(
        talk.get("products").await.json()["message"],
        "Unknown method"
    );
    for (method, path) in [
        ("POST", "v2/products"),
        ("POST", "v2/orders/batch"),
        ("PUT", "v2/stock/9001"),
        ("DELETE", "v2/product_groups/9001"),
        ("POST", "payments"),
        ("POST", "payments/batch"),
    ] {
        let request = talk
            .request(method, path)
            .header("X-Client-Token", "second")
            .json(&json!({"name": "x"}));
        let reply = talk.send(request).await;
        assert_eq!(reply.json()["message"], "Unknown method", "{method} {path}");
    }
    assert_eq!(talk.server.applied(), 0);
}

#[tokio::test]
async fn references_of_the_catalogue_are_checked() {
    let talk = second().await;
    let client = talk.client("A");
    for (entity, record) in [
        ("products", json!({"name": "x", "group_id": "1"})),
        (
            "discounts",
            json!({"customer_group": "VIP", "percent": 5, "product_id": "1"}),
        ),
        (
            "stock",
            json!({"product_id": "1", "warehouse": "W", "quantity": 1}),
        ),
        (
            "orders",
            json!({
                "number": "1", "client_id": client, "date": "2026-01-01", "currency": "EUR",
                "total": 1, "lines": [{"product_id": "1"}],
            }),
        ),
        (
            "orders",
            json!({
                "number": "1", "client_id": "1", "date": "2026-01-01", "currency": "EUR",
                "total": 1,
            }),
        ),
        (
            "invoices",
            json!({
                "number": "1", "client_id": client, "date": "2026-01-01", "currency": "EUR",
                "total": 1, "lines": [{"product_id": null}, {"product_id": "1"}],
            }),
        ),
    ] {
        let error = talk.server.insert(entity, &record).unwrap_err().to_string();
        assert!(error.contains("which does not exist"), "{entity}: {error}");
    }
}

#[tokio::test]
async fn the_fields_for_a_round_trip_are_kept() {
    let talk = Talk::new().await;
    for (path, body) in [
        (
            "clients",
            json!({
                "company": "A", "email": "a@x.example", "is_person": true, "number": "C-1",
                "registration_number": "KvK 1",
            }),
        ),
        (
            "contacts",
            json!({
                "client_id": "9001", "firstname": "J", "email": "j@x.example",
                "registered_at": "2026-01-01T10:00:00Z",
            }),
        ),
        ("leads", json!({"name": "L", "client_id": "9001"})),
        (
            "projects",
            json!({"name": "P", "client_id": "9001", "created_on": "2026-01-01"}),
        ),
        (
            "invoices",
            json!({
                "number": "1", "client_id": "9001", "date": "2026-01-01", "currency": "EUR",
                "total": "1", "registered_at": "2026-01-01T10:00:00Z",
            }),
        ),
    ] {
        assert_eq!(talk.post(path, body.clone()).await.status, 201, "{path}");
        let record = talk.get(&format!("{path}/9001")).await.json()["data"].clone();
        for (name, value) in body.as_object().unwrap() {
            let expected = match value {
                Value::Bool(yes) => json!(if *yes { "1" } else { "0" }),
                Value::String(text) if text == "1" && name == "total" => json!("1.00"),
                other => other.clone(),
            };
            assert_eq!(record[name], expected, "{path}.{name}");
        }
    }
}

fn paid(number: &str, payments: Value) -> Value {
    json!({
        "number": number, "client_id": "9001", "date": "2026-01-01", "currency": "EUR",
        "total": "100", "payments": payments,
    })
}

#[tokio::test]
async fn payments_are_listed_with_ids_that_stay() {
    let talk = Talk::new().await;
    talk.client("A");
    let one = json!({"external_id": "p1", "amount": "40", "date": "2026-01-02", "mode": "Bank"});
    let two = json!({"external_id": "p2", "amount": "60", "date": "2026-01-03", "note": "rest"});
    talk.post("invoices", paid("1", json!([one, two]))).await;
    talk.post("invoices", paid("2", json!([one]))).await;
    let list = talk.get("payments?page=1&per_page=2").await.json();
    assert_eq!(list["meta"]["total"], 3);
    let first = &list["data"][0];
    assert_eq!(first["invoice_id"], "9001");
    assert_eq!(first["external_id"], "p1");
    assert_eq!(first["amount"], "40.00");
    assert_eq!(first["mode"], "Bank");
    assert_eq!(first["transaction_id"], Value::Null);
    let id = |external: &str, invoice: &str| {
        talk.server
            .records("payments")
            .into_iter()
            .find(|p| p["external_id"] == external && p["invoice_id"] == invoice)
            .map(|p| p["id"].as_str().unwrap().to_owned())
    };
    let (p1, p2) = (id("p1", "9001").unwrap(), id("p2", "9001").unwrap());
    // Another order, one more, one changed: who was there keeps the id.
    let more = json!({"external_id": "p0", "amount": "1", "date": "2026-01-01"});
    let two_changed = json!({"external_id": "p2", "amount": "59", "date": "2026-01-03"});
    talk.put(
        "invoices/9001",
        json!({"payments": [more, two_changed, one]}),
    )
    .await;
    assert_eq!(id("p1", "9001"), Some(p1.clone()));
    assert_eq!(id("p2", "9001"), Some(p2.clone()));
    let reply = talk.get(&format!("payments/{p2}")).await.json();
    assert_eq!(reply["data"]["amount"], "59.00");
    assert_eq!(reply["data"]["note"], Value::Null);
    let own = talk.get("payments?invoice_id=9002").await.json();
    assert_eq!(own["meta"]["total"], 1);
    talk.put("invoices/9001", json!({"payments": []})).await;
    assert_eq!(talk.server.count("payments"), 1);
    assert_eq!(talk.get(&format!("payments/{p1}")).await.status, 404);
    talk.delete("invoices/9002").await;
    assert_eq!(
        talk.get("payments").await.json()["message"],
        "No data were found"
    );
    let writes: HashSet<&str> = talk.server.journal().iter().map(|e| e.entity).collect();
    assert_eq!(
        writes,
        HashSet::from(["invoices"]),
        "derived, so not journalled"
    );
}

fn ids(records: &[Value]) -> HashSet<String> {
    records
        .iter()
        .map(|r| r["id"].as_str().unwrap().to_owned())
        .collect()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_seeded_catalogue_has_its_numbers_and_refers_to_what_is_there() {
    let talk = second().await;
    let size = CatalogueSize::scaled(80);
    talk.server.seed_catalogue(&size, 4).unwrap();
    let records = |entity: &str| talk.server.records(entity);
    for (entity, count) in [
        ("product_groups", size.product_groups),
        ("products", size.products),
        ("discounts", size.discounts),
        ("orders", size.orders),
        ("clients", size.customers),
        ("contacts", size.customers),
        ("invoices", size.invoices),
    ] {
        assert_eq!(talk.server.count(entity), count as usize, "{entity}");
    }
    let lots = talk.server.count("stock");
    assert!((100..=240).contains(&lots), "{lots}");
    assert!(talk.server.count("payments") > 20);
    let products = ids(&records("products"));
    let clients = ids(&records("clients"));
    let groups = ids(&records("product_groups"));
    for (entity, field, targets) in [
        ("products", "group_id", &groups),
        ("discounts", "product_id", &products),
        ("discounts", "product_group_id", &groups),
        ("stock", "product_id", &products),
        ("orders", "client_id", &clients),
    ] {
        let named: Vec<Value> = records(entity)
            .into_iter()
            .map(|r| r[field].clone())
            .filter(|id| !id.is_null())
            .collect();
        assert!(!named.is_empty(), "{entity}.{field}");
        for id in named {
            assert!(targets.contains(id.as_str().unwrap()), "{entity}.{field}");
        }
    }
    let mut places = HashSet::new();
    for lot in records("stock") {
        let place = format!("{} {}", lot["product_id"], lot["warehouse"]);
        assert!(places.insert(place), "{lot}");
    }
    let mut statuses = HashSet::new();
    for order in records("orders") {
        statuses.insert(order["status"].as_str().unwrap().to_owned());
        let sum: Decimal = order["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| decimal(&line["qty"]) * decimal(&line["rate"]))
            .sum();
        assert_eq!(decimal(&order["subtotal"]), sum);
        let total = sum - decimal(&order["discount"]) + decimal(&order["total_tax"]);
        assert_eq!(decimal(&order["total"]), total);
        for line in order["lines"].as_array().unwrap() {
            assert!(products.contains(line["product_id"].as_str().unwrap()));
        }
    }
    assert_eq!(statuses.len(), 5);
    let mut received: HashMap<String, Decimal> = HashMap::new();
    for payment in records("payments") {
        let invoice = payment["invoice_id"].as_str().unwrap().to_owned();
        *received.entry(invoice).or_default() += decimal(&payment["amount"]);
    }
    for invoice in records("invoices") {
        let sum = received.get(invoice["id"].as_str().unwrap());
        match invoice["status"].as_str().unwrap() {
            "paid" => assert_eq!(sum, Some(&decimal(&invoice["total"]))),
            "unpaid" => assert_eq!(sum, None),
            _ => assert!(sum.unwrap() < &decimal(&invoice["total"])),
        }
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_catalogue_and_keeps_customers_that_are_there() {
    let strip = |mut record: Value| {
        for time in ["created_at", "updated_at"] {
            record.as_object_mut().unwrap().remove(time);
        }
        record
    };
    let mut dumps = Vec::new();
    for seed in [1, 1, 2] {
        let talk = Talk::new().await;
        talk.client("Was hier al");
        talk.server
            .seed_catalogue(&CatalogueSize::scaled(40), seed)
            .unwrap();
        assert_eq!(talk.server.count("clients"), 11);
        assert_eq!(
            talk.server.record("clients", "9001").unwrap()["company"],
            "Was hier al"
        );
        assert!(talk.server.journal().is_empty());
        let dump: Vec<Value> = [
            "products",
            "discounts",
            "stock",
            "orders",
            "clients",
            "payments",
        ]
        .into_iter()
        .flat_map(|entity| talk.server.records(entity))
        .map(strip)
        .collect();
        dumps.push(dump);
    }
    assert_eq!(dumps[0], dumps[1]);
    assert_ne!(dumps[0], dumps[2]);
    let talk = Talk::speaking(Dialect::Rise, SmartCrm::builder()).await;
    let error = talk.server.seed_catalogue(&CatalogueSize::scaled(2), 1);
    assert!(error.is_err(), "RISE has no catalogue");
}
