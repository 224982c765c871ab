//! What can be wrong with a configuration file, in words.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The key with all it stands under, such as `flows.push.every`; empty for the file's syntax.
    pub key: String,
    /// What is wrong, and what was expected. Never holds a secret.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be opened or read.
    #[error("{}: the configuration cannot be read: {}\n  help: {}", path.display(), reason(source), read_help(source))]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A directory was named.
    #[error("{}: this is a directory, not a configuration file\n  help: name the file in it, such as `{}`", path.display(), path.join("koppel.toml").display())]
    Directory {
        /// The path as it was named.
        path: PathBuf,
    },
    /// The file is too large for a configuration.
    #[error("{}: this file is larger than 1 MiB\n  help: name a configuration file; `koppel init` writes one", path.display())]
    TooLarge {
        /// The file as it was named.
        path: PathBuf,
    },
    /// The file holds bytes that are no UTF-8.
    #[error("{}:{line}: the file is not UTF-8 text\n  help: save it as UTF-8 in your editor", path.display())]
    NotUtf8 {
        /// The file as it was named.
        path: PathBuf,
        /// The line of the first such byte, counted from 1.
        line: usize,
    },
    /// The file can be read, but something in it is wrong.
    #[error("{}", listed(path, problems))]
    Invalid {
        /// The file as it was named.
        path: PathBuf,
        /// All that is wrong, by line; never empty.
        problems: Vec<Problem>,
    },
    /// A name was asked for that the file does not have.
    #[error("there is no {what} `{name}` in {}\n  help: {help}", path.display())]
    NoSuch {
        /// The file as it was named.
        path: PathBuf,
        /// `connection` or `flow`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// What to do about it.
        help: String,
    },
}

impl ConfigError {
    /// What is wrong inside the file; empty when the file could not be read at all.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            _ => &[],
        }
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn read_help(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            "`koppel init` writes one; `--config PATH` names another place"
        }
        std::io::ErrorKind::PermissionDenied => {
            "run koppel as the user who owns the file, or let its user read it"
        }
        _ => "`--config PATH` names another place",
    }
}

impl Problem {
    fn write(&self, path: &Path, f: &mut impl fmt::Write) -> fmt::Result {
        write!(f, "{}:{}: ", path.display(), self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

fn listed(path: &Path, problems: &[Problem]) -> String {
    let mut text = String::new();
    if problems.len() > 1 {
        text = format!("{} has {} problems:", path.display(), problems.len());
    }
    for problem in problems {
        if !text.is_empty() {
            text.push('\n');
        }
        if problem.write(path, &mut text).is_err() {
            break;
        }
    }
    text
}

/// Turns what the TOML parser says into problems.
///
/// Of the text itself only a doubled key is shown: the rest may hold secrets.
pub(super) fn syntax(
    path: &Path,
    text: &str,
    lines: &Lines,
    errors: &[toml::de::Error],
) -> ConfigError {
    let mut problems: Vec<Problem> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or_default();
            let said = error.message().replace('\n', ", ");
            let (key, message, help) = match (said.as_str(), text.get(span.clone())) {
                ("duplicate key", Some(key)) => (
                    key.to_owned(),
                    "this stands in the file twice".to_owned(),
                    Some("keep one of the two"),
                ),
                (said, _) if said.contains("quoted") || said.contains("no value") => (
                    String::new(),
                    format!("this is not TOML: {said}"),
                    Some("write name = \"text\", name = 5 or names = [\"a\", \"b\"]"),
                ),
                (said, _) => (String::new(), format!("this is not TOML: {said}"), None),
            };
            Problem {
                line: lines.of(span.start),
                key,
                message,
                help: help.map(str::to_owned),
            }
        })
        .collect();
    problems.sort_by_key(|problem| problem.line);
    // The parser goes on after an error, and may stumble over the rest of the same line.
    problems.dedup_by_key(|problem| problem.line);
    ConfigError::Invalid {
        path: path.to_path_buf(),
        problems,
    }
}

/// Finds the line of a place in a text.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte offset, counted from 1.
    pub(super) fn of(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}
