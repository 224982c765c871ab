//! JSON values whose numbers keep every digit.
//!
//! `serde_json::Value` holds a fraction as `f64`, which cannot hold `12345678901234567.89`. A raw
//! value is therefore walked by hand: a number that is not a 64-bit integer becomes a string with
//! the number's own text, which is also how the inferred contract sends decimals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// How deeply nested an answer may be.
const MAX_DEPTH: usize = 64;

/// The members of a JSON object, each still in its own text.
pub(crate) type RawMap = BTreeMap<String, Box<RawValue>>;

/// Turns raw JSON into a value without losing a digit.
pub(crate) fn value(raw: &RawValue) -> Result<Value, String> {
    let mut walk = Walk::new(raw.get());
    walk.value(0)
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
    let whole = |message: String| (String::new(), message);
    let mut walk = Walk::new(raw.get());
    if walk.next_byte() != Some(b'{') {
        return Err(whole("the record is not a JSON object".to_owned()));
    }
    let mut map = Map::new();
    let mut more = walk.opens(b'{', b'}').map_err(whole)?;
    while more {
        let name = walk.name().map_err(whole)?;
        let name = rename(&name).map_or_else(|| name.into_owned(), str::to_owned);
        match walk.value(1) {
            Ok(value) => map.insert(name, value),
            Err(message) => return Err((name, message)),
        };
        more = walk.continues(b'}').map_err(whole)?;
    }
    Ok(map)
}

/// Walks over JSON that has been found valid before.
///
/// What is not valid after all ends the walk with an error.
struct Walk<'a> {
    rest: &'a str,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The next byte that is no white space, not taken.
    fn next_byte(&mut self) -> Option<u8> {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
        self.rest = self.rest.trim_start_matches(blank);
        self.rest.as_bytes().first().copied()
    }

    fn take(&mut self, byte: u8) -> Result<(), String> {
        if self.next_byte() != Some(byte) {
            return Err(format!("expected `{}`", char::from(byte)));
        }
        self.rest = self.rest.get(1..).unwrap_or_default();
        Ok(())
    }

    /// Takes an opening bracket; whether something stands before the closing one.
    fn opens(&mut self, open: u8, close: u8) -> Result<bool, String> {
        self.take(open)?;
        if self.next_byte() == Some(close) {
            self.take(close)?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Takes a comma or the closing bracket; whether more follows.
    fn continues(&mut self, close: u8) -> Result<bool, String> {
        if self.next_byte() == Some(b',') {
            self.take(b',')?;
            return Ok(true);
        }
        self.take(close)?;
        Ok(false)
    }

    fn name(&mut self) -> Result<Cow<'a, str>, String> {
        let name = self.text()?;
        self.take(b':')?;
        Ok(name)
    }

    fn text(&mut self) -> Result<Cow<'a, str>, String> {
        self.take(b'"')?;
        let bytes = self.rest.as_bytes();
        let mut end = 0;
        let mut escaped = false;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end += 2;
                }
                Some(_) => end += 1,
                None => return Err("a text has no end".to_owned()),
            }
        }
        let (inner, rest) = (self.rest.get(..end), self.rest.get(end + 1..));
        let (Some(inner), Some(rest)) = (inner, rest) else {
            return Err("a text has no end".to_owned());
        };
        self.rest = rest;
        if !escaped {
            return Ok(Cow::Borrowed(inner));
        }
        serde_json::from_str::<String>(&format!("\"{inner}\""))
            .map(Cow::Owned)
            .map_err(|error| error.to_string())
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        match self.next_byte() {
            Some(b'{') => {
                let mut map = Map::new();
                let mut more = self.opens(b'{', b'}')?;
                while more {
                    let name = self.name()?.into_owned();
                    map.insert(name, self.value(depth + 1)?);
                    more = self.continues(b'}')?;
                }
                Ok(Value::Object(map))
            }
            Some(b'[') => {
                let mut list = Vec::new();
                let mut more = self.opens(b'[', b']')?;
                while more {
                    list.push(self.value(depth + 1)?);
                    more = self.continues(b']')?;
                }
                Ok(Value::Array(list))
            }
            Some(b'"') => Ok(Value::String(self.text()?.into_owned())),
            Some(_) => {
                let ends = |c: char| matches!(c, ',' | ']' | '}' | ' ' | '\t' | '\n' | '\r');
                let end = self.rest.find(ends).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                match word {
                    "null" => Ok(Value::Null),
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    _ => Ok(number(word)),
                }
            }
            None => Err("a value is missing".to_owned()),
        }
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
