//! The values of one request to a webhook.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Date, redact};
use rust_decimal::Decimal;

use super::definition::ValueKind;
use crate::RecordId;

#[derive(Clone, PartialEq)]
pub(super) enum Sent {
    Text(String),
    Reference(RecordId),
}

impl Sent {
    pub(super) fn text(&self, bare: bool, kind: &ValueKind) -> String {
        match self {
            Self::Reference(id) if bare => id.number.to_string(),
            Self::Reference(id) => id.to_string(),
            Self::Text(text) if bare && *kind == ValueKind::Reference => {
                match text.parse::<RecordId>() {
                    Ok(id) => id.number.to_string(),
                    Err(_) => text.clone(),
                }
            }
            Self::Text(text) => text.clone(),
        }
    }
}

/// The values of one request, by field.
#[derive(Clone, Default, PartialEq)]
pub struct Payload {
    pub(super) values: BTreeMap<String, Sent>,
}

impl Payload {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, field: impl Into<String>, value: Sent) -> Self {
        self.values.insert(field.into(), value);
        self
    }

    /// Sets a text.
    #[must_use]
    pub fn set(self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(field, Sent::Text(text.into()))
    }

    /// Sets a record's id.
    #[must_use]
    pub fn reference(self, field: impl Into<String>, id: RecordId) -> Self {
        self.with(field, Sent::Reference(id))
    }

    /// Sets a boolean, sent as `1` or `0`.
    #[must_use]
    pub fn flag(self, field: impl Into<String>, value: bool) -> Self {
        self.with(field, Sent::Text(u8::from(value).to_string()))
    }

    /// Sets a number, sent with a decimal point.
    #[must_use]
    pub fn number(self, field: impl Into<String>, value: impl Into<Decimal>) -> Self {
        self.with(field, Sent::Text(value.into().to_string()))
    }

    /// Sets a date, sent as `YYYY-MM-DD`.
    #[must_use]
    pub fn date(self, field: impl Into<String>, value: Date) -> Self {
        self.with(field, Sent::Text(value.to_string()))
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in &self.values {
            let text = value.text(false, &ValueKind::Field);
            if redact::is_secret_key(name) {
                map.entry(name, &redact::REDACTED);
            } else {
                map.entry(name, &text);
            }
        }
        map.finish()
    }
}
