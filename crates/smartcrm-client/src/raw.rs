//! Calls of any route by hand, with the client's login.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use api_core::request::typed_path;
use api_core::{Call, Error, ErrorKind, Safety, SendOutcome};
use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::client::Client;
use crate::error::{self, Asked};
use crate::profile::BodyEncoding;
use crate::request::{Draft, check_id};

/// What a server answered to a call by hand.
///
/// The text is as it came and may hold secrets, so `Debug` does not show it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body; bytes that are no UTF-8 are replaced.
    pub body: String,
    /// Why the answer is no yes, if it is none.
    pub refused: Option<Error>,
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAnswer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Calls a route by hand: `GET clients`, `POST invoices`, …
    ///
    /// The route stands below [`base_url`](Self::base_url). `body` is JSON; it goes out as it is,
    /// or as a form where the profile says so. A `GET` is repeated after a failure that passes;
    /// anything else is sent once.
    ///
    /// # Errors
    ///
    /// When nothing was answered, or when the route or the body cannot be sent. An answer that is
    /// a refusal is an answer.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<&str>,
    ) -> Result<RawAnswer, Error> {
        const NAME: &str = "raw";
        let wrong = |error: Error| error.operation(NAME).outcome(SendOutcome::NotSent);
        let route = Draft::route(path);
        let (base, profile, caller) = self.parts();
        let parsed = (body.map(serde_json::from_str::<Value>).transpose())
            .map_err(|error| wrong(unsendable(format!("The body is not JSON: {error}."))))?;
        if path.contains("://") || path.contains(['?', '#']) || route.is_empty() {
            let message = "The route is to be one below the address of the API.";
            return Err(wrong(
                unsendable(message).help("Write it like `clients/42`, and parameters apart."),
            ));
        }
        for part in &route {
            check_id(part).map_err(wrong)?;
        }
        let form = profile.body == BodyEncoding::Form;
        let draft = Draft {
            path: route,
            query: query.to_vec(),
            body: parsed.as_ref(),
            idempotency_key: None,
        };
        let mut request = (draft.build(method.clone(), base, profile)).map_err(wrong)?;
        if let Some(text) = body.filter(|_| !form) {
            // Every digit as it was written.
            *request.body_mut() = Bytes::copy_from_slice(text.as_bytes());
        }
        let reads = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        let safety = match reads {
            true => Safety::Idempotent,
            false => Safety::Create,
        };
        let slot: Arc<Mutex<Option<RawAnswer>>> = Arc::default();
        let filled = Arc::clone(&slot);
        let profile = Arc::clone(profile);
        let clock = caller.clock();
        let template = typed_path(path.split('/').filter(|part| !part.is_empty()));
        let call = Call::new(NAME, template, safety, request).classify(move |response| {
            let asked = Asked::Raw { write: !reads };
            let read = error::read(
                &profile,
                asked,
                response.status(),
                response.headers(),
                response.body(),
                clock.now(),
            );
            let answer = RawAnswer {
                status: response.status().as_u16(),
                body: String::from_utf8_lossy(response.body()).into_owned(),
                refused: None,
            };
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            read.map(drop)
        });
        let result = caller.call(call).await;
        let answer = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (result, answer) {
            (Ok(_), Some(answer)) => Ok(answer),
            // Something was answered at the last attempt, and not only at one before.
            (Err(error), Some(answer)) if error.status_code() == Some(answer.status) => {
                Ok(RawAnswer {
                    refused: Some(error),
                    ..answer
                })
            }
            (Err(error), _) => Err(error),
            (Ok(_), None) => Err(unsendable("An accepted answer was not kept.").operation(NAME)),
        }
    }
}

fn unsendable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message.into())
}
