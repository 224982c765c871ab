//! `kind = "simplycrm"`: Simply CRM and its relatives over the session webservice.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use sync_core::EntityKind;
use url::Url;

use super::super::reader::{Report, Section};
use super::super::suggest;
use super::common::{self, Http, MAX_OVERLAP, MAX_WAIT, checked_url, needed_secret, one_of, span};
use crate::secrets::SecretRef;

/// How Simply CRM is reached, read and written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SimplyCrmSettings {
    /// The address of the installation, or of its `webservice.php`; `https` unless it is this
    /// machine or `insecure_http`.
    pub url: Url,
    /// The name of the user that logs in.
    pub username: String,
    /// The user's access key, which is not the password.
    pub access_key: SecretRef,
    /// The user's password; the mobile API alone asks for it.
    pub password: Option<SecretRef>,
    /// How many sessions of the webservice work at once; 2 unless told.
    pub sessions: u32,
    /// The zone of the server's times, a name of the IANA database; UTC unless told.
    pub time_zone: String,
    /// Who owns new records, as `19x1`; the user that logs in unless told.
    pub owner: Option<String>,
    /// How changes are found; by what the server turns out to do unless told.
    pub changes: ChangesBy,
    /// The custom field of each module that keeps Koppel's mark.
    pub marker_fields: BTreeMap<String, String>,
    /// The kinds of record that are synced; all seven unless told.
    pub kinds: Vec<EntityKind>,
    /// Which field of a module holds a canonical field, where it is another than usual.
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
    /// What the words of a canonical field are called here, by module and field.
    pub words: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// Values of fields for new records that have none, by module.
    pub defaults: BTreeMap<String, BTreeMap<String, String>>,
    /// The product of invoice lines that have none, as `14x542`.
    pub default_product: Option<String>,
    /// Which tax of the installation (`tax1`) a tax is, by its name.
    pub taxes: BTreeMap<String, String>,
    /// How the taxes of an invoice are kept.
    pub tax_mode: TaxesBy,
    /// How far before the last change the next run starts to read, if told.
    pub overlap: Option<Duration>,
    /// Whether noise in front of an answer is passed over with a warning; it is unless told.
    pub lenient: bool,
    /// How long one answer may take; 60 s unless told.
    pub timeout: Duration,
    /// How often a failed call is repeated; 3 unless told.
    pub max_retries: u32,
    /// Lets requests travel without encryption.
    pub insecure_http: bool,
    /// The certificate of a private authority, as a PEM file; absolute.
    pub ca_file: Option<PathBuf>,
    /// How long a request that was cut off may still be at work, if told.
    pub settle: Option<Duration>,
}

/// How a connection finds what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChangesBy {
    /// By the server's `sync` where it is of use, else by a query.
    #[default]
    Auto,
    /// By the operation `sync`.
    Sync,
    /// By a query on the time of the last change.
    Query,
}

/// How the taxes of an invoice are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TaxesBy {
    /// On the whole document where all lines have the same, else line by line.
    #[default]
    Auto,
    /// On the whole document.
    Group,
    /// Line by line.
    Individual,
}

/// The modules that Koppel syncs by their own names, in the order in which they are written.
pub(crate) const MODULES: [(&str, EntityKind); 7] = [
    ("Products", EntityKind::Product),
    ("Accounts", EntityKind::Customer),
    ("Contacts", EntityKind::Contact),
    ("Leads", EntityKind::Lead),
    ("Project", EntityKind::Project),
    ("HelpDesk", EntityKind::Ticket),
    ("Invoice", EntityKind::Invoice),
];
/// How many sessions may be open at once.
const SESSIONS: std::ops::RangeInclusive<u32> = 1..=16;

pub(super) const KEYS: &[&str] = &[
    "kind",
    "url",
    "username",
    "access_key",
    "password",
    "sessions",
    "time_zone",
    "owner",
    "changes",
    "marker_fields",
    "modules",
    "fields",
    "words",
    "defaults",
    "default_product",
    "taxes",
    "tax_mode",
    "overlap",
    "lenient",
    "timeout",
    "max_retries",
    "insecure_http",
    "ca_file",
    "settle",
];

pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<SimplyCrmSettings> {
    section.known(KEYS, report);
    let http = Http::read(section, report);
    let expected = "an address such as \"https://crm.example.com\"";
    let url = section
        .required("url", expected, report)
        .and_then(|found| checked_url(section, &found, http.insecure_http, report));
    let username = username(section, report);
    let access_key = needed_secret(section, "access_key", report);
    let password = section.secret("password", report);
    let sessions = section.number("sessions", SESSIONS, 2, report);
    let time_zone = common::time_zone(section, report);
    let help = "write it with its prefix, such as \"19x1\"; the user that logs in owns new \
                records without this line";
    let owner = id(section, "owner", "a user or group", help, report);
    let ways = [
        ("auto", ChangesBy::Auto),
        ("sync", ChangesBy::Sync),
        ("query", ChangesBy::Query),
    ];
    let changes = one_of(section, "changes", &ways, "way to find changes", report);
    let marker_fields = marker_fields(section, report);
    let kinds = modules(section, report);
    let fields = by_module(section, "fields", report, |table, report| {
        names(table, true, report)
    });
    let words = by_module(section, "words", report, |table, report| {
        let fields = table.sections(report).into_iter();
        fields
            .map(|(field, words)| (field.to_owned(), names(&words, false, report)))
            .collect()
    });
    let defaults = by_module(section, "defaults", report, |table, report| {
        names(table, false, report)
    });
    let help = "write it with its prefix, such as \"14x542\": `koppel query CONNECTION \"select id, \
                productname from Products\"` lists them";
    let default_product = id(section, "default_product", "a product", help, report);
    let taxes = (section.section("taxes", report))
        .map(|table| names(&table, true, report))
        .unwrap_or_default();
    let modes = [
        ("auto", TaxesBy::Auto),
        ("group", TaxesBy::Group),
        ("individual", TaxesBy::Individual),
    ];
    let tax_mode = one_of(section, "tax_mode", &modes, "way to keep taxes", report);
    let overlap = span(section, "overlap", MAX_OVERLAP, "2m", report);
    let lenient = section.flag("lenient", true, report);
    let settle = span(section, "settle", MAX_WAIT, "60s", report);
    Some(SimplyCrmSettings {
        url: url?,
        username: username?,
        access_key: access_key?,
        password,
        sessions,
        time_zone,
        owner,
        changes,
        marker_fields,
        kinds,
        fields,
        words,
        defaults,
        default_product,
        taxes,
        tax_mode,
        overlap,
        lenient,
        timeout: http.timeout.unwrap_or(Duration::from_secs(60)),
        max_retries: http.max_retries.unwrap_or(3),
        insecure_http: http.insecure_http,
        ca_file: http.ca_file,
        settle,
    })
}

fn username(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let found = section.required("username", "the name of a user", report)?;
    if found.value.trim().is_empty() {
        let help = "write the user name, which need not be the e-mail address";
        section.wrong(&found, "the name is empty", Some(help), report);
    }
    Some(found.value.trim().to_owned())
}

/// `19x1`: a prefix, an `x` and a number.
fn id(
    section: &Section<'_>,
    key: &str,
    of: &str,
    help: &str,
    report: &mut Report,
) -> Option<String> {
    let found = section.text(key, report)?;
    let number = |text: &str| {
        (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let fits = found.value.split_once('x').is_some_and(|(prefix, id)| {
        number(prefix) && prefix.len() <= 9 && number(id) && id.bytes().any(|byte| byte != b'0')
    });
    if !fits {
        let message = format!("`{}` is no id of {of}", found.value);
        section.wrong(&found, message, Some(help), report);
    }
    Some(found.value.to_owned())
}

/// What Koppel syncs a module as; a module that it does not sync is reported.
fn kind_of(key: String, name: &str, offset: usize, report: &mut Report) -> Option<EntityKind> {
    let found = MODULES.iter().find(|(module, _)| *module == name);
    if found.is_none() {
        let all = MODULES.map(|(module, _)| module);
        let help = (all.iter())
            .find(|known| known.eq_ignore_ascii_case(name))
            .map(|known| format!("did you mean `{known}`?"))
            .or_else(|| suggest::help(name, &all, "there are"));
        let message = format!("`{name}` is no module that Koppel syncs");
        report.add(offset, key, message, help);
    }
    found.map(|(_, kind)| *kind)
}

/// `["Accounts", …]`; all of them without it.
fn modules(section: &Section<'_>, report: &mut Report) -> Vec<EntityKind> {
    let Some(list) = section.texts("modules", report) else {
        return MODULES.map(|(_, kind)| kind).to_vec();
    };
    if list.value.is_empty() {
        let help = "leave the line out to sync all that Koppel knows";
        section.wrong(&list, "the list is empty", Some(help), report);
    }
    let full = section.full("modules");
    let mut kinds: Vec<EntityKind> = (list.value.iter())
        .filter_map(|item| kind_of(full.clone(), item.value, item.offset, report))
        .collect();
    kinds.sort();
    kinds.dedup();
    if kinds.len() < list.value.len() {
        // Enough was said; no flow is to blame for what is missing.
        return MODULES.map(|(_, kind)| kind).to_vec();
    }
    kinds
}

/// `{ Accounts = "cf_901", … }`.
fn marker_fields(section: &Section<'_>, report: &mut Report) -> BTreeMap<String, String> {
    let Some(table) = section.section("marker_fields", report) else {
        return BTreeMap::new();
    };
    for entry in table.entries() {
        kind_of(table.full(entry.key), entry.key, entry.offset, report);
    }
    names(&table, true, report)
}

/// A table for each module.
fn by_module<T>(
    section: &Section<'_>,
    key: &str,
    report: &mut Report,
    read: impl Fn(&Section<'_>, &mut Report) -> T,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    let Some(table) = section.section(key, report) else {
        return all;
    };
    for (name, of_module) in table.sections(report) {
        kind_of(of_module.name.clone(), name, of_module.offset, report);
        all.insert(name.to_owned(), read(&of_module, report));
    }
    all
}

/// Texts by key; each the name of a field of the server where that is asked.
fn names(table: &Section<'_>, fields: bool, report: &mut Report) -> BTreeMap<String, String> {
    let all = common::texts(table, report);
    for (key, name) in (all.iter()).filter(|(_, name)| fields && !is_field(name)) {
        let message = format!("`{name}` is no name of a field");
        let help = "write the field's own name, such as \"cf_901\": `koppel describe CONNECTION \
                    MODULE` lists them";
        let offset = table.offset_of([key.as_str()]);
        report.add(offset, table.full(key), message, Some(help.to_owned()));
    }
    all
}

fn is_field(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 64
}
