//! What an administration has, field by field, and the connection test.

use api_core::ErrorKind;
use sync_core::fields::{Customer, Invoice, LineTax, View};
use sync_core::testing::conformance::reading;
use sync_core::{Ref, Value};

use super::*;

#[tokio::test]
async fn an_administration_reads_as_a_connector_must() {
    let server = filled(SnelStartSize::of_customers(40)).await;
    reading(&books(&server)).await;
}

#[tokio::test]
async fn a_relation_is_a_customer_with_its_first_address_and_its_numbers() {
    let server = empty().await;
    let id = add_customer(&server, " Bakkerij De Kade ");
    let source = books(&server);
    let records = all(&source, CUSTOMER).await;
    // The administration itself and the rows of the system are no customers.
    assert_eq!(records.len(), 1, "{records:?}");
    let record = &records[&RecordId::from(id.as_str())];
    assert!(record.modified.is_some());
    let customer = Customer::from_fields(&record.fields).unwrap();
    assert_eq!(customer.name.as_deref(), Some("Bakkerij De Kade"));
    assert_eq!(customer.email.as_deref(), Some("post@klant.example"));
    assert_eq!(customer.vat_number.as_deref(), Some("NL123456782B01"));
    assert_eq!(customer.registration_number.as_deref(), Some("12345678"));
    assert_eq!(customer.active, Some(true));
    assert!(customer.number.is_some(), "the server gives a number");
    let address = customer.address.unwrap();
    assert_eq!(address.street.as_deref(), Some("Kade 7"));
    assert_eq!(address.country.as_deref(), Some("NL"));
    assert!(customer.billing_address.is_none());
}

#[tokio::test]
async fn suppliers_and_negative_numbers_are_no_customers() {
    let server = empty().await;
    let add = |body: Json| server.insert("relaties", &body).unwrap();
    add(json!({"relatiesoort": ["Leverancier"], "naam": "Groothandel"}));
    let till = add(json!({"relatiesoort": ["Klant"], "naam": "Kassa"}));
    server
        .edit("relaties", &till, &json!({"relatiecode": -3}))
        .unwrap();
    let both = add(json!({"relatiesoort": ["Klant", "Leverancier"], "naam": "Ruil BV"}));
    let source = books(&server);
    let records = all(&source, CUSTOMER).await;
    assert_eq!(
        records.keys().map(RecordId::as_str).collect::<Vec<_>>(),
        [both]
    );
    let till = source.fetch(CUSTOMER, &RecordId::from(till.as_str())).await;
    assert!(till.unwrap().is_none());
}

#[tokio::test]
async fn an_invoice_has_its_sums_from_the_list_and_its_lines_from_the_booking() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    let booking = add_invoice(&server, &customer, "2026-0001", "100.10", "2026-03-02");
    let source = books(&server);
    let records = all(&source, INVOICE).await;
    let part = &records[&RecordId::from(booking.as_str())];
    assert!(part.partial);
    assert!(part.fields.get("lines").is_empty());
    let listed = Invoice::from_fields(&part.fields).unwrap();
    assert_eq!(listed.number.as_deref(), Some("2026-0001"));
    let to = Ref::new(CUSTOMER, customer.as_str());
    assert_eq!(listed.customer, Some(to));
    assert_eq!(
        listed.date.map(|date| date.to_string()).as_deref(),
        Some("2026-03-02")
    );
    assert_eq!(
        listed.due_date.map(|date| date.to_string()).as_deref(),
        Some("2026-04-01")
    );
    assert_eq!(listed.total, Some(number("121.12")));
    assert_eq!(listed.balance, Some(number("121.12")));
    assert_eq!(server.requests_to("GET /verkoopboekingen/{id}"), 0);

    let invoice = Invoice::from_fields(&whole(&source, part).await.fields).unwrap();
    assert_eq!(invoice.subtotal, Some(number("100.1")));
    assert_eq!(invoice.tax_total, Some(number("21.02")));
    assert_eq!(invoice.note.as_deref(), Some("Werk 2026-0001"));
    let lines = invoice.lines.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].description.as_deref(), Some("Uren"));
    assert_eq!(lines[0].unit_price, Some(number("100.1")));
    let taxes = vec![LineTax {
        name: Some("Hoog".to_owned()),
        rate: Some(number("21")),
    }];
    assert_eq!(lines[0].taxes, Some(taxes));
    assert_eq!(server.requests_to("GET /verkoopboekingen/{id}"), 1);
}

#[tokio::test]
async fn the_rate_of_a_line_is_that_of_the_day_of_the_invoice() {
    let server = Sandbox::builder().old_bookings(true).start().await.unwrap();
    let customer = add_customer(&server, "De Kade");
    for (name, day, vat) in [("A", "2018-12-31", "6.00"), ("B", "2019-01-01", "9.00")] {
        let total: Decimal = vat.parse::<Decimal>().unwrap() + Decimal::ONE_HUNDRED;
        let booking = json!({
            "factuurnummer": name, "factuurdatum": day, "klant": {"id": customer},
            "factuurbedrag": total.to_string(),
            "boekingsregels": [{
                "omschrijving": "Brood", "grootboek": {"id": ledger_id(8010)},
                "bedrag": "100", "btwSoort": "Laag",
            }],
            "btw": [{"btwSoort": "VerkopenLaag", "btwBedrag": vat}],
        });
        server.insert("verkoopboekingen", &booking).unwrap();
    }
    let source = books(&server);
    let mut rates = BTreeMap::new();
    for record in all(&source, INVOICE).await.values() {
        let invoice = Invoice::from_fields(&whole(&source, record).await.fields).unwrap();
        let taxes = invoice.lines.unwrap().remove(0).taxes.unwrap();
        rates.insert(invoice.number.unwrap(), taxes[0].rate.unwrap());
    }
    assert_eq!(rates["A"], number("6"));
    assert_eq!(rates["B"], number("9"));
}

#[tokio::test]
async fn a_booking_without_lines_has_those_of_its_orders() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    let booking = add_invoice(&server, &customer, "2026-0001", "150", "2026-03-02");
    let order = json!({
        "relatie": {"id": customer}, "datum": "2026-03-01T00:00:00",
        "verkooporderBtwIngaveModel": "Exclusief",
        "regels": [
            {"omschrijving": "Stoel", "aantal": 3, "stuksprijs": 40, "totaal": 120},
            {"omschrijving": "Kussen", "aantal": 2, "stuksprijs": 20, "kortingsPercentage": 25,
             "totaal": 30},
        ],
        "totaalExclusiefBtw": 150, "totaalInclusiefBtw": 181.5,
    });
    let order = server.insert("verkooporders", &order).unwrap();
    let orders = json!({"verkoopOrders": [{"id": order}]});
    let invoice = invoice_id(&server, "2026-0001");
    server.edit("verkoopfacturen", &invoice, &orders).unwrap();
    server
        .edit("verkoopboekingen", &booking, &json!({"boekingsregels": []}))
        .unwrap();
    let source = books(&server);
    let part = all(&source, INVOICE)
        .await
        .remove(&RecordId::from(booking.as_str()));
    let invoice = Invoice::from_fields(&whole(&source, &part.unwrap()).await.fields).unwrap();
    let lines = invoice.lines.unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line.description.clone().unwrap(),
                line.quantity,
                line.unit_price,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Stoel".to_owned(), Some(number("3")), Some(number("40"))),
            ("Kussen".to_owned(), Some(number("1")), Some(number("30"))),
        ]
    );
    assert_eq!(invoice.subtotal, Some(number("150")));
}

#[tokio::test]
async fn the_connection_test_names_the_administration_and_what_it_saw() {
    let server = filled(SnelStartSize::of_customers(3)).await;
    let report = books(&server).check().await;
    assert!(report.is_ok(), "{report:?}");
    let name = server.records("companyInfo")[0]["administratieNaam"]
        .as_str()
        .unwrap()
        .to_owned();
    let step = |name: &str| {
        let step = report.steps.iter().find(|step| step.name == name);
        step.unwrap_or_else(|| panic!("no step {name}: {report:?}"))
            .detail
            .clone()
    };
    assert!(
        step("Read the administration").contains(&name),
        "{report:?}"
    );
    assert!(
        step("Find the debtors' ledger").contains("1300"),
        "{report:?}"
    );
    assert!(
        step("Read one payment").starts_with("payment "),
        "{report:?}"
    );
    assert_eq!(server.write_requests(), 0);
}

#[tokio::test]
async fn the_connection_test_tells_whose_key_is_wrong() {
    let server = empty().await;
    let key = |text: &str| SecretString::from(text.to_owned());
    let with = |subscription: &str, koppelsleutel: &str| {
        let client = Client::builder(key(subscription), key(koppelsleutel))
            .base_url(server.url())
            .token_url(server.token_url())
            .build()
            .unwrap();
        SnelStart::new(client).unwrap()
    };
    for (subscription, koppelsleutel, code) in [
        ("demo-subscription", "another", "connection_key_rejected"),
        ("another", "demo-koppelsleutel", "subscription_rejected"),
    ] {
        let report = with(subscription, koppelsleutel).check().await;
        let error = report.error.as_ref().unwrap();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert_eq!(error.code_str(), Some(code), "{error}");
        let last = report.steps.last().unwrap();
        assert_eq!(last.ok, None, "the rest is named and not tried: {report:?}");
        assert!(!format!("{report:?}").contains("another"), "{report:?}");
    }
}

#[tokio::test]
async fn the_connection_test_names_the_rights_that_lack() {
    let server = Sandbox::builder()
        .scopes([
            "relaties:read",
            "settings:read",
            "orders:read",
            "relaties:write",
        ])
        .start()
        .await
        .unwrap();
    let report = books(&server).check().await;
    let error = report.error.as_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::Permission);
    for lacks in ["bankieren:write", "boekhouden:read", "boekhouden:write"] {
        assert!(error.message().contains(lacks), "{error}");
    }
    assert!(!error.message().contains("relaties"), "{error}");
    let reader = settings(&server).writable(false).build().unwrap();
    let error = reader.check().await.error.unwrap();
    assert!(!error.message().contains(":write"), "{error}");
}

#[tokio::test]
async fn a_customer_out_of_use_is_read_by_its_id_too() {
    let server = empty().await;
    let id = add_customer(&server, "De Kade");
    server
        .edit("relaties", &id, &json!({"nonactief": true}))
        .unwrap();
    let source = books(&server);
    let record = source.fetch(CUSTOMER, &RecordId::from(id.as_str())).await;
    let record = record.unwrap().unwrap();
    assert_eq!(*record.fields.get("active"), Value::Bool(false));
    assert_eq!(all(&source, CUSTOMER).await.len(), 1);
}
