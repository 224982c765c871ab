//! Ledgers and journals: by number, by id, or by what they are for.

use std::fmt;

use toml::de::DeValue;

use super::super::super::reader::{Report, Section};

/// Where something is booked: a ledger, or a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// By its number in the administration.
    Number(i32),
    /// By its id, a UUID in lower case.
    Id(String),
    /// By its function (`grootboekfunctie`), such as `VerkopenOmzetHoog`; ledgers only.
    Function(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.pad(&number.to_string()),
            Self::Id(text) | Self::Function(text) => f.pad(text),
        }
    }
}

/// The ledgers that the lines of invoices are booked on, by the sort of VAT; where nothing is told
/// the one with the function that fits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LedgersBySort {
    /// For lines with the high rate (`Hoog`).
    pub high: Option<Place>,
    /// For lines with the low rate (`Laag`).
    pub low: Option<Place>,
    /// For lines with another rate (`Overig`).
    pub other: Option<Place>,
    /// For lines without VAT (`Geen`).
    pub none: Option<Place>,
    /// For lines whose VAT the buyer pays (`VerkopenVerlegd`).
    pub reverse_charge: Option<Place>,
}

const KEYS: &[&str] = &["high", "low", "other", "none", "reverse_charge"];

/// `[connections.NAME.ledgers]`.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> LedgersBySort {
    let Some(table) = section.section("ledgers", report) else {
        return LedgersBySort::default();
    };
    table.known(KEYS, report);
    let mut of = |key| ledger(&table, key, report);
    LedgersBySort {
        high: of("high"),
        low: of("low"),
        other: of("other"),
        none: of("none"),
        reverse_charge: of("reverse_charge"),
    }
}

fn ledger(table: &Section<'_>, key: &str, report: &mut Report) -> Option<Place> {
    let found = table.get(key)?;
    let function = match found.value.get_ref() {
        DeValue::String(text) => function(text),
        _ => None,
    };
    function.or_else(|| place(table, key, "a ledger", report))
}

/// A ledger or journal by its number or id.
pub(super) fn place(
    section: &Section<'_>,
    key: &str,
    what: &str,
    report: &mut Report,
) -> Option<Place> {
    let found = section.get(key)?;
    let place = match found.value.get_ref() {
        DeValue::Integer(number) => i32::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|number| *number > 0)
            .map(Place::Number),
        DeValue::String(text) => number(text.trim()).or_else(|| id(text.trim())),
        _ => None,
    };
    if place.is_none() {
        let help = format!("write its number in SnelStart, such as `{key} = 1300`, or its id");
        let message = format!("expected the number or id of {what}");
        section.wrong(&found, message, Some(&help), report);
    }
    place
}

fn number(text: &str) -> Option<Place> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (text.parse::<i32>().ok())
        .filter(|number| digits && *number > 0)
        .map(Place::Number)
}

/// A UUID in its usual form.
fn id(text: &str) -> Option<Place> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    (hex && groups == [8, 4, 4, 4, 12]).then(|| Place::Id(text.to_ascii_lowercase()))
}

/// The name of a function: a word of letters that begins with a capital.
fn function(text: &str) -> Option<Place> {
    let text = text.trim();
    let word = text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphabetic())
        && (4..=64).contains(&text.len());
    word.then(|| Place::Function(text.to_owned()))
}
