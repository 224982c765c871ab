//! The tables as a side of a flow.

use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Connector, Cursor, EntityKind, FieldName, Fields,
    FindKey, Op, OpId, Outcome, Page, Record, RecordId,
};

use super::Tables;
use super::changes::Place;
use super::queries::failed;
use super::writer::{PUSH, Writer};
use crate::sql::batch::apply_ops;

/// The most rows of a page.
const MAX_PAGE: usize = 5000;
pub(super) const PULL: &str = "sql.pull";
pub(super) const FIND: &str = "sql.find";
const FETCH: &str = "sql.fetch";

impl Tables {
    async fn answer(&self, batch: Batch) -> Vec<(OpId, Outcome)> {
        let entity = batch.entity;
        let Some(queue) = &self.queue else {
            return self
                .apply(entity, &batch.ops.iter().collect::<Vec<_>>())
                .await;
        };
        let write = |batches: Vec<Arc<Batch>>| async move {
            let ops: Vec<&Op> = batches.iter().flat_map(|batch| &batch.ops).collect();
            self.apply(entity, &ops).await
        };
        queue.write(batch, write).await
    }

    async fn apply(&self, entity: EntityKind, ops: &[&Op]) -> Vec<(OpId, Outcome)> {
        let all = |outcome: Outcome| -> Vec<(OpId, Outcome)> {
            ops.iter().map(|op| (op.id, outcome.clone())).collect()
        };
        let reader = &self.reader;
        match reader.model(entity) {
            Err(error) => return all(Outcome::Rejected(error)),
            Ok(model) if model.read_only => {
                let error = Error::new(
                    ErrorKind::Permission,
                    format!("The table of {} is only read.", entity.plural()),
                );
                return all(Outcome::Rejected(
                    error.operation(PUSH).outcome(SendOutcome::NotSent),
                ));
            }
            Ok(_) => {}
        }
        let layout = match reader.known_layout(PUSH, entity).await {
            Ok(layout) => layout,
            Err(error) => return all(Outcome::Deferred(error)),
        };
        if let Err(error) = layout.writable(PUSH) {
            return all(Outcome::Rejected(error));
        }
        let writer = Writer {
            reader,
            layout: &layout,
        };
        apply_ops(&reader.db, PUSH, ops, &writer).await
    }
}

#[async_trait]
impl Connector for Tables {
    fn describe(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> CheckReport {
        super::check::check(&self.reader).await
    }

    async fn pull(
        &self,
        entity: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        let place = Place::read(cursor, PULL)?;
        let fresh = matches!(place, Place::All { after: None, .. } | Place::Since(_));
        let reader = &self.reader;
        reader.model(entity)?;
        let mut session = reader.db.begin(PULL).await?;
        let layout = reader.layout(&mut session, entity, fresh).await?;
        let overlap = self.overlap;
        let page = match (place, &layout.modified) {
            (Place::All { after, since }, _) => {
                reader.all(&mut session, &layout, after, since, limit).await
            }
            (Place::Since(since), Some(modified)) => {
                let from = (since, None);
                reader
                    .changed(&mut session, &layout, modified, from, limit, overlap)
                    .await
            }
            (Place::Changed { since, stamp, key }, Some(modified)) => {
                let from = (since, Some((stamp, key)));
                reader
                    .changed(&mut session, &layout, modified, from, limit, overlap)
                    .await
            }
            // The modified column was taken out of the configuration meanwhile.
            (_, None) => reader.all(&mut session, &layout, None, None, limit).await,
        };
        let (loaded, next, complete) = page?;
        session.end().await?;
        Ok(Page {
            records: loaded.records,
            unreadable: loaded.unreadable,
            deleted: Vec::new(),
            next,
            complete,
        })
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        if batch.ops.is_empty() {
            return stream::empty().boxed();
        }
        stream::once(async move {
            Answer {
                outcomes: self.answer(batch).await,
            }
        })
        .boxed()
    }

    async fn find(&self, kind: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        self.reader.model(kind)?;
        match key {
            FindKey::Marker(marker) => self.reader.by_marker(kind, marker).await,
            FindKey::Natural(pairs) => self.reader.by_fields(kind, pairs).await,
            _ => Err(failed(
                FIND,
                ErrorKind::Config,
                "Tables cannot be searched by this.".to_owned(),
            )),
        }
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        let reader = &self.reader;
        reader.model(kind)?;
        let mut session = reader.db.begin(FETCH).await?;
        let layout = reader.layout(&mut session, kind, false).await?;
        let ids = std::slice::from_ref(id);
        let loaded = reader.by_keys(&mut session, &layout, FETCH, ids).await?;
        session.end().await?;
        if let Some(unreadable) = loaded.unreadable.into_iter().next() {
            return Err(unreadable.error);
        }
        Ok(loaded.records.into_iter().next())
    }

    async fn count(&self, kind: EntityKind) -> Option<u64> {
        self.reader.count(kind).await.ok()
    }

    fn hold(&self, entity: EntityKind, fields: &mut Fields) {
        let Ok(model) = self.reader.model(entity) else {
            return;
        };
        let names: Vec<FieldName> = fields.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            let holds = model.holds(name.as_str());
            let kept = fields
                .get_mut(name.as_str())
                .is_none_or(|value| holds.trim(value));
            if !kept {
                fields.remove(name.as_str());
            }
        }
    }
}
