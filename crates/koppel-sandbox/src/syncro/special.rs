//! The operations beyond the plain ones: what is done with tickets, invoices and the rest.

use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, missing};
use super::routes::Call;
use super::schema::{Resource, Shape};
use super::store::{Ask, Mail, Store};
use super::values::{Read as _, float, int};
use crate::common::Shift;
use rust_decimal::Decimal;

pub(crate) type Done = Result<Answer, Refusal>;

pub(crate) fn message(text: &str) -> Done {
    Ok(Answer::json(200, &json!({"message": text})))
}

pub(crate) fn success() -> Done {
    Ok(Answer::json(200, &json!({"success": true})))
}

/// The number of a record inside a body.
fn named(ask: &Ask<'_>, name: &str) -> i64 {
    ask.get(name).and_then(int).unwrap_or(0)
}

impl Store {
    /// Answers an operation that is not one of list, get, create, update and delete.
    pub(crate) fn special(
        &mut self,
        handler: &str,
        resource: Option<Resource>,
        call: &Call,
        ask: &Ask<'_>,
    ) -> Done {
        use Resource as R;
        let id = call.id(0);
        match (handler, resource) {
            ("get_settings", Some(R::Tickets)) => Ok(self.ticket_settings()),
            ("get_settings", Some(R::Canned)) => Ok(self.canned_settings()),
            ("get_settings", _) => Ok(Answer::json(200, &self.settings.settings)),
            ("get_tabs", _) => Ok(Store::tabs()),
            ("get_printing", _) => Ok(Answer::json(
                200,
                &json!({"messaging_channel": "200000000000000000002", "registers": []}),
            )),
            ("get_search", _) => Ok(self.search(call)),
            ("post_otp_login", _) => Ok(otp(ask)),
            ("get_latest", _) => self.latest(),
            ("get_autocomplete", _) => Ok(self.autocomplete(call)),
            ("post_create_invitation", _) => self.invitation(ask),
            ("get_chat_information_by_ids", _) => Ok(self.chat(call)),
            ("get_patches", _) => self.patches(id),
            ("get_installed_applications", _) => self.applications(id, call),
            ("get_assets_by_contact", _) => {
                let ids = self.by(R::Assets, "contact_id", &id.to_string());
                Ok(self.page(R::Assets, &ids, call, Shift::default()))
            }
            ("post_script", _) => {
                self.find(R::Assets, id)?;
                if !ask.says("script_id") {
                    return Err(Refusal::of(
                        Shape::Error,
                        "script_id",
                        "script_id is missing",
                    ));
                }
                success()
            }
            ("get_barcode", _) => self.barcode(call),
            ("get_categories", _) => {
                let ids: Vec<i64> = self.table(R::Categories).order.iter().copied().collect();
                Ok(self.page(R::Categories, &ids, call, Shift::default()))
            }
            ("post_add_images", _) => self.add_images(id, ask),
            ("delete_delete_image", _) => self.delete_image(id, call, ask),
            ("put_location_quantities", _) => self.location_quantities(id, ask),
            ("post_product_serials_attach_to_line_item", _) => self.attach_serials(id, ask),
            ("post_receive", _) => self.receive(id, ask),
            ("post_create_po_line_item", _) => self.order_line(id, ask),
            ("post_mute", _) => self.mute(id, call, ask),
            ("post_add_line_item", Some(R::Schedules)) => {
                let line = self.create(R::ScheduleLines, Some(id), ask)?;
                self.total_of_schedule(id);
                self.shown(R::ScheduleLines, line)
            }
            ("put_line_items", Some(R::Schedules)) => {
                self.owned(R::ScheduleLines, "schedule_id", call.id(1), id)?;
                self.update(R::ScheduleLines, call.id(1), ask)?;
                self.total_of_schedule(id);
                self.shown(R::ScheduleLines, call.id(1))
            }
            ("post_remove_line_item", Some(R::Schedules)) => {
                // The document has a bare number as the body.
                let line = int(ask.body).unwrap_or_else(|| named(ask, "schedule_line_item_id"));
                self.owned(R::ScheduleLines, "schedule_id", line, id)?;
                self.delete(R::ScheduleLines, line, ask)?;
                self.total_of_schedule(id);
                Ok(Answer::raw(200, Bytes::new()))
            }
            ("get_last", _) => {
                let last = self.table(R::Timelogs).records().next();
                let last = last.ok_or(Refusal::Missing(Some(R::Timelogs)))?;
                Ok(Answer::json(200, &self.brief(R::Timelogs, last)))
            }
            ("post_process_form", _) => self.process_form(id, ask),
            ("get_comments", _) => {
                self.find(R::Tickets, id)?;
                Ok(self.list(R::Comments, Some(id), call, Shift::default()))
            }
            ("post_line_items" | "put_line_items" | "delete_line_items", Some(bill)) => {
                self.bill_line(handler, bill, call, ask)
            }
            ("post_convert_to_invoice", _) => self.convert(id, ask),
            ("get_ticket", _) => {
                let invoice = self.find(R::Invoices, id)?;
                let ticket = self.linked(invoice, "ticket_id", R::Tickets);
                let ticket = ticket.ok_or(Refusal::Missing(Some(R::Invoices)))?;
                Ok(Answer::json(
                    200,
                    &json!({"ticket": self.detail(R::Tickets, ticket)}),
                ))
            }
            ("post_print" | "post_email", Some(bill @ (R::Invoices | R::Estimates))) => {
                let customer = self.find(bill, id)?.number("customer_id").unwrap_or(0);
                if handler == "post_email" {
                    self.mails.push(Mail {
                        about: bill.name(),
                        id,
                        customer,
                    });
                }
                message("We queued up a print job")
            }
            ("post_print", Some(R::Tickets)) => {
                self.find(R::Tickets, id)?;
                message("We queued up a print job")
            }
            (handler, Some(R::Tickets)) => self.with_ticket(handler, id, ask),
            _ => Ok(missing(None)),
        }
    }

    fn with_ticket(&mut self, handler: &str, id: i64, ask: &Ask<'_>) -> Done {
        use Resource as R;
        self.find(R::Tickets, id)?;
        match handler {
            "post_comment" => {
                let comment = self.create(R::Comments, Some(id), ask)?;
                // Who made it is known here, as it is not for the first comment of a ticket.
                let user = self.first_user();
                self.change(R::Comments, comment, |record| {
                    record.insert("user_id".into(), user);
                });
                self.shown(R::Comments, comment)
            }
            "post_timer_entry" => {
                let body = with(ask.body, "ticket_id", json!(id));
                let timer = self.create_timer(id, &body, ask)?;
                self.shown(R::Timers, timer)
            }
            "put_update_timer_entry" => {
                let timer = named(ask, "timer_entry_id");
                self.owned(R::Timers, "ticket_id", timer, id)?;
                self.update(R::Timers, timer, ask)?;
                self.shown(R::Timers, timer)
            }
            "post_charge_timer_entry" => {
                let timer = named(ask, "timer_entry_id");
                self.charge_timer(id, timer, ask)?;
                self.shown(R::Timers, timer)
            }
            "post_delete_timer_entry" => {
                let timer = named(ask, "timer_entry_id");
                self.owned(R::Timers, "ticket_id", timer, id)?;
                self.delete(R::Timers, timer, ask)?;
                success()
            }
            "post_add_line_item" => {
                let line = self.create(R::TicketLines, Some(id), ask)?;
                self.touch(R::Tickets, id);
                self.shown(R::TicketLines, line)
            }
            "put_update_line_item" => {
                let line = named(ask, "ticket_line_item_id");
                self.owned(R::TicketLines, "ticket_id", line, id)?;
                self.update(R::TicketLines, line, ask)?;
                let record = self.find(R::TicketLines, line)?;
                let shown = self.brief(R::TicketLines, record);
                Ok(Answer::json(200, &json!({"ticket_line_item": shown})))
            }
            "post_remove_line_item" => {
                let line = named(ask, "ticket_line_item_id");
                self.owned(R::TicketLines, "ticket_id", line, id)?;
                self.delete(R::TicketLines, line, ask)?;
                Ok(Answer::json(200, &json!({"success": true, "message": ""})))
            }
            "post_attach_file_url" => {
                let files = ask.get("files").and_then(Value::as_array);
                let Some(files) = files.filter(|files| !files.is_empty()).cloned() else {
                    let text = "Missing files param - or not an array like \
                                [{'url':'http://foo','filename': 'test'}]";
                    return Err(Refusal::of(Shape::Error, "files", text));
                };
                for file in files {
                    let body = json!({"file_name": file.get("filename"), "url": file.get("url")});
                    self.create(R::Attachments, Some(id), &ask.with(&body))?;
                }
                message("Processing - refresh ticket in a moment to see if it worked.")
            }
            "post_delete_attachment" => {
                let file = named(ask, "attachment_id");
                self.owned(R::Attachments, "ticket_id", file, id)?;
                self.delete(R::Attachments, file, ask)?;
                success()
            }
            _ => Ok(missing(None)),
        }
    }

    fn create_timer(&mut self, ticket: i64, body: &Value, ask: &Ask<'_>) -> Result<i64, Refusal> {
        let timer = self.create(Resource::Timers, None, &ask.with(body))?;
        self.change(Resource::Timers, timer, |record| {
            record.insert("ticket_id".into(), json!(ticket));
        });
        Ok(timer)
    }

    /// Whether a record hangs on that one.
    pub(crate) fn owned(
        &self,
        resource: Resource,
        field: &str,
        id: i64,
        parent: i64,
    ) -> Result<(), Refusal> {
        let record = self.find(resource, id)?;
        if record.number(field) == Some(parent) {
            Ok(())
        } else {
            Err(Refusal::Missing(Some(resource)))
        }
    }

    /// One record in its envelope, as an operation on it answers.
    pub(crate) fn shown(&self, resource: Resource, id: i64) -> Done {
        let record = self.find(resource, id)?;
        let shown = Value::Object(self.brief(resource, record));
        Ok(Answer::json(200, &enveloped(resource, shown)))
    }
}

/// A record in the envelope of its resource; some have none.
pub(crate) fn enveloped(resource: Resource, shown: Value) -> Value {
    match resource.manner().one {
        Some(name) => {
            let mut envelope = serde_json::Map::new();
            envelope.insert(name.to_owned(), shown);
            Value::Object(envelope)
        }
        None => shown,
    }
}

/// The same object with one more member.
pub(crate) fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    body
}

fn otp(ask: &Ask<'_>) -> Answer {
    let code = ask.get("code").and_then(Value::as_str).unwrap_or_default();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Answer::json(
            200,
            &json!({
                "login": true,
                "session_token": "8b1f8d2e-5f5a-4a63-9d0e-2f6d1f0c7a11",
                "token_expiration": "2030-01-01T00:00:00.000Z",
                "instructions": "Send the session token in the header Authorization2FAToken.",
            }),
        );
    }
    let text = "Your multi-factor authentication attempt failed for the 1st time.";
    Answer::json(401, &json!({"login": false, "instructions": text}))
}

/// A number of cents as a price.
pub(crate) fn priced(cents: i64) -> Value {
    float(Decimal::new(cents, 2))
}
