//! Sales and purchase bookings.

use koppel_sandbox::snelstart::{SnelStart, journal_id, ledger_id};
use serde_json::{Value, json};

use super::talk::{Talk, code, sale};

/// A booking with some members changed.
fn changed(customer: &str, more: &Value) -> Value {
    let mut body = sale(customer, "V-9");
    let object = body.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    body
}

fn line(ledger: u16, amount: &str, kind: &str) -> Value {
    json!({"grootboek": {"id": ledger_id(ledger)}, "bedrag": amount, "btwSoort": kind})
}

#[tokio::test]
async fn each_rule_has_its_code_and_nothing_is_booked() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let supplier = json!({"relatiesoort": ["Leverancier"], "naam": "Molen"});
    let supplier = talk.server.insert("relaties", &supplier).unwrap();
    let nobody = "11111111-1111-4111-8111-111111111111";
    let cases = [
        (json!({"factuurnummer": ""}), "BOE-0058"),
        (json!({"factuurnummer": "1".repeat(26)}), "BOE-0058"),
        (json!({"omschrijving": "x".repeat(251)}), "BOE-0068"),
        (json!({"boekstuk": "1".repeat(26)}), "BOE-0071"),
        (json!({"klant": {"id": nobody}}), "REL-0005"),
        (json!({"klant": {"id": supplier}}), "BOE-0060"),
        (json!({"factuurdatum": "2001-01-01"}), "BOE-0033"),
        (json!({"boekingsregels": []}), "BOE-0023"),
        (
            json!({"boekingsregels": [line(8000, "0", "Hoog")]}),
            "BOE-0028",
        ),
        (
            json!({"boekingsregels": [line(1300, "100", "Hoog")]}),
            "BOE-0061",
        ),
        (
            json!({"boekingsregels": [line(7, "100", "Hoog")]}),
            "BOE-0061",
        ),
        (
            json!({"boekingsregels": [line(8010, "100", "Hoog")]}),
            "BOE-0082",
        ),
        (json!({"btw": []}), "BOE-0069"),
        (
            json!({"btw": [{"btwSoort": "VerkopenHoog", "btwBedrag": 22}]}),
            "BOE-0069",
        ),
        (json!({"factuurbedrag": 121.01}), "BOE-0039"),
        (json!({"factuurbedrag": null}), "BOE-0039"),
        (
            json!({"btw": [
                {"btwSoort": "VerkopenHoog", "btwBedrag": 21},
                {"btwSoort": "VerkopenVerlegd", "btwBedrag": 0},
            ]}),
            "BOE-0062",
        ),
        (json!({"id": nobody}), "ALG-0100"),
    ];
    for (more, expected) in cases {
        let reply = talk
            .post("/verkoopboekingen", &changed(&customer, &more))
            .await;
        assert_eq!(reply.status, 400, "{more}");
        assert_eq!(code(&reply), expected, "{more}: {}", reply.text);
    }
    // The word of a line where the word of the document belongs.
    let word = json!({"btw": [{"btwSoort": "Hoog", "btwBedrag": 21}]});
    let word = talk
        .post("/verkoopboekingen", &changed(&customer, &word))
        .await;
    assert!(word.json()["modelState"]["btw[0].btwSoort"].is_array());
    assert_eq!(talk.server.count("verkoopfacturen"), 0);
    assert_eq!(talk.server.applied(), 0);
}

#[tokio::test]
async fn the_tariff_is_that_of_the_day() {
    let talk = Talk::with(SnelStart::builder().old_bookings(true)).await;
    let customer = talk.customer("Bakkerij De Aar");
    for (number, day, vat, status) in [
        ("L-1", "2018-12-31", "6.00", 201),
        ("L-2", "2019-01-01", "6.00", 400),
        ("L-3", "2019-01-01", "9.00", 201),
        ("L-4", "2018-12-31T23:59:59", "9.00", 400),
    ] {
        let total = if vat == "6.00" { "106.00" } else { "109.00" };
        let body = json!({
            "factuurnummer": number, "factuurdatum": day, "factuurbedrag": total,
            "boekingsregels": [line(8010, "100.00", "Laag")],
            "btw": [{"btwSoort": "VerkopenLaag", "btwBedrag": vat}],
        });
        let reply = talk
            .post("/verkoopboekingen", &changed(&customer, &body))
            .await;
        assert_eq!(reply.status, status, "{number}: {}", reply.text);
    }
}

#[tokio::test]
async fn free_reversed_and_credited_sales_are_booked() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let bodies = [
        json!({
            "factuurnummer": "A", "factuurbedrag": 50, "btw": [],
            "boekingsregels": [line(8020, "50", "Geen")],
        }),
        json!({
            "factuurnummer": "B", "factuurbedrag": 50,
            "btw": [{"btwSoort": "VerkopenVerlegd", "btwBedrag": 0}],
            "boekingsregels": [line(8250, "50", "Geen")],
        }),
        json!({
            "factuurnummer": "C", "factuurbedrag": "-121",
            "btw": [{"btwSoort": "VerkopenHoog", "btwBedrag": "-21"}],
            "boekingsregels": [line(8000, "-100", "Hoog")],
        }),
        json!({
            "factuurnummer": "D", "factuurbedrag": "238.02",
            "btw": [{"btwSoort": "VerkopenHoog", "btwBedrag": "41.31"}],
            "boekingsregels": [line(8000, "98.35", "Hoog"), line(8200, "98.36", "Hoog")],
        }),
    ];
    for body in &bodies {
        let reply = talk
            .post("/verkoopboekingen", &changed(&customer, body))
            .await;
        assert_eq!(reply.status, 201, "{body}: {}", reply.text);
    }
    let credit = talk.server.invoice("C").unwrap();
    assert_eq!(credit["openstaandSaldo"], json!(-121.0));
    assert_eq!(credit["verkoopOrders"], json!([]));
}

#[tokio::test]
async fn the_due_day_stands_on_the_invoice_alone() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let today = jiff::Zoned::now().date();
    let body = json!({"vervalDatum": "2030-01-01", "betalingstermijn": 30});
    let made = talk
        .post("/verkoopboekingen", &changed(&customer, &body))
        .await
        .json();
    assert!(made.get("vervalDatum").is_none());
    let due = today.checked_add(jiff::Span::new().days(30)).unwrap();
    let invoice = talk.server.invoice("V-9").unwrap();
    assert_eq!(invoice["vervalDatum"], format!("{due}T00:00:00"));
    assert!(
        made["boekstuk"]
            .as_str()
            .is_some_and(|number| !number.is_empty())
    );
}

#[tokio::test]
async fn a_changed_booking_changes_its_invoice_and_its_mutations() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let made = talk
        .post("/verkoopboekingen", &sale(&customer, "V-9"))
        .await
        .json();
    let path = format!("/verkoopboekingen/{}", made["id"].as_str().unwrap());
    let before = talk.server.invoice("V-9").unwrap();
    let body = json!({
        "factuurbedrag": 242, "boekingsregels": [line(8000, "200", "Hoog")],
        "btw": [{"btwSoort": "VerkopenHoog", "btwBedrag": 42}],
    });
    let put = talk.put(&path, &changed(&customer, &body)).await;
    assert_eq!(put.status, 200, "{}", put.text);
    let after = talk.server.invoice("V-9").unwrap();
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["openstaandSaldo"], json!(242.0));
    assert!(after["modifiedOn"].as_str() > before["modifiedOn"].as_str());
    assert_eq!(talk.server.count("grootboekmutaties"), 3);
    assert_eq!(talk.delete(&path).await.status, 200);
    assert_eq!(talk.server.count("verkoopfacturen"), 0);
    assert_eq!(talk.server.count("grootboekmutaties"), 0);
    let gone = talk.get(&path).await;
    assert_eq!((gone.status, code(&gone).as_str()), (404, "BOE-0001"));
    let again = talk
        .post("/verkoopboekingen", &sale(&customer, "V-9"))
        .await;
    assert_eq!(again.status, 201, "the number is free again");
}

#[tokio::test]
async fn locked_bookings_stay_as_they_are() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let mut body = sale(&customer, "V-1");
    body["gewijzigdDoorAccountant"] = json!(true);
    let locked = talk.server.insert("verkoopboekingen", &body).unwrap();
    let path = format!("/verkoopboekingen/{locked}");
    let put = talk.put(&path, &sale(&customer, "V-1")).await;
    assert_eq!(code(&put), "BOE-0051");
    assert_eq!(code(&talk.delete(&path).await), "BOE-0051");
    let returned = talk
        .server
        .insert("verkoopboekingen", &sale(&customer, "V-2"))
        .unwrap();
    let begin = jiff::Zoned::now().date().first_of_month();
    let period = json!({
        "aangiftePeriodeBeginDatum": begin.to_string(), "btwAangiftePeriode": "Maand",
        "btwAangifteStatus": "Geaccepteerd",
    });
    talk.server.insert("btwaangiftes", &period).unwrap();
    let put = talk.delete(&format!("/verkoopboekingen/{returned}")).await;
    assert_eq!(code(&put), "BOE-0046");
    let blocked = jiff::Zoned::now().date();
    let strict = Talk::with(SnelStart::builder().blocked_until(blocked)).await;
    let customer = strict.customer("Bakkerij De Aar");
    let reply = strict
        .post("/verkoopboekingen", &sale(&customer, "V-1"))
        .await;
    assert_eq!(code(&reply), "BOE-0042");
}

#[tokio::test]
async fn purchases_have_an_invoice_for_each_supplier_and_number() {
    let talk = Talk::new().await;
    let supplier = |name: &str| {
        let record = json!({"relatiesoort": ["Leverancier"], "naam": name});
        talk.server.insert("relaties", &record).unwrap()
    };
    let (one, two) = (supplier("Molen"), supplier("Meel"));
    let body = |supplier: &str| {
        json!({
            "factuurnummer": "2026-7", "factuurdatum": jiff::Zoned::now().date().to_string(),
            "leverancier": {"id": supplier}, "factuurbedrag": "121",
            "boekingsregels": [line(7000, "100", "Hoog")],
            "btw": [{"btwSoort": "InkopenHoog", "btwBedrag": "21"}],
        })
    };
    assert_eq!(talk.post("/inkoopboekingen", &body(&one)).await.status, 201);
    assert_eq!(talk.post("/inkoopboekingen", &body(&two)).await.status, 201);
    let again = talk.post("/inkoopboekingen", &body(&one)).await;
    assert_eq!(code(&again), "BOE-0021");
    let path = format!("/relaties/{one}/inkoopboekingen");
    assert_eq!(talk.get(&path).await.json().as_array().unwrap().len(), 1);
    let invoices = talk.get("/inkoopfacturen").await.json();
    assert_eq!(invoices.as_array().unwrap().len(), 2);
    let pay = json!({
        "datum": jiff::Zoned::now().date().to_string(),
        "dagboek": {"id": journal_id(1010)}, "bedragUitgegeven": 121, "bedragOntvangen": 0,
        "inkoopboekingBoekingsRegels": [{
            "boekingId": {"id": invoices[0]["inkoopBoeking"]["id"]},
            "omschrijving": "Betaald", "debet": 121, "credit": 0,
        }],
    });
    let paid = talk.post("/bankboekingen", &pay).await;
    assert_eq!(paid.status, 201, "{}", paid.text);
    let open = talk
        .filtered("/inkoopfacturen", "OpenstaandSaldo ne 0")
        .await;
    assert_eq!(open.len(), 1);
}
