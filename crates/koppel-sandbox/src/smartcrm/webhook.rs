//! Webhooks: each change of a record is told to one address, signed and in order.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::record::{Action, now_micros};
use crate::common::{Letter, Post};

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

struct Signed {
    target: Target,
    event: String,
    id: String,
    body: String,
    signature: String,
}

impl Letter for Signed {
    type Delivery = WebhookDelivery;

    fn url(&self) -> &str {
        &self.target.url
    }

    fn body(&self) -> &str {
        &self.body
    }

    fn headers(&mut self) -> Vec<(&'static str, String)> {
        let at = now_micros() / 1_000_000;
        self.signature = signature(&self.target.secret, at, self.body.as_bytes());
        vec![("x-perfex-signature", self.signature.clone())]
    }

    fn delivered(self, seq: u64, status: Option<u16>) -> WebhookDelivery {
        WebhookDelivery {
            seq,
            event: self.event,
            id: self.id,
            body: self.body,
            signature: self.signature,
            status,
        }
    }
}

/// Where changes wait until they are sent; clones share it.
#[derive(Clone)]
pub(crate) struct Outbox {
    target: Arc<Mutex<Option<Target>>>,
    post: Post<Signed>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}

impl Outbox {
    /// An outbox and the task that empties it; the task ends with the last clone.
    pub(crate) fn start() -> Outbox {
        Outbox {
            target: Arc::default(),
            post: Post::start(),
        }
    }

    fn target(&self) -> MutexGuard<'_, Option<Target>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where webhooks go from now on: an address and the secret they are signed with.
    pub(crate) fn point(&self, target: Option<(String, String)>) {
        *self.target() = target.map(|(url, secret)| Target { url, secret });
    }

    pub(crate) fn push(&self, change: &Change) {
        let Some(target) = self.target().clone() else {
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
        self.post.push(Signed {
            target,
            event,
            id: change.id.to_string(),
            body,
            signature: String::new(),
        });
    }

    pub(crate) fn sent(&self) -> Vec<WebhookDelivery> {
        self.post.sent()
    }

    /// Waits until everything that was queued is sent or given up.
    pub(crate) async fn settled(&self) {
        self.post.settled().await;
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
