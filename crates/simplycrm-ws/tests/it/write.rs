//! Writing records.

use simplycrm_ws::Values;

use crate::support::id;

mod change;
mod create;
mod lost;
mod warned;

/// A new contact.
fn contact() -> Values {
    Values::new()
        .set("lastname", "Vos")
        .set("assigned_user_id", id("19x1"))
        .set("cf_901", "mark-1")
}
