//! From a request to an answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::answer::{Answer, CAPTCHA_PAGE, LOGIN_PAGE, NOT_FOUND_PAGE};
use super::call::{Call, Operation};
use super::control;
use super::faults::{FaultKind, Faults, Plan};
use super::hooks::{Hook, HookAction, Phase};
use super::record::{View, now_micros};
use super::schema::Resource;
use super::store::Store;
use super::wire::Line;

/// The path below the host at which the API stands.
pub(crate) const BASE: &str = "/index.php/api/";
/// Most bytes of a request's body.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Most records on a page, whatever is asked for.
const MAX_PER_PAGE: u64 = 100;

/// Everything a running server shares.
pub(crate) struct App {
    pub(crate) token: String,
    pub(crate) client_token: Option<String>,
    pub(crate) idempotency: bool,
    pub(crate) max_batch: usize,
    pub(crate) latency: Duration,
    pub(crate) store: Mutex<Store>,
    pub(crate) faults: Faults,
    pub(crate) hook: Mutex<Option<Hook>>,
    pub(crate) requests: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) closing: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hook(&self) -> Option<Hook> {
        self.hook
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until the server ends.
    async fn hang(&self) {
        let mut closing = self.closing.clone();
        // An error means that the server is gone, which is what is waited for.
        if closing.wait_for(|closing| *closing).await.is_err() {
            tracing::debug!("The server ended while a request hung.");
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
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Answer::refused(413, "The request is too large").into_response();
    };
    let path = parts.uri.path();
    if let Some(rest) = path.strip_prefix("/__sandbox/") {
        return control::serve(&app, &parts, rest, &body).into_response();
    }
    let Some(rest) = path.strip_prefix(BASE) else {
        return Answer::html(404, NOT_FOUND_PAGE).into_response();
    };
    let call = Call::parse(&parts.method, rest, &parts.uri);
    let number = app.requests.fetch_add(1, Ordering::SeqCst) + 1;
    if call.is_write() {
        app.writes.fetch_add(1, Ordering::SeqCst);
    }
    let plan = app.faults.plan(&call);
    let delay = app.latency.saturating_add(plan.delay);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let hook = app.hook();
    if let Some(cut) = ask_hook(
        &app,
        hook.as_ref(),
        &call,
        number,
        Phase::BeforeApply,
        &line,
    )
    .await
    {
        return cut;
    }
    let refused = plan.verdict.as_ref().and_then(before_commit);
    if plan.verdict == Some(FaultKind::ConnectionDropped) {
        return cut(&line);
    }
    let mut answer = match refused {
        Some(answer) => answer,
        None => app.answer(&call, number, &parts.headers, &body, &plan),
    };
    if let Some(cut) = ask_hook(&app, hook.as_ref(), &call, number, Phase::AfterApply, &line).await
    {
        return cut;
    }
    if !plan.answer_delay.is_zero() {
        tokio::time::sleep(plan.answer_delay).await;
    }
    match plan.verdict {
        Some(FaultKind::AnswerLost) => return cut(&line),
        Some(FaultKind::TruncatedBody) => answer = answer.truncated(),
        Some(FaultKind::PhpNotice) => answer = answer.with_php_notice(),
        Some(FaultKind::Status {
            status,
            after_commit: true,
        }) => answer = status_answer(status),
        _ => {}
    }
    answer.headers.extend(plan.headers);
    answer.into_response()
}

/// Closes the request's connection; the response is never seen by anybody.
fn cut(line: &Line) -> Response {
    line.cut();
    Response::new(Body::empty())
}

async fn ask_hook(
    app: &App,
    hook: Option<&Hook>,
    call: &Call,
    number: u64,
    phase: Phase,
    line: &Line,
) -> Option<Response> {
    match (hook?.0)(call.event(number, phase)) {
        HookAction::Continue => None,
        HookAction::DropConnection => Some(cut(line)),
        HookAction::Hang => {
            app.hang().await;
            Some(cut(line))
        }
    }
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
        FaultKind::Status {
            status,
            after_commit: false,
        } => status_answer(*status),
        FaultKind::LoginPage { status } => Answer::html(*status, LOGIN_PAGE),
        FaultKind::CaptchaPage { status } => Answer::html(*status, CAPTCHA_PAGE),
        FaultKind::StatusFalse { message } => Answer::refused(200, message),
        FaultKind::TokenNotFound => Answer::refused(404, "Token is not found"),
        FaultKind::Unauthorized => Answer::refused(401, "Unauthorized"),
        _ => return None,
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

#[derive(Serialize)]
struct Listing<'a> {
    status: bool,
    data: Vec<View<'a>>,
    meta: Value,
}

#[derive(Serialize)]
struct Single<'a> {
    status: bool,
    data: View<'a>,
}

impl App {
    fn answer(
        &self,
        call: &Call,
        number: u64,
        headers: &HeaderMap,
        body: &Bytes,
        plan: &Plan,
    ) -> Answer {
        if let Some(refused) = self.check_tokens(call, headers) {
            return refused;
        }
        let Some(resource) = call.resource else {
            return match call.operation {
                Operation::Ping => Answer::json(
                    200,
                    &json!({"status": true, "message": "pong", "version": "3.1.0"}),
                ),
                _ => Answer::refused(404, "Unknown method"),
            };
        };
        match &call.operation {
            Operation::List => self.list(resource, call, plan),
            Operation::Get(id) => match self.store().get(resource, id) {
                Some(stored) => Answer::json(
                    200,
                    &Single {
                        status: true,
                        data: View(resource, stored),
                    },
                ),
                None => Answer::no_data(),
            },
            Operation::Ping | Operation::Unknown => Answer::refused(404, "Unknown method"),
            _ => self.write(resource, call, number, headers, body, plan),
        }
    }

    fn check_tokens(&self, call: &Call, headers: &HeaderMap) -> Option<Answer> {
        let bearer = headers
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim);
        if bearer != Some(self.token.as_str()) {
            return Some(Answer::refused(404, "Token is not found"));
        }
        let client = headers
            .get("x-client-token")
            .and_then(|value| value.to_str().ok());
        if call.v2 && (self.client_token.is_none() || client != self.client_token.as_deref()) {
            return Some(Answer::refused(404, "Client token is not found"));
        }
        None
    }

    fn list(&self, resource: Resource, call: &Call, plan: &Plan) -> Answer {
        let query = &call.list;
        let per_page = query.per_page.min(MAX_PER_PAGE);
        let store = self.store();
        let hidden = (call.is_search() && !plan.search_delay.is_zero()).then(|| {
            let delay = i64::try_from(plan.search_delay.as_micros()).unwrap_or(i64::MAX);
            now_micros().saturating_sub(delay)
        });
        let selected;
        let ids: &[u64] = if call.is_search() || query.updated_since.is_some() {
            let since = query
                .updated_since
                .map(|micros| micros.div_euclid(1_000_000) * 1_000_000);
            selected = store.select(resource, &query.conditions, since, hidden);
            &selected
        } else {
            store.ids(resource)
        };
        let total = ids.len() as u64;
        let mut start = (query.page - 1).saturating_mul(per_page);
        if query.page > 1 {
            start = start.saturating_add_signed(plan.page_shift);
        }
        let first = usize::try_from(start).unwrap_or(usize::MAX).min(ids.len());
        let last = first
            .saturating_add(usize::try_from(per_page).unwrap_or(usize::MAX))
            .min(ids.len());
        let data: Vec<View<'_>> = ids[first..last]
            .iter()
            .filter_map(|id| store.by_id(resource, *id))
            .map(|stored| View(resource, stored))
            .collect();
        if data.is_empty() {
            return Answer::no_data();
        }
        let meta = json!({
            "page": query.page,
            "per_page": per_page,
            "total": total,
            "total_pages": total.div_ceil(per_page),
            "has_more": last < ids.len(),
        });
        Answer::json(
            200,
            &Listing {
                status: true,
                data,
                meta,
            },
        )
    }
}
