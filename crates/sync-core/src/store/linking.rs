//! Linking by hand in a [`MemoryStore`](super::MemoryStore).

use std::collections::{BTreeMap, BTreeSet};

use api_core::Timestamp;

use super::memory::{PairKey, State};
use super::{FlowRow, Known, ParkedRow, StoreError};
use crate::linking::{
    Decided, DecisionRow, Effect, LinkDecision, LinkRule, LinkState, Parking, RecordState, Refusal,
    RuleRow, Situation, Suggested, Suggestion, SuggestionRow, UndoSituation, effect,
    effect_of_undo, weigh, weigh_undo,
};
use crate::{ConnectionName, EntityKind, Event, FlowName, RecordId};

/// What a store in memory keeps of decisions and suggestions.
#[derive(Debug, Default)]
pub(super) struct Linking {
    rules: BTreeMap<(ConnectionName, ConnectionName), RulesByKind>,
    decisions: Vec<((ConnectionName, ConnectionName), DecisionRow)>,
    suggestions: BTreeMap<(ConnectionName, ConnectionName), SuggestionsByKind>,
}

type RulesByKind = BTreeMap<EntityKind, BTreeMap<RecordId, BTreeMap<LinkRule, Timestamp>>>;
type SuggestionsByKind = BTreeMap<EntityKind, BTreeMap<RecordId, Stored>>;

#[derive(Debug, Clone)]
struct Stored {
    name: Option<String>,
    suggestions: Vec<Suggestion>,
    at: Timestamp,
}

impl Linking {
    fn rules_of(&self, key: &PairKey, id: &RecordId) -> BTreeSet<LinkRule> {
        let (source, target, entity) = key;
        self.rules
            .get(&(source.clone(), target.clone()))
            .and_then(|kinds| kinds.get(entity)?.get(id))
            .map(|rules| rules.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// The target that a record was merged into.
    pub(super) fn merged_into(&self, key: &PairKey, id: &RecordId) -> Option<RecordId> {
        let rules = self.rules_of(key, id);
        rules.into_iter().find_map(|rule| match rule {
            LinkRule::Merged(id) => Some(id),
            _ => None,
        })
    }

    /// Adds the rules of a record to what is known of it.
    pub(super) fn complete(&self, key: &PairKey, id: &RecordId, known: &mut Known) {
        known.rules = self.rules_of(key, id).into_iter().collect();
    }
}

impl State {
    fn pair(&self, flow: &FlowName) -> Result<(ConnectionName, ConnectionName), StoreError> {
        let row = self
            .flows
            .get(flow)
            .ok_or_else(|| StoreError::UnknownFlow(flow.clone()))?;
        Ok((row.source.clone(), row.target.clone()))
    }

    /// Who is at work on the links between these two, if anybody is. A lease that ran out is
    /// ended: whoever held it stores nothing any more.
    fn at_work(
        &mut self,
        pair: &(ConnectionName, ConnectionName),
        now: Timestamp,
    ) -> Option<Decided> {
        let of_pair = |row: &FlowRow| (&row.source, &row.target) == (&pair.0, &pair.1);
        for row in self.flows.values() {
            if let (Some(owner), Some(until)) = (&row.lease_owner, row.lease_until)
                && of_pair(row)
                && until >= now
            {
                return Some(Decided::Busy {
                    flow: row.name.clone(),
                    owner: owner.clone(),
                    until,
                });
            }
        }
        for row in self.flows.values_mut() {
            if row.lease_owner.is_some() && of_pair(row) {
                row.fence += 1;
                row.lease_owner = None;
                row.lease_until = None;
            }
        }
        None
    }

    fn state_of(&self, key: &PairKey, id: &RecordId) -> RecordState {
        let link = self.links.get(key).and_then(|links| links.get(id));
        RecordState {
            link: link.map(|(target_id, origin, at)| LinkState {
                target_id: target_id.clone(),
                origin: *origin,
                linked_at: *at,
            }),
            rules: self.linking.rules_of(key, id),
        }
    }

    fn owner_of(&self, key: &PairKey, target_id: Option<&RecordId>) -> Option<RecordId> {
        self.taken.get(key)?.get(target_id?).cloned()
    }

    fn in_doubt(
        &self,
        pair: (&ConnectionName, &ConnectionName),
        of: (EntityKind, &RecordId),
    ) -> bool {
        self.intents.values().any(|(flow, intent)| {
            (intent.entity, &intent.source_id) == of
                && self
                    .flows
                    .get(flow)
                    .is_some_and(|row| (&row.source, &row.target) == pair)
        })
    }

    pub(super) fn decide(
        &mut self,
        flow: &FlowName,
        (entity, source_id): (EntityKind, &RecordId),
        decision: &LinkDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        let pair = self.pair(flow)?;
        if let Some(busy) = self.at_work(&pair, now) {
            return Ok(busy);
        }
        let key = (pair.0.clone(), pair.1.clone(), entity);
        let target_id = decision.target_id();
        let situation = Situation {
            state: self.state_of(&key, source_id),
            owner: self.owner_of(&key, target_id),
            in_doubt: self.in_doubt((&pair.0, &pair.1), (entity, source_id)),
        };
        let (kind, after) = match weigh(source_id, decision, now, &situation) {
            Ok(weighed) => weighed,
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        };
        let before = situation.state;
        let row = DecisionRow {
            id: i64::try_from(self.linking.decisions.len()).map_or(i64::MAX, |n| n + 1),
            at: now,
            flow: flow.clone(),
            kind,
            entity,
            source_id: source_id.clone(),
            target_id: target_id
                .or(before.linked_to())
                .or(before.merged_into())
                .cloned(),
            before,
            after,
            undone_at: None,
        };
        let after = row.after.clone();
        self.write_state(&row, &key, &after, effect(&row), now);
        self.linking.decisions.push((pair, row.clone()));
        Ok(Decided::Done(Box::new(row)))
    }

    pub(super) fn undo_decision(
        &mut self,
        flow: &FlowName,
        id: Option<i64>,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        let pair = self.pair(flow)?;
        if let Some(busy) = self.at_work(&pair, now) {
            return Ok(busy);
        }
        let mut of_pair = (self.linking.decisions.iter())
            .filter(|(of, _)| *of == pair)
            .map(|(_, row)| row);
        let row = match id {
            Some(id) => of_pair.find(|row| row.id == id),
            None => of_pair.rfind(|row| row.undone_at.is_none()),
        };
        let Some(row) = row.cloned() else {
            return Ok(Decided::Refused(match id {
                Some(id) => Refusal::Unknown { id },
                None => Refusal::NothingToUndo,
            }));
        };
        let key = (pair.0.clone(), pair.1.clone(), row.entity);
        let latest = (self.linking.decisions.iter().rev())
            .filter(|(of, other)| *of == pair && other.undone_at.is_none())
            .find(|(_, other)| (other.entity, &other.source_id) == (row.entity, &row.source_id))
            .map(|(_, other)| other.id);
        let situation = UndoSituation {
            state: self.state_of(&key, &row.source_id),
            owner: self.owner_of(&key, row.before.linked_to()),
            latest,
            in_doubt: self.in_doubt((&pair.0, &pair.1), (row.entity, &row.source_id)),
        };
        let after = match weigh_undo(&row, &situation) {
            Ok(after) => after,
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        };
        let effect = effect_of_undo(&row, &situation.state, &after, now);
        self.write_state(&row, &key, &after, effect, now);
        let kept = (self.linking.decisions.iter_mut()).find(|(_, other)| other.id == row.id);
        let mut row = row;
        row.undone_at = Some(now);
        if let Some((_, kept)) = kept {
            kept.undone_at = Some(now);
        }
        Ok(Decided::Done(Box::new(row)))
    }

    /// Makes a record's link and rules what they are to be.
    fn write_state(
        &mut self,
        row: &DecisionRow,
        key: &PairKey,
        after: &RecordState,
        effect: Effect,
        now: Timestamp,
    ) {
        let links = self.links.entry(key.clone()).or_default();
        let taken = self.taken.entry(key.clone()).or_default();
        if let Some((target_id, _, _)) = links.remove(&row.source_id) {
            taken.remove(&target_id);
        }
        if let Some(link) = &after.link {
            let stored = (link.target_id.clone(), link.origin, link.linked_at);
            links.insert(row.source_id.clone(), stored);
            taken.insert(link.target_id.clone(), row.source_id.clone());
        }
        let pair = (key.0.clone(), key.1.clone());
        let rules = self
            .linking
            .rules
            .entry(pair.clone())
            .or_default()
            .entry(row.entity)
            .or_default()
            .entry(row.source_id.clone())
            .or_default();
        rules.retain(|rule, _| after.rules.contains(rule));
        for rule in &after.rules {
            rules.entry(rule.clone()).or_insert(now);
        }
        if effect.forget_base {
            let flows: Vec<FlowName> = (self.flows.values())
                .filter(|row| (&row.source, &row.target) == (&key.0, &key.1))
                .map(|row| row.name.clone())
                .collect();
            for flow in flows {
                if let Some(bases) = self.bases.get_mut(&(flow, row.entity)) {
                    bases.remove(&row.source_id);
                }
            }
        }
        self.write_parking(row, &effect.parking, now);
        self.tell_decision(&row.flow, effect.event);
    }

    /// Tells what a person decided, by whom and of which connection.
    pub(super) fn tell_decision(&mut self, flow: &FlowName, event: Event) {
        let event = Event {
            actor: self.actor.clone(),
            connection: self.pair(flow).ok().map(|(_, target)| target),
            ..event
        };
        self.events.entry(event.id).or_insert(event);
    }

    /// Parks or unparks a record in each flow between the two systems.
    fn write_parking(&mut self, row: &DecisionRow, parking: &Parking, now: Timestamp) {
        let Ok(pair) = self.pair(&row.flow) else {
            return;
        };
        let flows: Vec<FlowName> = (self.flows.values())
            .filter(|flow| (&flow.source, &flow.target) == (&pair.0, &pair.1))
            .map(|flow| flow.name.clone())
            .collect();
        for flow in flows {
            let key = (flow.clone(), row.entity, row.source_id.clone());
            let before = self.parked.get(&key);
            let asked = before.is_some_and(|parked| parked.reason.waits_for_person());
            let parking = parking.of_flow(flow == row.flow, asked);
            let Parking::Set(park) = parking else {
                if parking == Parking::Clear {
                    self.parked.remove(&key);
                }
                continue;
            };
            let (first_at, attempts) =
                before.map_or((now, 0), |parked| (parked.first_at, parked.attempts));
            let parked = ParkedRow {
                flow,
                entity: park.entity,
                source_id: park.source_id,
                reason: park.reason,
                error: park.error,
                attempts,
                first_at,
                last_at: now,
                run: park.run,
            };
            self.parked.insert(key, parked);
        }
    }

    pub(super) fn decisions(
        &self,
        flow: &FlowName,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        let pair = self.pair(flow)?;
        Ok((self.linking.decisions.iter().rev())
            .filter(|(of, _)| *of == pair)
            .map(|(_, row)| row.clone())
            .take(limit)
            .collect())
    }

    pub(super) fn rules(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Result<Vec<RuleRow>, StoreError> {
        let pair = self.pair(flow)?;
        let mut rows = Vec::new();
        for (kind, records) in self.linking.rules.get(&pair).into_iter().flatten() {
            if entity.is_some_and(|entity| entity != *kind) {
                continue;
            }
            for (source_id, rules) in records {
                rows.extend(rules.iter().map(|(rule, at)| RuleRow {
                    entity: *kind,
                    source_id: source_id.clone(),
                    rule: rule.clone(),
                    at: *at,
                }));
            }
        }
        Ok(rows)
    }

    pub(super) fn suggest(
        &mut self,
        flow: &FlowName,
        found: &[Suggested],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pair = self.pair(flow)?;
        let kinds = self.linking.suggestions.entry(pair).or_default();
        for found in found {
            let of_kind = kinds.entry(found.entity).or_default();
            let stored = Stored {
                name: found.source_name.clone(),
                suggestions: found.suggestions.clone(),
                at: now,
            };
            of_kind.insert(found.source_id.clone(), stored);
        }
        Ok(())
    }

    pub(super) fn suggestions(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Result<Vec<SuggestionRow>, StoreError> {
        let pair = self.pair(flow)?;
        let mut rows = Vec::new();
        for (kind, records) in self.linking.suggestions.get(&pair).into_iter().flatten() {
            if entity.is_some_and(|entity| entity != *kind) {
                continue;
            }
            let key = (pair.0.clone(), pair.1.clone(), *kind);
            for (source_id, stored) in records {
                let state = self.state_of(&key, source_id);
                if !state.is_undecided() {
                    continue;
                }
                let mut open: Vec<&Suggestion> = (stored.suggestions.iter())
                    .filter(|s| !state.rules.contains(&LinkRule::Never(s.target_id.clone())))
                    .collect();
                open.sort_by(|a, b| (b.score, &a.target_id).cmp(&(a.score, &b.target_id)));
                rows.extend(open.into_iter().map(|suggestion| SuggestionRow {
                    entity: *kind,
                    source_id: source_id.clone(),
                    source_name: stored.name.clone(),
                    taken_by: self.owner_of(&key, Some(&suggestion.target_id)),
                    suggestion: suggestion.clone(),
                    at: stored.at,
                }));
                if rows.len() >= limit {
                    rows.truncate(limit);
                    return Ok(rows);
                }
            }
        }
        Ok(rows)
    }
}
