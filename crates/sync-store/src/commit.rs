//! One transaction of a run.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use sync_core::store::{ChangeRow, Commit, Intent, Lease, LinkUpdate, Park};
use sync_core::{EntityKind, Event, OpId, RecordId, StoreError};

use crate::SqliteStore;
use crate::error::is_unique_violation;
use crate::rows::{Stored, column, lifecycle_word, to_json};
use crate::sql::{push_list, row_chunks, value_chunks, write_rows};

/// The row ids that the statements of a commit need.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) flow: i64,
    pub(crate) source: i64,
    pub(crate) target: i64,
    pub(crate) at: i64,
}

impl SqliteStore {
    pub(crate) async fn store(&self, lease: &Lease, commit: Commit) -> Stored<()> {
        // A transaction that is dropped is rolled back: every `?` below stores nothing.
        let mut tx = self.begin().await?;
        let ids = self.fence(&mut tx, lease, &commit).await?;
        let step = Step {
            store: self,
            conn: &mut tx,
            ids,
        };
        step.run(commit).await?;
        tx.commit().await.map_err(self.db())
    }

    /// Checks the lease by the same statement that writes the flow.
    async fn fence(
        &self,
        conn: &mut SqliteConnection,
        lease: &Lease,
        commit: &Commit,
    ) -> Stored<Ids> {
        let position = commit.position.as_ref().map(to_json).transpose()?;
        let slices = i64::from(commit.position.is_some() || !commit.cursors.is_empty());
        let ends = commit.end_run.is_some();
        let row = sqlx::query(
            "UPDATE flow SET
                 crash_count = CASE WHEN ? THEN 0 ELSE crash_count END,
                 seq = seq + ?,
                 state = CASE WHEN ? THEN 'idle'
                     WHEN state = 'broken' THEN CASE WHEN ? THEN 'running' ELSE 'broken' END
                     WHEN ? THEN 'running' ELSE state END,
                 position = CASE WHEN ? THEN NULL ELSE COALESCE(?, position) END
             WHERE name = ? AND fence = ? AND lease_owner IS NOT NULL
             RETURNING id, source, target",
        )
        .bind(commit.is_progress())
        .bind(slices)
        .bind(ends)
        .bind(commit.is_progress())
        .bind(commit.start_run.is_some())
        .bind(ends)
        .bind(position)
        .bind(lease.flow.as_str())
        .bind(lease.fence)
        .fetch_optional(&mut *conn)
        .await
        .map_err(self.db())?;
        let Some(row) = row else {
            return Err(self.not_held(conn, lease).await);
        };
        Ok(Ids {
            flow: column(&row, 0)?,
            source: column(&row, 1)?,
            target: column(&row, 2)?,
            at: commit.at.as_micros(),
        })
    }
}

/// The transaction, once the lease is checked.
pub(crate) struct Step<'a> {
    pub(crate) store: &'a SqliteStore,
    pub(crate) conn: &'a mut SqliteConnection,
    pub(crate) ids: Ids,
}

impl Step<'_> {
    async fn run(mut self, commit: Commit) -> Stored<()> {
        self.open(&commit.open).await?;
        self.close(&commit.close).await?;
        self.unknown(&commit.unknown).await?;
        self.links(&commit.links).await?;
        self.bases(&commit.links).await?;
        self.changes(&commit.changes).await?;
        self.park(&commit.park).await?;
        self.unpark(&commit.unpark).await?;
        self.events(&commit.events).await?;
        if let Some(run) = &commit.start_run {
            self.start_run(run).await?;
        }
        if let Some(run) = commit.run {
            self.counts(run, &commit.counts).await?;
            self.repaired(run, commit.repaired).await?;
        }
        for (entity, cursor) in &commit.cursors {
            let cursor = cursor.as_ref().map(|cursor| cursor.as_str());
            self.cursor(*entity, cursor).await?;
        }
        if let Some((run, status, message)) = &commit.end_run {
            self.end_run(*run, *status, message.as_deref()).await?;
        }
        Ok(())
    }

    async fn open(&mut self, intents: &[Intent]) -> Stored<()> {
        let rows: Vec<(&Intent, String, String)> = intents
            .iter()
            .map(|intent| Ok((intent, to_json(&intent.action)?, to_json(&intent.payload)?)))
            .collect::<Stored<_>>()?;
        write_rows(
            self.conn,
            "INSERT INTO intent (flow, op, run, entity, source_id, action, marker, batch_key,
                 state, at, payload) ",
            &rows,
            " ON CONFLICT (flow, op) DO UPDATE SET
                 run = excluded.run, entity = excluded.entity, source_id = excluded.source_id,
                 action = excluded.action, marker = excluded.marker,
                 batch_key = excluded.batch_key, state = excluded.state, at = excluded.at,
                 payload = excluded.payload",
            |row, (intent, action, payload)| {
                row.push_bind(self.ids.flow)
                    .push_bind(&intent.op.uuid().as_bytes()[..])
                    .push_bind(&intent.run.uuid().as_bytes()[..])
                    .push_bind(intent.entity.as_str())
                    .push_bind(intent.source_id.as_str())
                    .push_bind(action.as_str())
                    .push_bind(intent.marker.as_str())
                    .push_bind(intent.batch_key.as_str())
                    .push_bind(intent.state.as_str())
                    .push_bind(intent.at.as_micros())
                    .push_bind(payload.as_str());
            },
        )
        .await
        .map_err(self.store.db())
    }

    async fn close(&mut self, ops: &[OpId]) -> Stored<()> {
        for ops in value_chunks(ops) {
            let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM intent WHERE flow = ");
            query.push_bind(self.ids.flow);
            push_list(&mut query, (" AND op IN (", ", ", ")"), ops, op_bytes);
            self.execute(query).await?;
        }
        Ok(())
    }

    async fn unknown(&mut self, ops: &[OpId]) -> Stored<()> {
        for ops in value_chunks(ops) {
            let mut query =
                QueryBuilder::<Sqlite>::new("UPDATE intent SET state = 'unknown', at = ");
            query
                .push_bind(self.ids.at)
                .push(" WHERE flow = ")
                .push_bind(self.ids.flow);
            push_list(&mut query, (" AND op IN (", ", ", ")"), ops, op_bytes);
            self.execute(query).await?;
        }
        Ok(())
    }

    async fn links(&mut self, links: &[LinkUpdate]) -> Stored<()> {
        for chunk in row_chunks(links) {
            match self.link_chunk(chunk).await {
                Ok(()) => {}
                Err(e) if is_unique_violation(&e) => return Err(self.taken(chunk).await?),
                Err(e) => return Err(self.store.db()(e)),
            }
        }
        Ok(())
    }

    async fn link_chunk(&mut self, links: &[LinkUpdate]) -> Result<(), sqlx::Error> {
        write_rows(
            self.conn,
            "INSERT INTO link (source, target, entity, source_id, target_id, origin, linked_at) ",
            links,
            " ON CONFLICT (source, target, entity, source_id) DO UPDATE SET
                 target_id = excluded.target_id, origin = excluded.origin,
                 linked_at = excluded.linked_at
             WHERE link.target_id <> excluded.target_id AND link.origin <> 'manual'",
            |row, link| {
                row.push_bind(self.ids.source)
                    .push_bind(self.ids.target)
                    .push_bind(link.entity.as_str())
                    .push_bind(link.source_id.as_str())
                    .push_bind(link.target_id.as_str())
                    .push_bind(link.origin.as_str())
                    .push_bind(self.ids.at);
            },
        )
        .await
    }

    /// Which link of a statement that failed cannot be stored: it undid nothing but itself, so the
    /// rows are tried one by one; the caller rolls back.
    async fn taken(&mut self, links: &[LinkUpdate]) -> Stored<StoreError> {
        for link in links {
            match self.link_chunk(std::slice::from_ref(link)).await {
                Ok(()) => {}
                Err(e) if is_unique_violation(&e) => {
                    return Ok(StoreError::LinkTaken {
                        entity: link.entity,
                        target_id: link.target_id.clone(),
                    });
                }
                Err(e) => return Err(self.store.db()(e)),
            }
        }
        Err(StoreError::Corrupt(
            "links that cannot be stored together can be stored one by one".to_owned(),
        ))
    }

    async fn bases(&mut self, links: &[LinkUpdate]) -> Stored<()> {
        let mut rows = Vec::with_capacity(links.len());
        for link in links {
            if let Some(base) = &link.base {
                rows.push((link, base, to_json(&base.fields)?));
            }
        }
        write_rows(
            self.conn,
            "INSERT INTO base (flow, entity, source_id, hash, lifecycle, run, synced_at, fields, part) ",
            &rows,
            " ON CONFLICT (flow, entity, source_id) DO UPDATE SET
                 hash = excluded.hash, lifecycle = excluded.lifecycle, run = excluded.run,
                 synced_at = excluded.synced_at, fields = excluded.fields, part = excluded.part",
            |row, (link, base, fields)| {
                row.push_bind(self.ids.flow)
                    .push_bind(link.entity.as_str())
                    .push_bind(link.source_id.as_str())
                    .push_bind(&base.hash.0[..])
                    .push_bind(lifecycle_word(base.lifecycle))
                    .push_bind(&base.run.uuid().as_bytes()[..])
                    .push_bind(self.ids.at)
                    .push_bind(fields.as_str())
                    .push_bind(base.part.as_ref().map(|part| &part.0[..]));
            },
        )
        .await
        .map_err(self.store.db())
    }

    async fn changes(&mut self, changes: &[ChangeRow]) -> Stored<()> {
        let rows: Vec<(&ChangeRow, String, String)> = changes
            .iter()
            .map(|change| Ok((change, to_json(&change.before)?, to_json(&change.after)?)))
            .collect::<Stored<_>>()?;
        write_rows(
            self.conn,
            "INSERT INTO change (flow, op, run, entity, source_id, target_id, at, before_fields,
                 after_fields) ",
            &rows,
            "",
            |row, (change, before, after)| {
                row.push_bind(self.ids.flow)
                    .push_bind(&change.op.uuid().as_bytes()[..])
                    .push_bind(&change.run.uuid().as_bytes()[..])
                    .push_bind(change.entity.as_str())
                    .push_bind(change.source_id.as_str())
                    .push_bind(change.target_id.as_str())
                    .push_bind(self.ids.at)
                    .push_bind(before.as_str())
                    .push_bind(after.as_str());
            },
        )
        .await
        .map_err(self.store.db())
    }

    async fn park(&mut self, parks: &[Park]) -> Stored<()> {
        let rows: Vec<(&Park, String)> = parks
            .iter()
            .map(|park| Ok((park, to_json(&park.error)?)))
            .collect::<Stored<_>>()?;
        write_rows(
            self.conn,
            "INSERT INTO parked (flow, entity, source_id, reason, error, attempts, first_at,
                 last_at, run, hash) ",
            &rows,
            " ON CONFLICT (flow, entity, source_id) DO UPDATE SET
                 reason = excluded.reason, error = excluded.error, attempts = parked.attempts + 1,
                 last_at = excluded.last_at, run = excluded.run, hash = excluded.hash",
            |row, (park, error)| {
                row.push_bind(self.ids.flow)
                    .push_bind(park.entity.as_str())
                    .push_bind(park.source_id.as_str())
                    .push_bind(park.reason.as_str())
                    .push_bind(error.as_str())
                    .push_bind(1_i64)
                    .push_bind(self.ids.at)
                    .push_bind(self.ids.at)
                    .push_bind(&park.run.uuid().as_bytes()[..])
                    .push_bind(park.hash.as_ref().map(|hash| &hash.0[..]));
            },
        )
        .await
        .map_err(self.store.db())
    }

    async fn unpark(&mut self, records: &[(EntityKind, RecordId)]) -> Stored<()> {
        let mut by_kind: BTreeMap<EntityKind, Vec<&str>> = BTreeMap::new();
        for (entity, id) in records {
            by_kind.entry(*entity).or_default().push(id.as_str());
        }
        for (entity, ids) in by_kind {
            sqlx::query(
                "DELETE FROM parked WHERE flow = ? AND entity = ?
                     AND source_id IN (SELECT value FROM json_each(?))",
            )
            .bind(self.ids.flow)
            .bind(entity.as_str())
            .bind(to_json(&ids)?)
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        }
        Ok(())
    }

    async fn events(&mut self, events: &[Event]) -> Stored<()> {
        let rows: Vec<(&Event, String)> = events
            .iter()
            .map(|event| Ok((event, to_json(event)?)))
            .collect::<Stored<_>>()?;
        write_rows(
            self.conn,
            "INSERT INTO event_outbox (id, at, body) ",
            &rows,
            " ON CONFLICT (id) DO NOTHING",
            |row, (event, body)| {
                row.push_bind(&event.id.uuid().as_bytes()[..])
                    .push_bind(event.at.as_micros())
                    .push_bind(body.as_str());
            },
        )
        .await
        .map_err(self.store.db())
    }

    async fn execute(&mut self, mut query: QueryBuilder<Sqlite>) -> Stored<()> {
        query
            .build()
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        Ok(())
    }
}

fn op_bytes(op: &OpId) -> Vec<u8> {
    op.uuid().as_bytes().to_vec()
}
