//! The composition: configuration, store, connectors, and what can be done with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_core::Timestamp;
use sync_core::engine::{PlanReport, PlannedChange};
use sync_core::store::{FlowRow, FlowSetup, FlowState};
use sync_core::{
    Cancel, CheckReport, ConnectionName, Connector, Engine, EntityKind, Flow, FlowName, Progress,
    RunOptions, RunReport, StateStore, StoreError, SyncError,
};
use sync_store::{SqliteStore, StoreInfo};
use tokio::sync::{Notify, OnceCell};

use crate::config::{Config, ConnectionConfig, ConnectionSettings, FlowConfig};
use crate::connect::{self, Made, connect};
use crate::error::{AppError, Doing, RemoteError};
use crate::pump::Pump;
use crate::report::SyncReport;
use crate::settings::{CrmOptions, Setting};
use crate::{flows, owner, settings};

/// Is told how runs get on.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Where a flow stands with its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// It is time.
    Now,
    /// It is not yet time.
    At(Timestamp),
    /// It has no schedule.
    OnDemand,
    /// Its schedule is switched off (`cron = "no"`).
    Off,
    /// Its schedule stands in a CRM's options, which cannot be read;
    /// [`schedule`](App::schedule) says why.
    Unclear,
    /// Somebody stopped it.
    Paused,
    /// It was stopped, as it started three times without getting anything done.
    Broken,
    /// Another process is at work on it.
    Running,
}

/// How often a flow is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// How long after one run the next is due; `None` is only on demand.
    pub every: Option<Duration>,
    /// Whether it is due by itself at all.
    pub cron: bool,
}

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
    connectors: Mutex<BTreeMap<ConnectionName, Made>>,
    options: tokio::sync::Mutex<BTreeMap<ConnectionName, Arc<CrmOptions>>>,
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

    /// The connector of a connection; the same one each time. One that a flow writes to can write.
    ///
    /// # Errors
    /// When there is no such connection, or it cannot be made of its settings.
    pub async fn connector(&self, name: &ConnectionName) -> Result<Arc<dyn Connector>, AppError> {
        let connection = self.config.connection(name.as_str())?;
        let made = || {
            self.connectors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(made) = made().get(name) {
            return Ok(Arc::clone(&made.connector));
        }
        let options = self.options_for(connection).await?;
        let writable = self.config.flows.values().any(|flow| flow.to == *name);
        let made_now = connect(connection, writable, options.as_deref())?;
        Ok(Arc::clone(
            &made().entry(name.clone()).or_insert(made_now).connector,
        ))
    }

    /// A flow, ready to run, whose target has been looked at as far as that is needed to tell what
    /// it has a place for.
    async fn ready(&self, name: &str) -> Result<Flow, AppError> {
        let flow = self.flow(name).await?;
        let target = flow.target_name();
        let database = {
            let made = self
                .connectors
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            made.get(target).and_then(|made| made.database.clone())
        };
        if let Some(database) = database {
            let failed = |error| self.remote(target.as_str(), Doing::Writing, error);
            database.prepare().await.map_err(failed)?;
        }
        Ok(flow)
    }

    /// What a connection's settings come to, and where each comes from; empty for kinds whose
    /// settings all stand in the file.
    ///
    /// # Errors
    /// When a CRM's options cannot be read, or a setting cannot be used.
    pub async fn settings(&self, name: &ConnectionName) -> Result<Vec<Setting>, AppError> {
        let connection = self.config.connection(name.as_str())?;
        let ConnectionSettings::SmartCrm(own) = &connection.settings else {
            return Ok(Vec::new());
        };
        let options = self.options_for(connection).await?;
        Ok(settings::smartcrm(connection, own, options.as_deref())?.settings)
    }

    /// The CRM's own options that a connection's settings are taken from, if they are.
    async fn options_for(
        &self,
        connection: &ConnectionConfig,
    ) -> Result<Option<Arc<CrmOptions>>, AppError> {
        let ConnectionSettings::SmartCrm(own) = &connection.settings else {
            return Ok(None);
        };
        let Some(from) = &own.settings_from else {
            return Ok(None);
        };
        let mut read = self.options.lock().await;
        if let Some(options) = read.get(from) {
            return Ok(Some(Arc::clone(options)));
        }
        let source = self.config.connection(from.as_str())?;
        let options = connect::options(source)
            .await?
            .map_err(|error| self.remote(from.as_str(), Doing::Reading, error))?;
        let options = Arc::new(options);
        read.insert(from.clone(), Arc::clone(&options));
        Ok(Some(options))
    }

    /// How often a flow is due, by the file or else by the CRM's own options.
    ///
    /// # Errors
    /// When those options cannot be read, or make no sense.
    pub async fn schedule(&self, flow: &FlowConfig) -> Result<Schedule, AppError> {
        let mut schedule = Schedule {
            every: flow.every,
            cron: flow.cron.unwrap_or(true),
        };
        if flow.every.is_some() && flow.cron.is_some() {
            return Ok(schedule);
        }
        for end in [&flow.to, &flow.from] {
            let connection = self.config.connection(end.as_str())?;
            let Some(options) = self.options_for(connection).await? else {
                continue;
            };
            let wrong = |key, message: String| self.config.flow_problem(flow, key, message);
            if schedule.every.is_none() {
                schedule.every = options.interval().map_err(|text| wrong("every", text))?;
            }
            if flow.cron.is_none() {
                let cron = options.cron().map_err(|text| wrong("cron", text))?;
                schedule.cron = cron.unwrap_or(true);
            }
            break;
        }
        Ok(schedule)
    }

    /// A flow, ready to run.
    ///
    /// # Errors
    /// When there is no such flow, or it cannot be made of its settings.
    pub async fn flow(&self, name: &str) -> Result<Flow, AppError> {
        let flow = self.config.flow(name)?;
        let source = self.connector(&flow.from).await?;
        let target = self.connector(&flow.to).await?;
        let every = self.schedule(flow).await?.every;
        let out_of_reach = self.out_of_reach(flow).await?;
        Ok(flows::build(
            &self.config,
            flow,
            every,
            &out_of_reach,
            source,
            target,
        )?)
    }

    /// The kinds of record that the source gives only with its second token, where it has none.
    ///
    /// # Errors
    /// When the flow lists one of them. Where the token may stand in a CRM's options, it can be
    /// missed only now.
    async fn out_of_reach(&self, flow: &FlowConfig) -> Result<Vec<EntityKind>, AppError> {
        let source = self.config.connection(flow.from.as_str())?;
        let needed: Vec<EntityKind> = (EntityKind::ALL.into_iter())
            .filter(|entity| source.needs_client_token(*entity))
            .collect();
        if needed.is_empty() {
            return Ok(needed);
        }
        let settings = self.settings(&flow.from).await?;
        if settings.iter().any(|setting| setting.key == "client_token") {
            return Ok(Vec::new());
        }
        let asked: Vec<&str> = (needed.iter())
            .filter(|entity| flow.entities.contains(entity))
            .map(|entity| entity.plural())
            .collect();
        if asked.is_empty() {
            return Ok(needed);
        }
        let message = format!(
            "`client_token` is missing, here and among the CRM's options: the flow `{}` syncs {}, \
             which SmartCRM gives only with its second token\n  help: write \
             `client_token = \"env:NAME\"`, or list `entities` without them",
            flow.name,
            asked.join(", ")
        );
        Err(source.problem("client_token", message).into())
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

    /// Where a flow stands that the store knows as this.
    pub(crate) async fn due_of(&self, flow: &FlowConfig, row: Option<&FlowRow>) -> Due {
        match self.schedule(flow).await {
            Ok(schedule) => due(schedule, row, Timestamp::now()),
            Err(_) => Due::Unclear,
        }
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

    fn failed(&self, error: SyncError) -> AppError {
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

    fn remote(&self, name: &str, doing: Doing, error: api_core::Error) -> AppError {
        let connection: Option<&ConnectionConfig> = self.config.connections.get(name);
        let (place, login) = connection.map_or(("url", None), connect::keys);
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

fn due(schedule: Schedule, row: Option<&FlowRow>, now: Timestamp) -> Due {
    let Some(row) = row.filter(|_| schedule.every.is_some()) else {
        return Due::OnDemand;
    };
    match row.state {
        FlowState::Paused => return Due::Paused,
        FlowState::Broken => return Due::Broken,
        _ if !schedule.cron => return Due::Off,
        FlowState::Idle | FlowState::Running => {}
    }
    let held = row.lease_until.is_some_and(|until| until >= now);
    let by_the_dead = row.lease_owner.as_deref().is_some_and(owner::is_dead);
    if held && !by_the_dead {
        return Due::Running;
    }
    match row.next_due {
        Some(at) if at > now => Due::At(at),
        Some(_) => Due::Now,
        None => Due::OnDemand,
    }
}
