//! `koppel logs verify`.

use std::fs;
use std::io;
use std::path::Path;

use audit_log::{Head, Verified, Verify};
use koppel_app::{App, AppError, Exit};
use serde::Deserialize;
use serde_json::json;

use crate::cli::VerifyLog;
use crate::out::{Out, plain};

/// A line of a file of heads: a head, or what `koppel logs verify --json` printed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Ends { ends: Vec<Head> },
    Head(Head),
}

pub(super) async fn run(app: &App, options: &VerifyLog, out: &mut Out) -> Result<Exit, AppError> {
    let heads = match &options.heads {
        Some(path) => match read(path) {
            Ok(heads) if heads.is_empty() => {
                let none = io::Error::new(io::ErrorKind::InvalidData, "it has no head in it");
                return Err(unreadable(path, &none));
            }
            heads => heads.map_err(|error| unreadable(path, &error))?,
        },
        None => {
            let path = &app.config().audit.heads;
            match read(path) {
                // The first day has none yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                heads => heads.map_err(|error| unreadable(path, &error))?,
            }
        }
    };
    let mut verify = Verify::default().heads(heads);
    if let Some(since) = options.since {
        verify = verify.since(since);
    }
    let found = app.audit_reader().await?.verify(&verify).await?;
    let sound = found.is_sound();
    if out.json {
        let mut value = json!(found);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("sound".to_owned(), json!(sound));
        }
        out.object(&value);
    } else {
        show(&found, out);
    }
    if sound {
        return Ok(Exit::Ok);
    }
    let count = found.problems.len() as u64 + found.more;
    let what = match count {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    out.error(
        &format!("the audit log is not as it was written: {what}"),
        Some(
            "keep a copy of it as it is, and compare it with a backup; `koppel logs show NUMBER` \
             shows an entry",
        ),
    );
    Ok(Exit::Failed)
}

fn show(found: &Verified, out: &mut Out) {
    if !found.problems.is_empty() {
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        let mut table = out.table(&["PROBLEM", "WRITER", "SEQ", "NUMBER", "WHAT"]);
        for problem in &found.problems {
            table.row(vec![
                problem.kind.to_string(),
                problem.writer.clone().unwrap_or_default(),
                number(problem.seq),
                number(problem.number),
                problem.text.clone(),
            ]);
        }
        table.end();
        if found.more > 0 {
            out.line(&format!("… and {} more", found.more));
        }
    }
    out.line(&format!(
        "{}, {} and {} were checked.",
        counted(found.entries, "entry", "entries"),
        counted(
            found.bodies,
            "request with its answer",
            "requests with their answers"
        ),
        counted(
            found.heads,
            "head of an earlier day",
            "heads of earlier days"
        )
    ));
    if found.pruned > 0 || found.bodies_removed > 0 {
        out.line(&format!(
            "Removed before, by age or by `koppel logs erase`: {} and {}.",
            counted(found.pruned, "entry", "entries"),
            counted(found.bodies_removed, "request", "requests")
        ));
    }
    if found.is_sound() {
        out.line("Nothing was changed, removed or reordered.");
        for end in &found.ends {
            out.line(&format!(
                "End of the chain of {}: entry {}, {}",
                plain(&end.writer),
                end.seq,
                end.hash
            ));
        }
        out.note(
            "Keep the output of `koppel logs verify --json` on another machine; `--heads FILE` \
             compares with it.",
        );
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// Reads heads that were kept; a last line that a crash has cut off is left out.
fn read(path: &Path) -> io::Result<Vec<Head>> {
    let text = fs::read_to_string(path)?;
    let mut heads = Vec::new();
    for (at, line) in text.split_inclusive('\n').enumerate() {
        match serde_json::from_str(line.trim()) {
            Ok(Line::Head(head)) => heads.push(head),
            Ok(Line::Ends { ends }) => heads.extend(ends),
            Err(_) if line.trim().is_empty() || !line.ends_with('\n') => {}
            Err(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("line {} is no head of an audit log", at + 1),
                ));
            }
        }
    }
    Ok(heads)
}

fn unreadable(path: &Path, error: &io::Error) -> AppError {
    AppError::Asked {
        message: format!("{} cannot be read: {error}", path.display()),
        help: "`--heads FILE` names the file of heads, or what `koppel logs verify --json` printed"
            .to_owned(),
    }
}
