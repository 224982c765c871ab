//! Reading tables of the file, and collecting what is wrong in them.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigError, Lines, Problem};
use super::suggest;
use crate::secrets::{SecretRef, SecretRefError};

/// Collects problems while the file is read.
#[derive(Debug)]
pub(super) struct Report {
    path: PathBuf,
    base: PathBuf,
    lines: Lines,
    problems: Vec<Problem>,
}

impl Report {
    pub(super) fn new(path: &Path, lines: Lines) -> Self {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Self {
            path: path.to_path_buf(),
            base: absolute.parent().map(Path::to_path_buf).unwrap_or_default(),
            lines,
            problems: Vec::new(),
        }
    }

    /// The path that a relative path in the file means.
    pub(super) fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        self.base.join(path)
    }

    /// The name of the file, as it was given.
    pub(super) fn file(&self) -> &Path {
        &self.path
    }

    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.of(offset)
    }

    pub(super) fn add(
        &mut self,
        offset: usize,
        key: impl Into<String>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.problems.push(Problem {
            line: self.lines.of(offset),
            key: key.into(),
            message: message.into(),
            help,
        });
    }

    /// As [`add`](Self::add), for a place of which only the line is known.
    pub(super) fn add_at_line(
        &mut self,
        line: usize,
        key: impl Into<String>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.problems.push(Problem {
            line,
            key: key.into(),
            message: message.into(),
            help,
        });
    }

    /// The value, or all problems in the order of their lines.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, ConfigError> {
        if self.problems.is_empty() {
            return Ok(value);
        }
        self.problems.sort_by_key(|problem| problem.line);
        Err(ConfigError::Invalid {
            path: self.path,
            problems: self.problems,
        })
    }
}

/// A value, its key, and where it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a, T> {
    pub(super) key: &'a str,
    pub(super) value: T,
    pub(super) offset: usize,
}

/// One table of the file.
#[derive(Debug, Clone)]
pub(super) struct Section<'a> {
    /// The table's full name; empty for the file itself.
    pub(super) name: String,
    /// Where its name stands.
    pub(super) offset: usize,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>) -> Self {
        Self {
            name: String::new(),
            offset: 0,
            table,
        }
    }

    /// The full name of a key of this table.
    pub(super) fn full(&self, key: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let key = if !key.is_empty() && key.chars().all(plain) {
            key.to_owned()
        } else {
            format!("{key:?}")
        };
        if self.name.is_empty() {
            key
        } else {
            format!("{}.{key}", self.name)
        }
    }

    /// All keys with their values, as they are.
    pub(super) fn entries(&self) -> impl Iterator<Item = Found<'a, &'a DeValue<'a>>> {
        self.table.iter().map(|(key, value)| Found {
            key: key.get_ref().as_ref(),
            value: value.get_ref(),
            offset: key.span().start,
        })
    }

    /// Reports every key that is not one of these.
    pub(super) fn known(&self, keys: &[&str], report: &mut Report) {
        for entry in self.entries() {
            if !keys.contains(&entry.key) {
                report.add(
                    entry.offset,
                    self.full(entry.key),
                    "this key is not known",
                    suggest::help(entry.key, keys, "known here are"),
                );
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Found<'a, &'a Spanned<DeValue<'a>>>> {
        self.table.get_key_value(key).map(|(key, value)| Found {
            key: key.get_ref().as_ref(),
            value,
            offset: key.span().start,
        })
    }

    /// Reports that a value is not what it should be.
    pub(super) fn wrong<T>(
        &self,
        found: &Found<'_, T>,
        message: impl Into<String>,
        help: Option<&str>,
        report: &mut Report,
    ) {
        report.add(
            found.offset,
            self.full(found.key),
            message,
            help.map(str::to_owned),
        );
    }

    /// Reports that a key is missing.
    pub(super) fn missing(&self, key: &str, expected: &str, report: &mut Report) {
        report.add(
            self.offset,
            self.name.clone(),
            format!("`{key}` is missing; expected {expected}"),
            None,
        );
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        report: &mut Report,
        read: impl Fn(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<Found<'a, T>> {
        let found = self.get(key)?;
        match read(found.value.get_ref()) {
            Some(value) => Some(Found {
                key: found.key,
                value,
                offset: found.offset,
            }),
            None => {
                let message = format!("expected {expected}, not {}", kind(found.value.get_ref()));
                self.wrong(&found, message, None, report);
                None
            }
        }
    }

    /// A text, if the key is there.
    pub(super) fn text(&self, key: &str, report: &mut Report) -> Option<Found<'a, &'a str>> {
        self.typed(key, "a text", report, text)
    }

    /// A text, if the key is there; `expected` says what else it could have been.
    pub(super) fn text_or(
        &self,
        key: &str,
        expected: &str,
        report: &mut Report,
    ) -> Option<Found<'a, &'a str>> {
        self.typed(key, expected, report, text)
    }

    /// A whole number or the text of one, if the key is there; `expected` says which.
    pub(super) fn whole_number(
        &self,
        key: &str,
        expected: &str,
        report: &mut Report,
    ) -> Option<Found<'a, u64>> {
        let found = self.get(key)?;
        let number = match found.value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            DeValue::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong(&found, expected, None, report);
        }
        Some(Found {
            key: found.key,
            value: number?,
            offset: found.offset,
        })
    }

    /// A text that must be there.
    pub(super) fn required(
        &self,
        key: &str,
        expected: &str,
        report: &mut Report,
    ) -> Option<Found<'a, &'a str>> {
        if self.get(key).is_none() {
            self.missing(key, expected, report);
        }
        self.text(key, report)
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str, default: bool, report: &mut Report) -> bool {
        self.typed(key, "true or false", report, |value| match value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => None,
        })
        .map_or(default, |found| found.value)
    }

    /// `true` or `false`, or the words `"yes"` and `"no"`; `None` when the key is not there.
    pub(super) fn yes_no(&self, key: &str, report: &mut Report) -> Option<bool> {
        let found = self.get(key)?;
        let flag = match found.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            DeValue::String(word) => match word.to_lowercase().as_str() {
                "yes" | "true" => Some(true),
                "no" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.wrong(&found, "expected \"yes\" or \"no\"", None, report);
        }
        flag
    }

    /// Whether the key is there, and a text.
    pub(super) fn is_text(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|found| text(found.value.get_ref()).is_some())
    }

    /// Whether the key is there, and a table.
    pub(super) fn is_table(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|found| matches!(found.value.get_ref(), DeValue::Table(_)))
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where the deepest key of a path stands, as far as it is there.
    pub(super) fn offset_of<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> usize {
        let (mut offset, mut table) = (self.offset, self.table);
        for key in path {
            let Some((found, value)) = table.get_key_value(key) else {
                break;
            };
            offset = found.span().start;
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => break,
            }
        }
        offset
    }

    /// A whole number within bounds, if the key is there.
    pub(super) fn some_number(
        &self,
        key: &str,
        bounds: std::ops::RangeInclusive<u32>,
        report: &mut Report,
    ) -> Option<u32> {
        let least = *bounds.start();
        let number = self.number(key, bounds, least, report);
        self.has(key).then_some(number)
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &self,
        key: &str,
        bounds: std::ops::RangeInclusive<u32>,
        default: u32,
        report: &mut Report,
    ) -> u32 {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let found = self.typed(key, &expected, report, |value| match value {
            DeValue::Integer(number) => {
                Some(i128::from_str_radix(number.as_str(), number.radix()).ok())
            }
            _ => None,
        });
        let Some(found) = found else { return default };
        let number = found.value.and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| bounds.contains(number)) {
            Some(number) => number,
            None => {
                self.wrong(&found, format!("expected {expected}"), None, report);
                default
            }
        }
    }

    /// A reference to a secret, if the key is there.
    pub(super) fn secret(&self, key: &str, report: &mut Report) -> Option<SecretRef> {
        let found = self.get(key)?;
        let Some(text) = text(found.value.get_ref()) else {
            let message = format!(
                "expected a reference to a secret, not {}",
                kind(found.value.get_ref())
            );
            self.wrong(&found, message, Some(SecretRefError::HOW), report);
            return None;
        };
        match SecretRef::parse(text) {
            Ok(SecretRef::File(path)) => Some(SecretRef::File(report.beside(path))),
            Ok(reference) => Some(reference),
            Err(error) => {
                self.wrong(&found, error.to_string(), Some(error.help()), report);
                None
            }
        }
    }

    /// A list of texts, if the key is there.
    pub(super) fn texts(
        &self,
        key: &str,
        report: &mut Report,
    ) -> Option<Found<'a, Vec<Found<'a, &'a str>>>> {
        let found = self.typed(key, "a list of texts", report, |value| match value {
            DeValue::Array(items) => Some(items),
            _ => None,
        })?;
        let mut texts = Vec::new();
        for item in found.value.iter() {
            let offset = item.span().start;
            match text(item.get_ref()) {
                Some(value) => texts.push(Found {
                    key: found.key,
                    value,
                    offset,
                }),
                None => report.add(
                    offset,
                    self.full(key),
                    format!("expected a text, not {}", kind(item.get_ref())),
                    None,
                ),
            }
        }
        Some(Found {
            key: found.key,
            value: texts,
            offset: found.offset,
        })
    }

    /// A table, if the key is there.
    pub(super) fn section(&self, key: &str, report: &mut Report) -> Option<Section<'a>> {
        let found = self.typed(key, "a table", report, |value| match value {
            DeValue::Table(table) => Some(table),
            _ => None,
        })?;
        Some(Section {
            name: self.full(key),
            offset: found.offset,
            table: found.value,
        })
    }

    /// All tables in this table; what is no table is reported.
    pub(super) fn sections(&self, report: &mut Report) -> Vec<(&'a str, Section<'a>)> {
        self.entries()
            .filter_map(|entry| Some((entry.key, self.section(entry.key, report)?)))
            .collect()
    }

    /// The table as it is, for whoever knows its keys.
    pub(super) fn raw(&self) -> toml::Table {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
            .collect()
    }
}

fn text<'a>(value: &'a DeValue<'a>) -> Option<&'a str> {
    match value {
        DeValue::String(text) => Some(text.as_ref()),
        _ => None,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The value without places; a number that no machine word holds becomes its text.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(
                |_| toml::Value::String(number.to_string()),
                toml::Value::Integer,
            ),
        DeValue::Float(number) => number.as_str().parse().map_or_else(
            |_| toml::Value::String(number.to_string()),
            toml::Value::Float,
        ),
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
    }
}
