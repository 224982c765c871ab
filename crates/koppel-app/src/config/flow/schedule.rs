//! When a flow is due: `every` or `interval`, and `cron`.

use std::time::Duration;

use super::super::connection::HOURS;
use super::super::parse_duration;
use super::super::reader::{Report, Section};

/// How long after one run the next is due.
pub(super) fn read(section: &Section<'_>, smartcrm: bool, report: &mut Report) -> Option<Duration> {
    let every = every(section, smartcrm, report);
    if !section.has("interval") {
        return every;
    }
    if section.has("every") {
        let message = "`interval` and `every` say the same";
        report.add(
            section.offset_of(["interval"]),
            section.full("interval"),
            message,
            Some("keep one of the two".to_owned()),
        );
    }
    interval(section, smartcrm, report).or(every)
}

fn every(section: &Section<'_>, smartcrm: bool, report: &mut Report) -> Option<Duration> {
    let found = section.text("every", report)?;
    let Some(span) = parse_duration(found.value).filter(|span| *span >= Duration::from_secs(1))
    else {
        let message = format!(
            "expected a time such as \"4h\" or \"30m\", not `{}`",
            found.value
        );
        section.wrong(&found, message, None, report);
        return None;
    };
    let offered = HOURS.map(|hours| Duration::from_secs(hours * 3600));
    if smartcrm && !offered.contains(&span) {
        let message = format!("SmartCRM is not synced every `{}`", found.value);
        let help = "expected 1h, 2h, 4h, 12h or 24h; leave the line out to sync only by hand";
        section.wrong(&found, message, Some(help), report);
        return None;
    }
    Some(span)
}

/// Whole hours, as SmartCRM's own settings count.
fn interval(section: &Section<'_>, smartcrm: bool, report: &mut Report) -> Option<Duration> {
    const EXPECTED: &str = "expected 1, 2, 4, 12 or 24 (hours)";
    if !smartcrm {
        report.add(
            section.offset_of(["interval"]),
            section.full("interval"),
            "`interval` is for flows with a smartcrm connection",
            Some("write `every`, such as \"4h\"".to_owned()),
        );
        return None;
    }
    let hours = section.whole_number("interval", EXPECTED, report)?;
    if let Some(found) = HOURS.into_iter().find(|known| *known == hours.value) {
        return Some(Duration::from_secs(found * 3600));
    }
    let message = format!("SmartCRM is not synced every {} hours", hours.value);
    section.wrong(&hours, message, Some(EXPECTED), report);
    None
}
