//! Diagnostics on stderr.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::cli::Global;

/// Sets how much is said; `KOPPEL_LOG` goes before the flags.
pub(crate) fn init(global: &Global) {
    let default = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => {
            "warn,koppel=info,koppel_app=info,sync_core=info,sync_store=info,connectors=info,smartcrm_client=info,api_core=info"
        }
        (false, _) => {
            "info,koppel=trace,koppel_app=trace,sync_core=trace,sync_store=trace,connectors=trace,smartcrm_client=trace,api_core=trace"
        }
    };
    let filter = EnvFilter::try_from_env("KOPPEL_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let color = !global.no_color
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .with_target(false)
        .init();
}
