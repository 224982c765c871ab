//! Payments: whole, split, and without an invoice.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::schema::{Resource, Shape};
use super::store::{Ask, Store};
use super::values::{Read as _, Record, int, midnight};

impl Store {
    pub(crate) fn prepare_payment(
        &mut self,
        record: &mut Record,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let refuse = |text: &str| Err(Refusal::of(Shape::Messages, "invoice_id", text));
        let cents = record.number("amount_cents");
        let mut parts: Vec<(i64, i64)> = Vec::new();
        if let Some(Value::Object(split)) = ask.get("apply_payments") {
            for (invoice, cents) in split {
                let (Ok(invoice), Some(cents)) = (invoice.parse(), int(cents)) else {
                    return refuse("Apply payments is invalid");
                };
                parts.push((invoice, cents));
            }
        } else if let Some(invoice) = ask.get("invoice_id").and_then(int) {
            parts.push((invoice, cents.unwrap_or(0)));
        } else if let Some(number) = ask.get("invoice_number") {
            let number = number
                .as_str()
                .map_or_else(|| number.to_string(), str::to_owned);
            match self.by(Resource::Invoices, "number", &number).first() {
                Some(id) => parts.push((*id, cents.unwrap_or(0))),
                None => return refuse("Invoice can't be found"),
            }
        }
        for (invoice, _) in &parts {
            let Some(invoice) = self.get(Resource::Invoices, *invoice) else {
                return refuse("Invoice can't be found");
            };
            if record.blank("customer_id") {
                let customer = invoice.get("customer_id").cloned().unwrap_or_default();
                record.insert("customer_id".into(), customer);
            }
        }
        if ask.rules {
            let known = record
                .number("customer_id")
                .is_some_and(|id| self.get(Resource::Customers, id).is_some());
            if !known {
                return refuse("Customer can't be blank");
            }
            if cents.unwrap_or(0) == 0 && parts.iter().all(|(_, cents)| *cents == 0) {
                return refuse("Payment amount can't be blank");
            }
        }
        let split: i64 = parts.iter().map(|(_, cents)| *cents).sum();
        record.insert("amount_cents".into(), json!(cents.unwrap_or(split)));
        let ids: Vec<Value> = match parts.as_slice() {
            [] => vec![Value::Null],
            parts => parts.iter().map(|(id, _)| json!(id)).collect(),
        };
        record.insert("invoice_ids".into(), json!(ids));
        let parts: serde_json::Map<String, Value> = parts
            .into_iter()
            .map(|(id, cents)| (id.to_string(), json!(cents)))
            .collect();
        record.insert("parts".into(), parts.into());
        if record.blank("applied_at") {
            let today = midnight(self.clock.show().date());
            record.insert("applied_at".into(), json!(today));
        }
        Ok(())
    }

    /// A payment settles its invoices.
    pub(crate) fn settle_payment(&mut self, id: i64) {
        let invoices: Vec<i64> = self
            .get(Resource::Payments, id)
            .and_then(|payment| payment.get("parts")?.as_object())
            .into_iter()
            .flatten()
            .filter_map(|(invoice, _)| invoice.parse().ok())
            .collect();
        for invoice in invoices {
            self.paid.entry(invoice).or_default().push(id);
            self.total(Resource::Invoices, invoice);
            if self.settings.payments_touch {
                self.touch(Resource::Invoices, invoice);
            }
        }
    }

    /// The payments of an invoice, oldest first.
    pub(crate) fn payments_for(&self, invoice: i64) -> Vec<&Record> {
        self.paid
            .get(&invoice)
            .into_iter()
            .flatten()
            .filter_map(|id| self.get(Resource::Payments, *id))
            .collect()
    }

    /// What was paid of an invoice.
    pub(crate) fn paid_of(&self, invoice: i64) -> Decimal {
        let name = invoice.to_string();
        let cents: i64 = self
            .payments_for(invoice)
            .into_iter()
            .filter_map(|payment| int(payment.get("parts")?.get(&name)?))
            .sum();
        Decimal::new(cents, 2)
    }
}
