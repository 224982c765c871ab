//! A transport that answers from a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Fault, Transport, TransportError};
use crate::clock::Clock;
use crate::error::SendOutcome;

/// One scripted answer or fault.
#[derive(Debug, Clone)]
pub struct Reply {
    content: Content,
    delay: Duration,
}

#[derive(Debug, Clone)]
enum Content {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
    Fault {
        fault: Fault,
        outcome: SendOutcome,
    },
}

impl Reply {
    /// An answer without a content type.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Answer {
                status,
                headers: Vec::new(),
                body: body.into(),
            },
            delay: Duration::ZERO,
        }
    }

    /// An empty answer.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::new(status, Bytes::new())
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    /// An HTML answer, as proxies and maintenance pages give.
    #[must_use]
    pub fn html(status: u16, body: &str) -> Self {
        Self::new(status, body.to_owned()).header("content-type", "text/html; charset=utf-8")
    }

    /// A fault with its usual outcome.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self {
            content: Content::Fault {
                fault,
                outcome: fault.outcome(),
            },
            delay: Duration::ZERO,
        }
    }

    /// A request that arrived, and an answer that did not.
    #[must_use]
    pub fn lost_answer() -> Self {
        Self::fault(Fault::Timeout)
    }

    /// Adds a header to an answer.
    #[must_use]
    pub fn header(mut self, name: &str, content: &str) -> Self {
        if let Content::Answer { headers, .. } = &mut self.content {
            headers.push((name.to_owned(), content.to_owned()));
        }
        self
    }

    /// Lets the transport's clock sleep before the reply.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn deliver(self) -> Result<http::Response<Bytes>, TransportError> {
        match self.content {
            Content::Answer {
                status,
                headers,
                body,
            } => {
                let mut response = http::Response::builder().status(status);
                for (name, content) in headers {
                    response = response.header(name, content);
                }
                response.body(body).map_err(|error| {
                    TransportError::new(Fault::InvalidRequest, "The script's answer is not HTTP.")
                        .with_source(error)
                })
            }
            Content::Fault { fault, outcome } => Err(TransportError::new(
                fault,
                format!("Scripted fault: {fault:?}."),
            )
            .with_outcome(outcome)),
        }
    }
}

type Rule = Box<dyn Fn(&http::Request<Bytes>) -> Option<Reply> + Send + Sync>;

#[derive(Default)]
struct Script {
    queue: VecDeque<Reply>,
    rules: Vec<Rule>,
    requests: Vec<http::Request<Bytes>>,
}

/// A transport that answers from a script and records what it was sent.
///
/// Replies pushed with [`push`](Self::push) are used first, in order; then
/// the rules of [`on`](Self::on) are asked in the order they were given. A
/// request nobody expects fails with its method and path. Clones share the
/// script.
///
/// ```
/// use api_core::transport::{FakeTransport, Reply, Transport};
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let fake = FakeTransport::new();
/// fake.push(Reply::status(503));
/// fake.on(|request| (request.uri().path() == "/ping").then(|| Reply::new(200, "pong")));
///
/// let ping = || http::Request::get("https://crm.test/ping").body(bytes::Bytes::new());
/// assert_eq!(fake.send(ping()?, Duration::MAX).await?.status(), 503);
/// assert_eq!(fake.send(ping()?, Duration::MAX).await?.body(), "pong");
/// assert_eq!(fake.requests().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct FakeTransport {
    script: Arc<Mutex<Script>>,
    clock: Option<Arc<dyn Clock>>,
}

impl FakeTransport {
    /// Creates a transport with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a transport whose delayed replies sleep on a clock.
    #[must_use]
    pub fn with_clock(clock: impl Clock + 'static) -> Self {
        Self {
            clock: Some(Arc::new(clock)),
            ..Self::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a reply that is used once.
    pub fn push(&self, reply: Reply) {
        self.lock().queue.push_back(reply);
    }

    /// Appends replies that are used once each, in order.
    pub fn push_all(&self, replies: impl IntoIterator<Item = Reply>) {
        self.lock().queue.extend(replies);
    }

    /// Adds a rule that may answer any number of requests.
    pub fn on(
        &self,
        rule: impl Fn(&http::Request<Bytes>) -> Option<Reply> + Send + Sync + 'static,
    ) {
        self.lock().rules.push(Box::new(rule));
    }

    /// Returns a copy of every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.lock().requests.clone()
    }

    /// Returns how many requests came so far.
    #[must_use]
    pub fn request_count(&self) -> usize {
        self.lock().requests.len()
    }

    /// Returns how many pushed replies were not used yet.
    #[must_use]
    pub fn unused(&self) -> usize {
        self.lock().queue.len()
    }
}

impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.lock();
        f.debug_struct("FakeTransport")
            .field("requests", &script.requests.len())
            .field("queued", &script.queue.len())
            .field("rules", &script.rules.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for FakeTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let reply = {
            let mut script = self.lock();
            let reply = match script.queue.pop_front() {
                Some(reply) => Some(reply),
                None => script.rules.iter().find_map(|rule| rule(&request)),
            };
            script.requests.push(request.clone());
            reply
        };
        let Some(mut reply) = reply else {
            return Err(TransportError::new(
                Fault::InvalidRequest,
                format!(
                    "Unexpected request: {} {}",
                    request.method(),
                    crate::redact::url(&request.uri().to_string())
                ),
            ));
        };
        if let Some(clock) = &self.clock {
            if reply.delay > timeout {
                clock.sleep(timeout).await;
                reply = Reply::lost_answer();
            } else if !reply.delay.is_zero() {
                clock.sleep(reply.delay).await;
            }
        }
        reply.deliver()
    }
}
