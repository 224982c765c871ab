//! What an answer means for the write that it answers.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use snelstart_client::Code;
use sync_core::{Outcome, RecordId};

/// The outcome of a write that failed.
///
/// Whether something may have been applied goes first, because a write in doubt is looked up and
/// never blindly sent again. After that the kind tells whose fault it is: the record's, or
/// nobody's record (the keys, the limits, the server: tried again as it is).
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
        | ErrorKind::Decode => Outcome::Rejected(named(error)),
        // A right that is missing is missing for every record.
        _ => Outcome::Deferred(error),
    }
}

/// The field of ours that an error of theirs is about, where its code tells (vendor
/// documentation), and what helps.
fn about(code: &Code) -> Option<(&'static str, &'static str)> {
    Some(match code {
        Code::InvalidVatNumber => (
            "vat_number",
            "Correct the VAT number where it comes from, or empty it.",
        ),
        Code::VatNumberOtherCountry => (
            "vat_number",
            "The VAT number and the address are of different countries; correct one of them.",
        ),
        Code::InvalidIban => ("iban", "Correct the IBAN in SnelStart."),
        Code::RelationNameInvalid => ("name", "Give the customer a name of at most 50 characters."),
        Code::AddressIncomplete => (
            "address",
            "Give street, postal code, town and country, or none of them.",
        ),
        Code::RelationCodeInUse => ("number", "Give one of the two another number."),
        Code::InvoiceNumberExists | Code::InvoiceNumberInvalid => (
            "number",
            "Numbers of invoices have 1 to 25 characters and are used once.",
        ),
        Code::DateTooOld | Code::PeriodBlocked => (
            "date",
            "The books of that day are closed in SnelStart; open them, or book by hand.",
        ),
        Code::BookingRelationInactive | Code::NotACustomer => (
            "customer",
            "Make the relation a customer in use in SnelStart.",
        ),
        Code::LedgerNotAllowed | Code::VatKindMismatch | Code::CostCentreMissing => (
            "lines",
            "Set in `ledgers` of the connection a ledger that takes this turnover.",
        ),
        Code::NotBalanced | Code::VatWrong | Code::ReverseChargeMixed => (
            "lines",
            "Correct the lines and the VAT where the invoice comes from.",
        ),
        _ => return None,
    })
}

/// Names the field that an error is about.
pub(super) fn named(error: Error) -> Error {
    let Some((field, help)) = Code::of(&error).as_ref().and_then(about) else {
        return error;
    };
    let mut fields = error.field_errors().clone();
    fields
        .entry(field.to_owned())
        .or_insert_with(|| error.message().to_owned());
    let bare = error.help_text().is_none();
    let error = Error::new(
        error.kind(),
        format!("The field `{field}` is refused: {}", error.message()),
    )
    .operation("snelstart.push")
    .code(error.code_str().unwrap_or_default())
    .outcome(error.send_outcome())
    .fields(fields)
    .source(error);
    if bare { error.help(help) } else { error }
}

/// The record that is to be changed is not there.
pub(super) fn not_found(what: &str, id: &RecordId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("SnelStart has no {what} `{id}`."),
    )
    .operation("snelstart.push")
    .outcome(SendOutcome::Rejected)
}

/// The server answered a create and told no id: what became of it is looked up.
pub(super) fn no_id(what: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("The answer to a new {what} has no id."),
    )
    .operation("snelstart.push")
    .outcome(SendOutcome::Unknown)
}

/// Something is there under the same number, and it is something else: a person decides.
pub(super) fn conflict(field: &'static str, message: String, help: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, message.clone())
        .operation("snelstart.push")
        .code("differs")
        .outcome(SendOutcome::Rejected)
        .fields(BTreeMap::from([(field.to_owned(), message)]))
        .help(help)
}
