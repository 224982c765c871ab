//! A process that dies around a write into the CRM: nothing is doubled, nothing is lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use api_core::Error;
use async_trait::async_trait;
use connectors::sql::CrmConnect;
use futures_util::stream::{self, BoxStream, StreamExt};
use koppel_sandbox::CrmSize;
use sync_core::testing::conformance::read_all;
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Connector, Cursor, Engine, EntityKind, Fields,
    FindKey, Flow, Lifecycle, MemoryStore, Page, Record, RecordId, RunOptions, StateStore,
};
use tokio::sync::Notify;

use crate::database::Database;

const KINDS: [EntityKind; 7] = [
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
    EntityKind::Invoice,
    EntityKind::Payment,
];

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dies {
    /// Before the batch is sent.
    Before,
    /// After the CRM has committed it, before anybody hears of it.
    After,
}

/// A target whose process dies at two of five batches: once after the commit, once before it.
struct Mortal {
    inner: CrmConnect,
    batches: AtomicU32,
    died: Arc<Notify>,
}

impl Mortal {
    fn dies(&self) -> Option<Dies> {
        match self.batches.fetch_add(1, Ordering::SeqCst) % 5 {
            1 => Some(Dies::After),
            3 => Some(Dies::Before),
            _ => None,
        }
    }
}

#[async_trait]
impl Connector for Mortal {
    fn describe(&self) -> &Capabilities {
        self.inner.describe()
    }

    async fn check(&self) -> CheckReport {
        self.inner.check().await
    }

    async fn pull(
        &self,
        entity: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        self.inner.pull(entity, cursor, limit).await
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let dies = self.dies();
        let died = self.died.clone();
        if dies == Some(Dies::Before) {
            died.notify_one();
            return stream::pending().boxed();
        }
        let answers = self.inner.push(batch);
        if dies == Some(Dies::After) {
            let committed = async move {
                answers.collect::<Vec<Answer>>().await;
                died.notify_one();
                std::future::pending::<Answer>().await
            };
            return stream::once(committed).boxed();
        }
        answers
    }

    async fn find(&self, entity: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        self.inner.find(entity, key).await
    }

    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.inner.fetch(entity, id).await
    }

    fn hold(&self, entity: EntityKind, fields: &mut Fields) {
        self.inner.hold(entity, fields);
    }
}

async fn survives(first: Database, second: &Database) {
    let source = CrmConnect::builder(&first.url()).connect().await.unwrap();
    let target = CrmConnect::builder(&second.url())
        .writable(true)
        .search_delay(Duration::ZERO)
        .connect()
        .await
        .unwrap();
    let died = Arc::new(Notify::new());
    let mortal = Arc::new(Mortal {
        inner: target.clone(),
        batches: AtomicU32::new(0),
        died: died.clone(),
    });
    let flow = Flow::builder("copy")
        .from("first", Arc::new(source.clone()))
        .to("second", mortal.clone())
        .entities(KINDS)
        .page_size(10)
        .build()
        .unwrap();
    let store = Arc::new(MemoryStore::new());
    let mut deaths = 0;
    let report = loop {
        let engine = Engine::new(store.clone()).owner("test");
        let options = RunOptions::default();
        tokio::select! {
            report = engine.sync(&flow, &options) => break report.unwrap(),
            () = died.notified() => {}
        }
        deaths += 1;
        assert!(deaths < 500, "it never comes to an end");
        // The dead process held the flow.
        store.break_lease(flow.name(), "test").await.unwrap();
    };
    assert!(report.error.is_none(), "{:?}", report.error);
    assert!(deaths > 8, "{deaths} deaths show little");
    for kind in KINDS {
        let mut records = read_all(&source, kind, 100).await;
        records.retain(|record| record.lifecycle == Lifecycle::Active);
        let copies = read_all(&target, kind, 100).await;
        assert_eq!(copies.len(), records.len(), "{kind} after {deaths} deaths");
        let mut ids = BTreeSet::new();
        let wanted: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let (from, to) = ("first".into(), "second".into());
        for (_, id) in store.targets(&from, &to, kind, &wanted).await.unwrap() {
            ids.insert(id);
        }
        assert_eq!(
            ids.len(),
            records.len(),
            "{kind}: each has a copy of its own"
        );
    }
    assert_eq!(store.open_intents(flow.name()).await.unwrap(), 0);
    first.remove().await;
}

fn size() -> CrmSize {
    CrmSize::scaled(40)
}

#[tokio::test]
async fn a_process_that_dies_around_a_commit_doubles_nothing_in_sqlite() {
    let new = || Database::Sqlite {
        directory: tempfile::tempdir().unwrap(),
    };
    let (first, second) = (new(), new());
    for (database, size) in [(&first, size()), (&second, CrmSize::empty())] {
        let url = database.url();
        let path = url.strip_prefix("sqlite:").unwrap();
        koppel_sandbox::generate_sqlite(path, &size, 8, "tbl")
            .await
            .unwrap();
    }
    survives(first, &second).await;
}

#[tokio::test]
async fn a_process_that_dies_around_a_commit_doubles_nothing_in_mariadb() {
    let Some(first) = Database::empty_mariadb().await else {
        return;
    };
    let Some(second) = Database::empty_mariadb().await else {
        return;
    };
    for (database, size) in [(&first, size()), (&second, CrmSize::empty())] {
        koppel_sandbox::generate_mysql(&database.url(), &size, 8, "tbl")
            .await
            .unwrap();
    }
    survives(first, &second).await;
    second.remove().await;
}
