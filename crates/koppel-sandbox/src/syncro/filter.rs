//! Which records a list's parameters name.

use serde_json::Value;

use super::routes::Call;
use super::schema::Resource;
use super::store::Store;
use super::values::{Read as _, Record, int, time_of, told, truth};

/// One condition of a list.
type Condition<'a> = Box<dyn Fn(&Record) -> bool + 'a>;

fn has(record: &Record, fields: &[&str], text: &str) -> bool {
    let text = text.to_lowercase();
    fields.iter().any(|field| match record.get(*field) {
        Some(Value::String(value)) => value.to_lowercase().contains(&text),
        Some(Value::Number(value)) => value.to_string() == text,
        _ => false,
    })
}

/// Where a free text is looked for.
fn searched(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Customers => &["fullname", "business_name", "email", "phone", "mobile"],
        Resource::Tickets => &["subject", "number", "customer_business_then_name"],
        Resource::Leads => &[
            "first_name",
            "last_name",
            "email",
            "business_then_name",
            "ticket_subject",
        ],
        Resource::Payments => &["ref_num", "payment_method"],
        Resource::Products => &["name", "description", "upc_code"],
        Resource::Assets => &["name", "asset_serial"],
        Resource::PartOrders => &["description", "trackingnum", "parturl"],
        Resource::Canned => &["title", "subject", "body"],
        _ => &[],
    }
}

impl Store {
    /// The conditions that a request's parameters make; what is not known is passed over.
    pub(crate) fn conditions<'a>(
        &'a self,
        resource: Resource,
        call: &'a Call,
    ) -> Vec<Condition<'a>> {
        let mut all: Vec<Condition<'a>> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (key, _) in &call.query {
            let name = key.strip_suffix("[]").unwrap_or(key);
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            if let Some(condition) = self.condition(resource, name, call) {
                all.push(condition);
            }
        }
        // What is switched off does not show unless it is asked for.
        let hides = match resource {
            Resource::Customers => !call.parameter("include_disabled").is_some_and(yes),
            Resource::Leads => true,
            _ => false,
        };
        if hides && self.table(resource).any_disabled() {
            all.push(Box::new(|record| !record.flag("disabled")));
        }
        if resource == Resource::Alerts && call.parameter("status").is_none() {
            all.push(Box::new(|record| !record.flag("resolved")));
        }
        all
    }

    fn condition<'a>(
        &'a self,
        resource: Resource,
        name: &'a str,
        call: &'a Call,
    ) -> Option<Condition<'a>> {
        let values = call.parameters(name);
        let value = call.parameter(name).or_else(|| values.first().copied())?;
        let after = |field: &'static str| -> Option<Condition<'a>> {
            let time = told(time_of(value)?);
            Some(Box::new(move |record: &Record| {
                record.text(field) > time.as_str()
            }))
        };
        let before = |field: &'static str| -> Option<Condition<'a>> {
            let time = told(time_of(value)?);
            Some(Box::new(move |record: &Record| {
                !record.blank(field) && record.text(field) < time.as_str()
            }))
        };
        let number = |field: &'static str| -> Option<Condition<'a>> {
            let wanted: Vec<i64> = values
                .iter()
                .filter_map(|value| value.parse().ok())
                .collect();
            Some(Box::new(move |record: &Record| {
                record.number(field).is_some_and(|id| wanted.contains(&id))
            }))
        };
        let part = |field: &'static str| -> Option<Condition<'a>> {
            Some(Box::new(move |record: &Record| {
                has(record, &[field], value)
            }))
        };
        let same = |field: &'static str| -> Option<Condition<'a>> {
            Some(Box::new(move |record: &Record| match record.get(field) {
                Some(Value::String(text)) => text.eq_ignore_ascii_case(value),
                Some(Value::Number(number)) => number.to_string() == value,
                _ => false,
            }))
        };
        use Resource as R;
        match (resource, name) {
            (resource, "since_updated_at") => {
                if self.settings.since.contains(&resource) {
                    after("updated_at")
                } else {
                    None
                }
            }
            (resource, "query") if !searched(resource).is_empty() => {
                Some(Box::new(move |record| {
                    has(record, searched(resource), value)
                }))
            }
            (R::Customers, "firstname") => part("firstname"),
            (R::Customers, "lastname") => part("lastname"),
            (R::Customers, "business_name") => part("business_name"),
            (R::Customers, "email") | (R::PortalUsers, "email") => same("email"),
            (R::Customers | R::Products, "id") => number("id"),
            (R::Customers, "not_id" | "id_not") | (R::Products, "id_not") => {
                let wanted = number("id")?;
                Some(Box::new(move |record| !wanted(record)))
            }
            (
                R::Contacts | R::Tickets | R::Assets | R::Schedules | R::PortalUsers,
                "customer_id",
            ) => number("customer_id"),
            (R::Tickets, "contact_id") => number("contact_id"),
            (R::Tickets, "user_id") | (R::Timelogs, "user_id") => number("user_id"),
            (R::Tickets, "parent_id") => number("parent_id"),
            (R::Tickets, "number") => same("number"),
            (R::Tickets, "status") if value == "Not Closed" => Some(Box::new(|record| {
                !matches!(record.text("status"), "Resolved" | "Invoiced")
            })),
            (R::Tickets | R::Estimates | R::Serials, "status") => same("status"),
            (R::Tickets | R::Comments, "created_after") | (R::Alerts, "created_after") => {
                after("created_at")
            }
            (R::Comments, "comment_created_after") => after("created_at"),
            (R::Comments, "created_before" | "comment_created_before") => before("created_at"),
            (R::Comments, "updated_after") => after("updated_at"),
            (R::Comments, "updated_before") => before("updated_at"),
            (R::Comments, "ticket_id") => number("ticket_id"),
            (R::Comments, "user_id") => number("user_id"),
            (R::Tickets, "resolved_after") => after("resolved_at"),
            (R::Invoices, "paid") if yes(value) => Some(Box::new(|record| record.flag("is_paid"))),
            (R::Invoices, "unpaid") if yes(value) => {
                Some(Box::new(|record| !record.flag("is_paid")))
            }
            (R::Invoices, "ticket_id") => number("ticket_id"),
            (R::Lines, "invoice_id") => number("invoice_id"),
            (R::Lines, "estimate_id") => number("estimate_id"),
            (R::Lines, "invoice_id_not_null") if yes(value) => {
                Some(Box::new(|record| !record.blank("invoice_id")))
            }
            (R::Lines, "estimate_id_not_null") if yes(value) => {
                Some(Box::new(|record| !record.blank("estimate_id")))
            }
            (R::Leads, "statuses" | "status_list") => Some(Box::new(move |record| {
                values.iter().any(|value| record.text("status") == *value)
            })),
            (R::Leads, "users") => number("user_id"),
            (R::Leads, "mailbox_ids") => number("mailbox_id"),
            (R::Leads, "has_ticket") => {
                let wanted = yes(value);
                Some(Box::new(move |record| record.blank("ticket_id") != wanted))
            }
            (R::Products, "name") => part("name"),
            (R::Products, "upc_code") => same("upc_code"),
            (R::Products, "category_id") => Some(Box::new(move |record| {
                let ids = record.get("category_ids").and_then(Value::as_array);
                ids.into_iter()
                    .flatten()
                    .any(|id| int(id).map(|id| id.to_string()).as_deref() == Some(value))
            })),
            (R::Products, "sku") => {
                let ids: Vec<i64> = self
                    .by(R::Skus, "sku", value)
                    .into_iter()
                    .filter_map(|id| self.get(R::Skus, id)?.number("product_id"))
                    .collect();
                Some(Box::new(move |record| {
                    record.number("id").is_some_and(|id| ids.contains(&id))
                }))
            }
            (R::Assets, "asset_type_id") => number("asset_type_id"),
            (R::Assets, "snmp_enabled") if yes(value) => Some(Box::new(|_| false)),
            (R::Alerts, "status") => match value {
                "all" => None,
                "resolved" => Some(Box::new(|record| record.flag("resolved"))),
                _ => Some(Box::new(|record| !record.flag("resolved"))),
            },
            (R::Appointments, "date_from") => {
                let time = told(time_of(value)?);
                Some(Box::new(move |record| {
                    record.text("start_at") >= time.as_str()
                }))
            }
            (R::Appointments, "date_to") => {
                let day = time_of(value)?.date().tomorrow().ok()?;
                let time = told(day.at(0, 0, 0, 0));
                Some(Box::new(move |record| {
                    record.text("start_at") < time.as_str()
                }))
            }
            (R::Timers, "created_at_gt") => after("created_at"),
            (R::Timers, "created_at_lt") => before("created_at"),
            (R::PartOrders, "completed") => {
                let wanted = yes(value);
                Some(Box::new(move |record| record.blank("receivedon") != wanted))
            }
            (R::Tickets | R::Appointments | R::Estimates, "mine") if yes(value) => {
                let me = self.first_user();
                Some(Box::new(move |record| record.get("user_id") == Some(&me)))
            }
            _ => None,
        }
    }
}

fn yes(text: &str) -> bool {
    truth(&Value::from(text)).unwrap_or(false)
}
