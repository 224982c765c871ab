//! `kind = "sql"`: any tables of a database.

use std::time::Duration;

use connectors::sql::tables::{TableConfig, TablesConfig};
use sync_core::EntityKind;

use super::super::database::{self, DatabaseUrl};
use super::super::reader::{Report, Section};
use super::super::{parse_duration, suggest};
use super::crmconnect::{password, timezone};
use crate::secrets::SecretRef;

/// How the tables of a database are reached and what they hold.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqlSettings {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// The password of the user in `url`; a server may let one in without.
    pub password: Option<SecretRef>,
    /// The zone of times without one; UTC unless told.
    pub timezone: Option<String>,
    /// How far before the last modified stamp the next run starts to read; 2 hours unless told.
    pub overlap: Option<Duration>,
    /// The tables, by the kind of record that each holds.
    pub tables: TablesConfig,
}

pub(super) const KEYS: &[&str] = &["kind", "url", "password", "timezone", "overlap", "tables"];

/// A longer overlap reads the same again and again.
const MAX_OVERLAP: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<SqlSettings> {
    section.known(KEYS, report);
    let expected =
        "\"sqlite:PATH\", \"mysql://USER@HOST/DATABASE\" or \"postgres://USER@HOST/DATABASE\"";
    let url = section.required("url", expected, report).and_then(|found| {
        database::any(found.value, report)
            .map_err(|wrong| section.wrong(&found, wrong.message, Some(&wrong.help), report))
            .ok()
    });
    let password = password(section, url.as_ref(), report);
    let timezone = timezone(section, report);
    let overlap = overlap(section, report);
    let tables = tables(section, report);
    Some(SqlSettings {
        url: url?,
        password,
        timezone,
        overlap,
        tables: tables?,
    })
}

fn overlap(section: &Section<'_>, report: &mut Report) -> Option<Duration> {
    let found = section.text("overlap", report)?;
    let span = parse_duration(found.value).filter(|span| *span <= MAX_OVERLAP);
    if span.is_none() {
        let message = format!("expected a time up to 7d, not `{}`", found.value);
        let help = "write it with its unit, such as \"2h\"";
        section.wrong(&found, message, Some(help), report);
    }
    span
}

/// The tables; `None` when one of them is wrong, so that no flow is blamed for what is missing.
fn tables(section: &Section<'_>, report: &mut Report) -> Option<TablesConfig> {
    let mut tables = TablesConfig::default();
    let Some(all) = section.section("tables", report) else {
        return (!section.has("tables")).then_some(tables);
    };
    let mut wrong = false;
    for (word, table) in all.sections(report) {
        let Ok(entity) = word.parse::<EntityKind>() else {
            let known = EntityKind::ALL.map(EntityKind::as_str);
            let message = format!("`{word}` is no kind of record");
            let help = suggest::help(word, &known, "there are");
            report.add(table.offset, table.name.clone(), message, help);
            wrong = true;
            continue;
        };
        let raw = toml::Value::Table(table.raw());
        match serde_path_to_error::deserialize::<_, TableConfig>(raw) {
            Ok(config) => {
                tables.tables.insert(entity, config);
            }
            Err(error) => {
                wrong = true;
                let path = error.path().to_string();
                let steps = path.split('.').filter(|step| *step != "?");
                let offset = table.offset_of(steps);
                let key = match path.as_str() {
                    "." | "?" => table.name.clone(),
                    path => format!("{}.{path}", table.name),
                };
                let message = error.inner().message().trim().replace('\n', ", ");
                report.add(offset, key, message, None);
            }
        }
    }
    (!wrong).then_some(tables)
}
