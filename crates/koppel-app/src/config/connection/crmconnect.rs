//! `kind = "crmconnect"`: a CRM database with the CRMConnect schema.

use super::super::database::{self, DatabaseUrl};
use super::super::reader::{Report, Section};
use crate::secrets::SecretRef;

/// How a CRMConnect database is reached, read and written.
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
    /// Whether draft invoices are read; not unless told.
    pub include_drafts: bool,
    /// Whether the owner's own fields are read; not unless told.
    pub custom_fields: bool,
    /// Whether groups of customers that the CRM does not have are made when a customer is written;
    /// not unless told.
    pub create_groups: bool,
}

pub(super) const KEYS: &[&str] = &[
    "kind",
    "url",
    "password",
    "prefix",
    "timezone",
    "include_drafts",
    "custom_fields",
    "create_groups",
];

pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<CrmConnectSettings> {
    section.known(KEYS, report);
    let expected = "\"sqlite:PATH\" or \"mysql://USER@HOST/DATABASE\"";
    let url = section.required("url", expected, report).and_then(|found| {
        database::crm(found.value, report)
            .map_err(|wrong| section.wrong(&found, wrong.message, Some(&wrong.help), report))
            .ok()
    });
    let password = password(section, url.as_ref(), report);
    let prefix = section.text("prefix", report);
    if let Some(found) = &prefix
        && !found
            .value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        section.wrong(found, "expected letters, digits and `_`", None, report);
    }
    let timezone = timezone(section, report);
    let include_drafts = section.flag("include_drafts", false, report);
    let custom_fields = section.flag("custom_fields", false, report);
    let create_groups = section.flag("create_groups", false, report);
    Some(CrmConnectSettings {
        url: url?,
        password,
        prefix: prefix.map_or_else(|| "tbl".to_owned(), |found| found.value.to_owned()),
        timezone,
        include_drafts,
        custom_fields,
        create_groups,
    })
}

/// The password of a database; a file has none.
pub(super) fn password(
    section: &Section<'_>,
    url: Option<&DatabaseUrl>,
    report: &mut Report,
) -> Option<SecretRef> {
    let password = section.secret("password", report);
    if let (Some(DatabaseUrl::Sqlite(_)), Some(found)) = (url, section.get("password"))
        && password.is_some()
    {
        let help = Some("take the line out");
        section.wrong(&found, "a SQLite file has no password", help, report);
    }
    password
}

/// The zone of local times, a name of the IANA database.
pub(super) fn timezone(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let found = section.text("timezone", report)?;
    if jiff::tz::TimeZone::get(found.value).is_err() {
        let message = format!("`{}` is no time zone that this machine knows", found.value);
        let help = "write a name of the IANA database, such as \"Europe/Amsterdam\"";
        section.wrong(&found, message, Some(help), report);
    }
    Some(found.value.to_owned())
}
