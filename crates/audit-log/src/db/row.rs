//! Values that go into the database and rows that come out of it.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

use crate::error::Error;

/// A value of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A value of a cell, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arg<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Value {
    /// The same, borrowed.
    pub(crate) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Null => Arg::Null,
            Self::Int(number) => Arg::Int(*number),
            Self::Text(text) => Arg::Text(text),
            Self::Blob(bytes) => Arg::Blob(bytes),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<uuid::Uuid> for Value {
    fn from(id: uuid::Uuid) -> Self {
        Self::Blob(id.as_bytes().to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<Option<i64>> for Arg<'a> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }
}

impl<'a> From<Option<&'a str>> for Arg<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl<'a> From<Option<&'a [u8]>> for Arg<'a> {
    fn from(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::Blob)
    }
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(Vec<Value>);

impl Row {
    pub(super) fn sqlite(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let cells = (0..row.len()).map(|at| {
            let raw = row.try_get_raw(at)?;
            if raw.is_null() {
                return Ok(Value::Null);
            }
            let kind = raw.type_info().name().to_owned();
            match kind.as_str() {
                "INTEGER" => row.try_get_unchecked(at).map(Value::Int),
                // Somebody may have put bytes there that are no text.
                "TEXT" => row
                    .try_get_unchecked(at)
                    .map(Value::Text)
                    .or_else(|_| row.try_get_unchecked(at).map(Value::Blob)),
                "BLOB" => row.try_get_unchecked(at).map(Value::Blob),
                other => Err(sqlx::Error::Decode(
                    format!("column {at} holds a value of type {other}").into(),
                )),
            }
        });
        cells.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn postgres(row: &PgRow) -> Result<Self, sqlx::Error> {
        let cells = (0..row.len()).map(|at| {
            if row.try_get_raw(at)?.is_null() {
                return Ok(Value::Null);
            }
            match row.column(at).type_info().name() {
                "INT8" => row.try_get(at).map(Value::Int),
                "INT4" => row.try_get::<i32, _>(at).map(|n| Value::Int(n.into())),
                "INT2" => row.try_get::<i16, _>(at).map(|n| Value::Int(n.into())),
                "BOOL" => row.try_get::<bool, _>(at).map(|b| Value::Int(b.into())),
                "TEXT" | "VARCHAR" | "NAME" => row.try_get(at).map(Value::Text),
                "BYTEA" => row.try_get(at).map(Value::Blob),
                other => Err(sqlx::Error::Decode(
                    format!("column {at} holds a value of type {other}").into(),
                )),
            }
        });
        cells.collect::<Result<_, _>>().map(Self)
    }

    fn cell(&self, at: usize) -> Result<&Value, Error> {
        self.0.get(at).ok_or_else(|| wrong(at, "not there"))
    }

    /// A number or nothing.
    pub(crate) fn int_or_none(&self, at: usize) -> Result<Option<i64>, Error> {
        match self.cell(at)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            _ => Err(wrong(at, "no number")),
        }
    }

    /// A number.
    pub(crate) fn int(&self, at: usize) -> Result<i64, Error> {
        self.int_or_none(at)?.ok_or_else(|| wrong(at, "empty"))
    }

    /// A text or nothing.
    pub(crate) fn text_or_none(&self, at: usize) -> Result<Option<&str>, Error> {
        match self.cell(at)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(wrong(at, "no text")),
        }
    }

    /// A text for people or nothing; of bytes that are no text, what can be read.
    pub(crate) fn shown(&self, at: usize) -> Result<Option<String>, Error> {
        match self.cell(at)? {
            Value::Blob(bytes) => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
            _ => Ok(self.text_or_none(at)?.map(str::to_owned)),
        }
    }

    /// A text.
    pub(crate) fn text(&self, at: usize) -> Result<&str, Error> {
        self.text_or_none(at)?.ok_or_else(|| wrong(at, "empty"))
    }

    /// Bytes or nothing.
    pub(crate) fn blob_or_none(&self, at: usize) -> Result<Option<&[u8]>, Error> {
        match self.cell(at)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(wrong(at, "no bytes")),
        }
    }

    /// Bytes.
    pub(crate) fn blob(&self, at: usize) -> Result<&[u8], Error> {
        self.blob_or_none(at)?.ok_or_else(|| wrong(at, "empty"))
    }

    /// A SHA-256.
    pub(crate) fn hash(&self, at: usize) -> Result<[u8; 32], Error> {
        let bytes = self.blob(at)?;
        bytes.try_into().map_err(|_| wrong(at, "no hash"))
    }
}

fn wrong(at: usize, why: &str) -> Error {
    Error::Corrupt(format!(
        "a row of the audit log cannot be read: column {at} is {why}"
    ))
}
