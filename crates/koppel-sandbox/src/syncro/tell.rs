//! Which changes are news, and how they are worded.

use serde_json::{Map, Value, json};

use super::events::News;
use super::schema::Resource;
use super::store::Store;
use super::values::{Read as _, Record};

impl Store {
    /// Tells of a record that was made.
    pub(crate) fn tell_made(&self, resource: Resource, id: i64) {
        let (event, line) = match resource {
            Resource::Customers => ("customer_created", "New Customer Created!"),
            Resource::Contacts => ("contact_created", "New Contact Created!"),
            Resource::Leads => ("lead_created", "New Lead Created!"),
            Resource::Tickets => ("ticket_created", "A Ticket was created"),
            Resource::Invoices => ("invoice_created", "New Invoice Created!"),
            Resource::Estimates => ("estimate_created", "New Estimate Created!"),
            Resource::Payments => ("payment_received", "New Payment Received!"),
            Resource::Appointments => ("appointment_created", "New Appointment Created!"),
            Resource::Contracts => ("contract_created", "New Contract Created!"),
            Resource::Products => ("product_created", "New Product Created!"),
            Resource::Orders => ("purchase_order_created", "New Purchase Order Created!"),
            Resource::Alerts => ("rmm_alert", "New RMM Alert!"),
            _ => return,
        };
        self.tell(event, line, resource, id);
    }

    /// Tells what became of a ticket.
    pub(crate) fn tell_ticket(&self, id: i64, before: &Record) {
        let Some(after) = self.get(Resource::Tickets, id) else {
            return;
        };
        let (old, new) = (before.text("status"), after.text("status"));
        if old != new {
            let line = format!("A Ticket status was changed to {new}");
            self.tell("ticket_status_changed", &line, Resource::Tickets, id);
            if new == "Resolved" {
                let line = "A Ticket was resolved";
                self.tell("ticket_resolved", line, Resource::Tickets, id);
            }
        }
        self.tell(
            "ticket_updated",
            "A Ticket was updated",
            Resource::Tickets,
            id,
        );
    }

    /// Tells one event of a record.
    pub(crate) fn tell(&self, event: &'static str, line: &str, resource: Resource, id: i64) {
        if !self.outbox.wants(event) {
            return;
        }
        let Some(record) = self.get(resource, id) else {
            return;
        };
        let path = match resource {
            Resource::Comments => format!("tickets/{}", record.number("ticket_id").unwrap_or(0)),
            Resource::Assets => format!("customer_assets/{id}"),
            resource => format!("{}/{id}", resource.name()),
        };
        let about = match resource {
            Resource::Customers => record.text("business_then_name").to_owned(),
            Resource::Contacts => record.text("name").to_owned(),
            Resource::Leads => record.text("business_then_name").to_owned(),
            Resource::Tickets => format!(
                "#{} {}",
                record.number("number").unwrap_or(0),
                record.text("subject")
            ),
            Resource::Comments => record.text("subject").to_owned(),
            Resource::Alerts => record.text("description").to_owned(),
            _ => format!("#{id}"),
        };
        self.outbox.push(News {
            event,
            resource: resource.name(),
            id,
            lines: vec![line.to_owned(), about],
            link: format!("https://{}.syncromsp.com/{path}", self.settings.account),
            attributes: self.attributes(resource, record),
        });
    }

    fn attributes(&self, resource: Resource, record: &Record) -> Value {
        match resource {
            Resource::Tickets | Resource::Payments | Resource::Appointments => {
                self.detail(resource, record)
            }
            Resource::Alerts => {
                let mut shown = self.brief(resource, record);
                shown.insert(
                    "resolved".into(),
                    json!(record.flag("resolved").to_string()),
                );
                let customer = record
                    .number("customer_id")
                    .and_then(|id| self.get(Resource::Customers, id));
                if let Some(customer) = customer {
                    let names = ["id", "business_name", "business_then_name"];
                    let customer: Map<String, Value> = names
                        .into_iter()
                        .filter_map(|name| Some((name.to_owned(), customer.get(name)?.clone())))
                        .collect();
                    shown.insert("customer".into(), customer.into());
                }
                shown.into()
            }
            resource => self.brief(resource, record).into(),
        }
    }
}
