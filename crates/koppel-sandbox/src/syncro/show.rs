//! Records as answers show them: in lists, alone, and inside others.

use serde_json::{Map, Value, json};

use super::schema::Resource;
use super::store::Store;
use super::values::{Read as _, Record, dollars, float};
use rust_decimal::Decimal;

impl Store {
    /// The properties that the API shows, and nothing else.
    pub(crate) fn brief(&self, resource: Resource, record: &Record) -> Record {
        let mut shown = Map::new();
        for field in &resource.model().fields {
            let more = || {
                self.settings
                    .shown
                    .contains(&(resource, field.name.to_owned()))
            };
            if (field.shown || more())
                && let Some(value) = record.get(field.name)
            {
                shown.insert(field.name.to_owned(), value.clone());
            }
        }
        match resource {
            Resource::Payments => {
                let cents = record.number("amount_cents").unwrap_or(0);
                shown.insert("payment_amount".into(), dollars(Decimal::new(cents, 2)));
            }
            Resource::Skus => {
                let vendor = self.linked(record, "vendor_id", Resource::Vendors);
                shown.insert(
                    "vendor_name".into(),
                    vendor.map_or(Value::Null, |v| json!(v.text("name"))),
                );
                shown.insert(
                    "sku".into(),
                    record.get("value").cloned().unwrap_or_default(),
                );
            }
            Resource::ScheduleLines => {
                for (shows, of) in [
                    ("price_cost", "cost_cents"),
                    ("price_retail", "retail_cents"),
                ] {
                    let cents = record.number(of).unwrap_or(0);
                    shown.insert(shows.into(), dollars(Decimal::new(cents, 2)));
                }
            }
            _ => {}
        }
        shown
    }

    /// The record that a property names.
    pub(crate) fn linked(
        &self,
        record: &Record,
        field: &str,
        resource: Resource,
    ) -> Option<&Record> {
        self.get(resource, record.number(field)?)
    }

    fn shown_link(&self, record: &Record, field: &str, resource: Resource) -> Value {
        self.linked(record, field, resource)
            .map_or(Value::Null, |linked| self.item(resource, linked))
    }

    fn briefs(&self, resource: Resource, field: &'static str, id: i64) -> Value {
        self.children(resource, field, id)
            .into_iter()
            .map(|child| Value::Object(self.brief(resource, child)))
            .collect()
    }

    /// A record as a list shows it.
    pub(crate) fn item(&self, resource: Resource, record: &Record) -> Value {
        let id = record.number("id").unwrap_or(0);
        let mut shown = self.brief(resource, record);
        match resource {
            Resource::Customers => {
                let contacts = self.briefs(Resource::Contacts, "customer_id", id);
                shown.insert("contacts".into(), contacts);
            }
            Resource::Tickets => self.ticket_item(record, &mut shown),
            Resource::Payments => {
                let customer = self.shown_link(record, "customer_id", Resource::Customers);
                shown.insert("customer".into(), customer);
                shown.remove("customer_id");
            }
            Resource::Assets => {
                let customer = self.shown_link(record, "customer_id", Resource::Customers);
                shown.insert("customer".into(), customer);
                shown.insert("rmm_links".into(), json!([]));
                shown.insert("rmm_store".into(), rmm_store(id, record));
                shown.insert("address".into(), Value::Null);
            }
            Resource::Products => {
                shown.insert(
                    "product_skus".into(),
                    self.briefs(Resource::Skus, "product_id", id),
                );
            }
            Resource::Appointments => {
                let customer = self.shown_link(record, "customer_id", Resource::Customers);
                shown.insert("customer".into(), customer);
                shown.insert("ticket".into(), Value::Null);
            }
            Resource::Schedules => {
                let lines = self.briefs(Resource::ScheduleLines, "schedule_id", id);
                shown.insert("lines".into(), lines);
            }
            Resource::Orders => {
                let vendor = self.shown_link(record, "vendor_id", Resource::Vendors);
                shown.insert("vendor".into(), vendor);
                let lines = self.briefs(Resource::OrderLines, "purchase_order_id", id);
                shown.insert("line_items".into(), lines);
            }
            Resource::Comments => {
                shown.insert("is_rich_text".into(), json!(record.flag("is_rich_text")));
                let user = self.shown_link(record, "user_id", Resource::Users);
                let user = if user.is_null() { json!({}) } else { user };
                shown.insert("user".into(), user);
                // The list of comments tells its times without milliseconds.
                for name in ["created_at", "updated_at"] {
                    let whole = record.text(name).replace(".000Z", "Z");
                    let whole = match whole.split_once('.') {
                        Some((seconds, _)) => format!("{seconds}Z"),
                        None => whole,
                    };
                    shown.insert(name.into(), json!(whole));
                }
            }
            _ => {}
        }
        Value::Object(shown)
    }

    /// A record as it is shown alone.
    pub(crate) fn detail(&self, resource: Resource, record: &Record) -> Value {
        let id = record.number("id").unwrap_or(0);
        match resource {
            Resource::Customers => {
                let mut shown = self.item(resource, record);
                let links = |resource: Resource| -> Value {
                    self.children(resource, "customer_id", id)
                        .into_iter()
                        .map(|child| json!({"id": child.get("id"), "number": child.get("number")}))
                        .collect()
                };
                shown["ticket_links"] = links(Resource::Tickets);
                shown["invoice_links"] = links(Resource::Invoices);
                shown["phones"] = self.briefs(Resource::Phones, "customer_id", id);
                shown["contracts"] = self.briefs(Resource::Contracts, "customer_id", id);
                shown["addresses"] = json!([]);
                shown
            }
            Resource::Tickets => self.ticket(record),
            Resource::Invoices => {
                let mut shown = self.brief(resource, record);
                let customer = self.shown_link(record, "customer_id", Resource::Customers);
                shown.insert("date_received".into(), Value::Null);
                shown.insert("customer".into(), customer);
                shown.insert(
                    "line_items".into(),
                    self.briefs(Resource::Lines, "invoice_id", id),
                );
                shown.insert("payments".into(), self.payments_of(id));
                Value::Object(shown)
            }
            resource => self.item(resource, record),
        }
    }

    /// The payments of an invoice.
    fn payments_of(&self, invoice: i64) -> Value {
        self.payments_for(invoice)
            .into_iter()
            .map(|payment| Value::Object(self.brief(Resource::Payments, payment)))
            .collect()
    }

    fn ticket_item(&self, record: &Record, shown: &mut Record) {
        let id = record.number("id").unwrap_or(0);
        // Only a ticket alone has these.
        for name in [
            "asset_ids",
            "signature_name",
            "signature_date",
            "outtake_form_name",
            "outtake_form_date",
        ] {
            shown.remove(name);
        }
        let name = |field: &str, resource: Resource, of: &str| {
            self.linked(record, field, resource)
                .and_then(|linked| linked.get(of).cloned())
                .unwrap_or_default()
        };
        let first: Vec<Value> = self
            .children(Resource::Comments, "ticket_id", id)
            .first()
            .map(|comment| self.item(Resource::Comments, comment))
            .into_iter()
            .collect();
        let user = self.shown_link(record, "user_id", Resource::Users);
        let parent = record.number("parent_id").is_some();
        let more = json!({
            "location_name": null,
            "ticket_type_id": record.get("ticket_type_id"),
            "ticket_type_name": self.ticket_type_name(record),
            "billing_status": null,
            "sla_name": null,
            "creator_name_or_email": null,
            "contact_fullname": name("contact_id", Resource::Contacts, "name"),
            "contact_id": record.get("contact_id"),
            "contract_name": null,
            "address_id": null,
            "parent": false,
            "parent_id": record.get("parent_id"),
            "child": parent,
            "recurring": false,
            "customer_reply": record.text("status") == "Customer Reply",
            "total_formatted_billable_time": null,
            "sla_breached": false,
            "sla_breaching_soon": false,
            "contract_id": null,
            "sla_id": record.get("sla_id"),
            "customer_tag_list": [],
            "resolution_time": null,
            "response_time": null,
            "customer_icons": [],
            "comments": first,
            "user": user,
        });
        if let Value::Object(more) = more {
            shown.extend(more);
        }
    }

    fn ticket(&self, record: &Record) -> Value {
        let id = record.number("id").unwrap_or(0);
        let mut shown = self.brief(Resource::Tickets, record);
        let comments: Vec<Value> = self
            .children(Resource::Comments, "ticket_id", id)
            .into_iter()
            .map(|comment| Value::Object(self.brief(Resource::Comments, comment)))
            .collect();
        let assets: Vec<Value> = record
            .get("asset_ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|id| self.get(Resource::Assets, id.as_i64()?))
            .map(|asset| self.item(Resource::Assets, asset))
            .collect();
        let appointments: Vec<Value> = self
            .children(Resource::Appointments, "ticket_id", id)
            .into_iter()
            .map(|appointment| Value::Object(self.brief(Resource::Appointments, appointment)))
            .collect();
        let more = json!({
            "intake_form_html": null,
            "outtake_form_html": null,
            "comments": comments,
            "attachments": self.briefs(Resource::Attachments, "ticket_id", id),
            "ticket_timers": self.briefs(Resource::Timers, "ticket_id", id),
            "line_items": self.briefs(Resource::TicketLines, "ticket_id", id),
            "worksheet_results": self.briefs(Resource::Worksheets, "ticket_id", id),
            "assets": assets,
            "appointments": appointments,
            "ticket_fields": [],
            "ticket_answers": [],
            "customer": self.shown_link(record, "customer_id", Resource::Customers),
            "contact": self.shown_link(record, "contact_id", Resource::Contacts),
            "user": self.shown_link(record, "user_id", Resource::Users),
            "ticket_type": self.ticket_type(record),
            "address": null,
        });
        if let Value::Object(more) = more {
            shown.extend(more);
        }
        Value::Object(shown)
    }

    fn ticket_type(&self, record: &Record) -> Value {
        let Some(id) = record.number("ticket_type_id") else {
            return Value::Null;
        };
        let types = self.settings.ticket_settings.get("ticket_types");
        types
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find(|kind| kind.get("id").and_then(Value::as_i64) == Some(id))
            .cloned()
            .unwrap_or_default()
    }

    fn ticket_type_name(&self, record: &Record) -> Value {
        self.ticket_type(record)
            .get("name")
            .cloned()
            .unwrap_or_default()
    }
}

/// What the agent on a machine last told; its flags are texts.
fn rmm_store(id: i64, record: &Record) -> Value {
    let names = [
        "bsod_triggered",
        "time_triggered",
        "no_av_triggered",
        "defrag_triggered",
        "firewall_triggered",
        "app_crash_triggered",
        "low_hd_space_triggered",
        "smart_failure_triggered",
        "device_manager_triggered",
        "agent_offline_triggered",
    ];
    let triggers: Map<String, Value> = names
        .into_iter()
        .map(|name| (name.to_owned(), json!("false")))
        .collect();
    json!({
        "id": id,
        "asset_id": id,
        "account_id": 1,
        "triggers": triggers,
        "windows_updates": {},
        "emsisoft": {},
        "general": {},
        "created_at": record.get("created_at"),
        "updated_at": record.get("updated_at"),
        "override_alert_agent_offline_mins": null,
        "override_alert_agent_rearm_after_mins": null,
        "override_low_hd_threshold": null,
        "override_autoresolve_offline_alert": null,
    })
}

/// A price in cents as a JSON number with a point; null where there is none.
pub(crate) fn price(cents: Option<i64>) -> Value {
    cents.map_or(Value::Null, |cents| float(Decimal::new(cents, 2)))
}
