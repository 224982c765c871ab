//! Tickets, their comments, timers and lines.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::schema::{Resource, Shape};
use super::store::{Ask, Mail, Store};
use super::values::{Read as _, Record, decimal, dollars, int, time_of, told};
use crate::common::Action;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

impl Store {
    pub(crate) fn prepare_ticket(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let customer = record.number("customer_id");
        let known = customer.is_some_and(|id| self.get(Resource::Customers, id).is_some());
        if ask.rules && !known && before.is_none() {
            return Err(Refusal::of(
                Shape::Error,
                "customer_id",
                "Customer required field",
            ));
        }
        self.name_customer(record);
        if record.blank("number") {
            let number = self.ticket_number();
            record.insert("number".into(), json!(number));
        }
        if record.blank("status") {
            record.insert("status".into(), json!("New"));
        }
        if before.is_none() && record.blank("due_date") {
            let now = self.now();
            record.insert("due_date".into(), json!(now));
        }
        let resolved = record.text("status") == "Resolved";
        if resolved && record.blank("resolved_at") {
            let now = self.now();
            record.insert("resolved_at".into(), json!(now));
        } else if !resolved && before.is_some_and(|before| before.text("status") == "Resolved") {
            record.insert("resolved_at".into(), Value::Null);
        }
        Ok(())
    }

    /// The comments that come along with a ticket.
    pub(crate) fn settle_ticket(&mut self, id: i64, ask: &Ask<'_>) -> Result<(), Refusal> {
        let comments = match ask.get("comments_attributes") {
            Some(Value::Array(comments)) => comments.clone(),
            // Rails takes a list as an object of numbered members as well.
            Some(Value::Object(comments)) => comments.values().cloned().collect(),
            _ => Vec::new(),
        };
        for comment in comments {
            let ask = ask.with(&comment);
            self.create(Resource::Comments, Some(id), &ask)?;
        }
        Ok(())
    }

    pub(crate) fn prepare_comment(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
    ) -> Result<(), Refusal> {
        if before.is_none() && record.blank("tech") {
            record.insert("tech".into(), json!("API"));
        }
        Ok(())
    }

    /// A comment moves its ticket, and is mailed unless it is hidden or shall not be.
    pub(crate) fn settle_comment(&mut self, id: i64) {
        let Some(comment) = self.get(Resource::Comments, id).cloned() else {
            return;
        };
        let Some(ticket) = comment.number("ticket_id") else {
            return;
        };
        self.touch(Resource::Tickets, ticket);
        if !comment.flag("hidden") && !comment.flag("do_not_email") {
            let customer = self
                .get(Resource::Tickets, ticket)
                .and_then(|ticket| ticket.number("customer_id"));
            self.mails.push(Mail {
                about: Resource::Comments.name(),
                id,
                customer: customer.unwrap_or(0),
            });
        }
        let line = "A comment was added to a Ticket";
        self.tell("ticket_commented", line, Resource::Comments, id);
    }

    pub(crate) fn prepare_timer(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let said = |name: &str| ask.get(name).and_then(Value::as_str).and_then(time_of);
        if before.is_some() {
            if let Some(start) = said("start_at") {
                record.insert("start_time".into(), json!(told(start)));
            }
            // As measured by client authors, another duration does not move the end.
            return Ok(());
        }
        let Some(start) = said("start_at").or_else(|| said("start_time")) else {
            let text = "no implicit conversion of nil into String";
            return Err(Refusal::of(Shape::Error, "start_at", text));
        };
        let minutes = ask.get("duration_minutes").and_then(int).unwrap_or(0);
        let end = said("end_at")
            .or_else(|| said("end_time"))
            .unwrap_or_else(|| {
                start
                    .checked_add(SignedDuration::from_mins(minutes))
                    .unwrap_or(start)
            });
        record.insert("start_time".into(), json!(told(start)));
        record.insert("end_time".into(), json!(told(end)));
        record.insert("active_duration".into(), json!(seconds(start, end)));
        record.insert("billable_time".into(), json!(seconds(start, end)));
        if record.blank("user_id") {
            let user = self.first_user();
            record.insert("user_id".into(), user);
        }
        Ok(())
    }

    pub(crate) fn first_user(&self) -> Value {
        let mut users = self.table(Resource::Users).records();
        users
            .next()
            .and_then(|user| user.get("id").cloned())
            .unwrap_or_default()
    }

    pub(crate) fn prepare_ticket_line(
        &mut self,
        record: &mut Record,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        for (dollar, cent) in [
            ("price_cost", "cost_cents"),
            ("price_retail", "retail_cents"),
        ] {
            let Some(price) = record.get(dollar).and_then(decimal) else {
                continue;
            };
            let cents = (price * Decimal::ONE_HUNDRED).round();
            record.insert(cent.into(), json!(i64::try_from(cents).unwrap_or(0)));
            record.insert(dollar.into(), dollars(price));
        }
        if record.blank("position") {
            let ticket = record.number("ticket_id").unwrap_or(0);
            let position = self
                .children(Resource::TicketLines, "ticket_id", ticket)
                .len()
                + 1;
            record.insert("position".into(), json!(position));
        }
        if record.blank("user_id") && ask.rules {
            let user = self.first_user();
            record.insert("user_id".into(), user);
        }
        Ok(())
    }

    /// Bills a timer: a line on its ticket. Twice makes two lines.
    pub(crate) fn charge_timer(
        &mut self,
        ticket: i64,
        timer: i64,
        ask: &Ask<'_>,
    ) -> Result<i64, Refusal> {
        let record = self.find(Resource::Timers, timer)?.clone();
        if record.number("ticket_id") != Some(ticket) {
            return Err(Refusal::Missing(Some(Resource::Timers)));
        }
        let hours =
            Decimal::from(record.number("active_duration").unwrap_or(0)) / Decimal::from(3_600);
        let product = self
            .linked(&record, "product_id", Resource::Products)
            .cloned()
            .unwrap_or_default();
        let name = if product.blank("name") {
            "Labor"
        } else {
            product.text("name")
        };
        let line = json!({
            "name": name,
            "description": if record.blank("notes") { name } else { record.text("notes") },
            "product_id": record.get("product_id"),
            "quantity": hours.round_dp(2).to_string(),
            "price_retail": product.get("price_retail"),
            "price_cost": product.get("price_cost"),
        });
        // What the server makes by itself is not journalled as a write of its own.
        let silent = Ask {
            request: 0,
            ..ask.with(&line)
        };
        let line = self.create(Resource::TicketLines, Some(ticket), &silent)?;
        let now = self.now();
        self.change(Resource::Timers, timer, |record| {
            record.insert("recorded".into(), json!(true));
            record.insert("ticket_line_item_id".into(), json!(line));
            record.insert("updated_at".into(), json!(now));
        });
        self.note(ask, Resource::Timers, Action::Update, timer);
        Ok(line)
    }
}

fn seconds(start: DateTime, end: DateTime) -> i64 {
    start.duration_until(end).as_secs()
}
