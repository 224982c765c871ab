//! `start_date`: the first day that is read, as people and as machines write it.

use jiff::civil::Date;
use toml::de::DeValue;

use super::super::reader::{Report, Section};

const KEY: &str = "start_date";
/// Nobody's bookkeeping in one of these systems begins earlier, in years.
const FIRST_YEAR: i16 = 1980;
/// A later year is a slip, in years.
const LAST_YEAR: i16 = 2100;
const HELP: &str = "write the day first, such as \"28-05-2019\", or as \"2019-05-28\"";

/// The first day that is read.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<Date> {
    let found = section.get(KEY)?;
    let text = match found.value.get_ref() {
        DeValue::String(text) => text.trim().to_owned(),
        DeValue::Datetime(date) => date.to_string(),
        _ => {
            let message = "expected a day such as \"28-05-2019\" or \"2019-05-28\"";
            section.wrong(&found, message, None, report);
            return None;
        }
    };
    let day = date(&text);
    if day.is_none() {
        let message = format!("`{text}` is no day");
        section.wrong(&found, message, Some(HELP), report);
    }
    day
}

/// `28-05-2019` or `2019-05-28`.
fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, month, last] = parts.as_slice() else {
        return None;
    };
    let (year, day) = match (first.len(), last.len()) {
        (4, 1..=2) => (first, last),
        (1..=2, 4) => (last, first),
        _ => return None,
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(year) && digits(month) && digits(day)) {
        return None;
    }
    let year: i16 = year.parse().ok()?;
    if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
        return None;
    }
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn a_day_is_read_with_the_day_or_the_year_first_and_never_guessed() {
        let may = jiff::civil::date(2019, 5, 28);
        for text in ["28-05-2019", "2019-05-28", "28-5-2019"] {
            assert_eq!(date(text), Some(may), "{text}");
        }
        assert_eq!(date("29-02-2024"), Some(jiff::civil::date(2024, 2, 29)));
        for text in [
            "05-28-2019",
            "28/05/2019",
            "28-05-19",
            "29-02-2023",
            "0000-00-00",
            "28-05-0019",
            "2019-05-28T00:00:00",
            "-5-2019",
            "28--2019",
            "+8-05-2019",
            "",
            "mei 2019",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
