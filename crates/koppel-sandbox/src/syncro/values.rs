//! Values as the API tells them, and as it takes them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::schema::Holds;

pub(crate) type Record = Map<String, Value>;

/// A time as the API tells it, with milliseconds.
pub(crate) fn told(time: DateTime) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A day as the API tells it: its midnight.
pub(crate) fn midnight(day: Date) -> String {
    told(day.at(0, 0, 0, 0))
}

/// A time in any of the ways that Rails reads; also a bare day.
pub(crate) fn time_of(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(TimeZone::UTC.to_datetime(time));
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return Some(time);
    }
    text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0))
}

pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            text.parse()
                .or_else(|_| Decimal::from_scientific(&text))
                .ok()
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An amount as Rails writes its decimals: with one digit behind the point at least.
pub(crate) fn amount(number: Decimal) -> String {
    let mut number = number.normalize();
    if number.scale() == 0 {
        number.rescale(1);
    }
    number.to_string()
}

/// An amount as a JSON number: without a point where it is whole.
pub(crate) fn dollars(number: Decimal) -> Value {
    let number = number.normalize();
    if number.scale() == 0
        && let Ok(whole) = i64::try_from(number)
    {
        return json!(whole);
    }
    float(number)
}

/// An amount as a JSON number with a point.
pub(crate) fn float(number: Decimal) -> Value {
    number
        .to_string()
        .parse::<f64>()
        .map_or(Value::Null, |n| json!(n))
}

pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A flag as Rails reads it.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        Value::String(text) => match text.trim() {
            "" => None,
            "0" | "f" | "F" | "false" | "False" | "FALSE" | "off" => Some(false),
            _ => Some(true),
        },
        _ => None,
    }
}

/// A value of a body as the record keeps it.
pub(crate) fn taken(holds: Holds, value: &Value) -> Value {
    if value.is_null() {
        return match holds {
            Holds::Object | Holds::List | Holds::Bool | Holds::Said => holds.unsaid(),
            _ => Value::Null,
        };
    }
    match holds {
        Holds::Text | Holds::Said => match value {
            Value::String(_) | Value::Object(_) | Value::Array(_) => value.clone(),
            value => json!(value.to_string()),
        },
        Holds::Int | Holds::Count | Holds::Account => {
            int(value).map_or_else(|| holds.unsaid(), |n| json!(n))
        }
        Holds::Bool | Holds::Yes => json!(truth(value).unwrap_or(false)),
        Holds::Maybe => truth(value).map_or(Value::Null, |truth| json!(truth)),
        Holds::Word => {
            truth(value).map_or(Value::Null, |truth| json!(if truth { "1" } else { "0" }))
        }
        Holds::Money | Holds::Quantity | Holds::Amount => {
            decimal(value).map_or_else(|| holds.unsaid(), |n| json!(amount(n)))
        }
        Holds::Float | Holds::Price => decimal(value).map_or_else(|| holds.unsaid(), float),
        Holds::Time => {
            let time = value.as_str().and_then(time_of);
            time.map_or(Value::Null, |time| json!(told(time)))
        }
        Holds::Day => {
            let time = value.as_str().and_then(time_of);
            time.map_or(Value::Null, |time| json!(midnight(time.date())))
        }
        Holds::Object | Holds::List => value.clone(),
    }
}

/// What can be asked of a record.
pub(crate) trait Read {
    fn text(&self, name: &str) -> &str;
    fn number(&self, name: &str) -> Option<i64>;
    fn flag(&self, name: &str) -> bool;
    fn sum(&self, name: &str) -> Decimal;
    /// Whether nothing is said of it.
    fn blank(&self, name: &str) -> bool;
}

impl Read for Record {
    fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(int)
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(truth).unwrap_or(false)
    }

    fn sum(&self, name: &str) -> Decimal {
        self.get(name).and_then(decimal).unwrap_or_default()
    }

    fn blank(&self, name: &str) -> bool {
        match self.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(_) => false,
        }
    }
}
