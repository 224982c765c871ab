//! The conditions of a filter, as SQL and where SQL does not do.

use crate::db::{Db, Value};
use crate::filter::Filter;
use crate::issues::IssueId;
use crate::level::Level;
use crate::record::Stored;

use super::drive::{Drive, Names};

/// A condition that an index may or may not serve.
#[derive(Debug, Clone, PartialEq)]
struct Check {
    what: What,
    sql: String,
    values: Vec<Value>,
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Level,
    Connection,
    Entity,
    Record,
    Run,
    Issue,
    Other,
}

/// The conditions of a filter, all but the time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Rest {
    checks: Vec<Check>,
}

impl Rest {
    /// What is left to check when an index serves its part: SQL that begins with ` AND`, or
    /// nothing.
    pub(crate) fn beyond(&self, drive: Option<&Drive>) -> (String, Vec<Value>) {
        let served = |what| drive.is_some_and(|drive| drive.serves(what));
        let mut sql = String::new();
        let mut values = Vec::new();
        for check in self.checks.iter().filter(|check| !served(check.what)) {
            sql.push_str(" AND ");
            sql.push_str(&check.sql);
            values.extend(check.values.iter().cloned());
        }
        (sql, values)
    }
}

/// Translates a filter.
pub(crate) fn rest(db: &Db, filter: &Filter, names: &Names) -> Rest {
    let mut rest = Rest::default();
    let mut add = |what, sql: &str, values: Vec<Value>| {
        rest.checks.push(Check {
            what,
            sql: sql.to_owned(),
            values,
        });
    };
    if let Some(level) = filter.level.filter(|level| *level > Level::Debug) {
        // The number stands in the text: a partial index is only used for a literal.
        let sql = format!("e.level >= {}", level.number());
        add(What::Level, &sql, Vec::new());
    }
    if !filter.events.is_empty() {
        let marks = vec!["?"; filter.events.len()].join(", ");
        let words = filter.events.iter().map(|event| event.as_str().into());
        add(
            What::Other,
            &format!("e.event IN ({marks})"),
            words.collect(),
        );
    }
    for (what, sql, number) in [
        (What::Other, "e.system = ?", names.system),
        (What::Connection, "e.connection = ?", names.connection),
        (What::Other, "e.flow = ?", names.flow),
        (What::Entity, "e.entity = ?", names.entity),
        (
            What::Issue,
            "e.fingerprint = ?",
            filter.fingerprint.map(|IssueId(number)| number),
        ),
        (
            What::Other,
            "e.outcome = ?",
            filter.outcome.map(|outcome| outcome.number()),
        ),
    ] {
        if let Some(number) = number {
            add(what, sql, vec![number.into()]);
        }
    }
    if let Some(run) = filter.run {
        add(What::Run, "e.run = ?", vec![run.into()]);
    }
    if let Some(record) = &filter.record {
        let id: Value = record.as_str().into();
        add(
            What::Record,
            "(e.record = ? OR e.target = ?)",
            vec![id.clone(), id],
        );
    }
    if let Some(range) = filter.status {
        add(
            What::Other,
            "e.status >= ? AND e.status <= ?",
            vec![
                i64::from(range.first()).into(),
                i64::from(range.last()).into(),
            ],
        );
    }
    for (sql, text) in [("e.code = ?", &filter.code), ("e.actor = ?", &filter.actor)] {
        if let Some(text) = text {
            add(What::Other, sql, vec![text.as_str().into()]);
        }
    }
    if let Some(text) = &filter.text {
        let pattern: Value = like(text).into();
        let columns = ["message", "code", "path", "record", "target"];
        // SQLite's LIKE takes plain letters in any case.
        let any = columns.map(|column| {
            db.pick(
                format!("e.{column} LIKE ? ESCAPE '!'"),
                format!("LOWER(e.{column} COLLATE \"C\") LIKE ? ESCAPE '!'"),
            )
        });
        add(
            What::Other,
            &format!("({})", any.join(" OR ")),
            vec![pattern; columns.len()],
        );
    }
    rest
}

/// A pattern that every text matches in which `text` stands, in any case.
///
/// The databases do not agree on what the lower case of `É` is, so only the longest stretch of
/// plain letters is looked for there; [`holds_text`] has the last word.
fn like(text: &str) -> String {
    let plain = text
        .split(|c: char| !c.is_ascii())
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    let mut pattern = String::from("%");
    for c in plain.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

/// Lower case; a letter outside of ASCII never becomes one inside.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else if c.to_lowercase().any(|lower| lower.is_ascii()) {
            folded.push(c);
        } else {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

/// Whether an entry has a text where it is looked for, in any case.
pub(crate) fn holds_text(entry: &Stored, text: &str) -> bool {
    let text = fold(text);
    let others = [&entry.code, &entry.path, &entry.record, &entry.target];
    let others = others.into_iter().filter_map(|other| other.as_deref());
    std::iter::once(entry.message.as_str())
        .chain(others)
        .any(|place| fold(place).contains(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_letters_are_left_to_the_database_and_wildcards_are_no_wildcards() {
        assert_eq!(like("50%_OFF!"), "%50!%!_off!!%");
        assert_eq!(like("Café Bär 12"), "%r 12%");
        assert_eq!(like("É"), "%%");
    }

    #[test]
    fn lower_case_stays_on_its_side_of_ascii() {
        assert_eq!(fold("É\u{212a}\u{130}K"), "é\u{212a}\u{130}k");
    }
}
