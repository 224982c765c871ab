//! `[log]`: how much is said.

use std::fmt;
use std::str::FromStr;

use super::reader::{Report, Section};
use super::suggest;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Only what went wrong.
    Error,
    /// Also what somebody should look at.
    Warning,
    /// Also what is done.
    Info,
    /// Everything.
    Debug,
}

impl LogLevel {
    /// All levels, the least talkative first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Info, Self::Debug];

    /// The word in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LogLevel {
    type Err = String;

    /// Reads a level, whatever its case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is no level; there are DEBUG, INFO, WARNING, ERROR"))
    }
}

pub(super) fn read(root: &Section<'_>, report: &mut Report) -> Option<LogLevel> {
    let section = root.section("log", report)?;
    section.known(&["level"], report);
    level(&section, "level", report)
}

/// Reads a level, if the key is there.
pub(super) fn level(section: &Section<'_>, key: &str, report: &mut Report) -> Option<LogLevel> {
    let found = section.text(key, report)?;
    let level = found.value.parse().ok();
    if level.is_none() {
        let words = ["DEBUG", "INFO", "WARNING", "ERROR"];
        let message = format!("`{}` is no level", found.value);
        let lower = words.map(str::to_lowercase);
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let help = match suggest::closest(found.value, &lower) {
            Some(word) => format!("did you mean `{}`?", word.to_uppercase()),
            None => format!("there are {}", words.join(", ")),
        };
        section.wrong(&found, message, Some(&help), report);
    }
    level
}
