//! Cost centres (`kostenplaatsen`).

use crate::model::{ids, model};

ids! {
    /// The id of a cost centre (kostenplaats).
    CostCentreId "/kostenplaatsen"
}

model! {
    /// A cost centre (kostenplaats).
    pub struct CostCentre, fields CostCentreFields, wire "KostenplaatsModel" {
        /// Its name (`omschrijving`), at most 50 characters (vendor
        /// documentation, KPL-0005).
        description: String = "omschrijving",
        /// Whether nothing may be booked on it (`nonactief`).
        inactive: bool = "nonactief",
        /// Its number (`nummer`), 1 to 999,999,999 (vendor documentation,
        /// KPL-0007).
        number: i32 = "nummer",
        /// Its id (`id`).
        id: CostCentreId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}
