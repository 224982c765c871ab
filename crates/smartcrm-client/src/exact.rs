//! JSON values whose numbers keep every digit.
//!
//! `serde_json::Value` holds a fraction as `f64`, which cannot hold `12345678901234567.89`. A raw
//! value is therefore walked by hand: a number that is not a 64-bit integer becomes a string with
//! the number's own text, which is also how the inferred contract sends decimals.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// How deeply nested an answer may be.
const MAX_DEPTH: usize = 64;

/// The members of a JSON object, each still in its own text.
pub(crate) type RawMap = BTreeMap<String, Box<RawValue>>;

/// Turns raw JSON into a value without losing a digit.
pub(crate) fn value(raw: &RawValue) -> Result<Value, String> {
    at_depth(raw, 0)
}

/// Turns raw members into a map without losing a digit.
pub(crate) fn map(members: &RawMap) -> Result<Map<String, Value>, (String, String)> {
    members
        .iter()
        .map(|(name, raw)| match value(raw) {
            Ok(value) => Ok((name.clone(), value)),
            Err(message) => Err((name.clone(), message)),
        })
        .collect()
}

fn at_depth(raw: &RawValue, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested more than {MAX_DEPTH} levels deep"));
    }
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: RawMap = serde_json::from_str(text).map_err(|e| e.to_string())?;
            members
                .into_iter()
                .map(|(name, raw)| Ok((name, at_depth(&raw, depth + 1)?)))
                .collect::<Result<Map<_, _>, String>>()
                .map(Value::Object)
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> =
                serde_json::from_str(text).map_err(|e| e.to_string())?;
            items
                .iter()
                .map(|raw| at_depth(raw, depth + 1))
                .collect::<Result<Vec<_>, String>>()
                .map(Value::Array)
        }
        Some(b'-' | b'0'..=b'9') => Ok(number(text)),
        _ => serde_json::from_str(text).map_err(|e| e.to_string()),
    }
}

fn number(text: &str) -> Value {
    if let Ok(small) = text.parse::<i64>() {
        Value::from(small)
    } else if let Ok(large) = text.parse::<u64>() {
        Value::from(large)
    } else {
        Value::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, String> {
        value(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn a_fraction_keeps_all_its_digits() {
        let value = read(r#"{"total":12345678901234567.89,"n":7,"in":[0.10,null,true]}"#).unwrap();
        assert_eq!(value["total"], "12345678901234567.89");
        assert_eq!(value["n"], 7);
        assert_eq!(value["in"], serde_json::json!(["0.10", null, true]));
    }

    #[test]
    fn an_integer_too_long_for_a_machine_word_becomes_its_text() {
        assert_eq!(
            read("99999999999999999999999").unwrap(),
            "99999999999999999999999"
        );
        assert_eq!(read("18446744073709551615").unwrap(), u64::MAX);
    }

    #[test]
    fn an_answer_nested_a_hundred_deep_is_refused() {
        let text = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&text).unwrap_err().contains("nested"));
    }
}
