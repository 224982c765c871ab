//! Which index leads through the log, and what is left to check.

use crate::db::{Db, Value};
use crate::error::Error;
use crate::filter::Filter;
use crate::issues::IssueId;
use crate::level::Level;
use crate::record::Stored;

/// The most kinds of records that a record is looked for in when none is given.
const MOST_ENTITIES: usize = 200;

/// The numbers of the names that a filter uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) system: Option<i64>,
    pub(crate) connection: Option<i64>,
    pub(crate) flow: Option<i64>,
    pub(crate) entity: Option<i64>,
}

/// Looks the names of a filter up; `None` when one of them was never used.
pub(crate) async fn names(db: &Db, filter: &Filter) -> Result<Option<Names>, Error> {
    let wanted = [
        &filter.system,
        &filter.connection,
        &filter.flow,
        &filter.entity,
    ];
    let given: Vec<Value> = (wanted.into_iter().flatten())
        .map(|name| name.as_str().into())
        .collect();
    if given.is_empty() {
        return Ok(Some(Names::default()));
    }
    let marks = vec!["?"; given.len()].join(", ");
    let rows = db
        .read(
            &format!("SELECT id, name FROM audit_name WHERE name IN ({marks})"),
            &given,
        )
        .await?;
    let mut numbers = [None; 4];
    for (number, name) in numbers.iter_mut().zip(wanted) {
        let Some(name) = name else { continue };
        let mut found = None;
        for row in &rows {
            if row.text(1)? == name {
                found = Some(row.int(0)?);
            }
        }
        if found.is_none() {
            return Ok(None);
        }
        *number = found;
    }
    let [system, connection, flow, entity] = numbers;
    Ok(Some(Names {
        system,
        connection,
        flow,
        entity,
    }))
}

/// An index to go down, with the conditions that it serves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drive {
    /// The name of the index.
    pub(crate) index: &'static str,
    /// The conditions, with the literals that a partial index asks for.
    pub(crate) condition: &'static str,
    pub(crate) values: Vec<Value>,
    /// What of the filter it serves, so that nothing is left to check.
    serves: Serves,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Serves {
    Record { entity: bool },
    Run,
    Issue,
    Connection { level: bool },
    Level,
    All,
}

fn by_entity(index: &'static str, condition: &'static str, values: [Value; 2]) -> Drive {
    Drive {
        index,
        condition,
        values: values.to_vec(),
        serves: Serves::Record { entity: true },
    }
}

/// Chooses the indices to go down: the one that leaves the least to check.
pub(crate) async fn choose(db: &Db, filter: &Filter, names: &Names) -> Result<Vec<Drive>, Error> {
    if let Some(record) = &filter.record {
        return of_record(db, names.entity, record).await;
    }
    let one = |index, condition, values, serves| {
        Ok(vec![Drive {
            index,
            condition,
            values,
            serves,
        }])
    };
    if let Some(run) = filter.run {
        return one(
            "audit_event_run",
            "e.run IS NOT NULL AND e.run = ?",
            vec![run.into()],
            Serves::Run,
        );
    }
    if let Some(IssueId(fingerprint)) = filter.fingerprint {
        return one(
            "audit_event_fingerprint",
            "e.fingerprint IS NOT NULL AND e.fingerprint = ?",
            vec![fingerprint.into()],
            Serves::Issue,
        );
    }
    let level = filter.level.unwrap_or(Level::Debug);
    match (names.connection, level >= Level::Warning) {
        (Some(connection), true) => one(
            "audit_event_connection_warning",
            "e.level >= 13 AND e.connection = ?",
            vec![connection.into()],
            Serves::Connection {
                level: level == Level::Warning,
            },
        ),
        (Some(connection), false) => one(
            "audit_event_connection",
            "e.connection = ?",
            vec![connection.into()],
            Serves::Connection { level: false },
        ),
        (None, true) if level == Level::Warning => one(
            "audit_event_warning",
            "e.level >= 13",
            Vec::new(),
            Serves::Level,
        ),
        (None, true) => one(
            "audit_event_error",
            "e.level >= 17",
            Vec::new(),
            Serves::Level,
        ),
        (None, false) => one("audit_event_ts", "1 = 1", Vec::new(), Serves::All),
    }
}

/// A record is looked for by its id in the source and by the one in the target, in one kind of
/// record or in every kind there is.
async fn of_record(db: &Db, entity: Option<i64>, record: &str) -> Result<Vec<Drive>, Error> {
    const RECORD: &str = "audit_event_record";
    const TARGET: &str = "audit_event_target";
    let mut drives = Vec::new();
    let mut add = |entity: i64| {
        drives.push(by_entity(
            RECORD,
            "e.record IS NOT NULL AND e.entity = ? AND e.record = ?",
            [entity.into(), record.into()],
        ));
        drives.push(by_entity(
            TARGET,
            "e.target IS NOT NULL AND e.entity = ? AND e.target = ?",
            [entity.into(), record.into()],
        ));
    };
    if let Some(entity) = entity {
        add(entity);
        return Ok(drives);
    }
    let mut entities = Vec::new();
    for (index, column) in [(RECORD, "record"), (TARGET, "target")] {
        let hint = db.pick(format!("INDEXED BY {index}"), String::new());
        let sql = format!(
            "SELECT e.entity FROM audit_event AS e {hint} \
             WHERE e.{column} IS NOT NULL AND e.entity > ? ORDER BY e.entity LIMIT 1"
        );
        let mut last = i64::MIN;
        for _ in 0..MOST_ENTITIES {
            let rows = db.read(&sql, &[last.into()]).await?;
            let Some(row) = rows.first() else { break };
            last = row.int(0)?;
            entities.push(last);
        }
    }
    entities.sort_unstable();
    entities.dedup();
    entities.into_iter().for_each(&mut add);
    for (index, condition) in [
        (
            RECORD,
            "e.record IS NOT NULL AND e.entity IS NULL AND e.record = ?",
        ),
        (
            TARGET,
            "e.target IS NOT NULL AND e.entity IS NULL AND e.target = ?",
        ),
    ] {
        drives.push(Drive {
            index,
            condition,
            values: vec![record.into()],
            serves: Serves::Record { entity: false },
        });
    }
    Ok(drives)
}

/// A condition that an index may or may not serve.
#[derive(Debug, Clone, PartialEq)]
struct Check {
    what: What,
    sql: String,
    values: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
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
        let served = |what| match drive.map(|drive| drive.serves) {
            Some(Serves::Record { entity }) => {
                what == What::Record || (entity && what == What::Entity)
            }
            Some(Serves::Run) => what == What::Run,
            Some(Serves::Issue) => what == What::Issue,
            Some(Serves::Connection { level }) => {
                what == What::Connection || (level && what == What::Level)
            }
            Some(Serves::Level) => what == What::Level,
            Some(Serves::All) | None => false,
        };
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
