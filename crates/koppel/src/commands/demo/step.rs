//! One sync of a demo: what it is to do, what the sandbox saw of it, and whether that is right.

use std::collections::BTreeSet;

use koppel_app::{Exit, SyncReport};
use koppel_sandbox::smartcrm::{Action, SmartCrmServer};

use super::super::summary;
use crate::out::Out;

/// What a sandbox wrote down of a sync.
pub(super) struct Seen {
    pub(super) creates: u64,
    pub(super) updates: u64,
    /// All writes, of any kind.
    pub(super) all: u64,
    /// How many different source records were named.
    pub(super) sources: u64,
}

/// What a sync is to do.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    /// Each record is created, once.
    Creates,
    /// Nothing is written.
    Nothing,
    /// So many records are updated.
    Updates(u64),
}

/// One sync of the demo.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) report: SyncReport,
    pub(super) seen: Seen,
    pub(super) passed: bool,
    pub(super) verdict: String,
    /// Whether its counts are left out of what is printed.
    pub(super) short: bool,
    /// Whether what the sandbox saw is from its journal.
    pub(super) by_journal: bool,
}

impl Step {
    /// Leaves its counts out of what is printed, or not.
    pub(super) fn shortened(self, short: bool) -> Self {
        Self { short, ..self }
    }
}

/// What the sandbox saw since so many writes.
pub(super) fn seen(server: &SmartCrmServer, before: u64) -> Seen {
    let journal = server.journal_since(before);
    let of = |action| {
        journal
            .iter()
            .filter(|entry| entry.action == action)
            .count() as u64
    };
    let sources: BTreeSet<_> = journal
        .iter()
        .map(|entry| (entry.entity, entry.external_id.as_deref()))
        .collect();
    Seen {
        creates: of(Action::Create),
        updates: of(Action::Update),
        all: journal.len() as u64,
        sources: sources.len() as u64,
    }
}

/// Compares what a sync says with what the sandbox saw.
pub(super) fn judge(
    title: &'static str,
    expected: Expected,
    report: SyncReport,
    seen: Seen,
) -> Step {
    let total = report.total();
    let ended = report.exit() == Exit::Ok && total.reconcile();
    let as_said = i64::try_from(seen.creates) == Ok(total.created)
        && i64::try_from(seen.updates) == Ok(total.updated)
        && seen.creates + seen.updates == seen.all;
    let (right, verdict) = match expected {
        Expected::Creates => (
            seen.sources == seen.all && seen.updates == 0 && seen.creates > 0,
            "each record was created in the sandbox exactly once".to_owned(),
        ),
        Expected::Nothing => (
            seen.all == 0,
            "nothing was written to the sandbox".to_owned(),
        ),
        Expected::Updates(edits) => (
            seen.creates == 0 && seen.updates == edits,
            format!("exactly {edits} updates were written to the sandbox"),
        ),
    };
    Step {
        title,
        passed: ended && as_said && right,
        report,
        seen,
        verdict,
        short: false,
        by_journal: true,
    }
}

/// Prints a sync; `config` is the option that names the demo's configuration.
pub(super) fn show(step: &Step, config: &str, out: &mut Out) {
    if !out.json {
        out.line("");
        let (mut speed, mut status) = (String::new(), step.report.status().to_string());
        if let Some(run) = &step.report.run
            && let Some(took) = summary::took(run)
        {
            let read = step.report.total().read as f64;
            status = format!("{status} after {took:.1} s");
            speed = format!(", {:.0} records/s", read / took.max(0.001));
        }
        out.line(&format!("{}: {status}{speed}", step.title));
        if let Some(run) = step.report.run.as_ref().filter(|_| !step.short) {
            summary::counts(run, out);
        }
        if !step.short {
            summary::parked(&step.report.parked, step.report.parked_more, config, out);
        }
        let right = match step.passed {
            true => "Right:",
            false => "WRONG, expected:",
        };
        let mut line = format!("{right} {}", step.verdict);
        if step.by_journal {
            line.push_str(&format!(
                " (its journal: {} creates, {} updates)",
                step.seen.creates, step.seen.updates
            ));
        }
        out.line(&line);
    }
    for warning in &step.report.warnings {
        out.warn(warning);
    }
    if let Some(error) = &step.report.error {
        out.explain(error);
    }
}
