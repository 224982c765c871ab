//! Payments around the start date.

use super::*;

#[tokio::test]
async fn money_from_before_the_start_date_that_belongs_to_no_invoice_is_left_out() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    add_invoice(&server, &customer, "OUD", "100", "2025-11-02");
    let loose = |day: &str| {
        json!({
            "datum": day, "dagboek": {"id": journal_id(1010)},
            "omschrijving": "Onbekend", "bedragOntvangen": 33, "bedragUitgegeven": 0,
            "grootboekBoekingsRegels": [{
                "omschrijving": "Onbekend", "grootboek": {"id": ledger_id(1300)},
                "debet": 0, "credit": 33, "btwSoort": "Geen",
            }],
        })
    };
    server
        .insert("bankboekingen", &loose("2025-12-31"))
        .unwrap();
    server
        .insert("bankboekingen", &loose("2026-01-01"))
        .unwrap();
    let day = "2025-12-01".parse().unwrap();
    server.pay("OUD", number("121"), day, PayBy::Bank).unwrap();
    let invoice = invoice_id(&server, "OUD");
    server
        .edit(
            "verkoopfacturen",
            &invoice,
            &json!({"factuurnummer": "WEG"}),
        )
        .unwrap();
    let source = settings(&server)
        .start_date("2026-01-01".parse().unwrap())
        .build()
        .unwrap();
    let page = source.pull(PAYMENT, None, 500).await.unwrap();
    assert!(page.records.is_empty());
    assert_eq!(page.unreadable.len(), 1, "{:?}", page.unreadable);
}

#[tokio::test]
async fn a_payment_goes_to_its_own_customers_invoice_though_another_with_the_number_was_listed() {
    let server = empty().await;
    let (ours, theirs) = (add_customer(&server, "A"), add_customer(&server, "B"));
    let old = add_invoice(&server, &ours, "X", "100", "2025-12-02");
    let other = add_invoice(&server, &theirs, "Y", "100", "2026-03-02");
    let day = "2026-04-01".parse().unwrap();
    server.pay("X", number("121"), day, PayBy::Bank).unwrap();
    let invoice = invoice_id(&server, "Y");
    server
        .edit("verkoopfacturen", &invoice, &json!({"factuurnummer": "X"}))
        .unwrap();
    let source = settings(&server)
        .start_date("2026-01-01".parse().unwrap())
        .build()
        .unwrap();
    let listed = all(&source, INVOICE).await;
    let listed: Vec<&str> = listed.keys().map(|id| id.as_str()).collect();
    assert_eq!(listed, [other.as_str()]);
    // It is of the old one, which is from before the start date.
    assert!(all(&source, PAYMENT).await.is_empty());
    let every = books(&server);
    let payments = all(&every, PAYMENT).await;
    let to = payments.values().next().unwrap().fields.get("invoice");
    assert_eq!(to.as_ref_value().unwrap().id.as_str(), old);
}
