//! What is not linked, what may be the same, and what the records are called.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde::Serialize;
use sync_core::linking::{DecisionRow, LinkRule, Suggested, SuggestionRow, label};
use sync_core::store::{LinkRow, ParkedFilter, ParkedRow};
use sync_core::{Connector, Engine, EntityKind, FlowName, RecordId, Timestamp};

use crate::app::App;
use crate::error::AppError;

/// How many rows are read from the store at a time.
const PAGE: usize = 500;

/// Why a record of the source is not linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
#[non_exhaustive]
pub enum UnlinkedWhy {
    /// It is set aside.
    Parked {
        /// The word for the reason.
        reason: String,
        /// What was said.
        message: String,
    },
    /// It was left out.
    LeftOut,
    /// It was merged.
    Merged {
        /// Into the record that is linked to this one of the target.
        target_id: RecordId,
    },
    /// The next sync creates it.
    ToBeCreated,
}

/// A record of the source that is not linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unlinked {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its name in the source, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// Why.
    #[serde(flatten)]
    pub why: UnlinkedWhy,
    /// Since when.
    pub since: Timestamp,
    /// How many records of the target may be it.
    pub suggestions: usize,
}

/// What two linked records are called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct LinkNames {
    /// In the source; `None` where it cannot be read.
    pub source_name: Option<String>,
    /// In the target.
    pub target_name: Option<String>,
}

impl App {
    /// The records of the source that a sync met and that are not linked: set aside, left out,
    /// merged or to be created. With `names`, those without a known name are read in the source.
    ///
    /// # Errors
    /// When there is no such flow or more than one to choose from, or the store cannot be read.
    pub async fn unlinked(
        &self,
        flow: Option<&str>,
        entity: Option<EntityKind>,
        names: bool,
    ) -> Result<Vec<Unlinked>, AppError> {
        let flow = self.the_flow(flow)?.clone();
        if !self.is_known(&flow).await? {
            return Ok(Vec::new());
        }
        let mut all: BTreeMap<(EntityKind, RecordId), Unlinked> = BTreeMap::new();
        for row in self.unlinked_parked(&flow, entity).await? {
            let why = UnlinkedWhy::Parked {
                reason: row.reason.to_string(),
                message: row.error.message.clone(),
            };
            let key = (row.entity, row.source_id);
            all.insert(key.clone(), unlinked(key, why, row.first_at));
        }
        let store = self.store().await?;
        let rules = store.rules(&flow, entity).await.map_err(self.stored())?;
        for row in rules {
            let why = match row.rule {
                LinkRule::LeaveOut => UnlinkedWhy::LeftOut,
                LinkRule::Merged(target_id) => UnlinkedWhy::Merged { target_id },
                LinkRule::Create => UnlinkedWhy::ToBeCreated,
                LinkRule::Never(_) => continue,
            };
            let ids = std::slice::from_ref(&row.source_id);
            let known = store
                .known(&flow, row.entity, ids)
                .await
                .map_err(self.stored())?;
            let linked = known
                .get(&row.source_id)
                .is_some_and(|known| known.target_id.is_some());
            if !linked {
                let key = (row.entity, row.source_id);
                all.insert(key.clone(), unlinked(key, why, row.at));
            }
        }
        for row in self
            .suggestions(Some(flow.as_str()), entity, usize::MAX)
            .await?
        {
            if let Some(unlinked) = all.get_mut(&(row.entity, row.source_id)) {
                unlinked.suggestions += 1;
                unlinked.source_name = unlinked.source_name.take().or(row.source_name);
            }
        }
        let mut all: Vec<Unlinked> = all.into_values().collect();
        if names {
            self.name_unlinked(&flow, &mut all).await?;
        }
        Ok(all)
    }

    async fn is_known(&self, flow: &FlowName) -> Result<bool, AppError> {
        let row = self.store().await?.flow(flow).await;
        Ok(row.map_err(self.stored())?.is_some())
    }

    async fn unlinked_parked(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Result<Vec<ParkedRow>, AppError> {
        let store = self.store().await?;
        let filter = ParkedFilter {
            flow: Some(flow),
            entity,
            not_in_run: None,
        };
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let rows = store
                .parked(filter, after.take(), PAGE)
                .await
                .map_err(self.stored())?;
            let full = rows.len() == PAGE;
            after = rows.last().map(|row| (row.entity, row.source_id.clone()));
            let mut by_kind: BTreeMap<EntityKind, Vec<ParkedRow>> = BTreeMap::new();
            for row in rows {
                by_kind.entry(row.entity).or_default().push(row);
            }
            for (kind, rows) in by_kind {
                let ids: Vec<RecordId> = rows.iter().map(|row| row.source_id.clone()).collect();
                let known = store.known(flow, kind, &ids).await.map_err(self.stored())?;
                all.extend(rows.into_iter().filter(|row| {
                    known
                        .get(&row.source_id)
                        .is_none_or(|known| known.target_id.is_none())
                }));
            }
            if !full {
                return Ok(all);
            }
        }
    }

    async fn name_unlinked(&self, flow: &FlowName, all: &mut [Unlinked]) -> Result<(), AppError> {
        let config = self.config().flow(flow.as_str())?;
        let source = self.connector(&config.from).await?;
        let nameless: Vec<(usize, EntityKind, RecordId)> = (all.iter().enumerate())
            .filter(|(_, row)| row.source_name.is_none())
            .map(|(at, row)| (at, row.entity, row.source_id.clone()))
            .collect();
        let found: Vec<(usize, Option<String>)> = stream::iter(nameless)
            .map(|(at, entity, id)| {
                let source = Arc::clone(&source);
                async move { (at, name_of(source.as_ref(), entity, &id).await) }
            })
            .buffered(source.describe().max_in_flight.max(1))
            .collect()
            .await;
        for (at, name) in found {
            if let Some(row) = all.get_mut(at) {
                row.source_name = name;
            }
        }
        Ok(())
    }

    /// What the records of these links are called in the two systems, as far as they can be read;
    /// without `live` by what was last agreed.
    ///
    /// # Errors
    /// When there is no such flow or more than one to choose from, or the store cannot be read.
    pub async fn link_names(
        &self,
        flow: Option<&str>,
        links: &[LinkRow],
        live: bool,
    ) -> Result<Vec<LinkNames>, AppError> {
        let flow = self.the_flow(flow)?;
        if live {
            let config = self.config().flow(flow.as_str())?;
            let source = self.connector(&config.from).await?;
            let target = self.connector(&config.to).await?;
            let at_once = source
                .describe()
                .max_in_flight
                .min(target.describe().max_in_flight)
                .max(1);
            let wanted: Vec<(EntityKind, RecordId, RecordId)> = (links.iter())
                .map(|link| (link.entity, link.source_id.clone(), link.target_id.clone()))
                .collect();
            return Ok(stream::iter(wanted)
                .map(|(entity, source_id, target_id)| {
                    let (source, target) = (Arc::clone(&source), Arc::clone(&target));
                    async move {
                        LinkNames {
                            source_name: name_of(source.as_ref(), entity, &source_id).await,
                            target_name: name_of(target.as_ref(), entity, &target_id).await,
                        }
                    }
                })
                .buffered(at_once)
                .collect()
                .await);
        }
        let store = self.store().await?;
        let mut by_kind: BTreeMap<EntityKind, Vec<RecordId>> = BTreeMap::new();
        for link in links {
            let ids = by_kind.entry(link.entity).or_default();
            ids.push(link.source_id.clone());
        }
        let mut agreed = BTreeMap::new();
        for (kind, ids) in by_kind {
            let bases = store.bases(flow, kind, &ids).await.map_err(self.stored())?;
            for (id, fields) in bases {
                agreed.insert((kind, id), label(&fields));
            }
        }
        Ok((links.iter())
            .map(|link| {
                let name = agreed
                    .get(&(link.entity, link.source_id.clone()))
                    .cloned()
                    .flatten();
                LinkNames {
                    source_name: name.clone(),
                    target_name: name,
                }
            })
            .collect())
    }

    /// What may be the same, as far as it was looked for: by a sync that asks, or by
    /// [`scan_suggestions`](Self::scan_suggestions).
    ///
    /// # Errors
    /// When there is no such flow or more than one to choose from, or the store cannot be read.
    pub async fn suggestions(
        &self,
        flow: Option<&str>,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Result<Vec<SuggestionRow>, AppError> {
        let flow = self.the_flow(flow)?.clone();
        if !self.is_known(&flow).await? {
            return Ok(Vec::new());
        }
        let store = self.store().await?;
        store
            .suggestions(&flow, entity, limit)
            .await
            .map_err(self.stored())
    }

    /// Reads all records of a kind on both sides and compares each that is not linked with all of
    /// the target; gives one entry for each, and keeps them for
    /// [`suggestions`](Self::suggestions). Without a kind, of customers.
    ///
    /// # Errors
    /// When the flow does not sync that kind, or a system or the store fails.
    pub async fn scan_suggestions(
        &self,
        flow: Option<&str>,
        entity: Option<EntityKind>,
    ) -> Result<Vec<Suggested>, AppError> {
        let flow = self.ready(self.the_flow(flow)?.as_str()).await?;
        let entity = entity.unwrap_or(EntityKind::Customer);
        if !flow.entities().contains(&entity) {
            return Err(AppError::Asked {
                message: format!("the flow `{}` syncs no {}", flow.name(), entity.plural()),
                help: format!("it syncs {}; choose with `--entity`", super::kinds(&flow)),
            });
        }
        Engine::new(Arc::clone(self.store().await?))
            .suggest(&flow, entity)
            .await
            .map_err(|error| self.failed(error))
    }

    /// What was decided by hand, the newest first.
    ///
    /// # Errors
    /// When there is no such flow or more than one to choose from, or the store cannot be read.
    pub async fn link_decisions(
        &self,
        flow: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, AppError> {
        let flow = self.the_flow(flow)?.clone();
        if !self.is_known(&flow).await? {
            return Ok(Vec::new());
        }
        let store = self.store().await?;
        store.decisions(&flow, limit).await.map_err(self.stored())
    }
}

fn unlinked(
    (entity, source_id): (EntityKind, RecordId),
    why: UnlinkedWhy,
    since: Timestamp,
) -> Unlinked {
    Unlinked {
        entity,
        source_id,
        source_name: None,
        why,
        since,
        suggestions: 0,
    }
}

/// What a record is called, if it can be read.
async fn name_of(connector: &dyn Connector, entity: EntityKind, id: &RecordId) -> Option<String> {
    if !connector.describe().of(entity)?.fetch {
        return None;
    }
    match connector.fetch(entity, id).await {
        Ok(record) => label(&record?.fields),
        Err(error) => {
            tracing::debug!(%entity, %id, %error, "A record could not be read for its name.");
            None
        }
    }
}
