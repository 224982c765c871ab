//! Invoices and estimates: lines, tax and totals.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::schema::{Resource, Shape};
use super::store::{Ask, Store};
use super::values::{Read as _, Record, amount, decimal, midnight};
use crate::common::Action;

impl Store {
    pub(crate) fn prepare_invoice(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        self.name_customer(record);
        let customer = record.number("customer_id");
        if before.is_none() {
            if ask.rules && customer.is_some_and(|id| self.get(Resource::Customers, id).is_none()) {
                return Err(Refusal::of(
                    Shape::Messages,
                    "customer_id",
                    "Customer must exist",
                ));
            }
            if !ask.rules {
                if record.blank("number") {
                    let number = self.invoice_number();
                    record.insert("number".into(), json!(number));
                }
                if record.blank("date") {
                    let today = midnight(self.clock.show().date());
                    record.insert("date".into(), json!(today));
                }
            } else if record.blank("user_id") {
                let user = self.first_user();
                record.insert("user_id".into(), user);
            }
        }
        if record.blank("due_date") {
            let date = record.get("date").cloned().unwrap_or_default();
            record.insert("due_date".into(), date);
        }
        Ok(())
    }

    pub(crate) fn prepare_estimate(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        self.name_customer(record);
        if record.blank("status") {
            record.insert("status".into(), json!("Fresh"));
        }
        if record.blank("number") {
            let number = self.invoice_number();
            record.insert("number".into(), json!(number));
        }
        if before.is_none() {
            record.insert("employee".into(), json!("Noor Visser"));
            if !ask.rules && record.blank("date") {
                let today = midnight(self.clock.show().date());
                record.insert("date".into(), json!(today));
            }
        }
        Ok(())
    }

    /// Lines that come along are dropped, unless a person puts them in.
    pub(crate) fn settle_bill(
        &mut self,
        resource: Resource,
        id: i64,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let lines = match ask.get("line_items") {
            Some(Value::Array(lines)) if !ask.rules => lines.clone(),
            _ => Vec::new(),
        };
        for line in &lines {
            self.add_line(resource, id, &ask.with(line))?;
        }
        self.total(resource, id);
        Ok(())
    }

    /// Adds a line to an invoice or an estimate.
    pub(crate) fn add_line(
        &mut self,
        resource: Resource,
        bill: i64,
        ask: &Ask<'_>,
    ) -> Result<i64, Refusal> {
        self.find(resource, bill)?;
        let mut body = ask.body.clone();
        let Some(fields) = body.as_object_mut() else {
            return Err(Refusal::of(
                Shape::Errors,
                "item",
                "validation error: Item can't be blank",
            ));
        };
        // The body's own id is of no use; the document has it all the same.
        fields.remove("id");
        if let Some(share) = fields.remove("line_discount_percent") {
            fields.entry("discount_percent").or_insert(share);
        }
        let quiet = Ask {
            request: 0,
            ..ask.with(&body)
        };
        let mut record = Resource::Lines.model().blank.clone();
        let parent = if resource == Resource::Estimates {
            "estimate_id"
        } else {
            "invoice_id"
        };
        record.insert(parent.into(), json!(bill));
        let id = self.create_line(record, &quiet)?;
        self.note(ask, Resource::Lines, Action::Create, id);
        self.touch(resource, bill);
        Ok(id)
    }

    fn create_line(&mut self, record: Record, ask: &Ask<'_>) -> Result<i64, Refusal> {
        let mut body = ask.body.clone();
        if let Some(fields) = body.as_object_mut() {
            for parent in ["invoice_id", "estimate_id"] {
                fields.remove(parent);
            }
        }
        let product = body
            .get("product_id")
            .and_then(super::values::int)
            .and_then(|id| self.get(Resource::Products, id))
            .or_else(|| {
                let code = body.get("upc_code").and_then(Value::as_str)?;
                let ids = self.by(Resource::Products, "upc_code", code);
                self.get(Resource::Products, *ids.first()?)
            })
            .cloned();
        if let (Some(product), Some(fields)) = (product, body.as_object_mut()) {
            let known = [
                ("product_id", product.get("id")),
                ("item", product.get("name")),
                ("name", product.get("description")),
                ("price", product.get("price_retail")),
                ("cost", product.get("price_cost")),
                ("taxable", product.get("taxable")),
                ("tax_rate_id", product.get("tax_rate_id")),
            ];
            for (name, value) in known {
                if let Some(value) = value {
                    fields.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
        let invoice = record.get("invoice_id").cloned().unwrap_or_default();
        let estimate = record.get("estimate_id").cloned().unwrap_or_default();
        let open = Ask {
            rules: false,
            ..ask.with(&body)
        };
        if ask.rules {
            self.line_is_whole(&body, ask)?;
        }
        let mut whole = body.clone();
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("invoice_id".into(), invoice);
            fields.insert("estimate_id".into(), estimate);
        }
        self.create(Resource::Lines, None, &open.with(&whole))
    }

    fn line_is_whole(&self, body: &Value, ask: &Ask<'_>) -> Result<(), Refusal> {
        let said = ask.with(body);
        if !said.says("item") {
            let text = "validation error: Item can't be blank";
            return Err(Refusal::of(Shape::Errors, "item", text));
        }
        let empty = Record::new();
        let record = body.as_object().unwrap_or(&empty);
        self.check(Resource::Lines, record, None, &said)
    }

    pub(crate) fn prepare_line(&mut self, record: &mut Record, _: &Ask<'_>) -> Result<(), Refusal> {
        if record.blank("position") {
            let siblings = match (record.number("invoice_id"), record.number("estimate_id")) {
                (Some(id), _) => self.children(Resource::Lines, "invoice_id", id).len(),
                (None, Some(id)) => self.children(Resource::Lines, "estimate_id", id).len(),
                (None, None) => 0,
            };
            record.insert("position".into(), json!(siblings + 1));
        }
        Ok(())
    }

    /// Works the totals out of the bill that a line stands on.
    pub(crate) fn total_of_line(&mut self, line: &Record) {
        if let Some(id) = line.number("invoice_id") {
            self.total(Resource::Invoices, id);
        }
        if let Some(id) = line.number("estimate_id") {
            self.total(Resource::Estimates, id);
        }
    }

    /// The tax rate in percent of a customer's line.
    fn rate(&self, line: &Record, customer: Option<i64>) -> Decimal {
        let of_customer = || {
            let customer = self.get(Resource::Customers, customer?)?;
            customer.number("tax_rate_id")
        };
        let rates = &self.settings.tax_rates;
        let wanted = line.number("tax_rate_id").or_else(of_customer);
        wanted
            .and_then(|id| rates.iter().find(|(known, _)| *known == id))
            .or_else(|| rates.first())
            .map(|(_, rate)| *rate)
            .unwrap_or_default()
    }

    /// Works an invoice's or an estimate's totals out; whether an invoice is paid follows.
    pub(crate) fn total(&mut self, resource: Resource, id: i64) {
        let Some(bill) = self.get(resource, id) else {
            return;
        };
        let customer = bill.number("customer_id");
        let field = if resource == Resource::Estimates {
            "estimate_id"
        } else {
            "invoice_id"
        };
        let mut subtotal = Decimal::ZERO;
        // Rounded once for each rate, as a tax return wants it.
        let mut taxed: Vec<(Decimal, Decimal)> = Vec::new();
        for line in self.children(Resource::Lines, field, id) {
            let sum = line_total(line);
            subtotal += sum;
            if line.flag("taxable") {
                let rate = self.rate(line, customer);
                match taxed.iter_mut().find(|(known, _)| *known == rate) {
                    Some((_, base)) => *base += sum,
                    None => taxed.push((rate, sum)),
                }
            }
        }
        let tax: Decimal = taxed
            .iter()
            .map(|(rate, base)| cents(base * rate / Decimal::ONE_HUNDRED))
            .sum();
        let subtotal = cents(subtotal);
        let total = subtotal + tax;
        let paid = self.paid_of(id);
        self.change(resource, id, |bill| {
            for (name, value) in [("subtotal", subtotal), ("tax", tax), ("total", total)] {
                bill.insert(name.into(), json!(amount(value)));
            }
            if resource == Resource::Invoices {
                let settled = total != Decimal::ZERO && paid >= total;
                let marked = bill.flag("tech_marked_paid") || bill.flag("verified_paid");
                bill.insert("is_paid".into(), json!(settled || marked));
            }
        });
    }
}

/// What a line comes to, before tax.
pub(crate) fn line_total(line: &Record) -> Decimal {
    let whole = line.sum("price") * line.sum("quantity");
    let share = line
        .get("discount_percent")
        .and_then(decimal)
        .unwrap_or_default();
    cents(whole - whole * share / Decimal::ONE_HUNDRED - line.sum("discount_dollars"))
}

fn cents(number: Decimal) -> Decimal {
    number.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}
