//! The connection test, step by step.

use api_core::{Error, ErrorKind};
use sync_core::{CheckReport, EntityKind};

use super::connector::{CORE, KINDS, entity};
use super::reader::{Reader, Rows};
use super::stock;
use crate::sql::applied;
use crate::sql::reach::reach;
use crate::steps::{Need, Steps};

const OPERATION: &str = "crmconnect.check";

pub(super) async fn check(reader: &Reader) -> CheckReport {
    let mut steps = Steps::default();
    reach(&reader.db, &mut steps).await;
    steps
        .step("Find the tables", Need::AllBefore, || tables(reader))
        .await;
    let need = if steps.failed() {
        Need::AllBefore
    } else {
        Need::Nothing
    };
    for kind in KINDS {
        // One kind that cannot be read says nothing about the others.
        steps
            .step(format!("Read one {kind}"), need, || read_one(reader, kind))
            .await;
    }
    if reader.scope.writable {
        steps.step("Write", need, || write(reader)).await;
    }
    steps
        .step("Time zone", need, || async move {
            let mut session = reader.db.begin("crmconnect.check").await?;
            let snapshot = reader.snapshot(&mut session, false).await?;
            session.end().await?;
            Ok(snapshot.settings.zone_note.clone())
        })
        .await;
    steps.into_report()
}

/// Reads the first record of a kind. Tables that only some CRMs have may be missing.
async fn read_one(reader: &Reader, kind: EntityKind) -> Result<String, Error> {
    let read = async {
        if kind == EntityKind::Stock {
            let levels = stock::page(reader, OPERATION, None, 1).await?;
            let last = levels.last.map(|place| place.id().into_string());
            return Ok((levels.unreadable, last));
        }
        let loaded = reader
            .load(OPERATION, entity(kind)?, Rows::After(i64::MIN), 1, false)
            .await?;
        Ok((loaded.unreadable, loaded.last.map(|key| key.to_string())))
    };
    let read: Result<_, Error> = read.await;
    match read {
        Ok((unreadable, last)) => match unreadable.into_iter().next() {
            Some(one) => Err(one.error),
            None => Ok(match last {
                Some(key) => format!("{kind} {key}"),
                None => format!("There are no {} yet.", kind.plural()),
            }),
        },
        // Only a flow that wants them needs them.
        Err(error) if error.kind() == ErrorKind::Config && !CORE.contains(&kind) => Ok(format!(
            "Left out: {}",
            error.message().trim_end_matches('.')
        )),
        Err(error) => Err(error),
    }
}

/// Tries what every write needs; nothing is changed, and nothing is made.
async fn write(reader: &Reader) -> Result<String, Error> {
    let noted = applied::exists(&reader.db, OPERATION).await?;
    let mut session = reader.db.begin_write(OPERATION).await?;
    let snapshot = reader.snapshot(&mut session, false).await?;
    for kind in CORE {
        reader.require_transactions(entity(kind)?, &snapshot)?;
    }
    for kind in CORE {
        let table = entity(kind)?.table();
        // Meets no row, but needs the right to change some.
        let sql = format!(
            "UPDATE {} SET `{key}` = `{key}` WHERE 1 = 0",
            snapshot.schema.quoted(table),
            key = table.key
        );
        session.execute(sql, Vec::new()).await?;
        let sql = format!(
            "INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0",
            table = snapshot.schema.quoted(table)
        );
        // A table with reckoned columns takes no such statement; only a missing right matters.
        match session.execute(sql, Vec::new()).await {
            Err(error) if error.kind() == ErrorKind::Permission => return Err(error),
            _ => {}
        }
    }
    session.rollback().await?;
    let table = applied::TABLE;
    Ok(if noted {
        format!("The CRM's tables can be changed, and `{table}` notes what was written.")
    } else {
        format!(
            "The CRM's tables can be changed. `{table}` is not there yet; the first write makes it."
        )
    })
}

async fn tables(reader: &Reader) -> Result<String, Error> {
    let mut session = reader.db.begin("crmconnect.check").await?;
    let snapshot = reader.snapshot(&mut session, true).await?;
    session.end().await?;
    let mut needed = Vec::new();
    for kind in CORE {
        let entity = entity(kind)?;
        needed.push(entity.table());
        needed.extend(entity.needs());
    }
    needed.sort_by_key(|table| table.name);
    needed.dedup_by_key(|table| table.name);
    snapshot.schema.require(&needed)?;
    Ok(format!(
        "All are there, with prefix `{}`.",
        reader.scope.prefix
    ))
}
