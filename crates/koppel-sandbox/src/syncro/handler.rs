//! From a request to an answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, missing, not_authorized, page, throttled};
use super::limit::Limit;
use super::list::Shift;
use super::routes::{Call, Operation};
use super::schema::{Resource, Shape};
use super::special::enveloped;
use super::store::{Ask, Store};
use super::values::{Read as _, truth};
use crate::common::{Desk, FaultKind, Line, Phase, Plan, answer_control, cut};

/// Most bytes of a request.
pub(crate) const MAX_BODY: usize = 16 * 1024 * 1024;
/// Where the API begins.
pub(crate) const BASE: &str = "/api/v1";

/// Everything a running server shares.
pub(crate) struct App {
    pub(crate) token: String,
    pub(crate) limit: Limit,
    /// Whether an answer to too many requests says when to come again.
    pub(crate) retry_after: bool,
    pub(crate) store: Mutex<Store>,
    pub(crate) desk: Desk,
    /// How often each operation was asked.
    pub(crate) asked: Mutex<BTreeMap<String, u64>>,
}

impl App {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tally(&self, call: &Call) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match asked.get_mut(call.name()) {
            Some(times) => *times += 1,
            None => {
                asked.insert(call.name().to_owned(), 1);
            }
        }
    }
}

/// The one entry for all requests.
pub(crate) async fn serve(
    State(app): State<Arc<App>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return page(413).into_response();
    };
    if let Some(rest) = path.strip_prefix("/__sandbox/") {
        return answer_control(&*app, &parts, rest, &body).into_response();
    }
    let call = match path.strip_prefix(BASE) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            Call::parse(&parts.method, rest, &parts.uri)
        }
        _ => return page(404).into_response(),
    };
    let number = app.desk.count(call.is_write());
    app.tally(&call);
    let over = app.limit.count(line.peer());
    let plan = app.desk.faults.plan(&call);
    let before = || call.event(number, Phase::BeforeApply);
    if let Some(cut) = app.desk.enter(before, &plan, &line).await {
        return cut;
    }
    if plan.verdict == Some(FaultKind::ConnectionDropped) {
        return cut(&line);
    }
    let limited = over.map(|wait| {
        let mut answer = throttled(429);
        if app.retry_after {
            let seconds = wait.as_secs() + 1;
            answer.headers.push(("retry-after", seconds.to_string()));
        }
        answer
    });
    let refused = limited.or_else(|| plan.verdict.as_ref().and_then(before_commit));
    let mut answer = match refused {
        Some(answer) => answer,
        None => app.answer(&call, number, &parts, &body, &plan),
    };
    let after = || call.event(number, Phase::AfterApply);
    if let Some(cut) = app.desk.leave(after, &plan, &line).await {
        return cut;
    }
    match plan.verdict {
        Some(FaultKind::TruncatedBody) => answer = answer.truncated(),
        Some(FaultKind::Status {
            status,
            after_commit: true,
        }) => answer = page(status),
        Some(FaultKind::EmptyBody {
            status,
            after_commit: true,
        }) => answer = Answer::raw(status, Bytes::new()),
        Some(FaultKind::Body {
            status,
            body,
            after_commit: true,
        }) => answer = verbatim(status, &body),
        _ => {}
    }
    answer.headers.extend(plan.headers);
    let id = format!(
        "{:08x}-sandbox-{number}",
        number.wrapping_mul(2_654_435_761)
    );
    answer.headers.push(("x-request-id", id));
    answer.into_response()
}

/// The answer of a fault under which nothing is applied.
fn before_commit(kind: &FaultKind) -> Option<Answer> {
    Some(match kind {
        FaultKind::RateLimited { retry_after_s, .. } => {
            let mut answer = throttled(429);
            if let Some(seconds) = retry_after_s {
                answer.headers.push(("retry-after", seconds.to_string()));
            }
            answer
        }
        FaultKind::Throttled { status } => throttled(*status),
        FaultKind::PageTooBig { .. } => page(504),
        FaultKind::Body {
            status,
            body,
            after_commit: false,
        } => verbatim(*status, body),
        FaultKind::EmptyBody {
            status,
            after_commit: false,
        } => Answer::raw(*status, Bytes::new()),
        FaultKind::Refused { status, message } => {
            Answer::json(*status, &json!({"success": false, "message": [message]}))
        }
        FaultKind::GrantMissing => not_authorized(),
        FaultKind::Unauthorized => unauthorized(),
        _ => return Answer::of_fault(kind, page),
    })
}

fn verbatim(status: u16, body: &Value) -> Answer {
    match body {
        Value::String(text) => Answer::raw(status, text.clone().into_bytes().into())
            .of_kind("text/plain; charset=utf-8"),
        body => Answer::json(status, body),
    }
}

/// What a wrong token is told; the true text is not documented.
fn unauthorized() -> Answer {
    Answer::json(401, &json!({"error": "Unauthorized"}))
}

impl App {
    fn answer(&self, call: &Call, number: u64, parts: &Parts, body: &Bytes, plan: &Plan) -> Answer {
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let said = header("authorization");
        let bearer = said.strip_prefix("Bearer ").unwrap_or(said).trim();
        let key = call.parameter("api_key");
        if bearer != self.token && key != Some(self.token.as_str()) {
            return unauthorized();
        }
        let Some(operation) = call.operation else {
            return missing(None);
        };
        let mut store = self.store();
        if let Some(refused) = forbidden(&store, operation) {
            return refused;
        }
        if call.is_write() && !body.is_empty() && !header("content-type").contains("json") {
            return page(400);
        }
        let body: Value = if body.is_empty() {
            json!({})
        } else {
            match serde_json::from_slice(body) {
                Ok(body) => body,
                Err(_) => return page(400),
            }
        };
        let ask = Ask {
            request: number,
            rules: true,
            bad: &plan.bad,
            body: &body,
        };
        let shift = Shift {
            page: plan.page_shift,
            search: plan.search_delay,
        };
        match (operation.handler, operation.resource) {
            ("get_me", _) => store.me(&self.token),
            ("get_callerid", _) => store.callerid(call, header("accept").contains("json")),
            (handler, resource) => {
                let done = match resource {
                    Some(resource) => run(&mut store, handler, resource, call, &ask, shift),
                    None => store.special(handler, resource, call, &ask),
                };
                done.unwrap_or_else(|refusal| refused(&store, call, resource, refusal, &body))
            }
        }
    }
}

/// 401 where the token's group lacks a permission.
fn forbidden(store: &Store, operation: &Operation) -> Option<Answer> {
    let permissions = &store.settings.permissions;
    let allowed = operation
        .permissions
        .iter()
        .all(|group| group.iter().any(|one| permissions.allow(one)));
    (!allowed).then(not_authorized)
}

fn refused(
    store: &Store,
    call: &Call,
    resource: Option<Resource>,
    refusal: Refusal,
    body: &Value,
) -> Answer {
    let update = matches!(call.method.as_str(), "PUT" | "PATCH");
    let record = match (&refusal, resource) {
        (Refusal::Invalid(Shape::Record, _), Some(resource)) => {
            let known = store.get(resource, call.id(0));
            let mut record = known
                .cloned()
                .unwrap_or_else(|| resource.model().blank.clone());
            for (name, value) in body.as_object().into_iter().flatten() {
                if record.contains_key(name) {
                    record.insert(name.clone(), value.clone());
                }
            }
            Some(store.brief(resource, &record))
        }
        _ => None,
    };
    refusal.answer(body, record, update)
}

fn run(
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
                store.mails.push(super::store::Mail {
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
            let shown = store.brief(resource, store.find(resource, id)?);
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
            if store.get(resource, id).is_some() && store.payments_for(id).is_empty() {
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
