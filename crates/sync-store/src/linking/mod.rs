//! Linking by hand: decisions, rules and suggestions.

mod record;

use api_core::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};
use sync_core::linking::{
    Decided, DecisionKind, DecisionRow, LinkDecision, LinkRule, Refusal, RuleRow, Situation,
    Suggested, Suggestion, SuggestionRow, UndoSituation, effect, effect_of_undo, weigh, weigh_undo,
};
use sync_core::{EntityKind, FlowName, RecordId, StoreError};

use self::record::Of;
use crate::SqliteStore;
use crate::read::FlowIds;
use crate::rows::{self, Stored, column, json, maybe_time, text, time, to_json, word};

/// The columns that [`decision`] reads.
const DECISION: &str = "SELECT d.id, d.at, f.name, d.kind, d.entity, d.source_id, d.target_id, \
    d.before_state, d.after_state, d.undone_at FROM link_decision d JOIN flow f ON f.id = d.flow";

impl SqliteStore {
    pub(crate) async fn store_decision(
        &self,
        flow: &FlowName,
        (entity, source_id): (EntityKind, &RecordId),
        decision: &LinkDecision,
        now: Timestamp,
    ) -> Stored<Decided> {
        let mut tx = self.begin().await?;
        let ids = match self.alone(&mut tx, flow, now).await? {
            Ok(ids) => ids,
            Err(busy) => return Ok(busy),
        };
        let of = Of {
            store: self,
            ids: &ids,
            entity,
            source_id,
        };
        let situation = Situation {
            state: of.state(&mut tx).await?,
            owner: of.owner(&mut tx, decision.target_id()).await?,
            in_doubt: of.in_doubt(&mut tx).await?,
        };
        let (kind, after) = match weigh(source_id, decision, now, &situation) {
            Ok(weighed) => weighed,
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        };
        let before = situation.state;
        let target_id = decision.target_id().or(before.linked_to());
        let mut row = DecisionRow {
            id: 0,
            at: now,
            flow: flow.clone(),
            kind,
            entity,
            source_id: source_id.clone(),
            target_id: target_id.or(before.merged_into()).cloned(),
            before,
            after,
            undone_at: None,
        };
        row.id = of.log(&mut tx, &row).await?;
        of.write(&mut tx, &row.before, &row.after, effect(&row), now)
            .await?;
        tx.commit().await.map_err(self.db())?;
        Ok(Decided::Done(Box::new(row)))
    }

    pub(crate) async fn take_back_decision(
        &self,
        flow: &FlowName,
        id: Option<i64>,
        now: Timestamp,
    ) -> Stored<Decided> {
        let mut tx = self.begin().await?;
        let ids = match self.alone(&mut tx, flow, now).await? {
            Ok(ids) => ids,
            Err(busy) => return Ok(busy),
        };
        let statement = match id {
            Some(_) => format!("{DECISION} WHERE d.source = ? AND d.target = ? AND d.id = ?"),
            None => format!(
                "{DECISION} WHERE d.source = ? AND d.target = ? AND d.undone_at IS NULL
                 ORDER BY d.id DESC LIMIT 1"
            ),
        };
        let mut query = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(ids.source)
            .bind(ids.target);
        if let Some(id) = id {
            query = query.bind(id);
        }
        let found = query.fetch_optional(&mut *tx).await.map_err(self.db())?;
        let Some(mut row) = found.as_ref().map(decision).transpose()? else {
            return Ok(Decided::Refused(match id {
                Some(id) => Refusal::Unknown { id },
                None => Refusal::NothingToUndo,
            }));
        };
        let source_id = row.source_id.clone();
        let of = Of {
            store: self,
            ids: &ids,
            entity: row.entity,
            source_id: &source_id,
        };
        let situation = UndoSituation {
            state: of.state(&mut tx).await?,
            owner: of.owner(&mut tx, row.before.linked_to()).await?,
            latest: of.latest(&mut tx).await?,
            in_doubt: of.in_doubt(&mut tx).await?,
        };
        let after = match weigh_undo(&row, &situation) {
            Ok(after) => after,
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        };
        let before = situation.state;
        let effect = effect_of_undo(&row, &before, &after, now);
        of.write(&mut tx, &before, &after, effect, now).await?;
        sqlx::query("UPDATE link_decision SET undone_at = ? WHERE id = ?")
            .bind(now.as_micros())
            .bind(row.id)
            .execute(&mut *tx)
            .await
            .map_err(self.db())?;
        tx.commit().await.map_err(self.db())?;
        row.undone_at = Some(now);
        Ok(Decided::Done(Box::new(row)))
    }

    /// The flow's ids, unless somebody is at work between its connections. Leases that ran out
    /// are ended: whoever held one stores nothing any more.
    async fn alone(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        flow: &FlowName,
        now: Timestamp,
    ) -> Stored<Result<FlowIds, Decided>> {
        let row = sqlx::query("SELECT id, source, target FROM flow WHERE name = ?")
            .bind(flow.as_str())
            .fetch_optional(&mut **tx)
            .await
            .map_err(self.db())?
            .ok_or_else(|| StoreError::UnknownFlow(flow.clone()))?;
        let ids = FlowIds {
            flow: column(&row, 0)?,
            source: column(&row, 1)?,
            target: column(&row, 2)?,
        };
        let held = sqlx::query(
            "SELECT name, lease_owner, lease_until FROM flow
             WHERE source = ? AND target = ? AND lease_owner IS NOT NULL AND lease_until >= ?
             ORDER BY name LIMIT 1",
        )
        .bind(ids.source)
        .bind(ids.target)
        .bind(now.as_micros())
        .fetch_optional(&mut **tx)
        .await
        .map_err(self.db())?;
        if let Some(row) = held {
            return Ok(Err(Decided::Busy {
                flow: text(&row, 0)?,
                owner: column(&row, 1)?,
                until: time(&row, 2)?,
            }));
        }
        sqlx::query(
            "UPDATE flow SET fence = fence + 1, lease_owner = NULL, lease_until = NULL
             WHERE source = ? AND target = ? AND lease_owner IS NOT NULL",
        )
        .bind(ids.source)
        .bind(ids.target)
        .execute(&mut **tx)
        .await
        .map_err(self.db())?;
        Ok(Ok(ids))
    }

    pub(crate) async fn decision_rows(
        &self,
        flow: &FlowName,
        limit: usize,
    ) -> Stored<Vec<DecisionRow>> {
        let ids = self.known_flow(flow).await?;
        let statement =
            format!("{DECISION} WHERE d.source = ? AND d.target = ? ORDER BY d.id DESC LIMIT ?");
        let mut conn = self.reader().await?;
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(ids.source)
            .bind(ids.target)
            .bind(rows::limit(limit))
            .fetch_all(&mut *conn)
            .await
            .map_err(self.db())?
            .iter()
            .map(decision)
            .collect()
    }

    pub(crate) async fn rule_rows(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Stored<Vec<RuleRow>> {
        let ids = self.known_flow(flow).await?;
        let mut conn = self.reader().await?;
        let mut found: Vec<RuleRow> = sqlx::query(
            "SELECT entity, source_id, rule, target_id, at FROM link_rule
             WHERE source = ?1 AND target = ?2 AND (?3 IS NULL OR entity = ?3)",
        )
        .bind(ids.source)
        .bind(ids.target)
        .bind(entity.map(EntityKind::as_str))
        .fetch_all(&mut *conn)
        .await
        .map_err(self.db())?
        .iter()
        .map(|row| {
            Ok(RuleRow {
                entity: word(row, 0)?,
                source_id: text(row, 1)?,
                rule: rule(column(row, 2)?, column(row, 3)?)?,
                at: time(row, 4)?,
            })
        })
        .collect::<Stored<_>>()?;
        found.sort_by(|a, b| {
            (a.entity, &a.source_id, &a.rule).cmp(&(b.entity, &b.source_id, &b.rule))
        });
        Ok(found)
    }

    pub(crate) async fn keep_suggestions(
        &self,
        flow: &FlowName,
        found: &[Suggested],
        now: Timestamp,
    ) -> Stored<()> {
        let ids = self.known_flow(flow).await?;
        let mut tx = self.begin().await?;
        for found in found {
            sqlx::query(
                "INSERT INTO suggestion (source, target, entity, source_id, name, found, at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (source, target, entity, source_id) DO UPDATE SET
                     name = excluded.name, found = excluded.found, at = excluded.at",
            )
            .bind(ids.source)
            .bind(ids.target)
            .bind(found.entity.as_str())
            .bind(found.source_id.as_str())
            .bind(found.source_name.as_deref())
            .bind(to_json(&found.suggestions)?)
            .bind(now.as_micros())
            .execute(&mut *tx)
            .await
            .map_err(self.db())?;
        }
        tx.commit().await.map_err(self.db())
    }

    pub(crate) async fn suggestion_rows(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Stored<Vec<SuggestionRow>> {
        let ids = self.known_flow(flow).await?;
        let mut all = Vec::new();
        for kind in EntityKind::ALL {
            if entity.is_some_and(|entity| entity != kind) || all.len() >= limit {
                continue;
            }
            // One statement per kind: the order of the kinds is not that of their names.
            let mut conn = self.reader().await?;
            let found = sqlx::query(
                "SELECT s.source_id, s.name, json_extract(e.value, '$'), s.at, o.source_id
                 FROM suggestion s CROSS JOIN json_each(s.found) e
                 LEFT JOIN link o ON o.source = s.source AND o.target = s.target
                     AND o.entity = s.entity AND o.target_id = e.value ->> 'target_id'
                 WHERE s.source = ?1 AND s.target = ?2 AND s.entity = ?3
                     AND NOT EXISTS (SELECT 1 FROM link l WHERE l.source = ?1 AND l.target = ?2
                         AND l.entity = ?3 AND l.source_id = s.source_id)
                     AND NOT EXISTS (SELECT 1 FROM link_rule r WHERE r.source = ?1
                         AND r.target = ?2 AND r.entity = ?3 AND r.source_id = s.source_id
                         AND (r.rule IN ('leave_out', 'create', 'merged')
                             OR r.target_id = e.value ->> 'target_id'))
                 ORDER BY s.source_id, e.value ->> 'score' DESC, e.value ->> 'target_id'
                 LIMIT ?4",
            )
            .bind(ids.source)
            .bind(ids.target)
            .bind(kind.as_str())
            .bind(rows::limit(limit - all.len()))
            .fetch_all(&mut *conn)
            .await
            .map_err(self.db())?;
            for row in &found {
                all.push(SuggestionRow {
                    entity: kind,
                    source_id: text(row, 0)?,
                    source_name: column(row, 1)?,
                    suggestion: json::<Suggestion>(row, 2)?,
                    at: time(row, 3)?,
                    taken_by: column::<Option<String>>(row, 4)?.map(RecordId::from),
                });
            }
        }
        Ok(all)
    }

    async fn known_flow(&self, flow: &FlowName) -> Stored<FlowIds> {
        self.flow_ids(flow)
            .await?
            .ok_or_else(|| StoreError::UnknownFlow(flow.clone()))
    }
}

fn decision(row: &SqliteRow) -> Stored<DecisionRow> {
    let kind: &str = column(row, 3)?;
    let kind: DecisionKind = serde_json::from_value(kind.into())
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(DecisionRow {
        id: column(row, 0)?,
        at: time(row, 1)?,
        flow: text(row, 2)?,
        kind,
        entity: word(row, 4)?,
        source_id: text(row, 5)?,
        target_id: column::<Option<String>>(row, 6)?.map(RecordId::from),
        before: json(row, 7)?,
        after: json(row, 8)?,
        undone_at: maybe_time(row, 9)?,
    })
}

/// A rule as its columns spell it; an empty target is none.
pub(crate) fn rule(kind: &str, target_id: &str) -> Stored<LinkRule> {
    let target = (!target_id.is_empty()).then(|| RecordId::from(target_id));
    LinkRule::from_parts(kind, target)
        .ok_or_else(|| StoreError::Corrupt(format!("`{kind}` is no rule of a link")))
}
