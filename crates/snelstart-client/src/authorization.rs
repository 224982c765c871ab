//! Whether a user may use the administration (`authorization`).

use crate::model::model;

model! {
    /// Whether a user may use the administration (`AdministrationAccessModel`).
    pub struct AdministrationAccess, fields AdministrationAccessFields, wire "AdministrationAccessModel" {
        /// Whether they may (`hasAccess`).
        has_access: bool = "hasAccess",
    }
}
