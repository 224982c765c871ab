//! What a decision reads and writes of one record.

use std::collections::BTreeSet;

use api_core::Timestamp;
use sqlx::SqliteConnection;
use sync_core::linking::{DecisionRow, Effect, LinkRule, LinkState, Parking, RecordState};
use sync_core::store::{Park, ParkReason};
use sync_core::{ConnectionName, EntityKind, Event, RecordId, StoreError};

use super::rule;
use crate::SqliteStore;
use crate::read::FlowIds;
use crate::rows::{Stored, column, text, time, to_json, word};

/// A record of the source between the two connections of a flow.
pub(super) struct Of<'a> {
    pub(super) store: &'a SqliteStore,
    pub(super) ids: &'a FlowIds,
    pub(super) entity: EntityKind,
    pub(super) source_id: &'a RecordId,
}

impl Of<'_> {
    pub(super) async fn state(&self, conn: &mut SqliteConnection) -> Stored<RecordState> {
        let link = sqlx::query(
            "SELECT target_id, origin, linked_at FROM link
             WHERE source = ? AND target = ? AND entity = ? AND source_id = ?",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .fetch_optional(&mut *conn)
        .await
        .map_err(self.store.db())?;
        let link = link
            .map(|row| {
                Ok::<_, StoreError>(LinkState {
                    target_id: text(&row, 0)?,
                    origin: word(&row, 1)?,
                    linked_at: time(&row, 2)?,
                })
            })
            .transpose()?;
        let rules = sqlx::query(
            "SELECT rule, target_id FROM link_rule
             WHERE source = ? AND target = ? AND entity = ? AND source_id = ?",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .fetch_all(&mut *conn)
        .await
        .map_err(self.store.db())?
        .iter()
        .map(|row| rule(column(row, 0)?, column(row, 1)?))
        .collect::<Stored<BTreeSet<LinkRule>>>()?;
        Ok(RecordState { link, rules })
    }

    pub(super) async fn owner(
        &self,
        conn: &mut SqliteConnection,
        target_id: Option<&RecordId>,
    ) -> Stored<Option<RecordId>> {
        let Some(target_id) = target_id else {
            return Ok(None);
        };
        let owner: Option<String> = sqlx::query_scalar(
            "SELECT source_id FROM link
             WHERE source = ? AND target = ? AND entity = ? AND target_id = ?",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(target_id.as_str())
        .fetch_optional(&mut *conn)
        .await
        .map_err(self.store.db())?;
        Ok(owner.map(RecordId::from))
    }

    pub(super) async fn in_doubt(&self, conn: &mut SqliteConnection) -> Stored<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM intent i JOIN flow f ON f.id = i.flow
                 WHERE f.source = ? AND f.target = ? AND i.entity = ? AND i.source_id = ?)",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .fetch_one(&mut *conn)
        .await
        .map_err(self.store.db())
    }

    /// The latest decision about the record that was not undone.
    pub(super) async fn latest(&self, conn: &mut SqliteConnection) -> Stored<Option<i64>> {
        sqlx::query_scalar(
            "SELECT MAX(id) FROM link_decision
             WHERE source = ? AND target = ? AND entity = ? AND source_id = ?
                 AND undone_at IS NULL",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .fetch_one(&mut *conn)
        .await
        .map_err(self.store.db())
    }

    pub(super) async fn log(&self, conn: &mut SqliteConnection, row: &DecisionRow) -> Stored<i64> {
        let kind = serde_json::to_value(row.kind).ok();
        let kind = kind.as_ref().and_then(serde_json::Value::as_str);
        sqlx::query_scalar(
            "INSERT INTO link_decision (flow, source, target, at, kind, entity, source_id,
                 target_id, before_state, after_state)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(self.ids.flow)
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(row.at.as_micros())
        .bind(kind)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .bind(row.target_id.as_ref().map(RecordId::as_str))
        .bind(to_json(&row.before)?)
        .bind(to_json(&row.after)?)
        .fetch_one(&mut *conn)
        .await
        .map_err(self.store.db())
    }

    /// Makes the record's link and rules what they are to be, with what goes with it.
    pub(super) async fn write(
        &self,
        conn: &mut SqliteConnection,
        before: &RecordState,
        after: &RecordState,
        effect: Effect,
        now: Timestamp,
    ) -> Stored<()> {
        if before.link != after.link {
            self.write_link(conn, after.link.as_ref()).await?;
        }
        for rule in before.rules.difference(&after.rules) {
            sqlx::query(
                "DELETE FROM link_rule WHERE source = ? AND target = ? AND entity = ?
                     AND source_id = ? AND rule = ? AND target_id = ?",
            )
            .bind(self.ids.source)
            .bind(self.ids.target)
            .bind(self.entity.as_str())
            .bind(self.source_id.as_str())
            .bind(rule.as_str())
            .bind(rule.target_id().map_or("", RecordId::as_str))
            .execute(&mut *conn)
            .await
            .map_err(self.store.db())?;
        }
        for rule in after.rules.difference(&before.rules) {
            sqlx::query(
                "INSERT INTO link_rule (source, target, entity, source_id, rule, target_id, at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(self.ids.source)
            .bind(self.ids.target)
            .bind(self.entity.as_str())
            .bind(self.source_id.as_str())
            .bind(rule.as_str())
            .bind(rule.target_id().map_or("", RecordId::as_str))
            .bind(now.as_micros())
            .execute(&mut *conn)
            .await
            .map_err(self.store.db())?;
        }
        if effect.forget_base {
            sqlx::query(
                "DELETE FROM base WHERE entity = ? AND source_id = ? AND flow IN
                     (SELECT id FROM flow WHERE source = ? AND target = ?)",
            )
            .bind(self.entity.as_str())
            .bind(self.source_id.as_str())
            .bind(self.ids.source)
            .bind(self.ids.target)
            .execute(&mut *conn)
            .await
            .map_err(self.store.db())?;
        }
        self.write_parking(conn, effect.parking, now).await?;
        let event = effect.event;
        (self.store.write_decision(conn, self.ids.target, event)).await
    }

    async fn write_link(
        &self,
        conn: &mut SqliteConnection,
        link: Option<&LinkState>,
    ) -> Stored<()> {
        sqlx::query(
            "DELETE FROM link WHERE source = ? AND target = ? AND entity = ? AND source_id = ?",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .execute(&mut *conn)
        .await
        .map_err(self.store.db())?;
        let Some(link) = link else { return Ok(()) };
        sqlx::query(
            "INSERT INTO link (source, target, entity, source_id, target_id, origin, linked_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.ids.source)
        .bind(self.ids.target)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .bind(link.target_id.as_str())
        .bind(link.origin.as_str())
        .bind(link.linked_at.as_micros())
        .execute(&mut *conn)
        .await
        .map_err(self.store.db())?;
        Ok(())
    }

    /// Parks or unparks the record in each flow between the two systems: whichever of them meets
    /// it next does as was decided.
    async fn write_parking(
        &self,
        conn: &mut SqliteConnection,
        parking: Parking,
        now: Timestamp,
    ) -> Stored<()> {
        let flows: Vec<(i64, Option<String>)> = sqlx::query_as(
            "SELECT f.id, p.reason FROM flow f LEFT JOIN parked p
                 ON p.flow = f.id AND p.entity = ? AND p.source_id = ?
             WHERE f.source = ? AND f.target = ?",
        )
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .bind(self.ids.source)
        .bind(self.ids.target)
        .fetch_all(&mut *conn)
        .await
        .map_err(self.store.db())?;
        for (flow, reason) in flows {
            let reason = reason.and_then(|word| word.parse::<ParkReason>().ok());
            let asked = reason.is_some_and(ParkReason::waits_for_person);
            match parking.of_flow(flow == self.ids.flow, asked) {
                Parking::Clear => self.unpark(conn, flow).await?,
                Parking::Set(park) => self.park(conn, flow, &park, now).await?,
                Parking::Keep | Parking::SetIfAsked(_) => {}
            }
        }
        Ok(())
    }

    async fn unpark(&self, conn: &mut SqliteConnection, flow: i64) -> Stored<()> {
        sqlx::query("DELETE FROM parked WHERE flow = ? AND entity = ? AND source_id = ?")
            .bind(flow)
            .bind(self.entity.as_str())
            .bind(self.source_id.as_str())
            .execute(&mut *conn)
            .await
            .map_err(self.store.db())?;
        Ok(())
    }

    async fn park(
        &self,
        conn: &mut SqliteConnection,
        flow: i64,
        park: &Park,
        now: Timestamp,
    ) -> Stored<()> {
        sqlx::query(
            "INSERT INTO parked (flow, entity, source_id, reason, error, attempts, first_at,
                 last_at, run, hash) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, NULL)
             ON CONFLICT (flow, entity, source_id) DO UPDATE SET
                 reason = excluded.reason, error = excluded.error, last_at = excluded.last_at,
                 run = excluded.run, hash = excluded.hash",
        )
        .bind(flow)
        .bind(self.entity.as_str())
        .bind(self.source_id.as_str())
        .bind(park.reason.as_str())
        .bind(to_json(&park.error)?)
        .bind(now.as_micros())
        .bind(now.as_micros())
        .bind(park.run.uuid().as_bytes().to_vec())
        .execute(&mut *conn)
        .await
        .map_err(self.store.db())?;
        Ok(())
    }
}

impl SqliteStore {
    /// Stores the event of what a person decided, with who it was and the connection that is
    /// written to.
    pub(crate) async fn write_decision(
        &self,
        conn: &mut SqliteConnection,
        target: i64,
        mut event: Event,
    ) -> Stored<()> {
        let connection: Option<String> =
            sqlx::query_scalar("SELECT name FROM connection WHERE id = ?")
                .bind(target)
                .fetch_optional(&mut *conn)
                .await
                .map_err(self.db())?;
        event.connection = connection.map(ConnectionName::from);
        event.actor = self.actor.as_deref().map(str::to_owned);
        sqlx::query(
            "INSERT INTO event_outbox (id, at, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )
        .bind(event.id.uuid().as_bytes().to_vec())
        .bind(event.at.as_micros())
        .bind(to_json(&event)?)
        .execute(&mut *conn)
        .await
        .map_err(self.db())?;
        Ok(())
    }
}
