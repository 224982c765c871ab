//! The configuration file `koppel.toml`.
//!
//! ```toml
//! [connections.crm]
//! kind = "crmconnect"
//! url = "sqlite:crm.db"
//!
//! [connections.smartcrm]
//! kind = "smartcrm"
//! api_url = "https://crm.example.com"
//! token = "env:SMARTCRM_TOKEN"
//!
//! [flows.push]
//! from = "crm"
//! to = "smartcrm"
//! every = "4h"
//! ```
//!
//! Everything that is wrong in a file is reported at once, each problem with its line and key.
//! Paths in the file are relative to the file. Secrets are references, never values.

mod audit;
mod connection;
mod database;
mod duration;
mod flow;
mod log;
mod problem;
mod reader;
mod suggest;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use sync_core::{ConnectionName, FlowName};

pub use audit::{AuditConfig, KeepConfig, PersonalDataBy};
pub use connection::{
    AddressBy, CentsBy, ChangesBy, ConnectionConfig, ConnectionKind, ConnectionSettings,
    CrmConnectSettings, LedgersBySort, PaidBy, Place, ProductOf, SimplyCrmSettings,
    SmartCrmSettings, SnelStartSettings, SqlSettings, SweepBy, SyncroSettings, TaxesBy,
    TicketWords, VatSort,
};
pub use database::DatabaseUrl;
pub use duration::{format_duration, parse_duration};
pub use flow::FlowConfig;
pub use log::LogLevel;
pub use problem::{ConfigError, Problem};

pub(crate) use connection::{
    BATCH_SIZES, HOURS, MODULES, RETRIES, SNELSTART_API, TIMEOUTS, check_url, is_name,
};
pub(crate) use flow::KEYS as FLOW_KEYS;
pub(crate) use suggest::help as suggestion;

use problem::Lines;
use reader::{Report, Section};

/// A larger file is no configuration, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// A checked configuration.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The file it was read from, as it was named.
    pub path: PathBuf,
    /// Where state is kept.
    pub store: StoreConfig,
    /// Where it is written down what happened.
    pub audit: AuditConfig,
    /// The systems, by name.
    pub connections: BTreeMap<ConnectionName, ConnectionConfig>,
    /// What is synced from where to where, by name.
    pub flows: BTreeMap<FlowName, FlowConfig>,
    /// How much is said on stderr, unless the command line or the environment says otherwise.
    pub log: Option<LogLevel>,
}

/// Where state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreConfig {
    /// The SQLite file with the state of all flows; absolute.
    pub path: PathBuf,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When the file cannot be read, is no TOML, or holds anything that is wrong or not known.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        Self::parse(&Self::text(path)?, path)
    }

    /// Reads the text of a file.
    pub(crate) fn text(path: &Path) -> Result<String, ConfigError> {
        String::from_utf8(read(path)?).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = &error.as_bytes()[..valid];
            ConfigError::NotUtf8 {
                path: path.to_path_buf(),
                line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            }
        })
    }

    /// Checks the text of a file; `path` is its name, which gives relative paths their meaning.
    ///
    /// # Errors
    /// When the text is no TOML, or holds anything that is wrong or not known.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        // A mark that some editors put first.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::new(text);
        let (document, errors) = toml::de::DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(problem::syntax(path, text, &lines, &errors));
        }
        let mut report = Report::new(path, lines);
        let root = Section::root(document.get_ref());
        root.known(
            &["store", "audit", "log", "connections", "flows"],
            &mut report,
        );
        let log = log::read(&root, &mut report);
        let store = store(&root, &mut report);
        let connections = connection::read_all(&root, &mut report);
        let flows = flow::read_all(&root, &connections, &mut report);
        let audit = audit::read(&root, &store.path, &connections, &mut report);
        report.finish(Self {
            path: path.to_path_buf(),
            store,
            audit,
            connections: connections
                .into_iter()
                .filter_map(|(name, connection)| Some((name, connection?)))
                .collect(),
            flows,
            log,
        })
    }

    /// The connection of that name.
    ///
    /// # Errors
    /// When there is none; the message names the ones there are.
    pub fn connection(&self, name: &str) -> Result<&ConnectionConfig, ConfigError> {
        self.connections
            .get(name)
            .ok_or_else(|| self.missing("connection", name, self.connections.keys()))
    }

    /// The flow of that name.
    ///
    /// # Errors
    /// When there is none; the message names the ones there are.
    pub fn flow(&self, name: &str) -> Result<&FlowConfig, ConfigError> {
        self.flows
            .get(name)
            .ok_or_else(|| self.missing("flow", name, self.flows.keys()))
    }

    /// An error about one of a flow's keys, found after the file was read.
    #[must_use]
    pub fn flow_problem(
        &self,
        flow: &FlowConfig,
        key: &str,
        message: impl Into<String>,
    ) -> ConfigError {
        ConfigError::Invalid {
            path: self.path.clone(),
            problems: vec![Problem {
                line: flow.line,
                key: format!("flows.{}.{key}", flow.name),
                message: message.into(),
                help: None,
            }],
        }
    }

    fn missing<N: AsRef<str>>(
        &self,
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = N>,
    ) -> ConfigError {
        let known: Vec<String> = known.map(|name| name.as_ref().to_owned()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        ConfigError::NoSuch {
            path: self.path.clone(),
            what,
            name: name.to_owned(),
            help: suggest::help(name, &known, "there are")
                .unwrap_or_else(|| format!("add `[{what}s.{name}]`; there is no {what} yet")),
        }
    }
}

fn store(root: &Section<'_>, report: &mut Report) -> StoreConfig {
    let mut path = report.beside("koppel.db");
    if let Some(section) = root.section("store", report) {
        if let Some(events) = section.get("events") {
            let help = "take the line out; `[audit] url` says where the audit log is, and \
                        `koppel logs export` writes it as one JSON object a line";
            let message = "there is no events file any more: the audit log took its place";
            section.wrong(&events, message, Some(help), report);
        }
        section.known(&["url", "events"], report);
        if let Some(url) = section.text("url", report) {
            match database::store(url.value, report) {
                Ok(found) => path = found,
                Err(wrong) => section.wrong(&url, wrong.message, Some(&wrong.help), report),
            }
        }
    }
    StoreConfig { path }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let failed = |source: std::io::Error| ConfigError::Read {
        path: path.to_path_buf(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(ConfigError::Directory {
            path: path.to_path_buf(),
        });
    }
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(ConfigError::TooLarge {
            path: path.to_path_buf(),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod simplycrm_tests;
#[cfg(test)]
mod snelstart_tests;
#[cfg(test)]
mod syncro_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wider_tests;
