//! Calls: from an operation and its arguments to a record.

use std::sync::Arc;

use api_core::redact::Known;
use api_core::request::{self, address};
use api_core::{Call, Error, ErrorKind, Json, SendOutcome};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use url::Url;

use crate::client::Client;
use crate::envelope;
use crate::error::{Judged, beginning, judge};
use crate::limits;
use crate::model::Model;
use crate::operations::Operation;

/// What a call that answers no record says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Acknowledged {
    /// The server's own sentence, where there is one.
    pub message: Option<String>,
}

/// An answer that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        text.trim_start_matches('\u{feff}').to_owned()
    }

    /// An error about a body that is not what it should be. The server has done
    /// what was asked, so it is no reason to ask again.
    pub(crate) fn unreadable(&self, why: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::Decode, why)
            .operation(self.operation)
            .status(self.status.as_u16())
            .excerpt(beginning(&self.body))
            .outcome(SendOutcome::Done);
        match self.headers.get("x-request-id").map(|id| id.to_str()) {
            Some(Ok(id)) => error.request_id(id),
            _ => error,
        }
    }

    /// The body as JSON; `None` when there is none.
    pub(crate) fn json(&self) -> Result<Option<Json>, Error> {
        let broken = |why: String| self.unreadable(format!("The answer cannot be read: {why}."));
        let text =
            std::str::from_utf8(&self.body).map_err(|_| broken("it is not UTF-8".to_owned()))?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(None);
        }
        Json::parse(text)
            .map(Some)
            .map_err(|error| broken(error.to_string()))
    }

    /// The one record of the answer.
    pub(crate) fn one<M: Model>(&self) -> Result<M, Error> {
        let json = self.json()?;
        let record = json.as_ref().and_then(envelope::single::<M>);
        let Some(record) = record else {
            return Err(self.unreadable("The answer holds no record."));
        };
        M::from_json(record)
            .map_err(|error| error.operation(self.operation).outcome(SendOutcome::Done))
    }

    /// The rows of the answer, and what it says about its pages.
    pub(crate) fn rows<M: Model>(&self) -> Result<(Vec<Json>, envelope::Meta), Error> {
        let list = self.json()?.and_then(envelope::rows::<M>);
        list.ok_or_else(|| self.unreadable("The answer holds no list."))
    }

    /// What the answer says about something that was done.
    pub(crate) fn acknowledged(&self) -> Acknowledged {
        let message = match self.json() {
            Ok(Some(json)) => json
                .get("message")
                .and_then(Json::as_str)
                .or(json.as_str())
                .map(str::to_owned),
            _ => None,
        };
        Acknowledged { message }
    }
}

/// Writes a request. A write is marked as JSON even without a body: the server
/// answers others with a page and status 400 (measured by client authors).
///
/// # Errors
///
/// `Config` when the address is none.
pub(crate) fn request(
    method: Method,
    url: &Url,
    body: Option<&Json>,
) -> Result<Request<Bytes>, Error> {
    let writes = !method.is_safe();
    let mut request = request::request(method, url, body)?;
    if writes {
        let kind = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(request)
}

/// A query: names and values, not yet encoded.
pub(crate) type Query<'a> = &'a [(&'a str, String)];

impl Client {
    /// Sends one operation; `args` fill the placeholders of its path in order.
    pub(crate) async fn send(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
        body: Option<&Json>,
    ) -> Result<Answer, Error> {
        let judged = Judged::of(operation);
        self.send_judged(operation, judged, args, query, body).await
    }

    /// Sends one operation, and judges the answer in a way of its own.
    pub(crate) async fn send_judged(
        &self,
        operation: &'static Operation,
        judged: Judged,
        args: &[&str],
        query: Query<'_>,
        body: Option<&Json>,
    ) -> Result<Answer, Error> {
        let known = Known::default();
        self.send_secret(operation, judged, known, (args, query, body))
            .await
    }

    /// Sends one operation whose body holds secrets that no name gives away.
    pub(crate) async fn send_secret(
        &self,
        operation: &'static Operation,
        judged: Judged,
        known: Known,
        (args, query, body): (&[&str], Query<'_>, Option<&Json>),
    ) -> Result<Answer, Error> {
        let refuse = |error: Error| {
            error
                .operation(operation.name)
                .outcome(SendOutcome::NotSent)
        };
        let url = address(&self.parts().base, operation.path, args, query).map_err(refuse)?;
        let request = request(operation.method.clone(), &url, body).map_err(refuse)?;
        let call = Call::new(operation.name, operation.path, operation.safety(), request)
            .known(known)
            .classify(self.classifier(judged));
        let response = self.parts().caller.call(call).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer {
            operation: operation.name,
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// Judges answers, and keeps all clients silent when the server throttles
    /// without saying for how long.
    pub(crate) fn classifier(
        &self,
        judged: Judged,
    ) -> impl Fn(&Response<Bytes>) -> Result<(), Error> + Send + Sync + 'static {
        let limiter = Arc::clone(&self.parts().limiter);
        let wait = self.parts().throttle_wait;
        let clock = self.parts().caller.clock();
        move |response| {
            judge(response, &judged).map_err(|error| {
                if error.kind() != ErrorKind::RateLimited {
                    return error;
                }
                let said = api_core::retry::retry_hint(
                    StatusCode::TOO_MANY_REQUESTS,
                    response.headers(),
                    clock.now(),
                );
                if said.is_some() && response.status() == StatusCode::TOO_MANY_REQUESTS {
                    // The limiter has read it as well.
                    return error;
                }
                let wait = said.unwrap_or(wait);
                limits::silence(&*limiter, wait);
                error.retry_after(wait)
            })
        }
    }

    /// Reads one record; `null` is none (`GET` of a deleted contract, measured
    /// by client authors).
    pub(crate) async fn one<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
    ) -> Result<M, Error> {
        let answer = self.send(operation, args, query, None).await?;
        if matches!(answer.json(), Ok(Some(Json::Null))) {
            return Err(
                Error::new(ErrorKind::NotFound, "Syncro holds no such record any more.")
                    .operation(operation.name)
                    .status(answer.status.as_u16()),
            );
        }
        answer.one()
    }

    /// Makes a record, or does what a `POST` does that answers one; sent once.
    pub(crate) async fn post<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        body: &Json,
    ) -> Result<M, Error> {
        self.send(operation, args, &[], Some(body)).await?.one()
    }

    /// Changes a record.
    pub(crate) async fn put<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        body: &Json,
    ) -> Result<M, Error> {
        self.send(operation, args, &[], Some(body)).await?.one()
    }

    /// Deletes a record, or does what answers a sentence or nothing.
    ///
    /// A repetition that finds nothing is no failure: an earlier attempt, whose
    /// answer was lost, may have done it, and gone it is.
    pub(crate) async fn delete(
        &self,
        operation: &'static Operation,
        args: &[&str],
    ) -> Result<(), Error> {
        match self.send(operation, args, &[], None).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound && error.attempt_count() > 1 => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Does what answers a sentence: `{"message": ".."}`, `{"success": true}`,
    /// or nothing.
    pub(crate) async fn act(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
        body: Option<&Json>,
    ) -> Result<Acknowledged, Error> {
        let answer = self.send(operation, args, query, body).await?;
        Ok(answer.acknowledged())
    }

    /// Reads a list that has no pages; a record that cannot be read fails it.
    pub(crate) async fn rows<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
    ) -> Result<Vec<M>, Error> {
        let answer = self.send(operation, args, query, None).await?;
        let (rows, _) = answer.rows::<M>()?;
        rows.iter()
            .map(|row| {
                M::from_json(envelope::unwrapped::<M>(row))
                    .map_err(|error| error.operation(operation.name).outcome(SendOutcome::Done))
            })
            .collect()
    }

    /// Does what answers some JSON of its own; `None` when it answers nothing.
    pub(crate) async fn json(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
        body: Option<&Json>,
    ) -> Result<Option<Json>, Error> {
        self.send(operation, args, query, body).await?.json()
    }
}
