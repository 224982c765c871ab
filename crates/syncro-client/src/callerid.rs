//! Who calls (`/callerid`).

use api_core::{Error, Json};

use crate::client::Client;
use crate::model::model;
use crate::operations as ops;

model! {
    /// Who calls from a number.
    pub struct Caller, wire "data"/"data" {
        /// Name (`name`).
        name: String = "name" [read_only],
        /// Status of their ticket (`ticket_status`).
        ticket_status: String = "ticket_status" [read_only],
    }
}

/// What the server says instead of a name where the feature is off.
const OFF: &str = "Disabled";

impl Client {
    /// Tells who calls from a number; `None` where the account does not have
    /// that switched on.
    ///
    /// The server may answer with a bare name instead of a record (OpenAPI
    /// document), and with `Disabled` where the account has the feature off
    /// (measured by client authors).
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn caller_id(&self, number: &str, outbound: bool) -> Result<Option<Caller>, Error> {
        let query = [
            ("did", number.to_owned()),
            ("outbound", outbound.to_string()),
        ];
        let answer = self.send(&ops::CALLERID, &[], &query, None).await?;
        let name = match answer.json() {
            Ok(None | Some(Json::Null)) => return Ok(None),
            Ok(Some(json @ Json::Map(_))) if json.get("data").is_some_and(Json::is_null) => {
                return Ok(None);
            }
            Ok(Some(Json::Map(_))) => return answer.one().map(Some),
            Ok(Some(Json::Text(name))) => name,
            _ => answer.text(),
        };
        let name = name.trim();
        if name.is_empty() || name.eq_ignore_ascii_case(OFF) {
            return Ok(None);
        }
        Ok(Some(Caller {
            name: Some(name.to_owned()),
            ..Caller::default()
        }))
    }
}
