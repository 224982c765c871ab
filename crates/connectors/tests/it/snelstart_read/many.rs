//! Fifty thousand invoices, and how many requests they cost.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use koppel_sandbox::snelstart::PayBy;
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Cursor, Engine, FindKey, Flow, MemoryStore,
    MemorySystem, Page, RunOptions, StateStore,
};

use super::*;

/// What the lists give, taken for the whole: a first run that costs no request for each invoice.
struct Listed(SnelStart);

#[async_trait]
impl Connector for Listed {
    fn describe(&self) -> &Capabilities {
        self.0.describe()
    }

    async fn check(&self) -> CheckReport {
        self.0.check().await
    }

    async fn pull(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, api_core::Error> {
        self.0.pull(kind, cursor, limit).await
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        self.0.push(batch)
    }

    async fn find(&self, kind: EntityKind, key: &FindKey) -> Result<Vec<Record>, api_core::Error> {
        self.0.find(kind, key).await
    }

    async fn fetch(
        &self,
        kind: EntityKind,
        id: &RecordId,
    ) -> Result<Option<Record>, api_core::Error> {
        self.0.fetch(kind, id).await
    }
}

async fn sync(
    store: &Arc<dyn StateStore>,
    source: Arc<dyn Connector>,
    target: &Arc<MemorySystem>,
) -> sync_core::Counts {
    let flow = Flow::builder("invoices")
        .from("snel", source)
        .to("crm", target.clone())
        .entities([CUSTOMER, INVOICE])
        .build()
        .unwrap();
    let engine = Engine::new(store.clone());
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert!(report.error.is_none(), "{:?}", report.error);
    report.run.counts[&INVOICE]
}

#[tokio::test]
async fn fifty_thousand_invoices_are_synced_again_in_at_most_110_requests() {
    let server = filled(SnelStartSize {
        customers: 50,
        invoices: 50_000,
        ..SnelStartSize::default()
    })
    .await;
    let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
    let target = Arc::new(MemorySystem::new([CUSTOMER, INVOICE]).batch(500));
    let first = sync(&store, Arc::new(Listed(books(&server))), &target).await;
    assert_eq!(first.created, 50_000);

    // One is paid: that costs the one booking besides the list.
    let some = server.records("verkoopfacturen").swap_remove(33_333);
    let name = some["factuurnummer"].as_str().unwrap();
    let day = "2026-03-02".parse().unwrap();
    server.pay(name, number("1"), day, PayBy::Bank).unwrap();

    // A process of its own, which knows nothing but what is stored.
    let before = server.requests();
    let second = sync(&store, shared(books(&server)), &target).await;
    let asked = server.requests() - before;
    assert_eq!((second.unchanged, second.updated), (49_999, 1));
    let of_each = server.requests_by_operation();
    assert!(asked <= 110, "{asked}: {of_each:?}");
    assert_eq!(server.requests_to("GET /verkoopboekingen/{id}"), 1);
}
