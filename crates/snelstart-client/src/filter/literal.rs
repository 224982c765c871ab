//! Values in a filter, escaped.

use std::fmt;

use api_core::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::wall_time::WallTime;

/// A value in a filter.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A text: `'O''Brien'`.
    Text(String),
    /// An identifier: `guid'…'`.
    Guid(Uuid),
    /// A date and time: `datetime'2026-08-16T00:00:00'`.
    Time(WallTime),
    /// A number: `12`, or `12.50M` where it has a fraction.
    Number(Decimal),
    /// `true` or `false`.
    Bool(bool),
}

/// A text between quotes, those within doubled.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => Quoted(text).fmt(f),
            Self::Guid(id) => write!(f, "guid'{id}'"),
            Self::Time(at) => write!(f, "datetime'{at}'"),
            Self::Number(number) => {
                let number = number.normalize();
                if number.scale() == 0 {
                    write!(f, "{number}")
                } else {
                    write!(f, "{number}M")
                }
            }
            Self::Bool(flag) => write!(f, "{flag}"),
        }
    }
}

/// A value that a property of type `T` can be compared with.
pub trait Literal<T> {
    /// Returns the value.
    fn literal(self) -> Value;
}

macro_rules! literals {
    ($($from:ty as $into:ty: |$value:ident| $made:expr;)+) => { $(
        impl Literal<$into> for $from {
            fn literal(self) -> Value {
                let $value = self;
                $made
            }
        }
    )+ };
}

literals! {
    &str as String: |text| Value::Text(text.to_owned());
    &String as String: |text| Value::Text(text.clone());
    String as String: |text| Value::Text(text);
    bool as bool: |flag| Value::Bool(flag);
    i32 as i32: |number| Value::Number(number.into());
    i32 as i64: |number| Value::Number(number.into());
    i64 as i64: |number| Value::Number(number.into());
    i32 as Decimal: |number| Value::Number(number.into());
    i64 as Decimal: |number| Value::Number(number.into());
    Decimal as Decimal: |number| Value::Number(number);
    WallTime as WallTime: |at| Value::Time(at);
    Date as WallTime: |date| Value::Time(date.into());
    Uuid as Uuid: |id| Value::Guid(id);
}
