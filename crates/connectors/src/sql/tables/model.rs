//! The configuration, checked: which column holds which part of a record.

use std::collections::{BTreeMap, BTreeSet};

use api_core::Error;
use sync_core::fields::schema;
use sync_core::{EntityKind, FieldName};

use super::config::{ChildConfig, ColumnConfig, FieldMap, NewKey, Scalar, TableConfig};
use super::vocabulary::{child_place, parts, record_names, record_place, usual_keys};
use crate::sql::db::{Arg, is_identifier};
use crate::sql::error::config;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
    Int,
    Decimal,
    Date,
    Timestamp,
    Ref(EntityKind),
}

/// Where in a record (or in a child row) a column belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A field of its own.
    Top(FieldName),
    /// A part of a field that is a map.
    Part(FieldName, String),
    /// A part of the only tax in the list of taxes.
    Tax(&'static str),
}

impl Place {
    /// The field that the column belongs to.
    pub(super) fn field(&self) -> &str {
        match self {
            Place::Top(name) | Place::Part(name, _) => name.as_str(),
            Place::Tax(_) => "taxes",
        }
    }
}

/// A column of a record.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The canonical name, with a dot for a part.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) column: ColumnConfig,
}

/// A table whose rows are part of a record.
#[derive(Debug, Clone)]
pub(super) struct Child {
    /// The field that its rows make up.
    pub(super) set: &'static str,
    pub(super) table: String,
    pub(super) parent: String,
    pub(super) key: Option<String>,
    pub(super) new_key: NewKey,
    pub(super) order: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) taxes: Option<Box<Child>>,
    pub(super) defaults: Vec<(String, Arg)>,
}

/// A table of records.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) entity: EntityKind,
    pub(super) table: String,
    pub(super) key: String,
    pub(super) new_key: NewKey,
    pub(super) modified: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) children: Vec<Child>,
    pub(super) defaults: Vec<(String, Arg)>,
    pub(super) marker: Option<String>,
    pub(super) natural_keys: Vec<Vec<FieldName>>,
    pub(super) delete: bool,
    pub(super) read_only: bool,
}

fn identifier(place: &str, what: &str, name: &str) -> Result<(), Error> {
    if is_identifier(name) {
        return Ok(());
    }
    let shown: String = name.chars().take(64).collect();
    Err(config(format!(
        "{place}.{what}: `{shown}` cannot be the name of a table or column."
    ))
    .help("Write the name as the database shows it, without quotes."))
}

/// A condition goes into the middle of a query and must stay there.
fn condition(place: &str, text: Option<&String>) -> Result<Option<String>, Error> {
    let Some(text) = text.map(|text| text.trim()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let refuse = |problem: &str| Err(config(format!("{place}.where: the condition {problem}.")));
    let (mut depth, mut quote) = (0_i32, None);
    let mut before = ' ';
    for letter in text.chars() {
        match (quote, letter) {
            (None, ';') => return refuse("has a `;`, and only one condition fits"),
            (None, '?') => return refuse("has a `?`, which stands for a value elsewhere"),
            (None, '#') => return refuse("has a `#`, which starts a comment in some databases"),
            (None, '\'' | '"' | '`') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth < 0 {
                    return refuse("closes a parenthesis that it did not open");
                }
            }
            (None, '-') if before == '-' => return refuse("has a comment"),
            (None, '*') if before == '/' => return refuse("has a comment"),
            (Some(_), '\\') => return refuse("has a `\\`, which databases read differently"),
            _ => {}
        }
        before = letter;
    }
    if depth != 0 || quote.is_some() {
        return refuse("leaves a parenthesis or a quote open");
    }
    Ok(Some(text.to_owned()))
}

fn defaults(
    place: &str,
    constants: &BTreeMap<String, Scalar>,
    taken: &BTreeSet<String>,
) -> Result<Vec<(String, Arg)>, Error> {
    let mut out = Vec::new();
    for (column, value) in constants {
        identifier(place, "defaults", column)?;
        if taken.contains(&column.to_ascii_lowercase()) {
            return Err(config(format!(
                "{place}.defaults: the column `{column}` is written from a field already."
            )));
        }
        let arg = match value {
            Scalar::Bool(b) => Arg::Bool(*b),
            Scalar::Int(n) => Arg::Int(*n),
            Scalar::Float(number) => Scalar::decimal(*number)
                .map(Arg::Decimal)
                .ok_or_else(|| config(format!("{place}.defaults.{column}: no such number.")))?,
            Scalar::Text(text) => Arg::Text(text.clone()),
        };
        out.push((column.clone(), arg));
    }
    Ok(out)
}

fn fields(
    place: &str,
    map: &FieldMap,
    find: impl Fn(&str) -> Option<(Place, Kind)>,
    known: impl Fn() -> Vec<String>,
    owner: &str,
) -> Result<(Vec<Field>, BTreeSet<String>), Error> {
    let mut fields = Vec::with_capacity(map.0.len());
    let mut taken = BTreeSet::new();
    for (name, column) in &map.0 {
        let Some((at, kind)) = find(name) else {
            return Err(
                config(format!("{place}.fields: `{name}` is no field of {owner}."))
                    .help(format!("There are: {}.", known().join(", "))),
            );
        };
        identifier(place, &format!("fields.{name}"), &column.column)?;
        if !column.read_only && !taken.insert(column.column.to_ascii_lowercase()) {
            return Err(config(format!(
                "{place}.fields.{name}: the column `{}` is written from another field already.",
                column.column
            ))
            .help("Set `read_only = true` for one of them."));
        }
        fields.push(Field {
            name: name.clone(),
            place: at,
            kind,
            column: column.clone(),
        });
    }
    if fields.is_empty() {
        return Err(config(format!("{place}.fields: no column is named.")));
    }
    Ok((fields, taken))
}

fn child(place: &str, set: &'static str, from: &ChildConfig) -> Result<Child, Error> {
    let place = format!("{place}.{set}");
    identifier(&place, "table", &from.table)?;
    identifier(&place, "parent", &from.parent)?;
    for (what, column) in [("key", &from.key), ("order", &from.order)] {
        if let Some(column) = column {
            identifier(&place, what, column)?;
        }
    }
    let owner = format!("a row of `{set}`");
    let known = || {
        parts(set)
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect()
    };
    let (fields, mut taken) = fields(
        &place,
        &from.fields,
        |name| child_place(set, name),
        known,
        &owner,
    )?;
    taken.insert(from.parent.to_ascii_lowercase());
    new_key(&place, &from.new_key, &fields)?;
    let taxes = match (&from.taxes, set) {
        (None, _) => None,
        (Some(_), set) if set != "lines" => {
            return Err(config(format!("{place}.taxes: only lines have taxes.")));
        }
        (Some(_), _) if from.key.is_none() => {
            return Err(config(format!(
                "{place}.taxes: the lines need a `key` that their taxes refer to."
            )));
        }
        (Some(taxes), _) => Some(Box::new(child(&place, "taxes", taxes)?)),
    };
    if taxes.is_some() && fields.iter().any(|field| field.place.field() == "taxes") {
        return Err(config(format!(
            "{place}.taxes: the taxes are in columns of the lines already."
        )));
    }
    Ok(Child {
        set,
        table: from.table.clone(),
        parent: from.parent.clone(),
        key: from.key.clone(),
        new_key: from.new_key.clone(),
        order: from.order.clone(),
        condition: condition(&place, from.condition.as_ref())?,
        defaults: defaults(&place, &from.defaults, &taken)?,
        fields,
        taxes,
    })
}

fn new_key(place: &str, from: &NewKey, fields: &[Field]) -> Result<(), Error> {
    match from {
        NewKey::Field(name) if !fields.iter().any(|field| field.name == *name) => {
            Err(config(format!(
                "{place}.new_key: `{name}` is neither `auto` nor `uuid` nor one of the fields."
            )))
        }
        _ => Ok(()),
    }
}

impl Model {
    /// Checks what the configuration says about one kind of record.
    pub(super) fn new(entity: EntityKind, from: &TableConfig) -> Result<Self, Error> {
        let place = format!("tables.{entity}");
        identifier(&place, "table", &from.table)?;
        identifier(&place, "key", &from.key)?;
        for (what, column) in [("modified", &from.modified), ("marker", &from.marker)] {
            if let Some(column) = column {
                identifier(&place, what, column)?;
            }
        }
        let owner = format!("the kind `{entity}`");
        let (fields, taken) = fields(
            &place,
            &from.fields,
            |name| record_place(entity, name),
            || record_names(entity),
            &owner,
        )?;
        new_key(&place, &from.new_key, &fields)?;
        let mut children = Vec::new();
        for (set, child_config) in [
            ("lines", &from.lines),
            ("payments", &from.payments),
            ("groups", &from.groups),
            ("taxes", &from.taxes),
        ] {
            let Some(child_config) = child_config else {
                continue;
            };
            if !schema(entity)
                .iter()
                .any(|spec| spec.name == set && spec.expected == "a list")
            {
                return Err(config(format!(
                    "{place}.{set}: the kind `{entity}` has no {set}."
                )));
            }
            if fields.iter().any(|field| field.place.field() == set) {
                return Err(config(format!(
                    "{place}.{set}: columns of `{}` hold them already.",
                    from.table
                )));
            }
            children.push(child(&place, set, child_config)?);
        }
        let has = |name: &str| {
            fields
                .iter()
                .any(|field| matches!(&field.place, Place::Top(top) if top.as_str() == name))
        };
        let mut natural_keys = Vec::new();
        if from.natural_keys.is_empty() {
            for names in usual_keys(entity) {
                if names.iter().all(|name| has(name)) {
                    natural_keys.push(names.iter().map(|name| FieldName::known(name)).collect());
                }
            }
        }
        for names in &from.natural_keys {
            if let Some(missing) = names.iter().find(|name| !has(name)) {
                return Err(config(format!(
                    "{place}.natural_keys: `{missing}` is none of the fields with a column."
                )));
            }
            natural_keys.push(
                names
                    .iter()
                    .map(|name| FieldName::new(name.clone()))
                    .collect(),
            );
        }
        Ok(Self {
            entity,
            table: from.table.clone(),
            key: from.key.clone(),
            new_key: from.new_key.clone(),
            modified: from.modified.clone(),
            condition: condition(&place, from.condition.as_ref())?,
            defaults: defaults(&place, &from.defaults, &taken)?,
            fields,
            children,
            marker: from.marker.clone(),
            natural_keys,
            delete: from.delete,
            read_only: from.read_only,
        })
    }
}
