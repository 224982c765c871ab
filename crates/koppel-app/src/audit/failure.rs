//! What to do about a log that fails.

use std::time::Duration;

use audit_log::Error;

use crate::config::AuditConfig;
use crate::secrets::SecretError;

/// The log did not answer.
pub(super) fn slow(config: &AuditConfig, after: Duration) -> Error {
    Error::Unavailable(format!(
        "the audit log {} did not answer within {} seconds",
        config.url,
        after.as_secs()
    ))
}

/// The password is not where the configuration says.
pub(super) fn secret(config: &AuditConfig, error: &SecretError) -> Error {
    Error::Unavailable(format!(
        "the audit log {} cannot be opened: its password `{}` cannot be used: {}",
        config.url,
        error.reference,
        error.reason()
    ))
}

/// The next step.
pub(crate) fn help(error: &Error) -> &'static str {
    match error {
        Error::Newer { .. } => {
            "use the newer koppel, or name another log (`[audit] url`); events wait in the store"
        }
        Error::Foreign { .. } => {
            "`[audit] url` in the configuration says where it is; nothing was changed there"
        }
        Error::Missing { .. } => "the first sync makes it: `koppel sync`",
        Error::DiskFull(_) => {
            "free some space, or keep less (`[audit.keep]`, `koppel logs prune`); events wait in \
             the store, and the next sync writes them down"
        }
        Error::Busy(_) => "try again; a sync does not wait for it: its events stay in the store",
        Error::Corrupt(_) => {
            "`koppel logs verify` names the entries that are damaged if it can read them; else \
             restore a backup, or name another log (`[audit] url`)"
        }
        Error::Invalid(_) => "`koppel logs --help` says what can be asked",
        Error::TextNeedsWindow => "add --since 7d, --connection NAME, --run ID or --record ID",
        Error::ReadOnly { .. } | Error::Closed => "start the command again",
        _ => {
            "`[audit] url` in the configuration says where the log is; check that, the rights and \
             the server; a sync goes on without it: its events wait in the store"
        }
    }
}

/// Whether it is what was asked that makes no sense.
pub(crate) fn is_usage(error: &Error) -> bool {
    matches!(error, Error::Invalid(_) | Error::TextNeedsWindow)
}
