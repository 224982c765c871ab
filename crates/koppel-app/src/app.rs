//! The composition: configuration, store, connectors, and what can be done with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use api_core::Timestamp;
use sync_core::engine::{PlanReport, PlannedChange};
use sync_core::store::{FlowRow, FlowSetup};
use sync_core::{
    Cancel, CheckReport, ConnectionName, Engine, EntityKind, Flow, FlowName, Progress, RunOptions,
    RunReport, StateStore, StoreError, SyncError,
};
use sync_store::{SqliteStore, StoreInfo};
use tokio::sync::{Notify, OnceCell};

use crate::config::{Config, ConnectionConfig, FlowConfig};
use crate::connect::{self, Made};
use crate::error::{AppError, Doing, RemoteError};
use crate::owner;
use crate::pump::Pump;
use crate::report::SyncReport;
use crate::schedule::Due;
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
    pub(crate) connectors: Mutex<BTreeMap<ConnectionName, Made>>,
    pub(crate) options: tokio::sync::Mutex<BTreeMap<ConnectionName, Arc<CrmOptions>>>,
}

struct Opened {
    sqlite: SqliteStore,
    store: Arc<dyn StateStore>,
    pump: Pump,
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
        let store: Arc<dyn StateStore> = Arc::new(sqlite.clone());
        #[cfg(debug_assertions)]
        let store = crate::halt::from_environment(store).map_err(|message| AppError::Asked {
            message,
            help: "unset it; it is for crash tests only".to_owned(),
        })?;
        Ok(Opened {
            pump: Pump::new(Arc::clone(&store), &self.config.store.events),
            sqlite,
            store,
        })
    }

    /// Closes the store; what was committed stays.
    pub async fn close(&self) {
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

    /// Syncs a flow to its end. A run that was interrupted goes on first.
    ///
    /// A flow that is held by a process of this host that is gone is taken over at once. Events
    /// are moved to the events file meanwhile; if that cannot be written, the sync goes on and the
    /// report has a warning.
    ///
    /// # Errors
    /// When the run could not begin; what ends it early later stands in the report.
    pub async fn sync(
        &self,
        flow: &str,
        options: &RunOptions,
        progress: OnProgress,
        cancel: &Cancel,
    ) -> Result<SyncReport, AppError> {
        let flow = self.ready(flow).await?;
        if let Some(asked) = &options.entities
            && let Some(entity) = asked
                .iter()
                .find(|entity| !flow.entities().contains(entity))
        {
            return Err(self.not_in_flow(&flow, *entity));
        }
        let opened = self.opened().await?;
        tracing::info!(
            flow = flow.name().as_str(),
            from = flow.source_name().as_str(),
            to = flow.target_name().as_str(),
            "The sync begins."
        );
        let engine = Engine::new(Arc::clone(&opened.store))
            .owner(self.owner.clone())
            .cancel(cancel.clone())
            .progress(move |told| {
                if let Progress::Entity { entity, total } = told {
                    tracing::debug!(%entity, total, "A kind of record begins.");
                }
                progress(told);
            });
        let stop = Notify::new();
        let work = async {
            let result = self.run(&engine, &flow, options).await;
            stop.notify_one();
            result
        };
        let (result, pumped) = tokio::join!(work, opened.pump.run_until(&stop));
        let mut report = match result {
            Ok(done) => self.report(&flow, done).await?,
            Err(SyncError::Store(error)) => self.cut_short(&flow, error).await,
            Err(error) => return Err(self.failed(error)),
        };
        if let Err(error) = pumped {
            let error = AppError::Events(error);
            let help = error.help().unwrap_or_default();
            report.warnings.push(format!("{error}; {help}"));
        }
        tracing::info!(
            flow = flow.name().as_str(),
            status = %report.status(),
            counts = %report.total(),
            "The sync ended."
        );
        Ok(report)
    }

    /// Syncs all flows whose time has come, each once, and tells how each went.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sync_due(
        &self,
        progress: OnProgress,
        cancel: &Cancel,
        tell: &mut (dyn FnMut(SyncReport) + Send),
    ) -> Result<(), AppError> {
        let options = RunOptions {
            scheduled: true,
            ..RunOptions::default()
        };
        for (name, due) in self.due().await? {
            if due != Due::Now || cancel.is_cancelled() {
                continue;
            }
            let done = self.sync(name.as_str(), &options, Arc::clone(&progress), cancel);
            match done.await {
                Ok(report) => tell(report),
                // Another process was faster.
                Err(AppError::Busy { .. }) => {}
                Err(error) => tell(SyncReport::failed(name, error)),
            }
        }
        Ok(())
    }

    /// Where each flow stands with its schedule.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn due(&self) -> Result<Vec<(FlowName, Due)>, AppError> {
        let store = self.store().await?;
        let now = Timestamp::now();
        let mut all = Vec::new();
        for flow in self.config.flows.values() {
            if let Ok(schedule) = self.schedule(flow).await
                && schedule.every.is_some()
            {
                let setup = FlowSetup {
                    name: flow.name.clone(),
                    source: flow.from.clone(),
                    target: flow.to.clone(),
                    every: schedule.every,
                };
                store
                    .ensure_flow(&setup, now)
                    .await
                    .map_err(self.stored())?;
            }
            let row = store.flow(&flow.name).await.map_err(self.stored())?;
            all.push((flow.name.clone(), self.due_of(flow, row.as_ref()).await));
        }
        Ok(all)
    }

    async fn run(
        &self,
        engine: &Engine,
        flow: &Flow,
        options: &RunOptions,
    ) -> Result<RunReport, SyncError> {
        loop {
            match engine.sync(flow, options).await {
                Err(SyncError::Busy { flow, owner, .. }) if owner::is_dead(&owner) => {
                    tracing::info!(
                        flow = flow.as_str(),
                        owner,
                        "The process that held the flow is gone; taking over."
                    );
                    engine.store().break_lease(&flow, &owner).await?;
                }
                done => return done,
            }
        }
    }

    async fn report(&self, flow: &Flow, done: RunReport) -> Result<SyncReport, AppError> {
        let (parked, parked_more) = self.parked_in(flow.name(), done.run.id).await?;
        Ok(SyncReport {
            flow: flow.name().clone(),
            run: Some(done.run),
            parked,
            parked_more,
            error: done.error.map(|error| self.failed(error)),
            warnings: Vec::new(),
        })
    }

    /// A run that the store ended. What can still be read of it goes into the report.
    async fn cut_short(&self, flow: &Flow, error: StoreError) -> SyncReport {
        let mut report = SyncReport::failed(flow.name().clone(), self.stored()(error));
        if let Ok(store) = self.store().await
            && let Ok(Some(row)) = store.flow(flow.name()).await
            && let Some(position) = row.position
            && let Ok(run) = store.run(position.run).await
        {
            report.run = run;
        }
        report
    }

    /// Compares without writing anything, and tells each change that a sync would make.
    ///
    /// # Errors
    /// When the flow or the store cannot be used, or a system fails.
    pub async fn plan(
        &self,
        flow: &str,
        entities: Option<&[EntityKind]>,
        cancel: &Cancel,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<PlanReport, AppError> {
        let flow = self.ready(flow).await?;
        if let Some(entity) =
            (entities.unwrap_or_default().iter()).find(|entity| !flow.entities().contains(entity))
        {
            return Err(self.not_in_flow(&flow, *entity));
        }
        Engine::new(Arc::clone(self.store().await?))
            .owner(self.owner.clone())
            .cancel(cancel.clone())
            .plan(&flow, entities, tell)
            .await
            .map_err(|error| self.failed(error))
    }

    /// Tests a connection step by step.
    ///
    /// # Errors
    /// When there is no such connection, or it cannot be made of its settings. What the test
    /// finds stands in the report; [`check_error`](Self::check_error) puts it into words.
    pub async fn test_connection(&self, name: &str) -> Result<CheckReport, AppError> {
        let connector = self.connector(&ConnectionName::from(name)).await?;
        Ok(connector.check().await)
    }

    /// The first failure of a connection test, with the next step.
    #[must_use]
    pub fn check_error(&self, name: &str, report: &CheckReport) -> Option<AppError> {
        let error = report.error.clone()?;
        Some(self.remote(name, Doing::Testing, error))
    }

    /// What there is in the store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn store_info(&self) -> Result<StoreInfo, AppError> {
        let opened = self.opened().await?;
        opened.sqlite.info().await.map_err(self.stored())
    }

    fn not_in_flow(&self, flow: &Flow, entity: EntityKind) -> AppError {
        let synced: Vec<&str> = flow
            .entities()
            .iter()
            .map(|entity| entity.as_str())
            .collect();
        AppError::Asked {
            message: format!("the flow `{}` syncs no {}", flow.name(), entity.plural()),
            help: format!("it syncs {}", synced.join(", ")),
        }
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
