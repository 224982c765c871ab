//! Moments as the CRM keeps them: naive local times in its zone, to the second.

use api_core::Timestamp;
use jiff::tz::TimeZone;

/// The local time of a moment.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at.jiff())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// What is read back of a moment once it is written: fractions of a second are cut off, and of the
/// hour that the clock repeats in autumn only the first can be told.
pub(super) fn kept(at: Timestamp, zone: &TimeZone) -> Timestamp {
    Timestamp::from_civil(&local(at, zone), zone).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_in_amsterdam(at: &str) -> (String, String) {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let at: Timestamp = at.parse().unwrap();
        (local(at, &zone), kept(at, &zone).to_string())
    }

    #[test]
    fn a_moment_reads_back_as_it_was_but_for_the_repeated_hour() {
        let same = |at: &str, wall: &str| {
            assert_eq!(kept_in_amsterdam(at), (wall.to_owned(), at.to_owned()));
        };
        same("2026-01-15T11:00:00Z", "2026-01-15 12:00:00");
        same("2026-07-15T10:00:00Z", "2026-07-15 12:00:00");
        // The hour that is skipped in spring never comes out.
        same("2026-03-29T00:59:59Z", "2026-03-29 01:59:59");
        same("2026-03-29T01:00:00Z", "2026-03-29 03:00:00");
        // The first of the two hours in autumn, and the second, which reads as the first.
        same("2026-10-25T00:30:00Z", "2026-10-25 02:30:00");
        assert_eq!(
            kept_in_amsterdam("2026-10-25T01:30:00Z"),
            ("2026-10-25 02:30:00".into(), "2026-10-25T00:30:00Z".into())
        );
        assert_eq!(
            kept_in_amsterdam("2026-01-15T11:00:00.750Z").1,
            "2026-01-15T11:00:00Z"
        );
    }
}
