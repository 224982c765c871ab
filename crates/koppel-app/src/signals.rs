//! Ctrl-C and SIGTERM.

use sync_core::Cancel;

use crate::error::Exit;

/// Asks `cancel` when Ctrl-C is pressed or SIGTERM arrives, and ends the process at once (with
/// exit code 130) when that happens again.
///
/// Ending at once loses nothing: the next run goes on, as after a crash.
pub fn cancel_on_signals(cancel: Cancel) {
    tokio::spawn(async move {
        if !next().await {
            return;
        }
        cancel.cancel();
        if next().await {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
}

/// Waits for a signal; `false` if this system has none to wait for.
#[cfg(unix)]
async fn next() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    match (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                heard = interrupt.recv() => heard.is_some(),
                heard = terminate.recv() => heard.is_some(),
            }
        }
        _ => false,
    }
}

/// Waits for a signal; `false` if this system has none to wait for.
#[cfg(not(unix))]
async fn next() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
