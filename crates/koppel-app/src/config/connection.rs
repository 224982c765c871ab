//! `[connections.NAME]`: the systems.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use sync_core::{ConnectionName, EntityKind};
use url::Url;

use super::database::{self, DatabaseUrl};
use super::problem::{ConfigError, Problem};
use super::reader::{Found, Report, Section};
use super::{parse_duration, suggest};
use crate::secrets::SecretRef;

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
}

/// A kind of system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConnectionKind {
    /// A CRMConnect database, read by SQL.
    CrmConnect,
    /// SmartCRM, over its REST API.
    SmartCrm,
}

impl ConnectionKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::CrmConnect, Self::SmartCrm];

    /// The word in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrmConnect => "crmconnect",
            Self::SmartCrm => "smartcrm",
        }
    }

    /// The kinds of record it can take part in syncing.
    #[must_use]
    pub const fn entities(self) -> &'static [EntityKind] {
        match self {
            Self::CrmConnect | Self::SmartCrm => &[
                EntityKind::Customer,
                EntityKind::Contact,
                EntityKind::Lead,
                EntityKind::Project,
                EntityKind::Ticket,
                EntityKind::Invoice,
            ],
        }
    }

    /// Whether a flow may write to it. A CRM database is opened for reading alone.
    #[must_use]
    pub const fn writable(self) -> bool {
        match self {
            Self::CrmConnect => false,
            Self::SmartCrm => true,
        }
    }

    fn parse(word: &str) -> Option<Self> {
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
    SmartCrm(SmartCrmSettings),
}

/// How a CRMConnect database is reached and read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CrmConnectSettings {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// The password of the user in `url`; a server may let one in without.
    pub password: Option<SecretRef>,
    /// What the names of all tables begin with; `tbl` unless told.
    pub prefix: String,
    /// The zone of the database's local times, in place of the CRM's own `default_timezone`.
    pub timezone: Option<String>,
}

/// How SmartCRM is reached.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SmartCrmSettings {
    /// The address of the installation; `https` unless it is this machine or `insecure_http`.
    pub api_url: Url,
    /// The bearer token.
    pub token: SecretRef,
    /// The second token that some routes ask for.
    pub client_token: Option<SecretRef>,
    /// Records per request; 50 unless told.
    pub batch_size: u32,
    /// How long one answer may take; 30 s unless told.
    pub timeout: Duration,
    /// How often a failed call is repeated; 3 unless told.
    pub max_retries: u32,
    /// Lets requests travel without encryption.
    pub insecure_http: bool,
    /// The certificate of a private authority, as a PEM file; absolute.
    pub ca_file: Option<PathBuf>,
    /// What this installation does differently, keys as the client's profile names them.
    pub profile: toml::Table,
}

/// All connections by name; `None` for one that is there and wrong, so that no flow is blamed for it.
pub(super) type Connections = BTreeMap<ConnectionName, Option<ConnectionConfig>>;

pub(super) fn read_all(root: &Section<'_>, report: &mut Report) -> Connections {
    let Some(all) = root.section("connections", report) else {
        return BTreeMap::new();
    };
    all.sections(report)
        .into_iter()
        .map(|(name, section)| {
            check_name(name, &section, report);
            (ConnectionName::new(name), read(name, &section, report))
        })
        .collect()
}

/// Names travel on the command line and into file names.
pub(super) fn check_name(name: &str, section: &Section<'_>, report: &mut Report) {
    let mut chars = name.chars();
    let fits = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && name.len() <= 64;
    if !fits {
        report.add(
            section.offset,
            section.name.clone(),
            "expected a name of letters, digits, `-` and `_` that begins with a letter (64 at most)",
            None,
        );
    }
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
        ConnectionKind::CrmConnect => ConnectionSettings::CrmConnect(crmconnect(section, report)?),
        ConnectionKind::SmartCrm => ConnectionSettings::SmartCrm(smartcrm(section, report)?),
    };
    Some(ConnectionConfig {
        name: ConnectionName::new(name),
        kind,
        settings,
        line: report.line(section.offset),
        file: report.file().to_path_buf(),
    })
}

fn crmconnect(section: &Section<'_>, report: &mut Report) -> Option<CrmConnectSettings> {
    section.known(&["kind", "url", "password", "prefix", "timezone"], report);
    let expected = "\"sqlite:PATH\" or \"mysql://USER@HOST/DATABASE\"";
    let url = section.required("url", expected, report).and_then(|found| {
        database::crm(found.value, report)
            .map_err(|wrong| section.wrong(&found, wrong.message, Some(&wrong.help), report))
            .ok()
    });
    let password = section.secret("password", report);
    if let (Some(DatabaseUrl::Sqlite(_)), Some(found)) = (&url, section.text("password", report))
        && password.is_some()
    {
        section.wrong(
            &found,
            "a SQLite file has no password",
            Some("take the line out"),
            report,
        );
    }
    let prefix = section.text("prefix", report);
    if let Some(found) = &prefix
        && !found
            .value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        section.wrong(found, "expected letters, digits and `_`", None, report);
    }
    let timezone = section.text("timezone", report);
    if let Some(found) = &timezone
        && jiff::tz::TimeZone::get(found.value).is_err()
    {
        let message = format!("`{}` is no time zone that this machine knows", found.value);
        let help = "write a name of the IANA database, such as \"Europe/Amsterdam\"";
        section.wrong(found, message, Some(help), report);
    }
    Some(CrmConnectSettings {
        url: url?,
        password,
        prefix: prefix.map_or_else(|| "tbl".to_owned(), |found| found.value.to_owned()),
        timezone: timezone.map(|found| found.value.to_owned()),
    })
}

fn smartcrm(section: &Section<'_>, report: &mut Report) -> Option<SmartCrmSettings> {
    section.known(
        &[
            "kind",
            "api_url",
            "token",
            "client_token",
            "batch_size",
            "timeout",
            "max_retries",
            "insecure_http",
            "ca_file",
            "profile",
        ],
        report,
    );
    let insecure_http = section.flag("insecure_http", false, report);
    let api_url = section
        .required(
            "api_url",
            "an address such as \"https://crm.example.com\"",
            report,
        )
        .and_then(|found| api_url(section, &found, insecure_http, report));
    let token = section.required_secret("token", report);
    let client_token = section.secret("client_token", report);
    let batch_size = section.number("batch_size", 1..=500, 50, report);
    let timeout = timeout(section, report);
    let max_retries = section.number("max_retries", 0..=20, 3, report);
    let ca_file = section.text("ca_file", report);
    if let Some(found) = ca_file.filter(|found| found.value.is_empty()) {
        section.wrong(&found, "expected the path of a PEM file", None, report);
    }
    let profile = section
        .section("profile", report)
        .map(|profile| profile.raw())
        .unwrap_or_default();
    Some(SmartCrmSettings {
        api_url: api_url?,
        token: token?,
        client_token,
        batch_size,
        timeout,
        max_retries,
        insecure_http,
        ca_file: ca_file.map(|found| report.beside(found.value)),
        profile,
    })
}

fn api_url(
    section: &Section<'_>,
    found: &Found<'_, &str>,
    insecure_http: bool,
    report: &mut Report,
) -> Option<Url> {
    // The address is not repeated in the messages: it may hold a password.
    let parsed = Url::parse(found.value).ok().filter(Url::has_host);
    let Some(url) = parsed.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        let help = "write it with its scheme, such as \"https://crm.example.com\"";
        section.wrong(
            found,
            "expected an http or https address",
            Some(help),
            report,
        );
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        let help = "take it out; `token` is what logs in";
        section.wrong(
            found,
            "a user or password stands in the address",
            Some(help),
            report,
        );
        return None;
    }
    if url.query().is_some() || url.fragment().is_some() {
        let help = "end it before the `?` or `#`";
        section.wrong(
            found,
            "the address goes on behind its path",
            Some(help),
            report,
        );
        return None;
    }
    if url.scheme() == "http" && !insecure_http && !on_this_machine(&url) {
        section.wrong(
            found,
            "over plain http anybody on the way can read the token",
            Some("write https, or `insecure_http = true` for a system in your own network"),
            report,
        );
        return None;
    }
    Some(url)
}

/// What is sent to this machine itself passes nobody.
fn on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn timeout(section: &Section<'_>, report: &mut Report) -> Duration {
    let default = Duration::from_secs(30);
    let Some(found) = section.text("timeout", report) else {
        return default;
    };
    let bounds = Duration::from_secs(1)..=Duration::from_secs(600);
    match parse_duration(found.value).filter(|span| bounds.contains(span)) {
        Some(span) => span,
        None => {
            let message = format!("expected a time from 1s to 10m, not `{}`", found.value);
            section.wrong(
                &found,
                message,
                Some("write it with its unit, such as \"30s\""),
                report,
            );
            default
        }
    }
}
