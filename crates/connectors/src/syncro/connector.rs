//! The trait that every system implements.

use std::collections::BTreeSet;

use api_core::Error;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Completed, Connector, Cursor, EntityKind, Fields,
    FindKey, Op, Page, Record, RecordId,
};

use super::{Syncro, check};

#[async_trait]
impl Connector for Syncro {
    fn describe(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    async fn check(&self) -> CheckReport {
        check::check(self).await
    }

    async fn pull(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        self.page(kind, cursor, limit).await
    }

    async fn complete(
        &self,
        kind: EntityKind,
        records: Vec<Record>,
    ) -> Result<Vec<Completed>, Error> {
        self.completed(kind, records).await
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        self.send(batch)
    }

    async fn find(&self, kind: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        self.found(kind, key).await
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.one(kind, id).await
    }

    fn hold(&self, kind: EntityKind, fields: &mut Fields) {
        self.held(kind, fields);
    }

    fn steps(&self, op: &Op) -> u16 {
        self.steps_of(op)
    }

    async fn steps_done(&self, op: &Op, id: &RecordId) -> Result<BTreeSet<u16>, Error> {
        self.done_of(op, id).await
    }
}
