//! Forms that make tickets, and what an account has from its first day.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Refusal};
use super::schema::Resource;
use super::special::{Done, with};
use super::store::{Ask, Store};
use super::values::Record;

impl Store {
    /// A form makes a customer and a ticket at once, and answers with the row of the database.
    pub(crate) fn process_form(&mut self, form: i64, ask: &Ask<'_>) -> Done {
        self.find(Resource::Forms, form)?;
        let part = |name: &str| ask.get(name).cloned().unwrap_or_else(|| json!({}));
        let (customer, ticket, appointment) = (
            part("customer_details"),
            part("ticket_details"),
            part("appointments"),
        );
        let mut errors = Map::new();
        let mut want = |section: &str, body: &Value, fields: &[&str]| {
            let missing: Map<String, Value> = fields
                .iter()
                .filter(|field| {
                    body.get(**field)
                        .and_then(Value::as_str)
                        .is_none_or(str::is_empty)
                })
                .map(|field| ((*field).to_owned(), json!(["can't be blank"])))
                .collect();
            if !missing.is_empty() {
                errors.insert(section.to_owned(), missing.into());
            }
        };
        want("ticket_details", &ticket, &["subject"]);
        if appointment.as_object().is_some_and(|body| !body.is_empty()) {
            want(
                "appointments",
                &appointment,
                &["summary", "start_at", "end_at"],
            );
        }
        if !errors.is_empty() {
            return Err(Refusal::json(
                422,
                &json!({"success": false, "errors": errors}),
            ));
        }
        let customer = self.create(Resource::Customers, None, &ask.with(&customer))?;
        let mut body = with(&ticket, "customer_id", json!(customer));
        if let Some(text) = ticket.get("description") {
            let quiet = ticket.get("do_not_email").cloned().unwrap_or(json!(true));
            let comment = json!({"subject": "Initial Issue", "body": text, "do_not_email": quiet});
            body = with(&body, "comments_attributes", json!([comment]));
        }
        let id = self.create(Resource::Tickets, None, &ask.with(&body))?;
        let ticket = self.find(Resource::Tickets, id)?;
        let row = raw_ticket(&self.brief(Resource::Tickets, ticket), ticket);
        Ok(Answer::json(
            200,
            &json!({
                "ticket": row,
                "invoice": null,
                "redirect": format!("/tickets/{id}"),
                "message": "Ticket created..",
            }),
        ))
    }
}

/// A ticket as the database keeps it.
fn raw_ticket(shown: &Record, kept: &Record) -> Record {
    const MORE: &[&str] = &[
        "referredby",
        "memory",
        "password",
        "checkbox_results",
        "textbox_results",
        "gevent_id",
        "notify_emails",
        "ticket_recurring_schedule_id",
        "time_to_resolve_minutes",
        "original_ticket_id",
        "contract_id",
        "address_id",
        "creator_id",
        "all_notify_emails",
        "outtake_form_data",
        "with_initial_issue_body",
        "with_items_any",
    ];
    const FLAGS: &[&str] = &[
        "isapproved",
        "upgradeoffered",
        "cancelled",
        "power_adapter",
        "disabled",
    ];
    let mut row = shown.clone();
    for name in [
        "customer_business_then_name",
        "pdf_url",
        "tag_list",
        "asset_ids",
    ] {
        row.remove(name);
    }
    row.extend(MORE.iter().map(|name| ((*name).to_owned(), Value::Null)));
    row.extend(FLAGS.iter().map(|name| ((*name).to_owned(), json!(false))));
    for name in ["contact_id", "sla_id", "ticket_type_id"] {
        row.insert(name.to_owned(), kept.get(name).cloned().unwrap_or_default());
    }
    for (name, value) in [
        ("account_id", json!(1)),
        ("category", json!("Standard")),
        (
            "original_customer_id",
            kept.get("customer_id").cloned().unwrap_or_default(),
        ),
        ("pdf", json!({"url": null})),
        ("intake_form_pdf", json!({"url": null})),
        ("signature_data", json!("")),
        ("custom_fields_cache", json!(" ")),
    ] {
        row.insert(name.to_owned(), value);
    }
    row
}

/// The documents of an account that begins: who works there, how one pays, what a form asks.
pub(crate) fn furnish(store: &mut Store) {
    let put = |store: &mut Store, resource: Resource, body: Value| {
        if store.create(resource, None, &Ask::direct(&body)).is_err() {
            tracing::debug!("A record was not made.");
        }
    };
    let users = [
        ("Noor Visser", "noor@zonnebloem.example", true),
        ("Sem Bakker", "sem@zonnebloem.example", false),
    ];
    for (id, (name, email, admin)) in (1..).zip(users) {
        let group = if admin { "Admins" } else { "Techs" };
        let user = json!({"id": id, "email": email, "full_name": name, "group": group,
            "admin": admin, "color": "2f7ed8"});
        put(store, Resource::Users, user);
    }
    for (id, name) in (1..).zip(["Credit Card", "Cash", "Check", "Bank Transfer"]) {
        put(
            store,
            Resource::PaymentMethods,
            json!({"id": id, "name": name}),
        );
    }
    let category = json!({"id": 1, "name": "Root Category", "description": "Root Category"});
    put(store, Resource::Categories, category);
    let office = json!({"id": 1, "name": "Office Hours", "location_type": "manual_entry"});
    put(store, Resource::AppointmentTypes, office);
    let fields = json!({"firstname": "require", "lastname": "require", "email": "show"});
    let ticket = json!({"subject": "require", "description": "require"});
    let form = json!({"id": 1, "name": "Counter", "default": true, "data": {
        "customer_details": {"fields": fields, "defaults": {"placeholder": ""}, "position": "1"},
        "ticket_details": {"fields": ticket, "defaults": {"placeholder": ""}, "position": "2"},
    }});
    put(store, Resource::Forms, form);
}
