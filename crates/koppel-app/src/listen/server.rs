//! The receiver's side of the network: bounded in connections, time and bytes.
//!
//! Anybody may knock. A request has a few seconds to send its headers and half a minute for all of
//! it; its path is compared before anything of the body is read; no more of the body is read than
//! the receiver takes; each connection carries one request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use sync_core::Cancel;
use syncro_client::webhook::{Accepted, Receiver, Refused};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::PATH;

/// What a peer may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many connections are open at once; others wait to be accepted.
    pub(super) connections: usize,
    /// How long the headers of a request may take.
    pub(super) headers: Duration,
    /// How long a connection may take as a whole.
    pub(super) whole: Duration,
    /// How long the end waits for what is under way.
    pub(super) grace: Duration,
    /// How large the headers of a request may be, in bytes.
    pub(super) header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            headers: Duration::from_secs(10),
            whole: Duration::from_secs(30),
            grace: Duration::from_secs(2),
            header_bytes: 16 * 1024,
        }
    }
}

/// Deliveries that were left out, because the queue was full.
#[derive(Debug, Default)]
pub(super) struct Missed {
    count: AtomicU64,
    pub(super) some: Notify,
}

impl Missed {
    pub(super) fn one_more(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.some.notify_one();
    }

    /// Takes the number.
    pub(super) fn take(&self) -> u64 {
        self.count.swap(0, Ordering::SeqCst)
    }
}

/// Where deliveries come in.
pub(super) struct Door {
    receiver: Receiver,
    queue: mpsc::Sender<Accepted>,
    missed: Arc<Missed>,
    strangers: AtomicU64,
}

impl Door {
    pub(super) fn new(receiver: Receiver, queue: mpsc::Sender<Accepted>) -> Self {
        Self {
            receiver,
            queue,
            missed: Arc::default(),
            strangers: AtomicU64::new(0),
        }
    }

    pub(super) fn missed(&self) -> Arc<Missed> {
        Arc::clone(&self.missed)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match self.take(request).await {
            Ok(accepted) => {
                let event = accepted.event();
                let said = json!({
                    "event": event.kind, "entity": event.entity, "id": event.id,
                    "duplicate": matches!(accepted, Accepted::Duplicate(_)),
                });
                self.pass_on(accepted);
                respond(StatusCode::OK, "application/json", said.to_string())
            }
            Err((status, why)) => respond(status, "text/plain; charset=utf-8", why),
        }
    }

    async fn take(&self, request: Request<Incoming>) -> Result<Accepted, (StatusCode, String)> {
        let (head, body) = request.into_parts();
        let token = head.uri.path().strip_prefix(PATH).unwrap_or_default();
        if let Err(refused) = self.receiver.admit(token, &head.headers) {
            return Err(self.refuse(&refused));
        }
        if head.method != Method::POST {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "POST a delivery".to_owned()));
        }
        let limit = self.receiver.max_body();
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(self.refuse(&Refused::TooLarge { limit }));
            }
            Err(_) => {
                let why = "the body broke off";
                return Err((StatusCode::BAD_REQUEST, why.to_owned()));
            }
        };
        let accepted = self.receiver.accept(token, &head.headers, &body);
        accepted.map_err(|refused| self.refuse(&refused))
    }

    fn refuse(&self, refused: &Refused) -> (StatusCode, String) {
        let status = refused.status();
        if *refused == Refused::WrongToken {
            // At 1, 10, 100 …: whoever knocks often does not fill the log.
            let count = self.strangers.fetch_add(1, Ordering::Relaxed) + 1;
            if count
                .checked_ilog10()
                .is_some_and(|power| 10_u64.pow(power) == count)
            {
                tracing::info!(
                    count,
                    "Requests came without the path token and were refused."
                );
            }
        } else {
            tracing::warn!(status = status.as_u16(), reason = %refused, "A delivery was refused.");
        }
        (status, refused.to_string())
    }

    /// Queues a delivery. A full queue is no loss: the poll brings what it told.
    fn pass_on(&self, accepted: Accepted) {
        match self.queue.try_send(accepted) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => self.missed.one_more(),
            Err(mpsc::error::TrySendError::Closed(_)) => {
                tracing::info!("A delivery came in after the end; the next sync brings it.");
            }
        }
    }
}

fn respond(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Serves until it is asked to stop.
pub(super) async fn serve(listener: TcpListener, door: Arc<Door>, limits: Limits, cancel: Cancel) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut open = JoinSet::new();
    loop {
        let accept = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = cancel.cancelled() => break,
            // The ends of connections are collected as they come.
            Some(_) = open.join_next() => continue,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let door = Arc::clone(&door);
                open.spawn(async move {
                    connection(stream, peer, door, limits).await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: that passes.
                tracing::warn!(%error, "A connection could not be accepted.");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let ended = timeout(limits.grace, async {
        while open.join_next().await.is_some() {}
    });
    if ended.await.is_err() {
        tracing::info!("Some connections were still open at the end and were closed.");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, door: Arc<Door>, limits: Limits) {
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(limits.header_bytes)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(limits.whole, serving).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "A connection ended with an error."),
        Err(_) => tracing::debug!(%peer, "A connection took too long and was closed."),
    }
}
