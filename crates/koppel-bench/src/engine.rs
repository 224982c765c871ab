//! The same work by the full engine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use connectors::smartcrm::SmartCrm;
use connectors::sql::Tables;
use connectors::sql::tables::{FieldMap, TableConfig, TablesConfig};
use smartcrm_client::{Client, Profile, PushMode, SecretString};
use sync_core::{Engine, EntityKind, Flow, RunOptions, StateStore};
use sync_store::SqliteStore;

use crate::audited::Audited;
use crate::records::{create_table, open};
use crate::work::{Audit, BATCH, IN_FLIGHT, Job, TOKEN};

/// A flow with its store, ready to run.
pub(crate) struct Prepared {
    engine: Engine,
    flow: Flow,
    audited: Option<Audited>,
}

/// The table that is read from or written to.
fn table() -> TablesConfig {
    let fields = FieldMap::new([
        ("name", "name"),
        ("vat_number", "vat"),
        ("phone", "phone"),
        ("website", "website"),
        ("address.street", "street"),
        ("address.city", "city"),
        ("address.state", "state"),
        ("address.postal_code", "zip"),
        ("address.country", "country"),
        ("currency", "currency"),
        ("language", "language"),
        ("active", "active"),
    ]);
    let table = TableConfig {
        table: "customers".to_owned(),
        key: "id".to_owned(),
        fields,
        ..TableConfig::default()
    };
    TablesConfig {
        tables: [(EntityKind::Customer, table)].into(),
    }
}

impl Prepared {
    /// Opens store and connectors; for a job without changes, syncs once.
    pub(crate) async fn open(
        job: Job,
        audit: Audit,
        url: &str,
        source: &Path,
        dir: &Path,
    ) -> Result<Self> {
        let store = SqliteStore::open(&dir.join("state.db")).await?;
        let store: Arc<dyn StateStore> = Arc::new(store);
        let audited = Audited::open(audit, dir, Arc::clone(&store)).await?;
        let pulls = matches!(job, Job::EnginePull | Job::EngineNoChangePull);
        let file = if pulls {
            dir.join("out.db")
        } else {
            source.to_owned()
        };
        if pulls {
            let pool = open(&file).await?;
            create_table(&pool).await?;
            pool.close().await;
        }
        let address = format!("sqlite:{}", file.display());
        let database = Tables::builder(&address)
            .tables(table())
            .read_only(!pulls)
            .build()?;
        let database = Arc::new(database);
        let mut profile = Profile::smartcrm();
        if job == Job::EnginePushSingle {
            profile.push.mode = PushMode::Single;
        }
        let mut client = Client::builder(url, SecretString::from(TOKEN.to_owned()))
            .profile(profile)
            .batch_size(BATCH)
            .timeout(Duration::from_secs(60));
        if let Some(audited) = &audited {
            client = client.observer(audited.observer());
        }
        let client = client.build()?;
        let smartcrm = Arc::new(SmartCrm::new(client).max_in_flight(IN_FLIGHT));
        let builder = if pulls {
            Flow::builder("pull")
                .from("smartcrm", smartcrm)
                .to("db", database)
        } else {
            Flow::builder("push")
                .from("db", database)
                .to("smartcrm", smartcrm)
        };
        let flow = builder.entities([EntityKind::Customer]).build()?;
        let prepared = Self {
            engine: Engine::new(store),
            flow,
            audited,
        };
        if matches!(job, Job::EngineNoChange | Job::EngineNoChangePull) {
            prepared.run().await?;
        }
        Ok(prepared)
    }

    /// Ends the audit log, if there is one: every record has an event in it.
    pub(crate) async fn finish(self, records: u64) -> Result<()> {
        if let Some(audited) = self.audited {
            let moved = audited.finish().await?;
            ensure!(moved >= records, "{moved} events of {records} records");
        }
        Ok(())
    }

    /// Syncs to the end; every record must have been created.
    pub(crate) async fn run(&self) -> Result<u64> {
        let report = self.engine.sync(&self.flow, &RunOptions::default()).await?;
        if let Some(error) = report.error {
            return Err(error).context("the sync failed");
        }
        let counts = report.run.counts[&EntityKind::Customer];
        if counts.created != counts.read || !counts.reconcile() {
            bail!("not everything was created: {counts}");
        }
        Ok(counts.created.unsigned_abs())
    }

    /// Syncs to the end; nothing may have changed.
    pub(crate) async fn run_unchanged(&self) -> Result<u64> {
        let report = self.engine.sync(&self.flow, &RunOptions::default()).await?;
        if let Some(error) = report.error {
            return Err(error).context("the sync failed");
        }
        let counts = report.run.counts[&EntityKind::Customer];
        if counts.unchanged != counts.read {
            bail!("something was written: {counts}");
        }
        Ok(counts.unchanged.unsigned_abs())
    }
}
