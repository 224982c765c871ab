//! What an answer means for the write that it answers.

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::Code;
use sync_core::{Outcome, RecordId};

use super::model::Model;

/// The outcome of a write that failed.
///
/// Whether something may have been applied goes first, because a write in doubt is looked up and
/// never blindly sent again. After that the kind tells whose fault it is: the record's, or
/// nobody's record (the login, the limit, the server: tried again as it is).
pub(super) fn of_error(model: &Model, error: Error) -> Outcome {
    if error.send_outcome().may_be_applied() {
        return Outcome::Unknown(error);
    }
    match error.kind() {
        ErrorKind::Conflict if Code::of(&error) == Some(Code::Duplicate) => {
            Outcome::Rejected(duplicate(model, error))
        }
        ErrorKind::Validation
        | ErrorKind::Conflict
        | ErrorKind::NotFound
        | ErrorKind::TooLarge
        | ErrorKind::Decode
        // What the user may do in the module was asked before: this is of the one record.
        | ErrorKind::Permission => Outcome::Rejected(error),
        _ => Outcome::Deferred(error),
    }
}

/// The outcome of a write that was not sent, because it could not be prepared.
pub(super) fn unsent(error: Error) -> Outcome {
    let error = match error.send_outcome() {
        SendOutcome::Rejected => error,
        _ => error.outcome(SendOutcome::NotSent),
    };
    match error.kind() {
        ErrorKind::Validation
        | ErrorKind::Conflict
        | ErrorKind::NotFound
        | ErrorKind::TooLarge
        | ErrorKind::Decode => Outcome::Rejected(error),
        _ => Outcome::Deferred(error),
    }
}

/// The outcome of a delete; what is gone already is as good as deleted.
pub(super) fn of_delete(model: &Model, result: Result<(), Error>, id: &RecordId) -> Outcome {
    match result {
        Ok(()) => Outcome::Written(id.clone()),
        Err(error) if error.kind() == ErrorKind::NotFound => Outcome::Written(id.clone()),
        Err(error) => of_error(model, error),
    }
}

/// The server says that something is there twice, and not what (recorded vtiger 7.1.0 server).
fn duplicate(model: &Model, error: Error) -> Error {
    let unique: Vec<String> = model
        .describe
        .fields
        .iter()
        .filter(|field| field.unique == Some(true))
        .map(|field| format!("{} (`{}`)", field.label, field.name))
        .collect();
    let what = if unique.is_empty() {
        format!("another record of {} is the same", model.module)
    } else {
        format!(
            "another record of {} has the same {}",
            model.module,
            unique.join(" or ")
        )
    };
    Error::new(
        ErrorKind::Conflict,
        format!("The server takes it for a duplicate: {what}."),
    )
    .operation("simplycrm.push")
    .code(error.code_str().unwrap_or("0"))
    .outcome(error.send_outcome())
    .help("Merge the two in Simply CRM, or give one of them another value.")
    .source(error)
}

pub(super) fn not_found(model: &Model, id: &RecordId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!(
            "There is no record `{id}` in {} that this user may see.",
            model.module
        ),
    )
    .operation("simplycrm.push")
    .outcome(SendOutcome::Rejected)
}

/// The user may not do this in the module, whatever the record.
pub(super) fn not_allowed(model: &Model, what: &str) -> Error {
    Error::new(
        ErrorKind::Permission,
        format!("This user may not {what} records of {}.", model.module),
    )
    .operation("simplycrm.push")
    .outcome(SendOutcome::NotSent)
    .help("Give the user's role a profile that may, or use another user.")
}
