//! A system in memory: a source or sink for programs that have none, and for tests.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};

use crate::{
    Action, Answer, Batch, BatchLimits, Capabilities, ChangeSource, CheckReport, Connector, Cursor,
    EntityCapabilities, EntityKind, Fields, FindKey, IdempotencySupport, Marker, MarkerSupport, Op,
    OpId, Outcome, Page, Record, RecordId,
};

/// What happens to a batch instead of a normal answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// The batch is done and the answer gets lost.
    LoseAnswer,
    /// The connection is refused: nothing is done, and the sender knows it.
    Refuse,
    /// The connection breaks before anything is done, and the sender cannot know it.
    Break,
    /// The batch is done, and no answer ever comes (for crash tests).
    HangAfter,
    /// Nothing is done, and no answer ever comes (for crash tests).
    HangBefore,
}

/// A write that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// What was done.
    pub action: Action,
    /// The kind of record.
    pub entity: EntityKind,
    /// The record's id here.
    pub id: RecordId,
    /// The marker that came with it.
    pub marker: Marker,
}

type FaultFn = Arc<dyn Fn(&Batch) -> Option<Fault> + Send + Sync>;
type RejectFn = Arc<dyn Fn(&Op) -> Option<Error> + Send + Sync>;

/// Records in memory, behind the [`Connector`] trait.
///
/// ```
/// use sync_core::{EntityKind, Fields, MemorySystem, Record};
///
/// let crm = MemorySystem::new([EntityKind::Customer]);
/// let name = Fields::new().with("name", "Bakkerij Jansen");
/// crm.insert(Record::new(EntityKind::Customer, "1", name));
/// assert_eq!(crm.records(EntityKind::Customer).len(), 1);
/// ```
pub struct MemorySystem {
    can: Capabilities,
    marker: MarkerSupport,
    whole_batches: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: BTreeMap<(EntityKind, RecordId), Record>,
    markers: HashMap<Marker, RecordId>,
    answers: HashMap<String, Vec<(OpId, Outcome)>>,
    journal: Vec<Applied>,
    last_id: u64,
    faults: Option<FaultFn>,
    rejects: Option<RejectFn>,
}

impl std::fmt::Debug for MemorySystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemorySystem")
            .field("can", &self.can)
            .finish_non_exhaustive()
    }
}

impl MemorySystem {
    /// An empty system with these kinds of record, which keeps markers and takes batches of 50.
    pub fn new(entities: impl IntoIterator<Item = EntityKind>) -> Self {
        let mut can = Capabilities::new("memory");
        for entity in entities {
            let what = EntityCapabilities::read_write(ChangeSource::FullScan);
            can = can.entity(entity, what);
        }
        can.batch = BatchLimits {
            max_items: 50,
            max_bytes: 1 << 20,
        };
        can.max_in_flight = 4;
        can.marker = MarkerSupport::Upsert;
        Self {
            can,
            marker: MarkerSupport::Upsert,
            whole_batches: false,
            state: Mutex::default(),
        }
    }

    /// Sets what it does with markers.
    pub fn marker(mut self, marker: MarkerSupport) -> Self {
        self.can.marker = marker;
        self.marker = marker;
        self
    }

    /// Sets what it says that it does with markers, whatever it does.
    pub fn claim_marker(mut self, marker: MarkerSupport) -> Self {
        self.can.marker = marker;
        self
    }

    /// Makes it remember idempotency keys this long.
    pub fn idempotency(mut self, ttl: Duration) -> Self {
        self.can.idempotency = Some(IdempotencySupport { ttl });
        self
    }

    /// Sets how many writes it takes at once.
    pub fn batch(mut self, max_items: usize) -> Self {
        self.can.batch.max_items = max_items;
        self
    }

    /// Makes it refuse a batch as a whole when one record in it is bad.
    pub fn all_or_nothing(mut self) -> Self {
        self.whole_batches = true;
        self
    }

    /// Sets how long a search may miss a new record.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.can.search_delay = delay;
        self
    }

    /// Changes what it can do with a kind of record.
    pub fn can(mut self, entity: EntityKind, change: impl FnOnce(&mut EntityCapabilities)) -> Self {
        if let Some(can) = self.can.entities.get_mut(&entity) {
            change(can);
        }
        self
    }

    /// Decides which batches meet a fault.
    pub fn on_batch(&self, fault: impl Fn(&Batch) -> Option<Fault> + Send + Sync + 'static) {
        self.lock().faults = Some(Arc::new(fault));
    }

    /// Decides which records are refused, and why.
    pub fn on_record(&self, reject: impl Fn(&Op) -> Option<Error> + Send + Sync + 'static) {
        self.lock().rejects = Some(Arc::new(reject));
    }

    /// Puts a record in, or in the place of another with its id.
    pub fn insert(&self, record: Record) {
        self.lock()
            .records
            .insert((record.entity, record.id.clone()), record);
    }

    /// Changes a record, as somebody at its screen would. `false` if there is none.
    pub fn edit(&self, entity: EntityKind, id: &str, change: impl FnOnce(&mut Fields)) -> bool {
        match self.lock().records.get_mut(&(entity, RecordId::from(id))) {
            Some(record) => {
                change(&mut record.fields);
                true
            }
            None => false,
        }
    }

    /// Removes a record.
    pub fn remove(&self, entity: EntityKind, id: &str) -> Option<Record> {
        self.lock().records.remove(&(entity, RecordId::from(id)))
    }

    /// The records of a kind by id.
    pub fn records(&self, entity: EntityKind) -> Vec<Record> {
        let state = self.lock();
        state
            .records
            .values()
            .filter(|record| record.entity == entity)
            .cloned()
            .collect()
    }

    /// The writes that were applied, in order.
    pub fn journal(&self) -> Vec<Applied> {
        self.lock().journal.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply_batch(&self, batch: &Batch) -> Vec<(OpId, Outcome)> {
        let mut state = self.lock();
        if self.can.idempotency.is_some()
            && let Some(answer) = state.answers.get(&batch.key)
        {
            return answer.clone();
        }
        let rejects = state.rejects.clone();
        let verdict = |op: &Op| rejects.as_ref().and_then(|reject| reject(op));
        if self.whole_batches
            && let Some(error) = batch.ops.iter().find_map(verdict)
        {
            let refuse = |op: &Op| (op.id, Outcome::BatchRejected(error.clone()));
            return batch.ops.iter().map(refuse).collect();
        }
        let outcomes: Vec<_> = batch
            .ops
            .iter()
            .map(|op| {
                let marked = self.can.of(op.entity).is_none_or(|can| can.marked);
                let marker = if marked {
                    self.marker
                } else {
                    MarkerSupport::None
                };
                let outcome = match verdict(op) {
                    Some(error) => Outcome::Rejected(error),
                    None => state.apply(op, marker),
                };
                (op.id, outcome)
            })
            .collect();
        state.answers.insert(batch.key.clone(), outcomes.clone());
        outcomes
    }
}

impl State {
    fn apply(&mut self, op: &Op, marker: MarkerSupport) -> Outcome {
        let known = self.markers.get(&op.marker).cloned();
        let (action, id) = match &op.action {
            Action::Create => match known {
                Some(id) if marker == MarkerSupport::Upsert => {
                    (Action::Update { id: id.clone() }, id)
                }
                _ => {
                    self.last_id += 1;
                    (
                        Action::Create,
                        RecordId::new(format!("M{:06}", self.last_id)),
                    )
                }
            },
            Action::Update { id } | Action::Delete { id } | Action::Step { id, .. } => {
                (op.action.clone(), id.clone())
            }
        };
        let key = (op.entity, id.clone());
        match &action {
            Action::Create => {
                let record = Record::new(op.entity, id.clone(), op.fields.clone());
                self.records.insert(key, record);
                if marker != MarkerSupport::None {
                    self.markers.insert(op.marker.clone(), id.clone());
                }
            }
            Action::Delete { .. } => {
                self.records.remove(&key);
            }
            _ => {
                let Some(record) = self.records.get_mut(&key) else {
                    let error = Error::new(ErrorKind::NotFound, "no such record");
                    return Outcome::Rejected(error);
                };
                for (name, value) in op.fields_to_write() {
                    record.fields.set(name.clone(), value.clone());
                }
            }
        }
        let (entity, marker) = (op.entity, op.marker.clone());
        self.journal.push(Applied {
            action,
            entity,
            id: id.clone(),
            marker,
        });
        Outcome::Written(id)
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unavailable, "the answer was lost").outcome(SendOutcome::Unknown)
}

fn refused() -> Error {
    Error::new(ErrorKind::Unavailable, "the connection was refused").outcome(SendOutcome::NotSent)
}

#[async_trait]
impl Connector for MemorySystem {
    fn describe(&self) -> &Capabilities {
        &self.can
    }

    async fn check(&self) -> CheckReport {
        CheckReport::default()
    }

    async fn pull(
        &self,
        entity: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let state = self.lock();
        let after = cursor.map(|cursor| RecordId::from(cursor.as_str()));
        let records: Vec<Record> = state
            .records
            .iter()
            .filter(|((kind, _), _)| *kind == entity)
            .filter(|((_, id), _)| after.as_ref().is_none_or(|after| id > after))
            .map(|(_, record)| record.clone())
            .take(limit)
            .collect();
        let complete = records.len() < limit;
        let next = records.last().map(|record| Cursor::new(record.id.as_str()));
        Ok(Page {
            records,
            next,
            complete,
            ..Page::default()
        })
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let all = |outcome: Outcome| Answer {
            outcomes: batch
                .ops
                .iter()
                .map(|op| (op.id, outcome.clone()))
                .collect(),
        };
        let faults = self.lock().faults.clone();
        let answer = match faults.and_then(|fault| fault(&batch)) {
            None => Answer {
                outcomes: self.apply_batch(&batch),
            },
            Some(Fault::Refuse) => all(Outcome::Deferred(refused())),
            Some(Fault::Break) => all(Outcome::Unknown(lost())),
            Some(Fault::LoseAnswer) => {
                self.apply_batch(&batch);
                all(Outcome::Unknown(lost()))
            }
            Some(Fault::HangBefore) => return stream::pending().boxed(),
            Some(Fault::HangAfter) => {
                self.apply_batch(&batch);
                return stream::pending().boxed();
            }
        };
        stream::iter([answer]).boxed()
    }

    async fn find(&self, entity: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        let state = self.lock();
        let of_kind = state
            .records
            .values()
            .filter(|record| record.entity == entity);
        Ok(match key {
            FindKey::Marker(marker) => {
                let id = state.markers.get(marker);
                of_kind
                    .filter(|record| Some(&record.id) == id)
                    .cloned()
                    .collect()
            }
            FindKey::Natural(fields) => of_kind
                .filter(|record| {
                    fields
                        .iter()
                        .all(|(name, value)| record.fields.get(name.as_str()).same_content(value))
                })
                .cloned()
                .collect(),
        })
    }

    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        Ok(self.lock().records.get(&(entity, id.clone())).cloned())
    }

    async fn count(&self, entity: EntityKind) -> Option<u64> {
        let state = self.lock();
        Some(
            state
                .records
                .keys()
                .filter(|(kind, _)| *kind == entity)
                .count() as u64,
        )
    }

    fn steps(&self, op: &Op) -> u16 {
        let lines = match op.fields.get("step_lines") {
            crate::Value::List(lines) => lines.len(),
            _ => 0,
        };
        u16::try_from(lines + 1).unwrap_or(u16::MAX)
    }

    async fn steps_done(&self, op: &Op, id: &RecordId) -> Result<BTreeSet<u16>, Error> {
        let state = self.lock();
        if !state.records.contains_key(&(op.entity, id.clone())) {
            let what = format!("there is no {} `{id}`", op.entity);
            return Err(Error::new(ErrorKind::NotFound, what));
        }
        Ok(state
            .journal
            .iter()
            .filter_map(|applied| match &applied.action {
                Action::Step { id: of, index } if of == id => Some(*index),
                _ => None,
            })
            .collect())
    }
}
