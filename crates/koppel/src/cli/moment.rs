//! Moments on the command line: so long ago, a day, or a moment.

use std::time::Duration;

use koppel_app::api_core::{Date, Timestamp};
use koppel_app::config::parse_duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HELP: &str =
    "write how long ago (24h, 7d), a day (2026-11-20) or a moment (2026-11-20T14:30:00Z)";

/// What a window begins with; a day begins at midnight, UTC.
pub(super) fn since(text: &str) -> Result<Timestamp, String> {
    read(text, Timestamp::now(), false)
}

/// What a window ends before; a day ends at midnight, UTC.
pub(super) fn until(text: &str) -> Result<Timestamp, String> {
    read(text, Timestamp::now(), true)
}

fn read(text: &str, now: Timestamp, end: bool) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(ago) = parse_duration(text) {
        return Ok(now.saturating_sub(ago));
    }
    if text.parse::<Date>().is_ok() {
        let begin: Timestamp = format!("{text}T00:00:00Z")
            .parse()
            .map_err(|_| HELP.to_owned())?;
        return Ok(if end {
            begin.saturating_add(DAY)
        } else {
            begin
        });
    }
    text.parse().map_err(|_| HELP.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_is_so_long_ago_or_whole_days_or_between_moments() {
        let now = at("2026-11-22T12:00:00Z");
        for (text, begin) in [
            ("24h", "2026-11-21T12:00:00Z"),
            ("7d", "2026-11-15T12:00:00Z"),
            ("1h 30m", "2026-11-22T10:30:00Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20T14:30:00+01:00", "2026-11-20T13:30:00Z"),
        ] {
            assert_eq!(read(text, now, false), Ok(at(begin)), "{text}");
        }
        let end = at("2026-11-21T00:00:00Z");
        assert_eq!(read("2026-11-20", now, true), Ok(end));
        for wrong in [
            "",
            "yesterday",
            "7",
            "2026-11-31",
            "2026-11-20 14:30",
            "-1h",
        ] {
            assert_eq!(read(wrong, now, false), Err(HELP.to_owned()), "{wrong}");
        }
    }
}
