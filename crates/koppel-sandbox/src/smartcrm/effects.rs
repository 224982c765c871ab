//! What a write brings about besides: payments of invoices, lines of sales, welcome mails.

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::check::normalise;
use super::dialect::Dialect;
use super::record::Fields;
use super::schema::{Resource, scalar};
use super::store::{Ask, Refusal, Store};
use super::table::merge;

impl Store {
    /// The input with what the server works out itself.
    pub(super) fn prepared<'a>(
        &mut self,
        resource: Resource,
        id: Option<u64>,
        input: &'a Map<String, Value>,
    ) -> Result<Cow<'a, Map<String, Value>>, Refusal> {
        if self.face.dialect != Dialect::Perfex {
            return Ok(Cow::Borrowed(input));
        }
        match resource {
            Resource::Contacts => {
                self.only_contact_with(id, input)?;
                Ok(Cow::Borrowed(input))
            }
            Resource::Invoices | Resource::Orders => {
                Ok(Cow::Owned(self.with_lines(resource, id, input)))
            }
            _ => Ok(Cow::Borrowed(input)),
        }
    }

    /// Perfex lets no two contacts have the same e-mail address.
    fn only_contact_with(
        &self,
        id: Option<u64>,
        input: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let Some(email) = input.get("email").and_then(scalar) else {
            return Ok(());
        };
        let others = self.table(Resource::Contacts).with("email", &email);
        if others.iter().any(|other| Some(*other) != id) {
            let message = "The Email field must contain a unique value.";
            return Err(Refusal::Invalid(vec![("email".into(), message.into())]));
        }
        Ok(())
    }

    /// `newitems`, `items` and `removed_items` as one list, with the sum of the taxes.
    fn with_lines(
        &mut self,
        resource: Resource,
        id: Option<u64>,
        input: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut input = input.clone();
        input.remove("total_tax");
        let changed = input.remove("items").map(rows_of).unwrap_or_default();
        let removed: Vec<String> = match input.remove("removed_items") {
            Some(Value::Array(ids)) => ids.iter().filter_map(scalar).collect(),
            _ => Vec::new(),
        };
        let new = match input.remove("newitems") {
            None if id.is_none() => return input,
            None => Vec::new(),
            Some(rows) if is_rows(&rows) => rows_of(rows),
            Some(other) => {
                // Refused for what it is by the check that follows.
                input.insert("newitems".into(), other);
                return input;
            }
        };
        if changed.is_empty() && removed.is_empty() && new.is_empty() && id.is_some() {
            return input;
        }
        let mut rows: Vec<Map<String, Value>> = id
            .and_then(|id| self.table(resource).get(id))
            .and_then(|stored| stored.fields.get("newitems").cloned())
            .map(rows_of)
            .unwrap_or_default();
        rows.retain(|row| {
            let id = row.get("id").and_then(scalar).unwrap_or_default();
            !removed.contains(&id)
        });
        for change in changed {
            let id = ["id", "itemid"]
                .iter()
                .find_map(|name| change.get(*name).and_then(scalar));
            let row = rows
                .iter_mut()
                .find(|row| row.get("id").and_then(scalar) == id);
            if let Some(row) = row {
                for (name, value) in change {
                    let name = line_name(&name).to_owned();
                    row.insert(name, value);
                }
            }
        }
        for line in new {
            self.last_item += 1;
            let mut row = Map::new();
            row.insert("id".into(), json!(self.last_item.to_string()));
            for name in LINE {
                row.insert(name.into(), Value::Null);
            }
            for (name, value) in line {
                let name = line_name(&name).to_owned();
                if LINE.contains(&name.as_str()) {
                    row.insert(name, value);
                }
            }
            rows.push(row);
        }
        input.insert("total_tax".into(), json!(total_tax(&rows).to_string()));
        let rows = rows.into_iter().map(Value::Object).collect();
        input.insert("newitems".into(), Value::Array(rows));
        input
    }

    /// After a record was made (`new`) or changed.
    pub(super) fn follow(
        &mut self,
        resource: Resource,
        id: u64,
        fields: &Fields,
        new: bool,
        ask: &Ask<'_>,
    ) {
        match (self.face.dialect, resource) {
            (Dialect::SmartCrm, Resource::Invoices) => self.derive_payments(id, fields),
            (Dialect::Perfex, Resource::Payments) => self.settle(fields.text("invoiceid")),
            (Dialect::Perfex, Resource::Contacts)
                if new && ask.request > 0 && fields.text("donotsendwelcomeemail") != Some("1") =>
            {
                let email = fields.text("email").unwrap_or_default();
                self.mails.push(email.to_owned());
            }
            _ => {}
        }
    }

    /// After a record was taken out.
    pub(super) fn unfollow(&mut self, resource: Resource, id: u64, fields: &Fields) {
        match (self.face.dialect, resource) {
            (Dialect::SmartCrm, Resource::Invoices) => self.derive_payments(id, &Fields::default()),
            (Dialect::Perfex, Resource::Payments) => self.settle(fields.text("invoiceid")),
            _ => {}
        }
    }

    /// The payments of an invoice as records of their own; each keeps its id for as long as its
    /// `external_id` stays in the invoice.
    fn derive_payments(&mut self, invoice: u64, fields: &Fields) {
        let schema = self.schema(Resource::Payments);
        let invoice = invoice.to_string();
        let table = self.table(Resource::Payments);
        let mut left: Vec<u64> = table.with("invoice_id", &invoice).to_vec();
        let rows = fields
            .get("payments")
            .cloned()
            .map(rows_of)
            .unwrap_or_default();
        for mut row in rows {
            let external = row
                .get("external_id")
                .and_then(scalar)
                .filter(|text| !text.is_empty());
            row.insert("invoice_id".into(), json!(invoice));
            let values = schema
                .iter()
                .filter_map(|field| {
                    let value = row.get(field.name)?;
                    // What is odd about a payment is shown as it was sent.
                    let value = match normalise(field, value, &|_, _| true) {
                        Ok(value) => value,
                        Err(_) => Some(value.clone()),
                    };
                    value.map(|value| (field.name, value))
                })
                .collect();
            let values = Fields(Arc::new(values));
            let table = self.table_mut(Resource::Payments);
            let known = left.iter().position(|id| {
                table
                    .get(*id)
                    .is_some_and(|stored| stored.external_id.as_deref() == external.as_deref())
            });
            match known {
                Some(place) => {
                    let id = left.remove(place);
                    if table.get(id).is_some_and(|stored| stored.fields != values) {
                        table.replace(schema, id, values, None);
                    }
                }
                None => {
                    table.push(schema, external.map(Arc::from), values);
                }
            }
        }
        for id in left {
            self.table_mut(Resource::Payments).take(schema, id);
        }
    }

    /// Perfex works an invoice's status out of its payments.
    fn settle(&mut self, invoice: Option<&str>) {
        let Some(invoice) = invoice.and_then(|id| id.parse::<u64>().ok()) else {
            return;
        };
        let schema = self.schema(Resource::Invoices);
        let amount = |text: Option<&str>| {
            text.and_then(|text| text.parse::<Decimal>().ok())
                .unwrap_or_default()
        };
        let payments = self.table(Resource::Payments);
        let paid: Decimal = payments
            .with("invoiceid", &invoice.to_string())
            .iter()
            .filter_map(|id| payments.get(*id))
            .map(|payment| amount(payment.fields.text("amount")))
            .sum();
        let Some(before) = self
            .table(Resource::Invoices)
            .get(invoice)
            .map(|stored| stored.fields.clone())
        else {
            return;
        };
        let status = if paid.is_zero() {
            "1"
        } else if paid >= amount(before.text("total")) {
            "2"
        } else {
            "3"
        };
        let after = merge(schema, &before, &[("status", Some(json!(status)))]);
        self.table_mut(Resource::Invoices)
            .replace(schema, invoice, after, None);
    }
}

/// The columns of a line that come from requests.
const LINE: [&str; 7] = [
    "description",
    "long_description",
    "qty",
    "rate",
    "unit",
    "item_order",
    "taxname",
];

/// A line's order is called otherwise in requests.
fn line_name(name: &str) -> &str {
    match name {
        "order" => "item_order",
        "itemid" => "id",
        other => other,
    }
}

fn is_rows(value: &Value) -> bool {
    match value {
        Value::Array(rows) => rows.iter().all(Value::is_object),
        Value::Object(rows) => rows.values().all(Value::is_object),
        _ => false,
    }
}

/// The objects of a list, or of a map as PHP numbers its lists.
fn rows_of(value: Value) -> Vec<Map<String, Value>> {
    let rows: Vec<Value> = match value {
        Value::Array(rows) => rows,
        Value::Object(rows) => rows.into_iter().map(|(_, row)| row).collect(),
        _ => Vec::new(),
    };
    rows.into_iter()
        .filter_map(|row| match row {
            Value::Object(row) => Some(row),
            _ => None,
        })
        .collect()
}

/// Quantity times rate times the taxes named `VAT|19.00`, in cents.
fn total_tax(rows: &[Map<String, Value>]) -> Decimal {
    let number = |row: &Map<String, Value>, name: &str| {
        row.get(name)
            .and_then(scalar)
            .and_then(|text| text.parse::<Decimal>().ok())
            .unwrap_or_default()
    };
    let mut sum = Decimal::new(0, 2);
    for row in rows {
        let names = match row.get("taxname") {
            Some(Value::Array(names)) => names.iter().filter_map(scalar).collect(),
            Some(name) => scalar(name).into_iter().collect(),
            None => Vec::new(),
        };
        let amount = number(row, "qty").checked_mul(number(row, "rate"));
        for name in names {
            let rate = name
                .rsplit_once('|')
                .and_then(|(_, rate)| rate.parse::<Decimal>().ok());
            let tax = amount
                .zip(rate)
                .and_then(|(amount, rate)| amount.checked_mul(rate));
            if let Some(tax) = tax {
                let tax = (tax / Decimal::ONE_HUNDRED)
                    .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
                sum = sum.checked_add(tax).unwrap_or(sum);
            }
        }
    }
    sum
}
