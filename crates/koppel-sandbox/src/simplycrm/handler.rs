//! From a request to an answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::request::Parts;

use super::call::{Api, Call};
use super::doors::Doors;
use super::reply::{Failure, Outcome, answer, error};
use super::store::Store;
use super::{mobile, webservice};
use crate::common::{
    Answer, Desk, FaultKind, Line, NOT_FOUND_PAGE, Phase, Plan, Target, answer_control, cut,
};

/// Most bytes of a request's body: PHP's `post_max_size`.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Most bytes of a request line, as Apache takes them.
const MAX_LINE: usize = 8_190;

/// Everything a running server shares.
pub(crate) struct App {
    pub(crate) store: Mutex<Store>,
    pub(crate) doors: Mutex<Doors>,
    pub(crate) desk: Desk,
}

impl App {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn doors(&self) -> MutexGuard<'_, Doors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn api_of(path: &str) -> Option<Api> {
    // What stands behind the script's name is not looked at.
    let at = |script: &str| {
        path.strip_prefix(script)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if at("/webservice.php") {
        Some(Api::Webservice)
    } else if at("/modules/Mobile/api.php") {
        Some(Api::Mobile)
    } else {
        None
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
    // PHP drops a body that is too large and goes on without.
    let body = axum::body::to_bytes(body, MAX_BODY)
        .await
        .unwrap_or_default();
    if let Some(rest) = path.strip_prefix("/__sandbox/") {
        return answer_control(&*app, &parts, rest, &body).into_response();
    }
    let Some(api) = api_of(path) else {
        return Answer::html(404, NOT_FOUND_PAGE).into_response();
    };
    let line_length = parts.method.as_str().len() + parts.uri.to_string().len() + 10;
    let schema = app.store().schema.clone();
    let call = Call::new(api, &parts, &body, &schema);
    let number = app.desk.count(call.is_write());
    let plan = app.desk.faults.plan(&call);
    if line_length > MAX_LINE || plan.verdict == Some(FaultKind::UriTooLong) {
        return Answer::html(414, TOO_LONG).into_response();
    }
    if plan.verdict == Some(FaultKind::SessionExpired)
        && let Some(name) = app.session_of(&call, &parts)
    {
        app.doors().close(&name);
    }
    let turn = app.session_of(&call, &parts).and_then(|name| {
        app.doors()
            .session(&name)
            .map(|session| session.lock.clone())
    });
    let turn = match &turn {
        Some(lock) => Some(lock.lock().await),
        None => None,
    };
    let before = || call.event(number, Phase::BeforeApply);
    if let Some(cut) = app.desk.enter(before, &plan, &line).await {
        return cut;
    }
    let mut reply = match plan.verdict.as_ref().and_then(before_commit) {
        Some(_) if plan.verdict == Some(FaultKind::ConnectionDropped) => return cut(&line),
        Some(reply) => reply,
        None => app.answer(&call, number, &parts, &plan),
    };
    let after = || call.event(number, Phase::AfterApply);
    if let Some(cut) = app.desk.leave(after, &plan, &line).await {
        return cut;
    }
    drop(turn);
    match plan.verdict.as_ref() {
        Some(FaultKind::TruncatedBody) => reply = reply.truncated(),
        Some(FaultKind::PhpNotice) => reply = reply.behind(WARNINGS),
        Some(kind) => {
            if let Some(spoilt) = after_commit(kind) {
                reply = spoilt;
            }
        }
        None => {}
    }
    reply.headers.extend(plan.headers);
    reply.headers.push((
        "cache-control",
        "no-store, no-cache, must-revalidate".into(),
    ));
    reply.headers.push(("pragma", "no-cache".into()));
    reply
        .headers
        .push(("expires", "Thu, 19 Nov 1981 08:52:00 GMT".into()));
    let mut response = reply.into_response();
    if parts.method == http::Method::HEAD {
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

/// What comes instead of an answer, where nothing is applied.
fn before_commit(kind: &FaultKind) -> Option<Answer> {
    Some(match kind {
        FaultKind::ConnectionDropped => Answer::html(500, ""),
        FaultKind::RateLimited { retry_after_s, .. } => {
            let mut answer = Answer::html(429, TOO_MANY);
            if let Some(seconds) = retry_after_s {
                answer.headers.push(("retry-after", seconds.to_string()));
            }
            answer
        }
        FaultKind::EmptyBody {
            after_commit: false,
            ..
        }
        | FaultKind::TextDeath {
            after_commit: false,
        }
        | FaultKind::HtmlFatal {
            after_commit: false,
        }
        | FaultKind::NullError {
            after_commit: false,
        } => death(kind)?,
        FaultKind::ApiError { code, message } => plain(&Err(error(code, message.clone()))),
        _ => return Answer::of_fault(kind, |status| Answer::html(status, FAILED)),
    })
}

/// What comes instead of an answer, where the request is applied.
fn after_commit(kind: &FaultKind) -> Option<Answer> {
    match kind {
        FaultKind::Status {
            status,
            after_commit: true,
        } => Some(Answer::html(*status, FAILED)),
        FaultKind::EmptyBody {
            after_commit: true, ..
        }
        | FaultKind::TextDeath { after_commit: true }
        | FaultKind::HtmlFatal { after_commit: true }
        | FaultKind::NullError { after_commit: true } => death(kind),
        _ => None,
    }
}

/// The ways in which PHP dies.
fn death(kind: &FaultKind) -> Option<Answer> {
    Some(match kind {
        FaultKind::EmptyBody { status, .. } => plain(&Err(Failure::Empty(*status))),
        FaultKind::TextDeath { .. } => plain(&Err(Failure::Text(
            "Sorry! Attempt to access restricted file. - modules//.php".into(),
        ))),
        FaultKind::HtmlFatal { .. } => Answer::html(200, FATAL),
        FaultKind::NullError { .. } => plain(&Err(Failure::Null)),
        _ => return None,
    })
}

fn plain(outcome: &Outcome) -> Answer {
    answer(outcome, webservice::style(super::Generation::V7_1))
}

impl App {
    /// The session a request belongs to: named, or with the mobile API in the cookie.
    fn session_of(&self, call: &Call, parts: &Parts) -> Option<String> {
        if let Some(name) = call.session() {
            return Some(name.to_owned());
        }
        (call.api == Api::Mobile)
            .then(|| super::cookie(cookies(parts), "PHPSESSID"))
            .flatten()
    }

    fn answer(&self, call: &Call, number: u64, parts: &Parts, plan: &Plan) -> Answer {
        let session = self.session_of(call, parts);
        let mut store = self.store();
        let mut doors = self.doors();
        let generation = store.generation;
        let mut desk = webservice::Desk {
            store: &mut store,
            doors: &mut doors,
            call,
            plan,
            number,
            method: &parts.method,
            cookies: cookies(parts),
        };
        match call.api {
            Api::Webservice => answer(&webservice::run(&mut desk), webservice::style(generation)),
            Api::Mobile => {
                let (outcome, opened) = mobile::run(&mut desk, session.as_deref());
                let mut answer = answer(&outcome, mobile::STYLE);
                let name = opened.or(session).unwrap_or_else(|| "none".into());
                answer
                    .headers
                    .push(("set-cookie", format!("PHPSESSID={name}; path=/")));
                answer
            }
        }
    }
}

fn cookies(parts: &Parts) -> &str {
    parts
        .headers
        .get(http::header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

const WARNINGS: &str = "<br />\n<b>Warning</b>:  Use of undefined constant in \
<b>/var/www/html/include/Webservices/Utils.php</b> on line <b>20</b><br />\n<br />\n\
<b>Notice</b>:  Undefined index: viewer in <b>/var/www/html/includes/runtime/Viewer.php</b> on line \
<b>117</b><br />\n";

const FATAL: &str = "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined method in \
/var/www/html/include/Webservices/Revise.php:83\nStack trace:\n#0 {main}\n  thrown in \
<b>/var/www/html/include/Webservices/Revise.php</b> on line <b>83</b><br />\n";

const TOO_LONG: &str = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n\
<title>414 Request-URI Too Long</title>\n</head><body>\n<h1>Request-URI Too Long</h1>\n\
<p>The requested URL's length exceeds the capacity\nlimit for this server.</p>\n</body></html>\n";

const TOO_MANY: &str = "<html><head><title>429 Too Many Requests</title></head><body>\
<h1>Too Many Requests</h1></body></html>\n";

const FAILED: &str = "<html><head><title>Error</title></head><body><h1>The server could not \
answer</h1></body></html>\n";
