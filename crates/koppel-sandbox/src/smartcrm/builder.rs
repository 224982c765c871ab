//! Starting a faked SmartCRM.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;

use super::dialect::{Dialect, Face};
use super::handler::App;
use super::limit::RateLimit;
use super::server::SmartCrmServer;
use super::store::{ExternalIdMode, Store};
use super::webhook::Outbox;
use crate::common::{Api as _, Setup, serve, shared_settings};

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
            max_body: App::MAX_BODY,
            limit: None,
            webhook: None,
            setup: Setup::default(),
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
    setup: Setup,
}

impl fmt::Debug for SmartCrmBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmartCrmBuilder")
            .field("idempotency", &self.idempotency)
            .field("external_ids", &self.external_ids)
            .field("bind", &self.setup.bind)
            .finish_non_exhaustive()
    }
}

shared_settings!(SmartCrmBuilder);

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

    /// The seed of faults with a probability.
    pub fn seed(mut self, seed: u64) -> Self {
        self.setup.seed = seed;
        self
    }

    /// Starts to listen.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(self) -> io::Result<SmartCrmServer> {
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
        let build = |desk| App {
            token: self.token,
            client_token: self.client_token,
            idempotency: self.idempotency,
            face,
            max_batch: self.max_batch,
            max_body: self.max_body,
            limit: self.limit.map(|(n, window)| RateLimit::new(n, window)),
            outbox,
            store: Mutex::new(store),
            desk,
        };
        let route = |app| Router::new().fallback(serve).with_state(app);
        let (app, running) = self.setup.start(build, route).await?;
        Ok(SmartCrmServer { app, running })
    }
}
