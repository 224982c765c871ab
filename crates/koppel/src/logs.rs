//! Diagnostics on stderr.

use std::io::IsTerminal as _;

use koppel_app::config::LogLevel;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::cli::Global;

/// How much is said; the configuration has a word in it once it is read.
pub(crate) struct Logs {
    /// `None` when somebody asked for a certain level, which the configuration does not change.
    filter: Option<reload::Handle<EnvFilter, Registry>>,
}

impl Logs {
    /// Takes over what the configuration says.
    pub(crate) fn set(&self, level: Option<LogLevel>) {
        if let (Some(filter), Some(level)) = (&self.filter, level) {
            // It fails only when nothing is logged any more.
            match filter.reload(EnvFilter::new(words(level))) {
                Ok(()) | Err(_) => {}
            }
        }
    }
}

/// Sets how much is said; `KOPPEL_LOG` goes before the flags, and those before the configuration.
pub(crate) fn init(global: &Global) -> Logs {
    let asked = match (global.log_level, global.quiet, global.verbose) {
        (Some(level), ..) => Some(words(level)),
        (None, true, _) => Some(words(LogLevel::Error)),
        (None, false, 0) => None,
        (None, false, 1) => Some(words(LogLevel::Info)),
        (None, false, _) => Some(
            "info,koppel=trace,koppel_app=trace,sync_core=trace,sync_store=trace,connectors=trace,\
             smartcrm_client=trace,api_core=trace",
        ),
    };
    let (filter, fixed) = match EnvFilter::try_from_env("KOPPEL_LOG") {
        Ok(filter) => (filter, true),
        Err(_) => {
            let words = asked.unwrap_or(words(LogLevel::Warning));
            (EnvFilter::new(words), asked.is_some())
        }
    };
    let color = !global.no_color
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::io::stderr().is_terminal();
    let (filter, handle) = reload::Layer::new(filter);
    tracing_subscriber::registry()
        .with(filter)
        .with(
            fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(color)
                .with_target(false),
        )
        .init();
    Logs {
        filter: (!fixed).then_some(handle),
    }
}

const fn words(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warning => "warn",
        LogLevel::Info => {
            "warn,koppel=info,koppel_app=info,sync_core=info,sync_store=info,connectors=info,\
             smartcrm_client=info,api_core=info"
        }
        LogLevel::Debug => {
            "info,koppel=debug,koppel_app=debug,sync_core=debug,sync_store=debug,connectors=debug,\
             smartcrm_client=debug,api_core=debug"
        }
    }
}
