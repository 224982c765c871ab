//! Calls: from an operation and its arguments to a record.

use api_core::request::Query;
pub(crate) use api_core::request::{address, encode, request};
use api_core::{Call, Error, ErrorKind, Json, SendOutcome};
use bytes::Bytes;
use http::StatusCode;

use crate::client::Client;
use crate::code::Code;
use crate::list::List;
use crate::model::Model;
use crate::operations::Operation;

/// An answer that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        text.trim_start_matches('\u{feff}').to_owned()
    }

    /// The body as JSON; `None` when there is none.
    ///
    /// The server has done what was asked, so a body that is broken is no reason
    /// to ask again.
    pub(crate) fn json(&self) -> Result<Option<Json>, Error> {
        let broken = |why: String| {
            Error::new(
                ErrorKind::Decode,
                format!("The answer cannot be read: {why}."),
            )
            .operation(self.operation)
            .status(self.status.as_u16())
            .excerpt(crate::error::beginning(&self.body))
            .outcome(SendOutcome::Done)
        };
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
    pub(crate) fn model<M: Model>(&self) -> Result<M, Error> {
        match self.json()? {
            Some(json) if !json.is_null() => M::from_json(&json)
                .map_err(|error| error.operation(self.operation).outcome(SendOutcome::Done)),
            _ => Err(Error::new(ErrorKind::Decode, "The answer holds no record.")
                .operation(self.operation)
                .status(self.status.as_u16())
                .outcome(SendOutcome::Done)),
        }
    }

    /// The rows of the answer; none where it is empty.
    pub(crate) fn rows(&self) -> Result<Vec<Json>, Error> {
        match self.json()? {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::List(rows)) => Ok(rows),
            Some(_) => Err(Error::new(ErrorKind::Decode, "The answer is no list.")
                .operation(self.operation)
                .status(self.status.as_u16())
                .excerpt(crate::error::beginning(&self.body))
                .outcome(SendOutcome::Done)),
        }
    }

    /// The records of the answer.
    pub(crate) fn models<M: Model>(&self) -> Result<Vec<M>, Error> {
        let done = |error: Error| error.operation(self.operation).outcome(SendOutcome::Done);
        let rows = self.rows()?;
        rows.iter()
            .map(|row| M::from_json(row).map_err(done))
            .collect()
    }
}

impl Client {
    /// Sends one operation; `args` fill the placeholders of its path in order.
    pub(crate) async fn send(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
        body: Option<&Json>,
    ) -> Result<Answer, Error> {
        let refuse = |error: Error| {
            error
                .operation(operation.name)
                .outcome(SendOutcome::NotSent)
        };
        let scopes = self
            .parts()
            .keys
            .scopes()
            .await
            .map_err(|error| error.operation(operation.name))?;
        if let Some(scope) = scopes.lacking(operation.scopes) {
            return Err(refuse(
                Error::new(
                    ErrorKind::Permission,
                    format!("The koppelsleutel lacks the right {scope}."),
                )
                .code(Code::ScopeMissing.as_str())
                .help(crate::error::scope_help(operation.scopes)),
            ));
        }
        let url = address(&self.parts().base, operation.path, args, query).map_err(refuse)?;
        let request = request(operation.method.clone(), &url, body).map_err(refuse)?;
        let scopes = operation.scopes;
        let call = Call::new(operation.name, operation.path, operation.safety(), request)
            .classify(move |response| crate::error::judge(response, scopes));
        let response = self.parts().caller.call(call).await?;
        Ok(Answer {
            operation: operation.name,
            status: response.status(),
            body: response.into_body(),
        })
    }

    /// Reads one record.
    pub(crate) async fn get_model<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
    ) -> Result<M, Error> {
        self.send(operation, args, query, None).await?.model()
    }

    /// Reads all records of an answer that knows no pages.
    pub(crate) async fn get_models<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        query: Query<'_>,
    ) -> Result<Vec<M>, Error> {
        self.send(operation, args, query, None).await?.models()
    }

    /// Makes a record: checked, sent once, without an id.
    pub(crate) async fn post_model<B: Model, M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        record: &B,
    ) -> Result<M, Error> {
        record
            .check()
            .map_err(|error| error.operation(operation.name))?;
        let mut body = record.to_json();
        if let Json::Map(members) = &mut body {
            // A new record must not name its id (`ALG-0100`, `REL-0063`).
            members.remove("id");
        }
        self.send(operation, args, &[], Some(&body)).await?.model()
    }

    /// Replaces a record; the last of `args` is its id.
    ///
    /// Where the server answers nothing, what was sent is returned.
    pub(crate) async fn put_model<B: Model, M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        record: &B,
    ) -> Result<M, Error> {
        record
            .check()
            .map_err(|error| error.operation(operation.name))?;
        self.put_json(operation, args, record.to_json()).await
    }

    /// Replaces a record by JSON.
    pub(crate) async fn put_json<M: Model>(
        &self,
        operation: &'static Operation,
        args: &[&str],
        mut body: Json,
    ) -> Result<M, Error> {
        if let (Json::Map(members), Some(id)) = (&mut body, args.last())
            && operation.path.contains('{')
        {
            // Another id than the address has is refused (`ALG-0101`).
            members.insert("id".to_owned(), Json::from(*id));
        }
        let answer = self.send(operation, args, &[], Some(&body)).await?;
        match answer.json()? {
            Some(json) if !json.is_null() => answer.model(),
            _ => M::from_json(&body).map_err(|error| error.operation(operation.name)),
        }
    }

    /// Deletes a record.
    pub(crate) async fn delete_at(
        &self,
        operation: &'static Operation,
        args: &[&str],
    ) -> Result<(), Error> {
        self.send(operation, args, &[], None).await.map(|_| ())
    }

    /// Begins a list.
    pub(crate) fn list_of<M: Model>(&self, operation: &'static Operation) -> List<'_, M> {
        List::new(self, operation)
    }
}
