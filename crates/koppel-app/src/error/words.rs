//! What an error says, and what to do about it.

use api_core::ErrorKind;
use sync_core::StoreError;

use super::{Doing, RemoteError};

pub(super) fn audit_message(error: &audit_log::Error) -> String {
    api_core::redact::one_line(&error.to_string())
}

pub(super) fn store_message(path: &std::path::Path, error: &StoreError) -> String {
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

pub(super) fn store_help(error: &StoreError) -> &'static str {
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

pub(super) fn remote_message(remote: &RemoteError) -> String {
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

pub(super) fn remote_help(remote: &RemoteError) -> String {
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
