//! Who calls (`/callerid`).

use api_core::Error;

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
            ("did", number),
            ("outbound", if outbound { "true" } else { "false" }),
        ];
        todo!()
    }
}
