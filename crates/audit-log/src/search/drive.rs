//! Which index leads through the log, and what is left to check.

use crate::db::{Db, Value};
use crate::error::Error;
use crate::filter::Filter;
use crate::issues::IssueId;
use crate::level::Level;

use super::checks::What;

/// The most kinds of records of which each is looked through by itself when none is given.
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

impl Drive {
    /// Whether a condition holds for all that the index leads to.
    pub(super) fn serves(&self, what: What) -> bool {
        match self.serves {
            Serves::Record { entity } => what == What::Record || (entity && what == What::Entity),
            Serves::Run => what == What::Run,
            Serves::Issue => what == What::Issue,
            Serves::Connection { level } => {
                what == What::Connection || (level && what == What::Level)
            }
            Serves::Level => what == What::Level,
            Serves::All => false,
        }
    }
}

fn by_entity(index: &'static str, condition: &'static str, values: [Value; 2]) -> Drive {
    Drive {
        index,
        condition,
        values: values.to_vec(),
        serves: Serves::Record { entity: true },
    }
}

/// All entries in their order.
fn everything() -> Drive {
    Drive {
        index: "audit_event_ts",
        condition: "1 = 1",
        values: Vec::new(),
        serves: Serves::All,
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
        (None, false) => Ok(vec![everything()]),
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
        loop {
            let rows = db.read(&sql, &[last.into()]).await?;
            let Some(row) = rows.first() else { break };
            last = row.int(0)?;
            entities.push(last);
            if entities.len() > 2 * MOST_ENTITIES {
                // So many that it is less work to look at every entry.
                return Ok(vec![everything()]);
            }
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
