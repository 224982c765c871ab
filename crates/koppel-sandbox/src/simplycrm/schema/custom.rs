//! Custom fields.

use super::{Field, Kind, uitype};

/// What a custom field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomField {
    /// Up to 100 characters.
    Text,
    /// Up to 65,535 bytes.
    LongText,
    /// A whole number.
    Integer,
    /// A number with two decimals.
    Decimal,
    /// An amount with five decimals.
    Currency,
    /// `0` or `1`.
    Boolean,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A mail address; not checked.
    Email,
    /// A telephone number; not checked.
    Phone,
    /// An address on the web; not checked.
    Url,
    /// A name at Skype.
    Skype,
    /// One of these; not checked.
    Picklist(Vec<String>),
    /// Several of these, joined by ` |##| `.
    MultiPicklist(Vec<String>),
}

impl Field {
    pub(super) fn custom(name: &str, what: &CustomField) -> Field {
        let (kind, scale, width, values): (Kind, u32, Option<usize>, &[String]) = match what {
            CustomField::Text => (Kind::String, 0, Some(100), &[]),
            CustomField::LongText => (Kind::Text, 0, None, &[]),
            CustomField::Integer => (Kind::Integer, 0, None, &[]),
            CustomField::Decimal => (Kind::Double, 2, None, &[]),
            CustomField::Currency => (Kind::Currency, 5, None, &[]),
            CustomField::Boolean => (Kind::Boolean, 0, None, &[]),
            CustomField::Date => (Kind::Date, 0, None, &[]),
            CustomField::Time => (Kind::Time, 0, None, &[]),
            CustomField::Email => (Kind::Email, 0, Some(50), &[]),
            CustomField::Phone => (Kind::Phone, 0, Some(30), &[]),
            CustomField::Url => (Kind::Url, 0, Some(255), &[]),
            CustomField::Skype => (Kind::Skype, 0, Some(255), &[]),
            CustomField::Picklist(values) => (Kind::Picklist, 0, Some(255), values),
            CustomField::MultiPicklist(values) => (Kind::MultiPicklist, 0, None, values),
        };
        Field {
            name: name.to_owned(),
            label: format!("Custom {name}"),
            kind,
            mandatory: false,
            nullable: true,
            editable: true,
            default: None,
            unique: false,
            values: values.iter().map(|v| (v.clone(), v.clone())).collect(),
            refers_to: Vec::new(),
            max_bytes: None,
            scale,
            width,
            block: "Custom Information".to_owned(),
            uitype: uitype(kind),
        }
    }
}
