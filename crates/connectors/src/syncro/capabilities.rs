//! What can be done with an account.

use std::time::Duration;

use sync_core::{
    BatchLimits, Capabilities, ChangeSource, DeleteVisibility, EntityCapabilities, EntityKind,
    MarkerSupport,
};

/// What can be done with an account.
///
/// There is no feed of changes and none of deletions (OpenAPI document): what is gone is only seen
/// by a complete listing. Nothing is ever deleted here.
pub(super) fn capabilities(writable: bool) -> Capabilities {
    use ChangeSource::{FullScan, ModifiedSince};

    let both = |source| EntityCapabilities {
        create: writable,
        update: writable,
        delete: false,
        deletes: DeleteVisibility::CompleteListing,
        ..EntityCapabilities::read_only(source)
    };
    // What is booked stays as it is.
    let booked = |source| EntityCapabilities {
        update: false,
        append_only: true,
        marked: false,
        ..both(source)
    };
    // Their custom fields cannot be written, or are not told back.
    let unmarked = |source| EntityCapabilities {
        marked: false,
        ..both(source)
    };
    let mut capabilities = Capabilities::new("syncro")
        .entity(
            EntityKind::Product,
            unmarked(FullScan)
                .natural_key(["code"])
                .natural_key(["name"]),
        )
        .entity(
            EntityKind::Customer,
            both(FullScan).natural_key(["email"]).natural_key(["name"]),
        )
        .entity(
            EntityKind::Contact,
            unmarked(FullScan)
                .natural_key(["customer", "email"])
                .natural_key(["customer", "first_name", "last_name"]),
        )
        .entity(
            EntityKind::Lead,
            unmarked(FullScan)
                .natural_key(["email"])
                .natural_key(["name"]),
        )
        .entity(EntityKind::Ticket, both(ModifiedSince))
        .entity(
            EntityKind::Invoice,
            booked(ModifiedSince).natural_key(["number"]),
        )
        .entity(
            EntityKind::Payment,
            booked(FullScan)
                .natural_key(["invoice", "amount", "transaction_id"])
                .natural_key(["invoice", "amount", "date"]),
        );
    capabilities.marker = MarkerSupport::Searchable;
    capabilities.batch = BatchLimits {
        max_items: 1,
        ..BatchLimits::default()
    };
    capabilities.stamp_precision = Duration::from_millis(1);
    capabilities
}
