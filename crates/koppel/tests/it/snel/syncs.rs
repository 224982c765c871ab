//! The four syncs that users of SnelStart know.

use koppel_sandbox::snelstart::PayBy;
use serde_json::Value;

use super::Snel;

fn of(counts: &Value, entity: &str, what: &str) -> u64 {
    counts[entity][what].as_u64().unwrap_or(0)
}

#[test]
fn users_invoices_and_payments_are_synced_one_after_the_other_and_then_nothing_is_left() {
    let snel = Snel::new(8, 20);
    let users = snel.sync(&["--entity", "customer"], 0);
    assert_eq!(of(&users, "customer", "created"), 8);
    assert_eq!(snel.held(), [8, 0, 0]);

    let invoices = snel.sync(&["--entity", "invoice"], 0);
    assert_eq!(of(&invoices, "invoice", "created"), 20);
    assert_eq!(snel.held(), [8, 20, 0]);
    // Paid, in part, not at all: as the CRM numbers them.
    assert_eq!(
        snel.number("SELECT COUNT(*) FROM tblinvoices WHERE status = 2"),
        6
    );

    let payments = snel.sync(&["--entity", "payment"], 0);
    assert_eq!(of(&payments, "payment", "created"), 6);
    assert_eq!(snel.held(), [8, 20, 6]);

    // All of it, in whatever order it is named: nothing is left to do.
    let lines = snel.server.requests_to("GET /verkoopboekingen/{id}");
    for args in [&[][..], &["--entity", "payment,invoice,customer"]] {
        let all = snel.sync(args, 0);
        for (entity, records) in [("customer", 8), ("invoice", 20), ("payment", 6)] {
            assert_eq!(of(&all, entity, "unchanged"), records, "{entity}: {all}");
        }
    }
    assert_eq!(snel.server.requests_to("GET /verkoopboekingen/{id}"), lines);
    assert_eq!(
        snel.server.write_requests(),
        0,
        "nothing is written to SnelStart"
    );
}

#[test]
fn a_payment_brings_the_invoice_and_the_customer_that_it_needs() {
    let snel = Snel::new(3, 10);
    let counts = snel.sync(&["--entity", "payment"], 0);
    assert_eq!(of(&counts, "payment", "created"), 3);
    let [customers, invoices, payments] = snel.held();
    assert_eq!((invoices, payments), (3, 3));
    assert!((1..=3).contains(&customers));
    snel.sync(&[], 0);
    assert_eq!(snel.held(), [3, 10, 3]);
}

#[test]
fn a_payment_that_leaves_its_invoice_untouched_in_snelstart_still_makes_it_paid() {
    let snel = Snel::new(2, 4);
    snel.sync(&[], 0);
    let paid = |snel: &Snel| snel.number("SELECT COUNT(*) FROM tblinvoices WHERE status = 2");
    assert_eq!((paid(&snel), snel.held()[2]), (1, 1));

    let open = (snel.server.records("verkoopfacturen").into_iter())
        .find(|row| row["openstaandSaldo"] == row["factuurBedrag"])
        .unwrap();
    let number = open["factuurnummer"].as_str().unwrap();
    let amount = open["factuurBedrag"].to_string().parse().unwrap();
    let day = "2026-11-20".parse().unwrap();
    snel.server.pay(number, amount, day, PayBy::Bank).unwrap();
    let after = snel.server.invoice(number).unwrap();
    assert_eq!(after["modifiedOn"], open["modifiedOn"]);

    let all = snel.sync(&[], 0);
    assert_eq!(of(&all, "invoice", "updated"), 1, "{all}");
    assert_eq!(of(&all, "payment", "created"), 1, "{all}");
    assert_eq!((paid(&snel), snel.held()[2]), (2, 2));
}

#[test]
fn what_is_older_than_the_begin_date_is_left_out_and_customers_are_not() {
    let snel = Snel::new(5, 12);
    let mut days: Vec<String> = (snel.server.records("verkoopfacturen").iter())
        .map(|row| row["factuurDatum"].as_str().unwrap()[..10].to_owned())
        .collect();
    days.sort();
    let from = &days[8];
    let expected = days.iter().filter(|day| *day >= from).count() as i64;
    let parts: Vec<&str> = from.split('-').collect();
    let written = format!("start_date = \"{}-{}-{}\"", parts[2], parts[1], parts[0]);
    snel.config(&written, "entities = [\"customer\", \"invoice\"]");
    snel.sync(&[], 0);
    assert_eq!(snel.held(), [5, expected, 0]);
}
