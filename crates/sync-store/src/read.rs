//! Lists, page by page.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use sync_core::store::{ChangeRow, Intent, LinkRow, ParkReason, ParkedFilter, ParkedRow, RunRow};
use sync_core::{Cursor, EntityKind, Event, EventId, FlowName, OpId, RecordId, RunId, StoreError};

use crate::SqliteStore;
use crate::rows::{self, Stored, column, json};
use crate::sql::{push_list, value_chunks};

/// A flow with its connections, by row id.
pub(crate) struct FlowIds {
    pub(crate) flow: i64,
    pub(crate) source: i64,
    pub(crate) target: i64,
}

/// The oldest events, found by the key of the table.
const OUTBOX: &str = "SELECT body FROM event_outbox ORDER BY id LIMIT ?";

impl SqliteStore {
    pub(crate) async fn flow_ids(&self, flow: &FlowName) -> Stored<Option<FlowIds>> {
        let mut conn = self.reader().await?;
        sqlx::query("SELECT id, source, target FROM flow WHERE name = ?")
            .bind(flow.as_str())
            .fetch_optional(&mut *conn)
            .await
            .map_err(self.db())?
            .map(|row| {
                Ok(FlowIds {
                    flow: column(&row, 0)?,
                    source: column(&row, 1)?,
                    target: column(&row, 2)?,
                })
            })
            .transpose()
    }

    pub(crate) async fn rows(&self, mut query: QueryBuilder<Sqlite>) -> Stored<Vec<SqliteRow>> {
        let mut conn = self.reader().await?;
        query.build().fetch_all(&mut *conn).await.map_err(self.db())
    }

    pub(crate) async fn intents_of(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<OpId>,
        limit: usize,
    ) -> Stored<Vec<Intent>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query
            .push(rows::INTENT)
            .push(" FROM intent WHERE flow = (SELECT id FROM flow WHERE name = ")
            .push_bind(flow.as_str())
            .push(")");
        if let Some(entity) = entity {
            query.push(" AND entity = ").push_bind(entity.as_str());
        }
        if let Some(after) = after {
            query
                .push(" AND op > ")
                .push_bind(after.uuid().as_bytes().to_vec());
        }
        query
            .push(" ORDER BY op LIMIT ")
            .push_bind(rows::limit(limit));
        self.rows(query).await?.iter().map(rows::intent).collect()
    }

    pub(crate) async fn count_intents(&self, flow: &FlowName) -> Stored<u64> {
        let mut conn = self.reader().await?;
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM intent WHERE flow = (SELECT id FROM flow WHERE name = ?)",
        )
        .bind(flow.as_str())
        .fetch_one(&mut *conn)
        .await
        .map_err(self.db())?;
        Ok(count.unsigned_abs())
    }

    pub(crate) async fn parked_rows(
        &self,
        filter: ParkedFilter<'_>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Stored<Vec<ParkedRow>> {
        let mut found = Vec::new();
        for (kind, after) in kinds(filter.entity, after.as_ref()) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
            query
                .push(rows::PARKED)
                .push(" FROM parked p JOIN flow f ON f.id = p.flow WHERE p.entity = ")
                .push_bind(kind.as_str());
            if let Some(flow) = filter.flow {
                query.push(" AND f.name = ").push_bind(flow.as_str());
            }
            if let Some(run) = filter.not_in_run {
                query
                    .push(" AND p.run <> ")
                    .push_bind(run.uuid().as_bytes().to_vec());
            }
            if let Some(after) = after {
                query.push(" AND p.source_id > ").push_bind(after.as_str());
            }
            query
                .push(" ORDER BY p.source_id, f.name LIMIT ")
                .push_bind(rows::limit(limit - found.len()));
            for row in self.rows(query).await? {
                found.push(rows::parked(&row, kind)?);
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    pub(crate) async fn take_parked_again(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        id: &RecordId,
    ) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let target: Option<i64> = sqlx::query_scalar(
            "UPDATE parked SET reason = ?, run = ?
             WHERE flow = (SELECT id FROM flow WHERE name = ?) AND entity = ? AND source_id = ?
                 AND reason <> ?
             RETURNING (SELECT target FROM flow WHERE id = parked.flow)",
        )
        .bind(ParkReason::Retry.as_str())
        .bind(uuid::Uuid::nil().as_bytes().to_vec())
        .bind(flow.as_str())
        .bind(entity.as_str())
        .bind(id.as_str())
        .bind(ParkReason::Unknown.as_str())
        .fetch_optional(&mut *tx)
        .await
        .map_err(self.db())?;
        let Some(target) = target else {
            return Ok(false);
        };
        let event = Event::retry(flow, (entity, id));
        self.write_decision(&mut tx, target, event).await?;
        tx.commit().await.map_err(self.db())?;
        Ok(true)
    }

    pub(crate) async fn cursor_of(
        &self,
        flow: &FlowName,
        entity: EntityKind,
    ) -> Stored<Option<Cursor>> {
        let mut conn = self.reader().await?;
        sqlx::query(
            "SELECT cursor FROM cursor
             WHERE flow = (SELECT id FROM flow WHERE name = ?) AND entity = ?",
        )
        .bind(flow.as_str())
        .bind(entity.as_str())
        .fetch_optional(&mut *conn)
        .await
        .map_err(self.db())?
        .as_ref()
        .map(rows::cursor)
        .transpose()
    }

    pub(crate) async fn run_rows(
        &self,
        flow: Option<&FlowName>,
        id: Option<RunId>,
        limit: usize,
    ) -> Stored<Vec<RunRow>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query
            .push(rows::RUN)
            .push(" FROM run r JOIN flow f ON f.id = r.flow WHERE 1 = 1");
        if let Some(flow) = flow {
            query.push(" AND f.name = ").push_bind(flow.as_str());
        }
        if let Some(id) = id {
            query
                .push(" AND r.id = ")
                .push_bind(id.uuid().as_bytes().to_vec());
        }
        query
            .push(" ORDER BY r.id DESC LIMIT ")
            .push_bind(rows::limit(limit));
        let mut runs: Vec<RunRow> = self
            .rows(query)
            .await?
            .iter()
            .map(rows::run)
            .collect::<Stored<_>>()?;
        for runs in runs.chunks_mut(512) {
            let ids: Vec<RunId> = runs.iter().map(|run| run.id).collect();
            let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
            query.push(rows::COUNTS);
            let around = (" FROM run_count WHERE run IN (", ", ", ")");
            push_list(&mut query, around, &ids, |id| id.uuid().as_bytes().to_vec());
            for row in self.rows(query).await? {
                let (id, entity, counts) = rows::counts(&row)?;
                if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
                    run.counts.insert(entity, counts);
                }
            }
        }
        Ok(runs)
    }

    pub(crate) async fn link_rows(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Stored<Vec<LinkRow>> {
        let Some(of) = self.flow_ids(flow).await? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (kind, after) in kinds(entity, after.as_ref()) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
            query
                .push(rows::LINK)
                .push(" FROM link l LEFT JOIN base b ON b.flow = ")
                .push_bind(of.flow)
                .push(" AND b.entity = l.entity AND b.source_id = l.source_id WHERE l.source = ")
                .push_bind(of.source)
                .push(" AND l.target = ")
                .push_bind(of.target)
                .push(" AND l.entity = ")
                .push_bind(kind.as_str());
            if let Some(after) = after {
                query.push(" AND l.source_id > ").push_bind(after.as_str());
            }
            query
                .push(" ORDER BY l.source_id LIMIT ")
                .push_bind(rows::limit(limit - found.len()));
            for row in self.rows(query).await? {
                found.push(rows::link(&row, kind)?);
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    pub(crate) async fn outbox(&self, limit: usize) -> Stored<Vec<Event>> {
        let mut conn = self.reader().await?;
        sqlx::query(OUTBOX)
            .bind(rows::limit(limit))
            .fetch_all(&mut *conn)
            .await
            .map_err(self.db())?
            .iter()
            .map(|row| json(row, 0))
            .collect()
    }

    pub(crate) async fn drop_events(&self, ids: &[EventId]) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for ids in value_chunks(ids) {
            let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM event_outbox");
            let around = (" WHERE id IN (", ", ", ")");
            push_list(&mut query, around, ids, |id| id.uuid().as_bytes().to_vec());
            query.build().execute(&mut *tx).await.map_err(self.db())?;
        }
        tx.commit().await.map_err(self.db())
    }

    /// The updates of a run in the order in which they were stored, at most `limit`, with what was
    /// there before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be read.
    pub async fn changes(&self, run: RunId, limit: usize) -> Result<Vec<ChangeRow>, StoreError> {
        let mut conn = self.reader().await?;
        sqlx::query(
            "SELECT op, run, entity, source_id, target_id, before_fields, after_fields
             FROM change WHERE run = ? ORDER BY id LIMIT ?",
        )
        .bind(run.uuid().as_bytes().to_vec())
        .bind(rows::limit(limit))
        .fetch_all(&mut *conn)
        .await
        .map_err(self.db())?
        .iter()
        .map(rows::change)
        .collect()
    }
}

/// The kinds to list in the order of the kinds, each with the id to go on after.
fn kinds(
    only: Option<EntityKind>,
    after: Option<&(EntityKind, RecordId)>,
) -> impl Iterator<Item = (EntityKind, Option<&RecordId>)> {
    EntityKind::ALL
        .into_iter()
        .filter(move |kind| only.is_none_or(|only| only == *kind))
        .filter_map(move |kind| match after {
            Some((reached, _)) if kind < *reached => None,
            Some((reached, id)) if kind == *reached => Some((kind, Some(id))),
            _ => Some((kind, None)),
        })
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    #[tokio::test]
    async fn the_oldest_events_are_read_in_the_order_of_the_key_without_sorting() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path().join("store.db"))
            .await
            .unwrap();
        let mut conn = store.reader().await.unwrap();
        let plan: Vec<String> =
            sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {OUTBOX}")))
                .bind(500)
                .fetch_all(&mut *conn)
                .await
                .unwrap()
                .iter()
                .map(|row| row.get("detail"))
                .collect();
        assert_eq!(plan, ["SCAN event_outbox"]);
    }
}
