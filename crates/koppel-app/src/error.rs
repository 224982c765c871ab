//! What can go wrong, with the next step and an exit code.

mod words;

use std::fmt;
use std::path::PathBuf;

use api_core::{Error, ErrorKind, Timestamp};
use sync_core::{FlowName, StoreError};

use crate::audit;
use crate::config::ConfigError;
use crate::owner;
use words::{audit_message, remote_help, remote_message, store_help, store_message};

/// How a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// Everything is done.
    Ok,
    /// Something failed.
    Failed,
    /// A plan has changes to make.
    Pending,
    /// Done, but some records are set aside.
    Partial,
    /// A system refuses the login, or the login lacks a right.
    Auth,
    /// A system's rate limit is used up.
    RateLimited,
    /// The command makes no sense.
    Usage,
    /// Somebody asked it to stop.
    Interrupted,
}

impl Exit {
    /// The number for the operating system.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Pending => 2,
            Exit::Partial => 3,
            Exit::Auth => 4,
            Exit::RateLimited => 5,
            Exit::Usage => 64,
            Exit::Interrupted => 130,
        }
    }

    /// How several pieces of work end together: what was interrupted goes first, then the first
    /// that failed, then what is not complete.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        let weight = |exit| match exit {
            Exit::Interrupted => 4,
            Exit::Failed | Exit::Auth | Exit::RateLimited | Exit::Usage => 3,
            Exit::Partial => 2,
            Exit::Pending => 1,
            Exit::Ok => 0,
        };
        if weight(next) > weight(self) {
            next
        } else {
            self
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.code())
    }
}

/// What was being done with a system when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doing {
    /// Its records were read.
    Reading,
    /// Records were written to it.
    Writing,
    /// Its connection was tested.
    Testing,
    /// It was asked or called by hand.
    Calling,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Doing::Reading => "Reading from",
            Doing::Writing => "Writing to",
            Doing::Testing => "The test of",
            Doing::Calling => "The call of",
        })
    }
}

/// A system that failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RemoteError {
    /// The name of the connection.
    pub connection: String,
    /// Where the system is; never with a password.
    pub address: String,
    /// The key of the configuration that logs in, such as `token`, if there is one.
    pub login: Option<&'static str>,
    /// Where that key says the secret is: `env:NAME` or `file:PATH`.
    pub secret: Option<String>,
    /// The key of the configuration that says where the system is.
    pub place: &'static str,
    /// What was being done.
    pub doing: Doing,
    /// What went wrong.
    pub error: Error,
}

/// What can go wrong: a paragraph ([`Display`](fmt::Display)), the next step ([`help`](Self::help))
/// and the [`exit`](Self::exit) code. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The configuration cannot be used, or has no such flow or connection.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The state store cannot be used.
    #[error("{}", store_message(path, error))]
    Store {
        /// The store's file.
        path: PathBuf,
        /// What went wrong.
        error: StoreError,
    },
    /// The flow is being synced already.
    #[error(
        "the flow `{flow}` is being synced already, by {}; two at once are refused",
        owner::describe(owner)
    )]
    Busy {
        /// The flow.
        flow: FlowName,
        /// Who holds it, as the store has it.
        owner: String,
        /// Until when, unless it is renewed.
        until: Timestamp,
    },
    /// A system failed.
    #[error("{}", remote_message(.0))]
    Remote(Box<RemoteError>),
    /// Somebody asked it to stop.
    #[error("the run was stopped; what was under way is stored")]
    Cancelled,
    /// Something that was asked for is not there, or makes no sense.
    #[error("{message}")]
    Asked {
        /// What.
        message: String,
        /// What to do.
        help: String,
    },
    /// Something on this machine failed.
    #[error("{message}")]
    Failed {
        /// What.
        message: String,
        /// What to do.
        help: String,
    },
    /// The audit log cannot be used.
    #[error("{}", audit_message(.0))]
    Audit(#[from] audit_log::Error),
}

impl AppError {
    /// The kind of error as a word: that of [`ErrorKind`], `busy` or `usage`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            AppError::Config(ConfigError::NoSuch { .. }) | AppError::Asked { .. } => "usage",
            AppError::Audit(error) if audit::is_usage(error) => "usage",
            AppError::Config(_) => ErrorKind::Config.as_str(),
            AppError::Store { .. } | AppError::Audit(_) => ErrorKind::Storage.as_str(),
            AppError::Busy { .. } => "busy",
            AppError::Remote(remote) => remote.error.kind().as_str(),
            AppError::Failed { .. } => "failed",
            AppError::Cancelled => ErrorKind::Cancelled.as_str(),
        }
    }

    /// How a program ends that met this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            AppError::Config(ConfigError::NoSuch { .. }) | AppError::Asked { .. } => Exit::Usage,
            AppError::Audit(error) if audit::is_usage(error) => Exit::Usage,
            AppError::Config(_) | AppError::Store { .. } | AppError::Audit(_) => Exit::Failed,
            AppError::Busy { .. } | AppError::Failed { .. } => Exit::Failed,
            AppError::Cancelled => Exit::Interrupted,
            AppError::Remote(remote) => match remote.error.kind() {
                ErrorKind::Auth | ErrorKind::Permission => Exit::Auth,
                ErrorKind::RateLimited => Exit::RateLimited,
                ErrorKind::Cancelled => Exit::Interrupted,
                _ => Exit::Failed,
            },
        }
    }

    /// What to do next. The text of a [`ConfigError`] says it itself.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            AppError::Config(_) => None,
            AppError::Store { error, .. } => Some(store_help(error).to_owned()),
            AppError::Busy { until, .. } => Some(format!(
                "wait until it is done (`koppel run list` shows it); if that process is gone and \
                 was not on this host, the flow is free again at {until}"
            )),
            AppError::Remote(remote) => Some(remote_help(remote)),
            AppError::Cancelled => Some("the next `koppel sync` goes on from there".to_owned()),
            AppError::Asked { help, .. } | AppError::Failed { help, .. } => Some(help.clone()),
            AppError::Audit(error) => Some(audit::help(error).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_ends_make_the_one_that_matters_most() {
        for (ends, all) in [
            (&[Exit::Ok, Exit::Ok][..], Exit::Ok),
            (&[Exit::Ok, Exit::Partial, Exit::Ok], Exit::Partial),
            (&[Exit::Partial, Exit::Auth, Exit::Failed], Exit::Auth),
            (&[Exit::RateLimited, Exit::Auth], Exit::RateLimited),
            (&[Exit::Failed, Exit::Interrupted], Exit::Interrupted),
            (&[Exit::Pending, Exit::Ok], Exit::Pending),
        ] {
            let folded = ends.iter().fold(Exit::Ok, |exit, next| exit.and(*next));
            assert_eq!(folded, all, "{ends:?}");
        }
    }

    fn remote(error: Error) -> AppError {
        AppError::Remote(Box::new(RemoteError {
            connection: "smartcrm".to_owned(),
            address: "https://crm.example.com/".to_owned(),
            login: Some("token"),
            secret: Some("env:TOKEN".to_owned()),
            place: "api_url",
            doing: Doing::Writing,
            error,
        }))
    }

    #[test]
    fn a_system_that_fails_is_named_with_the_setting_to_look_at() {
        let auth = remote(Error::new(ErrorKind::Auth, "Token expired.").status(401));
        assert_eq!(
            auth.to_string(),
            "Writing to `smartcrm` (https://crm.example.com/): the login is refused: Token \
             expired (HTTP 401)"
        );
        let help = auth.help().unwrap_or_default();
        assert!(
            help.contains("`connections.smartcrm.token` (it is in `env:TOKEN`)"),
            "{help}"
        );
        assert_eq!(auth.exit(), Exit::Auth);

        let html = remote(Error::new(ErrorKind::NotAnApi, "A page.").excerpt("<html>\n <b>"));
        assert!(
            html.to_string().ends_with("the answer begins: <html> <b>"),
            "{html}"
        );
        assert_eq!(html.exit(), Exit::Failed);
    }

    #[test]
    fn a_call_by_hand_that_leads_nowhere_is_told_to_look_at_its_path() {
        let called = |doing, kind, status| {
            let AppError::Remote(mut error) = remote(Error::new(kind, "No.").status(status)) else {
                unreachable!("it is made as a remote's");
            };
            error.doing = doing;
            AppError::Remote(error).help().unwrap_or_default()
        };
        for kind in [ErrorKind::NotFound, ErrorKind::NotAnApi] {
            let help = called(Doing::Calling, kind, 404);
            assert!(help.starts_with("check the path, the query"), "{help}");
            let help = called(Doing::Reading, kind, 404);
            assert!(help.contains("`connections.smartcrm.api_url`"), "{help}");
        }
        let page = called(Doing::Calling, ErrorKind::NotAnApi, 200);
        assert!(page.contains("is it the address of the API"), "{page}");
    }

    #[test]
    fn every_kind_of_error_has_one_line_and_a_next_step() {
        for kind in ErrorKind::ALL {
            let error = remote(Error::new(kind, "Two\nlines."));
            assert!(error.help().is_some_and(|help| !help.is_empty()), "{kind}");
            assert!(!error.to_string().contains('\n'), "{kind}: {error}");
        }
    }
}
