//! Countries (`landen`), read only.

use api_core::Error;

use crate::calls::handle;
use crate::model::{ids, model};
use crate::operations as ops;

ids! {
    /// The id of a country (land).
    CountryId "/landen"
}

model! {
    /// A country (land).
    pub struct Country, fields CountryFields, wire "LandModel" {
        /// Its Dutch name (`naam`).
        name: String = "naam",
        /// Its code of three letters (`landcodeISO`), such as `NLD`.
        iso_code: String = "landcodeISO",
        /// Its code of two letters (`landcode`), such as `NL`.
        code: String = "landcode",
        /// Its id (`id`).
        id: CountryId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Countries (`landen`), read only.
    pub fn countries -> Countries, "Countries";
}

impl Countries<'_> {
    /// Lists countries, all at once.
    ///
    /// # Errors
    ///
    /// `Decode` where one cannot be read, and those of any call.
    pub async fn list(&self) -> Result<Vec<Country>, Error> {
        self.client.get_models(&ops::COUNTRIES_LIST, &[], &[]).await
    }

    /// Fetches a country.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &CountryId) -> Result<Country, Error> {
        self.client
            .get_model(&ops::COUNTRIES_GET, &[&id.to_string()], &[])
            .await
    }
}
