//! What the tests of every connector need: values, ops and outcomes.

use std::sync::atomic::{AtomicUsize, Ordering};

use rust_decimal::Decimal;
use sync_core::testing::conformance::create;
use sync_core::{Action, EntityKind, FieldName, Fields, Op, Outcome, RecordId};

/// What a CRM database and SmartCRM both have, in an order in which references lead backwards.
pub(crate) const KINDS: [EntityKind; 6] = [
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
    EntityKind::Invoice,
];

/// A text that is there.
pub(crate) fn text(content: impl Into<String>) -> Option<String> {
    Some(content.into())
}

/// A number from its digits.
pub(crate) fn number(digits: &str) -> Decimal {
    digits.parse().unwrap()
}

/// A number that is there.
pub(crate) fn amount(digits: &str) -> Option<Decimal> {
    Some(number(digits))
}

/// The id of a record that was written.
pub(crate) fn written(outcome: &Outcome) -> RecordId {
    match outcome {
        Outcome::Written(id) => id.clone(),
        other => panic!("not written: {other:?}"),
    }
}

/// What became of a write, in a word.
pub(crate) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Written(_) => "written",
        Outcome::Rejected(_) => "rejected",
        Outcome::Deferred(_) => "deferred",
        Outcome::Unknown(_) => "unknown",
        _ => "other",
    }
}

/// An update of these fields of a record.
pub(crate) fn update(
    kind: EntityKind,
    id: &RecordId,
    fields: Fields,
    changed: &[&'static str],
) -> Op {
    Op {
        action: Action::Update { id: id.clone() },
        changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
        ..create(kind, fields)
    }
}

/// Makes another record each time: the suite of every connector asks twice for the same one, and
/// some names and addresses may be taken once only.
pub(crate) fn anew(make: impl Fn(usize) -> Fields) -> impl Fn(usize) -> Fields {
    let made = AtomicUsize::new(0);
    move |n| make(n + 10_000 * made.fetch_add(1, Ordering::Relaxed))
}
