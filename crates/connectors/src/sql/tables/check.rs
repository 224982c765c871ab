//! The connection test, step by step.

use api_core::Error;
use sync_core::CheckReport;

use super::layout::Layout;
use super::reader::{Reader, Wanted};
use crate::sql::applied;
use crate::sql::reach::reach;
use crate::steps::{Need, Steps};

const CHECK: &str = "sql.check";

pub(super) async fn check(reader: &Reader) -> CheckReport {
    let mut steps = Steps::default();
    reach(&reader.db, &mut steps).await;
    let need = if steps.failed() {
        Need::AllBefore
    } else {
        Need::Nothing
    };
    for (kind, model) in &reader.models {
        // One table that cannot be read says nothing about the others.
        steps
            .step(
                format!("Read one {kind} from `{}`", model.table),
                need,
                || read(reader, *kind),
            )
            .await;
    }
    let written = reader.models.values().filter(|model| !model.read_only);
    let mut any = false;
    for model in written {
        any = true;
        steps
            .step(format!("Write to `{}`", model.table), need, || {
                write(reader, model.entity)
            })
            .await;
    }
    if any {
        steps
            .step(
                format!("Note finished writes in `{}`", applied::TABLE),
                need,
                || async move {
                    if applied::exists(&reader.db, CHECK).await? {
                        return Ok("The table is there.".to_owned());
                    }
                    Ok("The table is not there yet; the first write makes it.".to_owned())
                },
            )
            .await;
    }
    steps.into_report()
}

async fn read(reader: &Reader, kind: sync_core::EntityKind) -> Result<String, Error> {
    let mut session = reader.db.begin(CHECK).await?;
    let layout = reader.layout(&mut session, kind, true).await?;
    let key = reader.db.dialect().quote(&layout.key.column.name);
    let loaded = reader
        .load(
            &mut session,
            &layout,
            CHECK,
            Wanted {
                condition: "1 = 1",
                args: Vec::new(),
                order: &key,
                limit: 1,
            },
        )
        .await?;
    session.end().await?;
    if let Some(unreadable) = loaded.unreadable.into_iter().next() {
        return Err(unreadable.error);
    }
    Ok(match loaded.records.first() {
        Some(record) => format!("{kind} {}", record.id),
        None => format!("There are no {} yet.", kind.plural()),
    })
}

/// Asks for the right to write, without writing anything.
async fn write(reader: &Reader, kind: sync_core::EntityKind) -> Result<String, Error> {
    let layout = reader.known_layout(CHECK, kind).await?;
    layout.writable(CHECK)?;
    let mut session = reader.db.begin_write(CHECK).await?;
    for sql in touches(reader, &layout) {
        session.execute(sql, Vec::new()).await?;
    }
    session.rollback().await?;
    Ok("It may be written.".to_owned())
}

fn touches(reader: &Reader, layout: &Layout) -> Vec<String> {
    let dialect = reader.db.dialect();
    let mut all = vec![&layout.rows];
    for child in &layout.children {
        all.push(&child.rows);
        all.extend(child.taxes.as_ref().map(|taxes| &taxes.rows));
    }
    all.into_iter()
        .filter_map(|rows| {
            let column = dialect.quote(&rows.writable().next()?.column.name);
            Some(format!(
                "UPDATE {} SET {column} = {column} WHERE 1 = 0",
                rows.table
            ))
        })
        .collect()
}
