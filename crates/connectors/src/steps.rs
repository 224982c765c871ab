//! The steps of a connection test.

use std::future::Future;
use std::time::{Duration, Instant};

use api_core::Error;
use sync_core::{CheckReport, CheckStep};

/// What must have worked before a step is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Every step so far.
    AllBefore,
    /// Nothing.
    Nothing,
}

/// Does one step after the other; after a failure the rest is named but not tried.
#[derive(Default)]
pub(crate) struct Steps(CheckReport);

impl Steps {
    /// Whether a step failed.
    pub(crate) fn failed(&self) -> bool {
        self.0.error.is_some()
    }

    /// Does a step: what was seen, or why it failed.
    pub(crate) async fn step<F>(
        &mut self,
        name: impl Into<String>,
        need: Need,
        work: impl FnOnce() -> F,
    ) where
        F: Future<Output = Result<String, Error>>,
    {
        if need == Need::AllBefore && self.failed() {
            self.skip(name);
            return;
        }
        let started = Instant::now();
        let done = work().await;
        let duration = started.elapsed();
        let (ok, detail) = match done {
            Ok(detail) => (true, detail),
            Err(error) => {
                let detail = explained(&error);
                self.0.error.get_or_insert(error);
                (false, detail)
            }
        };
        self.0.steps.push(CheckStep {
            name: name.into(),
            ok: Some(ok),
            detail,
            duration,
        });
    }

    /// Names a step that is not tried.
    pub(crate) fn skip(&mut self, name: impl Into<String>) {
        self.skip_because(name, "Not tried.");
    }

    /// Names a step that is not tried, and says why.
    pub(crate) fn skip_because(&mut self, name: impl Into<String>, why: &str) {
        self.0.steps.push(CheckStep {
            name: name.into(),
            ok: None,
            detail: why.to_owned(),
            duration: Duration::ZERO,
        });
    }

    /// What came out.
    pub(crate) fn into_report(self) -> CheckReport {
        self.0
    }
}

/// Resolves the host name of an address.
#[cfg(any(
    feature = "smartcrm",
    feature = "simplycrm",
    feature = "snelstart",
    feature = "syncro"
))]
pub(crate) async fn resolve(base: Option<&url::Url>) -> Result<String, Error> {
    let unusable = || {
        Error::new(api_core::ErrorKind::Config, "The API URL names no host.")
            .outcome(api_core::SendOutcome::NotSent)
    };
    let url = base.ok_or_else(unusable)?;
    let host = url.host_str().ok_or_else(unusable)?;
    let port = url.port_or_known_default().unwrap_or(443);
    let proxied = [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ]
    .iter()
    .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match tokio::net::lookup_host((bare, port)).await {
        Ok(found) => {
            let mut addresses: Vec<String> =
                found.map(|address| address.ip().to_string()).collect();
            addresses.dedup();
            Ok(format!("{host}: {}", addresses.join(", ")))
        }
        Err(_) if proxied => Ok(format!("{host} is left to the proxy of the environment.")),
        Err(error) => Err(Error::new(
            api_core::ErrorKind::Unavailable,
            format!("The host name `{host}` cannot be resolved: {error}."),
        )
        .outcome(api_core::SendOutcome::NotSent)
        .help("Check the host name in the API URL.")
        .source(error)),
    }
}

/// What an error says and what helps; a remote's words may lack their full stop.
fn explained(error: &Error) -> String {
    let message = error.message().trim_end();
    match error.help_text() {
        None => message.to_owned(),
        Some(help) if message.ends_with(['.', '!', '?', ':', '…']) => format!("{message} {help}"),
        Some(help) if message.is_empty() => help.to_owned(),
        Some(help) => format!("{message}. {help}"),
    }
}

#[cfg(test)]
mod tests {
    use api_core::ErrorKind;

    use super::*;

    #[tokio::test]
    async fn what_went_wrong_and_what_helps_are_two_sentences() {
        let mut steps = Steps::default();
        for message in ["Token is not found", "Token is not found.", ""] {
            let error = Error::new(ErrorKind::Auth, message).help("Check the token.");
            steps
                .step("Log in", Need::Nothing, || async { Err(error) })
                .await;
        }
        let alone = Error::new(ErrorKind::Auth, "Token is not found");
        steps
            .step("Log in", Need::Nothing, || async { Err(alone) })
            .await;
        let details: Vec<_> = (steps.into_report().steps.into_iter())
            .map(|step| step.detail)
            .collect();
        assert_eq!(
            details,
            [
                "Token is not found. Check the token.",
                "Token is not found. Check the token.",
                "Check the token.",
                "Token is not found",
            ]
        );
    }
}
