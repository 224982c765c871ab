//! The echo, which proves that the API can be reached (`echo`).

use api_core::{Error, Json};

use crate::client::Client;
use crate::operations::ECHO;

impl Client {
    /// Has a text said again; `None` where the answer is empty.
    ///
    /// It needs no scope and reads nothing of the administration.
    ///
    /// # Errors
    ///
    /// `Config` for a text that cannot be part of an address (empty, `.` or
    /// `..`), and those of any call.
    pub async fn echo(&self, text: &str) -> Result<Option<String>, Error> {
        let answer = self.send(&ECHO, &[text], &[], None).await?;
        let said = answer.text();
        let said = said.trim();
        // The OpenAPI document does not say whether the text comes as JSON.
        Ok(match Json::parse(said) {
            Ok(Json::Text(text)) => Some(text),
            _ if said.is_empty() => None,
            _ => Some(said.to_owned()),
        })
    }
}
