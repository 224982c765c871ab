//! From a request to an answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
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
use crate::common::{Desk, FaultKind, Line, Phase, Plan, answer_control, cut, parameter};

/// Most bytes of a request's body, if nothing less is set.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;
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

/// The one entry for all requests.
pub(crate) async fn serve(
    State(app): State<Arc<App>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let control = path.strip_prefix("/__sandbox/");
    let most = if control.is_some() {
        MAX_BODY
    } else {
        app.max_body
    };
    let Ok(body) = axum::body::to_bytes(body, most).await else {
        return Answer::refused(413, "The request is too large").into_response();
    };
    if let Some(rest) = control {
        return answer_control(&*app, &parts, rest, &body).into_response();
    }
    let base = app.face.dialect.base();
    let rest = path.strip_prefix(base).or_else(|| {
        path.strip_prefix(UNWRITTEN)
            .filter(|_| app.face.dialect == Dialect::Perfex)?
            .strip_prefix(base)
    });
    let Some(rest) = rest else {
        return Answer::html(404, NOT_FOUND_PAGE).into_response();
    };
    let call = Call::parse(&app.face, &parts.method, rest, &parts.uri, &body);
    let number = app.desk.count(call.is_write());
    let plan = app.desk.faults.plan(&call);
    let before = || call.event(number, Phase::BeforeApply);
    if let Some(cut) = app.desk.enter(before, &plan, &line).await {
        return cut;
    }
    let ticket = app.limit.as_ref().map(RateLimit::take);
    let refused = match &ticket {
        Some(ticket) if !ticket.allowed => Some(app.too_many(ticket)),
        _ => plan.verdict.as_ref().and_then(before_commit),
    };
    if plan.verdict == Some(FaultKind::ConnectionDropped) {
        return cut(&line);
    }
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
        Some(FaultKind::PhpNotice) => answer = answer.with_php_notice(),
        Some(FaultKind::Status {
            status,
            after_commit: true,
        }) => answer = status_answer(status),
        _ => {}
    }
    answer.headers.extend(plan.headers);
    answer
        .headers
        .extend(ticket.into_iter().flat_map(|ticket| ticket.headers));
    answer.into_response()
}

/// The answer of a fault under which nothing is applied.
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
        _ => return Answer::of_fault(kind, status_answer),
    })
}

fn status_answer(status: u16) -> Answer {
    let message = match status {
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "The request failed",
    };
    Answer::refused(status, message)
}

impl App {
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
