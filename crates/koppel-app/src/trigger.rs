//! Posting a sample delivery to a receiver.

use std::time::{Duration, Instant};

use api_core::transport::Transport as _;
use api_core::{ExposeSecret, HttpTransport, SecretString, Timestamp, redact};
use serde_json::{Value as Json, json};
use syncro_client::webhook::{EventKind, testing};
use url::Url;

use crate::app::App;
use crate::connect;
use crate::error::AppError;
use crate::listen::PATH;

/// How long a receiver may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of its answer is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// Where `koppel listen` listens unless told otherwise.
const LISTENS: &str = "http://127.0.0.1:8787";

/// What a receiver answered to a sample.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Triggered {
    /// Where it was sent, without the path.
    pub to: String,
    /// The status of the answer.
    pub status: u16,
    /// The answer: JSON, or text as a JSON string; without what is secret in it.
    pub answer: Json,
}

impl Triggered {
    /// Whether the receiver took it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl App {
    /// Posts a sample of an event to a receiver of webhooks: to this address, or to
    /// `koppel listen` on this machine with the connection's `webhook_token`.
    ///
    /// # Errors
    /// When the connection sends no webhooks, the address is not known or makes no sense, or
    /// nobody answers there.
    pub async fn trigger(
        &self,
        connection: &str,
        event: &EventKind,
        id: i64,
        url: Option<&str>,
    ) -> Result<Triggered, AppError> {
        let (connection, settings) = self.sends_webhooks(connection)?;
        let token = match (&settings.webhook_token, url) {
            (_, Some(_)) => None,
            (Some(reference), None) => {
                let token = connect::secret(connection, "webhook_token", reference)?;
                Some(token)
            }
            (None, None) => {
                return Err(AppError::Asked {
                    message: format!("where `{}` sends to is not known", connection.name),
                    help: "name the address that `koppel listen` printed with --url; or set the \
                           connection's `webhook_token`"
                        .to_owned(),
                });
            }
        };
        let address = match &token {
            Some(token) => format!("{LISTENS}{PATH}{}", token.expose_secret()),
            None => url.unwrap_or_default().to_owned(),
        };
        let parsed = Url::parse(&address)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(parsed) = parsed else {
            return Err(AppError::Asked {
                message: "that is not the address of a receiver".to_owned(),
                help: "write http://127.0.0.1:8787/hook/… as `koppel listen` printed it".to_owned(),
            });
        };
        let mut body = testing::sample_for(event, id);
        // One that was never sent: a receiver leaves out what it had before.
        body["attributes"]["updated_at"] = json!(Timestamp::now().to_string());
        let began = Instant::now();
        let done = post(&parsed, &body).await;
        let took = began.elapsed();
        (self.audit.triggered(connection, event, &done, took)).await;
        done
    }
}

async fn post(url: &Url, body: &Json) -> Result<Triggered, AppError> {
    let to = url.origin().ascii_serialization();
    let failed = |message: String| AppError::Failed {
        message: format!("the sample could not be sent to {to}: {message}"),
        help: "check that the receiver runs; `koppel listen CONNECTION` starts one".to_owned(),
    };
    let request = http::Request::post(url.as_str())
        .header("content-type", "application/json")
        .header("user-agent", concat!("koppel/", env!("CARGO_PKG_VERSION")))
        .body(body.to_string().into())
        .map_err(|_| failed("the address cannot be called".to_owned()))?;
    let transport = HttpTransport::builder().max_body(MAX_ANSWER).build();
    let transport = transport.map_err(|error| failed(error.message().to_owned()))?;
    let answer = (transport.send(request, TIMEOUT).await).map_err(|error| {
        let known = redact::Known::new(secrets_of(url));
        failed(known.scrub(&error.to_string()))
    })?;
    let known = redact::Known::new(secrets_of(url));
    let text = known.scrub(&redact::json_text(answer.body(), 4_096));
    Ok(Triggered {
        to: to.clone(),
        status: answer.status().as_u16(),
        answer: serde_json::from_str(&text).unwrap_or(Json::String(text)),
    })
}

/// The segments of the path: one of them is the token.
fn secrets_of(url: &Url) -> Vec<SecretString> {
    let segments = url.path_segments().into_iter().flatten();
    (segments.filter(|segment| segment.len() >= 8))
        .map(SecretString::from)
        .collect()
}
