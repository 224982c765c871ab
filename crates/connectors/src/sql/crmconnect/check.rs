//! The connection test, step by step.

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::CheckReport;

use super::connector::{KINDS, entity};
use super::reader::{Reader, Rows};
use crate::sql::db::Place;
use crate::steps::{Need, Steps};

pub(super) async fn check(reader: &Reader) -> CheckReport {
    let mut steps = Steps::default();
    match reader.db.place() {
        #[cfg(feature = "sql-sqlite")]
        Place::File(path) => {
            steps
                .step("Open the file", Need::AllBefore, || async move {
                    let size = std::fs::metadata(&path).map_err(|error| {
                        Error::new(
                            ErrorKind::Config,
                            format!("The file `{}` cannot be read: {error}.", path.display()),
                        )
                        .outcome(SendOutcome::NotSent)
                        .help("Check the path, and that this user may read the file.")
                        .source(error)
                    })?;
                    reader.db.try_connect().await?;
                    Ok(format!("{} ({} bytes)", path.display(), size.len()))
                })
                .await;
        }
        #[cfg(feature = "sql-mysql")]
        Place::Server {
            host,
            port,
            database,
        } => {
            let name = host.clone();
            steps
                .step("Resolve the host name", Need::AllBefore, || async move {
                    let found = tokio::net::lookup_host((name.as_str(), port)).await;
                    let mut addresses: Vec<String> = found
                        .map_err(|error| {
                            Error::new(
                                ErrorKind::Unavailable,
                                format!("The host name `{name}` cannot be resolved: {error}."),
                            )
                            .outcome(SendOutcome::NotSent)
                            .help("Check the host name in the database address.")
                            .source(error)
                        })?
                        .map(|address| address.ip().to_string())
                        .collect();
                    addresses.dedup();
                    Ok(format!("{name}: {}", addresses.join(", ")))
                })
                .await;
            steps
                .step("Log in", Need::AllBefore, || async move {
                    reader.db.try_connect().await?;
                    Ok(format!("{host}:{port}, database `{database}`"))
                })
                .await;
        }
    }
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
            .step(format!("Read one {kind}"), need, || async move {
                let loaded = reader
                    .load(
                        "crmconnect.check",
                        entity(kind)?,
                        Rows::After(i64::MIN),
                        1,
                        false,
                    )
                    .await?;
                if let Some(unreadable) = loaded.unreadable.into_iter().next() {
                    return Err(unreadable.error);
                }
                Ok(match loaded.last {
                    Some(key) => format!("{kind} {key}"),
                    None => format!("There are no {} yet.", kind.plural()),
                })
            })
            .await;
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

async fn tables(reader: &Reader) -> Result<String, Error> {
    let mut session = reader.db.begin("crmconnect.check").await?;
    let snapshot = reader.snapshot(&mut session, true).await?;
    session.end().await?;
    let mut needed = Vec::new();
    for kind in KINDS {
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
