//! The CRM's own settings, as far as they bear on reading it.

use std::collections::BTreeMap;

use api_core::{Error, SecretString};
use jiff::tz::TimeZone;

use super::query::Query;
use super::schema::{Schema, Table};
use crate::sql::db::{Arg, Dialect};
use crate::sql::row::{Cell, Row};

/// Settings by name. Names are not unique in the table: the first row wins.
pub(super) static OPTIONS: Table = Table {
    name: "options",
    key: "id",
    required: &["name", "value"],
    optional: &[],
};

const ZONE: &str = "default_timezone";
const PADDING: &str = "number_padding_prefixes";
/// The CRM's own default.
const DEFAULT_PADDING: usize = 6;
/// Settings of a gateway are named `paymentmethod_GATEWAY_…`.
const GATEWAY: &str = "paymentmethod_";
/// How the CRM numbers its own invoices and orders.
const NUMBERS: [&str; 4] = [
    "invoice_prefix",
    "invoice_number_format",
    "estimate_prefix",
    "estimate_number_format",
];

/// How the CRM numbers its own documents of a sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnNumbers {
    pub(super) prefix: String,
    pub(super) format: i64,
}

/// What the settings say.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The zone of all times in the database.
    pub(super) zone: TimeZone,
    /// Where the zone comes from, for people.
    pub(super) zone_note: String,
    /// Whether the zone is a guess.
    pub(super) zone_guessed: bool,
    /// Digits of a printed invoice number.
    pub(super) padding: usize,
    /// Numbers of invoices.
    pub(super) invoices: OwnNumbers,
    /// Numbers of orders.
    pub(super) estimates: OwnNumbers,
    /// Names of settings of gateways.
    gateways: Vec<String>,
}

impl Settings {
    /// Reads the settings; `override_zone` goes before what the CRM says.
    pub(super) async fn load(
        session: &mut dyn Query,
        dialect: Dialect,
        schema: &Schema,
        override_zone: Option<&TimeZone>,
    ) -> Result<Self, Error> {
        let rows = if schema.has(&OPTIONS) {
            let select = schema.select(dialect, &OPTIONS);
            let sql = format!(
                "{} WHERE `name` IN (?, ?, ?, ?, ?, ?) ORDER BY `id`",
                select.sql
            );
            let names = [ZONE, PADDING].into_iter().chain(NUMBERS);
            let args = names.map(|name| Arg::Text(name.to_owned())).collect();
            session
                .rows(sql, args)
                .await?
                .into_iter()
                .map(|cells| Row::new(select.columns.clone(), cells))
                .collect()
        } else {
            Vec::new()
        };
        let first = |wanted: &str| {
            rows.iter()
                .filter(|row| matches!(row.text("name"), Ok(Some(name)) if name == wanted))
                .find_map(|row| row.text("value").ok())
                .flatten()
        };
        let padding = first(PADDING)
            .and_then(|text| text.trim().parse().ok())
            .filter(|digits| *digits <= 20)
            .unwrap_or(DEFAULT_PADDING);
        let (zone, zone_note, zone_guessed) = match (override_zone, first(ZONE)) {
            (Some(zone), _) => (
                zone.clone(),
                format!("{}, as the connection says", name_of(zone)),
                false,
            ),
            (None, Some(name)) => match TimeZone::get(name.trim()) {
                Ok(zone) => (zone, format!("{name}, as the CRM says"), false),
                Err(_) => (
                    TimeZone::UTC,
                    format!("UTC, because the CRM names the unknown zone `{name}`"),
                    true,
                ),
            },
            (None, None) => (
                TimeZone::UTC,
                "UTC, because the CRM names no zone".to_owned(),
                true,
            ),
        };
        let [prefix, format, estimate_prefix, estimate_format] = NUMBERS.map(first);
        let numbers = |prefix: Option<String>, format: Option<String>| OwnNumbers {
            prefix: prefix.unwrap_or_default(),
            format: format
                .and_then(|text| text.trim().parse().ok())
                .filter(|format| (1..=4).contains(format))
                .unwrap_or(1),
        };
        Ok(Self {
            zone,
            zone_note,
            zone_guessed,
            padding,
            invoices: numbers(prefix, format),
            estimates: numbers(estimate_prefix, estimate_format),
            gateways: gateways(session, dialect, schema).await?,
        })
    }

    /// Whether the CRM has settings for a gateway of this name.
    pub(super) fn has_gateway(&self, name: &str) -> bool {
        !name.is_empty()
            && self.gateways.iter().any(|option| {
                let rest = option.strip_prefix(GATEWAY);
                rest.and_then(|rest| rest.strip_prefix(name))
                    .is_some_and(|rest| rest.starts_with('_'))
            })
    }
}

/// What a setting of the CRM holds.
#[derive(Debug, Clone)]
pub enum OptionValue {
    /// Something that may be shown.
    Plain(String),
    /// A token.
    Secret(SecretString),
}

impl OptionValue {
    /// The text, unless it is a secret.
    pub fn plain(&self) -> Option<&str> {
        match self {
            OptionValue::Plain(text) => Some(text),
            OptionValue::Secret(_) => None,
        }
    }

    /// The text as a secret, whatever it is.
    pub fn secret(&self) -> SecretString {
        match self {
            OptionValue::Plain(text) => SecretString::from(text.clone()),
            OptionValue::Secret(secret) => secret.clone(),
        }
    }
}

/// The settings whose names start with `prefix`, by the rest of the name.
pub(super) async fn starting_with(
    session: &mut dyn Query,
    dialect: Dialect,
    schema: &Schema,
    prefix: &str,
) -> Result<BTreeMap<String, OptionValue>, Error> {
    schema.require(&[&OPTIONS])?;
    let select = schema.select(dialect, &OPTIONS);
    let sql = format!(
        "{} WHERE SUBSTR(`name`, 1, {}) = ? ORDER BY `id`",
        select.sql,
        prefix.chars().count()
    );
    let rows = session
        .rows(sql, vec![Arg::Text(prefix.to_owned())])
        .await?;
    let mut found = BTreeMap::new();
    for cells in rows {
        let row = Row::new(select.columns.clone(), cells);
        let (Ok(Some(name)), Ok(value)) = (row.text("name"), row.text("value")) else {
            continue;
        };
        // Servers may compare without regard to case.
        let Some(name) = name.strip_prefix(prefix) else {
            continue;
        };
        // The first row counts, also where it holds nothing.
        found.entry(name.to_owned()).or_insert(value);
    }
    Ok(found
        .into_iter()
        .filter_map(|(name, value)| {
            let value = value?;
            let value = if name.to_ascii_lowercase().contains("token") {
                OptionValue::Secret(SecretString::from(value))
            } else {
                OptionValue::Plain(value)
            };
            Some((name, value))
        })
        .collect())
}

/// The names of all settings of gateways; their values are none of our business.
async fn gateways(
    session: &mut dyn Query,
    dialect: Dialect,
    schema: &Schema,
) -> Result<Vec<String>, Error> {
    if !schema.has(&OPTIONS) {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE SUBSTR(`name`, 1, {}) = ?",
        dialect.as_text("name"),
        schema.quoted(&OPTIONS),
        GATEWAY.len()
    );
    let rows = session
        .rows(sql, vec![Arg::Text(GATEWAY.to_owned())])
        .await?;
    Ok(rows
        .into_iter()
        .flatten()
        .filter_map(|cell| match cell {
            Cell::Text(name) => Some(name),
            _ => None,
        })
        .collect())
}

fn name_of(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("a fixed offset").to_owned()
}
