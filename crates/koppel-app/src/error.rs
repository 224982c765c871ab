//! What can go wrong, with the next step and an exit code.

use std::fmt;
use std::path::PathBuf;

use api_core::{Error, ErrorKind, Timestamp};
use sync_core::{FlowName, StoreError};

use crate::config::ConfigError;
use crate::owner;
use crate::pump::PumpError;

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
    /// The events file cannot be written.
    #[error(transparent)]
    Events(#[from] PumpError),
}

impl AppError {
    /// The kind of error as a word: that of [`ErrorKind`], `busy` or `usage`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            AppError::Config(ConfigError::NoSuch { .. }) | AppError::Asked { .. } => "usage",
            AppError::Config(_) => ErrorKind::Config.as_str(),
            AppError::Store { .. } | AppError::Events(_) => ErrorKind::Storage.as_str(),
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
            AppError::Config(_) | AppError::Store { .. } | AppError::Events(_) => Exit::Failed,
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
            AppError::Events(_) => Some(
                "mend the place or name another one (`[store] events`); the events wait in the \
                 store and are written by the next sync"
                    .to_owned(),
            ),
        }
    }
}

fn store_message(path: &std::path::Path, error: &StoreError) -> String {
    let path = path.display();
    match error {
        StoreError::Newer { found, known } => format!(
            "the store `{path}` was made by a newer version of koppel: it has schema version \
             {found}, and this one knows up to {known}; it was not touched"
        ),
        StoreError::LeaseLost { flow } => format!(
            "another process has taken over the flow `{flow}` while this one was not heard of; \
             nothing was stored since"
        ),
        StoreError::DiskFull(text) => format!("the disk is full: {text}"),
        StoreError::UnknownFlow(flow) => format!("the store `{path}` knows no flow `{flow}`"),
        other => {
            let text = other.to_string();
            if text.contains(&*path.to_string()) {
                text
            } else {
                format!("the store `{path}`: {text}")
            }
        }
    }
}

fn store_help(error: &StoreError) -> &'static str {
    match error {
        StoreError::Newer { .. } => {
            "use the newer koppel, or the copy of the store that was made before the upgrade"
        }
        StoreError::DiskFull(_) => {
            "free some space and run `koppel sync` again: it goes on where it stopped, and nothing \
             is lost or sent twice"
        }
        StoreError::LeaseLost { .. } => {
            "nothing is lost: the other process goes on; `koppel run list` shows it"
        }
        StoreError::Corrupt(_) => "restore the store from its last backup",
        StoreError::UnknownFlow(_) => "sync the flow once: `koppel sync FLOW`",
        _ => {
            "`[store] url` in the configuration says where the store is; check the path and the \
              rights of the file and its directory"
        }
    }
}

fn remote_message(remote: &RemoteError) -> String {
    let RemoteError {
        connection,
        address,
        doing,
        error,
        ..
    } = remote;
    let said = api_core::redact::one_line(error.message());
    let said = said.trim_end_matches('.');
    let mut text = match error.kind() {
        ErrorKind::Auth => {
            format!("{doing} `{connection}` ({address}): the login is refused: {said}")
        }
        ErrorKind::Permission => {
            format!("{doing} `{connection}` ({address}): the login lacks a right: {said}")
        }
        ErrorKind::RateLimited => {
            format!("{doing} `{connection}` ({address}): its rate limit is used up: {said}")
        }
        ErrorKind::Unavailable if error.status_code().is_none() => {
            format!("{doing} `{connection}` ({address}): it cannot be reached: {said}")
        }
        ErrorKind::NotAnApi => {
            format!(
                "{doing} `{connection}` ({address}): something answers there, but it is not the API: {said}"
            )
        }
        _ => format!("{doing} `{connection}` ({address}): {said}"),
    };
    let mut details = Vec::new();
    let status = error.status_code().map(|status| format!("HTTP {status}"));
    details.extend(status.filter(|status| !text.contains(status)));
    details.extend(error.code_str().map(|code| format!("code {code}")));
    if error.attempt_count() > 1 {
        details.push(format!("{} attempts", error.attempt_count()));
    }
    if !details.is_empty() {
        text.push_str(&format!(" ({})", details.join(", ")));
    }
    if let Some(excerpt) = error.excerpt_str().filter(|text| !text.trim().is_empty())
        && matches!(
            error.kind(),
            ErrorKind::NotAnApi | ErrorKind::Config | ErrorKind::Decode
        )
    {
        let excerpt: Vec<&str> = excerpt.split_whitespace().collect();
        text.push_str(&format!("; the answer begins: {}", excerpt.join(" ")));
    }
    text
}

/// Whether the client's own help says more about a refused login than that something is wrong.
fn explains(login: &str, code: Option<&str>) -> bool {
    matches!(login, "access_key" | "api_key" | "connection_key")
        || matches!(code, Some("token_rejected" | "permission_missing"))
}

fn remote_help(remote: &RemoteError) -> String {
    let name = &remote.connection;
    let place = format!("`connections.{name}.{}`", remote.place);
    let own = remote.error.help_text();
    let wait = match remote.doing {
        Doing::Testing | Doing::Calling => "",
        _ => "; nothing is lost, the next `koppel sync` goes on from here",
    };
    let step = match remote.error.kind() {
        // A path that is not there is the call's own fault more often than the address's.
        ErrorKind::NotFound | ErrorKind::Validation | ErrorKind::Config | ErrorKind::NotAnApi
            if remote.doing == Doing::Calling
                && (remote.error.kind() != ErrorKind::NotAnApi
                    || remote.error.status_code() == Some(404)) =>
        {
            let path = "check the path, the query and the body: `koppel api --help` shows examples";
            match own {
                None => path.to_owned(),
                Some(own) if remote.error.status_code() == Some(404) => {
                    format!("{path}; or: {}", own.trim_end_matches('.'))
                }
                Some(own) => own.to_owned(),
            }
        }
        // The client knows more causes than a wrong key.
        ErrorKind::Auth | ErrorKind::Permission
            if let Some(login) = remote.login
                && explains(login, remote.error.code_str()) =>
        {
            let place = (remote.secret.as_ref()).map_or_else(String::new, |secret| {
                format!("; `connections.{name}.{login}` is in `{secret}`")
            });
            let own = own.unwrap_or("check what that user may do");
            format!(
                "{}{place}; `koppel connection test {name}` goes step by step",
                own.trim_end_matches('.')
            )
        }
        ErrorKind::Auth | ErrorKind::Permission => match &remote.login {
            Some(login) => {
                let found = (remote.secret.as_ref())
                    .map_or_else(String::new, |secret| format!(" (it is in `{secret}`)"));
                format!(
                    "check `connections.{name}.{login}`{found} and what that user may do, then \
                     try `koppel connection test {name}`"
                )
            }
            None => format!("check the login in {place}, then try `koppel connection test {name}`"),
        },
        ErrorKind::RateLimited => match remote.error.retry_after_hint() {
            Some(delay) => format!("try again in {} s", delay.as_secs().max(1)),
            None => "try again later".to_owned(),
        },
        ErrorKind::Unavailable if remote.error.status_code().is_some() => {
            "the system itself has trouble: try again later, or ask who runs it".to_owned()
        }
        ErrorKind::Unavailable => own.map_or_else(
            || {
                format!(
                    "check {place}, that the system is up and that this machine may reach it: \
                     `koppel connection test {name}` goes step by step"
                )
            },
            str::to_owned,
        ),
        ErrorKind::NotAnApi | ErrorKind::NotFound => format!(
            "check {place}: is it the address of the API, and does nothing stand in between (a \
             log-in page, a firewall's captcha)? `koppel connection test {name}` goes step by step"
        ),
        ErrorKind::Config => match own {
            Some(own) => own.to_owned(),
            None => format!("check {place}: is it the address of the API?"),
        },
        ErrorKind::Decode => own.map_or_else(
            || format!("check {place}, and whether the system was upgraded"),
            str::to_owned,
        ),
        _ => own.map_or_else(
            || format!("`koppel connection test {name}` goes step by step"),
            str::to_owned,
        ),
    };
    format!("{}{wait}", step.trim_end_matches('.'))
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
