//! A record's fields by the module's description.

use api_core::{Date, Json, Timestamp};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::{FieldValue, Record, TimeOfDay, ValueError, convert};
use crate::describe::{Describe, FieldType};
use crate::id::RecordId;
use crate::picklist;

/// A record seen through its module's description.
///
/// A reader for a field of another type is an error, so that a date is never
/// read out of a text field by accident; a field the description does not
/// have is an error too. An empty field is `None`.
#[derive(Debug, Clone)]
pub struct Typed<'a> {
    record: &'a Record,
    describe: &'a Describe,
    zone: TimeZone,
}

impl<'a> Typed<'a> {
    pub(super) fn new(record: &'a Record, describe: &'a Describe) -> Self {
        Self {
            record,
            describe,
            zone: TimeZone::UTC,
        }
    }

    /// Reads times for [`value`](Self::value) in this zone instead of UTC.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Returns the record.
    #[must_use]
    pub fn record(&self) -> &'a Record {
        self.record
    }

    fn field(
        &self,
        name: &str,
        expected: &'static str,
        fits: impl Fn(&FieldType) -> bool,
    ) -> Result<Option<&'a Json>, ValueError> {
        match self.describe.field(name) {
            None => Err(ValueError::new(name, "", "a field of this module")),
            Some(field) if fits(&field.field_type) => Ok(self.record.get(name)),
            Some(field) => Err(ValueError::new(name, field.field_type.name(), expected)),
        }
    }

    /// Returns a date field's date.
    ///
    /// # Errors
    /// When the field is no date field, or its value no date. `0000-00-00`
    /// reads as none.
    pub fn date(&self, name: &str) -> Result<Option<Date>, ValueError> {
        let json = self.field(name, "a date field", |of| {
            matches!(of, FieldType::Date { .. })
        })?;
        convert::date(name, json)
    }

    /// Returns a time field's time of day.
    ///
    /// # Errors
    /// When the field is no time field, or its value no time.
    pub fn time(&self, name: &str) -> Result<Option<TimeOfDay>, ValueError> {
        let json = self.field(name, "a time field", |of| matches!(of, FieldType::Time))?;
        convert::time_of_day(name, json)
    }

    /// Returns a date-and-time field's instant.
    ///
    /// Servers send these without a zone, in that of their own database: UTC
    /// unless configured otherwise (recorded vtiger 5.4.0 server), never in
    /// the user's.
    ///
    /// # Errors
    /// When the field is of another type, or its value no date and time.
    pub fn timestamp(&self, name: &str, zone: &TimeZone) -> Result<Option<Timestamp>, ValueError> {
        let json = self.field(name, "a date and time field", |of| {
            matches!(of, FieldType::DateTime)
        })?;
        convert::timestamp(name, json, zone)
    }

    /// Returns the number of a number or currency field.
    ///
    /// # Errors
    /// When the field is of another type, or its value no number.
    pub fn decimal(&self, name: &str) -> Result<Option<Decimal>, ValueError> {
        let json = self.field(name, "a number field", FieldType::is_number)?;
        convert::decimal(name, json)
    }

    /// Returns the number of an integer field.
    ///
    /// # Errors
    /// When the field is of another type, or its value no whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ValueError> {
        let json = self.field(name, "an integer field", |of| {
            matches!(of, FieldType::Integer)
        })?;
        convert::integer(name, json)
    }

    /// Returns a checkbox's state.
    ///
    /// # Errors
    /// When the field is of another type, or its value none of a checkbox.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ValueError> {
        let json = self.field(name, "a boolean field", |of| {
            matches!(of, FieldType::Boolean)
        })?;
        convert::boolean(name, json)
    }

    /// Returns the owner: a user or a group.
    ///
    /// # Errors
    /// When the field is no owner field, or its value no id.
    pub fn owner(&self, name: &str) -> Result<Option<RecordId>, ValueError> {
        let json = self.field(name, "an owner field", |of| {
            matches!(of, FieldType::Owner { .. })
        })?;
        convert::reference(name, json)
    }

    /// Returns the record a reference points to.
    ///
    /// `None` also when the record it pointed to is deleted (recorded vtiger
    /// 5.4.0 server).
    ///
    /// # Errors
    /// When the field is no reference, or its value no id.
    pub fn reference(&self, name: &str) -> Result<Option<RecordId>, ValueError> {
        let json = self.field(name, "a reference field", |of| {
            matches!(of, FieldType::Reference { .. })
        })?;
        convert::reference(name, json)
    }

    /// Returns a picklist's value, also one the list does not have.
    ///
    /// Servers do not check picklist values (recorded vtiger 5.4.0 server).
    ///
    /// # Errors
    /// When the field is no picklist.
    pub fn picklist(&self, name: &str) -> Result<Option<String>, ValueError> {
        let json = self.field(name, "a picklist field", |of| {
            matches!(of, FieldType::Picklist { .. })
        })?;
        let text = json.map(convert::text).unwrap_or_default();
        Ok((!text.is_empty()).then(|| text.into_owned()))
    }

    /// Returns the values of a multi-select picklist.
    ///
    /// # Errors
    /// When the field is no multi-select picklist.
    pub fn multipicklist(&self, name: &str) -> Result<Option<Vec<String>>, ValueError> {
        let json = self.field(name, "a multi-select picklist field", |of| {
            matches!(of, FieldType::MultiPicklist { .. })
        })?;
        let values = picklist::split(&json.map(convert::text).unwrap_or_default());
        Ok((!values.is_empty()).then_some(values))
    }

    /// Returns a field's value by the type the description gives it.
    ///
    /// Lists and objects come as [`FieldValue::Json`], also for fields the
    /// description does not have, such as `LineItems`.
    ///
    /// # Errors
    /// When the value does not fit the type.
    pub fn value(&self, name: &str) -> Result<FieldValue, ValueError> {
        let json = self.record.get(name);
        if let Some(json @ (Json::List(_) | Json::Map(_))) = json {
            return Ok(FieldValue::Json(json.clone()));
        }
        let Some(field) = self.describe.field(name) else {
            return Ok(json.map_or(FieldValue::Empty, plain));
        };
        Ok(match &field.field_type {
            FieldType::Integer => match convert::integer(name, json) {
                Ok(number) => number.into(),
                // Custom "integer" columns may still hold decimals.
                Err(_) => convert::decimal(name, json)?.into(),
            },
            of if of.is_number() => convert::decimal(name, json)?.into(),
            FieldType::Boolean => convert::boolean(name, json)?.into(),
            FieldType::Date { .. } => convert::date(name, json)?.into(),
            FieldType::DateTime => convert::timestamp(name, json, &self.zone)?.into(),
            FieldType::Time => convert::time_of_day(name, json)?.into(),
            FieldType::Reference { .. } | FieldType::Owner { .. } => {
                convert::reference(name, json)?.into()
            }
            FieldType::MultiPicklist { .. } => {
                let values = picklist::split(&json.map(convert::text).unwrap_or_default());
                (!values.is_empty()).then_some(values).into()
            }
            _ => json.map_or(FieldValue::Empty, plain),
        })
    }
}

fn plain(json: &Json) -> FieldValue {
    let text = convert::text(json);
    if text.is_empty() {
        FieldValue::Empty
    } else {
        FieldValue::Text(text.into_owned())
    }
}
