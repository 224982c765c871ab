//! The plain operations: list, get, create, update and delete.

use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, missing};
use super::routes::Call;
use super::schema::Resource;
use super::special::enveloped;
use super::store::{Ask, Mail, Store};
use super::values::{Read as _, truth};
use crate::common::Shift;

/// Answers an operation of a resource.
pub(crate) fn run(
    store: &mut Store,
    handler: &str,
    resource: Resource,
    call: &Call,
    ask: &Ask<'_>,
    shift: Shift,
) -> Result<Answer, Refusal> {
    // What hangs on another record has that one's id first.
    let parent =
        (resource.manner().parent.is_some() && call.path.contains('/')).then(|| call.id(0));
    let id = call.id(usize::from(parent.is_some()));
    let owned = |store: &Store| match (resource.manner().parent, parent) {
        (Some((field, _)), Some(parent)) => store.owned(resource, field, id, parent),
        _ => Ok(()),
    };
    match handler {
        "list" => {
            if let (Some((_, of)), Some(id)) = (resource.manner().parent, parent) {
                store.find(of, id)?;
            }
            Ok(store.list(resource, parent, call, shift))
        }
        "get" => {
            owned(store)?;
            get(store, resource, id, call)
        }
        "create" => {
            let id = store.create(resource, parent, ask)?;
            Ok(made(store, resource, id, ask))
        }
        "update" => {
            owned(store)?;
            change(store, resource, id, call, ask)
        }
        "delete" => {
            owned(store)?;
            delete(store, resource, id, ask)
        }
        handler => store.special(handler, Some(resource), call, ask),
    }
}

fn get(store: &Store, resource: Resource, id: i64, call: &Call) -> Result<Answer, Refusal> {
    let text = call.values.first().map_or("", String::as_str);
    let id = match resource {
        // A number does as well as an id.
        Resource::Invoices if store.get(resource, id).is_none() => {
            let found = store.by(resource, "number", text);
            found.first().copied().unwrap_or(id)
        }
        Resource::Estimates if store.get(resource, id).is_none() => {
            let number = call.parameter("number").unwrap_or_default();
            let found = store.by(resource, "number", number);
            found.first().copied().unwrap_or(id)
        }
        Resource::Devices => {
            let found = store.by(resource, "device_uuid", text);
            found.first().copied().unwrap_or(id)
        }
        // As measured by client authors, a contract that is gone is null.
        Resource::Contracts if store.get(resource, id).is_none() => {
            return Ok(Answer::json(200, &Value::Null));
        }
        _ => id,
    };
    let record = store.find(resource, id)?;
    let mut shown = store.detail(resource, record);
    if resource == Resource::Appointments {
        // An appointment alone comes bare, and without this.
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("do_not_email");
        }
        return Ok(Answer::json(200, &shown));
    }
    Ok(Answer::json(200, &enveloped(resource, shown)))
}

fn made(store: &mut Store, resource: Resource, id: i64, ask: &Ask<'_>) -> Answer {
    let Some(record) = store.get(resource, id) else {
        return missing(Some(resource));
    };
    match resource {
        Resource::Alerts => {
            let mut alert = store.brief(resource, record);
            alert.remove("ticket_number");
            alert.remove("ticket_status");
            alert.insert("account_id".into(), json!(1));
            alert.insert("ticket_id".into(), Value::Null);
            Answer::json(201, &json!({"success": true, "alert": alert}))
        }
        Resource::Payments => {
            let mut payment = store.brief(resource, record);
            payment.insert("tickets".into(), json!([]));
            payment.remove("signature_date");
            Answer::json(200, &json!({"payment": payment}))
        }
        Resource::AppointmentTypes => {
            let shown = store.brief(resource, record);
            Answer::json(200, &json!({"appointment_type": shown}))
        }
        Resource::Tickets => {
            let shown = store.detail(resource, record);
            Answer::json(200, &enveloped(resource, shown))
        }
        Resource::Invoices | Resource::Estimates | Resource::Phones => {
            let shown = Value::Object(store.brief(resource, record));
            Answer::json(200, &enveloped(resource, shown))
        }
        Resource::Appointments => {
            let shown = store.item(resource, record);
            let customer = record.number("customer_id").unwrap_or(0);
            let mails = ask.get("email_customer").and_then(truth) == Some(true)
                && !record.flag("do_not_email");
            if mails {
                let about = resource.name();
                store.mails.push(Mail {
                    about,
                    id,
                    customer,
                });
            }
            Answer::json(201, &json!({"appointment": shown}))
        }
        resource => {
            let status = if resource == Resource::Canned {
                201
            } else {
                200
            };
            let shown = store.item(resource, record);
            Answer::json(status, &enveloped(resource, shown))
        }
    }
}

fn change(
    store: &mut Store,
    resource: Resource,
    id: i64,
    call: &Call,
    ask: &Ask<'_>,
) -> Result<Answer, Refusal> {
    let mut id = id;
    let query: Value;
    let mut ask = ask.with(ask.body);
    match resource {
        Resource::Timers => {
            // The flag comes as a parameter.
            let billable = call.parameter("billable");
            let billable = billable.filter(|text| matches!(*text, "true" | "false"));
            store.find(resource, id)?;
            let Some(billable) = billable else {
                let body = json!({"errors": ["billable must be true or false"]});
                return Err(Refusal::json(422, &body));
            };
            query = json!({"billable": billable});
            ask = ask.with(&query);
            store.update(resource, id, &ask)?;
            let mut shown = store.brief(resource, store.find(resource, id)?);
            let touched = shown.get("updated_at").cloned().unwrap_or_default();
            shown.insert("since_updated_at".into(), touched);
            return Ok(Answer::json(200, &json!({"ticket_timer": shown})));
        }
        Resource::Timelogs => {
            // The one that runs is meant.
            let last = store.table(resource).order.front().copied();
            id = match last {
                Some(id) => id,
                None => store.create(resource, None, &ask)?,
            };
        }
        Resource::Devices => {
            let text = call.values.first().map_or("", String::as_str);
            let found = store.by(resource, "device_uuid", text);
            id = found.first().copied().unwrap_or(id);
        }
        _ => {}
    }
    store.update(resource, id, &ask)?;
    let record = store.find(resource, id)?;
    let shown = match resource {
        Resource::Tickets => store.detail(resource, record),
        Resource::Invoices | Resource::Estimates => Value::Object(store.brief(resource, record)),
        resource => store.item(resource, record),
    };
    Ok(Answer::json(200, &enveloped(resource, shown)))
}

fn delete(
    store: &mut Store,
    resource: Resource,
    id: i64,
    ask: &Ask<'_>,
) -> Result<Answer, Refusal> {
    let done = |text: &str| Ok(Answer::json(200, &json!({"message": text})));
    match resource {
        Resource::Invoices => {
            // 200 in any case; one that is paid stays.
            let paid = store
                .get(resource, id)
                .map(|invoice| invoice.flag("is_paid"));
            if paid == Some(false) && store.payments_for(id).is_empty() {
                store.delete(resource, id, ask)?;
            }
            Ok(Answer::json(200, &json!({"success": true})))
        }
        Resource::Alerts => {
            // Resolved rather than removed.
            let body = json!({"resolved": true, "status": "resolved"});
            store.find(resource, id)?;
            store.update(resource, id, &ask.with(&body))?;
            store.tell("rmm_alert", "RMM Alert Resolved", resource, id);
            Ok(Answer::json(200, &json!({"success": "true"})))
        }
        Resource::PortalUsers => {
            let record = store.delete(resource, id, ask)?;
            Ok(Answer::json(200, &store.brief(resource, &record)))
        }
        Resource::PaymentProfiles => {
            store.delete(resource, id, ask)?;
            Ok(Answer::json(200, &json!({"success": true})))
        }
        Resource::Canned => {
            store.delete(resource, id, ask)?;
            Ok(Answer::raw(204, Bytes::new()))
        }
        Resource::Estimates => {
            let record = store.delete(resource, id, ask)?;
            done(&format!("1: We deleted # {}", record.text("number")))
        }
        resource => {
            store.delete(resource, id, ask)?;
            match resource {
                Resource::Customers => done("Customer was deleted from the system."),
                Resource::Tickets => done("Ticket was successfully deleted. "),
                Resource::Appointments => done("deleted"),
                _ => Ok(Answer::raw(200, Bytes::new())),
            }
        }
    }
}
