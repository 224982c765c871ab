//! Whether a user may use the administration (`authorization`).

use api_core::Error;
use uuid::Uuid;

use crate::calls::handle;
use crate::model::model;
use crate::operations::AUTHORIZATION_USER_ACCESS;

model! {
    /// Whether a user may use the administration (`AdministrationAccessModel`).
    pub struct AdministrationAccess, fields AdministrationAccessFields, wire "AdministrationAccessModel" {
        /// Whether they may (`hasAccess`).
        has_access: bool = "hasAccess",
    }
}

handle! {
    /// What users may do with the administration (`authorization`).
    pub fn authorization -> Authorization, "What users may do";
}

impl Authorization<'_> {
    /// Asks whether a user, by their own identifier, may use the
    /// administration; needs no scope.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn user_access(&self, user: Uuid) -> Result<AdministrationAccess, Error> {
        let query = [("userIdentifier", user.to_string())];
        self.client
            .get_model(&AUTHORIZATION_USER_ACCESS, &[], &query)
            .await
    }
}
