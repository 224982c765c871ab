//! `koppel doctor`.

use std::path::Path;

use koppel_app::doctor::{Doctor, Finding, Health};
use koppel_app::{AppError, Exit};

use crate::out::{Out, plain};

pub(super) async fn run(config: &Path, out: &mut Out) -> Result<Exit, AppError> {
    let mut problems = 0;
    let mut warnings = 0;
    let mut tell = |finding: Finding| {
        match finding.health {
            Health::Problem => problems += 1,
            Health::Warning => warnings += 1,
            Health::Ok => {}
        }
        show(&finding, out);
    };
    let worst = Doctor::examine(config, &mut tell).await;
    if !out.json {
        let count = |number: u32, word: &str| match number {
            1 => format!("1 {word}"),
            number => format!("{number} {word}s"),
        };
        out.line(&match worst {
            Health::Ok => "All is well.".to_owned(),
            _ => format!(
                "{}, {}.",
                count(problems, "problem"),
                count(warnings, "warning")
            ),
        });
    }
    Ok(match worst {
        Health::Problem => Exit::Failed,
        _ => Exit::Ok,
    })
}

fn show(finding: &Finding, out: &mut Out) {
    if out.json {
        out.object(finding);
        return;
    }
    let mark = match finding.health {
        Health::Ok => "ok  ",
        Health::Warning => "warn",
        Health::Problem => "FAIL",
    };
    let about = match finding.about.as_str() {
        "" => String::new(),
        about => format!(" {about}"),
    };
    let message = plain(&finding.message.replace("\n  help: ", "; "));
    out.line(&format!("{mark} {}{about}: {message}", finding.area));
    if let Some(next) = &finding.next {
        out.line(&format!("     next: {}", plain(next)));
    }
}
