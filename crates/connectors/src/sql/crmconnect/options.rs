//! The CRM's own settings, as far as they bear on reading it.

use api_core::Error;
use jiff::tz::TimeZone;

use super::schema::{Schema, Table};
use crate::sql::db::{Arg, Dialect, Session};
use crate::sql::row::Row;

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
}

impl Settings {
    /// Reads the settings; `override_zone` goes before what the CRM says.
    pub(super) async fn load(
        session: &mut Session,
        dialect: Dialect,
        schema: &Schema,
        override_zone: Option<&TimeZone>,
    ) -> Result<Self, Error> {
        let rows = if schema.has(&OPTIONS) {
            let select = schema.select(dialect, &OPTIONS);
            let sql = format!("{} WHERE `name` IN (?, ?) ORDER BY `id`", select.sql);
            let args = [ZONE, PADDING].map(|name| Arg::Text(name.to_owned()));
            session
                .rows(sql, args.to_vec())
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
        Ok(Self {
            zone,
            zone_note,
            zone_guessed,
            padding,
        })
    }
}

fn name_of(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("a fixed offset").to_owned()
}
