//! `koppel demo`: a CRM database, a sandbox SmartCRM, three real syncs over real HTTP; and a small
//! one with Simply CRM, two more.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use koppel_app::sync_core::{Cancel, RunOptions};
use koppel_app::{App, AppError, Exit, SyncReport, cancel_on_signals};
use koppel_sandbox::crm::{CrmSize, edit_rows, generate_sqlite};
use koppel_sandbox::simplycrm::SimplyCrmServer;
use koppel_sandbox::smartcrm::{Action, ExternalIdMode, SmartCrm, SmartCrmServer};
use serde_json::json;

use super::summary;
use crate::bars::Bars;
use crate::cli::Demo;
use crate::out::Out;

mod next;
mod simply;

/// Tells the directory of a demo from any other.
const MARK: &str = ".koppel-demo";
/// All that a demo writes.
const FILES: [&str; 10] = [
    MARK,
    simply::FILES[0],
    simply::FILES[1],
    "koppel.toml",
    "smartcrm-token",
    "crm.db",
    "koppel.db",
    "koppel.db-wal",
    "koppel.db-shm",
    "koppel-events.jsonl",
];
/// The sandbox's token; it opens nothing but the sandbox.
const TOKEN: &str = "demo";
const SEED: u64 = 1;
const PREFIX: &str = "tbl";
/// How many rows are edited.
const EDITS: u32 = 3;
const FLOW: &str = "push";
/// The syncs to SmartCRM.
const SMARTCRM: [(&str, &str, Expected); 3] = [
    (FLOW, "First sync", Expected::Creates),
    (FLOW, "Second sync, nothing edited", Expected::Nothing),
    (FLOW, "Third sync, 3 rows edited", Expected::Updates(3)),
];

/// What a sandbox wrote down of a sync.
struct Seen {
    creates: u64,
    updates: u64,
    /// All writes, of any kind.
    all: u64,
    /// How many different source records were named.
    sources: u64,
}

/// What a sync is to do.
#[derive(Clone, Copy)]
enum Expected {
    /// Each record is created, once.
    Creates,
    /// Nothing is written.
    Nothing,
    /// So many records are updated.
    Updates(u64),
}

/// One sync of the demo.
struct Step {
    title: &'static str,
    report: SyncReport,
    seen: Seen,
    passed: bool,
    verdict: String,
    /// Whether its counts are left out of what is printed.
    short: bool,
}

pub(super) async fn run(options: &Demo, out: &mut Out) -> Result<Exit, AppError> {
    let cancel = Cancel::new();
    cancel_on_signals(cancel.clone());
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join("koppel-demo"),
    };
    let dir = prepare(&dir).map_err(|error| unusable(&dir, &error))?;
    say(out, &format!("The demo is made in {}", dir.display()));

    let size = match options.small {
        true => CrmSize::scaled(100),
        false => CrmSize::demo(),
    };
    let began = Instant::now();
    let crm = dir.join("crm.db");
    let made = generate_sqlite(&crm, &size, SEED, PREFIX)
        .await
        .map_err(|error| failed("the CRM database cannot be made", &error))?;
    say(
        out,
        &format!(
            "A CRM database: {} customers, {} contacts, {} leads, {} projects, {} tickets, {} \
             invoices ({:.1} s)",
            made.customers,
            made.contacts,
            made.leads,
            made.projects,
            made.tickets,
            made.invoices,
            began.elapsed().as_secs_f64()
        ),
    );
    let server = SmartCrm::builder()
        .token(TOKEN)
        .external_id(ExternalIdMode::Stored)
        .start()
        .await
        .map_err(|error| failed("the sandbox cannot listen on 127.0.0.1", &error))?;
    say(out, &format!("A sandbox SmartCRM: {}", server.url()));
    simply::database(&dir).await?;
    let other = simply::start().await?;
    say(
        out,
        &format!(
            "A sandbox Simply CRM, which keeps no emoji (Koppel warns of each): {}",
            other.url()
        ),
    );
    let config = write_files(&dir, &server, &other).map_err(|error| unusable(&dir, &error))?;
    let app = App::open(&config).await?;
    let bars = Bars::new(out);

    let mut steps = Vec::new();
    for (flow, title, expected) in SMARTCRM.into_iter().chain(simply::STEPS) {
        if let Expected::Updates(_) = expected {
            edit_rows(&crm, PREFIX, EDITS)
                .await
                .map_err(|error| failed("the CRM database cannot be edited", &error))?;
        }
        let to_simply = flow == simply::FLOW;
        let before = match to_simply {
            true => other.applied(),
            false => server.applied(),
        };
        let report = app
            .sync(flow, &RunOptions::default(), bars.listener(), &cancel)
            .await?;
        let seen = match to_simply {
            true => simply::seen(&other, before),
            false => seen(&server, before),
        };
        let short = to_simply && matches!(expected, Expected::Nothing);
        let step = Step {
            short,
            ..judge(title, expected, report, seen)
        };
        show(&step, out);
        let exit = step.report.error.as_ref().map(AppError::exit);
        steps.push(step);
        if let Some(exit) = exit {
            app.close().await;
            return Ok(exit);
        }
    }
    app.close().await;

    let passed = steps.iter().all(|step| step.passed);
    end(&dir, &config, options, &steps, passed, out);
    if options.serve && !cancel.is_cancelled() {
        out.note(&format!(
            "The sandboxes go on at {} and {}. Ctrl-C ends them.",
            server.url(),
            other.url()
        ));
        out.flush();
        cancel.cancelled().await;
    }
    server.shutdown().await;
    other.shutdown().await;
    Ok(if passed { Exit::Ok } else { Exit::Failed })
}

/// Makes the directory, or clears one of an earlier demo. Files of anybody else stay.
fn prepare(dir: &Path) -> io::Result<PathBuf> {
    match fs::create_dir(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let empty = fs::read_dir(dir)?.next().is_none();
            if !empty && !dir.join(MARK).is_file() {
                return Err(io::Error::other(
                    "it is not empty, and no earlier demo made it",
                ));
            }
            for name in FILES {
                match fs::remove_file(dir.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(dir)?,
        Err(error) => return Err(error),
    }
    fs::write(
        dir.join(MARK),
        "Made by `koppel demo`, which also clears it.\n",
    )?;
    fs::canonicalize(dir)
}

/// Writes a file that only its owner may read.
fn private(path: &Path, secret: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(secret.as_bytes())?;
    file.write_all(b"\n")
}

fn write_files(
    dir: &Path,
    server: &SmartCrmServer,
    other: &SimplyCrmServer,
) -> io::Result<PathBuf> {
    private(&dir.join("smartcrm-token"), TOKEN)?;
    let more = simply::config(dir, other)?;
    let path = dir.join("koppel.toml");
    let text = format!(
        r#"# Written by `koppel demo`. `koppel init` writes one for your own systems.

[store]
url = "sqlite:koppel.db"
events = "koppel-events.jsonl"

[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.smartcrm]
kind = "smartcrm"
api_url = "{}"
token = "file:smartcrm-token"

[flows.{FLOW}]
from = "crm"
to = "smartcrm"
every = "1h"
{more}"#,
        server.url()
    );
    fs::write(&path, text)?;
    Ok(path)
}

/// What the sandbox saw since so many writes.
fn seen(server: &SmartCrmServer, before: u64) -> Seen {
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
fn judge(title: &'static str, expected: Expected, report: SyncReport, seen: Seen) -> Step {
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
    }
}

fn show(step: &Step, out: &mut Out) {
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
        summary::parked(&step.report.parked, step.report.parked_more, "", out);
        out.line(&format!(
            "{} {} (its journal: {} creates, {} updates)",
            if step.passed {
                "Right:"
            } else {
                "WRONG, expected:"
            },
            step.verdict,
            step.seen.creates,
            step.seen.updates
        ));
    }
    for warning in &step.report.warnings {
        out.warn(warning);
    }
    if let Some(error) = &step.report.error {
        out.explain(error);
    }
}

fn end(dir: &Path, config: &Path, options: &Demo, steps: &[Step], passed: bool, out: &mut Out) {
    if out.json {
        out.object(&json!({
            "dir": dir,
            "config": config,
            "passed": passed,
            "syncs": steps.iter().map(|step| json!({
                "title": step.title,
                "passed": step.passed,
                "journal": { "creates": step.seen.creates, "updates": step.seen.updates },
                "report": step.report.to_json(),
            })).collect::<Vec<_>>(),
        }));
        return;
    }
    let at = dir.display();
    out.line("");
    for (file, what) in [
        ("koppel.toml", "the configuration"),
        ("crm.db", "the CRM database"),
        ("crm-small.db", "the one for Simply CRM"),
        ("koppel.db", "what Koppel remembers of each record"),
        (
            "koppel-events.jsonl",
            "what happened, one JSON object a line",
        ),
    ] {
        out.line(&format!("  {at}/{file:<20} {what}"));
    }
    out.line("");
    for line in next::lines(options, dir, config) {
        out.line(&line);
    }
    out.line("");
    out.line(if passed {
        "The demo went as it should."
    } else {
        "The demo did NOT go as it should; see above."
    });
}

fn say(out: &mut Out, text: &str) {
    if !out.json {
        out.line(text);
        out.flush();
    }
}

fn unusable(dir: &Path, error: &io::Error) -> AppError {
    AppError::Failed {
        message: format!("{} cannot be used for the demo: {error}", dir.display()),
        help: "name an empty directory or one that is not there yet: `koppel demo --dir DIR`"
            .to_owned(),
    }
}

fn failed(what: &str, error: &dyn std::error::Error) -> AppError {
    let cause = error
        .source()
        .map_or_else(String::new, |cause| format!(": {cause}"));
    AppError::Failed {
        message: format!("{what}: {error}{cause}"),
        help: "`koppel demo --dir DIR` makes it elsewhere".to_owned(),
    }
}
