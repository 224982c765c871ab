//! Webhooks: each change of a record is told to one address, signed and in order.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};

use super::record::{Action, now_micros};

/// How long a receiver may take for one webhook.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// A webhook that was sent, or that could not be.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// 1 for the first, then without gaps, in the order of the changes.
    pub seq: u64,
    /// What happened, such as `clients.updated`.
    pub event: String,
    /// The server's id of the record.
    pub id: String,
    /// The body as it was signed and sent.
    pub body: String,
    /// The header `X-Perfex-Signature`.
    pub signature: String,
    /// The receiver's HTTP status; none when nobody answered.
    pub status: Option<u16>,
}

/// A change of a record.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) entity: &'static str,
    pub(crate) action: Action,
    pub(crate) id: u64,
    pub(crate) data: Value,
}

#[derive(Clone)]
struct Target {
    url: String,
    secret: String,
}

struct Letter {
    target: Target,
    event: String,
    id: String,
    body: String,
}

#[derive(Default)]
struct Inner {
    target: Option<Target>,
    queued: u64,
    sent: Vec<WebhookDelivery>,
}

/// Where changes wait until they are sent; clones share it.
#[derive(Clone)]
pub(crate) struct Outbox {
    inner: Arc<Mutex<Inner>>,
    queue: mpsc::UnboundedSender<Letter>,
    done: watch::Receiver<u64>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}

impl Outbox {
    /// An outbox and the task that empties it; the task ends with the last clone.
    pub(crate) fn start() -> Outbox {
        let (queue, letters) = mpsc::unbounded_channel();
        let (progress, done) = watch::channel(0);
        let inner = Arc::new(Mutex::new(Inner::default()));
        tokio::spawn(send_all(letters, Arc::clone(&inner), progress));
        Outbox { inner, queue, done }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where webhooks go from now on: an address and the secret they are signed with.
    pub(crate) fn point(&self, target: Option<(String, String)>) {
        self.lock().target = target.map(|(url, secret)| Target { url, secret });
    }

    pub(crate) fn push(&self, change: &Change) {
        let mut inner = self.lock();
        let Some(target) = inner.target.clone() else {
            return;
        };
        let verb = match change.action {
            Action::Create => "created",
            Action::Update => "updated",
            Action::Delete => "deleted",
        };
        let event = format!("{}.{verb}", change.entity);
        let body = json!({
            "event": event,
            "timestamp": now_micros() / 1_000_000,
            "data": change.data,
        })
        .to_string();
        inner.queued += 1;
        let letter = Letter {
            target,
            event,
            id: change.id.to_string(),
            body,
        };
        if self.queue.send(letter).is_err() {
            tracing::debug!("The server ended; a webhook is not sent.");
        }
    }

    pub(crate) fn sent(&self) -> Vec<WebhookDelivery> {
        self.lock().sent.clone()
    }

    /// Waits until everything that was queued is sent or given up.
    pub(crate) async fn settled(&self) {
        let queued = self.lock().queued;
        let mut done = self.done.clone();
        if done.wait_for(|done| *done >= queued).await.is_err() {
            tracing::debug!("The server ended before its webhooks were sent.");
        }
    }
}

async fn send_all(
    mut letters: mpsc::UnboundedReceiver<Letter>,
    inner: Arc<Mutex<Inner>>,
    progress: watch::Sender<u64>,
) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("koppel-sandbox")
        .build();
    let mut seq = 0;
    while let Some(letter) = letters.recv().await {
        seq += 1;
        let at = now_micros() / 1_000_000;
        let signature = signature(&letter.target.secret, at, letter.body.as_bytes());
        let status = match &client {
            Ok(client) => {
                let request = client
                    .post(&letter.target.url)
                    .header("content-type", "application/json")
                    .header("x-perfex-signature", &signature)
                    .body(letter.body.clone());
                match request.send().await {
                    Ok(response) => Some(response.status().as_u16()),
                    Err(error) => {
                        tracing::warn!(%error, "A webhook was not delivered.");
                        None
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Webhooks cannot be sent.");
                None
            }
        };
        inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .sent
            .push(WebhookDelivery {
                seq,
                event: letter.event,
                id: letter.id,
                body: letter.body,
                signature,
                status,
            });
        progress.send_replace(seq);
    }
}

/// `t=<unix>,v1=<hex hmac_sha256(secret, t + "." + body)>`.
fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    let mut message = format!("{at}.").into_bytes();
    message.extend_from_slice(body);
    let mut text = format!("t={at},v1=");
    for byte in hmac_sha256(secret.as_bytes(), &message) {
        // Writing to a String does not fail.
        if write!(text, "{byte:02x}").is_err() {
            break;
        }
    }
    text
}

/// HMAC of RFC 2104 with SHA-256.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_hmac_sha256_as_rfc_4231_has_it() {
        let hex = |bytes: [u8; 32]| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            })
        };
        assert_eq!(
            hex(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(hmac_sha256(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert!(signature("s", 7, b"{}").starts_with("t=7,v1="));
    }
}
