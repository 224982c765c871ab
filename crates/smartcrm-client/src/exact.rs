//! JSON values whose numbers keep every digit.
//!
//! `serde_json::Value` holds a fraction as `f64`, which cannot hold `12345678901234567.89`. A raw
//! value is therefore built by hand: a number that is not a 64-bit integer becomes a string with
//! the number's own text, which is also how the inferred contract sends decimals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use api_core::json::{Build, build};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The members of a JSON object, each still in its own text.
pub(crate) type RawMap = BTreeMap<String, Box<RawValue>>;

/// Turns raw JSON into a value without losing a digit.
pub(crate) fn value(raw: &RawValue) -> Result<Value, String> {
    build(&Plain, raw.get()).map_err(|fault| fault.to_string())
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

/// Turns a raw object into a map, its own members renamed, without losing a digit.
pub(crate) fn object<'n>(
    raw: &RawValue,
    rename: impl Fn(&str) -> Option<&'n str>,
) -> Result<Map<String, Value>, (String, String)> {
    let text = raw.get();
    if !text.trim_start().starts_with('{') {
        let message = "the record is not a JSON object".to_owned();
        return Err((String::new(), message));
    }
    match build(&Renamed(&rename), text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Ok(Map::new()),
        Err(fault) => {
            let name = fault.member().unwrap_or_default();
            let name = rename(name).unwrap_or(name).to_owned();
            Err((name, fault.to_string()))
        }
    }
}

/// Builds values whose fractions are texts.
struct Plain;

/// Builds like [`Plain`], the members of the outermost object renamed.
struct Renamed<'r, R>(&'r R);

impl<'n, R: Fn(&str) -> Option<&'n str>> Build for Renamed<'_, R> {
    type Value = Value;
    type Map = Map<String, Value>;

    fn null(&self) -> Value {
        Plain.null()
    }

    fn bool(&self, value: bool) -> Value {
        Plain.bool(value)
    }

    fn number(&self, text: &str) -> Value {
        Plain.number(text)
    }

    fn text(&self, text: Cow<'_, str>) -> Value {
        Plain.text(text)
    }

    fn list(&self, values: Vec<Value>) -> Value {
        Plain.list(values)
    }

    fn member(&self, map: &mut Self::Map, depth: usize, name: Cow<'_, str>, value: Value) {
        match self.0(&name) {
            Some(other) if depth == 0 => Plain.member(map, depth, Cow::Borrowed(other), value),
            _ => Plain.member(map, depth, name, value),
        }
    }

    fn map(&self, members: Self::Map) -> Value {
        Plain.map(members)
    }
}

impl Build for Plain {
    type Value = Value;
    type Map = Map<String, Value>;

    fn null(&self) -> Value {
        Value::Null
    }

    fn bool(&self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn number(&self, text: &str) -> Value {
        if let Ok(small) = text.parse::<i64>() {
            Value::from(small)
        } else if let Ok(large) = text.parse::<u64>() {
            Value::from(large)
        } else {
            Value::String(text.to_owned())
        }
    }

    fn text(&self, text: Cow<'_, str>) -> Value {
        Value::String(text.into_owned())
    }

    fn list(&self, values: Vec<Value>) -> Value {
        Value::Array(values)
    }

    fn member(&self, map: &mut Self::Map, _depth: usize, name: Cow<'_, str>, value: Value) {
        map.insert(name.into_owned(), value);
    }

    fn map(&self, members: Self::Map) -> Value {
        Value::Object(members)
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

    proptest::proptest! {
        #[test]
        fn what_holds_no_fraction_is_read_as_serde_reads_it(
            names in proptest::collection::vec(".{0,6}", 0..5),
            texts in proptest::collection::vec(".{0,12}", 0..5),
            number: i64,
            flag: bool,
            blank in "[ \\t\\n\\r]{0,3}",
        ) {
            let mut inner = Map::new();
            for (name, text) in names.iter().zip(&texts) {
                inner.insert(name.clone(), Value::String(text.clone()));
            }
            let whole = serde_json::json!({
                "map": inner, "list": texts, "number": number, "flag": flag, "none": null,
                "empty": {}, "void": [], "deep": [[{"a": [1, {"b\"\\": "c\u{1}"}]}]],
            });
            for text in [whole.to_string(), serde_json::to_string_pretty(&whole).unwrap()] {
                let raw = RawValue::from_string(format!("{text}{blank}").trim().to_owned());
                let raw = raw.unwrap();
                proptest::prop_assert_eq!(&value(&raw).unwrap(), &whole);
                let map = object(&raw, |name| (name == "flag").then_some("flagged")).unwrap();
                proptest::prop_assert_eq!(map.get("flagged"), Some(&Value::Bool(flag)));
                proptest::prop_assert_eq!(map.len(), 8);
            }
        }
    }

    #[test]
    fn what_is_no_object_is_no_record() {
        for text in ["[]", "1", "null", "\"{\""] {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            assert!(object(&raw, |_| None).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_nested_a_hundred_deep_is_refused() {
        let text = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&text).unwrap_err().contains("nested"));
    }
}
