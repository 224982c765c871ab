//! One way of a sync between two connectors, for the tests of whole flows.

use std::collections::HashMap;
use std::sync::Arc;

use sync_core::store::ParkedFilter;
use sync_core::{
    ConnectionName, Connector, Engine, EntityKind, Flow, MemoryStore, RecordId, RunOptions,
    StateStore,
};

/// A flow, its names and the store that knows which record became which.
pub(crate) struct Leg {
    flow: Flow,
    pub(crate) store: Arc<MemoryStore>,
    names: (ConnectionName, ConnectionName),
}

impl Leg {
    pub(crate) fn new(
        (from, source): (&str, Arc<dyn Connector>),
        (to, target): (&str, Arc<dyn Connector>),
        kinds: &[EntityKind],
        page_size: usize,
    ) -> Self {
        let flow = Flow::builder(format!("{from}-{to}").as_str())
            .from(from, source)
            .to(to, target)
            .entities(kinds.iter().copied())
            .page_size(page_size)
            .build()
            .unwrap();
        Self {
            flow,
            store: Arc::new(MemoryStore::new()),
            names: (ConnectionName::from(from), ConnectionName::from(to)),
        }
    }

    /// One run in which nothing fails and nothing is set aside; how many records were created and
    /// updated.
    pub(crate) async fn run_clean(&self) -> (i64, i64) {
        let engine = Engine::new(self.store.clone());
        let report = engine
            .sync(&self.flow, &RunOptions::default())
            .await
            .unwrap();
        assert!(report.error.is_none(), "{:?}", report.error);
        let (mut created, mut updated) = (0, 0);
        for (kind, counts) in &report.run.counts {
            let parked = self.parked().await;
            assert_eq!(
                (counts.parked, counts.failed),
                (0, 0),
                "{kind}: {parked:#?}"
            );
            created += counts.created;
            updated += counts.updated;
        }
        (created, updated)
    }

    /// One run; `None` when it was broken off, else how many records were created and updated.
    pub(crate) async fn run(&self) -> Option<(i64, i64)> {
        let engine = Engine::new(self.store.clone());
        let report = engine.sync(&self.flow, &RunOptions::default()).await;
        let report = report.ok()?;
        if report.error.is_some() {
            return None;
        }
        let counts = report.run.counts.values();
        Some(counts.fold((0, 0), |(created, updated), counts| {
            (created + counts.created, updated + counts.updated)
        }))
    }

    /// Runs until a run goes through and nothing is set aside.
    pub(crate) async fn run_until_done(&self, runs: usize) {
        for _ in 0..runs {
            if self.run().await.is_some() && self.parked().await.is_empty() {
                return;
            }
        }
        panic!("not done after {runs} runs: {:#?}", self.parked().await);
    }

    async fn parked(&self) -> Vec<String> {
        let all = ParkedFilter::default();
        let parked = self.store.parked(all, None, 10).await.unwrap();
        parked.iter().map(|row| format!("{row:?}")).collect()
    }

    /// What these records of the source are in the target.
    pub(crate) async fn links(
        &self,
        kind: EntityKind,
        ids: &[RecordId],
    ) -> HashMap<RecordId, RecordId> {
        let (from, to) = &self.names;
        self.store.targets(from, to, kind, ids).await.unwrap()
    }
}
