//! How runs are shown: counts, times, records that are set aside.

use koppel_app::SyncReport;
use koppel_app::sync_core::Timestamp;
use koppel_app::sync_core::store::{Counts, ParkedRow, RunRow};

use crate::out::{Out, plain, shorten};

/// How many of the records that are set aside are shown.
const SHOWN: usize = 10;

/// A moment to the second.
pub(super) fn seconds(at: Timestamp) -> String {
    Timestamp::from_seconds(at.as_micros().div_euclid(1_000_000)).to_string()
}

/// How long a run took.
pub(super) fn took(run: &RunRow) -> Option<f64> {
    Some(run.ended_at?.duration_since(run.started_at).as_secs_f64())
}

/// A table of counts, with a total below.
pub(super) fn counts(run: &RunRow, out: &mut Out) {
    let header = [
        "ENTITY",
        "READ",
        "CREATED",
        "UPDATED",
        "UNCHANGED",
        "SKIPPED",
        "PARKED",
        "FAILED",
    ];
    let cells = |name: &str, counts: &Counts| {
        let numbers = [
            counts.read,
            counts.created,
            counts.updated,
            counts.unchanged,
            counts.skipped,
            counts.parked,
            counts.failed,
        ];
        std::iter::once(name.to_owned())
            .chain(numbers.map(|number| number.to_string()))
            .collect::<Vec<String>>()
    };
    let mut total = Counts::default();
    let mut rows = Vec::new();
    for (entity, counts) in &run.counts {
        total += *counts;
        rows.push(cells(entity.as_str(), counts));
    }
    rows.push(cells("total", &total));
    out.summary(&header, rows);
}

/// How many records a poll brought that no webhook had told.
pub(super) fn repaired(count: i64) -> String {
    match count {
        0 => "0 repaired: webhooks had told everything that had changed".to_owned(),
        1 => "1 repaired: no webhook had told that it had changed".to_owned(),
        count => format!("{count} repaired: no webhook had told that they had changed"),
    }
}

/// How a sync went, for people.
pub(super) fn report(report: &SyncReport, config: &str, out: &mut Out) {
    let status = report.status();
    match &report.run {
        Some(run) => {
            let time = took(run).map_or_else(String::new, |took| format!(" after {took:.1} s"));
            out.line(&format!("{}: {status}{time} (run {})", report.flow, run.id));
            counts(run, out);
            if let Some(count) = run.repaired {
                out.line(&repaired(count));
            }
        }
        None => out.line(&format!("{}: {status}, nothing was done", report.flow)),
    }
    parked(&report.parked, report.parked_more, config, out);
}

/// The first records that are set aside, and what to do about them.
pub(super) fn parked(rows: &[ParkedRow], more: u64, config: &str, out: &mut Out) {
    if rows.is_empty() {
        return;
    }
    let all = rows.len() as u64 + more;
    out.line(&format!("Set aside ({all}):"));
    for row in rows.iter().take(SHOWN) {
        out.line(&format!("  {}", parked_line(row)));
    }
    let hidden = all - rows.len().min(SHOWN) as u64;
    if hidden > 0 {
        out.line(&format!(
            "  … and {hidden} more: koppel{config} parked list"
        ));
    }
    if let Some(row) = rows.iter().find(|row| row.reason.waits_for_person()) {
        let flow = &row.flow;
        out.line(&format!(
            "Some wait for you to decide: koppel{config} link suggest --flow {flow} shows what they \
             may be; or mend them, then koppel{config} parked retry ENTITY ID --flow {flow}"
        ));
    }
    if rows.iter().any(|row| !row.reason.waits_for_person()) {
        out.line("What you mend in the source lands with the next sync; the rest is tried again.");
    }
}

fn parked_line(row: &ParkedRow) -> String {
    let said = shorten(&plain(&row.error.message), 200);
    let tries = match row.attempts {
        0 | 1 => String::new(),
        tries => format!(" ({tries} attempts)"),
    };
    format!(
        "{} {} {}: {said}{tries}",
        row.entity,
        plain(row.source_id.as_str()),
        row.reason.describe()
    )
}
