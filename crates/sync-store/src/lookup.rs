//! What is known of many records at once.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use sync_core::store::Known;
use sync_core::{ConnectionName, EntityKind, Fields, FlowName, RecordId, StoreError};

use crate::SqliteStore;
use crate::rows::{self, Stored, column, json, text};
use crate::sql::{push_list, value_chunks};

impl SqliteStore {
    pub(crate) async fn known_of(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Stored<HashMap<RecordId, Known>> {
        let of = self
            .flow_ids(flow)
            .await?
            .ok_or_else(|| StoreError::UnknownFlow(flow.clone()))?;
        let mut found = HashMap::with_capacity(ids.len());
        for ids in value_chunks(ids) {
            let mut query = QueryBuilder::<Sqlite>::new("WITH wanted (id) AS (VALUES ");
            push_list(&mut query, ("(", "), (", "))"), ids, RecordId::as_str);
            query
                .push(
                    " SELECT w.id, l.target_id, b.hash, b.lifecycle, b.run, p.reason, p.run
                     FROM wanted w LEFT JOIN link l ON l.source = ",
                )
                .push_bind(of.source)
                .push(" AND l.target = ")
                .push_bind(of.target)
                .push(" AND l.entity = ")
                .push_bind(entity.as_str())
                .push(" AND l.source_id = w.id LEFT JOIN base b ON b.flow = ")
                .push_bind(of.flow)
                .push(" AND b.entity = ")
                .push_bind(entity.as_str())
                .push(" AND b.source_id = w.id LEFT JOIN parked p ON p.flow = ")
                .push_bind(of.flow)
                .push(" AND p.entity = ")
                .push_bind(entity.as_str())
                .push(
                    " AND p.source_id = w.id
                     WHERE l.target_id IS NOT NULL OR b.hash IS NOT NULL OR p.reason IS NOT NULL",
                );
            for row in self.rows(query).await? {
                found.insert(text(&row, 0)?, known(&row)?);
            }
        }
        Ok(found)
    }

    pub(crate) async fn bases_of(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Stored<HashMap<RecordId, Fields>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in value_chunks(ids) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "SELECT source_id, fields FROM base
                 WHERE flow = (SELECT id FROM flow WHERE name = ",
            );
            query
                .push_bind(flow.as_str())
                .push(") AND entity = ")
                .push_bind(entity.as_str());
            let around = (" AND source_id IN (", ", ", ")");
            push_list(&mut query, around, ids, RecordId::as_str);
            for row in self.rows(query).await? {
                found.insert(text(&row, 0)?, json(&row, 1)?);
            }
        }
        Ok(found)
    }

    /// The other ends of the links that have these ids at one end; `select` names the end.
    pub(crate) async fn other_ends(
        &self,
        select: (&'static str, &'static str),
        (source, target): (&ConnectionName, &ConnectionName),
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Stored<HashMap<RecordId, RecordId>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in value_chunks(ids) {
            let mut query = QueryBuilder::<Sqlite>::new(select.0);
            query
                .push(" FROM link WHERE source = (SELECT id FROM connection WHERE name = ")
                .push_bind(source.as_str())
                .push(") AND target = (SELECT id FROM connection WHERE name = ")
                .push_bind(target.as_str())
                .push(") AND entity = ")
                .push_bind(entity.as_str());
            push_list(&mut query, (select.1, ", ", ")"), ids, RecordId::as_str);
            for row in self.rows(query).await? {
                found.insert(text(&row, 0)?, text(&row, 1)?);
            }
        }
        Ok(found)
    }
}

fn known(row: &SqliteRow) -> Stored<Known> {
    let parked = match column::<Option<&str>>(row, 5)? {
        Some(_) => Some((rows::word(row, 5)?, rows::run_id(row, 6)?)),
        None => None,
    };
    Ok(Known {
        target_id: column::<Option<String>>(row, 1)?.map(RecordId::from),
        base_hash: column::<Option<&[u8]>>(row, 2)?
            .map(rows::hash)
            .transpose()?,
        base_lifecycle: column::<Option<&str>>(row, 3)?
            .map(rows::lifecycle)
            .transpose()?
            .unwrap_or_default(),
        base_run: rows::maybe_run_id(row, 4)?,
        parked,
    })
}
