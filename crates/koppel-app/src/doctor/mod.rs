//! What is wrong with a set-up, and what to type next.

mod audit;
mod flows;
mod machine;
mod systems;

use std::path::Path;

use serde::Serialize;

use crate::app::App;
use crate::config::Config;
use crate::error::AppError;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, but somebody should look at it.
    Warning,
    /// Does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about: `config`, `secret`, `store`, `audit`, `clock`, `connection`, `flow`.
    pub area: &'static str,
    /// Which one of these, by name; empty where there is one only.
    pub about: String,
    /// How bad it is.
    pub health: Health,
    /// What was seen.
    pub message: String,
    /// A command that helps, or shows more.
    pub next: Option<String>,
}

/// Looks at one thing after the other.
pub struct Doctor<'a> {
    /// How the program is called in the commands that are proposed.
    program: String,
    tell: &'a mut (dyn FnMut(Finding) + Send),
    worst: Health,
    /// How many events wait in the store.
    waiting: u64,
}

impl std::fmt::Debug for Doctor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doctor")
            .field("worst", &self.worst)
            .finish_non_exhaustive()
    }
}

impl<'a> Doctor<'a> {
    /// Examines a configuration and all that it names, tells each finding, and says how bad the
    /// worst is. Nothing is synced; a store that is not there is not made.
    pub async fn examine(config: &Path, tell: &'a mut (dyn FnMut(Finding) + Send)) -> Health {
        let program = match config.to_str() {
            Some("koppel.toml") => "koppel".to_owned(),
            _ => format!("koppel --config {}", quoted(&config.display().to_string())),
        };
        let mut doctor = Self {
            program,
            tell,
            worst: Health::Ok,
            waiting: 0,
        };
        doctor.all(config).await;
        doctor.worst
    }

    async fn all(&mut self, path: &Path) {
        let config = match Config::load(path) {
            Ok(config) => config,
            Err(error) => {
                let next = match error.problems().is_empty() {
                    true => format!("{} init", self.program),
                    false => format!("${{EDITOR:-vi}} {}", quoted(&path.display().to_string())),
                };
                self.found("config", "", Health::Problem, error.to_string(), Some(next));
                return;
            }
        };
        let count = |number: usize, word: &str| match number {
            1 => format!("1 {word}"),
            number => format!("{number} {word}s"),
        };
        self.ok(
            "config",
            "",
            format!(
                "{}: {}, {}",
                path.display(),
                count(config.connections.len(), "connection"),
                count(config.flows.len(), "flow")
            ),
        );
        if config.flows.is_empty() {
            let ends: Vec<&str> = config.connections.keys().map(AsRef::as_ref).collect();
            let next = match ends[..] {
                [from, to, ..] => self.command(format!("flow add push --from {from} --to {to}")),
                _ => self.command("connection add NAME --kind KIND"),
            };
            let message = "there is no flow, so nothing is synced";
            self.found("config", "", Health::Warning, message, Some(next));
        }
        let app = App::new(config);
        app.make_no_audit_log();
        self.clock(&app);
        self.store(&app).await;
        self.audit(&app).await;
        self.secrets(&app);
        self.connections(&app).await;
        self.flows(&app).await;
        app.close().await;
    }

    fn command(&self, rest: impl std::fmt::Display) -> String {
        format!("{} {rest}", self.program)
    }

    fn ok(&mut self, area: &'static str, about: &str, message: impl Into<String>) {
        self.found(area, about, Health::Ok, message, None);
    }

    fn found(
        &mut self,
        area: &'static str,
        about: &str,
        health: Health,
        message: impl Into<String>,
        next: Option<String>,
    ) {
        self.worst = self.worst.max(health);
        (self.tell)(Finding {
            area,
            about: about.to_owned(),
            health,
            message: message.into(),
            next,
        });
    }

    fn failed(&mut self, area: &'static str, about: &str, error: &AppError, next: Option<String>) {
        let help = (error.help()).map_or_else(String::new, |help| format!("; {help}"));
        self.found(area, about, Health::Problem, format!("{error}{help}"), next);
    }
}

/// A word for a shell.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
