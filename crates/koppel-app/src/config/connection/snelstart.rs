//! `kind = "snelstart"`: one administration of SnelStart over its B2B API.

mod ledgers;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use url::Url;

use super::super::reader::{Report, Section};
use super::common::{
    self, Http, MAX_OVERLAP, MAX_WAIT, checked_url, needed_secret, one_of, span, word,
};
use super::start;
use crate::secrets::SecretRef;

pub use ledgers::{LedgersBySort, Place};
pub use words::{AddressBy, CentsBy, PaidBy, ProductOf, VatSort};

/// How an administration of SnelStart is reached, read and written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SnelStartSettings {
    /// The subscription key of the developer portal.
    pub api_key: SecretRef,
    /// The koppelsleutel, which is also what names the administration.
    pub connection_key: SecretRef,
    /// The first day whose invoices and payments are read; all of them unless told.
    pub start_date: Option<Date>,
    /// Which subscription the key is of, which says how many calls it allows.
    pub product: ProductOf,
    /// The ledger of the debtors; that of the sales journal unless told.
    pub debtors_ledger: Option<Place>,
    /// The journal that payments are written to; the only bank journal unless told.
    pub bank_journal: Option<Place>,
    /// The journals whose mutations are payments; bank and cash unless told.
    pub payment_journals: Vec<PaidBy>,
    /// What a payment of such a journal is called; as the connector has it unless told.
    pub payment_modes: BTreeMap<PaidBy, String>,
    /// The currency that the administration is kept in, ISO 4217; `EUR` unless told.
    pub currency: String,
    /// The ledgers that the lines of invoices are booked on.
    pub ledgers: LedgersBySort,
    /// What the taxes of other systems are, by their names, where the rate does not tell.
    pub taxes: BTreeMap<String, VatSort>,
    /// What happens to a customer whose address is incomplete.
    pub incomplete_address: AddressBy,
    /// Whether money that is paid back is booked, too.
    pub refunds: bool,
    /// How far before the last change the next run starts to read; 3 h unless told.
    pub overlap: Duration,
    /// The zone of the server's times, a name of the IANA database; UTC unless told.
    pub time_zone: String,
    /// Whether a name that is too long is cut to the 50 characters that fit.
    pub truncate_names: bool,
    /// What happens to cents that the lines of an invoice do not account for.
    pub rounding: CentsBy,
    /// The address of the API; SnelStart's own unless told.
    pub url: Option<Url>,
    /// The address that gives tokens; SnelStart's own unless told.
    pub token_url: Option<Url>,
    /// Lets requests travel without encryption.
    pub insecure_http: bool,
    /// The certificate of a private authority, as a PEM file; absolute.
    pub ca_file: Option<PathBuf>,
    /// How long one answer may take; 60 s unless told.
    pub timeout: Duration,
    /// How often a failed call is repeated; 3 unless told.
    pub max_retries: u32,
    /// How many requests are at work at once, if told.
    pub max_in_flight: Option<u32>,
    /// How long a call may wait for its turn under the limits, if told.
    pub max_wait: Option<Duration>,
    /// How long a request that was cut off may still be at work, if told.
    pub settle: Option<Duration>,
}

/// The address of SnelStart's API.
pub(crate) const API: &str = "https://b2bapi.snelstart.nl/v2";

/// What may be at work at once, as the largest product has it.
const IN_FLIGHT: std::ops::RangeInclusive<u32> = 1..=50;
const PRODUCTS: [(&str, ProductOf); 5] = [
    ("custom", ProductOf::Custom),
    ("test", ProductOf::Test),
    ("production", ProductOf::Production),
    ("maatwerk", ProductOf::Custom),
    ("productie", ProductOf::Production),
];
const JOURNALS: [(&str, PaidBy); 3] = [
    ("bank", PaidBy::Bank),
    ("cash", PaidBy::Cash),
    ("memorial", PaidBy::Memorial),
];

const VAT: [(&str, VatSort); 5] = [
    ("high", VatSort::High),
    ("low", VatSort::Low),
    ("other", VatSort::Other),
    ("none", VatSort::None),
    ("reverse_charge", VatSort::ReverseCharge),
];

pub(super) const KEYS: &[&str] = &[
    "kind",
    "api_key",
    "connection_key",
    "start_date",
    "product",
    "debtors_ledger",
    "bank_journal",
    "payment_journals",
    "payment_modes",
    "currency",
    "ledgers",
    "taxes",
    "incomplete_address",
    "refunds",
    "overlap",
    "time_zone",
    "truncate_names",
    "rounding",
    "url",
    "token_url",
    "insecure_http",
    "ca_file",
    "timeout",
    "max_retries",
    "max_in_flight",
    "max_wait",
    "settle",
];

pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<SnelStartSettings> {
    section.known(KEYS, report);
    let api_key = needed_secret(section, "api_key", report);
    let connection_key = needed_secret(section, "connection_key", report);
    let start_date = start::read(section, report);
    let product = one_of(section, "product", &PRODUCTS, "product", report);
    let debtors_ledger = ledgers::place(section, "debtors_ledger", "a ledger", report);
    let bank_journal = ledgers::place(section, "bank_journal", "a journal", report);
    let payment_journals = payment_journals(section, report);
    let payment_modes = payment_modes(section, report);
    let currency = currency(section, report);
    let ledgers = ledgers::read(section, report);
    let taxes = taxes(section, report);
    let addresses_by = [
        ("refuse", AddressBy::Refuse),
        ("leave_out", AddressBy::LeaveOut),
    ];
    let what = "way with an incomplete address";
    let incomplete_address = one_of(section, "incomplete_address", &addresses_by, what, report);
    let refunds = section.flag("refunds", false, report);
    let overlap = span(section, "overlap", MAX_OVERLAP, "3h", report);
    let time_zone = common::time_zone(section, report);
    let truncate_names = section.flag("truncate_names", false, report);
    let ways = [
        ("refuse", CentsBy::Refuse),
        ("largest_line", CentsBy::LargestLine),
    ];
    let rounding = one_of(section, "rounding", &ways, "way to round", report);
    let http = Http::read(section, report);
    let (url, token_url) = addresses(section, http.insecure_http, report);
    let max_in_flight = section.some_number("max_in_flight", IN_FLIGHT, report);
    let max_wait = span(section, "max_wait", MAX_WAIT, "5m", report);
    let settle = span(section, "settle", MAX_WAIT, "60s", report);
    Some(SnelStartSettings {
        api_key: api_key?,
        connection_key: connection_key?,
        start_date,
        product,
        debtors_ledger,
        bank_journal,
        payment_journals,
        payment_modes,
        currency,
        ledgers,
        taxes,
        incomplete_address,
        refunds,
        overlap: overlap.unwrap_or(Duration::from_secs(3 * 3600)),
        time_zone,
        truncate_names,
        rounding,
        url,
        token_url,
        insecure_http: http.insecure_http,
        ca_file: http.ca_file,
        timeout: http.timeout.unwrap_or(Duration::from_secs(60)),
        max_retries: http.max_retries.unwrap_or(3),
        max_in_flight,
        max_wait,
        settle,
    })
}

/// The addresses of the API and of the host that gives tokens. One of them alone would send a key
/// of one system to another.
fn addresses(
    section: &Section<'_>,
    insecure_http: bool,
    report: &mut Report,
) -> (Option<Url>, Option<Url>) {
    let mut read = |key: &str| {
        let found = section.text(key, report)?;
        checked_url(section, &found, insecure_http, report)
    };
    let both = (read("url"), read("token_url"));
    for (there, missing) in [("url", "token_url"), ("token_url", "url")] {
        if section.has(there) && !section.has(missing) {
            report.add(
                section.offset_of([there]),
                section.full(there),
                format!("`{there}` is given without `{missing}`"),
                Some(format!(
                    "write both, or neither for SnelStart itself: with one of them the keys of one \
                     system go to another; expected `{missing}` beside it"
                )),
            );
        }
    }
    both
}

/// `["bank", "cash"]`.
fn payment_journals(section: &Section<'_>, report: &mut Report) -> Vec<PaidBy> {
    let usual = || vec![PaidBy::Bank, PaidBy::Cash];
    let Some(list) = section.texts("payment_journals", report) else {
        return usual();
    };
    if list.value.is_empty() {
        let help = "leave the line out for \"bank\" and \"cash\"";
        section.wrong(&list, "the list is empty", Some(help), report);
        return usual();
    }
    let mut journals = Vec::new();
    for item in list.value {
        journals.extend(word(
            section,
            &item,
            &JOURNALS,
            "kind of journal that payments are in",
            report,
        ));
    }
    journals.sort();
    journals.dedup();
    journals
}

/// `{ bank = "Bank" }`.
fn payment_modes(section: &Section<'_>, report: &mut Report) -> BTreeMap<PaidBy, String> {
    let mut modes = BTreeMap::new();
    let Some(table) = section.section("payment_modes", report) else {
        return modes;
    };
    table.known(&JOURNALS.map(|(word, _)| word), report);
    for (word, journal) in JOURNALS {
        if let Some(mode) = table.text(word, report) {
            modes.insert(journal, mode.value.to_owned());
        }
    }
    modes
}

fn currency(section: &Section<'_>, report: &mut Report) -> String {
    let Some(found) = section.text("currency", report) else {
        return "EUR".to_owned();
    };
    common::currency(section, &found, report);
    found.value.to_owned()
}

/// `{ "BTW verlegd" = "reverse_charge" }`.
fn taxes(section: &Section<'_>, report: &mut Report) -> BTreeMap<String, VatSort> {
    let mut taxes = BTreeMap::new();
    let Some(table) = section.section("taxes", report) else {
        return taxes;
    };
    for entry in table.entries() {
        let Some(found) = table.text(entry.key, report) else {
            continue;
        };
        if let Some(sort) = word(&table, &found, &VAT, "sort of VAT", report) {
            taxes.insert(entry.key.to_owned(), sort);
        }
    }
    taxes
}
