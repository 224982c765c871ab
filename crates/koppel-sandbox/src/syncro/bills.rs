//! What is done with the lines of invoices, estimates and recurring invoices.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal};
use super::routes::Call;
use super::schema::{Resource, Shape};
use super::special::{Done, message, success, with};
use super::store::{Ask, Store};
use super::values::{Read as _, Record, dollars};
use crate::common::Action;

impl Store {
    pub(crate) fn bill_line(
        &mut self,
        handler: &str,
        bill: Resource,
        call: &Call,
        ask: &Ask<'_>,
    ) -> Done {
        let (id, line) = (call.id(0), call.id(1));
        let field = if bill == Resource::Estimates {
            "estimate_id"
        } else {
            "invoice_id"
        };
        if handler == "post_line_items" {
            let line = self.add_line(bill, id, ask)?;
            let line = self.brief(Resource::Lines, self.find(Resource::Lines, line)?);
            let shown = self.find(bill, id)?;
            return Ok(Answer::json(
                200,
                &if bill == Resource::Estimates {
                    json!({"estimate": self.raw_estimate(shown), "line_item": line})
                } else {
                    json!({"line_item": line})
                },
            ));
        }
        self.owned(Resource::Lines, field, line, id)?;
        if bill == Resource::Invoices && self.find(bill, id)?.flag("is_paid") {
            return message("Invoice is already paid");
        }
        if handler == "delete_line_items" {
            self.delete(Resource::Lines, line, ask)?;
            self.touch(bill, id);
            if bill == Resource::Estimates {
                return self.shown(bill, id);
            }
            return success();
        }
        if bill == Resource::Estimates && ask.body.get("item").is_some() && !ask.says("item") {
            return Err(Refusal::blank(Shape::Fields, "item", "Item"));
        }
        let mut body = ask.body.clone();
        if let Some(fields) = body.as_object_mut()
            && let Some(share) = fields.remove("line_discount_percent")
        {
            fields.insert("discount_percent".into(), share);
        }
        self.update(Resource::Lines, line, &ask.with(&body))?;
        self.touch(bill, id);
        self.shown(Resource::Lines, line)
    }

    pub(crate) fn convert(&mut self, id: i64, ask: &Ask<'_>) -> Done {
        let estimate = self.find(Resource::Estimates, id)?.clone();
        let lines: Vec<Value> = self
            .children(Resource::Lines, "estimate_id", id)
            .into_iter()
            .map(|line| Value::Object(self.brief(Resource::Lines, line)))
            .map(|line| {
                with(
                    &with(&line, "created_at", Value::Null),
                    "updated_at",
                    Value::Null,
                )
            })
            .collect();
        let body = json!({
            "customer_id": estimate.get("customer_id"),
            "ticket_id": estimate.get("ticket_id"),
            "line_items": lines,
        });
        let direct = Ask {
            request: 0,
            rules: false,
            ..ask.with(&body)
        };
        let invoice = self.create(Resource::Invoices, None, &direct)?;
        self.change(Resource::Estimates, id, |record| {
            record.insert("invoice_id".into(), json!(invoice));
            record.insert("status".into(), json!("Converted"));
        });
        self.note(ask, Resource::Invoices, Action::Create, invoice);
        self.shown(Resource::Invoices, invoice)
    }

    /// The estimate as the answer to a new line shows it: the row of the database.
    fn raw_estimate(&self, record: &Record) -> Value {
        json!({
            "account_id": 1,
            "id": record.get("id"),
            "updated_at": record.get("updated_at"),
            "customer_id": record.get("customer_id"),
            "employee": record.get("employee"),
            "payment_type": "Net 14",
            "number": record.get("number"),
            "labor": "0.0",
            "total": record.get("total"),
            "subtotal": record.get("subtotal"),
            "tax": record.get("tax"),
            "paid": false,
            "date": record.get("date"),
            "status_date": record.get("created_at"),
            "status_changed_by": null,
            "notax": false,
            "ticket_id": record.get("ticket_id"),
            "note": record.get("note"),
            "category": "Standard",
            "hardwarecost": "0.0",
            "location_id": record.get("location_id"),
            "pdf": {"url": null},
            "signature_data": "",
            "signature_name": "",
            "created_at": record.get("created_at"),
            "invoice_id": record.get("invoice_id"),
            "contact_id": null,
            "tax_rate_id": 1,
            "converted_at": null,
            "last_emailed": null,
            "status": record.get("status"),
            "disabled": false,
            "signature_date": null,
            "multi_tax": null,
            "name": record.get("name"),
        })
    }

    pub(crate) fn total_of_schedule(&mut self, id: i64) {
        let cents: Decimal = self
            .children(Resource::ScheduleLines, "schedule_id", id)
            .into_iter()
            .map(|line| {
                Decimal::from(line.number("retail_cents").unwrap_or(0)) * line.sum("quantity")
            })
            .sum();
        self.change(Resource::Schedules, id, |record| {
            record.insert("subtotal".into(), dollars(cents / Decimal::ONE_HUNDRED));
        });
    }
}
