//! Values without parts.

use std::collections::BTreeMap;
use std::fmt;

use api_core::money::parse_decimal;
use api_core::reading::Misread;
use api_core::{Date, Json, Timestamp};
use rust_decimal::Decimal;

use super::field::{Field, Written};
use super::info::FieldKind;

/// Custom fields by their label, such as `Device Type`.
///
/// Values are texts, numbers or `null`; those of select boxes may be the ids
/// of their answers (inferred).
pub type Properties = BTreeMap<String, Json>;

/// An amount in whole cents, such as `amount_cents` of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(i64);

impl Cents {
    /// Takes a number of cents.
    #[must_use]
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// Returns the number of cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns the amount, with two decimals.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// Takes an amount; `None` when it is no whole number of cents.
    #[must_use]
    pub fn of(amount: Decimal) -> Option<Self> {
        let cents = amount.checked_mul(Decimal::ONE_HUNDRED)?;
        cents
            .is_integer()
            .then(|| i64::try_from(cents).ok())?
            .map(Self)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for Cents {
    fn from(cents: i64) -> Self {
        Self(cents)
    }
}

impl Field for Cents {
    const KIND: FieldKind = FieldKind::Cents;

    fn read(json: &Json) -> Result<Self, Misread> {
        whole(json)
            .map(Self)
            .ok_or_else(|| Misread::expected("a whole number of cents", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(self.0)
    }
}

impl Field for String {
    const KIND: FieldKind = FieldKind::Text;

    /// Takes numbers and truth values too: a ticket's `number` is a number, an
    /// invoice's a text.
    fn read(json: &Json) -> Result<Self, Misread> {
        match json {
            Json::Text(text) => Ok(text.clone()),
            Json::Number(number) => Ok(number.to_string()),
            Json::Bool(flag) => Ok(flag.to_string()),
            other => Err(Misread::expected("a text", other)),
        }
    }

    fn write(&self, _how: Written) -> Json {
        Json::Text(self.clone())
    }
}

impl Field for bool {
    const KIND: FieldKind = FieldKind::Bool;

    /// Takes `true`, `"True"`, `1` and `"1"` alike: `do_not_email` of an
    /// appointment is `"1"`, triggers of an asset are `"false"` (OpenAPI
    /// document).
    fn read(json: &Json) -> Result<Self, Misread> {
        let word = match json {
            Json::Bool(flag) => return Ok(*flag),
            Json::Text(text) => text.trim().to_ascii_lowercase(),
            Json::Number(number) => number.to_string(),
            _ => String::new(),
        };
        match word.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Misread::expected("true or false", json)),
        }
    }

    fn write(&self, _how: Written) -> Json {
        Json::Bool(*self)
    }
}

/// Reads a whole number, also as text and as `2.0`.
pub(crate) fn whole(json: &Json) -> Option<i64> {
    let decimal = match json {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => return Some(whole),
            None => number.to_decimal()?,
        },
        Json::Text(text) => parse_decimal(text).ok()?,
        _ => return None,
    };
    decimal
        .is_integer()
        .then(|| i64::try_from(decimal).ok())
        .flatten()
}

impl Field for i64 {
    const KIND: FieldKind = FieldKind::Int;

    fn read(json: &Json) -> Result<Self, Misread> {
        whole(json).ok_or_else(|| Misread::expected("a whole number", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(*self)
    }
}

impl Field for i32 {
    const KIND: FieldKind = FieldKind::Int;

    fn read(json: &Json) -> Result<Self, Misread> {
        whole(json)
            .and_then(|whole| Self::try_from(whole).ok())
            .ok_or_else(|| Misread::expected("a whole number of 32 bits", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(*self)
    }
}

impl Field for Decimal {
    const KIND: FieldKind = FieldKind::Decimal;

    /// Takes the number's own text, as a number or as a string: nothing is
    /// rounded.
    fn read(json: &Json) -> Result<Self, Misread> {
        let text = match json {
            Json::Number(number) => number.as_str(),
            Json::Text(text) => text.as_str(),
            other => return Err(Misread::expected("a number", other)),
        };
        parse_decimal(text).map_err(|error| Misread {
            path: String::new(),
            message: error.to_string(),
        })
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(*self)
    }
}

impl Field for Timestamp {
    const KIND: FieldKind = FieldKind::Time;

    /// Takes RFC 3339 with or without fractions, and a bare date as its
    /// midnight in UTC.
    fn read(json: &Json) -> Result<Self, Misread> {
        let misread = || Misread::expected("a time", json);
        let text = json.as_str().ok_or_else(misread)?.trim();
        if let Ok(date) = text.parse::<Date>() {
            return date
                .start_in(&jiff::tz::TimeZone::UTC)
                .map_err(|_| misread());
        }
        text.parse().map_err(|_| misread())
    }

    fn write(&self, _how: Written) -> Json {
        Json::Text(self.to_string())
    }
}

impl Field for Date {
    const KIND: FieldKind = FieldKind::Date;

    /// Takes the date of a time too: `date` and `due_date` come as midnight in
    /// UTC (OpenAPI document).
    fn read(json: &Json) -> Result<Self, Misread> {
        let date = |text: &str| text.trim().get(..10)?.parse().ok();
        let text = json.as_str();
        let alone = text.is_some_and(|text| {
            let rest = text.trim().get(10..).unwrap_or_default();
            rest.is_empty() || rest.starts_with(['T', ' '])
        });
        text.and_then(date)
            .filter(|_| alone)
            .ok_or_else(|| Misread::expected("a date", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::Text(self.to_string())
    }
}

impl Field for Json {
    const KIND: FieldKind = FieldKind::Any;

    fn read(json: &Json) -> Result<Self, Misread> {
        Ok(json.clone())
    }

    fn write(&self, _how: Written) -> Json {
        self.clone()
    }
}

impl Field for Properties {
    const KIND: FieldKind = FieldKind::Properties;

    /// Takes an empty list for none, as frameworks write an empty hash at
    /// times (assumed).
    fn read(json: &Json) -> Result<Self, Misread> {
        match json {
            Json::Map(members) => Ok(members.clone()),
            Json::List(items) if items.is_empty() => Ok(Self::new()),
            other => Err(Misread::expected("an object", other)),
        }
    }

    fn write(&self, _how: Written) -> Json {
        Json::Map(self.clone())
    }
}
