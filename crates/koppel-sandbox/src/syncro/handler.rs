//! From a request to an answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, missing, not_authorized, page, throttled};
use super::limit::Limit;
use super::routes::{Call, Operation};
use super::run::run;
use super::schema::{Resource, Shape};
use super::store::{Ask, Store};
use crate::common::{Api, Desk, FaultKind, Line, Plan, Tally};

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
    pub(crate) asked: Tally,
}

impl App {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Api for App {
    type Call = Call;
    /// The time until the next request is free, where this is one too many.
    type Place = Option<Duration>;

    const MAX_BODY: usize = 16 * 1024 * 1024;

    fn too_large() -> Answer {
        page(413)
    }

    fn call(&self, parts: &Parts, _: &Bytes) -> Result<Call, Answer> {
        match parts.uri.path().strip_prefix(BASE) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                Ok(Call::parse(&parts.method, rest, &parts.uri))
            }
            _ => Err(page(404)),
        }
    }

    fn arrive(&self, call: &Call, line: &Line) -> (u64, Option<Duration>) {
        let number = self.desk.count(call.is_write());
        self.asked.count(call.name());
        (number, self.limit.count(line.peer()))
    }

    fn limited(&self, over: &mut Option<Duration>) -> Option<Answer> {
        let wait = over.take()?;
        let mut answer = throttled(429);
        if self.retry_after {
            let seconds = wait.as_secs() + 1;
            answer.headers.push(("retry-after", seconds.to_string()));
        }
        Some(answer)
    }

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
            FaultKind::Refused { status, message } => {
                Answer::json(*status, &json!({"success": false, "message": [message]}))
            }
            FaultKind::GrantMissing => not_authorized(),
            FaultKind::Unauthorized => unauthorized(),
            _ => return None,
        })
    }

    fn of_status(status: u16) -> Answer {
        page(status)
    }

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
        let ask = Ask::over_http(number, plan, &body);
        let shift = plan.shift();
        match (operation.route.handler, operation.resource) {
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

    fn finish(number: u64, _: Option<Duration>, answer: &mut Answer) {
        let id = format!(
            "{:08x}-sandbox-{number}",
            number.wrapping_mul(2_654_435_761)
        );
        answer.headers.push(("x-request-id", id));
    }
}

/// What a wrong token is told; the true text is not documented.
fn unauthorized() -> Answer {
    Answer::json(401, &json!({"error": "Unauthorized"}))
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
