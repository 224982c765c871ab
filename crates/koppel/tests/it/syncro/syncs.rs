//! From an account into a CRM.

use koppel_sandbox::syncro::Size;
use serde_json::{Value, json};

use super::Msp;

/// What the CRM calls the words of the account.
const WORDS: &str = r#"statuses = { Open = "New", "In progress" = "In Progress", Closed = "Resolved", Answered = "Waiting on Customer", "On Hold" = "Waiting for Parts" }
priorities = { Urgent = "0 Urgent", High = "1 High", Medium = "2 Normal", Low = "3 Low" }
tax_rates = { "BTW 21%" = 21, "BTW 9%" = 9 }"#;

/// What the CRM has no place or no word for.
const FLOW: &str = r#"entities = ["customer", "contact", "ticket", "invoice"]

[flows.msp.map.ticket]
service = "none"
assigned_to = "none"
status = { default = "Open", lookup = { Open = "Open", "In progress" = "In progress", Closed = "Closed", Answered = "Answered", "On Hold" = "On Hold", Invoiced = "Closed", Scheduled = "In progress", "Customer Reply" = "Open" } }
"#;

fn of(counts: &Value, entity: &str, what: &str) -> u64 {
    counts[entity][what].as_u64().unwrap_or(0)
}

fn msp() -> Msp {
    let msp = Msp::new(Size {
        customers: 8,
        contacts: 6,
        tickets: 12,
        invoices: 10,
        ..Size::default()
    });
    msp.config(WORDS, FLOW);
    msp
}

/// How many customers, contacts, tickets and invoices the CRM holds.
fn held(msp: &Msp) -> [i64; 4] {
    ["tblclients", "tblcontacts", "tbltickets", "tblinvoices"]
        .map(|table| msp.number(&format!("SELECT COUNT(*) FROM {table}")))
}

#[test]
fn what_an_account_holds_comes_into_the_crm_once_and_then_nothing_is_left() {
    let msp = msp();
    let counts = msp.sync(&[], 0);
    for (entity, records) in [("customer", 8), ("ticket", 12), ("invoice", 10)] {
        assert_eq!(
            of(&counts, entity, "created"),
            records,
            "{entity}: {counts}"
        );
    }
    let there = held(&msp);
    assert_eq!([there[0], there[2], there[3]], [8, 12, 10]);

    // Tickets and invoices that did not change are not even listed.
    let again = msp.sync(&[], 0);
    assert_eq!(of(&again, "customer", "unchanged"), 8, "{again}");
    for entity in ["customer", "contact", "ticket", "invoice"] {
        for what in ["created", "updated", "parked", "failed"] {
            assert_eq!(of(&again, entity, what), 0, "{entity} {what}: {again}");
        }
    }
    assert_eq!(held(&msp), there);
    assert_eq!(
        msp.server.write_requests(),
        0,
        "nothing is written to Syncro"
    );
}

#[test]
fn a_ticket_that_is_resolved_and_an_invoice_that_is_paid_follow() {
    let msp = msp();
    msp.sync(&[], 0);
    let open = (msp.server.records("tickets").into_iter())
        .find(|ticket| ticket["status"] == "New")
        .unwrap();
    let id = open["id"].as_i64().unwrap();
    msp.server
        .edit("tickets", id, json!({"status": "Resolved"}));
    let unpaid = (msp.server.records("invoices").into_iter())
        .find(|invoice| invoice["is_paid"] == false)
        .unwrap();
    let total: f64 = unpaid["total"].as_str().unwrap().parse().unwrap();
    let cents = (total * 100.0).round() as i64;
    msp.server.pay(unpaid["id"].as_i64().unwrap(), cents);

    let paid = |msp: &Msp| msp.number("SELECT COUNT(*) FROM tblinvoices WHERE status = 2");
    let before = paid(&msp);
    let counts = msp.sync(&[], 0);
    assert_eq!(of(&counts, "ticket", "updated"), 1, "{counts}");
    assert_eq!(of(&counts, "invoice", "updated"), 1, "{counts}");
    assert_eq!(paid(&msp), before + 1);
}

#[test]
fn a_status_that_the_crm_does_not_have_sets_its_ticket_aside_and_no_other() {
    let msp = msp();
    let ticket = msp.server.records("tickets")[0]["id"].as_i64().unwrap();
    msp.server
        .edit("tickets", ticket, json!({"status": "On the moon"}));
    let counts = msp.sync(&[], 3);
    assert_eq!(of(&counts, "ticket", "created"), 11, "{counts}");
    assert_eq!(of(&counts, "ticket", "parked"), 1, "{counts}");
    let parked = msp.koppel(&["parked", "list"]);
    assert!(parked.stdout.contains("On the moon"), "{parked:?}");
}
