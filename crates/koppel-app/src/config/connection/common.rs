//! What the tables of systems that are reached over HTTP have in common.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::super::reader::{Found, Report, Section};
use super::super::{format_duration, parse_duration, suggest};
use crate::secrets::{SecretRef, SecretRefError};

/// How often a failed call may be repeated.
pub(crate) const RETRIES: RangeInclusive<u32> = 0..=20;
/// How long an answer may take, in seconds.
pub(crate) const TIMEOUTS: RangeInclusive<u64> = 1..=600;
/// A longer wait for an answer that was lost, or for a turn, is a mistake.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(3600);
/// A longer overlap reads the same again and again.
pub(super) const MAX_OVERLAP: Duration = Duration::from_secs(7 * 24 * 3600);

/// How requests travel.
pub(super) struct Http {
    /// Lets them travel without encryption.
    pub(super) insecure_http: bool,
    /// The certificate of a private authority, as a PEM file; absolute.
    pub(super) ca_file: Option<PathBuf>,
    /// How long one answer may take.
    pub(super) timeout: Option<Duration>,
    /// How often a failed call is repeated.
    pub(super) max_retries: Option<u32>,
}

impl Http {
    /// Reads `insecure_http`, `ca_file`, `timeout` and `max_retries`.
    pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Self {
        let insecure_http = section.flag("insecure_http", false, report);
        let ca_file = section.text("ca_file", report);
        if let Some(found) = ca_file.filter(|found| found.value.is_empty()) {
            section.wrong(&found, "expected the path of a PEM file", None, report);
        }
        Self {
            insecure_http,
            ca_file: ca_file.map(|found| report.beside(found.value)),
            timeout: timeout(section, report),
            max_retries: section.some_number("max_retries", RETRIES, report),
        }
    }
}

/// A secret that has to be there.
pub(super) fn needed_secret(
    section: &Section<'_>,
    key: &str,
    report: &mut Report,
) -> Option<SecretRef> {
    if !section.has(key) {
        section.missing(key, SecretRefError::EXPECTED, report);
    }
    section.secret(key, report)
}

/// The address of an API; what is wrong with it is reported.
pub(super) fn checked_url(
    section: &Section<'_>,
    found: &Found<'_, &str>,
    insecure_http: bool,
    report: &mut Report,
) -> Option<Url> {
    match check_url(found.value, insecure_http) {
        Ok(url) => Some(url),
        Err((message, help)) => {
            section.wrong(found, message, Some(help), report);
            None
        }
    }
}

/// Reads the address of an API; what is wrong and what helps if it is none. The address is not
/// repeated: it may hold a password.
pub(crate) fn check_url(
    text: &str,
    insecure_http: bool,
) -> Result<Url, (&'static str, &'static str)> {
    let parsed = Url::parse(text).ok().filter(Url::has_host);
    let url = parsed
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or((
            "expected an http or https address",
            "write it with its scheme, such as \"https://crm.example.com\"",
        ))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "a user or password stands in the address",
            "take it out; what logs in has keys of its own",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err((
            "the address goes on behind its path",
            "end it before the `?` or `#`",
        ));
    }
    if url.scheme() == "http" && !insecure_http && !on_this_machine(&url) {
        return Err((
            "over plain http anybody on the way can read the login",
            "write https, or `insecure_http = true` for a system in your own network",
        ));
    }
    Ok(url)
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

/// How long an answer may take, if it is told.
fn timeout(section: &Section<'_>, report: &mut Report) -> Option<Duration> {
    let found = section.text("timeout", report)?;
    let bounds = Duration::from_secs(*TIMEOUTS.start())..=Duration::from_secs(*TIMEOUTS.end());
    let span = parse_duration(found.value).filter(|span| bounds.contains(span));
    if span.is_none() {
        let message = format!("expected a time from 1s to 10m, not `{}`", found.value);
        let help = "write it with its unit, such as \"30s\"";
        section.wrong(&found, message, Some(help), report);
    }
    span
}

/// A time up to a bound.
pub(super) fn span(
    section: &Section<'_>,
    key: &str,
    most: Duration,
    example: &str,
    report: &mut Report,
) -> Option<Duration> {
    let found = section.text(key, report)?;
    let span = parse_duration(found.value).filter(|span| *span <= most);
    if span.is_none() {
        let most = format_duration(most);
        let message = format!("expected a time up to {most}, not `{}`", found.value);
        let help = format!("write it with its unit, such as \"{example}\"");
        section.wrong(&found, message, Some(&help), report);
    }
    span
}

/// The zone of a server's times; UTC unless told.
pub(super) fn time_zone(section: &Section<'_>, report: &mut Report) -> String {
    let Some(found) = section.text("time_zone", report) else {
        return "UTC".to_owned();
    };
    if jiff::tz::TimeZone::get(found.value).is_err() {
        let message = format!("`{}` is no time zone that this machine knows", found.value);
        let help = "write a name of the IANA database, such as \"Europe/Amsterdam\"";
        section.wrong(&found, message, Some(help), report);
    }
    found.value.to_owned()
}

/// One word of a few; the default of its type without it.
pub(super) fn one_of<T: Copy + Default>(
    section: &Section<'_>,
    key: &str,
    all: &[(&str, T)],
    what: &str,
    report: &mut Report,
) -> T {
    (section.text(key, report))
        .and_then(|found| word(section, &found, all, what, report))
        .unwrap_or_default()
}

/// What a word means; one that is none of them is reported.
pub(super) fn word<T: Copy>(
    section: &Section<'_>,
    found: &Found<'_, &str>,
    all: &[(&str, T)],
    what: &str,
    report: &mut Report,
) -> Option<T> {
    let known = all.iter().find(|(word, _)| *word == found.value);
    if known.is_none() {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let message = format!("`{}` is no {what}", found.value);
        let help = suggest::help(found.value, &words, "there are");
        section.wrong(found, message, help.as_deref(), report);
    }
    known.map(|(_, value)| *value)
}

/// The texts of a table, by key.
pub(super) fn texts(table: &Section<'_>, report: &mut Report) -> BTreeMap<String, String> {
    (table.entries())
        .filter_map(|entry| {
            let text = table.text(entry.key, report)?;
            Some((entry.key.to_owned(), text.value.to_owned()))
        })
        .collect()
}

/// An ISO 4217 code; what looks like none is reported.
pub(super) fn currency(section: &Section<'_>, found: &Found<'_, &str>, report: &mut Report) {
    let code = found.value;
    if code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase()) {
        let message = format!("`{code}` is no ISO 4217 code of a currency");
        let help = "write three capitals, such as \"EUR\"";
        section.wrong(found, message, Some(help), report);
    }
}
