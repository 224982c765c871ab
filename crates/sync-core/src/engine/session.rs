//! A session: one claim on a flow, and the slices that are run under it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use api_core::{Error, Timestamp};
use tokio::sync::Semaphore;

use super::telling::Former;
use super::{Announced, Engine, Flow, RunOptions, SyncError};
use crate::linking::LinkRule;
use crate::private::Private;
use crate::progress::Progress;
use crate::store::{Commit, Lease, ParkedFilter, Phase, Position, RunRow, RunStatus};
use crate::{EntityKind, RecordId, RunId};

/// What is to be done after a slice.
#[derive(Debug, Clone)]
pub enum Next {
    /// The run goes on with another slice.
    More,
    /// The run is at its end.
    Done(RunRow),
    /// Nothing can be done before this moment.
    WaitUntil {
        /// The moment.
        until: Timestamp,
        /// What asks for the wait, if it was an error.
        error: Option<SyncError>,
    },
}

/// One claim on a flow.
#[derive(Debug)]
pub struct Session<'a> {
    pub(super) engine: &'a Engine,
    pub(super) flow: &'a Flow,
    pub(super) lease: Lease,
    /// Who had the flow before and did not let go of it, until that is told.
    pub(super) former: Option<Former>,
    /// Whether it is told that the flow starts again and again for nothing.
    pub(super) told_broken: bool,
    /// What the records say whose failure may end the run.
    pub(super) private: Mutex<Private>,
    pub(super) claimed_at: Timestamp,
    pub(super) position: Option<Position>,
    pub(super) recovered: bool,
    never: Mutex<HashSet<(EntityKind, RecordId)>>,
    /// Records that were dragged along and set aside in this slice: their page may not be stored
    /// yet when another one names them.
    pub(super) aside: Mutex<HashSet<(EntityKind, RecordId)>>,
    pub(super) matching: Mutex<BTreeMap<EntityKind, bool>>,
    /// Until when the lease is held, in microseconds, as far as this process knows.
    held_until: Arc<AtomicI64>,
    /// What a slice that could not be finished leaves to be stored with the end of the run.
    pub(super) left: Option<Commit>,
    /// Batches that were sent again, and records that were found absent, in this session: what is
    /// in doubt a second time is not tried the same way again.
    pub(super) tried: Mutex<HashSet<String>>,
    /// Requests that may be under way at once in the target, whichever page they are of.
    pub(super) permits: Semaphore,
    /// Set when a page cannot go on: the others send nothing more either.
    pub(super) halted: AtomicBool,
    /// Held by the page that drags records along, so that none is dragged twice.
    pub(super) dragging: tokio::sync::Mutex<()>,
    /// Held by the page that looks for its new records in the target, until they are created.
    pub(super) looking: tokio::sync::Mutex<()>,
    /// Held from asking whom a target record belongs to until its link is stored, so that two
    /// pages do not both find it free. Nothing else is waited for meanwhile.
    pub(super) linking: tokio::sync::Mutex<()>,
    /// What there is in the target to suggest from, by kind, once it was read.
    pub(super) indexes: tokio::sync::Mutex<BTreeMap<EntityKind, Arc<crate::linking::Index>>>,
    /// What persons decided about records; nothing is decided while the lease is held.
    pub(super) rules: tokio::sync::OnceCell<HashMap<(EntityKind, RecordId), Vec<LinkRule>>>,
    /// Set while the run counts what no hint had brought.
    pub(super) announced: Option<Announced>,
}

/// How many records that never come into the target are remembered.
const NEVER_MAX: usize = 50_000;

impl<'a> Session<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        flow: &'a Flow,
        (lease, former): (Lease, Option<Former>),
        claimed_at: Timestamp,
    ) -> Self {
        Self {
            former,
            told_broken: false,
            private: Mutex::default(),
            engine,
            flow,
            lease,
            claimed_at,
            position: None,
            recovered: false,
            never: Mutex::default(),
            aside: Mutex::default(),
            matching: Mutex::default(),
            tried: Mutex::default(),
            left: None,
            permits: Semaphore::new(flow.target.connector.describe().max_in_flight.max(1)),
            halted: AtomicBool::new(false),
            dragging: tokio::sync::Mutex::default(),
            looking: tokio::sync::Mutex::default(),
            linking: tokio::sync::Mutex::default(),
            indexes: tokio::sync::Mutex::default(),
            rules: tokio::sync::OnceCell::new(),
            announced: None,
            held_until: Arc::new(AtomicI64::new(
                claimed_at.saturating_add(engine.lease).as_micros(),
            )),
        }
    }

    /// Whether this record was found to be out of the source or at its end.
    pub(super) fn is_never(&self, entity: EntityKind, id: &RecordId) -> bool {
        let never = self.never.lock().unwrap_or_else(PoisonError::into_inner);
        never.contains(&(entity, id.clone()))
    }

    /// Whether this record was dragged along and set aside in this slice.
    pub(super) fn is_aside(&self, entity: EntityKind, id: &RecordId) -> bool {
        let aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.contains(&(entity, id.clone()))
    }

    pub(super) fn remember_aside(&self, entity: EntityKind, id: &RecordId) {
        let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.insert((entity, id.clone()));
    }

    /// Notes that something was tried in this session. `false` if it was tried before.
    pub(super) fn try_once(&self, what: String) -> bool {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if tried.len() >= NEVER_MAX {
            tried.clear();
        }
        tried.insert(what)
    }

    pub(super) fn remember_never(&self, entity: EntityKind, id: &RecordId) {
        let mut never = self.never.lock().unwrap_or_else(PoisonError::into_inner);
        if never.len() >= NEVER_MAX {
            never.clear();
        }
        never.insert((entity, id.clone()));
    }

    /// The lease that it works under.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(super) fn held_until(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.held_until)
    }

    /// Whether the lease still holds. A process that was frozen finds out here, before it sends
    /// anything that somebody else may have sent meanwhile.
    pub(super) fn is_held(&self) -> bool {
        self.now().as_micros() < self.held_until.load(Ordering::Relaxed)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    pub(super) fn run(&self) -> RunId {
        self.position
            .as_ref()
            .map_or_else(|| RunId::from_uuid(uuid::Uuid::nil()), |p| p.run)
    }

    pub(super) fn commit(&self) -> Commit {
        Commit {
            run: self.position.as_ref().map(|p| p.run),
            ..Commit::at(self.now())
        }
    }

    pub(super) async fn store(&self, commit: Commit) -> Result<(), SyncError> {
        Ok(self.engine.store.commit(&self.lease, commit).await?)
    }

    pub(super) fn source_failed(&self, error: Error) -> SyncError {
        SyncError::Source {
            connection: self.flow.source.name.to_string(),
            error,
        }
    }

    pub(super) fn target_failed(&self, error: Error) -> SyncError {
        SyncError::Target {
            connection: self.flow.target.name.to_string(),
            error,
        }
    }

    /// Goes on with the run that was interrupted, or begins one. `true` if it goes on with one.
    pub async fn begin(&mut self, options: &RunOptions) -> Result<bool, SyncError> {
        let row = self.engine.store.flow(self.flow.name()).await?;
        if let Some(position) = row.and_then(|row| row.position) {
            let run = position.run;
            self.matching = Mutex::new(position.matching.clone());
            self.announced = (position.repairing)
                .then(|| options.repairing.clone().unwrap_or(Announced::nothing()));
            self.position = Some(position);
            let mut commit = self.commit();
            self.tell_start(&mut commit, None);
            self.store(commit).await?;
            self.tell_run(run, true).await;
            return Ok(true);
        }
        let (entities, settle_only, hints) = match &options.hints {
            Some(hints) => {
                let (entities, hints) = self.hinted(hints);
                (entities, Vec::new(), Some(hints))
            }
            None => {
                let wanted = options.entities.as_deref();
                let entities = (self.flow.entities().iter().copied())
                    .filter(|entity| wanted.is_none_or(|wanted| wanted.contains(entity)));
                let settle_only = self.parked_outside().await?;
                let entities = settle_only.iter().copied().chain(entities).collect();
                (entities, settle_only, None)
            }
        };
        let run = RunId::new();
        self.announced.clone_from(&options.repairing);
        self.position = Some(Position {
            run,
            entities,
            phase: Phase::Read,
            cursor: None,
            settle_only,
            matching: BTreeMap::new(),
            hints,
            repairing: options.repairing.is_some(),
        });
        self.matching = Mutex::default();
        self.enter().await?;
        let mut commit = self.commit();
        commit.position.clone_from(&self.position);
        commit.start_run = Some(RunRow {
            id: run,
            flow: self.flow.name().clone(),
            trigger: options.trigger(),
            started_at: commit.at,
            ended_at: None,
            status: RunStatus::Running,
            message: None,
            counts: BTreeMap::new(),
            repaired: options.repairing.is_some().then_some(0),
        });
        self.tell_start(&mut commit, Some(options.trigger()));
        self.store(commit).await?;
        self.tell_run(run, false).await;
        Ok(false)
    }

    /// Kinds of record that this flow does not read and has set aside all the same: they were
    /// dragged along.
    async fn parked_outside(&self) -> Result<Vec<EntityKind>, SyncError> {
        let mut kinds = Vec::new();
        for kind in EntityKind::ALL {
            if self.flow.entities().contains(&kind) {
                continue;
            }
            let filter = ParkedFilter {
                flow: Some(self.flow.name()),
                entity: Some(kind),
                not_in_run: None,
            };
            if !self.engine.store.parked(filter, None, 1).await?.is_empty() {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }

    async fn tell_run(&self, run: RunId, resumed: bool) {
        self.engine.tell(Progress::Run {
            flow: self.flow.name().clone(),
            run,
            resumed,
        });
        self.tell_entity().await;
    }

    pub(super) async fn tell_entity(&self) {
        if self.engine.progress.is_none() {
            return;
        }
        let Some(position) = &self.position else {
            return;
        };
        if let Some(&entity) = position.entities.first() {
            let total = match &position.hints {
                Some(hints) => hints.get(&entity).map(|ids| ids.len() as u64),
                None => self.flow.source.connector.count(entity).await,
            };
            self.engine.tell(Progress::Entity { entity, total });
        }
    }

    /// Starts the listing of the entity whose turn it is where the last run ended.
    pub(super) async fn enter(&mut self) -> Result<(), SyncError> {
        let Some(position) = &mut self.position else {
            return Ok(());
        };
        if (position.entities.first()).is_some_and(|kind| position.settle_only.contains(kind)) {
            position.phase = Phase::Settle;
            position.cursor = None;
            return Ok(());
        }
        position.phase = Phase::Read;
        position.cursor = match position.entities.first() {
            Some(entity) if position.hints.is_none() => {
                self.engine.store.cursor(self.flow.name(), *entity).await?
            }
            _ => None,
        };
        Ok(())
    }
}
