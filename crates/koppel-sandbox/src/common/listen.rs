//! Serving a router until its handle lets go.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::wire::{Gate, Line};

/// How long a shutdown waits for open connections.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Serves the router on a listener until `closing` says so or nobody holds its sender.
///
/// # Errors
/// The listener has no address.
pub(crate) fn listen(
    listener: TcpListener,
    router: Router,
    closing: watch::Receiver<bool>,
) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<Line>();
    let mut end = closing;
    let task = tokio::spawn(async move {
        let ended = axum::serve(Gate(listener), service)
            .with_graceful_shutdown(async move {
                if end.wait_for(|closing| *closing).await.is_err() {
                    tracing::debug!("The handle of the sandbox is gone.");
                }
            })
            .await;
        if let Err(error) = ended {
            tracing::warn!(%error, "The sandbox ended with an error.");
        }
    });
    Ok((address, task))
}
