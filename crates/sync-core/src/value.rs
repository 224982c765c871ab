//! Values: what a field can hold, hashed and stored without loss.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Date, Timestamp};
use rust_decimal::Decimal;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{EntityKind, RecordId};

/// A reference to another record of the same system.
///
/// Before a record is written, the engine replaces the id by the one that the other system knows
/// the same record by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    /// The kind of the record referred to.
    pub entity: EntityKind,
    /// Its id in the system that the referring record is of.
    pub id: RecordId,
}

impl Ref {
    /// A reference to the record `id` of kind `entity`.
    pub fn new(entity: EntityKind, id: impl Into<RecordId>) -> Self {
        Self {
            entity,
            id: id.into(),
        }
    }
}

/// What a field holds.
///
/// Money is a [`Decimal`] and never passes through a binary float. Values are stored as JSON in
/// which each type can be told apart: `{"d":"12.50"}` is a decimal, `{"date":"2026-01-31"}` a
/// date, `{"ts":1767225600000000}` a moment in microseconds since 1970 in UTC,
/// `{"ref":["customer","42"]}` a reference, `{"map":{…}}` a map.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// Nothing; the same as a field that is not there.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// A day.
    Date(Date),
    /// A moment.
    Timestamp(Timestamp),
    /// A reference to another record.
    Ref(Ref),
    /// Several values in order.
    List(Vec<Value>),
    /// Named values.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// Text, or [`Value::Null`] when the text is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Value::Null
        } else {
            Value::Text(text)
        }
    }

    /// Whether there is nothing in it (null, or a map or list of nothing).
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.values().all(Value::is_empty),
            _ => false,
        }
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The reference, if it is one.
    pub fn as_ref_value(&self) -> Option<&Ref> {
        match self {
            Value::Ref(reference) => Some(reference),
            _ => None,
        }
    }

    /// The name of its type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Decimal(_) => "a decimal number",
            Value::Text(_) => "text",
            Value::Date(_) => "a date",
            Value::Timestamp(_) => "a time stamp",
            Value::Ref(_) => "a reference",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// JSON as a person or another program would write it: decimals and times as text, references
    /// as their id. Types cannot be told apart any more.
    pub fn to_plain_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(n) => Json::from(*n),
            Value::Decimal(d) => Json::String(d.to_string()),
            Value::Text(text) => Json::String(text.clone()),
            Value::Date(date) => Json::String(date.to_string()),
            Value::Timestamp(at) => Json::String(at.to_string()),
            Value::Ref(reference) => Json::String(reference.id.as_str().to_owned()),
            Value::List(items) => Json::Array(items.iter().map(Value::to_plain_json).collect()),
            Value::Map(map) => Json::Object(
                map.iter()
                    .map(|(k, v)| (k.clone(), v.to_plain_json()))
                    .collect(),
            ),
        }
    }

    /// Calls `found` on every reference in it, at any depth.
    pub fn visit_refs<'a>(&'a self, found: &mut impl FnMut(&'a Ref)) {
        match self {
            Value::Ref(reference) => found(reference),
            Value::List(items) => items.iter().for_each(|item| item.visit_refs(found)),
            Value::Map(map) => map.values().for_each(|item| item.visit_refs(found)),
            _ => {}
        }
    }

    /// Replaces every reference in it, at any depth, by what `resolve` makes of it.
    pub fn replace_refs(&mut self, resolve: &mut impl FnMut(&Ref) -> Value) {
        match self {
            Value::Ref(reference) => *self = resolve(reference),
            Value::List(items) => items.iter_mut().for_each(|item| item.replace_refs(resolve)),
            Value::Map(map) => map.values_mut().for_each(|item| item.replace_refs(resolve)),
            _ => {}
        }
    }

    /// Writes the canonical form (version 1) that content hashes are made of.
    ///
    /// Each value starts with a letter for its type; text and collections carry their length, so
    /// no two different values share a form. Decimals lose trailing zeros (`12.50` is `12.5`);
    /// empty values inside maps are left out.
    pub(crate) fn write_canonical(&self, out: &mut Vec<u8>) {
        fn sized(out: &mut Vec<u8>, tag: u8, text: &str) {
            out.push(tag);
            out.extend_from_slice(&(text.len() as u64).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        match self {
            Value::Null => out.push(b'0'),
            Value::Bool(b) => out.extend_from_slice(if *b { b"b1" } else { b"b0" }),
            Value::Int(n) => {
                out.push(b'i');
                out.extend_from_slice(&n.to_be_bytes());
            }
            Value::Decimal(d) => sized(out, b'd', &d.normalize().to_string()),
            Value::Text(text) => sized(out, b't', text),
            Value::Date(date) => sized(out, b'D', &date.to_string()),
            Value::Timestamp(at) => {
                out.push(b'T');
                out.extend_from_slice(&at.as_micros().to_be_bytes());
            }
            Value::Ref(reference) => {
                sized(out, b'r', reference.entity.as_str());
                sized(out, b'r', reference.id.as_str());
            }
            Value::List(items) => {
                out.push(b'l');
                out.extend_from_slice(&(items.len() as u64).to_be_bytes());
                items.iter().for_each(|item| item.write_canonical(out));
            }
            Value::Map(map) => {
                out.push(b'm');
                for (key, value) in map.iter().filter(|(_, value)| !value.is_empty()) {
                    sized(out, b'k', key);
                    value.write_canonical(out);
                }
                out.push(b'.');
            }
        }
    }

    /// Whether both have the same canonical form.
    pub fn same_content(&self, other: &Value) -> bool {
        if self.is_empty() && other.is_empty() {
            return true;
        }
        let (mut left, mut right) = (Vec::new(), Vec::new());
        self.write_canonical(&mut left);
        other.write_canonical(&mut right);
        left == right
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        fn tagged<S: Serializer, T: Serialize + ?Sized>(
            s: S,
            tag: &str,
            value: &T,
        ) -> Result<S::Ok, S::Error> {
            let mut map = s.serialize_map(Some(1))?;
            map.serialize_entry(tag, value)?;
            map.end()
        }
        match self {
            Value::Null => s.serialize_unit(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(n) => s.serialize_i64(*n),
            Value::Text(text) => s.serialize_str(text),
            Value::Decimal(d) => tagged(s, "d", &d.to_string()),
            Value::Date(date) => tagged(s, "date", &date.to_string()),
            Value::Timestamp(at) => tagged(s, "ts", &at.as_micros()),
            Value::Ref(reference) => tagged(s, "ref", &(reference.entity, &reference.id)),
            Value::List(items) => {
                let mut seq = s.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Map(map) => tagged(s, "map", map),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored field value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Value, E> {
        i64::try_from(n)
            .map(Value::Int)
            .map_err(|_| E::custom("a whole number beyond 64 bits"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        use de::Error as _;
        let Some(tag) = map.next_key::<String>()? else {
            return Err(A::Error::custom("a stored value without its type"));
        };
        let value = match tag.as_str() {
            "d" => {
                let text: String = map.next_value()?;
                Value::Decimal(text.parse().map_err(A::Error::custom)?)
            }
            "date" => {
                let text: String = map.next_value()?;
                Value::Date(text.parse().map_err(A::Error::custom)?)
            }
            "ts" => Value::Timestamp(Timestamp::from_micros(map.next_value()?)),
            "ref" => {
                let (entity, id): (EntityKind, RecordId) = map.next_value()?;
                Value::Ref(Ref { entity, id })
            }
            "map" => Value::Map(map.next_value()?),
            other => return Err(A::Error::custom(format!("unknown stored type `{other}`"))),
        };
        if map.next_key::<de::IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("a stored value with two types"));
        }
        Ok(value)
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::$variant(value)
            }
        }
    )*};
}
from!(bool => Bool, i64 => Int, Decimal => Decimal, String => Text, Date => Date,
      Timestamp => Timestamp, Ref => Ref, Vec<Value> => List, BTreeMap<String, Value> => Map);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Value::Int(n.into())
    }
}
