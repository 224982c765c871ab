//! Exact money: decimals read from a number's own text, never through `f64`.
//!
//! Two serde modules for fields, [`decimal`] and [`option`]; both read JSON
//! numbers and strings and write JSON numbers. They work with `serde_json`
//! only (they look at the raw text), so not inside `#[serde(flatten)]` or
//! untagged enums.
//!
//! ```
//! use rust_decimal::Decimal;
//!
//! #[derive(serde::Deserialize, serde::Serialize)]
//! struct Invoice {
//!     #[serde(with = "api_core::money::decimal")]
//!     total: Decimal,
//!     #[serde(with = "api_core::money::option", default)]
//!     paid: Option<Decimal>,
//! }
//!
//! let invoice: Invoice = serde_json::from_str(r#"{"total": 12345678901234567.89, "paid": "0.10"}"#)?;
//! assert_eq!(invoice.total.to_string(), "12345678901234567.89");
//! assert_eq!(
//!     serde_json::to_string(&invoice)?,
//!     r#"{"total":12345678901234567.89,"paid":0.10}"#
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// The longest text that is looked at.
const MAX_CHARS: usize = 64;

/// A text that is no decimal number, or one that does not fit exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a decimal number: {reason}")]
pub struct ParseDecimalError {
    text: String,
    reason: &'static str,
}

impl From<ParseDecimalError> for crate::Error {
    fn from(error: ParseDecimalError) -> Self {
        Self::new(crate::ErrorKind::Decode, error.to_string()).source(error)
    }
}

/// Parses a decimal number exactly, with or without an exponent.
///
/// # Errors
/// When the text is no number with a decimal point (a comma is refused, not
/// guessed at), or has more than the 28 digits a [`Decimal`] holds exactly.
/// Nothing is ever rounded.
///
/// ```
/// use api_core::money::parse_decimal;
///
/// assert_eq!(parse_decimal("12345678901234567.89")?.to_string(), "12345678901234567.89");
/// assert_eq!(parse_decimal("1.5e3")?.to_string(), "1500");
/// assert!(parse_decimal("1,50").is_err());
/// # Ok::<(), api_core::money::ParseDecimalError>(())
/// ```
pub fn parse_decimal(text: &str) -> Result<Decimal, ParseDecimalError> {
    let fail = |reason| ParseDecimalError {
        text: crate::redact::cap_chars(text, MAX_CHARS),
        reason,
    };
    let plain = text.trim();
    if plain.len() > MAX_CHARS {
        return Err(fail("it is too long"));
    }
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent
                .parse()
                .map_err(|_| fail("its exponent is no number"))?;
            (mantissa, exponent)
        }
        None => (plain, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix(['-', '+']) {
        Some(digits) => (mantissa.starts_with('-'), digits),
        None => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !numeric(whole) || !numeric(fraction) {
        return Err(fail("digits with at most one decimal point are expected"));
    }
    let inexact = || fail("it does not fit into 28 digits exactly");
    let mut number: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        number = number
            .checked_mul(10)
            .and_then(|sum| sum.checked_add(i128::from(digit - b'0')))
            .ok_or_else(inexact)?;
    }
    let mut scale = i64::try_from(fraction.len()).map_err(|_| inexact())? - i64::from(exponent);
    if number == 0 {
        scale = scale.clamp(0, 28);
    }
    // A positive exponent multiplies; too fine a scale gives up trailing
    // zeros, and only those.
    while scale < 0 {
        number = number.checked_mul(10).ok_or_else(inexact)?;
        scale += 1;
    }
    while scale > 28 {
        if number % 10 != 0 {
            return Err(inexact());
        }
        number /= 10;
        scale -= 1;
    }
    if negative {
        number = -number;
    }
    let scale = u32::try_from(scale).map_err(|_| inexact())?;
    Decimal::try_from_i128_with_scale(number, scale).map_err(|_| inexact())
}

fn from_raw(raw: &RawValue) -> Result<Option<Decimal>, String> {
    let text = raw.get();
    if text == "null" {
        return Ok(None);
    }
    if text.starts_with('"') {
        let content: String = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if content.trim().is_empty() {
            return Ok(None);
        }
        return parse_decimal(&content)
            .map(Some)
            .map_err(|error| error.to_string());
    }
    parse_decimal(text)
        .map(Some)
        .map_err(|error| error.to_string())
}

fn to_raw(value: &Decimal) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(value.to_string())
}

/// Serde for a required amount: `#[serde(with = "api_core::money::decimal")]`.
pub mod decimal {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    /// Reads a number or a string; null and empty are errors.
    ///
    /// # Errors
    /// When it is no exact decimal number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        super::from_raw(&raw)
            .map_err(serde::de::Error::custom)?
            .ok_or_else(|| serde::de::Error::custom("an amount is required here"))
    }

    /// Writes a number with exactly the digits of the amount.
    ///
    /// # Errors
    /// When the serializer is not `serde_json`'s.
    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        super::to_raw(value)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// Serde for an optional amount: add `default` for a missing field.
pub mod option {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    /// Reads a number or a string; null and the empty string are `None`.
    ///
    /// # Errors
    /// When it is no exact decimal number.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        super::from_raw(&raw).map_err(serde::de::Error::custom)
    }

    /// Writes a number with exactly the digits of the amount, or null.
    ///
    /// # Errors
    /// When the serializer is not `serde_json`'s.
    pub fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::to_raw(value)
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Deserialize, Serialize, PartialEq)]
    struct Row {
        #[serde(with = "super::decimal")]
        total: Decimal,
        #[serde(with = "super::option", default)]
        paid: Option<Decimal>,
    }

    fn row(text: &str) -> Result<Row, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn numbers_beyond_f64_stay_exact_as_number_and_as_text() {
        for text in [
            r#"{"total":12345678901234567.89}"#,
            r#"{"total":"12345678901234567.89"}"#,
        ] {
            let row = row(text).unwrap();
            assert_eq!(row.total.to_string(), "12345678901234567.89");
            assert_eq!(row.paid, None);
            assert_eq!(
                serde_json::to_string(&row).unwrap(),
                r#"{"total":12345678901234567.89,"paid":null}"#
            );
        }
    }

    #[test]
    fn trailing_zeros_are_kept() {
        assert_eq!(
            row(r#"{"total":10.00}"#).unwrap().total.to_string(),
            "10.00"
        );
    }

    #[test]
    fn absent_amounts_are_none_only_where_that_is_allowed() {
        for text in [r#"{"total":1,"paid":null}"#, r#"{"total":1,"paid":""}"#] {
            assert_eq!(row(text).unwrap().paid, None);
        }
        for text in [
            r#"{"total":null}"#,
            r#"{"total":""}"#,
            "{}",
            r#"{"total":[1]}"#,
        ] {
            assert!(row(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_exact_number_is_refused() {
        for text in [
            "",
            " ",
            "-",
            ".",
            "1,5",
            "1.2.3",
            "€1",
            "0x1",
            "NaN",
            "1e",
            "1e999",
            "1 000",
            "123456789012345678901234567890123",
            "0.00000000000000000000000000001",
        ] {
            assert!(parse_decimal(text).is_err(), "{text}");
        }
        for (text, expected) in [
            ("+1.50", "1.50"),
            (" -0.5 ", "-0.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1E-2", "0.01"),
            ("2.5e1", "25"),
            ("0e999", "0"),
            (
                "0.00000000000000000000000000010",
                "0.0000000000000000000000000001",
            ),
        ] {
            assert_eq!(parse_decimal(text).unwrap().to_string(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_decimal_survives_text_and_json(
            digits in -79_228_162_514_264_337_593_543_950_335_i128
                ..=79_228_162_514_264_337_593_543_950_335,
            scale in 0_u32..=28,
        ) {
            let value = Decimal::from_i128_with_scale(digits, scale);
            let parsed = parse_decimal(&value.to_string()).unwrap();
            prop_assert_eq!(parsed, value);
            prop_assert_eq!(parsed.scale(), value.scale());
            let json = serde_json::to_string(&Row { total: value, paid: Some(value) }).unwrap();
            prop_assert_eq!(row(&json).unwrap().total.to_string(), value.to_string());
        }

        #[test]
        fn whatever_parses_parses_again_the_same(text in "\\PC{0,80}") {
            if let Ok(value) = parse_decimal(&text) {
                prop_assert_eq!(parse_decimal(&value.to_string()), Ok(value));
            }
        }
    }
}
