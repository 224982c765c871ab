//! `koppel demo`: a CRM database, a sandbox SmartCRM, three real syncs over real HTTP; a small one
//! with Simply CRM, two more; one from SnelStart, with customers left to be linked by hand; and a
//! Syncro, to Simply CRM and to SnelStart.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use koppel_app::sync_core::{Cancel, RunOptions};
use koppel_app::{App, AppError, Exit, cancel_on_signals};
use koppel_sandbox::crm::{CrmSize, edit_rows, generate_sqlite};
use koppel_sandbox::smartcrm::SmartCrmServer;
use serde_json::json;

use crate::bars::Bars;
use crate::cli::Demo;
use crate::logs::Logs;
use crate::out::Out;

mod books;
mod msp;
mod next;
mod sandboxes;
mod secrets;
mod simply;
mod step;

use sandboxes::Sandboxes;
use secrets::Secrets;
use step::{Expected, Step, judge, seen, show};

/// Tells the directory of a demo from any other.
const MARK: &str = ".koppel-demo";
/// All that a demo writes.
const FILES: [&str; 20] = [
    MARK,
    simply::FILES[0],
    simply::FILES[1],
    books::FILES[0],
    books::FILES[1],
    books::FILES[2],
    msp::FILES[0],
    msp::FILES[1],
    msp::FILES[2],
    "koppel.toml",
    "smartcrm-token",
    "crm.db",
    "koppel.db",
    "koppel.db-wal",
    "koppel.db-shm",
    "koppel-audit.db",
    "koppel-audit.db-wal",
    "koppel-audit.db-shm",
    "koppel-audit-heads.jsonl",
    // Of a demo of before there was an audit log.
    "koppel-events.jsonl",
];
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

pub(super) async fn run(options: &Demo, logs: &Logs, out: &mut Out) -> Result<Exit, AppError> {
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
    simply::database(&dir).await?;
    books::database(&dir).await?;
    let secrets = Secrets::new().map_err(|error| unusable(&dir, &error))?;
    let systems = Sandboxes::start(&secrets, out).await?;
    let more = [
        simply::config(&dir, &systems.simply, &secrets),
        books::config(&dir, &systems.snel, &secrets),
        msp::config(&dir, &systems.syncro, &systems.ledger, &secrets),
    ];
    let config = (more.into_iter().collect::<io::Result<String>>())
        .and_then(|more| write_files(&dir, &systems.smartcrm, &secrets, &more))
        .map_err(|error| unusable(&dir, &error))?;
    let option = format!(" --config {}", next::word(&config));
    let app = App::open(&config).await?;
    logs.set(app.config());
    super::attach(&app, logs).await;
    let bars = Bars::new(out);
    books::enter_customers(&app).await?;

    let mut steps = Vec::new();
    let all = SMARTCRM
        .into_iter()
        .chain(simply::STEPS)
        .chain(books::STEPS)
        .chain(msp::STEPS);
    for (flow, title, expected) in all {
        match expected {
            Expected::Updates(tickets) if flow == msp::TICKETS => {
                msp::resolve(&systems.syncro, tickets);
            }
            Expected::Updates(_) => {
                edit_rows(&crm, PREFIX, EDITS)
                    .await
                    .map_err(|error| failed("the CRM database cannot be edited", &error))?;
            }
            Expected::Creates | Expected::Nothing => {}
        }
        let options = RunOptions::default();
        let sync = app.sync(flow, &options, bars.listener(), &cancel);
        let short = matches!(expected, Expected::Nothing);
        let step = match flow {
            books::FLOW => {
                let before = books::held(&app).await?;
                let report = sync.await?;
                books::judge(title, expected, report, before, books::held(&app).await?)
            }
            simply::FLOW | msp::TICKETS => {
                let before = systems.simply.applied();
                let report = sync.await?;
                let seen = simply::seen(&systems.simply, before);
                judge(title, expected, report, seen).shortened(short)
            }
            msp::BILLS => {
                let before = systems.ledger.applied();
                let report = sync.await?;
                let seen = msp::seen(&systems.ledger, before);
                judge(title, expected, report, seen).shortened(short)
            }
            _ => {
                let before = systems.smartcrm.applied();
                let report = sync.await?;
                judge(title, expected, report, seen(&systems.smartcrm, before))
            }
        };
        show(&step, &option, out);
        let exit = step.report.error.as_ref().map(AppError::exit);
        steps.push(step);
        if let Some(exit) = exit {
            app.close().await;
            return Ok(exit);
        }
    }
    let same = app.suggestions(Some(books::FLOW), None, 1).await?;
    app.close().await;

    let passed = steps.iter().all(|step| step.passed);
    let next = next::lines(options, &dir, &config, same.first());
    end(&dir, &config, &next, &steps, passed, out);
    if options.serve && !cancel.is_cancelled() {
        out.note(&format!(
            "The sandboxes go on at {}. Ctrl-C ends them.",
            systems.addresses()
        ));
        out.flush();
        cancel.cancelled().await;
    }
    systems.shutdown().await;
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
    secrets: &Secrets,
    more: &str,
) -> io::Result<PathBuf> {
    private(&dir.join("smartcrm-token"), &secrets.smartcrm)?;
    let path = dir.join("koppel.toml");
    let text = format!(
        r#"# Written by `koppel demo`. `koppel init` writes one for your own systems.

[store]
url = "sqlite:koppel.db"

[audit]
url = "sqlite:koppel-audit.db"
# Every request and its answer; INFO is what one keeps for weeks.
level = "DEBUG"

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

fn end(dir: &Path, config: &Path, next: &[String], steps: &[Step], passed: bool, out: &mut Out) {
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
        ("crm-books.db", "the one that SnelStart comes into"),
        ("koppel.db", "what Koppel remembers of each record"),
        (
            "koppel-audit.db",
            "what happened: the log, with requests and answers",
        ),
    ] {
        out.line(&format!("  {at}/{file:<20} {what}"));
    }
    out.line("");
    for line in next {
        out.line(line);
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
