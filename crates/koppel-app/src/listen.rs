//! Listening for webhooks: a receiver on this machine, and syncs that follow what it hears.
//!
//! A webhook is a hint. The record it names is read by its id and synced at once; what no webhook
//! told is found by the poll that stays behind them, and counted as repaired.

mod hints;
mod server;
#[cfg(test)]
mod tests;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api_core::{ExposeSecret, SecretString};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sync_core::{Cancel, EntityKind, RunOptions};
use syncro_client::webhook::{Event, Receiver};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

use crate::app::{App, OnProgress};
use crate::config::{ConnectionConfig, ConnectionSettings, SyncroSettings};
use crate::connect;
use crate::error::AppError;
use crate::report::SyncReport;
pub(crate) use hints::kind_of;
use server::{Door, Limits};
use work::{Plan, Syncs};

/// The path that deliveries are posted below.
pub(crate) const PATH: &str = "/hook/";
/// How many deliveries wait to be taken up; more than that are left to the poll.
const QUEUE: usize = 1_024;

/// How to listen.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Where to listen.
    pub bind: SocketAddr,
    /// The flows that follow what is heard.
    pub flows: Vec<String>,
    /// How often everything is read, to find what no webhook told; `None` is never.
    pub poll: Option<Duration>,
    /// How long after one run of hints the next begins at the earliest.
    pub debounce: Duration,
    /// Asks for a poll out of turn.
    pub poll_now: Arc<Notify>,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8787)),
            flows: Vec::new(),
            poll: Some(Duration::from_secs(15 * 60)),
            debounce: Duration::from_secs(10),
            poll_now: Arc::new(Notify::new()),
        }
    }
}

/// What is heard and done while listening.
#[derive(Debug)]
#[non_exhaustive]
pub enum Heard {
    /// Deliveries can come.
    Listening {
        /// Where.
        address: SocketAddr,
        /// The path token, if it was made up for this session: to be shown once, for the address
        /// that is pasted into Syncro.
        made_up: Option<SecretString>,
    },
    /// A delivery came in.
    Delivery {
        /// What it tells.
        event: Box<Event>,
        /// Whether the very same came in a moment ago.
        duplicate: bool,
    },
    /// Deliveries came faster than they could be taken up: a poll brings what they told.
    Overflow {
        /// How many were left out.
        deliveries: u64,
    },
    /// A flow was synced.
    Synced {
        /// How it went; `repaired` of its run is what no webhook had told.
        report: Box<SyncReport>,
        /// Whether everything was read, and not only what hints named.
        poll: bool,
    },
}

/// What came of listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Listened {
    /// Deliveries that were taken, without doubles.
    pub deliveries: u64,
    /// Deliveries that had come before.
    pub duplicates: u64,
    /// Records that no webhook had told of and a poll brought.
    pub repaired: i64,
    /// Records that hints named and that wait for the next sync.
    pub left: usize,
}

impl App {
    /// Listens for webhooks of a connection until it is asked to stop, and syncs what they name.
    ///
    /// With flows, everything is read at the start and then every [`poll`](ListenOptions::poll);
    /// from the second time on, a poll counts what no webhook had told. A run that fails is told,
    /// and its hints are tried again.
    ///
    /// # Errors
    /// When the connection sends no webhooks, a flow does not read from it, or the address cannot
    /// be listened at.
    pub async fn listen(
        &self,
        connection: &str,
        options: &ListenOptions,
        progress: OnProgress,
        cancel: &Cancel,
        tell: &mut (dyn FnMut(Heard) + Send),
    ) -> Result<Listened, AppError> {
        let (from, settings) = self.sends_webhooks(connection)?;
        let flows = self.flows_from(from, &options.flows)?;
        let (receiver, made_up) = receiver_of(from, settings)?;
        let listener = TcpListener::bind(options.bind)
            .await
            .map_err(|error| AppError::Failed {
                message: format!("{} cannot be listened at: {error}", options.bind),
                help: "name another address with --bind, such as 127.0.0.1:8788".to_owned(),
            })?;
        let address = listener.local_addr().map_err(|error| AppError::Failed {
            message: format!("{} cannot be listened at: {error}", options.bind),
            help: "name another address with --bind, such as 127.0.0.1:8788".to_owned(),
        })?;
        tell(Heard::Listening { address, made_up });
        let (queue, deliveries) = mpsc::channel(QUEUE);
        let door = Arc::new(Door::new(receiver, queue));
        let missed = door.missed();
        let plan = Plan {
            flows,
            poll: options.poll,
            debounce: options.debounce,
            poll_now: Arc::clone(&options.poll_now),
        };
        let syncs = Running {
            app: self,
            progress,
            cancel,
        };
        let serve = server::serve(listener, door, Limits::default(), cancel.clone());
        let serving = tokio::spawn(serve);
        // Opened now, so that what is heard finds it.
        self.audit.if_usable().await;
        let mut noting = |heard: Heard| {
            if let Heard::Delivery { event, duplicate } = &heard {
                self.audit.heard(from, event, *duplicate);
            }
            tell(heard);
        };
        let listened = work::work(&syncs, plan, deliveries, missed, cancel, &mut noting).await;
        if let Err(error) = serving.await {
            tracing::warn!(%error, "The receiver of webhooks ended with an error.");
        }
        Ok(listened)
    }

    /// A connection that sends webhooks.
    pub(crate) fn sends_webhooks(
        &self,
        name: &str,
    ) -> Result<(&ConnectionConfig, &SyncroSettings), AppError> {
        let connection = self.config().connection(name)?;
        match &connection.settings {
            ConnectionSettings::Syncro(settings) => Ok((connection, settings)),
            _ => Err(AppError::Asked {
                message: format!(
                    "the connection `{name}` is of kind `{}`: only Syncro sends webhooks",
                    connection.kind
                ),
                help: "name a connection of kind \"syncro\"; `koppel connection list` shows them"
                    .to_owned(),
            }),
        }
    }

    /// The flows that were asked for, each with the kinds of record that it reads from there.
    fn flows_from(
        &self,
        from: &ConnectionConfig,
        names: &[String],
    ) -> Result<Vec<(String, Vec<EntityKind>)>, AppError> {
        let mut flows: Vec<(String, Vec<EntityKind>)> = Vec::new();
        for name in names {
            let flow = self.config().flow(name)?;
            if flow.from != from.name {
                return Err(AppError::Asked {
                    message: format!(
                        "the flow `{name}` reads from `{}`, not from `{}`",
                        flow.from, from.name
                    ),
                    help: "name a flow that reads from there; `koppel flow list` shows them"
                        .to_owned(),
                });
            }
            if !flows.iter().any(|(known, _)| known == name) {
                flows.push((name.clone(), flow.entities.clone()));
            }
        }
        Ok(flows)
    }
}

/// The receiver of a connection, and the token that was made up for it if the configuration has
/// none.
fn receiver_of(
    connection: &ConnectionConfig,
    settings: &SyncroSettings,
) -> Result<(Receiver, Option<SecretString>), AppError> {
    let (token, made_up) = match &settings.webhook_token {
        Some(reference) => (
            connect::secret(connection, "webhook_token", reference)?,
            None,
        ),
        None => {
            let token = make_token()?;
            (token.clone(), Some(token))
        }
    };
    let receiver = Receiver::builder(token)
        .build()
        .map_err(|error| connection.problem("webhook_token", error.message()))?;
    Ok((receiver, made_up))
}

/// A token that nobody can guess: 192 bits from the operating system.
fn make_token() -> Result<SecretString, AppError> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| AppError::Failed {
        message: format!("the system gives no random numbers: {error}"),
        help: "set `webhook_token` of the connection to a reference to a long random text"
            .to_owned(),
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// The address of a receiver; without its token where that may not be shown.
#[must_use]
pub fn hook_address(address: SocketAddr, token: Option<&SecretString>) -> String {
    let token = token.map_or("WEBHOOK_TOKEN", |token| token.expose_secret());
    format!("http://{address}{PATH}{token}")
}

/// Syncs the flows of an app.
struct Running<'a> {
    app: &'a App,
    progress: OnProgress,
    cancel: &'a Cancel,
}

#[async_trait]
impl Syncs for Running<'_> {
    async fn sync(&self, flow: &str, options: RunOptions) -> Result<SyncReport, AppError> {
        let progress = Arc::clone(&self.progress);
        self.app.sync(flow, &options, progress, self.cancel).await
    }
}
