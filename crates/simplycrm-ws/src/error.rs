//! What the API's own codes ask for.

use api_core::{Error, ErrorKind, SendOutcome};

use crate::envelope::Refusal;

/// A code of the webservice; the mobile API passes some of them on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// `ACCESS_DENIED`: no right, or no such record or module.
    AccessDenied,
    /// `ACCESSKEY_UNDEFINED`: the user has no access key.
    AccessKeyUndefined,
    /// `AUTHENTICATION_FAILURE`: there is no browser session to extend.
    AuthenticationFailure,
    /// `AUTHENTICATION_REQUIRED`: no session was named, or an inactive user.
    AuthenticationRequired,
    /// `DATABASE_QUERY_ERROR`: the database refused, or a transaction is stuck.
    DatabaseQueryError,
    /// The integer 0 with `Duplicate(s) detected!`: a unique field repeats.
    Duplicate,
    /// `INTERNAL_SERVER_ERROR`: an exception, after which all was undone.
    InternalServerError,
    /// `INVALID_AUTH_TOKEN`: no valid challenge for this user.
    InvalidAuthToken,
    /// `INVALID_ID_ATTRIBUTE`: the id does not fit the module.
    InvalidIdAttribute,
    /// `INVALID_SESSIONID`: the session is over.
    InvalidSessionId,
    /// `INVALID_USER_CREDENTIALS`: the access key is wrong, or another client
    /// took a newer challenge.
    InvalidUserCredentials,
    /// `LEAD_ALREADY_CONVERTED`.
    LeadAlreadyConverted,
    /// `MANDATORY_FIELDS_MISSING`.
    MandatoryFieldsMissing,
    /// `OPERATION_NOT_SUPPORTED`: not for this module.
    OperationNotSupported,
    /// `QUERY_SYNTAX_ERROR`.
    QuerySyntaxError,
    /// `RECORD_NOT_FOUND`.
    RecordNotFound,
    /// `REFERENCE_INVALID`: the field takes no record of that module.
    ReferenceInvalid,
    /// `SESSION_EXPIRED`.
    SessionExpired,
    /// `SESSION_LEFT_IDLE`.
    SessionLeftIdle,
    /// `UNKNOWN_OPERATION`.
    UnknownOperation,
    /// `UNKOWN_ENTITY`, spelt so: no such relation.
    UnknownEntity,
    /// Any other.
    Other(String),
}

/// Codes by their wire word.
const WORDS: &[(&str, Code)] = &[
    ("ACCESS_DENIED", Code::AccessDenied),
    ("ACCESSKEY_UNDEFINED", Code::AccessKeyUndefined),
    ("AUTHENTICATION_FAILURE", Code::AuthenticationFailure),
    ("AUTHENTICATION_REQUIRED", Code::AuthenticationRequired),
    ("DATABASE_QUERY_ERROR", Code::DatabaseQueryError),
    ("INTERNAL_SERVER_ERROR", Code::InternalServerError),
    ("INVALID_AUTH_TOKEN", Code::InvalidAuthToken),
    ("INVALID_ID_ATTRIBUTE", Code::InvalidIdAttribute),
    ("INVALID_SESSIONID", Code::InvalidSessionId),
    ("INVALID_USER_CREDENTIALS", Code::InvalidUserCredentials),
    ("LEAD_ALREADY_CONVERTED", Code::LeadAlreadyConverted),
    ("MANDATORY_FIELDS_MISSING", Code::MandatoryFieldsMissing),
    ("OPERATION_NOT_SUPPORTED", Code::OperationNotSupported),
    ("QUERY_SYNTAX_ERROR", Code::QuerySyntaxError),
    ("RECORD_NOT_FOUND", Code::RecordNotFound),
    ("REFERENCE_INVALID", Code::ReferenceInvalid),
    ("SESSION_EXPIRED", Code::SessionExpired),
    ("SESSION_LEFT_IDLE", Code::SessionLeftIdle),
    ("UNKNOWN_OPERATION", Code::UnknownOperation),
    ("UNKOWN_ENTITY", Code::UnknownEntity),
    ("UNKNOWN_ENTITY", Code::UnknownEntity),
];

impl Code {
    /// Reads the code of an error; `None` when the API named none.
    ///
    /// ```
    /// use simplycrm_ws::{Code, Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Permission, "Denied.").code("ACCESS_DENIED");
    /// assert_eq!(Code::of(&error), Some(Code::AccessDenied));
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        if crate::BodyFault::of(error).is_some() {
            return None;
        }
        Some(Self::read(error.code_str()?, error.message()))
    }

    fn read(code: &str, message: &str) -> Self {
        if code == "0" && message.starts_with("Duplicate") {
            return Self::Duplicate;
        }
        WORDS
            .iter()
            .find(|(word, _)| *word == code)
            .map_or_else(|| Self::Other(code.to_owned()), |(_, code)| code.clone())
    }

    /// Whether the session is refused: log in again, then repeat.
    ///
    /// The check comes before the operation, so nothing was applied.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        matches!(
            self,
            Self::InvalidSessionId
                | Self::SessionExpired
                | Self::SessionLeftIdle
                | Self::AuthenticationRequired
        )
    }
}

/// What the mobile API says with code 1501 when the session is over; it uses
/// the code for other refusals too (recorded vtiger 5.4.0 server).
pub(crate) const LOGIN_REQUIRED: &str = "Login required";

/// Turns a refusal of the API into an error.
///
/// The message and the code are the server's own.
pub(crate) fn refused(refusal: &Refusal, writes: bool) -> Error {
    let code = refusal.code.as_deref().unwrap_or_default();
    let (kind, help) = asks_for(&Code::read(code, &refusal.message), refusal, writes);
    let message = if refusal.message.is_empty() {
        "The server refused and gave no message."
    } else {
        &refusal.message
    };
    let mut error = Error::new(kind, message);
    if !code.is_empty() {
        error = error.code(code);
    }
    if let Some(help) = help {
        error = error.help(help);
    }
    if kind == ErrorKind::Unavailable {
        error
    } else {
        error.outcome(SendOutcome::Rejected)
    }
}

fn asks_for(code: &Code, refusal: &Refusal, writes: bool) -> (ErrorKind, Option<&'static str>) {
    match code {
        Code::InvalidSessionId
        | Code::SessionExpired
        | Code::SessionLeftIdle
        | Code::AuthenticationRequired => (
            ErrorKind::Auth,
            Some("The session is over; the next call logs in again."),
        ),
        Code::InvalidAuthToken
        | Code::InvalidUserCredentials
        | Code::AccessKeyUndefined
        | Code::AuthenticationFailure => (ErrorKind::Auth, None),
        Code::AccessDenied => (
            ErrorKind::Permission,
            Some(
                "Check the user's profile and the sharing rules, and that the record exists: a missing or deleted record is refused in the same words.",
            ),
        ),
        Code::RecordNotFound => (ErrorKind::NotFound, None),
        Code::UnknownEntity => (
            ErrorKind::Validation,
            Some("Check the label of the relation; `relatedtypes` lists them."),
        ),
        Code::InternalServerError => (
            ErrorKind::Validation,
            Some("Check dates and literals; the reason stands in the server's log."),
        ),
        Code::DatabaseQueryError if writes => (
            ErrorKind::Unavailable,
            Some(
                "A transaction of an earlier request may be stuck; look whether the write was stored before sending it again.",
            ),
        ),
        Code::Duplicate => (
            ErrorKind::Conflict,
            Some("A field that must be unique holds this value in another record."),
        ),
        Code::LeadAlreadyConverted => (ErrorKind::Conflict, None),
        Code::OperationNotSupported | Code::UnknownOperation => (
            ErrorKind::Config,
            Some("This server's generation has no such operation for this module."),
        ),
        Code::Other(word) => match word.as_str() {
            // Codes of the mobile API (recorded vtiger 5.4.0 and 7.1.0 servers).
            "1210" => (ErrorKind::Auth, None),
            "1401" => (ErrorKind::NotFound, None),
            "1404" => (
                ErrorKind::Config,
                Some("This server's mobile module has no such operation."),
            ),
            "1501" if refusal.message == LOGIN_REQUIRED => (
                ErrorKind::Auth,
                Some("The session is over; the next call logs in again."),
            ),
            _ => (ErrorKind::Validation, None),
        },
        _ => (ErrorKind::Validation, None),
    }
}
