//! Deliveries for tests: of people who receive webhooks, and of `koppel trigger`.
//!
//! Envelope and member names are those that client authors have met; the first lines for
//! invoices, payments and alerts are assumed, and so are those of the events beyond the most
//! common ones. No captured delivery has been published.

use serde_json::{Value as Json, json};

use super::kind::{EventKind, Resource};

const AT: &str = "2026-03-14T09:26:53.589Z";

/// A delivery of this kind, about a record with the id 1.
pub fn sample(kind: &EventKind) -> Json {
    sample_for(kind, 1)
}

/// A delivery of this kind, about the record with this id.
pub fn sample_for(kind: &EventKind, id: i64) -> Json {
    let line = first_line(kind);
    let resource = kind.resource().unwrap_or(Resource::Ticket);
    let whom = whom(resource);
    json!({
        "text": format!("{line}\n{whom}"),
        "html": format!("<p>{line}<br>{whom}</p>"),
        "link": format!("https://example.syncromsp.com/{}/{id}", resource.path()),
        "attributes": attributes(kind, resource, id),
    })
}

fn first_line(kind: &EventKind) -> String {
    let line = match kind {
        EventKind::CustomerCreated => "New Customer Created!",
        EventKind::CustomerUpdated => "A Customer was updated",
        EventKind::ContactCreated => "New Contact Created!",
        EventKind::LeadCreated => "New Lead Created!",
        EventKind::TicketCreated => "A Ticket was created",
        EventKind::TicketUpdated => "A Ticket was updated",
        EventKind::TicketResolved => "A Ticket was resolved",
        EventKind::TicketStatusChanged => "A Ticket status was changed to In Progress",
        EventKind::TicketCommented => "A comment was added",
        EventKind::InvoiceCreated => "New Invoice Created!",
        EventKind::InvoiceUpdated => "An Invoice was updated",
        EventKind::PaymentReceived => "A Payment was received",
        EventKind::EstimateCreated => "New Estimate Created!",
        EventKind::AppointmentCreated => "New Appointment Created!",
        EventKind::ContractCreated => "New Contract Created!",
        EventKind::PurchaseOrderCreated => "New Purchase Order Created!",
        EventKind::ProductCreated => "New Product Created!",
        EventKind::RmmAlert { resolved: false } => "New RMM Alert",
        EventKind::RmmAlert { resolved: true } => "An RMM Alert was resolved",
        EventKind::Other(line) => line,
    };
    line.to_owned()
}

fn whom(resource: Resource) -> &'static str {
    match resource {
        Resource::RmmAlert => "WS-0042: the disk is nearly full",
        Resource::Ticket => "#1001 The printer is out of order",
        _ => "Bakkerij Jansen B.V.",
    }
}

fn customer(id: i64) -> Json {
    json!({
        "id": id, "firstname": "Anna", "lastname": "Jansen", "fullname": "Anna Jansen",
        "business_name": "Bakkerij Jansen B.V.", "email": "anna@jansen.example",
        "phone": "0201234567", "mobile": null, "created_at": AT, "updated_at": AT,
        "pdf_url": null, "address": "Dorpsstraat 1", "address_2": null, "city": "Utrecht",
        "state": null, "zip": "3511 AB", "latitude": null, "longitude": null, "notes": null,
        "get_sms": false, "opt_out": false, "disabled": false, "no_email": false,
        "location_name": null, "location_id": null, "properties": {},
        "online_profile_url":
            "https://example.syncromsp.com/my_profile/v2/index?portal_key=sample-not-a-key",
        "tax_rate_id": null, "notification_email": null, "invoice_cc_emails": null,
        "invoice_term_id": null, "referred_by": null, "ref_customer_id": null,
        "business_and_full_name": "Bakkerij Jansen B.V. - Anna Jansen",
        "business_then_name": "Bakkerij Jansen B.V.", "contacts": []
    })
}

fn ticket(kind: &EventKind, id: i64) -> Json {
    let status = match kind {
        EventKind::TicketCreated => "New",
        EventKind::TicketResolved => "Resolved",
        _ => "In Progress",
    };
    json!({
        "id": id, "number": 1000 + id % 1_000_000, "subject": "The printer is out of order",
        "created_at": AT, "customer_id": 7,
        "customer_business_then_name": "Bakkerij Jansen B.V.", "due_date": AT,
        "start_at": null, "end_at": null, "location_id": null, "problem_type": "Hardware",
        "status": status, "properties": {}, "user_id": null, "updated_at": AT,
        "pdf_url": null, "priority": null, "resolved_at": null, "comments": [],
        "attachments": [], "ticket_timers": [], "line_items": [], "tag_list": [],
        "customer": customer(7), "contact": null
    })
}

fn attributes(kind: &EventKind, resource: Resource, id: i64) -> Json {
    match (kind, resource) {
        (EventKind::TicketCommented, _) => json!({
            "id": 9_000_000 + id % 1_000_000, "created_at": AT, "updated_at": AT,
            "ticket_id": id, "subject": "Update", "body": "It prints again.", "tech": "Joris",
            "hidden": true, "user_id": 1
        }),
        (_, Resource::Ticket) => ticket(kind, id),
        (_, Resource::Customer) => customer(id),
        (_, Resource::Contact) => json!({
            "id": id, "name": "Piet Jansen", "customer_id": 7, "email": "piet@jansen.example",
            "phone": null, "mobile": null, "notes": null, "created_at": AT, "updated_at": AT,
            "opt_out": false, "properties": {}
        }),
        (_, Resource::Invoice) => json!({
            "id": id, "customer_id": 7, "customer_business_then_name": "Bakkerij Jansen B.V.",
            "number": (20_000 + id % 1_000_000).to_string(), "created_at": AT,
            "updated_at": AT, "date": "2026-03-14T00:00:00.000Z",
            "due_date": "2026-04-13T00:00:00.000Z", "subtotal": "100.0", "total": "121.0",
            "tax": "21.0", "verified_paid": false, "tech_marked_paid": false,
            "ticket_id": null, "pdf_url": null, "is_paid": false, "location_id": null,
            "po_number": null, "contact_id": null, "note": null, "hardwarecost": null,
            "user_id": null
        }),
        (_, Resource::Payment) => json!({
            "id": id, "created_at": AT, "updated_at": AT, "success": true,
            "payment_amount": 121.0, "invoice_ids": [31], "ref_num": "PIN-0042",
            "applied_at": "2026-03-14T00:00:00.000Z", "payment_method": "Credit Card",
            "transaction_response": null, "signature_date": null, "customer": customer(7)
        }),
        (EventKind::RmmAlert { resolved }, _) => json!({
            "id": id, "customer_id": 7, "ticket_number": null, "ticket_status": null,
            "computer_name": "WS-0042", "properties": {
                "trigger": "low_hd_space_trigger",
                "description": if *resolved { "Auto resolved" } else { "The disk is nearly full" }
            },
            // A text, as senders were seen to write it.
            "resolved": if *resolved { "True" } else { "false" }, "check_id": 1, "status": null,
            "formatted_output": "C: 3 % free", "description": "Low disk space",
            "created_at": AT, "updated_at": AT, "asset_id": 12,
            "customer": { "id": 7, "business_name": "Bakkerij Jansen B.V.",
                          "business_then_name": "Bakkerij Jansen B.V." }
        }),
        _ => json!({ "id": id, "customer_id": 7, "created_at": AT, "updated_at": AT }),
    }
}
