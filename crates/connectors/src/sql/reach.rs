//! The first steps of a connection test: is the database there, and does it let one in.

use api_core::{Error, ErrorKind, SendOutcome};

use super::db::{Db, Place};
use crate::steps::{Need, Steps};

/// Opens the file, or resolves the host name and logs in.
pub(super) async fn reach(db: &Db, steps: &mut Steps) {
    match db.place() {
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
                    db.try_connect().await?;
                    Ok(format!("{} ({} bytes)", path.display(), size.len()))
                })
                .await;
        }
        #[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
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
                    db.try_connect().await?;
                    Ok(format!("{host}:{port}, database `{database}`"))
                })
                .await;
        }
    }
}
