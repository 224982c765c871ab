//! Dry run: the changes a sync would make, without making them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::matching::{Match, may_have, rules_of};
use super::suggest::Near;
use super::tiers::find_new;
use super::{Engine, Flow, SyncError, parts};
use crate::linking::LinkRule;
use crate::mapping::{MapError, required_refs};
use crate::plan::{Decision, FieldChange, PlanInput, plan as decide, plan_update};
use crate::store::Counts;
use crate::{Completed, EntityKind, Fields, Known, Lifecycle, Record, RecordId, Ref, RunId, Value};

/// What a sync would do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedAction {
    /// Create it.
    Create,
    /// Update it.
    Update,
    /// Set it aside.
    Park,
}

/// One change that a sync would make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedChange {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target, if it is there.
    pub target_id: Option<RecordId>,
    /// What would be done.
    pub action: PlannedAction,
    /// For an update, the fields that would be written.
    pub changes: Vec<FieldChange>,
    /// For a record that would be set aside, why.
    pub reason: Option<String>,
}

/// What a sync would do, in numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PlanReport {
    /// Per kind of record; `created` and `updated` are what would be.
    pub counts: BTreeMap<EntityKind, Counts>,
}

impl PlanReport {
    /// Whether a sync would write anything.
    pub fn has_changes(&self) -> bool {
        self.counts
            .values()
            .any(|counts| counts.created + counts.updated > 0)
    }
}

struct DryRun<'a> {
    engine: &'a Engine,
    flow: &'a Flow,
    run: RunId,
    report: PlanReport,
    /// Records that a sync would find in the target and link.
    linked: HashMap<(EntityKind, RecordId), RecordId>,
}

pub(super) async fn plan(
    engine: &Engine,
    flow: &Flow,
    entities: Option<&[EntityKind]>,
    tell: &mut (dyn FnMut(PlannedChange) + Send),
) -> Result<PlanReport, SyncError> {
    let mut dry = DryRun {
        engine,
        flow,
        run: RunId::new(),
        report: PlanReport::default(),
        linked: HashMap::new(),
    };
    for entity in flow.entities() {
        if entities.is_none_or(|wanted| wanted.contains(entity)) {
            dry.entity(*entity, tell).await?;
        }
    }
    Ok(dry.report)
}

impl DryRun<'_> {
    async fn entity(
        &mut self,
        entity: EntityKind,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<(), SyncError> {
        self.report.counts.entry(entity).or_default();
        let mut cursor = self.engine.store.cursor(self.flow.name(), entity).await?;
        loop {
            if self.engine.cancel.is_cancelled() {
                return Err(SyncError::Cancelled);
            }
            let source = &self.flow.source;
            let page = source
                .connector
                .pull(entity, cursor.as_ref(), self.flow.page_size)
                .await
                .map_err(|error| SyncError::Source {
                    connection: source.name.to_string(),
                    error,
                })?;
            for row in &page.unreadable {
                self.park(entity, &row.id, row.error.to_string(), tell);
            }
            self.page(entity, page.records, tell).await?;
            if page.complete || page.next.is_none() || page.next == cursor {
                return Ok(());
            }
            cursor = page.next;
        }
    }

    fn count(&mut self, entity: EntityKind, counts: Counts) {
        *self.report.counts.entry(entity).or_default() += Counts { read: 1, ..counts };
    }

    fn park(
        &mut self,
        entity: EntityKind,
        id: &RecordId,
        reason: String,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) {
        self.count(
            entity,
            Counts {
                parked: 1,
                ..Counts::default()
            },
        );
        tell(PlannedChange {
            entity,
            source_id: id.clone(),
            target_id: None,
            action: PlannedAction::Park,
            changes: Vec::new(),
            reason: Some(reason),
        });
    }

    async fn page(
        &mut self,
        entity: EntityKind,
        records: Vec<Record>,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<(), SyncError> {
        let Some(can) = self.flow.target.connector.describe().of(entity).cloned() else {
            return Ok(());
        };
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let store = &self.engine.store;
        let known = store.known(self.flow.name(), entity, &ids).await?;
        let mut mapped: Vec<(RecordId, Lifecycle, Fields)> = Vec::new();
        for record in self.whole(entity, records, &known, tell).await? {
            if known.get(&record.id).and_then(Known::kept_out).is_some() {
                let skipped = Counts {
                    skipped: 1,
                    ..Counts::default()
                };
                self.count(entity, skipped);
                continue;
            }
            match self.flow.mapper(entity).map(&record) {
                Ok(mut fields) => {
                    self.flow.target.connector.hold(entity, &mut fields);
                    mapped.push((record.id, record.lifecycle, fields));
                }
                Err(MapError::Skip(_)) => {
                    self.count(
                        entity,
                        Counts {
                            skipped: 1,
                            ..Counts::default()
                        },
                    );
                }
                Err(error) => self.park(entity, &record.id, error.to_string(), tell),
            }
        }
        self.resolve(entity, &mut mapped).await?;
        let linked: Vec<RecordId> = mapped.iter().map(|(id, _, _)| id.clone()).collect();
        let bases = self
            .engine
            .store
            .bases(self.flow.name(), entity, &linked)
            .await?;
        let looks = may_have(self.engine, self.flow, entity).await?;
        let asks = self.flow.asks(entity);
        for (id, lifecycle, fields) in mapped {
            let rules = rules_of(&known, &id);
            let known: Option<&Known> = known.get(&id);
            let hash = fields.content_hash();
            let input = PlanInput {
                hash,
                lifecycle,
                known,
                target: &can,
                run: self.run,
            };
            let (action, changes) = match decide(input) {
                Decision::Create if looks || asks => {
                    let new = (&id, &fields, rules);
                    self.new_record(entity, new, looks, tell).await?;
                    continue;
                }
                Decision::Create => {
                    self.count(
                        entity,
                        Counts {
                            created: 1,
                            ..Counts::default()
                        },
                    );
                    (PlannedAction::Create, Vec::new())
                }
                Decision::Update => {
                    self.count(
                        entity,
                        Counts {
                            updated: 1,
                            ..Counts::default()
                        },
                    );
                    let plan = plan_update(bases.get(&id), &fields, None);
                    (PlannedAction::Update, plan.changes)
                }
                Decision::Unchanged { .. } | Decision::Adopt => {
                    self.count(
                        entity,
                        Counts {
                            unchanged: 1,
                            ..Counts::default()
                        },
                    );
                    continue;
                }
                Decision::Skip(_) => {
                    self.count(
                        entity,
                        Counts {
                            skipped: 1,
                            ..Counts::default()
                        },
                    );
                    continue;
                }
                Decision::StaysParked { .. } => {
                    self.count(
                        entity,
                        Counts {
                            parked: 1,
                            ..Counts::default()
                        },
                    );
                    continue;
                }
                Decision::Refuse(why) => {
                    self.park(entity, &id, why.to_owned(), tell);
                    continue;
                }
            };
            tell(PlannedChange {
                entity,
                target_id: known.and_then(|known| known.target_id.clone()),
                source_id: id,
                action,
                changes,
                reason: None,
            });
        }
        Ok(())
    }

    /// Reads the rest of partial records that have changed; a new one is planned by what the
    /// listing gives of it.
    async fn whole(
        &mut self,
        entity: EntityKind,
        records: Vec<Record>,
        known: &HashMap<RecordId, Known>,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<Vec<Record>, SyncError> {
        if !records.iter().any(|record| record.partial) {
            return Ok(records);
        }
        let (engine, flow, of) = (self.engine, self.flow, (entity, self.run));
        let sorted = parts::sort(engine, flow, of, records, known).await?;
        for _ in sorted.unchanged {
            let unchanged = Counts {
                unchanged: 1,
                ..Counts::default()
            };
            self.count(entity, unchanged);
        }
        let mut whole = sorted.ready;
        let mut changed = Vec::new();
        for (record, part) in sorted.wanted {
            let linked = known
                .get(&record.id)
                .is_some_and(|known| known.target_id.is_some());
            match part {
                Some(_) if !linked => whole.push(record),
                _ => changed.push(record),
            }
        }
        let (completed, stop) = parts::complete(engine, flow, entity, changed).await;
        if let Some(error) = stop {
            return Err(error);
        }
        for answer in completed {
            match answer {
                Completed::Whole(record) => whole.push(record),
                Completed::Gone(_) => {
                    let skipped = Counts {
                        skipped: 1,
                        ..Counts::default()
                    };
                    self.count(entity, skipped);
                }
                Completed::Unreadable(row) => {
                    self.park(entity, &row.id, row.error.to_string(), tell);
                }
            }
        }
        Ok(whole)
    }

    /// A record that a sync would look for in the target before it creates it.
    async fn new_record(
        &mut self,
        entity: EntityKind,
        (id, fields, rules): (&RecordId, &Fields, &[LinkRule]),
        looks: bool,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<(), SyncError> {
        let found = match looks {
            true => {
                let (new, in_doubt) = ((id, fields, rules), HashSet::new());
                find_new(self.engine, self.flow, entity, new, &in_doubt).await?
            }
            false => Match::Nothing(Near::default()),
        };
        let mut change = PlannedChange {
            entity,
            source_id: id.clone(),
            target_id: None,
            action: PlannedAction::Create,
            changes: Vec::new(),
            reason: None,
        };
        match found {
            Match::Nothing(_) if self.flow.asks(entity) && !rules.contains(&LinkRule::Create) => {
                let why = "nothing in the target is certainly it, and a person is asked before it \
                           is created";
                self.park(entity, id, why.to_owned(), tell);
                return Ok(());
            }
            Match::Nothing(_) => self.count(
                entity,
                Counts {
                    created: 1,
                    ..Counts::default()
                },
            ),
            Match::Record(target) => {
                self.linked.insert((entity, id.clone()), target.id.clone());
                change.target_id = Some(target.id);
                change.changes = plan_update(None, fields, Some(&target.fields)).changes;
                if change.changes.is_empty() {
                    self.count(
                        entity,
                        Counts {
                            unchanged: 1,
                            ..Counts::default()
                        },
                    );
                    return Ok(());
                }
                self.count(
                    entity,
                    Counts {
                        updated: 1,
                        ..Counts::default()
                    },
                );
                change.action = PlannedAction::Update;
                change.reason = Some("it is in the target already, and is linked".to_owned());
            }
            Match::Several(near) => {
                let ids: Vec<&str> = near.0.iter().map(|s| s.target_id.as_str()).collect();
                let why = format!(
                    "it matches several records of the target: {}",
                    ids.join(", ")
                );
                self.park(entity, id, why, tell);
                return Ok(());
            }
            Match::Unreadable(error) => {
                self.park(entity, id, error.to_string(), tell);
                return Ok(());
            }
            Match::InDoubt => {
                self.park(entity, id, "its key is in doubt".to_owned(), tell);
                return Ok(());
            }
        }
        tell(change);
        Ok(())
    }

    /// Replaces references by the target's ids. What is not there yet would be created first;
    /// what never will be is left out, as a sync leaves it out.
    async fn resolve(
        &self,
        entity: EntityKind,
        mapped: &mut [(RecordId, Lifecycle, Fields)],
    ) -> Result<(), SyncError> {
        let (source, target) = (&self.flow.source, &self.flow.target);
        let mut wanted: BTreeMap<EntityKind, Vec<RecordId>> = BTreeMap::new();
        for (_, _, fields) in mapped.iter() {
            for reference in fields.refs() {
                wanted
                    .entry(reference.entity)
                    .or_default()
                    .push(reference.id.clone());
            }
        }
        let mut found: HashMap<(EntityKind, RecordId), RecordId> = HashMap::new();
        for (kind, ids) in wanted {
            let store = &self.engine.store;
            for (id, to) in store
                .targets(&source.name, &target.name, kind, &ids)
                .await?
            {
                found.insert((kind, id), to);
            }
        }
        for (_, _, fields) in mapped.iter_mut() {
            let required: Vec<Ref> = required_refs(entity)
                .iter()
                .filter_map(|name| fields.get(name).as_ref_value().cloned())
                .collect();
            for value in fields.values_mut() {
                value.replace_refs(&mut |reference| {
                    let key = (reference.entity, reference.id.clone());
                    match found.get(&key).or_else(|| self.linked.get(&key)) {
                        Some(id) => Value::Ref(Ref::new(reference.entity, id.clone())),
                        None if required.contains(reference) => Value::Ref(reference.clone()),
                        None => Value::Null,
                    }
                });
            }
        }
        Ok(())
    }
}
