//! What the account tells of itself, and what is looked up across resources.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::people::bare_number;
use super::routes::Call;
use super::schema::Resource;
use super::settings::Settings;
use super::store::Store;
use super::values::{Read as _, Record};

/// What `/settings` tells where nothing else is said.
pub(crate) fn settings() -> Value {
    let days = [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ];
    let hours: Vec<Value> = days
        .into_iter()
        .map(|day| {
            let closed = matches!(day, "Saturday" | "Sunday");
            json!({"day": day, "start": "08:30", "end": "17:30", "closed": closed})
        })
        .collect();
    let field = |id: i64, name: &str| {
        json!({"id": id, "name": name, "field_type": "text_field", "required": null,
            "account_id": 1, "hidden": false, "position": id})
    };
    json!({
        "customers": {
            "required_fields": null,
            "customer_fields": [field(1, "Koppel ID"), field(2, "Region")],
            "customer_field_answers": [],
        },
        "assets": {
            "asset_types": [
                {"id": 1, "name": "Syncro Device"},
                {"id": 2, "name": "Printer"},
            ],
            "asset_type_fields": [],
            "asset_type_field_answers": [],
        },
        "locale": {
            "iso_code": "en",
            "currency_symbol": "€",
            "date_format": "dd-mm-yy",
            "time_format": "HH:mm",
            "time_zone": "Europe/Amsterdam",
            "time_offset": "+01:00",
        },
        "ticket": {
            "ticket_types": [],
            "ticket_type_fields": [field(11, "Koppel ID")],
            "ticket_type_field_answers": [],
            "problem_types": ["Network", "Hardware", "Software", "Remote Support", "Other"],
            "priorities": ["", "0 Urgent", "1 High", "2 Normal", "3 Low"],
        },
        "business_hours_enabled": true,
        "business_hours": hours,
        "default_holiday_calendar": "NL",
        "msp_addon": null,
    })
}

/// What `/tickets/settings` tells where nothing else is said.
pub(crate) fn ticket_settings() -> Value {
    json!({
        "ticket_status_list": [
            "New", "In Progress", "Resolved", "Invoiced", "Waiting for Parts",
            "Waiting on Customer", "Scheduled", "Customer Reply",
        ],
        "default_labor_product_id": null,
        "ticket_timer_charge_by_default": null,
        "saved_searches": [],
        "ticket_types": [],
        "ticket_type_fields": [],
        "ticket_type_field_answers": [],
        "appointment_types": [],
        "users": [],
        "dashboard_settings": null,
        "worksheet_templates": [],
        "require_ticket_type": null,
        "require_intake_form_with_ticket": null,
        "require_outtake_form_with_ticket": null,
        "ticket_workflow_default_id": null,
    })
}

/// The settings with what a test says of them.
pub(crate) fn merged(mut settings: Value, more: &Value) -> Value {
    merge(&mut settings, more);
    settings
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

fn allows(settings: &Settings, names: &[&str]) -> bool {
    names.iter().all(|name| settings.permissions.allow(name))
}

impl Store {
    /// Who the token belongs to; the token itself is told too.
    pub(crate) fn me(&self, token: &str) -> Answer {
        let user = self.table(Resource::Users).records().next();
        let settings = &self.settings;
        let rights = |read: &[&str], write: &[&str], delete: &[&str]| {
            json!({
                "read": allows(settings, read),
                "write": allows(settings, write),
                "delete": allows(settings, delete),
            })
        };
        let of = |name: &str| user.and_then(|user| user.get(name)).cloned();
        Answer::json(
            200,
            &json!({
                "user_token": token,
                "user_email": of("email"),
                "user_name": of("full_name"),
                "user_id": of("id"),
                "admin": of("admin"),
                "can_use_app": true,
                "two_factor_required": false,
                "subdomain": settings.account,
                "default_location": null,
                "enable_multi_locations": false,
                "locations_allowed": [],
                "permissions": {
                    "asset": rights(&["Assets - List/Search"], &["Assets - Edit"], &["Assets - Delete"]),
                    "customer": rights(
                        &["Customers - List/Search"], &["Customers - Edit"], &["Customers - Delete"]),
                    "ticket": rights(
                        &["Tickets - List/Search"], &["Tickets - Edit"], &["Tickets - Delete"]),
                    "invoice": rights(
                        &["Invoices - List/Search"], &["Invoices - Edit"], &["Invoices - Delete"]),
                    "payment": rights(
                        &["Payments - View List"], &["Payments - Create"], &["Payments - Delete"]),
                    "worksheet": {"add": true, "manage": true, "delete": true},
                    "script": {"execute": allows(settings, &["Scripts - Execute"])},
                },
            }),
        )
    }

    pub(crate) fn ticket_settings(&self) -> Answer {
        let mut settings = self.settings.ticket_settings.clone();
        let users: Vec<Value> = self
            .table(Resource::Users)
            .records()
            .map(|user| json!({"id": user.get("id"), "name": user.get("full_name")}))
            .collect();
        settings["users"] = users.into();
        Answer::json(200, &settings)
    }

    pub(crate) fn tabs() -> Answer {
        let shown = [
            "msp_dashboard",
            "customers",
            "assets",
            "alerts",
            "contracts",
            "invoices",
            "estimates",
            "tickets",
            "parts",
            "products",
            "purchase_orders",
            "scripts",
            "sales",
            "leads",
            "reports",
            "wiki",
        ];
        let hidden = [
            "customer_purchases",
            "refurbs",
            "field_jobs",
            "kabuto_policies",
            "domo",
            "marketr",
            "recur",
            "app_center",
            "pax8",
        ];
        let mut tabs = Map::new();
        tabs.extend(shown.map(|name| (name.to_owned(), json!(true))));
        tabs.extend(hidden.map(|name| (name.to_owned(), json!(false))));
        Answer::json(200, &json!({"tabs": tabs}))
    }

    /// Who calls, by the number; the number of a stranger is a walk-in's.
    pub(crate) fn callerid(&self, call: &Call, json: bool) -> Answer {
        if !self.settings.callerid {
            return plain("Disabled");
        }
        let number = bare_number(call.parameter("did").unwrap_or_default());
        let found = self
            .table(Resource::Phones)
            .records()
            .find(|phone| !number.is_empty() && phone.text("number") == number)
            .and_then(|phone| self.linked(phone, "customer_id", Resource::Customers));
        let name = found.map_or("Walking Customer", |customer| {
            customer.text("business_then_name")
        });
        if !json {
            return plain(name);
        }
        let ticket = found
            .and_then(|customer| customer.number("id"))
            .map(|id| self.children(Resource::Tickets, "customer_id", id));
        let status = ticket.and_then(|tickets| Some(tickets.last()?.text("status").to_owned()));
        Answer::json(
            200,
            &json!({"data": {"name": name, "ticket_status": status}}),
        )
    }

    /// Looks through customers, contacts, tickets, invoices, assets and leads at once.
    pub(crate) fn search(&self, call: &Call) -> Answer {
        let text = call.parameter("query").unwrap_or_default().to_lowercase();
        let mut results: Vec<Value> = Vec::new();
        let places: &[(Resource, &str, &str, &[&str])] = &[
            (
                Resource::Customers,
                "customer",
                "Customers - List/Search",
                &["firstname", "lastname", "email", "business_name"],
            ),
            (
                Resource::Contacts,
                "contact",
                "Customers - List/Search",
                &["name", "email"],
            ),
            (
                Resource::Tickets,
                "ticket",
                "Tickets - List/Search",
                &["number", "subject"],
            ),
            (
                Resource::Invoices,
                "invoice",
                "Invoices - List/Search",
                &["number"],
            ),
            (
                Resource::Assets,
                "asset",
                "Customers - List/Search",
                &["name", "asset_serial"],
            ),
            (
                Resource::Leads,
                "lead",
                "Leads - List/Search",
                &["first_name", "last_name", "email"],
            ),
        ];
        for (resource, kind, permission, fields) in places {
            if text.is_empty() || !self.settings.permissions.allow(permission) {
                continue;
            }
            let hits = self.table(*resource).records().filter(|record| {
                fields.iter().any(|field| match record.get(*field) {
                    Some(Value::String(value)) => value.to_lowercase().contains(&text),
                    Some(Value::Number(value)) => value.to_string() == text,
                    _ => false,
                })
            });
            for record in hits.take(25) {
                results.push(self.found(*resource, kind, fields, record));
            }
        }
        Answer::json(
            200,
            &json!({"quick_result": null, "results": results, "error": null}),
        )
    }

    fn found(&self, resource: Resource, kind: &str, fields: &[&str], record: &Record) -> Value {
        let mut source: Map<String, Value> = fields
            .iter()
            .map(|field| {
                (
                    (*field).to_owned(),
                    record.get(*field).cloned().unwrap_or_default(),
                )
            })
            .collect();
        if resource == Resource::Customers {
            let id = record.number("id").unwrap_or(0);
            let phones: Vec<Value> = self
                .children(Resource::Phones, "customer_id", id)
                .into_iter()
                .map(|phone| Value::Object(self.brief(Resource::Phones, phone)))
                .collect();
            source.insert("phones".into(), phones.into());
        }
        json!({"table": {
            "_id": record.get("id"),
            "_type": kind,
            "_index": format!("{kind}s"),
            "_source": {"table": source},
        }})
    }
}

fn plain(text: &str) -> Answer {
    Answer::raw(200, text.as_bytes().to_vec().into()).of_kind("text/plain; charset=utf-8")
}
