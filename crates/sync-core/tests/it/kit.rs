//! What the tests share.

use std::sync::Arc;

use api_core::{ManualClock, Timestamp};
use sync_core::store::{ParkedFilter, ParkedRow};
use sync_core::{
    Action, Counts, Engine, EntityKind, Fields, Flow, MemoryStore, MemorySystem, Record, Ref,
    RunOptions, RunReport, StateStore,
};

pub(crate) const CUSTOMER: EntityKind = EntityKind::Customer;
pub(crate) const INVOICE: EntityKind = EntityKind::Invoice;

/// A source, a target, a store and a clock that jumps over every wait.
pub(crate) struct World {
    pub(crate) crm: Arc<MemorySystem>,
    pub(crate) books: Arc<MemorySystem>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: ManualClock,
}

impl World {
    pub(crate) fn new(books: MemorySystem) -> Self {
        Self {
            crm: Arc::new(MemorySystem::new([CUSTOMER, INVOICE])),
            books: Arc::new(books),
            store: Arc::new(MemoryStore::new()),
            clock: ManualClock::auto_advance(Timestamp::now()),
        }
    }

    pub(crate) fn with_customers(self, n: usize) -> Self {
        for i in 0..n {
            self.crm.insert(customer(i, &format!("c{i}@example.com")));
        }
        self
    }

    pub(crate) fn flow(&self) -> Flow {
        Flow::builder("push")
            .from("crm", self.crm.clone())
            .to("books", self.books.clone())
            .page_size(7)
            .build()
            .unwrap()
    }

    pub(crate) fn engine_on(&self, store: Arc<dyn StateStore>) -> Engine {
        Engine::new(store)
            .clock(Arc::new(self.clock.clone()))
            .owner("test")
    }

    pub(crate) async fn try_sync(&self) -> RunReport {
        let engine = self.engine_on(self.store.clone());
        engine
            .sync(&self.flow(), &RunOptions::default())
            .await
            .unwrap()
    }

    /// Syncs, and checks what holds of every run that comes to its end.
    pub(crate) async fn sync(&self) -> Counts {
        let report = self.try_sync().await;
        assert!(report.error.is_none(), "{:?}", report.error);
        total(&report)
    }

    pub(crate) async fn parked(&self) -> Vec<ParkedRow> {
        self.store
            .parked(ParkedFilter::default(), None, 1_000)
            .await
            .unwrap()
    }

    /// How often each marker was created in the target.
    pub(crate) fn creates(&self) -> usize {
        self.books
            .journal()
            .iter()
            .filter(|applied| applied.action == Action::Create)
            .count()
    }
}

pub(crate) fn total(report: &RunReport) -> Counts {
    let mut sum = Counts::default();
    for counts in report.run.counts.values() {
        assert!(counts.reconcile(), "{:?}", report.run.counts);
        sum += *counts;
    }
    sum
}

pub(crate) fn customer(i: usize, email: &str) -> Record {
    let fields = Fields::new()
        .with("name", format!("Customer {i}"))
        .with("email", email);
    Record::new(CUSTOMER, format!("{i:04}"), fields)
}

pub(crate) fn invoice(i: usize, customer: usize) -> Record {
    let fields = Fields::new()
        .with("number", format!("F{i:04}"))
        .with("customer", Ref::new(CUSTOMER, format!("{customer:04}")));
    Record::new(INVOICE, format!("{i:04}"), fields)
}
