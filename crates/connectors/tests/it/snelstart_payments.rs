//! Payments of SnelStart in a CRM database: part-paid, overpaid, credited, taken back.

use connectors::sql::CrmConnect;
use koppel_sandbox::snelstart::{PayBy, SnelStartServer, journal_id, ledger_id};
use serde_json::json;
use snelstart_client::JournalKind;
use sync_core::fields::{Invoice, Payment, View};
use sync_core::store::{ParkReason, ParkedFilter};
use sync_core::testing::conformance::read_all;
use sync_core::{Connector, StateStore, Value};

use crate::database::Database;
use crate::leg::Leg;
use crate::snelstart_read::{
    CUSTOMER, INVOICE, PAYMENT, add_customer, add_invoice, all, books, empty, invoice_id, settings,
    shared,
};
use crate::support::number;

mod start;

/// An administration, a CRM database and the flow between them.
struct World {
    server: SnelStartServer,
    customer: String,
    leg: Leg,
    crm: CrmConnect,
    _database: Database,
}

/// What the CRM has of an invoice: status, total, payments as amount and mode.
#[derive(Debug, PartialEq)]
struct Shown {
    status: String,
    total: String,
    payments: Vec<(String, String)>,
}

impl World {
    async fn new() -> Self {
        let server = empty().await;
        let customer = add_customer(&server, "De Kade");
        let database = Database::writing_sqlite().await;
        let open = || async {
            CrmConnect::builder(&database.url())
                .writable(true)
                .connect()
                .await
                .unwrap()
        };
        let (crm, target) = (open().await, open().await);
        let kinds = [CUSTOMER, INVOICE, PAYMENT];
        let leg = Leg::new(
            ("snel", shared(books(&server))),
            ("crm", std::sync::Arc::new(target)),
            &kinds,
            500,
        );
        Self {
            server,
            customer,
            leg,
            crm,
            _database: database,
        }
    }

    fn invoice(&self, name: &str, net: &str, day: &str) -> String {
        add_invoice(&self.server, &self.customer, name, net, day)
    }

    fn pay(&self, name: &str, amount: &str, by: PayBy) -> String {
        let day = "2026-04-01".parse().unwrap();
        self.server.pay(name, number(amount), day, by).unwrap()
    }

    /// The invoice of this number in the CRM.
    async fn shown(&self, name: &str) -> Shown {
        let invoices = read_all(&self.crm, INVOICE, 500).await;
        let record = invoices
            .iter()
            .find(|record| record.fields.text("number") == Some(name))
            .unwrap_or_else(|| panic!("no invoice {name}: {invoices:?}"));
        let invoice = Invoice::from_fields(&record.fields).unwrap();
        let mut payments = Vec::new();
        for payment in read_all(&self.crm, PAYMENT, 500).await {
            let payment = Payment::from_fields(&payment.fields).unwrap();
            if payment.invoice.is_some_and(|to| to.id == record.id) {
                let amount = payment.amount.unwrap().normalize().to_string();
                payments.push((amount, payment.mode.unwrap()));
            }
        }
        Shown {
            status: invoice.status.unwrap(),
            total: invoice.total.unwrap().normalize().to_string(),
            payments,
        }
    }
}

fn shown(status: &str, total: &str, payments: &[(&str, &str)]) -> Shown {
    let pair = |(amount, mode): &(&str, &str)| ((*amount).to_owned(), (*mode).to_owned());
    Shown {
        status: status.to_owned(),
        total: total.to_owned(),
        payments: payments.iter().map(pair).collect(),
    }
}

const BANK: &str = "Bank transfer";

#[tokio::test]
async fn part_paid_overpaid_credited_and_taken_back_all_arrive() {
    let world = World::new().await;
    for name in ["F2026001", "F2026002", "F2026003", "F2026004"] {
        world.invoice(name, "100", "2026-03-20");
    }
    world.invoice("F2026009", "50", "2099-01-01");
    world.leg.run_clean().await;
    assert_eq!(world.shown("F2026009").await, shown("unpaid", "60.5", &[]));
    assert_eq!(world.shown("F2026001").await.status, "overdue");

    // In parts, by bank and cash.
    world.pay("F2026001", "21", PayBy::Bank);
    // Too much.
    world.pay("F2026002", "130", PayBy::Bank);
    // Paid, and taken back.
    let taken_back = world.pay("F2026003", "121", PayBy::Bank);
    world.leg.run_clean().await;
    assert_eq!(
        world.shown("F2026001").await,
        shown("partially_paid", "121", &[("21", BANK)])
    );
    assert_eq!(
        world.shown("F2026002").await,
        shown("paid", "121", &[("130", BANK)])
    );
    assert_eq!(
        world.shown("F2026003").await,
        shown("paid", "121", &[("121", BANK)])
    );

    world.pay("F2026001", "100", PayBy::Cash);
    let day = "2026-04-03".parse().unwrap();
    world.server.reverse(&taken_back, day).unwrap();
    // A credit note is an invoice below zero, settled with the one it credits.
    world
        .server
        .credit_note("F2026004", "C2026001", number("121"), day)
        .unwrap();
    world.leg.run_clean().await;
    assert_eq!(
        world.shown("F2026001").await,
        shown("paid", "121", &[("21", BANK), ("100", "Cash")])
    );
    assert_eq!(
        world.shown("F2026003").await,
        shown("overdue", "121", &[("121", BANK), ("-121", BANK)])
    );
    assert_eq!(world.shown("C2026001").await.total, "-121");

    // Nothing is left to be done.
    let before = world.server.requests_to("GET /verkoopboekingen/{id}");
    assert_eq!(world.leg.run_clean().await, (0, 0));
    let after = world.server.requests_to("GET /verkoopboekingen/{id}");
    assert_eq!(after, before, "no invoice is read again");
}

#[tokio::test]
async fn a_payment_that_does_not_touch_its_invoice_arrives_all_the_same() {
    let world = World::new().await;
    world
        .server
        .freeze(Some("2026-03-02T09:00:00".parse().unwrap()));
    world.invoice("F2026001", "100", "2026-03-02");
    world.leg.run_clean().await;
    let stamp = world.server.invoice("F2026001").unwrap()["modifiedOn"].clone();
    world
        .server
        .freeze(Some("2026-06-02T09:00:00".parse().unwrap()));
    world.pay("F2026001", "121", PayBy::Bank);
    let invoice = world.server.invoice("F2026001").unwrap();
    assert_eq!(invoice["modifiedOn"], stamp, "the sandbox moved the stamp");
    world.leg.run_clean().await;
    assert_eq!(
        world.shown("F2026001").await,
        shown("paid", "121", &[("121", BANK)])
    );
}

#[tokio::test]
async fn what_is_open_is_told_of_every_invoice() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    let day = "2026-04-01".parse().unwrap();
    for (name, paid) in [("A", "0"), ("B", "21"), ("C", "121"), ("D", "130")] {
        add_invoice(&server, &customer, name, "100", "2026-03-02");
        if paid != "0" {
            server.pay(name, number(paid), day, PayBy::Bank).unwrap();
        }
    }
    let invoices = all(&books(&server), INVOICE).await;
    let mut open: Vec<_> = invoices
        .values()
        .map(|record| {
            let invoice = Invoice::from_fields(&record.fields).unwrap();
            (
                invoice.number.unwrap(),
                invoice.balance.unwrap(),
                invoice.status.unwrap(),
            )
        })
        .collect();
    open.sort();
    let row = |name: &str, balance: &str, status: &str| {
        (name.to_owned(), number(balance), status.to_owned())
    };
    assert_eq!(
        open,
        [
            row("A", "121", "overdue"),
            row("B", "100", "partially_paid"),
            row("C", "0", "paid"),
            row("D", "-9", "paid"),
        ]
    );
}

#[tokio::test]
async fn only_the_journals_that_are_set_bring_payments() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    add_invoice(&server, &customer, "A", "100", "2026-03-02");
    let day = "2026-04-01".parse().unwrap();
    for by in [PayBy::Bank, PayBy::Cash, PayBy::Memorial] {
        server.pay("A", number("10"), day, by).unwrap();
    }
    let modes = |source| async move {
        let payments = all(&source, PAYMENT).await;
        let mut modes: Vec<String> = payments
            .values()
            .map(|record| record.fields.text("mode").unwrap().to_owned())
            .collect();
        modes.sort();
        modes
    };
    assert_eq!(modes(books(&server)).await, [BANK, "Cash"]);
    let with_memorial = settings(&server)
        .payment_journals([JournalKind::Bank, JournalKind::Memorial])
        .build()
        .unwrap();
    assert_eq!(modes(with_memorial).await, [BANK, "Memoriaal"]);
}

#[tokio::test]
async fn a_payment_names_its_invoice_by_booking_though_that_was_never_listed() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    let mut bookings = Vec::new();
    for n in 0..45 {
        let name = format!("F{n:03}");
        bookings.push(add_invoice(&server, &customer, &name, "100", "2026-03-02"));
        let day = "2026-04-01".parse().unwrap();
        server.pay(&name, number("121"), day, PayBy::Bank).unwrap();
    }
    let payments = all(&books(&server), PAYMENT).await;
    let mut named: Vec<String> = payments
        .values()
        .map(|record| {
            record
                .fields
                .get("invoice")
                .as_ref_value()
                .unwrap()
                .id
                .to_string()
        })
        .collect();
    named.sort();
    bookings.sort();
    assert_eq!(named, bookings);
    // Twenty numbers in one request.
    assert_eq!(server.requests_to("GET /verkoopfacturen"), 3);
}

#[tokio::test]
async fn money_that_names_no_invoice_is_set_aside_and_stops_nothing() {
    let world = World::new().await;
    world.invoice("F2026001", "100", "2026-03-02");
    world.pay("F2026001", "121", PayBy::Bank);
    // Booked on the debtors' ledger as such.
    let loose = json!({
        "datum": "2026-04-02", "dagboek": {"id": journal_id(1010)},
        "omschrijving": "Onbekend", "bedragOntvangen": 33, "bedragUitgegeven": 0,
        "grootboekBoekingsRegels": [{
            "omschrijving": "Onbekend", "grootboek": {"id": ledger_id(1300)},
            "debet": 0, "credit": 33, "btwSoort": "Geen",
        }],
    });
    world.server.insert("bankboekingen", &loose).unwrap();
    world.leg.run().await;
    assert_eq!(world.shown("F2026001").await.payments.len(), 1);
    let all = ParkedFilter::default();
    let parked = world.leg.store.parked(all, None, 10).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(parked[0].reason, ParkReason::Unreadable);
    assert_eq!(parked[0].entity, PAYMENT);
}

#[tokio::test]
async fn a_payment_of_an_invoice_that_was_deleted_since_is_set_aside() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    add_invoice(&server, &customer, "A", "100", "2026-03-02");
    let day = "2026-04-01".parse().unwrap();
    let id = server.pay("A", number("121"), day, PayBy::Bank).unwrap();
    // The invoice has another number by now: the same as if it were gone.
    let invoice = invoice_id(&server, "A");
    server
        .edit("verkoopfacturen", &invoice, &json!({"factuurnummer": "B"}))
        .unwrap();
    let page = books(&server).pull(PAYMENT, None, 500).await.unwrap();
    assert!(page.records.is_empty());
    assert_eq!(page.unreadable.len(), 1);
    assert_eq!(page.unreadable[0].id.as_str(), id);
    let error = &page.unreadable[0].error;
    assert_eq!(error.code_str(), Some("payment_without_invoice"));
    assert!(error.message().contains("`A`"), "{error}");
}

#[tokio::test]
async fn the_fields_of_a_payment_are_those_of_its_booking() {
    let server = empty().await;
    let customer = add_customer(&server, "De Kade");
    let booking = add_invoice(&server, &customer, "A", "100", "2026-03-02");
    let day = "2026-04-01".parse().unwrap();
    let id = server.pay("A", number("50.50"), day, PayBy::Cash).unwrap();
    let payments = all(&books(&server), PAYMENT).await;
    let record = payments.values().next().unwrap();
    assert_eq!(record.id.as_str(), id);
    assert!(record.modified.is_some());
    let payment = Payment::from_fields(&record.fields).unwrap();
    assert_eq!(payment.invoice.unwrap().id.as_str(), booking);
    assert_eq!(payment.amount, Some(number("50.5")));
    assert_eq!(
        payment.date.map(|date| date.to_string()).as_deref(),
        Some("2026-04-01")
    );
    assert_eq!(payment.mode.as_deref(), Some("Cash"));
    assert_eq!(payment.note.as_deref(), Some("Betaling A"));
    let transaction = Value::from(id.as_str());
    assert_eq!(*record.fields.get("transaction_id"), transaction);
}
