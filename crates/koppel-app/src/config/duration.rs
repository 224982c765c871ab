//! Spans of time as a person writes them: `30s`, `4h`, `1h30m`.

use std::time::Duration;

/// The units, the large ones first; in milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Reads a span such as `30s`, `500ms`, `4h`, `2d` or `1h30m`; `None` if it is none.
///
/// Each part is a whole number and a unit (`w`, `d`, `h`, `m`, `s`, `ms`), the larger units first.
/// A bare number is refused, as nobody can tell what it means.
///
/// ```
/// use std::time::Duration;
/// use koppel_app::config::parse_duration;
///
/// assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
/// assert_eq!(parse_duration("30"), None);
/// ```
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut next_unit = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = UNITS
            .iter()
            .position(|(name, _)| *name == &rest[..letters])?;
        if unit < next_unit {
            return None;
        }
        next_unit = unit + 1;
        total = total.checked_add(number.checked_mul(UNITS[unit].1)?)?;
        rest = rest[letters..].trim_start();
    }
    Some(Duration::from_millis(total))
}

/// Writes a span so that [`parse_duration`] reads it back; parts below a millisecond are dropped.
#[must_use]
pub fn format_duration(span: Duration) -> String {
    let mut rest = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (name, size) in UNITS {
        if rest >= size {
            text.push_str(&format!("{}{name}", rest / size));
            rest %= size;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_units() {
        for (text, millis) in [
            ("30s", 30_000),
            ("500ms", 500),
            ("4h", 14_400_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        for text in [
            "",
            "30",
            "h",
            "-4h",
            "4 hours",
            "1.5h",
            "30m1h",
            "4h4h",
            "9999999999999w",
            "4h!",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_written_span_is_read_back() {
        for seconds in [0, 1, 59, 60, 3600, 5400, 86_400, 694_861] {
            let span = Duration::from_secs(seconds);
            assert_eq!(parse_duration(&format_duration(span)), Some(span));
        }
        assert_eq!(format_duration(Duration::from_secs(86_400)), "1d");
    }
}
