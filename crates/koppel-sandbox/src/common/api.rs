//! The way from a request to an answer.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

use super::answer::Answer;
use super::control::answer_control;
use super::desk::cut;
use super::faults::{FaultKind, Plan, Target};
use super::hooks::Phase;
use super::system::System;
use super::wire::Line;

/// A system whose requests are answered one by one, with no sessions in between.
pub(crate) trait Api: System {
    /// A request to the API.
    type Call: Target + Send + Sync + 'static;
    /// What a request holds from its arrival until its answer is made.
    type Place: Send + 'static;

    /// Most bytes of a request.
    const MAX_BODY: usize;

    /// Most bytes of a request to the API itself.
    fn max_body(&self) -> usize {
        Self::MAX_BODY
    }

    /// What a request of more bytes is told.
    fn too_large() -> Answer;

    /// Reads a request; what stands in front of the API answers where it is none.
    fn call(&self, parts: &Parts, body: &Bytes) -> Result<Self::Call, Answer>;

    /// Counts a request that arrived; its number.
    fn arrive(&self, call: &Self::Call, line: &Line) -> (u64, Self::Place);

    /// The answer where it is one too many; asked once it took its time on the way in.
    fn limited(&self, place: &mut Self::Place) -> Option<Answer>;

    /// The answer of a fault under which nothing is applied, where it is the system's own.
    fn before_commit(kind: &FaultKind) -> Option<Answer>;

    /// What a bare status looks like.
    fn of_status(status: u16) -> Answer;

    /// Applies a request.
    fn answer(
        &self,
        call: &Self::Call,
        number: u64,
        parts: &Parts,
        body: &Bytes,
        plan: &Plan,
    ) -> Answer;

    /// Adds what every answer has.
    fn finish(_number: u64, _place: Self::Place, _answer: &mut Answer) {}
}

/// The one entry for all requests.
pub(crate) async fn serve<A: Api>(
    State(app): State<Arc<A>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let control = parts.uri.path().strip_prefix("/__sandbox/");
    let most = if control.is_some() {
        A::MAX_BODY
    } else {
        app.max_body()
    };
    let Ok(body) = axum::body::to_bytes(body, most).await else {
        return A::too_large().into_response();
    };
    if let Some(rest) = control {
        return answer_control(&*app, &parts, rest, &body).into_response();
    }
    let call = match app.call(&parts, &body) {
        Ok(call) => call,
        Err(answer) => return answer.into_response(),
    };
    let (number, mut place) = app.arrive(&call, &line);
    let desk = app.desk();
    let plan = desk.faults.plan(&call);
    let before = || call.event(number, Phase::BeforeApply);
    if let Some(cut) = desk.enter(before, &plan, &line).await {
        return cut;
    }
    let limited = app.limited(&mut place);
    if plan.verdict == Some(FaultKind::ConnectionDropped) {
        return cut(&line);
    }
    let refused = limited.or_else(|| plan.verdict.as_ref().and_then(before_commit::<A>));
    let answer = match refused {
        Some(answer) => answer,
        None => app.answer(&call, number, &parts, &body, &plan),
    };
    let after = || call.event(number, Phase::AfterApply);
    if let Some(cut) = desk.leave(after, &plan, &line).await {
        return cut;
    }
    let mut answer = after_commit::<A>(plan.verdict, answer);
    answer.headers.extend(plan.headers);
    A::finish(number, place, &mut answer);
    answer.into_response()
}

/// The answer of a fault under which nothing is applied.
fn before_commit<A: Api>(kind: &FaultKind) -> Option<Answer> {
    match kind {
        FaultKind::EmptyBody {
            status,
            after_commit: false,
        } => Some(Answer::raw(*status, Bytes::new())),
        FaultKind::Body {
            status,
            body,
            after_commit: false,
        } => Some(verbatim(*status, body)),
        kind => A::before_commit(kind).or_else(|| Answer::of_fault(kind, A::of_status)),
    }
}

/// What a fault makes of the answer to a request that was applied.
fn after_commit<A: Api>(kind: Option<FaultKind>, answer: Answer) -> Answer {
    match kind {
        Some(FaultKind::TruncatedBody) => answer.truncated(),
        Some(FaultKind::PhpNotice) => answer.with_php_notice(),
        Some(FaultKind::Status {
            status,
            after_commit: true,
        }) => A::of_status(status),
        Some(FaultKind::EmptyBody {
            status,
            after_commit: true,
        }) => Answer::raw(status, Bytes::new()),
        Some(FaultKind::Body {
            status,
            body,
            after_commit: true,
        }) => verbatim(status, &body),
        _ => answer,
    }
}

fn verbatim(status: u16, body: &Value) -> Answer {
    match body {
        Value::String(text) => Answer::raw(status, text.clone().into_bytes().into())
            .of_kind("text/plain; charset=utf-8"),
        body => Answer::json(status, body),
    }
}
