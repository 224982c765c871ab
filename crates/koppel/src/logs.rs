//! Diagnostics: on stderr, and into the audit log.

use std::io::IsTerminal as _;

use audit_log::{AuditLog, Diagnostics};
use koppel_app::config::{Config, LogLevel};
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::cli::Global;

/// How much is said; the configuration has a word in it once it is read.
pub(crate) struct Logs {
    /// `None` when somebody asked for a certain level, which the configuration does not change.
    filter: Option<reload::Handle<EnvFilter, Registry>>,
    /// How much of it the audit log is offered.
    offered: reload::Handle<EnvFilter, Registry>,
    diagnostics: Diagnostics,
}

impl Logs {
    /// Takes over what the configuration says.
    pub(crate) fn set(&self, config: &Config) {
        if let (Some(filter), Some(level)) = (&self.filter, config.log) {
            change(filter, level);
        }
        change(&self.offered, config.audit.level);
    }

    /// Writes diagnostics into the audit log as well, from now on.
    pub(crate) fn attach(&self, log: &AuditLog) {
        self.diagnostics.attach(log);
    }
}

fn change(filter: &reload::Handle<EnvFilter, Registry>, level: LogLevel) {
    // It fails only when nothing is logged any more.
    match filter.reload(EnvFilter::new(words(level))) {
        Ok(()) | Err(_) => {}
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
    let (offer, offered) = reload::Layer::new(EnvFilter::new(words(LogLevel::Info)));
    let (layer, diagnostics) = audit_log::diagnostics();
    // Each has a filter of its own: what stderr leaves out may be of use in the log.
    let stderr = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .with_target(false);
    tracing_subscriber::registry()
        .with(vec![
            stderr.with_filter(filter).boxed(),
            layer.with_filter(offer).boxed(),
        ])
        .init();
    Logs {
        filter: (!fixed).then_some(handle),
        offered,
        diagnostics,
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
