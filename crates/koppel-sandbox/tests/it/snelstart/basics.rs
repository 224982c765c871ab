//! Tokens, a relation, a booking, a payment.

use koppel_sandbox::snelstart::{PayBy, SnelStart, SnelStartSize, ledger_id};
use serde_json::{Value, json};

use super::talk::{Talk, code, sale};

#[tokio::test]
async fn a_wrong_koppelsleutel_is_a_400_of_the_token_host() {
    let talk = Talk::new().await;
    let reply = talk.ask_token("something else").await;
    assert_eq!(reply.status, 400);
    let error = reply.json()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("clientkey does not contain a valid value"));
    assert_eq!(talk.server.tokens_given(), 1);
}

#[tokio::test]
async fn a_booking_makes_its_invoice_and_its_mutations() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let reply = talk
        .post("/verkoopboekingen", &sale(&customer, "V-1"))
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let booking = reply.json()["id"].as_str().unwrap().to_owned();
    let invoices = talk
        .filtered("/verkoopfacturen", "Factuurnummer eq 'V-1'")
        .await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["verkoopBoeking"]["id"], booking);
    assert_eq!(invoices[0]["openstaandSaldo"], json!(121.0));
    assert_eq!(talk.server.count("grootboekmutaties"), 3);
    let again = talk
        .post("/verkoopboekingen", &sale(&customer, "V-1"))
        .await;
    assert_eq!((again.status, code(&again).as_str()), (400, "BOE-0021"));
    assert_eq!(talk.server.applied(), 1);
}

#[tokio::test]
async fn a_payment_lowers_the_balance_and_leaves_modified_on() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    talk.server
        .insert("verkoopboekingen", &sale(&customer, "V-1"))
        .unwrap();
    let before = talk.server.invoice("V-1").unwrap();
    let today = jiff::Zoned::now().date();
    let amount = "50.00".parse().unwrap();
    let mutation = talk.server.pay("V-1", amount, today, PayBy::Bank).unwrap();
    let after = talk.server.invoice("V-1").unwrap();
    assert_eq!(after["openstaandSaldo"], json!(71.0));
    assert_eq!(after["modifiedOn"], before["modifiedOn"]);
    let filter = format!("Grootboek/Id eq guid'{}' and Saldo lt 0", ledger_id(1300));
    let received = talk.filtered("/grootboekmutaties", &filter).await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["id"], mutation);
    assert_eq!(received[0]["saldo"], json!(-50.0));
    assert_eq!(received[0]["factuurNummer"], "V-1");
}

#[tokio::test]
async fn a_seeded_administration_is_served_in_pages() {
    let size = SnelStartSize {
        customers: 20,
        invoices: 1_200,
        paid_percent: 50,
        articles: 30,
    };
    let talk = Talk::with(SnelStart::builder().seed(size)).await;
    let mut seen: Vec<Value> = Vec::new();
    loop {
        let skip = seen.len().to_string();
        let page = talk.list("/verkoopfacturen", &[("$skip", &skip)]).await;
        let page = page.json().as_array().unwrap().clone();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 500);
        seen.extend(page);
    }
    assert_eq!(seen.len(), 1_200);
    let paid = seen.iter().filter(|row| row["openstaandSaldo"] == 0.0);
    assert_eq!(paid.count(), 540);
    assert_eq!(
        talk.get("/artikelen?$top=100")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        25
    );
}
