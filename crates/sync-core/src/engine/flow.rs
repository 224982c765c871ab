//! A flow: what is read from where, mapped how and written to where.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::mapping::{self, EntityMapper};
use crate::store::FlowSetup;
use crate::{ConnectionName, Connector, EntityKind, FlowName};

/// A flow that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// No source was given.
    #[error("flow `{0}` has no source")]
    NoSource(FlowName),
    /// No target was given.
    #[error("flow `{0}` has no target")]
    NoTarget(FlowName),
    /// Source and target are the same connection.
    #[error("flow `{flow}` reads from and writes to `{connection}`")]
    SameConnection {
        /// The flow.
        flow: FlowName,
        /// The connection.
        connection: ConnectionName,
    },
    /// The source cannot read this kind of record, or the target cannot create it.
    #[error("flow `{flow}` cannot sync {entity}: `{connection}` ({system}) cannot {what} it")]
    Unsupported {
        /// The flow.
        flow: FlowName,
        /// The kind of record.
        entity: EntityKind,
        /// The connection.
        connection: ConnectionName,
        /// Its system.
        system: String,
        /// What it cannot do.
        what: &'static str,
    },
}

pub(crate) struct Side {
    pub(crate) name: ConnectionName,
    pub(crate) connector: Arc<dyn Connector>,
}

/// What is read from where, mapped how and written to where.
pub struct Flow {
    name: FlowName,
    pub(crate) source: Side,
    pub(crate) target: Side,
    entities: Vec<EntityKind>,
    mappers: BTreeMap<EntityKind, Arc<dyn EntityMapper>>,
    identity: Arc<dyn EntityMapper>,
    pub(crate) page_size: usize,
    pub(crate) before_images: bool,
    pub(crate) match_first: bool,
    ask_unmatched: bool,
    every: Option<Duration>,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow")
            .field("name", &self.name)
            .field("source", &self.source.name)
            .field("target", &self.target.name)
            .field("entities", &self.entities)
            .finish_non_exhaustive()
    }
}

impl Flow {
    /// Starts a flow of this name.
    pub fn builder(name: impl Into<FlowName>) -> FlowBuilder {
        FlowBuilder {
            name: name.into(),
            source: None,
            target: None,
            entities: None,
            mappers: BTreeMap::new(),
            page_size: 500,
            before_images: true,
            match_first: true,
            ask_unmatched: false,
            every: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &FlowName {
        &self.name
    }

    /// The kinds of record, in the order in which they are synced.
    pub fn entities(&self) -> &[EntityKind] {
        &self.entities
    }

    /// The connection that is read from.
    pub fn source_name(&self) -> &ConnectionName {
        &self.source.name
    }

    /// The connection that is written to.
    pub fn target_name(&self) -> &ConnectionName {
        &self.target.name
    }

    /// Whether a person is asked before a record of this kind is created.
    pub(crate) fn asks(&self, entity: EntityKind) -> bool {
        self.ask_unmatched && entity == EntityKind::Customer
    }

    pub(crate) fn setup(&self) -> FlowSetup {
        FlowSetup {
            name: self.name.clone(),
            source: self.source.name.clone(),
            target: self.target.name.clone(),
            every: self.every,
        }
    }

    pub(crate) fn mapper(&self, entity: EntityKind) -> &Arc<dyn EntityMapper> {
        self.mappers.get(&entity).unwrap_or(&self.identity)
    }
}

/// Builds a [`Flow`].
pub struct FlowBuilder {
    name: FlowName,
    source: Option<Side>,
    target: Option<Side>,
    entities: Option<BTreeSet<EntityKind>>,
    mappers: BTreeMap<EntityKind, Arc<dyn EntityMapper>>,
    page_size: usize,
    before_images: bool,
    match_first: bool,
    ask_unmatched: bool,
    every: Option<Duration>,
}

impl std::fmt::Debug for FlowBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowBuilder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl FlowBuilder {
    /// Reads from this connection.
    pub fn from(mut self, name: impl Into<ConnectionName>, source: Arc<dyn Connector>) -> Self {
        self.source = Some(Side {
            name: name.into(),
            connector: source,
        });
        self
    }

    /// Writes to this connection.
    pub fn to(mut self, name: impl Into<ConnectionName>, target: Arc<dyn Connector>) -> Self {
        self.target = Some(Side {
            name: name.into(),
            connector: target,
        });
        self
    }

    /// Syncs these kinds of record; without this, all that both sides can.
    pub fn entities(mut self, entities: impl IntoIterator<Item = EntityKind>) -> Self {
        self.entities = Some(entities.into_iter().collect());
        self
    }

    /// Maps a kind of record.
    pub fn map(mut self, entity: EntityKind, mapper: Arc<dyn EntityMapper>) -> Self {
        self.mappers.insert(entity, mapper);
        self
    }

    /// Reads about this many records at a time (default 500).
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.page_size = page_size.clamp(1, 10_000);
        self
    }

    /// Whether the target record is read before it is updated, so that what somebody changed
    /// there is kept (default yes). Without it the before-image is what was last agreed.
    pub fn before_images(mut self, read: bool) -> Self {
        self.before_images = read;
        self
    }

    /// Whether a new record is looked for in the target before it is created, by marker and by
    /// natural key (default yes). Costs a search per new record, but for the first run into a
    /// target that is empty. Without it, records that are on both sides already are doubled.
    pub fn match_first(mut self, look: bool) -> Self {
        self.match_first = look;
        self
    }

    /// Whether a person is asked about each new customer that nothing in the target certainly is,
    /// instead of its being created (default no). It is set aside, with what may be the same.
    pub fn ask_unmatched(mut self, ask: bool) -> Self {
        self.ask_unmatched = ask;
        self
    }

    /// Is due again this long after a run; without it only on demand.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = Some(every);
        self
    }

    /// The flow, if it can work.
    pub fn build(self) -> Result<Flow, FlowError> {
        let name = self.name;
        let source = self
            .source
            .ok_or_else(|| FlowError::NoSource(name.clone()))?;
        let target = self
            .target
            .ok_or_else(|| FlowError::NoTarget(name.clone()))?;
        if source.name == target.name {
            return Err(FlowError::SameConnection {
                flow: name,
                connection: source.name,
            });
        }
        let reads = |entity| {
            source
                .connector
                .describe()
                .of(entity)
                .is_some_and(|can| can.read)
        };
        let writes = |entity| target.connector.describe().can_create(entity);
        let entities: Vec<EntityKind> = match self.entities {
            None => EntityKind::ALL
                .into_iter()
                .filter(|e| reads(*e) && writes(*e))
                .collect(),
            Some(asked) => {
                for entity in &asked {
                    let (side, what) = match (reads(*entity), writes(*entity)) {
                        (true, true) => continue,
                        (false, _) => (&source, "read"),
                        (_, false) => (&target, "create"),
                    };
                    return Err(FlowError::Unsupported {
                        flow: name,
                        entity: *entity,
                        connection: side.name.clone(),
                        system: side.connector.describe().system.clone(),
                        what,
                    });
                }
                asked.into_iter().collect()
            }
        };
        Ok(Flow {
            name,
            source,
            target,
            entities,
            mappers: self.mappers,
            identity: mapping::identity(),
            page_size: self.page_size,
            before_images: self.before_images,
            match_first: self.match_first,
            ask_unmatched: self.ask_unmatched,
            every: self.every,
        })
    }
}
