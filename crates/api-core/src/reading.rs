//! Reading the members of records, and saying what is wrong with them.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, SendOutcome};
use crate::json::Json;

/// A value that is not what its field should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// Where it stands, such as `boekingsregels[2].bedrag`.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Misread {
    /// Says that something else was expected.
    #[must_use]
    pub fn expected(what: &str, found: &Json) -> Self {
        let found = match found {
            Json::Null => "nothing",
            Json::Bool(_) => "a truth value",
            Json::Number(_) => "another number",
            Json::Text(_) => "another text",
            Json::List(_) => "a list",
            Json::Map(_) => "an object",
        };
        Self {
            path: String::new(),
            message: format!("expected {what}, found {found}"),
        }
    }

    /// Says in which member it stands.
    #[must_use]
    pub fn under(mut self, name: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => name.to_owned(),
            path if path.starts_with('[') => format!("{name}{path}"),
            path => format!("{name}.{path}"),
        };
        self
    }

    /// Says at which place of a list it stands, from 0.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.path = match self.path.as_str() {
            "" => format!("[{index}]"),
            path => format!("[{index}].{path}"),
        };
        self
    }
}

/// The error of a record that cannot be read.
#[must_use]
pub fn misread_error(wire: &str, misread: &Misread) -> Error {
    let place = match misread.path.as_str() {
        "" => String::new(),
        path => format!(" at `{path}`"),
    };
    Error::new(
        ErrorKind::Decode,
        format!("A {wire} cannot be read{place}: {}.", misread.message),
    )
}

/// What is wrong with a record that is to be sent.
#[derive(Debug, Default)]
pub struct Faults {
    place: String,
    found: BTreeMap<String, String>,
}

impl Faults {
    /// Notes a fault of a member.
    pub fn add(&mut self, name: &str, message: impl Into<String>) {
        let path = self.path(name);
        self.found.insert(path, message.into());
    }

    /// Notes a fault of the very place one is at.
    pub fn here(&mut self, message: impl Into<String>) {
        self.found.insert(self.place.clone(), message.into());
    }

    /// Looks at a part.
    pub fn within(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let before = self.place.clone();
        self.place = self.path(name);
        look(self);
        self.place = before;
    }

    fn path(&self, name: &str) -> String {
        if self.place.is_empty() || name.starts_with('[') {
            format!("{}{name}", self.place)
        } else {
            format!("{}.{name}", self.place)
        }
    }

    /// Turns what was found into an error.
    ///
    /// # Errors
    ///
    /// `Validation` when anything was found; nothing was sent.
    pub fn into_result(self, wire: &str) -> Result<(), Error> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(refusal(wire, self.found))
    }
}

/// The error of a record that is refused before it is sent, with what is
/// wrong with each field.
#[must_use]
pub fn refusal(wire: &str, fields: BTreeMap<String, String>) -> Error {
    let said: Vec<String> = fields
        .iter()
        .take(5)
        .map(|(name, message)| format!("{name} {message}"))
        .collect();
    Error::new(
        ErrorKind::Validation,
        format!("The {wire} cannot be sent: {}.", said.join("; ")),
    )
    .fields(fields)
    .outcome(SendOutcome::NotSent)
}
