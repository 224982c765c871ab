//! The trait that every system implements.

use api_core::Error;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Completed, Connector, Cursor, EntityKind, Fields,
    FindKey, Page, Record, RecordId,
};

use super::{SnelStart, check, hold};

#[async_trait]
impl Connector for SnelStart {
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
        hold::hold(&self.inner.rules, &self.inner.currency, kind, fields);
    }
}
