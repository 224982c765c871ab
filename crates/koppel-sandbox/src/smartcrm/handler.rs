//! From a request to an answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use serde_json::json;

use super::answer::{Answer, CAPTCHA_PAGE, NOT_FOUND_PAGE};
use super::call::{Call, Operation};
use super::dialect::{Dialect, Face};
use super::limit::{RateLimit, Ticket};
use super::reads;
use super::record::now_micros;
use super::store::Store;
use super::webhook::Outbox;
use crate::common::{Api, Desk, FaultKind, Line, Plan, parameter};

/// Where CodeIgniter answers also when its rewrite rules are at work.
const UNWRITTEN: &str = "/index.php";

/// Everything a running server shares.
pub(crate) struct App {
    pub(crate) token: String,
    pub(crate) client_token: Option<String>,
    pub(crate) idempotency: bool,
    pub(crate) face: Arc<Face>,
    pub(crate) max_batch: usize,
    pub(crate) max_body: usize,
    pub(crate) limit: Option<RateLimit>,
    pub(crate) outbox: Outbox,
    pub(crate) store: Mutex<Store>,
    pub(crate) desk: Desk,
}

impl App {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Api for App {
    type Call = Call;
    type Place = Option<Ticket>;

    /// If nothing less is set.
    const MAX_BODY: usize = 8 * 1024 * 1024;

    fn max_body(&self) -> usize {
        self.max_body
    }

    fn too_large() -> Answer {
        Answer::refused(413, "The request is too large")
    }

    fn call(&self, parts: &Parts, body: &Bytes) -> Result<Call, Answer> {
        let path = parts.uri.path();
        let base = self.face.dialect.base();
        let rest = path.strip_prefix(base).or_else(|| {
            path.strip_prefix(UNWRITTEN)
                .filter(|_| self.face.dialect == Dialect::Perfex)?
                .strip_prefix(base)
        });
        match rest {
            Some(rest) => Ok(Call::parse(
                &self.face,
                &parts.method,
                rest,
                &parts.uri,
                body,
            )),
            None => Err(Answer::html(404, NOT_FOUND_PAGE)),
        }
    }

    fn arrive(&self, call: &Call, _: &Line) -> (u64, Option<Ticket>) {
        (self.desk.count(call.is_write()), None)
    }

    fn limited(&self, ticket: &mut Option<Ticket>) -> Option<Answer> {
        let ticket = ticket.insert(self.limit.as_ref()?.take());
        (!ticket.allowed).then(|| self.too_many(ticket))
    }

    fn before_commit(kind: &FaultKind) -> Option<Answer> {
        Some(match kind {
            FaultKind::RateLimited {
                retry_after_s,
                reset_after_s,
            } => {
                let mut answer = Answer::refused(429, "Rate limit exceeded");
                if let Some(seconds) = retry_after_s {
                    answer.headers.push(("retry-after", seconds.to_string()));
                }
                if let Some(seconds) = reset_after_s {
                    let now = u64::try_from(now_micros() / 1_000_000).unwrap_or_default();
                    let at = now.saturating_add(*seconds);
                    answer.headers.push(("x-ratelimit-reset", at.to_string()));
                }
                answer
            }
            FaultKind::StatusFalse { message } => Answer::refused(200, message),
            FaultKind::Refused { status, message } => Answer::refused(*status, message),
            FaultKind::ModuleDisabled => Answer::refused(401, "The API module is disabled"),
            FaultKind::GrantMissing => {
                Answer::refused(403, "You do not have permission to perform this action")
            }
            FaultKind::TokenNotFound => Answer::refused(404, "Token is not found"),
            FaultKind::Unauthorized => Answer::refused(401, "Unauthorized"),
            _ => return None,
        })
    }

    fn of_status(status: u16) -> Answer {
        let message = match status {
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => "The request failed",
        };
        Answer::refused(status, message)
    }

    fn answer(&self, call: &Call, number: u64, parts: &Parts, body: &Bytes, plan: &Plan) -> Answer {
        if let Some(refused) = self.check_tokens(call, parts) {
            return refused;
        }
        match (&call.operation, call.resource) {
            (Operation::Ping, _) => Answer::json(
                200,
                &json!({"status": true, "message": "pong", "version": "3.1.0"}),
            ),
            (Operation::Common(list), _) => reads::common(list),
            (Operation::Operations, _) => self.write(call, number, &parts.headers, body, plan),
            (Operation::Unknown, _) | (_, None) => Answer::refused(404, "Unknown method"),
            (Operation::List, Some(resource)) => self.list(resource, call, plan),
            (Operation::Search(keyword), Some(resource)) => self.search(resource, keyword, plan),
            (Operation::Get(id), Some(resource)) => self.get(resource, id),
            (_, Some(_)) => self.write(call, number, &parts.headers, body, plan),
        }
    }

    fn finish(_: u64, ticket: Option<Ticket>, answer: &mut Answer) {
        answer
            .headers
            .extend(ticket.into_iter().flat_map(|ticket| ticket.headers));
    }
}

impl App {
    fn check_tokens(&self, call: &Call, parts: &Parts) -> Option<Answer> {
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let token = Some(self.token.as_str());
        let bearer = header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim);
        let fits = match self.face.dialect {
            Dialect::SmartCrm => bearer == token,
            Dialect::Perfex => {
                header("authtoken") == token
                    || parameter(&parts.uri, "authtoken").as_deref() == token
            }
            Dialect::Rise => {
                // The hosting firewall in front of it.
                if header("user-agent").is_none_or(|agent| agent.trim().is_empty()) {
                    return Some(Answer::html(403, CAPTCHA_PAGE));
                }
                bearer == token && header("x-api-token") == token
            }
        };
        if !fits {
            return Some(Answer::refused(404, "Token is not found"));
        }
        let client = header("x-client-token");
        if call.v2 && (self.client_token.is_none() || client != self.client_token.as_deref()) {
            let body = json!({
                "status": false,
                "error": "client_token",
                "message": "Client token is not valid",
            });
            return Some(Answer::json(401, &body));
        }
        None
    }

    /// Perfex's documents know no `Retry-After`.
    fn too_many(&self, ticket: &Ticket) -> Answer {
        let mut answer = Answer::refused(429, "Rate limit exceeded");
        if self.face.dialect != Dialect::Perfex {
            let seconds = ticket.reset_in_s.to_string();
            answer.headers.push(("retry-after", seconds));
        }
        answer
    }
}
