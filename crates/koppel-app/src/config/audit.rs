//! `[audit]`: where it is written down what happened, how much of it, and for how long.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sync_core::ConnectionName;

use super::connection::{ConnectionConfig, ConnectionSettings};
use super::log::{self, LogLevel};
use super::reader::{Report, Section};
use super::{DatabaseUrl, database, parse_duration, suggest};
use crate::secrets::SecretRef;

/// What `[audit]` may hold.
const KEYS: [&str; 10] = [
    "url",
    "password",
    "schema",
    "writer",
    "level",
    "levels",
    "personal_data",
    "body_bytes",
    "heads",
    "keep",
];
/// What `[audit.keep]` may hold.
const KEEP: [&str; 5] = ["debug", "info", "warning", "error", "bodies"];
/// How much of a body may be kept, in bytes.
const BODY_BYTES: std::ops::RangeInclusive<u32> = 256..=1_048_576;
/// A shorter time would take out what a run of today says.
const MIN_KEEP: Duration = Duration::from_secs(3600);
/// A longer time is a mistake in the unit: a hundred years.
const MAX_KEEP: Duration = Duration::from_secs(36_525 * DAY);
const DAY: u64 = 24 * 3600;

/// The audit log: where it is, what is written into it, and how long that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditConfig {
    /// Where it is: a SQLite file of its own, or a PostgreSQL database.
    pub url: DatabaseUrl,
    /// The password of the PostgreSQL user.
    pub password: Option<SecretRef>,
    /// The schema of its tables in PostgreSQL.
    pub schema: String,
    /// The name of the chain that this installation writes.
    pub writer: String,
    /// The least level that is written.
    pub level: LogLevel,
    /// The least level of what is about a connection, where that is another one.
    pub levels: BTreeMap<ConnectionName, LogLevel>,
    /// What becomes of people's data.
    pub personal_data: PersonalDataBy,
    /// How much of each body is kept, in bytes.
    pub body_bytes: u32,
    /// The file that the chain's daily heads are appended to; absolute.
    pub heads: PathBuf,
    /// How long entries stay.
    pub keep: KeepConfig,
}

/// What becomes of people's data in messages and bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PersonalDataBy {
    /// `"mask"`: it is masked before it is written.
    Mask,
    /// `"keep"`: it is written as it is; secrets are left out all the same.
    Keep,
}

/// How long entries stay, by their level; [`Duration::MAX`] is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeepConfig {
    /// Those of level DEBUG.
    pub debug: Duration,
    /// Those of level INFO.
    pub info: Duration,
    /// Those of level WARNING.
    pub warning: Duration,
    /// Those of level ERROR.
    pub error: Duration,
    /// The requests and answers of any level.
    pub bodies: Duration,
}

impl Default for KeepConfig {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * DAY);
        Self {
            debug: days(3),
            info: days(30),
            warning: days(90),
            error: days(365),
            bodies: days(14),
        }
    }
}

impl AuditConfig {
    fn beside(report: &Report) -> Self {
        Self {
            url: DatabaseUrl::Sqlite(report.beside("koppel-audit.db")),
            password: None,
            schema: "koppel_audit".to_owned(),
            writer: "main".to_owned(),
            level: LogLevel::Info,
            levels: BTreeMap::new(),
            personal_data: PersonalDataBy::Mask,
            body_bytes: 32_768,
            heads: report.beside("koppel-audit-heads.jsonl"),
            keep: KeepConfig::default(),
        }
    }

    /// The SQLite file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => Some(path),
            _ => None,
        }
    }
}

/// Reads `[audit]`; `store` is the file of the store.
pub(super) fn read(
    root: &Section<'_>,
    store: &Path,
    connections: &BTreeMap<ConnectionName, Option<ConnectionConfig>>,
    report: &mut Report,
) -> AuditConfig {
    let mut audit = AuditConfig::beside(report);
    let Some(section) = root.section("audit", report) else {
        return audit;
    };
    section.known(&KEYS, report);
    if let Some(url) = section.text("url", report) {
        match database::audit(url.value, report) {
            Ok(found) => audit.url = found,
            Err(wrong) => section.wrong(&url, wrong.message, Some(&wrong.help), report),
        }
    }
    audit.password = section.secret("password", report);
    name(&section, "schema", 63, &mut audit.schema, report);
    name(&section, "writer", 64, &mut audit.writer, report);
    if let Some(level) = log::level(&section, "level", report) {
        audit.level = level;
    }
    audit.levels = levels(&section, connections, report);
    if let Some(found) = section.text("personal_data", report) {
        match found.value {
            "mask" => {}
            "keep" => audit.personal_data = PersonalDataBy::Keep,
            other => {
                let shown: String = other.chars().take(32).collect();
                let message = format!("expected \"mask\" or \"keep\", not `{shown}`");
                section.wrong(&found, message, None, report);
            }
        }
    }
    audit.body_bytes = section.number("body_bytes", BODY_BYTES, audit.body_bytes, report);
    if let Some(heads) = section.text("heads", report) {
        if heads.value.is_empty() {
            section.wrong(&heads, "expected the path of a file", None, report);
        } else {
            audit.heads = report.beside(heads.value);
        }
    }
    audit.keep = keep(&section, report);
    fits(&section, &audit, store, connections, report);
    audit
}

/// Reads a name of letters, digits, `_` and `-`, such as a schema's.
fn name(section: &Section<'_>, key: &str, longest: usize, into: &mut String, report: &mut Report) {
    let Some(found) = section.text(key, report) else {
        return;
    };
    let begins = found
        .value
        .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let dash = key == "writer";
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (dash && c == '-');
    if begins && found.value.chars().all(fits) && found.value.len() <= longest {
        found.value.clone_into(into);
        return;
    }
    let also = if dash { ", `-`" } else { "" };
    let message = format!(
        "expected a name of letters, digits{also} and `_` that begins with a letter ({longest} at \
         most)"
    );
    section.wrong(&found, message, None, report);
}

fn levels(
    section: &Section<'_>,
    connections: &BTreeMap<ConnectionName, Option<ConnectionConfig>>,
    report: &mut Report,
) -> BTreeMap<ConnectionName, LogLevel> {
    let Some(levels) = section.section("levels", report) else {
        return BTreeMap::new();
    };
    let names: Vec<&str> = connections.keys().map(AsRef::as_ref).collect();
    let mut found = BTreeMap::new();
    for entry in levels.entries() {
        if !names.contains(&entry.key) {
            let help = suggest::help(entry.key, &names, "there are");
            let message = "there is no connection of this name";
            report.add(entry.offset, levels.full(entry.key), message, help);
        } else if let Some(level) = log::level(&levels, entry.key, report) {
            found.insert(ConnectionName::from(entry.key), level);
        }
    }
    found
}

fn keep(section: &Section<'_>, report: &mut Report) -> KeepConfig {
    let mut keep = KeepConfig::default();
    let Some(section) = section.section("keep", report) else {
        return keep;
    };
    section.known(&KEEP, report);
    let spans = [
        &mut keep.debug,
        &mut keep.info,
        &mut keep.warning,
        &mut keep.error,
        &mut keep.bodies,
    ];
    for (key, into) in KEEP.into_iter().zip(spans) {
        let Some(found) = section.text(key, report) else {
            continue;
        };
        match parse_duration(found.value) {
            None if found.value == "forever" => *into = Duration::MAX,
            Some(span) if (MIN_KEEP..=MAX_KEEP).contains(&span) => *into = span,
            Some(_) => {
                let message = "expected a time from \"1h\" to a hundred years";
                section.wrong(&found, message, None, report);
            }
            None => {
                let message = "expected a time such as \"30d\", or \"forever\"";
                section.wrong(&found, message, None, report);
            }
        }
    }
    keep
}

/// Where the heads go.
const HEADS: &str = "name a file of its own, best on another disk";

/// Whether what was read goes together.
fn fits(
    section: &Section<'_>,
    audit: &AuditConfig,
    store: &Path,
    connections: &BTreeMap<ConnectionName, Option<ConnectionConfig>>,
    report: &mut Report,
) {
    let add = |key: &str, message: String, help: &str, report: &mut Report| {
        let offset = section.offset_of([key]);
        report.add(offset, section.full(key), message, Some(help.to_owned()));
    };
    if audit.file().is_some() && audit.password.is_some() {
        let help = "take it out; a SQLite file is protected by the rights on it";
        let message = "a SQLite file has no password".to_owned();
        add("password", message, help, report);
    }
    let own = "name a file of its own, such as \"sqlite:koppel-audit.db\"";
    if audit.file() == Some(store) {
        let message = "`[store]` keeps its state in the same file".to_owned();
        add("url", message, own, report);
    }
    for connection in connections.values().flatten() {
        let database = match &connection.settings {
            ConnectionSettings::CrmConnect(settings) => &settings.url,
            ConnectionSettings::Sql(settings) => &settings.url,
            _ => continue,
        };
        let DatabaseUrl::Sqlite(path) = database else {
            continue;
        };
        let message = || format!("it is the database of the connection `{}`", connection.name);
        if audit.file() == Some(path) {
            add("url", message(), own, report);
        }
        if audit.heads == *path {
            add("heads", message(), HEADS, report);
        }
    }
    if audit.heads == report.beside(report.file().file_name().unwrap_or_default()) {
        let message = "it is the configuration itself".to_owned();
        add("heads", message, HEADS, report);
    }
    if [Some(store), audit.file()].contains(&Some(audit.heads.as_path())) {
        let message = "the same file is a database".to_owned();
        add("heads", message, HEADS, report);
    }
}
