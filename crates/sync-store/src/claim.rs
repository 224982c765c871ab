//! Flows and their leases.

use std::time::Duration;

use api_core::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use sync_core::store::{Claim, Claimed, FlowRow, FlowSetup, Lease};
use sync_core::{ConnectionName, FlowName, StoreError};

use crate::SqliteStore;
use crate::rows::{Stored, column, flow as flow_row, maybe_time, span, text};

impl SqliteStore {
    pub(crate) async fn set_up_flow(&self, flow: &FlowSetup, now: Timestamp) -> Stored<()> {
        let mut tx = self.begin().await?;
        let source = self.connection_id(&mut tx, &flow.source).await?;
        let target = self.connection_id(&mut tx, &flow.target).await?;
        sqlx::query(
            "INSERT INTO flow (name, source, target, every, next_due) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET
                 source = excluded.source,
                 target = excluded.target,
                 next_due = CASE WHEN flow.every IS NOT DISTINCT FROM excluded.every
                     THEN flow.next_due ELSE excluded.next_due END,
                 every = excluded.every",
        )
        .bind(flow.name.as_str())
        .bind(source)
        .bind(target)
        .bind(flow.every.map(span))
        .bind(flow.every.map(|_| now.as_micros()))
        .execute(&mut *tx)
        .await
        .map_err(self.db())?;
        tx.commit().await.map_err(self.db())
    }

    async fn connection_id(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        name: &ConnectionName,
    ) -> Stored<i64> {
        sqlx::query("INSERT INTO connection (name) VALUES (?) ON CONFLICT (name) DO NOTHING")
            .bind(name.as_str())
            .execute(&mut **tx)
            .await
            .map_err(self.db())?;
        sqlx::query_scalar("SELECT id FROM connection WHERE name = ?")
            .bind(name.as_str())
            .fetch_one(&mut **tx)
            .await
            .map_err(self.db())
    }

    pub(crate) async fn all_flows(&self) -> Stored<Vec<FlowRow>> {
        let mut conn = self.reader().await?;
        sqlx::query(
            "SELECT f.name, s.name, t.name, f.every, f.next_due, f.seq, f.fence, f.lease_owner,
                 f.lease_until, f.crash_count, f.state, f.position
             FROM flow f JOIN connection s ON s.id = f.source JOIN connection t ON t.id = f.target
             ORDER BY f.name",
        )
        .fetch_all(&mut *conn)
        .await
        .map_err(self.db())?
        .iter()
        .map(flow_row)
        .collect()
    }

    pub(crate) async fn one_flow(&self, name: &FlowName) -> Stored<Option<FlowRow>> {
        let mut conn = self.reader().await?;
        sqlx::query(
            "SELECT f.name, s.name, t.name, f.every, f.next_due, f.seq, f.fence, f.lease_owner,
                 f.lease_until, f.crash_count, f.state, f.position
             FROM flow f JOIN connection s ON s.id = f.source JOIN connection t ON t.id = f.target
             WHERE f.name = ?",
        )
        .bind(name.as_str())
        .fetch_optional(&mut *conn)
        .await
        .map_err(self.db())?
        .as_ref()
        .map(flow_row)
        .transpose()
    }

    pub(crate) async fn take(
        &self,
        what: Claim<'_>,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Stored<Claimed> {
        let until = now.saturating_add(ttl).as_micros();
        let now = now.as_micros();
        let mut tx = self.begin().await?;
        let taken = match what {
            Claim::Due => sqlx::query(
                "UPDATE flow SET
                     fence = fence + 1,
                     crash_count = crash_count + 1,
                     state = CASE WHEN crash_count >= 2 THEN 'broken' ELSE state END,
                     lease_owner = ?,
                     lease_until = ?
                 WHERE id = (
                     SELECT id FROM flow AS f
                     WHERE state IN ('idle', 'running') AND next_due <= ?
                         AND NOT EXISTS (SELECT 1 FROM flow AS o
                             WHERE o.source = f.source AND o.target = f.target
                                 AND o.lease_owner IS NOT NULL AND o.lease_until >= ?)
                     ORDER BY next_due, name LIMIT 1)
                 RETURNING name, fence, crash_count",
            )
            .bind(owner)
            .bind(until)
            .bind(now)
            .bind(now),
            Claim::Flow(flow) => sqlx::query(
                "UPDATE flow SET
                     fence = fence + 1,
                     crash_count = CASE WHEN state = 'broken' THEN 1 ELSE crash_count + 1 END,
                     state = CASE WHEN state = 'broken' THEN 'idle'
                         WHEN crash_count >= 2 THEN 'broken' ELSE state END,
                     lease_owner = ?,
                     lease_until = ?
                 WHERE name = ? AND NOT EXISTS (SELECT 1 FROM flow AS o
                     WHERE o.source = flow.source AND o.target = flow.target
                         AND o.lease_owner IS NOT NULL AND o.lease_until >= ?)
                 RETURNING name, fence, crash_count",
            )
            .bind(owner)
            .bind(until)
            .bind(flow.as_str())
            .bind(now),
        }
        .fetch_optional(&mut *tx)
        .await
        .map_err(self.db())?;
        let claimed = match (&taken, what) {
            (Some(row), _) => Claimed::Lease(lease(row, owner)?),
            (None, Claim::Due) => Claimed::Nothing,
            (None, Claim::Flow(flow)) => self.held_by(&mut tx, flow, now).await?,
        };
        tx.commit().await.map_err(self.db())?;
        Ok(claimed)
    }

    async fn held_by(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        flow: &FlowName,
        now: i64,
    ) -> Stored<Claimed> {
        let row = sqlx::query(
            "SELECT o.name, o.lease_owner, o.lease_until
             FROM flow AS f LEFT JOIN flow AS o
                 ON o.source = f.source AND o.target = f.target
                 AND o.lease_owner IS NOT NULL AND o.lease_until >= ?
             WHERE f.name = ? ORDER BY o.name = f.name DESC LIMIT 1",
        )
        .bind(now)
        .bind(flow.as_str())
        .fetch_optional(&mut **tx)
        .await
        .map_err(self.db())?
        .ok_or_else(|| StoreError::UnknownFlow(flow.clone()))?;
        let held: Option<String> = column(&row, 0)?;
        Ok(Claimed::Busy {
            flow: held.map_or_else(|| flow.clone(), FlowName::from),
            owner: column::<Option<String>>(&row, 1)?.unwrap_or_default(),
            until: maybe_time(&row, 2)?.unwrap_or_default(),
        })
    }

    pub(crate) async fn keep(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Stored<()> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE flow SET lease_until = ?
             WHERE name = ? AND fence = ? AND lease_owner IS NOT NULL",
        )
        .bind(now.saturating_add(ttl).as_micros())
        .bind(lease.flow.as_str())
        .bind(lease.fence)
        .execute(&mut *tx)
        .await
        .map_err(self.db())?;
        if done.rows_affected() == 0 {
            return Err(self.not_held(&mut tx, lease).await);
        }
        tx.commit().await.map_err(self.db())
    }

    pub(crate) async fn give_back(&self, lease: &Lease, next: Option<Timestamp>) -> Stored<()> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE flow SET
                 lease_owner = NULL, lease_until = NULL, next_due = ?, crash_count = 0
             WHERE name = ? AND fence = ? AND lease_owner IS NOT NULL",
        )
        .bind(next.map(Timestamp::as_micros))
        .bind(lease.flow.as_str())
        .bind(lease.fence)
        .execute(&mut *tx)
        .await
        .map_err(self.db())?;
        if done.rows_affected() == 0 {
            return Err(self.not_held(&mut tx, lease).await);
        }
        tx.commit().await.map_err(self.db())
    }

    pub(crate) async fn end_lease(&self, flow: &FlowName, owner: &str) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE flow SET lease_owner = NULL, lease_until = NULL
             WHERE name = ? AND lease_owner = ?",
        )
        .bind(flow.as_str())
        .bind(owner)
        .execute(&mut *tx)
        .await
        .map_err(self.db())?;
        tx.commit().await.map_err(self.db())?;
        Ok(done.rows_affected() > 0)
    }

    /// Why no row has this lease.
    pub(crate) async fn not_held(&self, conn: &mut SqliteConnection, lease: &Lease) -> StoreError {
        let known: Result<i64, _> = sqlx::query_scalar("SELECT COUNT(*) FROM flow WHERE name = ?")
            .bind(lease.flow.as_str())
            .fetch_one(conn)
            .await;
        match known {
            Ok(0) => StoreError::UnknownFlow(lease.flow.clone()),
            Ok(_) => StoreError::LeaseLost {
                flow: lease.flow.clone(),
            },
            Err(e) => self.db()(e),
        }
    }
}

fn lease(row: &SqliteRow, owner: &str) -> Stored<Lease> {
    let starts: i64 = column(row, 2)?;
    Ok(Lease {
        flow: text(row, 0)?,
        owner: owner.to_owned(),
        fence: column(row, 1)?,
        starts: u32::try_from(starts).unwrap_or(u32::MAX),
    })
}
