//! `kind = "syncro"`: an account of Syncro over its REST API.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use rust_decimal::Decimal;
use toml::de::DeValue;
use url::Url;

use super::super::reader::{Report, Section};
use super::common::{self, Http, MAX_OVERLAP, MAX_WAIT, checked_url, needed_secret, span};
use super::start;
use crate::secrets::SecretRef;

/// How an account of Syncro is reached, read and written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SyncroSettings {
    /// The account: its subdomain, or an address within it.
    pub account: String,
    /// The API token.
    pub token: SecretRef,
    /// The address of the API, where it is not Syncro's own.
    pub url: Option<Url>,
    /// Lets requests travel without encryption.
    pub insecure_http: bool,
    /// The certificate of a private authority, as a PEM file; absolute.
    pub ca_file: Option<PathBuf>,
    /// How long one answer may take; 60 s unless told.
    pub timeout: Duration,
    /// How often a failed call is repeated; 3 unless told.
    pub max_retries: u32,
    /// How many requests leave this machine in a minute, for all accounts together; 180 unless
    /// told.
    pub requests_per_minute: u32,
    /// How long a call may wait for its turn under the limit, if told.
    pub max_wait: Option<Duration>,
    /// How many records are asked for at a time; 100 unless told.
    pub per_page: u32,
    /// The label of the custom field that keeps Koppel's mark; `Koppel ID` unless told.
    pub marker_field: Option<String>,
    /// How far before the last change the next run starts to read; 10 min unless told.
    pub overlap: Option<Duration>,
    /// How often all ids of tickets and invoices are listed, to see what is gone; a day unless
    /// told.
    pub sweep: SweepBy,
    /// The first day whose invoices and payments are read; all of them unless told.
    pub start_date: Option<Date>,
    /// What the path of webhooks ends in, if it is to stay the same.
    pub webhook_token: Option<SecretRef>,
    /// Whether customers are mailed what is written to their tickets; they are not unless told.
    pub notify_customers: bool,
    /// What the words of other systems for the status of a ticket are called here.
    pub statuses: BTreeMap<String, String>,
    /// What the words of other systems for the priority of a ticket are called here.
    pub priorities: BTreeMap<String, String>,
    /// What tickets get where their records say nothing.
    pub ticket_defaults: TicketWords,
    /// The rates of sales tax, in percent, by the name that other systems are told.
    pub tax_rates: BTreeMap<String, Decimal>,
    /// The currency of all amounts, ISO 4217; by the account's symbol unless told.
    pub currency: Option<String>,
    /// How many requests are at work at once, if told.
    pub max_in_flight: Option<u32>,
    /// How long a request that was cut off may still be at work, if told.
    pub settle: Option<Duration>,
}

/// How often all ids of tickets and invoices are listed, to see what is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SweepBy {
    /// Every day.
    #[default]
    Daily,
    /// In the first run after this time.
    Every(Duration),
    /// Never: what is deleted in Syncro is not noticed.
    Never,
}

/// What tickets get where their records say nothing, in the account's own words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TicketWords {
    /// The status.
    pub status: Option<String>,
    /// The problem type.
    pub problem_type: Option<String>,
    /// The priority.
    pub priority: Option<String>,
}

/// What Syncro takes from one address in a minute.
const PER_MINUTE: RangeInclusive<u32> = 1..=10_000;
/// How many records a page may hold.
const PER_PAGE: RangeInclusive<u32> = 5..=100;
/// More at once are of no use under the limit.
const IN_FLIGHT: RangeInclusive<u32> = 1..=16;
/// A rarer look at what is gone finds it too late.
const MAX_SWEEP: Duration = Duration::from_secs(30 * 24 * 3600);

pub(super) const KEYS: &[&str] = &[
    "kind",
    "account",
    "token",
    "url",
    "insecure_http",
    "ca_file",
    "timeout",
    "max_retries",
    "requests_per_minute",
    "max_wait",
    "per_page",
    "marker_field",
    "overlap",
    "sweep",
    "start_date",
    "webhook_token",
    "notify_customers",
    "statuses",
    "priorities",
    "ticket_defaults",
    "tax_rates",
    "currency",
    "max_in_flight",
    "settle",
];

pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<SyncroSettings> {
    section.known(KEYS, report);
    let account = account(section, report);
    let token = needed_secret(section, "token", report);
    let http = Http::read(section, report);
    let url = (section.text("url", report))
        .and_then(|found| checked_url(section, &found, http.insecure_http, report));
    let requests_per_minute = section.number("requests_per_minute", PER_MINUTE, 180, report);
    let max_wait = span(section, "max_wait", MAX_WAIT, "5m", report);
    let per_page = section.number("per_page", PER_PAGE, 100, report);
    let help = "write the label of the field as Syncro shows it, such as \"Koppel ID\"";
    let marker_field = label(section, "marker_field", help, report);
    let overlap = span(section, "overlap", MAX_OVERLAP, "10m", report);
    let sweep = sweep(section, report);
    let start_date = start::read(section, report);
    let webhook_token = section.secret("webhook_token", report);
    let notify_customers = section.flag("notify_customers", false, report);
    let mut words = |key| {
        let table = section.section(key, report);
        table.map_or_else(BTreeMap::new, |table| common::texts(&table, report))
    };
    let (statuses, priorities) = (words("statuses"), words("priorities"));
    let ticket_defaults = ticket_defaults(section, report);
    let tax_rates = tax_rates(section, report);
    let currency = section.text("currency", report);
    if let Some(found) = &currency {
        common::currency(section, found, report);
    }
    let max_in_flight = section.some_number("max_in_flight", IN_FLIGHT, report);
    let settle = span(section, "settle", MAX_WAIT, "60s", report);
    Some(SyncroSettings {
        account: account?,
        token: token?,
        url,
        insecure_http: http.insecure_http,
        ca_file: http.ca_file,
        timeout: http.timeout.unwrap_or(Duration::from_secs(60)),
        max_retries: http.max_retries.unwrap_or(3),
        requests_per_minute,
        max_wait,
        per_page,
        marker_field,
        overlap,
        sweep,
        start_date,
        webhook_token,
        notify_customers,
        statuses,
        priorities,
        ticket_defaults,
        tax_rates,
        currency: currency.map(|found| found.value.to_owned()),
        max_in_flight,
        settle,
    })
}

/// `acme`, or an address that names it.
fn account(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let expected = "the account, such as \"acme\" of https://acme.syncromsp.com";
    let found = section.required("account", expected, report)?;
    let text = found.value.trim();
    if text.is_empty() {
        let help = "write what stands in front of `.syncromsp.com` in the address";
        section.wrong(&found, "the account is empty", Some(help), report);
    }
    Some(text.to_owned())
}

/// A text that is not empty.
fn label(section: &Section<'_>, key: &str, help: &str, report: &mut Report) -> Option<String> {
    let found = section.text(key, report)?;
    if found.value.trim().is_empty() {
        section.wrong(&found, "the text is empty", Some(help), report);
    }
    Some(found.value.trim().to_owned())
}

/// A time, or `"never"`.
fn sweep(section: &Section<'_>, report: &mut Report) -> SweepBy {
    match section.text("sweep", report) {
        None => SweepBy::Daily,
        Some(found) if found.value == "never" => SweepBy::Never,
        Some(_) => {
            span(section, "sweep", MAX_SWEEP, "1d", report).map_or(SweepBy::Daily, SweepBy::Every)
        }
    }
}

/// `{ problem_type = "Other" }`.
fn ticket_defaults(section: &Section<'_>, report: &mut Report) -> TicketWords {
    let Some(table) = section.section("ticket_defaults", report) else {
        return TicketWords::default();
    };
    table.known(&["status", "problem_type", "priority"], report);
    let help = "write one of the account's own words, such as \"Other\"";
    let mut word = |key| label(&table, key, help, report);
    TicketWords {
        status: word("status"),
        problem_type: word("problem_type"),
        priority: word("priority"),
    }
}

/// `{ "BTW 21%" = 21 }`.
fn tax_rates(section: &Section<'_>, report: &mut Report) -> BTreeMap<String, Decimal> {
    let mut rates = BTreeMap::new();
    let Some(table) = section.section("tax_rates", report) else {
        return rates;
    };
    for entry in table.entries() {
        let rate = match entry.value {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::String(text) => text.trim().trim_end_matches('%').trim_end().parse().ok(),
            _ => None,
        };
        let percent = Decimal::ZERO..=Decimal::ONE_HUNDRED;
        match rate.filter(|rate| percent.contains(rate)) {
            Some(rate) => {
                rates.insert(entry.key.to_owned(), rate);
            }
            None => {
                let help =
                    "write the percentage behind the name: `tax_rates = { \"BTW 21%\" = 21 }`";
                let message = "expected a percentage from 0 to 100";
                table.wrong(&entry, message, Some(help), report);
            }
        }
    }
    rates
}
