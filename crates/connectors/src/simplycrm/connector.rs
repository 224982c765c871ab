//! Simply CRM as a [`Connector`].

use api_core::Error;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use simplycrm_ws::Query;
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Connector, Cursor, EntityKind, Fields, FindKey, Page,
    Record, RecordId,
};

use super::{SimplyCrm, hold, table};

#[async_trait]
impl Connector for SimplyCrm {
    fn describe(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    async fn check(&self) -> CheckReport {
        super::check::check(self).await
    }

    async fn pull(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        self.page(kind, cursor, limit).await
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

    async fn count(&self, kind: EntityKind) -> Option<u64> {
        let module = table::module_of(kind).filter(|_| self.describe().of(kind).is_some())?;
        let query = Query::count().from(module);
        self.inner.client.count(&query).await.ok().flatten()
    }

    fn hold(&self, kind: EntityKind, fields: &mut Fields) {
        hold::hold(&self.inner.table, &self.inner.zone, kind, fields);
    }
}
