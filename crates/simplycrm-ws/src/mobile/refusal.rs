//! The mobile API's own refusals, told apart.

use api_core::Error;

/// A refusal of the mobile API itself, by code and words.
///
/// One number has several readings: 1501 is a lost session, missing values or
/// a missing module (recorded servers of both generations).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// 1501 `Login required`: there is no such session.
    LoginRequired,
    /// 1501 `Values cannot be empty!`: the values were missing, empty or no
    /// JSON after the purifier.
    ValuesEmpty,
    /// 1501 `Module not specified.`
    ModuleMissing,
    /// 1501 `Service not available`: the mobile module is switched off
    /// (source only).
    ServiceOff,
    /// 1210 `Authentication Failed`: wrong user name or password.
    AuthenticationFailed,
    /// 1401 `Alert not found`.
    AlertNotFound,
    /// 1404 `Operation not found: …`: the generation has no such operation, or
    /// the form was not read.
    OperationNotFound,
    /// 1001 `Record id is empty`.
    RecordMissing,
    /// 1001 `Mistached module information.`, spelt so: the alert is not one of
    /// this module.
    ModuleMismatch,
    /// 0 `Unexpected input at line1: '`: the server made a wrong query, mostly
    /// of an empty list of ids.
    UnexpectedInput,
    /// 0 `Duplicate(s) detected!`: a unique field repeats.
    Duplicate,
}

impl Refusal {
    /// Finds the refusal that an error tells of.
    ///
    /// ```
    /// use simplycrm_ws::mobile::Refusal;
    /// use simplycrm_ws::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Validation, "Values cannot be empty!").code("1501");
    /// assert_eq!(Refusal::of(&error), Some(Refusal::ValuesEmpty));
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        Self::read(error.code_str()?, error.message())
    }

    pub(crate) fn read(code: &str, message: &str) -> Option<Self> {
        let says = |words: &str| message.to_ascii_lowercase().contains(words);
        Some(match code {
            "1501" if says("login required") => Self::LoginRequired,
            "1501" if says("values cannot be empty") => Self::ValuesEmpty,
            "1501" if says("module not specified") => Self::ModuleMissing,
            "1501" if says("service not available") => Self::ServiceOff,
            "1210" => Self::AuthenticationFailed,
            "1401" => Self::AlertNotFound,
            "1404" => Self::OperationNotFound,
            "1001" if says("record id is empty") => Self::RecordMissing,
            "1001" if says("module information") => Self::ModuleMismatch,
            "0" if says("unexpected input") => Self::UnexpectedInput,
            "0" if says("duplicate") => Self::Duplicate,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_three_readings() {
        let read = |message: &str| Refusal::read("1501", message);
        assert_eq!(read("Login required"), Some(Refusal::LoginRequired));
        assert_eq!(read("Values cannot be empty!"), Some(Refusal::ValuesEmpty));
        assert_eq!(read("Module not specified."), Some(Refusal::ModuleMissing));
        assert_eq!(read("Something new"), None);
    }
}
