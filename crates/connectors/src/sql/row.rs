//! Rows as text, and how text becomes a value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{Date, Error, ErrorKind, SendOutcome, Timestamp};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// One column of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Something that is no UTF-8 text.
    #[default]
    Unreadable,
}

impl Cell {
    #[cfg(any(feature = "sql-sqlite", feature = "sql-mysql"))]
    pub(crate) fn from_bytes(bytes: Option<Vec<u8>>) -> Option<Self> {
        match bytes {
            None => Some(Cell::Null),
            Some(bytes) => String::from_utf8(bytes).ok().map(Cell::Text),
        }
    }

    /// A binary float as the decimal number that it stands for: 15 digits, which every decimal
    /// number of so many digits survives.
    pub(crate) fn float(number: f64) -> Self {
        match Decimal::try_from(number) {
            Ok(decimal) => Cell::Text(decimal.normalize().to_string()),
            // Too large or too small for a decimal, or no number.
            Err(_) => Cell::Text(number.to_string()),
        }
    }
}

/// A field of a row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// The column, with the table in front for child rows.
    pub(crate) field: String,
    /// What is wrong, as the end of a sentence.
    pub(crate) problem: String,
}

impl Flaw {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }

    /// Puts the place of the child row in front.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.field = format!("{place}.{}", self.field);
        self
    }

    pub(crate) fn into_error(self, operation: &'static str) -> Error {
        Error::new(
            ErrorKind::Decode,
            format!("The column `{}` {}.", self.field, self.problem),
        )
        .operation(operation)
        .outcome(SendOutcome::NotSent)
        .fields(BTreeMap::from([(self.field, self.problem)]))
        .help("Mend the value in the CRM database.")
    }
}

/// A row whose columns are known by name. A column that was not selected reads as nothing.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    columns: Arc<[&'static str]>,
    cells: Vec<Cell>,
}

impl Row {
    pub(crate) fn new(columns: Arc<[&'static str]>, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    /// Whether the column was selected.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.columns.contains(&name)
    }

    /// The text as it is, also when it is blank.
    fn raw(&self, name: &str) -> Result<Option<Cow<'_, str>>, Flaw> {
        let at = self.columns.iter().position(|column| *column == name);
        match at.and_then(|at| self.cells.get(at)) {
            None | Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(Cow::Borrowed(text))),
            Some(Cell::Int(number)) => Ok(Some(Cow::Owned(number.to_string()))),
            Some(Cell::Unreadable) => Err(Flaw::new(name, "is not valid UTF-8 text")),
        }
    }

    fn trimmed(&self, name: &str) -> Result<Option<Cow<'_, str>>, Flaw> {
        Ok(self
            .raw(name)?
            .map(|text| match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                owned @ Cow::Owned(_) => owned,
            })
            .filter(|text| !text.is_empty()))
    }

    /// Text; what is blank is nothing.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Flaw> {
        Ok(self
            .raw(name)?
            .filter(|text| !text.trim().is_empty())
            .map(Cow::into_owned))
    }

    /// A whole number.
    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, Flaw> {
        let Some(text) = self.trimmed(name)? else {
            return Ok(None);
        };
        if let Ok(number) = text.parse() {
            return Ok(Some(number));
        }
        exact(&text)
            .filter(|number| number.fract().is_zero())
            .and_then(|number| i64::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| wrong(name, &text, "a whole number"))
    }

    /// An id; zero and below mean none.
    pub(crate) fn id(&self, name: &str) -> Result<Option<i64>, Flaw> {
        Ok(self.int(name)?.filter(|id| *id > 0))
    }

    /// A number as a boolean.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Flaw> {
        Ok(self.int(name)?.map(|number| number != 0))
    }

    /// An exact decimal number.
    pub(crate) fn decimal(&self, name: &str) -> Result<Option<Decimal>, Flaw> {
        match self.trimmed(name)? {
            None => Ok(None),
            Some(text) => exact(&text)
                .map(Some)
                .ok_or_else(|| wrong(name, &text, "a decimal number")),
        }
    }

    /// A day; the zero date of MySQL is nothing.
    pub(crate) fn date(&self, name: &str) -> Result<Option<Date>, Flaw> {
        match self.trimmed(name)? {
            None => Ok(None),
            Some(text) if is_zero(&text) => Ok(None),
            // A date column that was filled with a time of day by direct SQL.
            Some(text) => text
                .get(..10)
                .filter(|_| {
                    text.len() == 10 || matches!(text.as_bytes().get(10), Some(b' ' | b'T'))
                })
                .and_then(|day| day.parse().ok())
                .map(Some)
                .ok_or_else(|| wrong(name, &text, "a date")),
        }
    }

    /// A naive local time, read in `zone`; the zero time of MySQL is nothing.
    pub(crate) fn moment(&self, name: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Flaw> {
        let Some(text) = self.trimmed(name)? else {
            return Ok(None);
        };
        if is_zero(&text) {
            return Ok(None);
        }
        let read = if text.len() == 10 {
            Timestamp::from_civil(&format!("{text} 00:00:00"), zone)
        } else {
            Timestamp::from_civil(&text, zone)
        };
        read.map(Some)
            .map_err(|_| wrong(name, &text, "a date and time"))
    }
}

fn is_zero(text: &str) -> bool {
    text.starts_with("0000-00-00")
}

/// Reads a number without rounding; SQLite prints large and small floats with an exponent.
pub(super) fn exact(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

/// The beginning of a text, for messages.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(32).collect()
}

fn wrong(field: &str, found: &str, expected: &str) -> Flaw {
    Flaw::new(
        field,
        format!("holds `{}`, which is not {expected}", shown(found)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        Row::new(Arc::from(["x"]), vec![Cell::Text(text.to_owned())])
    }

    fn amsterdam() -> TimeZone {
        TimeZone::get("Europe/Amsterdam").unwrap()
    }

    #[test]
    fn blank_text_and_missing_columns_are_nothing() {
        assert_eq!(row("").text("x"), Ok(None));
        assert_eq!(row(" \t").text("x"), Ok(None));
        assert_eq!(row(" a ").text("x"), Ok(Some(" a ".to_owned())));
        assert_eq!(row("a").text("other"), Ok(None));
        assert_eq!(row("").decimal("x"), Ok(None));
    }

    #[test]
    fn money_is_read_exactly_however_the_store_spells_it() {
        let read = |text: &str| row(text).decimal("x").unwrap().unwrap().to_string();
        assert_eq!(read("12.50"), "12.50");
        assert_eq!(read("-0.01"), "-0.01");
        assert_eq!(read("1.0e+15"), "1000000000000000");
        assert_eq!(read("9999999999999.99"), "9999999999999.99");
        let flaw = row("12,50").decimal("x").unwrap_err();
        assert_eq!(flaw.problem, "holds `12,50`, which is not a decimal number");
    }

    #[test]
    fn whole_numbers_written_as_floats_are_still_whole() {
        assert_eq!(row("42").int("x"), Ok(Some(42)));
        assert_eq!(row("42.0").int("x"), Ok(Some(42)));
        assert!(row("42.5").int("x").is_err());
        assert_eq!(row("0").id("x"), Ok(None));
        assert_eq!(row("1").flag("x"), Ok(Some(true)));
        assert!(row("yes").flag("x").is_err());
    }

    #[test]
    fn zero_dates_are_nothing_and_impossible_dates_are_flaws() {
        assert_eq!(row("0000-00-00").date("x"), Ok(None));
        assert_eq!(
            row("0000-00-00 00:00:00").moment("x", &amsterdam()),
            Ok(None)
        );
        assert_eq!(
            row("2026-02-28").date("x"),
            Ok(Some(Date::new(2026, 2, 28).unwrap()))
        );
        assert!(row("2026-02-30").date("x").is_err());
        assert!(row("2026-00-00").date("x").is_err());
        assert!(row("2026-02-281").date("x").is_err());
        assert!(row("soon").moment("x", &amsterdam()).is_err());
    }

    #[test]
    fn local_times_are_moved_to_utc_by_the_zone_of_the_crm() {
        let read = |text: &str| {
            let moment = row(text).moment("x", &amsterdam()).unwrap().unwrap();
            moment.to_string()
        };
        assert_eq!(read("2026-01-15 12:00:00"), "2026-01-15T11:00:00Z");
        assert_eq!(read("2026-07-15 12:00:00"), "2026-07-15T10:00:00Z");
        assert_eq!(read("2026-07-15"), "2026-07-14T22:00:00Z");
    }

    #[test]
    fn text_that_is_no_utf_8_is_a_flaw_of_its_field() {
        assert_eq!(Cell::from_bytes(Some(vec![0xff, 0xfe])), None);
        let row = Row::new(Arc::from(["x"]), vec![Cell::Unreadable]);
        assert_eq!(row.text("x").unwrap_err().field, "x");
    }
}
