//! Checking what a file would mean, and saving it.

use super::{Assigned, ConfigFile, document, write};
use crate::audit::{self, SettingChange};
use crate::config::{Config, ConfigError, Problem};
use crate::error::AppError;

impl ConfigFile {
    /// The keys that were changed by what was saved, for
    /// [`App::tell_settings`](crate::App::tell_settings).
    #[must_use]
    pub fn changes(&self) -> &[SettingChange] {
        &self.changes
    }

    /// The text that would be saved.
    #[must_use]
    pub fn to_text(&self) -> String {
        let text = self.document.to_string();
        let before = self.before.as_deref().unwrap_or_default();
        let text = match before.contains("\r\n") {
            true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            false => text,
        };
        match before.starts_with('\u{feff}') {
            true => format!("\u{feff}{text}"),
            false => text,
        }
    }

    /// What the file would mean.
    ///
    /// # Errors
    /// When it would be wrong; the error names the keys, not the lines, as the file is not there
    /// yet.
    pub fn check(&mut self) -> Result<Config, AppError> {
        loop {
            let error = match Config::parse(&self.to_text(), &self.path) {
                Ok(config) => return Ok(config),
                Err(error) => error,
            };
            if !self.read_otherwise(error.problems())? {
                return Err(self.refused(&error));
            }
        }
    }

    /// Where a number or a text was typed for something else, takes the text for a text, and then
    /// for a list; whether there was something to try.
    fn read_otherwise(&mut self, problems: &[Problem]) -> Result<bool, AppError> {
        for problem in problems {
            let list = problem
                .message
                .starts_with("expected a list of texts, not a text");
            let text = problem.message.starts_with("expected a text, not")
                || problem
                    .message
                    .starts_with("expected an expression or a table, not");
            if !list && !text {
                continue;
            }
            let found = self.assigned.iter().position(|assigned| {
                let path = assigned.path.join(".");
                let table = assigned.part.table();
                problem.key == format!("{table}.{}.{path}", assigned.name)
            });
            let Some(found) = found else { continue };
            let Assigned {
                part,
                name,
                path,
                text: typed,
            } = if list {
                self.assigned.remove(found)
            } else {
                self.assigned[found].clone()
            };
            let value = if list {
                document::texts(typed.split(',').map(str::trim))
            } else {
                self.assigned.remove(found);
                document::text(&typed)
            };
            self.put(part, &name, &path, value)?;
            return Ok(true);
        }
        Ok(false)
    }

    fn refused(&self, error: &ConfigError) -> AppError {
        let lines = |problem: &Problem| {
            let help =
                (problem.help.as_ref()).map_or_else(String::new, |help| format!(" ({help})"));
            format!("{}: {}{help}", problem.key, problem.message)
        };
        let said: Vec<String> = error.problems().iter().map(lines).collect();
        let said = match said.is_empty() {
            true => error.to_string(),
            false => said.join("\n  "),
        };
        AppError::Failed {
            message: format!("{} would be wrong:\n  {said}", self.path.display()),
            help: "nothing was changed".to_owned(),
        }
    }

    /// Checks what the file would mean, and saves it: whole or not at all. Its mode is kept.
    ///
    /// # Errors
    /// Those of [`check`](Self::check); when the file was changed meanwhile, or cannot be written.
    pub fn save(&mut self) -> Result<Config, AppError> {
        let config = self.check()?;
        let text = self.to_text();
        if self.before.as_deref() != Some(text.as_str()) {
            let before = self.before.as_deref();
            write::replace(&self.path, before, &text)?;
            let changes = audit::between(before.unwrap_or_default(), &text);
            self.changes.extend(changes);
            self.before = Some(text);
        }
        Ok(config)
    }
}
