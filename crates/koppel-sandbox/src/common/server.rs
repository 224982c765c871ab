//! Starting and ending a server, and what can be asked of all of them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::desk::Desk;
use super::faults::Faults;
use super::hooks::Hook;
use super::listen::{GRACE, listen};

/// The settings that all systems have.
pub(crate) struct Setup {
    pub(crate) latency: Duration,
    /// The seed of faults with a probability.
    pub(crate) seed: u64,
    pub(crate) bind: SocketAddr,
    pub(crate) hook: Option<Hook>,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            latency: Duration::ZERO,
            seed: 0,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            hook: None,
        }
    }
}

impl Setup {
    /// Builds what the server shares and starts to listen.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub(crate) async fn start<A>(
        self,
        build: impl FnOnce(Desk) -> A,
        route: impl FnOnce(Arc<A>) -> Router,
    ) -> io::Result<(Arc<A>, Running)> {
        let listener = TcpListener::bind(self.bind).await?;
        let (close, closing) = watch::channel(false);
        let faults = Faults::new(self.seed);
        let desk = Desk::new(self.latency, faults, self.hook, closing.clone());
        let app = Arc::new(build(desk));
        let (address, task) = listen(listener, route(Arc::clone(&app)), closing)?;
        let running = Running {
            address,
            close,
            task: Some(task),
        };
        Ok((app, running))
    }
}

/// A server that listens; it ends when this is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    close: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Stops listening, closes all connections and waits for the end.
    pub(crate) async fn end(mut self) {
        self.close.send_replace(true);
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(GRACE, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.close.send_replace(true);
    }
}

/// The settings that all builders have, of a builder with a `setup`.
macro_rules! shared_settings {
    ($builder:ident) => {
        impl $builder {
            /// How long each answer takes at least.
            pub fn latency(mut self, latency: ::std::time::Duration) -> Self {
                self.setup.latency = latency;
                self
            }

            /// The address to listen on; by default a free port of 127.0.0.1.
            pub fn bind(mut self, address: ::std::net::SocketAddr) -> Self {
                self.setup.bind = address;
                self
            }

            /// A function that is asked twice about every API request.
            pub fn on_request(
                mut self,
                hook: ::std::sync::Arc<
                    dyn Fn($crate::common::RequestEvent) -> $crate::common::HookAction
                        + Send
                        + Sync,
                >,
            ) -> Self {
                self.setup.hook = Some($crate::common::Hook(hook));
                self
            }
        }
    };
}

/// What all servers can be asked, of a server with an `app` and what is `running`.
macro_rules! shared_methods {
    ($server:ident, $entry:ty) => {
        impl ::std::fmt::Debug for $server {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($server))
                    .field("address", &self.running.address)
                    .finish_non_exhaustive()
            }
        }

        impl $server {
            /// Where the sandbox's own routes stand, `http://127.0.0.1:PORT/__sandbox/`.
            #[must_use]
            pub fn control_url(&self) -> String {
                format!("http://{}/__sandbox/", self.running.address)
            }

            /// The address it listens on.
            #[must_use]
            pub fn address(&self) -> ::std::net::SocketAddr {
                self.running.address
            }

            /// Every write that was applied over HTTP, oldest first.
            #[must_use]
            pub fn journal(&self) -> Vec<$entry> {
                self.journal_since(0)
            }

            /// The writes that were applied after the one with that `seq`.
            #[must_use]
            pub fn journal_since(&self, seq: u64) -> Vec<$entry> {
                $crate::common::System::journal_since(&*self.app, seq)
            }

            /// How many writes were applied.
            #[must_use]
            pub fn applied(&self) -> u64 {
                $crate::common::System::applied(&*self.app)
            }

            /// How many API requests arrived.
            #[must_use]
            pub fn requests(&self) -> u64 {
                self.app.desk.requests()
            }

            /// How many API requests asked for a change, applied or not.
            #[must_use]
            pub fn write_requests(&self) -> u64 {
                self.app.desk.writes()
            }

            /// The faults, to set and clear them while the server runs.
            #[must_use]
            pub fn faults(&self) -> $crate::common::Faults {
                self.app.desk.faults.clone()
            }

            /// Sets a fault from the next request on.
            pub fn fault(&self, fault: $crate::common::Fault) -> $crate::common::FaultId {
                self.app.desk.faults.add(fault)
            }

            /// Sets or takes away the hook while the server runs.
            pub fn set_hook(
                &self,
                hook: Option<
                    ::std::sync::Arc<
                        dyn Fn($crate::common::RequestEvent) -> $crate::common::HookAction
                            + Send
                            + Sync,
                    >,
                >,
            ) {
                self.app.desk.set_hook(hook.map($crate::common::Hook));
            }

            /// Stops listening, closes all connections and waits for the end.
            pub async fn shutdown(self) {
                self.running.end().await;
            }
        }
    };
}

/// What servers can be asked besides whose `app` has a tally `asked` and a store with a clock;
/// `example` is an operation.
macro_rules! api_methods {
    ($server:ident, $example:literal) => {
        impl $server {
            #[doc = concat!("How often an operation was asked, such as ", $example, ".")]
            #[must_use]
            pub fn requests_to(&self, operation: &str) -> u64 {
                self.requests_by_operation()
                    .get(operation)
                    .copied()
                    .unwrap_or(0)
            }

            /// How often each operation was asked.
            #[must_use]
            pub fn requests_by_operation(&self) -> ::std::collections::BTreeMap<String, u64> {
                self.app.asked.all()
            }

            /// Stops the server's clock at a time, or lets it run again.
            pub fn freeze(&self, at: Option<::jiff::civil::DateTime>) {
                self.app.store().clock.freeze(at);
            }

            /// Puts the server's clock forward.
            pub fn advance(&self, by: ::std::time::Duration) {
                self.app.store().clock.advance(by);
            }
        }
    };
}

/// The error of what is done in a system directly: its documentation, the system's name and what
/// it says of a refusal.
macro_rules! insert_error {
    ($doc:literal, $system:literal, $refuses:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum InsertError {
            /// The server has no such resource, or no record with that id.
            #[error("{system} has no {0}", system = $system)]
            Unknown(String),
            /// The server would refuse it; its message.
            #[error("{system} {refuses}: {0}", system = $system, refuses = $refuses)]
            Invalid(String),
        }
    };
    ($doc:literal, $system:literal, $refuses:literal, $refusal:ident) => {
        insert_error!($doc, $system, $refuses);

        impl From<$refusal> for InsertError {
            fn from(refusal: $refusal) -> InsertError {
                match refusal {
                    $refusal::Missing(_) => InsertError::Unknown("record with that id".into()),
                    refusal => InsertError::Invalid(refusal.text()),
                }
            }
        }
    };
}

pub(crate) use {api_methods, insert_error, shared_methods, shared_settings};
