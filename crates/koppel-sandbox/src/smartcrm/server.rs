//! Starting, asking and ending a faked SmartCRM.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::dialect::{Dialect, Face};
use super::faults::Faults;
use super::handler::{App, MAX_BODY, serve};
use super::hooks::{Hook, HookAction, RequestEvent};
use super::limit::RateLimit;
use super::record::JournalEntry;
use super::schema::{Resource, scalar};
use super::seed::CatalogueSize;
use super::store::{Ask, ExternalIdMode, Refusal, Store, parse_id};
use super::webhook::{Outbox, WebhookDelivery};
use super::wire::{Gate, Line};

/// How long a shutdown waits for open connections.
const GRACE: Duration = Duration::from_secs(2);

/// The faked SmartCRM or one of its kin; [`SmartCrm::builder`] is the way in.
#[derive(Debug)]
pub struct SmartCrm;

impl SmartCrm {
    /// A server with token `demo`, idempotency keys and upsert by `external_id`.
    pub fn builder() -> SmartCrmBuilder {
        SmartCrmBuilder {
            token: "demo".into(),
            client_token: None,
            idempotency: true,
            external_ids: None,
            face: Face::default(),
            max_batch: 50,
            max_body: MAX_BODY,
            limit: None,
            webhook: None,
            latency: Duration::ZERO,
            seed: 0,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            hook: None,
        }
    }
}

/// Settings of a server that is to be started.
#[must_use]
pub struct SmartCrmBuilder {
    token: String,
    client_token: Option<String>,
    idempotency: bool,
    external_ids: Option<ExternalIdMode>,
    face: Face,
    max_batch: usize,
    max_body: usize,
    limit: Option<(u32, Duration)>,
    webhook: Option<(String, String)>,
    latency: Duration,
    seed: u64,
    bind: SocketAddr,
    hook: Option<Hook>,
}

impl fmt::Debug for SmartCrmBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmartCrmBuilder")
            .field("idempotency", &self.idempotency)
            .field("external_ids", &self.external_ids)
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}

impl SmartCrmBuilder {
    /// Which API it speaks; SmartCRM's if nothing is said.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.face.dialect = dialect;
        self
    }

    /// The version of Perfex's REST module, 2 or 3; others have one alone.
    ///
    /// Version 2 gives no id with a create and no pages, has no batch and no idempotency keys, and
    /// tells invalid records by a 404.
    pub fn api_version(mut self, version: u8) -> Self {
        self.face.version = version;
        self
    }

    /// The zone of the naive times of Perfex and RISE; UTC if nothing is said.
    pub fn time_zone(mut self, zone: jiff::tz::TimeZone) -> Self {
        self.face.zone = zone;
        self
    }

    /// So many requests in each window of time; more get a 429.
    ///
    /// Every answer then carries `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix seconds).
    pub fn rate_limit(mut self, requests: u32, window: Duration) -> Self {
        self.limit = Some((requests, window));
        self
    }

    /// Most bytes of a request's body, 8 MiB if nothing is said; more get a 413.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Tells each change of a record to this address, signed with the secret.
    pub fn webhook(mut self, url: impl Into<String>, secret: impl Into<String>) -> Self {
        self.webhook = Some((url.into(), secret.into()));
        self
    }

    /// The token that is accepted: bearer, `authtoken` (Perfex), or bearer and `X-API-Token` (RISE).
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// The token that V2 routes need besides; without one they refuse all.
    pub fn client_token(mut self, token: impl Into<String>) -> Self {
        self.client_token = Some(token.into());
        self
    }

    /// Whether `Idempotency-Key` is honoured, where the dialect has it.
    pub fn idempotency(mut self, honoured: bool) -> Self {
        self.idempotency = honoured;
        self
    }

    /// What becomes of `external_id`: SmartCRM upserts by it unless told otherwise, RISE drops it
    /// unless told otherwise, Perfex drops it always.
    pub fn external_id(mut self, mode: ExternalIdMode) -> Self {
        self.external_ids = Some(mode);
        self
    }

    /// Most records of one batch; more get a 413.
    pub fn max_batch(mut self, records: usize) -> Self {
        self.max_batch = records;
        self
    }

    /// How long each answer takes at least.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The seed of faults with a probability.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The address to listen on; by default a free port of 127.0.0.1.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = address;
        self
    }

    /// A function that is asked twice about every API request.
    pub fn on_request(
        mut self,
        hook: Arc<dyn Fn(RequestEvent) -> HookAction + Send + Sync>,
    ) -> Self {
        self.hook = Some(Hook(hook));
        self
    }

    /// Starts to listen.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(self) -> io::Result<SmartCrmServer> {
        let listener = TcpListener::bind(self.bind).await?;
        let address = listener.local_addr()?;
        let (close, closing) = watch::channel(false);
        let outbox = Outbox::start();
        outbox.point(self.webhook);
        let face = Arc::new(self.face);
        let mut store = Store::default();
        store.external_ids = match face.dialect {
            Dialect::Perfex => ExternalIdMode::Ignored,
            Dialect::Rise => self.external_ids.unwrap_or(ExternalIdMode::Ignored),
            Dialect::SmartCrm => self.external_ids.unwrap_or_default(),
        };
        store.face = Arc::clone(&face);
        store.outbox = Some(outbox.clone());
        let app = Arc::new(App {
            token: self.token,
            client_token: self.client_token,
            idempotency: self.idempotency,
            face,
            max_batch: self.max_batch,
            max_body: self.max_body,
            limit: self.limit.map(|(n, window)| RateLimit::new(n, window)),
            outbox,
            latency: self.latency,
            store: Mutex::new(store),
            faults: Faults::new(self.seed),
            hook: Mutex::new(self.hook),
            requests: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            closing: closing.clone(),
        });
        let router = Router::new().fallback(serve).with_state(Arc::clone(&app));
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
        Ok(SmartCrmServer {
            app,
            address,
            close,
            task: Some(task),
        })
    }
}

/// Why a record was not put into the server directly.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsertError {
    /// The server has no such resource, or no record with that id.
    Unknown(String),
    /// The server would refuse the record; its message.
    Invalid(String),
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InsertError::Unknown(what) => write!(f, "SmartCRM has no {what}"),
            InsertError::Invalid(message) => write!(f, "SmartCRM refuses the record: {message}"),
        }
    }
}

impl std::error::Error for InsertError {}

/// A running server; it ends when this is dropped.
pub struct SmartCrmServer {
    app: Arc<App>,
    address: SocketAddr,
    close: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl fmt::Debug for SmartCrmServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmartCrmServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl SmartCrmServer {
    /// The API's base, `http://127.0.0.1:PORT/index.php/api/`, with Perfex `…/api/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.app.face.dialect.base())
    }

    /// Where the sandbox's own routes stand, `http://127.0.0.1:PORT/__sandbox/`.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}/__sandbox/", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every write that was applied, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.app.store().journal().to_vec()
    }

    /// The writes that were applied after the one with that `seq`.
    #[must_use]
    pub fn journal_since(&self, seq: u64) -> Vec<JournalEntry> {
        let from = usize::try_from(seq).unwrap_or(usize::MAX);
        let store = self.app.store();
        store.journal().get(from..).unwrap_or_default().to_vec()
    }

    /// How many writes were applied.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.app.store().journal().len() as u64
    }

    /// How many API requests arrived.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.app.requests.load(Ordering::SeqCst)
    }

    /// How many API requests asked for a change, applied or not.
    #[must_use]
    pub fn write_requests(&self) -> u64 {
        self.app.writes.load(Ordering::SeqCst)
    }

    /// All records of a resource as an answer would show them, by id.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn records(&self, entity: &str) -> Vec<Value> {
        let resource = self.known(entity);
        let store = self.app.store();
        store
            .all(resource)
            .map(|stored| store.shown(resource, stored))
            .collect()
    }

    /// One record as an answer would show it.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn record(&self, entity: &str, id: &str) -> Option<Value> {
        let resource = self.known(entity);
        let store = self.app.store();
        let stored = store.get(resource, id)?;
        Some(store.shown(resource, stored))
    }

    /// How many records of a resource there are.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn count(&self, entity: &str) -> usize {
        self.app.store().count(self.known(entity))
    }

    /// Puts a record in as if it had always been there; gives its id.
    ///
    /// Not journalled. Checked as a create over HTTP is.
    ///
    /// # Errors
    /// The resource is unknown, or the record is refused.
    pub fn insert(&self, entity: &str, record: &Value) -> Result<String, InsertError> {
        let resource = self.resource(entity)?;
        let fields = object(record)?;
        let external = fields.get("external_id").and_then(scalar);
        self.app
            .store()
            .create(resource, external.as_deref(), fields, &Ask::DIRECT)
            .map(|outcome| outcome.id().to_string())
            .map_err(|refusal| refusal_error(entity, &refusal))
    }

    /// Changes a record as a person working in SmartCRM would.
    ///
    /// Not journalled; `updated_at` moves.
    ///
    /// # Errors
    /// The resource or the id is unknown, or the change is refused.
    pub fn edit(&self, entity: &str, id: &str, patch: &Value) -> Result<(), InsertError> {
        let resource = self.resource(entity)?;
        let fields = object(patch)?;
        let external = fields.get("external_id").and_then(scalar);
        let number = parse_id(id).ok_or_else(|| InsertError::Unknown(format!("{entity}/{id}")))?;
        self.app
            .store()
            .update(resource, number, external.as_deref(), fields, &Ask::DIRECT)
            .map(|_| ())
            .map_err(|refusal| refusal_error(&format!("{entity}/{id}"), &refusal))
    }

    /// Deletes a record as a person working in SmartCRM would; not journalled.
    ///
    /// # Errors
    /// The resource or the id is unknown.
    pub fn remove(&self, entity: &str, id: &str) -> Result<(), InsertError> {
        let resource = self.resource(entity)?;
        let number = parse_id(id).ok_or_else(|| InsertError::Unknown(format!("{entity}/{id}")))?;
        self.app
            .store()
            .delete(resource, number, &Ask::DIRECT)
            .map_err(|refusal| refusal_error(&format!("{entity}/{id}"), &refusal))
    }

    /// The faults, to set and clear them while the server runs.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.app.faults.clone()
    }

    /// Sets or takes away the hook while the server runs.
    pub fn set_hook(&self, hook: Option<Arc<dyn Fn(RequestEvent) -> HookAction + Send + Sync>>) {
        *self.app.hook.lock().unwrap_or_else(PoisonError::into_inner) = hook.map(Hook);
    }

    /// Sends webhooks to another address from now on, or to none.
    ///
    /// `target` is the address and the secret that signs.
    pub fn set_webhook(&self, target: Option<(&str, &str)>) {
        let target = target.map(|(url, secret)| (url.to_owned(), secret.to_owned()));
        self.app.outbox.point(target);
    }

    /// The webhooks that were sent, in the order of the changes, refused ones among them.
    #[must_use]
    pub fn webhooks(&self) -> Vec<WebhookDelivery> {
        self.app.outbox.sent()
    }

    /// Waits until every webhook that is due was sent or given up.
    pub async fn webhooks_sent(&self) {
        self.app.outbox.settled().await;
    }

    /// The addresses that a Perfex server wrote a welcome mail to, because a contact was made
    /// without `donotsendwelcomeemail`.
    #[must_use]
    pub fn welcome_mails(&self) -> Vec<String> {
        self.app.store().mails.clone()
    }

    /// Fills the catalogue: product groups, products, discounts, stock, orders, and the customers
    /// and paid invoices that belong to them.
    ///
    /// The same seed makes the same records (but for the server's own times). Customers that are
    /// there already are used; only missing ones are made. Not journalled.
    ///
    /// # Errors
    /// The dialect has no such resources, or refuses a record.
    pub fn seed_catalogue(&self, size: &CatalogueSize, seed: u64) -> Result<(), InsertError> {
        super::seed::fill(self, size, seed)
    }

    fn known(&self, entity: &str) -> Resource {
        let Some(resource) = self.app.face.dialect.meant(entity) else {
            panic!("{} has no resource {entity:?}", self.app.face.dialect);
        };
        resource
    }

    fn resource(&self, entity: &str) -> Result<Resource, InsertError> {
        let found = self.app.face.dialect.meant(entity);
        found.ok_or_else(|| InsertError::Unknown(format!("resource {entity}")))
    }

    /// Stops listening, closes all connections and waits for the end.
    pub async fn shutdown(mut self) {
        self.close.send_replace(true);
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(GRACE, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for SmartCrmServer {
    fn drop(&mut self) {
        self.close.send_replace(true);
    }
}

fn object(record: &Value) -> Result<&serde_json::Map<String, Value>, InsertError> {
    record
        .as_object()
        .ok_or_else(|| InsertError::Invalid("a record is a JSON object".into()))
}

fn refusal_error(what: &str, refusal: &Refusal) -> InsertError {
    match refusal {
        Refusal::Unknown => InsertError::Unknown(what.to_owned()),
        Refusal::Invalid(faults) => InsertError::Invalid(
            faults
                .iter()
                .map(|(_, reason)| reason.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        ),
    }
}
