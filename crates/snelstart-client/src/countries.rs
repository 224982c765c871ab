//! Countries (`landen`), read only.

use crate::model::{ids, model};

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
