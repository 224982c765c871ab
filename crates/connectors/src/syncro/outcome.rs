//! What an answer means for the write that it answers.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{Outcome, RecordId};

/// The outcome of a write that failed.
///
/// Whether something may have been applied goes first, because a write in doubt is looked up and
/// never blindly sent again. After that the kind tells whose fault it is: the record's, or
/// nobody's record (the token, a permission, the limit, the server: tried again as it is).
pub(super) fn of_error(error: Error) -> Outcome {
    if error.send_outcome().may_be_applied() {
        return Outcome::Unknown(error);
    }
    of_certain(error)
}

/// The outcome of a write that was not sent, because it could not be prepared.
pub(super) fn unsent(error: Error) -> Outcome {
    let error = match error.send_outcome() {
        SendOutcome::Rejected => error,
        _ => error.outcome(SendOutcome::NotSent),
    };
    of_certain(error)
}

fn of_certain(error: Error) -> Outcome {
    match error.kind() {
        ErrorKind::Validation
        | ErrorKind::Conflict
        | ErrorKind::NotFound
        | ErrorKind::TooLarge
        | ErrorKind::Decode => Outcome::Rejected(error),
        // A permission that is missing is missing for every record.
        _ => Outcome::Deferred(error),
    }
}

/// A record that cannot be written because of one field; nothing was sent.
pub(super) fn rejected(field: &str, problem: &str) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!("The field `{field}` {problem}."),
    )
    .operation("syncro.push")
    .outcome(SendOutcome::NotSent)
    .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}

/// A record that is to be changed is not there.
pub(super) fn not_found(what: &str, id: &RecordId) -> Error {
    Error::new(ErrorKind::NotFound, format!("Syncro has no {what} `{id}`."))
        .operation("syncro.push")
        .outcome(SendOutcome::Rejected)
}

/// The server answered a create and told no id: what became of it is looked up.
pub(super) fn no_id(what: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("The answer to a new {what} has no id."),
    )
    .operation("syncro.push")
    .outcome(SendOutcome::Unknown)
}

/// What is there is not what was to be there: a person decides.
pub(super) fn conflict(field: &'static str, message: String, help: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, message.clone())
        .operation("syncro.push")
        .code("differs")
        .outcome(SendOutcome::Rejected)
        .fields(BTreeMap::from([(field.to_owned(), message)]))
        .help(help)
}

/// A write that this connection does not have.
pub(super) fn unwritten(kind: ErrorKind, what: String) -> Error {
    Error::new(kind, what)
        .operation("syncro.push")
        .outcome(SendOutcome::NotSent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, outcome: SendOutcome) -> Error {
        Error::new(kind, "x").outcome(outcome)
    }

    #[test]
    fn what_may_have_arrived_is_looked_up_whatever_the_error_is() {
        for kind in [
            ErrorKind::Validation,
            ErrorKind::NotFound,
            ErrorKind::Unavailable,
            ErrorKind::Permission,
        ] {
            let lost = of_error(error(kind, SendOutcome::Unknown));
            assert!(matches!(lost, Outcome::Unknown(_)), "{kind:?}");
        }
    }

    #[test]
    fn a_missing_permission_stops_and_a_bad_record_is_set_aside() {
        let refused = |kind| of_error(error(kind, SendOutcome::Rejected));
        for kind in [
            ErrorKind::Permission,
            ErrorKind::Auth,
            ErrorKind::RateLimited,
        ] {
            assert!(matches!(refused(kind), Outcome::Deferred(_)), "{kind:?}");
        }
        for kind in [
            ErrorKind::Validation,
            ErrorKind::Conflict,
            ErrorKind::NotFound,
        ] {
            assert!(matches!(refused(kind), Outcome::Rejected(_)), "{kind:?}");
        }
    }
}
