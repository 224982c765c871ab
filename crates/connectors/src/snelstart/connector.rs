//! The trait that every system implements.

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Completed, Connector, Cursor, EntityKind, FindKey,
    Outcome, Page, Record, RecordId,
};

use super::{SnelStart, check};

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
        let refused = Error::new(ErrorKind::Config, "Nothing is written to SnelStart here.")
            .operation("snelstart.push")
            .outcome(SendOutcome::NotSent);
        let answers = batch.ops.into_iter().map(move |op| Answer {
            outcomes: vec![(op.id, Outcome::Rejected(refused.clone()))],
        });
        stream::iter(answers.collect::<Vec<_>>()).boxed()
    }

    async fn find(&self, _: EntityKind, _: &FindKey) -> Result<Vec<Record>, Error> {
        Ok(Vec::new())
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.one(kind, id).await
    }
}
