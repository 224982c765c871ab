//! Reading issues.

use std::collections::HashMap;

use api_core::Timestamp;

use crate::db::{Db, Row, Value};
use crate::error::Error;
use crate::filter::{Filter, check_text};
use crate::level::Level;
use crate::page::{Cursor, Key, check_limit};
use crate::schema::DAY;
use crate::search::{Names, names};

use super::{Issue, IssueFilter, IssueId, IssueRef, IssueState, Issues};

/// In a list, connections are named where there are no more than this.
const FEW: u64 = 20;

const COLUMNS: &str = "i.fingerprint, i.algo, i.title, i.level, \
    (SELECT n.name FROM audit_name AS n WHERE n.id = i.system), i.event, i.code, \
    (SELECT e.status FROM audit_event AS e WHERE e.id = i.last_event), i.first_ts, i.last_ts, \
    i.n, i.state, i.state_ts, i.state_by, i.note, i.last_event, \
    i.connections";

pub(super) async fn issues(db: &Db, filter: &IssueFilter) -> Result<Issues, Error> {
    check_limit(filter.limit)?;
    check_text("code", filter.code.as_deref())?;
    let mut named = Filter::new();
    named.system.clone_from(&filter.system);
    named.connection.clone_from(&filter.connection);
    named.check()?;
    let none = Issues {
        issues: Vec::new(),
        next: None,
    };
    let Some(names) = names(db, &named).await? else {
        return Ok(none);
    };
    let (sql, values) = statement(filter, &names);
    let rows = db.read(&sql, &values).await?;
    let mut issues = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let more = issues.len() > filter.limit;
    issues.truncate(filter.limit);
    let few: Vec<i64> = (issues.iter())
        .filter(|issue| issue.connection_count <= FEW)
        .map(|issue| issue.fingerprint.0)
        .collect();
    connections(db, &mut issues, &few).await?;
    days(db, &mut issues, filter.now).await?;
    let last = issues.last().filter(|_| more);
    Ok(Issues {
        next: last.map(|issue| {
            Cursor(Key {
                ts: issue.last.as_micros(),
                id: issue.fingerprint.0,
            })
        }),
        issues,
    })
}

/// Reads a page of issues.
pub(crate) fn statement(filter: &IssueFilter, names: &Names) -> (String, Vec<Value>) {
    let mut sql = format!("SELECT {COLUMNS} FROM audit_issue AS i WHERE 1 = 1");
    let mut values: Vec<Value> = Vec::new();
    if let Some(Cursor(Key { ts, id })) = filter.after {
        sql.push_str(" AND (i.last_ts, i.fingerprint) < (?, ?)");
        values.extend([ts.into(), id.into()]);
    }
    if !filter.states.is_empty() {
        let marks = vec!["?"; filter.states.len()].join(", ");
        sql.push_str(&format!(" AND i.state IN ({marks})"));
        values.extend(filter.states.iter().map(|state| state.number().into()));
    }
    if let Some(system) = names.system {
        sql.push_str(" AND i.system = ?");
        values.push(system.into());
    }
    if let Some(code) = &filter.code {
        sql.push_str(" AND i.code = ?");
        values.push(code.as_str().into());
    }
    if let Some(connection) = names.connection {
        sql.push_str(
            " AND EXISTS (SELECT 1 FROM audit_issue_connection AS c \
             WHERE c.fingerprint = i.fingerprint AND c.connection = ?)",
        );
        values.push(connection.into());
    }
    sql.push_str(&format!(
        " ORDER BY i.last_ts DESC, i.fingerprint DESC LIMIT {}",
        filter.limit + 1
    ));
    (sql, values)
}

pub(super) async fn issue(
    db: &Db,
    which: &IssueRef,
    now: Option<Timestamp>,
) -> Result<Option<Issue>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_issue AS i WHERE i.fingerprint >= ? AND i.fingerprint <= ? \
         ORDER BY i.fingerprint LIMIT 2"
    );
    let rows = db
        .read(&sql, &[which.first.into(), which.last.into()])
        .await?;
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if let [first, second] = found.as_slice() {
        return Err(Error::Invalid(format!(
            "more than one issue begins so ({}, {}); give more digits",
            first.fingerprint, second.fingerprint
        )));
    }
    let all: Vec<i64> = found.iter().map(|issue| issue.fingerprint.0).collect();
    connections(db, &mut found, &all).await?;
    days(db, &mut found, now).await?;
    Ok(found.pop())
}

fn read(row: &Row) -> Result<Issue, Error> {
    let text = |at| row.text_or_none(at).map(|text| text.map(str::to_owned));
    let time = |at| row.int_or_none(at).map(|ts| ts.map(Timestamp::from_micros));
    let number = row.int(3)?;
    Ok(Issue {
        fingerprint: IssueId(row.int(0)?),
        algo: row.int(1)?,
        title: row.text(2)?.to_owned(),
        level: if number >= Level::Error.number() {
            Level::Error
        } else {
            Level::Warning
        },
        system: text(4)?,
        event: row.text(5)?.to_owned(),
        code: text(6)?,
        status: row.int_or_none(7)?.and_then(|n| u16::try_from(n).ok()),
        first: Timestamp::from_micros(row.int(8)?),
        last: Timestamp::from_micros(row.int(9)?),
        count: count(row.int(10)?),
        state: IssueState::from_number(row.int(11)?),
        state_at: time(12)?,
        state_by: text(13)?,
        note: text(14)?,
        connection_count: count(row.int(16)?),
        connections: Vec::new(),
        days: [0; 7],
        last_entry: row.int(15)?,
    })
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn list_of(issues: &[i64]) -> (String, Vec<Value>) {
    let marks = vec!["?"; issues.len()].join(", ");
    (marks, issues.iter().map(|id| (*id).into()).collect())
}

/// Fills in the connections of these issues.
async fn connections(db: &Db, issues: &mut [Issue], wanted: &[i64]) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (marks, values) = list_of(wanted);
    let sql = format!(
        "SELECT c.fingerprint, n.name, c.n FROM audit_issue_connection AS c \
         JOIN audit_name AS n ON n.id = c.connection \
         WHERE c.fingerprint IN ({marks}) ORDER BY c.n DESC, n.name"
    );
    let mut found: HashMap<i64, Vec<(String, u64)>> = HashMap::new();
    for row in db.read(&sql, &values).await? {
        let hit = (row.text(1)?.to_owned(), count(row.int(2)?));
        found.entry(row.int(0)?).or_default().push(hit);
    }
    for issue in issues {
        issue.connections = found.remove(&issue.fingerprint.0).unwrap_or_default();
    }
    Ok(())
}

/// Fills in the last seven days.
async fn days(db: &Db, issues: &mut [Issue], now: Option<Timestamp>) -> Result<(), Error> {
    let ids: Vec<i64> = issues.iter().map(|issue| issue.fingerprint.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let today = now
        .unwrap_or_else(Timestamp::now)
        .as_micros()
        .div_euclid(DAY);
    let first = today - 6;
    let (marks, mut values) = list_of(&ids);
    values.extend([first.into(), today.into()]);
    let sql = format!(
        "SELECT d.fingerprint, d.day, d.n FROM audit_issue_day AS d \
         WHERE d.fingerprint IN ({marks}) AND d.day >= ? AND d.day <= ?"
    );
    let mut found: HashMap<i64, [u64; 7]> = HashMap::new();
    for row in db.read(&sql, &values).await? {
        let at = usize::try_from(row.int(1)? - first).unwrap_or(usize::MAX);
        if let Some(day) = found.entry(row.int(0)?).or_default().get_mut(at) {
            *day = count(row.int(2)?);
        }
    }
    for issue in issues {
        issue.days = found.remove(&issue.fingerprint.0).unwrap_or_default();
    }
    Ok(())
}
