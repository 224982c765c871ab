//! Payments over HTTP and by people.

use koppel_sandbox::snelstart::{PayBy, SnelStart, journal_id, ledger_id};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::talk::{Talk, code, sale};

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// An invoice of 121.00; its booking.
async fn sold(talk: &Talk, number: &str) -> String {
    let customer = talk.customer("Bakkerij De Aar");
    let reply = talk
        .post("/verkoopboekingen", &sale(&customer, number))
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json()["id"].as_str().unwrap().to_owned()
}

fn received(booking: &str, journal: u16, amount: Value) -> Value {
    json!({
        "datum": today().to_string(), "dagboek": {"id": journal_id(journal)},
        "omschrijving": "Betaling", "bedragOntvangen": amount, "bedragUitgegeven": 0,
        "verkoopboekingBoekingsRegels": [{
            "boekingId": {"id": booking}, "omschrijving": "Betaling", "debet": 0, "credit": amount,
        }],
    })
}

fn open(talk: &Talk, number: &str) -> f64 {
    let invoice = talk.server.invoice(number).unwrap();
    invoice["openstaandSaldo"].as_f64().unwrap()
}

#[tokio::test]
async fn part_payments_overpayments_and_what_is_undone() {
    let talk = Talk::new().await;
    let booking = sold(&talk, "V-1").await;
    let before = talk.server.invoice("V-1").unwrap()["modifiedOn"].clone();
    let part = talk
        .post("/bankboekingen", &received(&booking, 1010, json!("100.00")))
        .await;
    assert_eq!(part.status, 201, "{}", part.text);
    assert!((open(&talk, "V-1") - 21.0).abs() < 0.001);
    let cash = talk
        .post("/kasboekingen", &received(&booking, 1000, json!(50)))
        .await;
    assert_eq!(cash.status, 201, "{}", cash.text);
    assert!((open(&talk, "V-1") + 29.0).abs() < 0.001, "overpaid");
    assert_eq!(talk.server.invoice("V-1").unwrap()["modifiedOn"], before);
    let path = format!("/verkoopboekingen/{booking}");
    assert_eq!(code(&talk.delete(&path).await), "BOE-0083");
    let part = part.json();
    let bank = format!("/bankboekingen/{}", part["id"].as_str().unwrap());
    let less = talk.put(&bank, &received(&booking, 1010, json!(40))).await;
    assert_eq!(less.status, 200, "{}", less.text);
    assert!((open(&talk, "V-1") - 31.0).abs() < 0.001);
    assert_eq!(talk.delete(&bank).await.status, 200);
    assert!((open(&talk, "V-1") - 71.0).abs() < 0.001);
    let cash = cash.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        talk.delete(&format!("/kasboekingen/{cash}")).await.status,
        200
    );
    assert_eq!(talk.server.count("grootboekmutaties"), 3);
    assert_eq!(talk.delete(&path).await.status, 200);
}

#[tokio::test]
async fn each_rule_of_a_payment_has_its_code() {
    let talk = Talk::new().await;
    let booking = sold(&talk, "V-1").await;
    let base = received(&booking, 1010, json!(10));
    let with = |name: &str, value: Value| {
        let mut body = base.clone();
        body[name] = value;
        body
    };
    let nobody = json!({"id": "11111111-1111-4111-8111-111111111111"});
    let lines = |line: Value| with("verkoopboekingBoekingsRegels", json!([line]));
    let cases = [
        (with("dagboek", Value::Null), "BOE-0095"),
        (with("dagboek", nobody.clone()), "BOE-0095"),
        (with("dagboek", json!({"id": journal_id(1000)})), "BOE-0096"),
        (with("bedragOntvangen", json!(11)), "BOE-0039"),
        (
            lines(json!({"boekingId": nobody, "credit": 10})),
            "BOE-0001",
        ),
        (
            lines(json!({"boekingId": {"id": booking}, "credit": 10, "debet": 5})),
            "BOE-0091",
        ),
        (lines(json!({"boekingId": {"id": booking}})), "BOE-0028"),
        (with("datum", json!("2001-01-01")), "BOE-0033"),
    ];
    for (body, expected) in cases {
        let reply = talk.post("/bankboekingen", &body).await;
        assert_eq!(
            (reply.status, code(&reply).as_str()),
            (400, expected),
            "{body}"
        );
    }
    let undated = talk
        .post("/bankboekingen", &with("datum", Value::Null))
        .await;
    assert!(undated.json()["modelState"]["datum"].is_array());
    assert!((open(&talk, "V-1") - 121.0).abs() < 0.001);
}

#[tokio::test]
async fn a_memorial_booking_settles_by_its_amount() {
    let talk = Talk::new().await;
    let booking = sold(&talk, "V-1").await;
    let body = |settled: Value, other: Value| {
        json!({
            "datum": today().to_string(), "dagboek": {"id": journal_id(2990)},
            "verkoopboekingBoekingsRegels": [
                {"boekingId": {"id": booking}, "omschrijving": "Oninbaar", "bedrag": settled},
            ],
            "memoriaalBoekingsRegels": [{
                "grootboek": {"id": ledger_id(4900)}, "omschrijving": "Oninbaar",
                "debet": other, "credit": 0,
            }],
        })
    };
    let wrong = talk
        .post("/memoriaalboekingen", &body(json!(21), json!(20)))
        .await;
    assert_eq!(code(&wrong), "BOE-0039");
    let mut single = body(json!(21), json!(21));
    single["memoriaalBoekingsRegels"] = json!([]);
    let single = talk.post("/memoriaalboekingen", &single).await;
    assert_eq!(code(&single), "BOE-0094");
    let made = talk
        .post("/memoriaalboekingen", &body(json!(21), json!("21.00")))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!((open(&talk, "V-1") - 100.0).abs() < 0.001);
    let filter = format!("Dagboek/Id eq guid'{}' and Saldo lt 0", journal_id(2990));
    let rows = talk.filtered("/grootboekmutaties", &filter).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["factuurNummer"], "V-1");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/memoriaalboekingen/{id}");
    assert_eq!(talk.get(&path).await.status, 200);
    assert_eq!(talk.delete(&path).await.status, 200);
    assert!((open(&talk, "V-1") - 121.0).abs() < 0.001);
}

#[tokio::test]
async fn people_pay_take_back_and_credit() {
    let talk = Talk::new().await;
    sold(&talk, "V-1").await;
    let (server, day) = (&talk.server, today());
    let paid = server.pay("V-1", amount("121"), day, PayBy::Bank).unwrap();
    let back = server.reverse(&paid, day).unwrap();
    let reversal = server.record("grootboekmutaties", &back).unwrap();
    assert_eq!(reversal["saldo"], json!(121.0));
    assert_eq!(reversal["dagboek"]["id"], journal_id(1010));
    assert!((open(&talk, "V-1") - 121.0).abs() < 0.001);
    let memorial = server
        .pay("V-1", amount("1.05"), day, PayBy::Memorial)
        .unwrap();
    let memorial = server.record("grootboekmutaties", &memorial).unwrap();
    assert_eq!(memorial["saldo"], json!(-1.05));
    assert!((open(&talk, "V-1") - 119.95).abs() < 0.001);
    let credit = server
        .credit_note("V-1", "C-1", amount("60.50"), day)
        .unwrap();
    let credit = server.record("verkoopboekingen", &credit).unwrap();
    assert_eq!(credit["factuurbedrag"], json!(-60.5));
    assert_eq!(credit["boekingsregels"][0]["bedrag"], json!(-50.0));
    assert_eq!(credit["btw"][0]["btwBedrag"], json!(-10.5));
    assert!((open(&talk, "C-1") + 60.5).abs() < 0.001);
    assert!(server.credit_note("V-1", "C-1", amount("1"), day).is_err());
    assert!(server.pay("V-2", amount("1"), day, PayBy::Bank).is_err());
    assert!(
        server
            .journal()
            .iter()
            .all(|entry| entry.resource == "verkoopboekingen")
    );
}

#[tokio::test]
async fn a_server_can_be_told_to_touch_the_invoice() {
    let talk = Talk::with(SnelStart::builder().payments_touch_invoices(true)).await;
    sold(&talk, "V-1").await;
    let before = talk.server.invoice("V-1").unwrap();
    let pay = || talk.server.pay("V-1", amount("1"), today(), PayBy::Bank);
    pay().unwrap();
    let after = talk.server.invoice("V-1").unwrap();
    assert!(after["modifiedOn"].as_str() > before["modifiedOn"].as_str());
    talk.server.payments_touch_invoices(false);
    pay().unwrap();
    let last = talk.server.invoice("V-1").unwrap();
    assert_eq!(last["modifiedOn"], after["modifiedOn"]);
}

#[tokio::test]
async fn the_ledgers_always_balance() {
    let talk = Talk::with(
        SnelStart::builder().seed(koppel_sandbox::snelstart::SnelStartSize::of_customers(20)),
    )
    .await;
    let sum: Decimal = talk
        .server
        .records("grootboekmutaties")
        .iter()
        .map(|row| amount(&row["saldo"].to_string()))
        .sum();
    assert!(sum.is_zero(), "{sum}");
    let range = "?start=2019-01-01&end=2099-12-31";
    let rows = talk
        .get(&format!("/rapportages/periodebalans{range}"))
        .await;
    let rows = rows.json();
    let rows = rows.as_array().unwrap();
    let total = |name: &str| -> Decimal {
        let amounts = rows.iter().map(|row| amount(&row[name].to_string()));
        amounts.sum()
    };
    assert!(!total("debet").is_zero());
    assert_eq!(total("debet"), total("credit"));
    let columns = talk
        .get(&format!("/rapportages/kolommenbalans{range}"))
        .await;
    assert_eq!(columns.json().as_array().unwrap().len(), rows.len());
    let dateless = talk.get("/rapportages/kolommenbalans").await;
    assert_eq!(dateless.status, 400);
}
