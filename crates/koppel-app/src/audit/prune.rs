//! Taking out old entries, now and then.

use std::time::{Duration, Instant};

use api_core::Timestamp;
use audit_log::{AuditLog, Error, Retention};

use super::Audit;
use crate::config::KeepConfig;

/// How often old entries are taken out.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// How long that may take at the end of a sync, which is not there for that.
const LONGEST: Duration = Duration::from_secs(30);
/// How many rows are taken out between two looks at the clock.
const ROWS: u64 = 20_000;

impl From<&KeepConfig> for Retention {
    fn from(keep: &KeepConfig) -> Self {
        Self {
            debug: keep.debug,
            info: keep.info,
            warning: keep.warning,
            error: keep.error,
            bodies: keep.bodies,
        }
    }
}

/// Takes out old entries, unless that was done a while ago.
pub(super) async fn if_due(audit: &Audit, log: &AuditLog) {
    if let Err(error) = prune(audit, log).await {
        tracing::warn!(%error, "Old entries could not be taken out of the audit log.");
    }
}

async fn prune(audit: &Audit, log: &AuditLog) -> Result<(), Error> {
    let last = log.last_prune().await?;
    if last.is_some_and(|at| Timestamp::now().duration_since(at) < EVERY) {
        return Ok(());
    }
    let (keep, began) = (Retention::from(&audit.config.keep), Instant::now());
    while !log.prune(&keep, Some(ROWS)).await?.complete {
        if began.elapsed() >= LONGEST {
            tracing::warn!(
                "There are more old entries in the audit log than a sync takes out; \
                 `koppel logs prune` takes out all."
            );
            break;
        }
    }
    Ok(())
}
