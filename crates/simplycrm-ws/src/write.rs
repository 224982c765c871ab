//! Writing records, and what the server made of what was sent.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Error, ErrorKind, Json, SecretString, SendOutcome, redact};
use jiff::tz::TimeZone;

use crate::describe::{Describe, FieldType};
use crate::record::{FieldValue, is_secret_column};

pub(crate) mod create;
mod operations;
mod replace;
mod revise;

pub use create::Create;
pub use replace::Replace;
pub use revise::{Revise, Written};

/// The values of a write, by field.
///
/// Every value goes out in the one form that all generations read: dates as
/// ISO, numbers with a point, booleans as `"1"` and `"0"`, references as
/// `12x345`. An empty value blanks its field; a field that is not set is not
/// sent.
///
/// ```
/// use simplycrm_ws::{RecordId, Values};
///
/// let values = Values::new()
///     .set("lastname", "Vos")
///     .set("account_id", RecordId::new(11, 3))
///     .set("donotcall", true)
///     .clear("title");
/// assert_eq!(values.len(), 4);
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Values(BTreeMap<String, FieldValue>);

impl Values {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Into<FieldValue>) -> Self {
        self.put(field, value);
        self
    }

    /// Blanks a field.
    #[must_use]
    pub fn clear(self, field: impl Into<String>) -> Self {
        self.set(field, FieldValue::Empty)
    }

    /// Sets a field in place.
    pub fn put(&mut self, field: impl Into<String>, value: impl Into<FieldValue>) {
        self.0.insert(field.into(), value.into());
    }

    /// Takes a field out, so that it is not sent.
    pub fn remove(&mut self, field: &str) -> Option<FieldValue> {
        self.0.remove(field)
    }

    /// Returns a field's value.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&FieldValue> {
        self.0.get(field)
    }

    /// Tells whether a field is set or blanked.
    #[must_use]
    pub fn contains(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Returns the number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether no field is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the fields in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(field, value)| (field.as_str(), value))
    }

    /// The texts of secret columns, which no error may repeat.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretString> {
        self.iter().filter_map(|(field, value)| match value {
            FieldValue::Text(text) if is_secret_column(field) && !text.is_empty() => {
                Some(SecretString::from(text.as_str()))
            }
            _ => None,
        })
    }

    /// Returns what goes over the wire, with instants in the server's zone.
    ///
    /// # Errors
    /// `Validation`, nothing sent, when a value of a multi-select picklist
    /// holds the separator.
    pub fn encode(&self, zone: &TimeZone) -> Result<BTreeMap<String, Json>, Error> {
        let mut problems = BTreeMap::new();
        for (field, value) in &self.0 {
            if let FieldValue::Choices(values) = value
                && values.iter().any(|value| value.contains("|##|"))
            {
                problems.insert(
                    field.clone(),
                    "a value holds `|##|`, which separates values".to_owned(),
                );
            }
        }
        refuse("The values cannot be sent.", problems)?;
        Ok(self
            .0
            .iter()
            .map(|(field, value)| (field.clone(), value.encode(zone)))
            .collect())
    }

    /// Checks the values of a new record against the module's description.
    ///
    /// Every field must exist, as servers drop others in silence (recorded
    /// vtiger 5.4.0 server), mandatory ones must have a value, and texts set
    /// for dates, numbers, checkboxes, references and picklists must be such.
    ///
    /// # Errors
    /// `Validation`, nothing sent, with a message per field.
    pub fn check_new(&self, describe: &Describe) -> Result<(), Error> {
        let mut problems = self.problems(describe);
        for field in describe.mandatory() {
            if self.get(&field.name).is_none_or(FieldValue::is_empty) {
                problems
                    .entry(field.name.clone())
                    .or_insert_with(|| "must have a value".to_owned());
            }
        }
        refuse("The new record does not fit its module.", problems)
    }

    /// Checks the values of a change against the module's description.
    ///
    /// As [`check_new`](Self::check_new), except that mandatory fields may be
    /// left out; but not blanked.
    ///
    /// # Errors
    /// `Validation`, nothing sent, with a message per field.
    pub fn check_change(&self, describe: &Describe) -> Result<(), Error> {
        let mut problems = self.problems(describe);
        for field in describe.mandatory() {
            if self.get(&field.name).is_some_and(FieldValue::is_empty) {
                problems.insert(field.name.clone(), "must not be blanked".to_owned());
            }
        }
        refuse("The change does not fit its module.", problems)
    }

    fn problems(&self, describe: &Describe) -> BTreeMap<String, String> {
        self.iter()
            .filter(|(field, _)| !UNDESCRIBED.contains(field))
            .filter_map(|(name, value)| {
                let problem = match describe.field(name) {
                    None => Some(format!("`{}` has no such field", describe.name)),
                    Some(field) => misfit(&field.field_type, value),
                };
                Some((name.to_owned(), problem?))
            })
            .collect()
    }
}

/// What servers take although no description has it.
const UNDESCRIBED: &[&str] = &["LineItems", "id"];

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (field, value) in &self.0 {
            if is_secret_column(field) {
                map.entry(field, &redact::REDACTED);
            } else {
                map.entry(field, value);
            }
        }
        map.finish()
    }
}

impl<N: Into<String>, V: Into<FieldValue>> FromIterator<(N, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        fields
            .into_iter()
            .fold(Self::new(), |values, (field, value)| {
                values.set(field, value)
            })
    }
}

/// Why a value does not fit a field; `None` when it does.
fn misfit(of: &FieldType, value: &FieldValue) -> Option<String> {
    use crate::record as read;
    if value.is_empty() {
        return None;
    }
    let json = value.encode(&TimeZone::UTC);
    let json = Some(&json);
    let fits = match of {
        number if number.is_number() => read::decimal("", json).is_ok(),
        FieldType::Boolean => read::boolean("", json).is_ok(),
        FieldType::Date { .. } => read::date("", json).is_ok(),
        FieldType::Time => read::time_of_day("", json).is_ok(),
        FieldType::Reference { .. } | FieldType::Owner { .. } => read::reference("", json).is_ok(),
        FieldType::Autogenerated => return Some("is made by the server".to_owned()),
        _ => true,
    };
    // A checkbox takes `true` in JSON but not as a text.
    let word = matches!((of, value), (FieldType::Boolean, FieldValue::Text(text))
        if !matches!(text.as_str(), "0" | "1" | "on" | "off"));
    (!fits || word).then(|| match of {
        FieldType::Date { .. } => "must be a date `YYYY-MM-DD`".to_owned(),
        FieldType::Time => "must be a time `HH:MM:SS`".to_owned(),
        FieldType::Boolean => "must be `1` or `0`".to_owned(),
        FieldType::Reference { .. } | FieldType::Owner { .. } => {
            "must be a record id such as `12x345`".to_owned()
        }
        _ => "must be a number with a decimal point".to_owned(),
    })
}

/// Refuses to send, with a message per field; fine when there is none.
pub(crate) fn refuse(message: &str, problems: BTreeMap<String, String>) -> Result<(), Error> {
    let Some((field, problem)) = problems.first_key_value() else {
        return Ok(());
    };
    let message = format!(
        "{} Field `{field}` {problem}.",
        message.trim_end_matches(' ')
    );
    Err(Error::new(ErrorKind::Validation, message)
        .outcome(SendOutcome::NotSent)
        .fields(problems))
}
