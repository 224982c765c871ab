//! `[connections.NAME]`: the systems.

mod common;
mod crmconnect;
mod entities;
mod simplycrm;
mod smartcrm;
mod snelstart;
mod sql;
mod start;
mod syncro;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use sync_core::{ConnectionName, EntityKind};

use super::problem::{ConfigError, Problem};
use super::reader::{Report, Section};
use super::suggest;

pub(crate) use common::{RETRIES, TIMEOUTS, check_url};
pub use crmconnect::CrmConnectSettings;
pub(crate) use simplycrm::MODULES;
pub use simplycrm::{ChangesBy, SimplyCrmSettings, TaxesBy};
pub use smartcrm::SmartCrmSettings;
pub(crate) use smartcrm::{BATCH_SIZES, HOURS};
pub(crate) use snelstart::API as SNELSTART_API;
pub use snelstart::{
    AddressBy, CentsBy, LedgersBySort, PaidBy, Place, ProductOf, SnelStartSettings, VatSort,
};
pub use sql::SqlSettings;
pub use syncro::{SweepBy, SyncroSettings, TicketWords};

/// One system that Koppel connects to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectionConfig {
    /// Its name in the file.
    pub name: ConnectionName,
    /// What kind of system it is.
    pub kind: ConnectionKind,
    /// The settings of its kind.
    pub settings: ConnectionSettings,
    /// The line of its table, counted from 1.
    pub line: usize,
    file: PathBuf,
}

impl ConnectionConfig {
    /// An error about one of its keys, found after the file was read.
    #[must_use]
    pub fn problem(&self, key: &str, message: impl Into<String>) -> ConfigError {
        ConfigError::Invalid {
            path: self.file.clone(),
            problems: vec![Problem {
                line: self.line,
                key: format!("connections.{}.{key}", self.name),
                message: message.into(),
                help: None,
            }],
        }
    }

    /// Where the system is, for people; never with a password.
    #[must_use]
    pub fn address(&self) -> String {
        crate::connect::address(self)
    }

    /// The kinds of record that can be read from it.
    #[must_use]
    pub fn reads(&self) -> Vec<EntityKind> {
        match &self.settings {
            ConnectionSettings::CrmConnect(_) => entities::CRMCONNECT.to_vec(),
            ConnectionSettings::SmartCrm(settings) => entities::smartcrm_reads(&settings.profile),
            ConnectionSettings::SimplyCrm(settings) => settings.kinds.clone(),
            ConnectionSettings::SnelStart(_) => entities::SNELSTART.to_vec(),
            ConnectionSettings::Syncro(_) => entities::SYNCRO.to_vec(),
            ConnectionSettings::Sql(settings) => settings.tables.tables.keys().copied().collect(),
        }
    }

    /// The kinds of record that can be written to it.
    #[must_use]
    pub fn writes(&self) -> Vec<EntityKind> {
        match &self.settings {
            ConnectionSettings::CrmConnect(_) => entities::CRMCONNECT.to_vec(),
            ConnectionSettings::SmartCrm(settings) => entities::smartcrm_writes(&settings.profile),
            ConnectionSettings::SimplyCrm(settings) => settings.kinds.clone(),
            ConnectionSettings::SnelStart(_) => entities::SNELSTART.to_vec(),
            ConnectionSettings::Syncro(_) => entities::SYNCRO.to_vec(),
            ConnectionSettings::Sql(settings) => (settings.tables.tables.iter())
                .filter(|(_, table)| !table.read_only)
                .map(|(entity, _)| *entity)
                .collect(),
        }
    }

    /// Whether SmartCRM gives this kind of record only with its second token.
    #[must_use]
    pub fn needs_client_token(&self, entity: EntityKind) -> bool {
        match &self.settings {
            ConnectionSettings::SmartCrm(settings) => entities::resource(entity)
                .is_some_and(|resource| settings.profile.needs_client_token(resource)),
            ConnectionSettings::CrmConnect(_)
            | ConnectionSettings::SimplyCrm(_)
            | ConnectionSettings::SnelStart(_)
            | ConnectionSettings::Syncro(_)
            | ConnectionSettings::Sql(_) => false,
        }
    }
}

/// A kind of system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConnectionKind {
    /// A CRMConnect database, by SQL.
    CrmConnect,
    /// SmartCRM, over its REST API.
    SmartCrm,
    /// Simply CRM, over its session webservice.
    SimplyCrm,
    /// An administration of SnelStart, over its B2B API.
    SnelStart,
    /// An account of Syncro, over its REST API.
    Syncro,
    /// Any tables of a database.
    Sql,
}

impl ConnectionKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::CrmConnect,
        Self::SmartCrm,
        Self::SimplyCrm,
        Self::SnelStart,
        Self::Syncro,
        Self::Sql,
    ];

    /// The word in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrmConnect => "crmconnect",
            Self::SmartCrm => "smartcrm",
            Self::SimplyCrm => "simplycrm",
            Self::SnelStart => "snelstart",
            Self::Syncro => "syncro",
            Self::Sql => "sql",
        }
    }

    /// The keys that its table may have.
    #[must_use]
    pub const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::CrmConnect => crmconnect::KEYS,
            Self::SmartCrm => smartcrm::KEYS,
            Self::SimplyCrm => simplycrm::KEYS,
            Self::SnelStart => snelstart::KEYS,
            Self::Syncro => syncro::KEYS,
            Self::Sql => sql::KEYS,
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for ConnectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The settings of each kind of system.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConnectionSettings {
    /// Of a CRMConnect database.
    CrmConnect(CrmConnectSettings),
    /// Of SmartCRM.
    SmartCrm(Box<SmartCrmSettings>),
    /// Of Simply CRM.
    SimplyCrm(Box<SimplyCrmSettings>),
    /// Of an administration of SnelStart.
    SnelStart(Box<SnelStartSettings>),
    /// Of an account of Syncro.
    Syncro(Box<SyncroSettings>),
    /// Of the tables of a database.
    Sql(Box<SqlSettings>),
}

/// All connections by name; `None` for one that is there and wrong, so that no flow is blamed for it.
pub(super) type Connections = BTreeMap<ConnectionName, Option<ConnectionConfig>>;

pub(super) fn read_all(root: &Section<'_>, report: &mut Report) -> Connections {
    let Some(all) = root.section("connections", report) else {
        return BTreeMap::new();
    };
    let sections = all.sections(report);
    let connections: Connections = sections
        .iter()
        .map(|(name, section)| {
            check_name(name, section, report);
            (ConnectionName::new(*name), read(name, section, report))
        })
        .collect();
    for (name, section) in &sections {
        if let Some(Some(connection)) = connections.get(*name) {
            check_source_of_settings(connection, section, &connections, report);
        }
    }
    connections
}

/// `settings_from` has to name a CRM database.
fn check_source_of_settings(
    connection: &ConnectionConfig,
    section: &Section<'_>,
    connections: &Connections,
    report: &mut Report,
) {
    let ConnectionSettings::SmartCrm(settings) = &connection.settings else {
        return;
    };
    let (Some(from), Some(found)) = (
        &settings.settings_from,
        section.text("settings_from", report),
    ) else {
        return;
    };
    let (message, help) = match connections.get(from) {
        Some(Some(other)) if other.kind != ConnectionKind::CrmConnect => (
            format!("`{from}` is a {} connection", other.kind),
            Some("settings are read from the options of a `crmconnect` connection".to_owned()),
        ),
        Some(_) => return,
        None => {
            let known: Vec<&str> = connections.keys().map(ConnectionName::as_str).collect();
            (
                format!("there is no connection `{from}`"),
                suggest::help(from.as_str(), &known, "there are"),
            )
        }
    };
    section.wrong(&found, message, help.as_deref(), report);
}

/// Names travel on the command line and into file names.
pub(super) fn check_name(name: &str, section: &Section<'_>, report: &mut Report) {
    if !is_name(name) {
        report.add(
            section.offset,
            section.name.clone(),
            "expected a name of letters, digits, `-` and `_` that begins with a letter (64 at most)",
            None,
        );
    }
}

/// Whether it can be the name of a connection or flow.
pub(crate) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && name.len() <= 64
}

fn read(name: &str, section: &Section<'_>, report: &mut Report) -> Option<ConnectionConfig> {
    let words = ConnectionKind::ALL.map(ConnectionKind::as_str);
    let expected = format!("one of {}", words.join(", "));
    let word = section.required("kind", &expected, report)?;
    let Some(kind) = ConnectionKind::parse(word.value) else {
        let message = format!("`{}` is no kind of connection", word.value);
        let help = suggest::help(word.value, &words, "there are");
        section.wrong(&word, message, help.as_deref(), report);
        return None;
    };
    let settings = match kind {
        ConnectionKind::CrmConnect => {
            ConnectionSettings::CrmConnect(crmconnect::read(section, report)?)
        }
        ConnectionKind::SmartCrm => {
            ConnectionSettings::SmartCrm(Box::new(smartcrm::read(section, report)?))
        }
        ConnectionKind::SimplyCrm => {
            ConnectionSettings::SimplyCrm(Box::new(simplycrm::read(section, report)?))
        }
        ConnectionKind::SnelStart => {
            ConnectionSettings::SnelStart(Box::new(snelstart::read(section, report)?))
        }
        ConnectionKind::Syncro => {
            ConnectionSettings::Syncro(Box::new(syncro::read(section, report)?))
        }
        ConnectionKind::Sql => ConnectionSettings::Sql(Box::new(sql::read(section, report)?)),
    };
    Some(ConnectionConfig {
        name: ConnectionName::new(name),
        kind,
        settings,
        line: report.line(section.offset),
        file: report.file().to_path_buf(),
    })
}
