//! Reading members, and saying what is wrong.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json, SendOutcome};

use super::field::{Field, Misread};

/// Puts a member into its field; `null` is nothing.
pub(crate) fn assign<T: Field>(
    slot: &mut Option<T>,
    name: &str,
    value: &Json,
) -> Result<(), Misread> {
    *slot = match value {
        Json::Null => None,
        value => Some(T::read(value).map_err(|misread| misread.under(name))?),
    };
    Ok(())
}

/// The error of a record that cannot be read.
pub(crate) fn misread_error(wire: &str, misread: &Misread) -> Error {
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

/// A record that is refused before it is sent.
pub(crate) fn refusal(wire: &str, fields: BTreeMap<String, String>) -> Error {
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
