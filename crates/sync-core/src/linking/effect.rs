//! What a decision changes besides link and rules: the base, the parked row, the event.

use api_core::{Error, ErrorKind, Timestamp};

use super::{DecisionKind, DecisionRow, LinkRule, RecordState};
use crate::store::{Park, ParkReason};
use crate::{Event, EventName, Level, RunId};

/// What becomes of the record's parked row.
#[derive(Debug, Clone, PartialEq)]
pub enum Parking {
    /// It stays as it is.
    Keep,
    /// It goes.
    Clear,
    /// It is replaced by this.
    Set(Box<Park>),
    /// It is replaced by this if it waits for a person.
    SetIfAsked(Box<Park>),
}

impl Parking {
    /// What it means in one of the flows between the two systems: `own` is the one the decision
    /// was made for, `asked` says whether the record waits for a person there. The others need not
    /// take up a record that they may never have met, but none may go on without the person.
    #[must_use]
    pub fn of_flow(&self, own: bool, asked: bool) -> Self {
        match self {
            Parking::Keep => Parking::Keep,
            Parking::Clear => Parking::Clear,
            Parking::Set(park) if own || asked || park.reason.waits_for_person() => {
                Parking::Set(park.clone())
            }
            Parking::SetIfAsked(park) if asked => Parking::Set(park.clone()),
            Parking::Set(_) | Parking::SetIfAsked(_) => Parking::Keep,
        }
    }
}

/// What a store does with a decision that was weighed, besides writing link and rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Whether what was last agreed is forgotten: it was agreed with another record.
    pub forget_base: bool,
    /// The parked row.
    pub parking: Parking,
    /// What is told.
    pub event: Event,
}

/// What goes with a decision that was made.
pub fn effect(row: &DecisionRow) -> Effect {
    let (name, message) = match row.kind {
        DecisionKind::Link => (EventName::LinkSet, "A person linked the record."),
        DecisionKind::Merge => (
            EventName::LinkMerge,
            "A person merged the record into the one that is linked there.",
        ),
        DecisionKind::Unlink => (
            EventName::LinkRemove,
            "A person took the record's link away.",
        ),
        DecisionKind::Never => (
            EventName::LinkIgnore,
            "A person said that the two are not the same record.",
        ),
        DecisionKind::LeaveOut => (EventName::LinkIgnore, "A person left the record out."),
        DecisionKind::Create => (
            EventName::LinkCreate,
            "A person said that the record is to be created.",
        ),
    };
    let parking = if row.after.is_kept_out() {
        Parking::Clear
    } else {
        match row.kind {
            DecisionKind::Unlink => Parking::Set(Box::new(unlinked(row))),
            DecisionKind::Never => Parking::SetIfAsked(Box::new(again(row))),
            _ => Parking::Set(Box::new(again(row))),
        }
    };
    told(
        row,
        (name, message),
        row.at,
        parking,
        &row.before,
        &row.after,
    )
}

/// What goes with a decision that is undone.
pub fn effect_of_undo(
    row: &DecisionRow,
    now: &RecordState,
    after: &RecordState,
    at: Timestamp,
) -> Effect {
    let parking = if after.is_kept_out() {
        Parking::Clear
    } else {
        Parking::Set(Box::new(again(row)))
    };
    let message = format!("A person undid decision {}.", row.id);
    told(
        row,
        (EventName::LinkUndo, &message),
        at,
        parking,
        now,
        after,
    )
}

fn told(
    row: &DecisionRow,
    (name, message): (EventName, &str),
    at: Timestamp,
    parking: Parking,
    before: &RecordState,
    after: &RecordState,
) -> Effect {
    let mut event =
        Event::new(at, Level::Info, name, &row.flow, message).record(row.entity, &row.source_id);
    let merged = row.after.rules.iter().find_map(|rule| match rule {
        LinkRule::Merged(id) => Some(id),
        _ => None,
    });
    if let Some(id) = row.target_id.as_ref().or(merged) {
        event = event.target(id);
    }
    Effect {
        forget_base: before.linked_to() != after.linked_to(),
        parking,
        event,
    }
}

/// A row that makes the next sync take the record, wherever its listing has got to.
fn again(row: &DecisionRow) -> Park {
    let error = Error::new(
        ErrorKind::Conflict,
        "a person decided about its link; the next sync takes it",
    )
    .code("decided");
    park(row, ParkReason::Retry, &error)
}

fn unlinked(row: &DecisionRow) -> Park {
    let error = Error::new(
        ErrorKind::Conflict,
        "a person took its link away, and has not said what it is instead",
    )
    .code("unlinked");
    park(row, ParkReason::NeedsPerson, &error)
}

fn park(row: &DecisionRow, reason: ParkReason, error: &Error) -> Park {
    let nobody = RunId::from_uuid(uuid::Uuid::nil());
    Park::new(row.entity, &row.source_id, reason, error, nobody)
}
