//! The rules that deliveries are told apart by.

use super::classify::Rule;
use super::kind::{EventKind as E, Resource as R};

const ALERT: E = E::RmmAlert { resolved: false };

/// First lines that client authors have seen, then what the attributes and the link say, then
/// single words.
pub(super) fn rules() -> Vec<Rule> {
    let mut rules = seen();
    rules.extend(by_link());
    rules.extend(by_attributes());
    rules.extend(by_words());
    rules
}

/// Measured by client authors.
fn seen() -> Vec<Rule> {
    vec![
        Rule::text("New Customer Created!", E::CustomerCreated),
        Rule::text("New Contact Created!", E::ContactCreated),
        Rule::starts("A Ticket status was changed to", E::TicketStatusChanged),
        Rule::starts("A Ticket was created", E::TicketCreated),
        Rule::starts("A Ticket was resolved", E::TicketResolved),
        Rule::contains("comment was added", E::TicketCommented),
        // A comment has the id of its ticket and a body.
        Rule::attributes(&["ticket_id", "body"], E::TicketCommented),
    ]
}

/// Where the link leads to the record; the first line says what became of it, if it says so in
/// one of these words.
fn by_link() -> Vec<Rule> {
    let link = |resource, kind: E| Rule::link(resource, kind).assumed();
    vec![
        link(R::Ticket, E::TicketCommented).and_contains("comment"),
        link(R::Ticket, E::TicketStatusChanged).and_contains("status"),
        link(R::Ticket, E::TicketResolved).and_contains("resolved"),
        link(R::Ticket, E::TicketCreated).and_contains("created"),
        link(R::Ticket, E::TicketCreated).and_contains("new ticket"),
        link(R::Ticket, E::TicketUpdated),
        link(R::Customer, E::CustomerCreated).and_contains("created"),
        link(R::Customer, E::CustomerCreated).and_contains("new customer"),
        link(R::Customer, E::CustomerUpdated),
        link(R::Invoice, E::PaymentReceived).and_contains("payment"),
        link(R::Invoice, E::PaymentReceived).and_contains("paid"),
        link(R::Invoice, E::InvoiceUpdated).and_contains("updated"),
        link(R::Invoice, E::InvoiceUpdated).and_contains("changed"),
        // The only other notification about invoices that is known is of a new one.
        link(R::Invoice, E::InvoiceCreated),
        link(R::Payment, E::PaymentReceived),
        link(R::RmmAlert, ALERT),
        link(R::Contact, E::ContactCreated),
        link(R::Lead, E::LeadCreated),
        link(R::Estimate, E::EstimateCreated),
        link(R::Appointment, E::AppointmentCreated),
        link(R::Contract, E::ContractCreated),
        link(R::PurchaseOrder, E::PurchaseOrderCreated),
        link(R::Product, E::ProductCreated),
    ]
}

/// What the attributes look like, where there is no link.
fn by_attributes() -> Vec<Rule> {
    vec![
        Rule::attributes(&["computer_name", "resolved"], ALERT).assumed(),
        Rule::attributes(&["formatted_output"], ALERT).assumed(),
        Rule::attributes(&["payment_amount"], E::PaymentReceived).assumed(),
        Rule::attributes(&["number", "subject", "status"], E::TicketUpdated).assumed(),
        Rule::attributes(&["number", "subtotal", "is_paid"], E::InvoiceCreated).assumed(),
    ]
}

/// Single words of a first line, where there is nothing else to go by.
fn by_words() -> Vec<Rule> {
    let word = |words, kind: E| Rule::contains(words, kind).assumed();
    vec![
        word("payment", E::PaymentReceived),
        word("rmm alert", ALERT),
        word("ticket was updated", E::TicketUpdated),
        word("invoice", E::InvoiceCreated),
        word("estimate", E::EstimateCreated),
        word("appointment", E::AppointmentCreated),
        word("purchase order", E::PurchaseOrderCreated),
        word("contract", E::ContractCreated),
        word("lead", E::LeadCreated),
    ]
}
