//! Values without parts.

use api_core::Json;
use api_core::money::parse_decimal;
use api_core::reading::{Faults, Misread};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::field::{Field, Written};
use super::info::FieldKind;
use crate::filter::{Path, Property};
use crate::value::Base64;
use crate::wall_time::WallTime;

/// What all values without parts share.
macro_rules! plain {
    ($type:ty, $kind:ident) => {
        const KIND: FieldKind = FieldKind::$kind;

        type Property<M> = Property<M, $type>;

        fn property<M>(path: Path) -> Property<M, $type> {
            Property::new(path)
        }
    };
}

impl Field for String {
    plain!(String, Text);

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

    fn inspect(&self, _whole: bool, max: Option<u32>, faults: &mut Faults) {
        let count = self.chars().count();
        if let Some(max) = max
            && usize::try_from(max).is_ok_and(|max| count > max)
        {
            faults.here(format!("has {count} characters, at most {max} are taken"));
        }
    }
}

impl Field for bool {
    plain!(bool, Bool);

    fn read(json: &Json) -> Result<Self, Misread> {
        match json {
            Json::Bool(flag) => Ok(*flag),
            Json::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Json::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            other => Err(Misread::expected("true or false", other)),
        }
    }

    fn write(&self, _how: Written) -> Json {
        Json::Bool(*self)
    }
}

/// Reads a whole number, also as text and as `2.0`.
fn whole(json: &Json) -> Option<i64> {
    let decimal = match json {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => return Some(whole),
            None => number.to_decimal()?,
        },
        Json::Text(text) => parse_decimal(text).ok()?,
        _ => return None,
    };
    if decimal.fract().is_zero() {
        i64::try_from(decimal).ok()
    } else {
        None
    }
}

impl Field for i64 {
    plain!(i64, Int64);

    fn read(json: &Json) -> Result<Self, Misread> {
        whole(json).ok_or_else(|| Misread::expected("a whole number", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(*self)
    }
}

impl Field for i32 {
    plain!(i32, Int32);

    fn read(json: &Json) -> Result<Self, Misread> {
        whole(json)
            .and_then(|whole| Self::try_from(whole).ok())
            .ok_or_else(|| Misread::expected("a whole number of 32 bits", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(i64::from(*self))
    }
}

/// The longest number that is looked at for noise.
const LONGEST: usize = 400;

/// The fewest decimals of which every one is kept.
const DECIMALS: u32 = 20;

/// Reads a number that has more decimals than a [`Decimal`] holds, without the
/// last of them.
///
/// The API works some members out in binary (OpenAPI document: `double`), and
/// such sums end in noise like `5.55E-17`; no record is lost for that. What is
/// left out is less than 10⁻²⁰.
fn without_noise(text: &str) -> Option<Decimal> {
    if text.len() > LONGEST {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (negative, plain) = match mantissa.strip_prefix('-') {
        Some(plain) => (true, plain),
        None => (false, mantissa),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = [whole, fraction].concat();
    let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    (DECIMALS..=Decimal::MAX_SCALE).rev().find_map(|kept| {
        let drop = scale
            .checked_sub(i64::from(kept))
            .filter(|drop| *drop > 0)?;
        let left = usize::try_from(drop)
            .ok()
            .and_then(|drop| digits.len().checked_sub(drop))
            .and_then(|left| digits.get(..left))
            .filter(|left| !left.is_empty())
            .unwrap_or("0");
        let number: i128 = left.parse().ok()?;
        let number = if negative { -number } else { number };
        Decimal::try_from_i128_with_scale(number, kept).ok()
    })
}

impl Field for Decimal {
    plain!(Decimal, Decimal);

    fn read(json: &Json) -> Result<Self, Misread> {
        let text = match json {
            Json::Number(number) => number.as_str(),
            Json::Text(text) => text.as_str(),
            other => return Err(Misread::expected("a number", other)),
        };
        parse_decimal(text).or_else(|error| {
            let noise = json.as_number().and_then(|_| without_noise(text));
            noise.ok_or_else(|| Misread {
                path: String::new(),
                message: error.to_string(),
            })
        })
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(*self)
    }
}

impl Field for WallTime {
    plain!(WallTime, Time);

    fn read(json: &Json) -> Result<Self, Misread> {
        json.as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Misread::expected("a date and time", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::Text(self.to_string())
    }
}

impl Field for Uuid {
    plain!(Uuid, Uuid);

    fn read(json: &Json) -> Result<Self, Misread> {
        json.as_str()
            .and_then(|text| Self::try_parse(text.trim()).ok())
            .ok_or_else(|| Misread::expected("an identifier", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::Text(self.to_string())
    }
}

impl Field for Base64 {
    plain!(Base64, Bytes);

    fn read(json: &Json) -> Result<Self, Misread> {
        json.as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Misread::expected("bytes in base64", json))
    }

    fn write(&self, _how: Written) -> Json {
        Json::Text(self.to_string())
    }
}

impl Field for Json {
    plain!(Json, Any);

    fn read(json: &Json) -> Result<Self, Misread> {
        Ok(json.clone())
    }

    fn write(&self, _how: Written) -> Json {
        self.clone()
    }
}
