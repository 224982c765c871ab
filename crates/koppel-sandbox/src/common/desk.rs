//! What every request passes on its way in and out: counters, latency, hooks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use tokio::sync::watch;

use super::faults::{FaultKind, Faults, Plan};
use super::hooks::{Hook, HookAction, RequestEvent};
use super::wire::Line;

/// The counters, faults and the hook of a server.
pub(crate) struct Desk {
    pub(crate) latency: Duration,
    pub(crate) faults: Faults,
    pub(crate) hook: Mutex<Option<Hook>>,
    requests: AtomicU64,
    writes: AtomicU64,
    closing: watch::Receiver<bool>,
}

impl Desk {
    pub(crate) fn new(
        latency: Duration,
        faults: Faults,
        hook: Option<Hook>,
        closing: watch::Receiver<bool>,
    ) -> Desk {
        Desk {
            latency,
            faults,
            hook: Mutex::new(hook),
            requests: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            closing,
        }
    }

    /// Counts a request; its number, from 1.
    pub(crate) fn count(&self, is_write: bool) -> u64 {
        if is_write {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        self.requests.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many of them asked for a change.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    pub(crate) fn set_hook(&self, hook: Option<Hook>) {
        *self.hook.lock().unwrap_or_else(PoisonError::into_inner) = hook;
    }

    /// The way in: takes the time that the latency and the faults say, then asks the hook; a
    /// response means that the request ends there.
    pub(crate) async fn enter(
        &self,
        event: impl FnOnce() -> RequestEvent,
        plan: &Plan,
        line: &Line,
    ) -> Option<Response> {
        self.delay(plan.delay).await;
        self.ask(event, line).await
    }

    /// The way out: asks the hook, then takes the time that the faults say; a response means that
    /// no answer is sent.
    pub(crate) async fn leave(
        &self,
        event: impl FnOnce() -> RequestEvent,
        plan: &Plan,
        line: &Line,
    ) -> Option<Response> {
        if let Some(cut) = self.ask(event, line).await {
            return Some(cut);
        }
        if !plan.answer_delay.is_zero() {
            tokio::time::sleep(plan.answer_delay).await;
        }
        (plan.verdict == Some(FaultKind::AnswerLost)).then(|| cut(line))
    }

    /// Takes so long as every answer does at least, and `more`.
    async fn delay(&self, more: Duration) {
        let delay = self.latency.saturating_add(more);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Asks the hook, if one is set; a response means that the request ends there.
    async fn ask(&self, event: impl FnOnce() -> RequestEvent, line: &Line) -> Option<Response> {
        let hook = self
            .hook
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        match (hook.0)(event()) {
            HookAction::Continue => None,
            HookAction::DropConnection => Some(cut(line)),
            HookAction::Hang => {
                self.hang().await;
                Some(cut(line))
            }
        }
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

/// Closes the request's connection; the response is never seen by anybody.
pub(crate) fn cut(line: &Line) -> Response {
    line.cut();
    Response::new(Body::empty())
}
