//! The composition: configuration, store, connectors, and what can be done with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use sync_core::store::FlowRow;
use sync_core::{ConnectionName, FlowName, Progress, StateStore, StoreError, SyncError};
use sync_store::{SqliteStore, StoreInfo};
use tokio::sync::OnceCell;

use crate::audit::Audit;
use crate::config::{Config, ConnectionConfig, FlowConfig};
use crate::connect::{self, Made};
use crate::error::{AppError, Doing, RemoteError};
use crate::owner;
use crate::settings::CrmOptions;

/// Is told how runs get on.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// A configuration with everything that it names: a store, and connectors that are made with
/// their first use.
///
/// ```no_run
/// use std::sync::Arc;
/// use koppel_app::App;
/// use koppel_app::sync_core::{Cancel, RunOptions};
///
/// # async fn run() -> Result<(), koppel_app::AppError> {
/// let app = App::open("koppel.toml").await?;
/// let told = Arc::new(|progress| println!("{progress:?}"));
/// let report = app.sync("push", &RunOptions::default(), told, &Cancel::new()).await?;
/// println!("{:?}", report.total());
/// # Ok(())
/// # }
/// ```
pub struct App {
    config: Config,
    owner: String,
    opened: OnceCell<Opened>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) connectors: Mutex<BTreeMap<ConnectionName, Made>>,
    pub(crate) options: tokio::sync::Mutex<BTreeMap<ConnectionName, Arc<CrmOptions>>>,
}

struct Opened {
    sqlite: SqliteStore,
    store: Arc<dyn StateStore>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("config", &self.config.path)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Reads a configuration and opens its store.
    ///
    /// # Errors
    /// When the configuration or the store cannot be used.
    pub async fn open(config: impl AsRef<Path>) -> Result<Self, AppError> {
        let app = Self::load(config)?;
        app.opened().await?;
        Ok(app)
    }

    /// Reads a configuration; the store is opened with its first use.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn load(config: impl AsRef<Path>) -> Result<Self, AppError> {
        Ok(Self::new(Config::load(config)?))
    }

    /// Takes a configuration that was read.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            audit: Audit::new(&config),
            config,
            owner: owner::current(),
            opened: OnceCell::new(),
            connectors: Mutex::new(BTreeMap::new()),
            options: tokio::sync::Mutex::default(),
        }
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn store(&self) -> Result<&Arc<dyn StateStore>, AppError> {
        Ok(&self.opened().await?.store)
    }

    async fn opened(&self) -> Result<&Opened, AppError> {
        self.opened.get_or_try_init(|| self.open_store()).await
    }

    async fn open_store(&self) -> Result<Opened, AppError> {
        let path = &self.config.store.path;
        let sqlite = SqliteStore::open(path).await.map_err(self.stored())?;
        let sqlite = sqlite.actor(self.user());
        let store: Arc<dyn StateStore> = Arc::new(sqlite.clone());
        #[cfg(debug_assertions)]
        let store = crate::halt::from_environment(store).map_err(|message| AppError::Asked {
            message,
            help: "unset it; it is for crash tests only".to_owned(),
        })?;
        Ok(Opened { sqlite, store })
    }

    /// Writes down what is still on its way into the audit log, and closes it and the store.
    pub async fn close(&self) {
        self.audit.close().await;
        if let Some(opened) = self.opened.get() {
            opened.sqlite.close().await;
        }
    }

    /// The flows of the configuration by name, each with what the store knows of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn flows(&self) -> Result<Vec<(&FlowConfig, Option<FlowRow>)>, AppError> {
        let rows = self.store().await?.flows().await.map_err(self.stored())?;
        let row = |name: &FlowName| rows.iter().find(|row| row.name == *name).cloned();
        let flows = self.config.flows.values();
        Ok(flows.map(|flow| (flow, row(&flow.name))).collect())
    }

    /// What there is in the store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn store_info(&self) -> Result<StoreInfo, AppError> {
        let opened = self.opened().await?;
        opened.sqlite.info().await.map_err(self.stored())
    }

    /// The name under which this process holds flows.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    pub(crate) fn stored(&self) -> impl Fn(StoreError) -> AppError + '_ {
        |error| AppError::Store {
            path: self.config.store.path.clone(),
            error,
        }
    }

    pub(crate) fn failed(&self, error: SyncError) -> AppError {
        match error {
            SyncError::Busy { flow, owner, until } => AppError::Busy { flow, owner, until },
            SyncError::Store(error) => self.stored()(error),
            SyncError::Source { connection, error } => {
                self.remote(&connection, Doing::Reading, error)
            }
            SyncError::Target { connection, error } => {
                self.remote(&connection, Doing::Writing, error)
            }
            SyncError::Settling { .. } => AppError::Failed {
                message: error.to_string(),
                help: "sync again then; or make `settle_ms` shorter in the connection's profile"
                    .to_owned(),
            },
            _ => AppError::Cancelled,
        }
    }

    pub(crate) fn remote(&self, name: &str, doing: Doing, error: api_core::Error) -> AppError {
        let connection: Option<&ConnectionConfig> = self.config.connections.get(name);
        let (place, login) =
            connection.map_or(("url", None), |of| connect::keys(of, error.code_str()));
        AppError::Remote(Box::new(RemoteError {
            connection: name.to_owned(),
            address: connection.map(connect::address).unwrap_or_default(),
            place,
            login: login.as_ref().map(|(key, _)| *key),
            secret: login.and_then(|(_, secret)| secret),
            doing,
            error,
        }))
    }
}
