//! Webhooks: proof that a notice comes from the server, and what it says.
//!
//! The signature is that of the Perfex API (public API documents): a header
//! `X-Perfex-Signature: t=<unix>,v1=<hex>`, where the hexadecimal digits are
//! HMAC-SHA256 over the time, a full stop and the raw body.
//!
//! ```
//! use smartcrm_client::{SecretString, Timestamp, webhook};
//! use std::time::Duration;
//!
//! let secret = SecretString::from("whsec".to_owned());
//! let body = br#"{"event":"customers.created","data":{"userid":"7"}}"#;
//! let now: Timestamp = "2026-03-01T10:00:00Z".parse()?;
//! let header = webhook::sign(&secret, now, body)?;
//! let verified = webhook::verify(&secret, &header, body, now, Duration::from_secs(300))?;
//! assert_eq!(verified.timestamp, now);
//! assert_eq!(webhook::Notice::parse(body)?.event.as_deref(), Some("customers.created"));
//!
//! let forged = webhook::verify(&secret, &header, b"{}", now, Duration::from_secs(300));
//! assert_eq!(forged, Err(webhook::WebhookError::Forged));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::time::Duration;

use api_core::{ExposeSecret, SecretString, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::envelope::text_of;
use crate::exact::{self, RawMap};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-Perfex-Signature";

/// The longest header that is looked at.
const MAX_HEADER: usize = 4_096;
/// The most signatures of a header that are tried.
const MAX_SIGNATURES: usize = 8;

/// Why a notice is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// The header is not of the form `t=…,v1=…`; this says what is wrong.
    Malformed(&'static str),
    /// No signature fits the secret and the body.
    Forged,
    /// The notice was signed too long ago, or in the future.
    Stale {
        /// When it says that it was signed.
        timestamp: Timestamp,
    },
    /// The secret is empty, with which anybody could sign.
    NoSecret,
    /// The body is not what a notice looks like; this says why.
    Body(String),
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the signature header {what}"),
            Self::Forged => f.write_str("the signature does not fit the body"),
            Self::Stale { timestamp } => {
                write!(f, "the notice was signed at {timestamp}, which is not now")
            }
            Self::NoSecret => f.write_str("the secret of the webhook is empty"),
            Self::Body(what) => write!(f, "the notice cannot be read: {what}"),
        }
    }
}

impl std::error::Error for WebhookError {}

/// A notice whose signature fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// When the server signed it.
    pub timestamp: Timestamp,
}

/// Checks that a body was signed with the secret, and not too long ago.
///
/// Takes the header as it came and the body byte for byte. Signatures are
/// compared in constant time; one that fits is enough, so that a server may
/// sign with two secrets while one is replaced. `tolerance` is how far the
/// time of signing may be from `now`, either way; five minutes is usual.
///
/// # Errors
///
/// See [`WebhookError`]. The signature is checked before the time.
pub fn verify(
    secret: &SecretString,
    header: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<Verified, WebhookError> {
    let (time, signatures) = parse_header(header)?;
    let mac = mac(secret, time, body)?;
    let fits = signatures
        .iter()
        .take(MAX_SIGNATURES)
        // No short circuit: each is compared whatever the others gave.
        .fold(false, |fits, signature| {
            fits | mac.clone().verify_slice(signature).is_ok()
        });
    if !fits {
        return Err(WebhookError::Forged);
    }
    let seconds = time
        .parse::<i64>()
        .ok()
        .filter(|seconds| (0..=253_402_300_799).contains(seconds))
        .ok_or(WebhookError::Malformed("holds a time that cannot be"))?;
    let timestamp = Timestamp::from_seconds(seconds);
    let age = now
        .duration_since(timestamp)
        .max(timestamp.duration_since(now));
    if age > tolerance {
        return Err(WebhookError::Stale { timestamp });
    }
    Ok(Verified { timestamp })
}

/// Signs a body as the server does; for tests and for passing notices on.
///
/// # Errors
///
/// `NoSecret` when the secret is empty.
pub fn sign(secret: &SecretString, at: Timestamp, body: &[u8]) -> Result<String, WebhookError> {
    let time = (at.as_micros().div_euclid(1_000_000)).to_string();
    let mac = mac(secret, &time, body)?;
    let digits: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("t={time},v1={digits}"))
}

fn mac(secret: &SecretString, time: &str, body: &[u8]) -> Result<Hmac<Sha256>, WebhookError> {
    let secret = secret.expose_secret();
    if secret.is_empty() {
        return Err(WebhookError::NoSecret);
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| WebhookError::NoSecret)?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Ok(mac)
}

/// The time, as it was written, and the signatures.
fn parse_header(header: &str) -> Result<(&str, Vec<[u8; 32]>), WebhookError> {
    if header.len() > MAX_HEADER {
        return Err(WebhookError::Malformed("is too long"));
    }
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) if time.is_some_and(|known| known != value) => {
                return Err(WebhookError::Malformed("holds two times"));
            }
            Some(("t", value)) => time = Some(value),
            // One that is no signature may stand beside one that is.
            Some(("v1", value)) => signatures.extend(unhex(value)),
            Some(_) => {}
            None => return Err(WebhookError::Malformed("has a part without `=`")),
        }
    }
    let time = time.ok_or(WebhookError::Malformed("holds no time"))?;
    if time.is_empty() || time.len() > 12 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WebhookError::Malformed("holds a time that is no number"));
    }
    if signatures.is_empty() {
        return Err(WebhookError::Malformed("holds no signature"));
    }
    Ok((time, signatures))
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (digit(*pair.first()?)?, digit(*pair.last()?)?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(out)
}

/// What a notice says, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Notice {
    /// The event, such as `customers.created`.
    pub event: Option<String>,
    /// The record's id, where the notice has one.
    pub id: Option<String>,
    /// What the notice is about: its `data` or `payload`, else all of it.
    pub data: Map<String, Value>,
}

impl Notice {
    /// Reads the body of a notice; verify it first.
    ///
    /// The event may stand under `event`, `type`, `name` or `action`.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Body`] when the body is not a JSON object.
    pub fn parse(body: &[u8]) -> Result<Self, WebhookError> {
        let members: RawMap =
            serde_json::from_slice(body).map_err(|error| WebhookError::Body(error.to_string()))?;
        let word = |members: &RawMap, names: &[&str]| {
            names
                .iter()
                .find_map(|name| text_of(members.get(*name)?))
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let event = word(&members, &["event", "event_name", "type", "name", "action"]);
        let inner: Option<RawMap> = ["data", "payload", "record", "object"]
            .iter()
            .filter_map(|name| members.get(*name))
            .find_map(|raw| serde_json::from_str(raw.get()).ok());
        let data = inner.as_ref().unwrap_or(&members);
        let ids = ["id", "record_id", "userid", "ticketid", "rel_id"];
        Ok(Self {
            event,
            id: word(data, &ids).or_else(|| word(&members, &["record_id", "id"])),
            data: exact::map(data).map_err(|(path, message)| {
                WebhookError::Body(format!("its field `{path}`: {message}"))
            })?,
        })
    }
}

#[cfg(test)]
mod tests;
