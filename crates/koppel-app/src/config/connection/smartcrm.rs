//! `kind = "smartcrm"`: SmartCRM and its relatives over REST.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use smartcrm_client::Profile;
use sync_core::ConnectionName;
use url::Url;

use super::super::reader::{Found, Report, Section};
use super::super::suggest;
use super::common::{Http, checked_url, currency};
use crate::secrets::{SecretRef, SecretRefError};

/// How SmartCRM is reached. What is `None` is taken from the CRM's own options where
/// `settings_from` names one, or else is the default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SmartCrmSettings {
    /// The address of the installation; `https` unless it is this machine or `insecure_http`.
    pub api_url: Option<Url>,
    /// The bearer token.
    pub token: Option<SecretRef>,
    /// The second token that some routes ask for.
    pub client_token: Option<SecretRef>,
    /// Records per request; 50 unless told.
    pub batch_size: Option<u32>,
    /// How long one answer may take; 30 s unless told.
    pub timeout: Option<Duration>,
    /// How often a failed call is repeated; 3 unless told.
    pub max_retries: Option<u32>,
    /// Lets requests travel without encryption.
    pub insecure_http: bool,
    /// The certificate of a private authority, as a PEM file; absolute.
    pub ca_file: Option<PathBuf>,
    /// What this installation does differently from others.
    pub profile: Profile,
    /// The ISO 4217 code of each currency as this installation names it.
    pub currency_mapping: Option<BTreeMap<String, String>>,
    /// The CRM database whose own options give what is not told here.
    pub settings_from: Option<ConnectionName>,
}

impl SmartCrmSettings {
    /// Whether the second token is known to be missing.
    #[must_use]
    pub fn lacks_client_token(&self) -> bool {
        self.client_token.is_none() && self.settings_from.is_none()
    }
}

/// The intervals that SmartCRM's own settings offer, in hours.
pub(crate) const HOURS: [u64; 5] = [1, 2, 4, 12, 24];
/// How many records a request may hold.
pub(crate) const BATCH_SIZES: std::ops::RangeInclusive<u32> = 1..=500;

pub(super) const KEYS: &[&str] = &[
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
    "currency_mapping",
    "settings_from",
];

pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<SmartCrmSettings> {
    section.known(KEYS, report);
    let settings_from = settings_from(section, report);
    let elsewhere = section.has("settings_from");
    let http = Http::read(section, report);
    let expected = "an address such as \"https://crm.example.com\"";
    let found = match elsewhere {
        true => section.text("api_url", report),
        false => section.required("api_url", expected, report),
    };
    let api_url = found.and_then(|found| checked_url(section, &found, http.insecure_http, report));
    if !elsewhere && !section.has("token") {
        section.missing("token", SecretRefError::EXPECTED, report);
    }
    let token = section.secret("token", report);
    let client_token = section.secret("client_token", report);
    let batch_size = section.some_number("batch_size", BATCH_SIZES, report);
    let profile = profile(section, report);
    let currency_mapping = currency_mapping(section, report);
    if !elsewhere {
        api_url.as_ref()?;
        token.as_ref()?;
    }
    Some(SmartCrmSettings {
        api_url,
        token,
        client_token,
        batch_size,
        timeout: http.timeout,
        max_retries: http.max_retries,
        insecure_http: http.insecure_http,
        ca_file: http.ca_file,
        profile: profile?,
        currency_mapping,
        settings_from,
    })
}

fn settings_from(section: &Section<'_>, report: &mut Report) -> Option<ConnectionName> {
    // Whether there is such a connection is checked when all are read.
    let found = section.text("settings_from", report)?;
    Some(ConnectionName::new(found.value))
}

/// The name of a ready-made profile, or a table that starts from one.
fn profile(section: &Section<'_>, report: &mut Report) -> Option<Profile> {
    let Some(found) = section.get("profile") else {
        return Some(Profile::smartcrm());
    };
    if section.is_text("profile") {
        let name = section.text("profile", report)?;
        return base(section, &name, report);
    }
    let table = section.section("profile", report)?;
    if let Some(name) = table.text("base", report) {
        base(&table, &name, report)?;
    }
    let config = serde_json::to_value(table.raw()).ok()?;
    Profile::from_config(config)
        .map_err(|error| {
            let text = error.to_string().replace('\n', ", ");
            section.wrong(&found, text, None, report);
        })
        .ok()
}

/// The ready-made profile of that name.
fn base(section: &Section<'_>, found: &Found<'_, &str>, report: &mut Report) -> Option<Profile> {
    let profile = Profile::named(found.value);
    if profile.is_none() {
        let message = format!("there is no profile `{}`", found.value);
        let help = suggest::help(found.value, &Profile::NAMES, "there are");
        section.wrong(found, message, help.as_deref(), report);
    }
    profile
}

/// `{ "1" = "EUR", … }`: the currency as SmartCRM names it, and its ISO 4217 code.
fn currency_mapping(
    section: &Section<'_>,
    report: &mut Report,
) -> Option<BTreeMap<String, String>> {
    let table = section.section("currency_mapping", report)?;
    let mut mapping = BTreeMap::new();
    for entry in table.entries() {
        let Some(code) = table.text(entry.key, report) else {
            continue;
        };
        currency(&table, &code, report);
        mapping.insert(entry.key.to_owned(), code.value.to_owned());
    }
    Some(mapping)
}
