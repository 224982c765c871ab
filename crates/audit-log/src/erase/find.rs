//! Which requests and responses are to be erased.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Erase;
use crate::content;
use crate::db::{Db, Value};
use crate::error::Error;
use crate::log::AuditLog;

/// How many bodies are in memory at once.
const PAGE: i64 = 64;

/// The numbers of the entries whose bodies are to go, in their order.
pub(super) async fn bodies(log: &AuditLog, what: &Erase) -> Result<Vec<i64>, Error> {
    let db = &log.shared().db;
    let (condition, values) = match what {
        Erase::Run(run) => ("e.run = ?", vec![Value::from(*run)]),
        Erase::Entry(id) => ("e.uid = ?", vec![Value::from(*id)]),
        Erase::Record { entity, id } => return of_record(log, entity, id).await,
    };
    let sql = format!(
        "SELECT e.id FROM audit_event e JOIN audit_body b ON b.event = e.id WHERE {condition} \
         ORDER BY e.id"
    );
    let rows = db.read(&sql, &values).await?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// Those of entries about the record, and those in the same runs that name one of its ids.
async fn of_record(log: &AuditLog, entity: &str, id: &str) -> Result<Vec<i64>, Error> {
    let db = &log.shared().db;
    let Some(kind) = log.shared().names.id(db, entity).await? else {
        return Ok(Vec::new());
    };
    let mut numbers = BTreeSet::new();
    let mut runs: BTreeSet<Uuid> = BTreeSet::new();
    let mut ids = BTreeSet::from([id.to_ascii_lowercase()]);
    for condition in [
        "e.entity = ? AND e.record = ? AND e.record IS NOT NULL",
        "e.entity = ? AND e.target = ? AND e.target IS NOT NULL",
    ] {
        let sql = format!(
            "SELECT e.id, e.run, e.record, e.target, b.event FROM audit_event e \
             LEFT JOIN audit_body b ON b.event = e.id WHERE {condition}"
        );
        let rows = db.read(&sql, &[Value::Int(kind), Value::from(id)]).await?;
        for row in &rows {
            if row.int_or_none(4)?.is_some() {
                numbers.insert(row.int(0)?);
            }
            if let Some(run) = row.blob_or_none(1)?
                && let Ok(run) = Uuid::from_slice(run)
            {
                runs.insert(run);
            }
            for at in [2, 3] {
                ids.extend(row.text_or_none(at)?.map(str::to_ascii_lowercase));
            }
        }
    }
    for run in runs {
        naming(db, run, &ids, &mut numbers).await?;
    }
    Ok(numbers.into_iter().collect())
}

/// Adds the bodies of a run that name one of the ids, which are in lower case: systems do not agree
/// on how they write the letters of a UUID.
async fn naming(
    db: &Db,
    run: Uuid,
    ids: &BTreeSet<String>,
    numbers: &mut BTreeSet<i64>,
) -> Result<(), Error> {
    let mut after = i64::MIN;
    loop {
        let rows = db
            .read(
                "SELECT b.event, b.codec, b.content FROM audit_event e \
                 JOIN audit_body b ON b.event = e.id WHERE e.run = ? AND e.id > ? \
                 ORDER BY e.id LIMIT ?",
                &[Value::from(run), Value::Int(after), Value::Int(PAGE)],
            )
            .await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.int(0)?;
        for row in &rows {
            let number = row.int(0)?;
            if numbers.contains(&number) {
                continue;
            }
            // What cannot be read cannot be shown not to name it.
            let named = match content::plain(row.int(1)?, row.blob(2)?) {
                Ok(plain) => {
                    let text = String::from_utf8_lossy(&plain).to_ascii_lowercase();
                    ids.iter().any(|id| names(&text, id))
                }
                Err(_) => true,
            };
            if named {
                numbers.insert(number);
            }
        }
    }
}

/// Whether the text holds the id as a word of its own.
fn names(text: &str, id: &str) -> bool {
    let whole = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    !id.is_empty()
        && text.match_indices(id).any(|(at, found)| {
            let (before, behind) = (text.get(..at), text.get(at + found.len()..));
            whole(before.and_then(|text| text.chars().next_back()))
                && whole(behind.and_then(|text| text.chars().next()))
        })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_id_is_found_as_a_word_of_its_own_and_not_within_another() {
        assert!(names("{\"id\":17}", "17"));
        assert!(names("/clients/17?x=1", "17"));
        assert!(names("12x34", "12x34"));
        assert!(names("117 17", "17"));
        assert!(!names("{\"id\":117,\"n\":\"17a\"}", "17"));
        assert!(!names("anything", ""));
    }
}
