//! What the configuration says about the tables.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sync_core::EntityKind;

/// The tables of a database, by the kind of record that each holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TablesConfig {
    /// One table or view for each kind of record.
    pub tables: BTreeMap<EntityKind, TableConfig>,
}

/// A table or view that holds one kind of record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableConfig {
    /// Its name, with a schema (PostgreSQL) or database (MySQL) in front where needed.
    pub table: String,
    /// The column that tells rows apart: a whole number, text or a UUID.
    pub key: String,
    /// Where the key of a new row comes from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub new_key: NewKey,
    /// The column that says when a row was changed last. With it only changed rows are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// A condition in SQL that the rows meet; it goes into every query as it stands.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The columns, by the canonical field that they hold (`name`, `address.city`).
    pub fields: FieldMap,
    /// Rows of another table: the lines of an order or invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<ChildConfig>,
    /// Rows of another table: the payments of an invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<ChildConfig>,
    /// Rows of another table: the groups of a customer, with the field `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<ChildConfig>,
    /// Rows of another table: the taxes on a product, with the fields `name` and `rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<ChildConfig>,
    /// Columns that get the same value in every new row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<String, Scalar>,
    /// A column that keeps the marker of new rows, for the database's own users to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Sets of fields that identify a record, best first; without any, the usual ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub natural_keys: Vec<Vec<String>>,
    /// Whether rows may be deleted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delete: bool,
    /// Whether the table is only read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
}

/// Rows of another table that are part of a record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildConfig {
    /// The name of the table.
    pub table: String,
    /// The column that holds the key of the row that they belong to.
    pub parent: String,
    /// The column that tells them apart. Without it, what differs is replaced whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where the key of a new row comes from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub new_key: NewKey,
    /// The column that they are sorted by; written as 1, 2, 3 … unless it is one of the fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// A condition in SQL that the rows meet.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The columns, by field.
    pub fields: FieldMap,
    /// The taxes on a line, each a row of a further table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Box<ChildConfig>>,
    /// Columns that get the same value in every new row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<String, Scalar>,
}

/// Where the key of a new row comes from: `auto`, `uuid` or the name of a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NewKey {
    /// The database gives it.
    #[default]
    Auto,
    /// A new UUID.
    Uuid,
    /// It is the value of this field.
    Field(String),
}

impl Serialize for NewKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            NewKey::Auto => "auto",
            NewKey::Uuid => "uuid",
            NewKey::Field(name) => name,
        })
    }
}

impl<'de> Deserialize<'de> for NewKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)?.as_str() {
            "auto" => NewKey::Auto,
            "uuid" => NewKey::Uuid,
            field => NewKey::Field(field.to_owned()),
        })
    }
}

/// A constant of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; written as it is spelled in decimal.
    Float(f64),
    /// Text.
    Text(String),
}

impl Scalar {
    pub(super) fn decimal(number: f64) -> Option<Decimal> {
        number.to_string().parse().ok()
    }
}

/// A column and how its values are to be understood.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnConfig {
    /// Its name.
    pub column: String,
    /// What the column's values mean: `{ "1" = "unpaid", "2" = "paid" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Whether it is read and never written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
}

impl From<&str> for ColumnConfig {
    fn from(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            ..Self::default()
        }
    }
}

/// Columns by canonical field; fields inside of others have a dot: `address.city`.
///
/// A column is its name alone or a [`ColumnConfig`]; `address = { city = "town" }` is the same as
/// `"address.city" = "town"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldMap(pub BTreeMap<String, ColumnConfig>);

impl FieldMap {
    /// Columns by field.
    pub fn new<const N: usize>(columns: [(&str, &str); N]) -> Self {
        columns.into_iter().collect()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for FieldMap {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(columns: T) -> Self {
        let columns = columns.into_iter();
        Self(
            columns
                .map(|(field, column)| (field.to_owned(), column.into()))
                .collect(),
        )
    }
}

impl Serialize for FieldMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Spelled<'a> {
            Name(&'a str),
            Whole(&'a ColumnConfig),
        }
        serializer.collect_map(self.0.iter().map(|(field, column)| {
            let plain = ColumnConfig::from(column.column.as_str());
            let spelled = if *column == plain {
                Spelled::Name(&column.column)
            } else {
                Spelled::Whole(column)
            };
            (field, spelled)
        }))
    }
}

impl<'de> Deserialize<'de> for FieldMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flat = BTreeMap::new();
        let named: BTreeMap<String, Spelled> = BTreeMap::deserialize(deserializer)?;
        for (field, spelled) in named {
            spelled.flatten(field, &mut flat);
        }
        Ok(Self(flat))
    }
}

enum Spelled {
    Column(ColumnConfig),
    Group(BTreeMap<String, Spelled>),
}

impl Spelled {
    fn flatten(self, field: String, flat: &mut BTreeMap<String, ColumnConfig>) {
        match self {
            Spelled::Column(column) => {
                flat.insert(field, column);
            }
            Spelled::Group(parts) => {
                for (part, spelled) in parts {
                    spelled.flatten(format!("{field}.{part}"), flat);
                }
            }
        }
    }
}

impl<'de> Deserialize<'de> for Spelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Both;

        impl<'de> Visitor<'de> for Both {
            type Value = Spelled;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, or a table with `column`")
            }

            fn visit_str<E: de::Error>(self, column: &str) -> Result<Spelled, E> {
                Ok(Spelled::Column(column.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spelled, A::Error> {
                use de::Error as _;
                let mut parts = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                    parts.insert(name, value);
                }
                if parts.contains_key("column") {
                    let whole = serde_json::Value::Object(parts.into_iter().collect());
                    return serde_json::from_value(whole)
                        .map(Spelled::Column)
                        .map_err(A::Error::custom);
                }
                let mut group = BTreeMap::new();
                for (name, value) in parts {
                    let spelled = serde_json::from_value(value)
                        .map_err(|error| A::Error::custom(format!("{name}: {error}")))?;
                    group.insert(name, spelled);
                }
                Ok(Spelled::Group(group))
            }
        }
        deserializer.deserialize_any(Both)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<TablesConfig, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn columns_are_names_or_tables_and_fields_may_be_nested() {
        let config = read(
            r#"{"customer": {"table": "clients", "key": "id", "where": "deleted = 0",
                "fields": {"name": "company", "address": {"city": "town"},
                           "address.street": "road",
                           "active": {"column": "state", "values": {"A": "true"}}}}}"#,
        )
        .unwrap();
        let table = &config.tables[&EntityKind::Customer];
        assert_eq!(table.condition.as_deref(), Some("deleted = 0"));
        let names: Vec<&str> = table.fields.0.keys().map(String::as_str).collect();
        assert_eq!(names, ["active", "address.city", "address.street", "name"]);
        assert_eq!(table.fields.0["active"].values["A"], "true");
        let written = serde_json::to_string(&config).unwrap();
        assert_eq!(read(&written).unwrap(), config);
    }

    #[test]
    fn a_slip_in_the_configuration_is_named() {
        let said = |json: &str| read(json).unwrap_err().to_string();
        assert!(
            said(r#"{"customer": {"table": "a", "key": "id", "fields": {}, "tabel": 1}}"#)
                .contains("unknown field `tabel`")
        );
        assert!(said(r#"{"client": {"table": "a"}}"#).contains("client"));
        assert!(
            said(
                r#"{"customer": {"table": "a", "key": "id",
                     "fields": {"name": {"column": "c", "colour": 1}}}}"#
            )
            .contains("unknown field `colour`")
        );
        assert!(
            said(r#"{"customer": {"table": "a", "key": "id", "fields": {"name": 1}}}"#)
                .contains("the name of a column")
        );
    }
}
