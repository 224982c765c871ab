//! What a transaction says of its run: start, counts, cursors, end.

use std::collections::BTreeMap;

use sync_core::store::{Counts, RunRow, RunStatus};
use sync_core::{EntityKind, RunId, StoreError};

use crate::commit::Step;
use crate::rows::Stored;

impl Step<'_> {
    pub(crate) async fn start_run(&mut self, run: &RunRow) -> Stored<()> {
        let flow: Option<i64> = sqlx::query_scalar("SELECT id FROM flow WHERE name = ?")
            .bind(run.flow.as_str())
            .fetch_optional(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        let flow = flow.ok_or_else(|| StoreError::UnknownFlow(run.flow.clone()))?;
        let uuid = run.id.uuid();
        sqlx::query(
            "INSERT INTO run (id, flow, set_off_by, started_at, ended_at, status, message, repaired)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 flow = excluded.flow, set_off_by = excluded.set_off_by,
                 started_at = excluded.started_at, ended_at = excluded.ended_at,
                 status = excluded.status, message = excluded.message,
                 repaired = excluded.repaired",
        )
        .bind(&uuid.as_bytes()[..])
        .bind(flow)
        .bind(run.trigger.as_str())
        .bind(run.started_at.as_micros())
        .bind(run.ended_at.map(|at| at.as_micros()))
        .bind(run.status.as_str())
        .bind(run.message.as_deref())
        .bind(run.repaired)
        .execute(&mut *self.conn)
        .await
        .map_err(self.store.db())?;
        sqlx::query("DELETE FROM run_count WHERE run = ?")
            .bind(&uuid.as_bytes()[..])
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        let counts: Vec<_> = run.counts.iter().map(|(kind, n)| (*kind, *n)).collect();
        self.counts(run.id, &counts).await
    }

    /// Adds to the counts of a run; those of a run that is not known go nowhere.
    pub(crate) async fn counts(
        &mut self,
        run: RunId,
        counts: &[(EntityKind, Counts)],
    ) -> Stored<()> {
        let mut sums: BTreeMap<EntityKind, Counts> = BTreeMap::new();
        for (entity, n) in counts {
            *sums.entry(*entity).or_default() += *n;
        }
        for (entity, n) in sums {
            sqlx::query(
                "INSERT INTO run_count
                     (run, entity, read, created, updated, unchanged, skipped, parked, failed)
                 SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM run WHERE id = ?
                 ON CONFLICT (run, entity) DO UPDATE SET
                     read = run_count.read + excluded.read,
                     created = run_count.created + excluded.created,
                     updated = run_count.updated + excluded.updated,
                     unchanged = run_count.unchanged + excluded.unchanged,
                     skipped = run_count.skipped + excluded.skipped,
                     parked = run_count.parked + excluded.parked,
                     failed = run_count.failed + excluded.failed",
            )
            .bind(entity.as_str())
            .bind(n.read)
            .bind(n.created)
            .bind(n.updated)
            .bind(n.unchanged)
            .bind(n.skipped)
            .bind(n.parked)
            .bind(n.failed)
            .bind(&run.uuid().as_bytes()[..])
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        }
        Ok(())
    }

    /// Adds to how many records a run has repaired.
    pub(crate) async fn repaired(&mut self, run: RunId, more: i64) -> Stored<()> {
        if more == 0 {
            return Ok(());
        }
        sqlx::query("UPDATE run SET repaired = COALESCE(repaired, 0) + ? WHERE id = ?")
            .bind(more)
            .bind(&run.uuid().as_bytes()[..])
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        Ok(())
    }

    pub(crate) async fn cursor(&mut self, entity: EntityKind, cursor: Option<&str>) -> Stored<()> {
        let query = match cursor {
            Some(cursor) => sqlx::query(
                "INSERT INTO cursor (flow, entity, cursor) VALUES (?, ?, ?)
                 ON CONFLICT (flow, entity) DO UPDATE SET cursor = excluded.cursor",
            )
            .bind(self.ids.flow)
            .bind(entity.as_str())
            .bind(cursor),
            None => sqlx::query("DELETE FROM cursor WHERE flow = ? AND entity = ?")
                .bind(self.ids.flow)
                .bind(entity.as_str()),
        };
        query
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        Ok(())
    }

    pub(crate) async fn end_run(
        &mut self,
        run: RunId,
        status: RunStatus,
        message: Option<&str>,
    ) -> Stored<()> {
        sqlx::query("UPDATE run SET status = ?, message = ?, ended_at = ? WHERE id = ?")
            .bind(status.as_str())
            .bind(message)
            .bind(self.ids.at)
            .bind(&run.uuid().as_bytes()[..])
            .execute(&mut *self.conn)
            .await
            .map_err(self.store.db())?;
        Ok(())
    }
}
