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
use super::run::run;
use super::schema::{Resource, Shape};
use super::store::{Ask, Store};
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
