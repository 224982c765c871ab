//! From a request to an answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Refusal, coded, gateway, too_many};
use super::auth::Auth;
use super::limit::{Limits, Running};
use super::list;
use super::resource::Resource;
use super::routes::{Call, Operation};
use super::store::{Ask, Store};
use crate::common::{Api, Desk, FaultKind, Line, Plan, Shift, Tally, pairs};

/// Where the API begins.
pub(crate) const BASE: &str = "/v2";
/// The token host's path.
pub(crate) const TOKEN: &str = "/b2b/token";

/// Everything a running server shares.
pub(crate) struct App {
    pub(crate) auth: Auth,
    pub(crate) limits: Limits,
    pub(crate) store: Mutex<Store>,
    pub(crate) desk: Desk,
    /// How often each operation was asked.
    pub(crate) asked: Tally,
}

impl App {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self, parts: &Parts, body: &Bytes) -> Answer {
        if parts.method != http::Method::POST {
            return Answer::json(405, &json!({"error": "invalid_request"}));
        }
        self.auth.token(body)
    }
}

/// What a request to the API holds while it runs, and the answer where it is one too many.
pub(crate) struct Place {
    _running: Option<Running>,
    limited: Option<Answer>,
}

impl Api for App {
    type Call = Call;
    type Place = Place;

    /// 10 MB of a document grow by a third in base64.
    const MAX_BODY: usize = 16 * 1024 * 1024;

    fn too_large() -> Answer {
        gateway(413, "The request is too large")
    }

    fn call(&self, parts: &Parts, _: &Bytes) -> Result<Call, Answer> {
        let path = parts.uri.path();
        if path.eq_ignore_ascii_case(TOKEN) {
            return Ok(Call::token(&parts.method));
        }
        match path.strip_prefix(BASE) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                Ok(Call::parse(&parts.method, rest, &parts.uri))
            }
            _ => Err(gateway(404, "Resource not found")),
        }
    }

    fn arrive(&self, call: &Call, _: &Line) -> (u64, Place) {
        self.asked.count(call.name());
        if call.token {
            let place = Place {
                _running: None,
                limited: None,
            };
            return (0, place);
        }
        let number = self.desk.count(call.is_write());
        let place = Place {
            _running: Some(self.limits.enter()),
            limited: self.limits.count(),
        };
        (number, place)
    }

    fn limited(&self, place: &mut Place) -> Option<Answer> {
        place.limited.take()
    }

    fn before_commit(kind: &FaultKind) -> Option<Answer> {
        Some(match kind {
            FaultKind::RateLimited { retry_after_s, .. } => match retry_after_s {
                Some(seconds) => too_many(*seconds),
                None => gateway(429, "Rate limit is exceeded."),
            },
            FaultKind::Refused { status, message } => {
                Answer::json(*status, &json!({"message": message}))
            }
            FaultKind::ApiError { code, message } => coded(400, code, message),
            FaultKind::GrantMissing => {
                Answer::json(403, &json!({"message": "The scope is missing."}))
            }
            FaultKind::Unauthorized => Answer::json(
                401,
                &json!({"Message": "Authorization has been denied for this request."}),
            ),
            _ => return None,
        })
    }

    fn of_status(status: u16) -> Answer {
        match status {
            500 => Answer::json(500, &json!({"Message": "An error has occurred."})),
            // What a gateway in between says is a page.
            502 => Answer::html(502, "<html><body><h1>502 - Bad Gateway</h1></body></html>"),
            503 => {
                Answer::raw(503, Bytes::from_static(b"Service Unavailable")).of_kind("text/plain")
            }
            504 => gateway(504, "The operation has timed out."),
            _ => gateway(status, "The request failed."),
        }
    }

    fn answer(&self, call: &Call, number: u64, parts: &Parts, body: &Bytes, plan: &Plan) -> Answer {
        if call.token {
            return self.token(parts, body);
        }
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let Some(operation) = call.operation else {
            return gateway(404, "Resource not found");
        };
        let pairs = pairs(&parts.uri);
        let key = header("ocp-apim-subscription-key").or_else(|| {
            let found = pairs.iter().find(|(name, _)| name == "subscription-key");
            found.map(|(_, key)| key.clone())
        });
        if let Some(refused) = self.auth.gate(key.as_deref()) {
            return refused;
        }
        let bearer = header("authorization").and_then(|value| {
            let (kind, token) = value.split_once(' ')?;
            kind.eq_ignore_ascii_case("bearer")
                .then(|| token.trim().to_owned())
        });
        if let Some(refused) = self.auth.allow(bearer.as_deref(), &operation.scopes) {
            return refused;
        }
        let body: Value = if body.is_empty() {
            Value::Null
        } else {
            match serde_json::from_slice(body) {
                Ok(body) => body,
                Err(_) => {
                    let fault = ("body".to_owned(), "The body is no JSON.".to_owned());
                    return Refusal::Fields(vec![fault]).answer();
                }
            }
        };
        let ask = Ask::over_http(number, plan, &body);
        let mut store = self.store();
        let done = run(&mut store, operation, call, &pairs, &ask, plan.shift());
        done.unwrap_or_else(|refusal| refusal.answer())
    }
}

/// The id in a path.
pub(crate) fn id_of(call: &Call) -> Result<Uuid, Refusal> {
    let text = call.values.first().map_or("", String::as_str);
    match text.parse() {
        Ok(id) => Ok(id),
        Err(_) => Refusal::rule("ALG-0103", "Het id is ongeldig"),
    }
}

fn run(
    store: &mut Store,
    operation: &Operation,
    call: &Call,
    pairs: &[(String, String)],
    ask: &Ask<'_>,
    shift: Shift,
) -> Result<Answer, Refusal> {
    let Some(resource) = operation.resource else {
        return super::extra::run(store, operation.route.handler, call, pairs, ask);
    };
    match operation.route.handler {
        "list" => list::list(store, resource, &call.options, shift),
        "all" => Ok(list::all(store, resource)),
        "get" => {
            let row = store.find(resource, id_of(call)?)?;
            // Worded as "an active relation" in the vendor's documentation; the 404 is inferred.
            if resource == Resource::Relations && row.is("nonactief") {
                return Err(Refusal::Missing(resource.missing()));
            }
            Ok(one(200, store, resource, id_of(call)?))
        }
        "create" => {
            let id = store.create(resource, ask.body, ask)?;
            Ok(one(201, store, resource, id))
        }
        "replace" => {
            let id = id_of(call)?;
            store.replace(resource, id, ask.body, ask)?;
            Ok(one(200, store, resource, id))
        }
        "delete" => {
            store.delete(resource, id_of(call)?, ask)?;
            Ok(Answer::raw(200, Bytes::new()))
        }
        handler => super::extra::run(store, handler, call, pairs, ask),
    }
}

/// One record.
pub(crate) fn one(status: u16, store: &Store, resource: Resource, id: Uuid) -> Answer {
    let mut out = String::new();
    match store.get(resource, id) {
        Some(row) => row.write(&format!("/{}", resource.path()), None, &mut out),
        None => out.push_str("null"),
    }
    Answer::raw(status, out.into())
}
