//! The connectors and flows that a configuration names.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use sync_core::{CheckReport, ConnectionName, Connector, EntityKind, Flow};

use crate::app::App;
use crate::config::{ConnectionConfig, ConnectionSettings, FlowConfig};
use crate::connect::{self, connect};
use crate::error::{AppError, Doing};
use crate::flows;
use crate::settings::{self, CrmOptions, Setting};

impl App {
    /// The connector of a connection; the same one each time. One that a flow writes to can write.
    ///
    /// # Errors
    /// When there is no such connection, or it cannot be made of its settings.
    pub async fn connector(&self, name: &ConnectionName) -> Result<Arc<dyn Connector>, AppError> {
        let connection = self.config().connection(name.as_str())?;
        let made = || {
            self.connectors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(made) = made().get(name) {
            return Ok(Arc::clone(&made.connector));
        }
        let options = self.options_for(connection).await?;
        let writable = self.config().flows.values().any(|flow| flow.to == *name);
        let made_now = connect(
            connection,
            writable,
            options.as_deref(),
            self.observer(connection).await,
        )?;
        Ok(Arc::clone(
            &made().entry(name.clone()).or_insert(made_now).connector,
        ))
    }

    /// Tests a connection step by step.
    ///
    /// # Errors
    /// When there is no such connection, or it cannot be made of its settings. What the test
    /// finds stands in the report; [`check_error`](Self::check_error) puts it into words.
    pub async fn test_connection(&self, name: &str) -> Result<CheckReport, AppError> {
        let connection = self.config().connection(name)?;
        let connector = match self.connector(&connection.name).await {
            Ok(connector) => connector,
            Err(error) => {
                self.audit.not_tested(connection, &error).await;
                return Err(error);
            }
        };
        let began = Instant::now();
        let report = connector.check().await;
        (self.audit)
            .tested(connection, &report, began.elapsed())
            .await;
        Ok(report)
    }

    /// The first failure of a connection test, with the next step.
    #[must_use]
    pub fn check_error(&self, name: &str, report: &CheckReport) -> Option<AppError> {
        let error = report.error.clone()?;
        Some(self.remote(name, Doing::Testing, error))
    }

    /// A flow, ready to run, whose target has been looked at as far as that is needed to tell what
    /// it has a place for.
    pub(crate) async fn ready(&self, name: &str) -> Result<Flow, AppError> {
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
        let connection = self.config().connection(name.as_str())?;
        let ConnectionSettings::SmartCrm(own) = &connection.settings else {
            return Ok(Vec::new());
        };
        let options = self.options_for(connection).await?;
        Ok(settings::smartcrm(connection, own, options.as_deref())?.settings)
    }

    /// The CRM's own options that a connection's settings are taken from, if they are.
    pub(crate) async fn options_for(
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
        let source = self.config().connection(from.as_str())?;
        let options = connect::options(source)
            .await?
            .map_err(|error| self.remote(from.as_str(), Doing::Reading, error))?;
        let options = Arc::new(options);
        read.insert(from.clone(), Arc::clone(&options));
        Ok(Some(options))
    }

    /// A flow, ready to run.
    ///
    /// # Errors
    /// When there is no such flow, or it cannot be made of its settings.
    pub async fn flow(&self, name: &str) -> Result<Flow, AppError> {
        let flow = self.config().flow(name)?;
        let source = self.connector(&flow.from).await?;
        let target = self.connector(&flow.to).await?;
        let every = self.schedule(flow).await?.every;
        let out_of_reach = self.out_of_reach(flow).await?;
        Ok(flows::build(
            self.config(),
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
        let source = self.config().connection(flow.from.as_str())?;
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
}
