//! Recovery: what became of the writes whose answer nobody has.
//!
//! An open intent was stored and may have been sent. What the target recognises as a repetition is
//! sent again as it was; everything else is looked up. A record is sent anew only when a search
//! shows that it is not there and the target has had time to settle; what cannot be told goes to a
//! person. There is no time-out on any of this.

use std::collections::HashMap;
use std::time::Duration;

use api_core::Timestamp;

use super::SyncError;
use super::pending::{CountAs, Group, Pending, is_whole, keyed};
use super::process::is_of_record;
use super::session::Session;
use crate::store::{Intent, IntentState, LinkOrigin};
use crate::{Action, EntityKind, Fields, MarkerSupport, OpId, Outcome, RecordId, RunId};

/// How many intents are looked at together; more than fit into one batch.
const CHUNK: usize = 1_000;

impl Session<'_> {
    /// Settles open intents, of one kind of record or of all. If some cannot be settled before a
    /// moment, that moment is the answer.
    pub(super) async fn recover(
        &self,
        entity: Option<EntityKind>,
    ) -> Result<Option<Timestamp>, SyncError> {
        let mut wait: Option<Timestamp> = None;
        let mut after: Option<OpId> = None;
        loop {
            let store = &self.engine.store;
            let mut intents = store
                .intents(self.flow.name(), entity, after, CHUNK)
                .await?;
            let whole = intents.len() < CHUNK;
            if !whole && let Some(last) = intents.last().map(|i| i.batch_key.clone()) {
                // The last batch may go on in the next chunk: leave it for that.
                let keep = intents
                    .iter()
                    .position(|i| i.batch_key == last)
                    .unwrap_or(0);
                if keep > 0 {
                    intents.truncate(keep);
                }
            }
            let Some(last) = intents.last() else {
                return Ok(wait);
            };
            after = Some(last.op);
            wait = wait.max(self.recover_chunk(intents).await?);
            if whole {
                return Ok(wait);
            }
        }
    }

    async fn recover_chunk(&self, intents: Vec<Intent>) -> Result<Option<Timestamp>, SyncError> {
        let parked = self.parked_runs(&intents).await?;
        let mut resend: Vec<Group> = Vec::new();
        let mut look_up: Vec<Pending> = Vec::new();
        let mut compare: Vec<Pending> = Vec::new();
        for group in by_batch(intents) {
            let group: Group = group
                .into_iter()
                .map(|intent| {
                    let run = parked.get(&(intent.entity, intent.source_id.clone()));
                    Pending {
                        count: run.map_or(CountAs::Fresh, |run| CountAs::Parked(*run)),
                        origin: LinkOrigin::Recovered,
                        check_steps: true,
                        alone: false,
                        intent,
                    }
                })
                .collect();
            if self.is_repeatable(&group) {
                resend.extend(self.repeated(group));
                continue;
            }
            for write in group {
                match write.intent.action {
                    Action::Create => look_up.push(write),
                    Action::Update { .. } => compare.push(write),
                    _ => resend.push(keyed(vec![write])),
                }
            }
        }
        let mut wait = self.steps_too_early(&mut resend);
        // The first alone: what it brings is stored before more is risked, so that a process that
        // dies again and again within the time of a group still gets on.
        let rest = resend.split_off(resend.len().min(1));
        for groups in [resend, rest] {
            if let (_, Some(error)) = self.send(groups, false).await? {
                return Err(error);
            }
        }
        wait = wait.max(self.compare_updates(compare, &parked).await?);
        wait = wait.max(self.look_up(look_up, &parked).await?);
        Ok(wait)
    }

    /// Whether the target takes a second sending of these writes for the first.
    ///
    /// A key is only good for the very batch that it was sent with, and only once in a session: a
    /// batch that is in doubt again after that is looked up.
    fn is_repeatable(&self, group: &[Pending]) -> bool {
        let can = self.flow.target.connector.describe();
        let creates = group
            .iter()
            .filter(|write| write.intent.action == Action::Create)
            .count();
        if creates == 0
            || group
                .iter()
                .any(|w| matches!(w.intent.action, Action::Step { .. }))
        {
            return false;
        }
        if can.marker == MarkerSupport::Upsert {
            return creates == group.len();
        }
        let remembered = can.idempotency.is_some_and(|keys| {
            group
                .iter()
                .all(|write| self.now().duration_since(created_at(write.intent.op)) < keys.ttl)
        });
        remembered
            && is_whole(group)
            && group
                .first()
                .is_some_and(|write| self.try_once(write.intent.batch_key.clone()))
    }

    /// The groups that a repeatable group is sent again in. Where the marker makes a repetition
    /// harmless, writes whose answer was lost go one by one: one of them may be why.
    fn repeated(&self, group: Group) -> Vec<Group> {
        let upserts = self.flow.target.connector.describe().marker == MarkerSupport::Upsert;
        let lost = group
            .iter()
            .any(|write| write.intent.state == IntentState::Unknown);
        if upserts && lost {
            group.into_iter().map(|write| keyed(vec![write])).collect()
        } else {
            vec![group]
        }
    }

    /// Updates in doubt: those that arrived are closed, those that did not are sent again, and
    /// where somebody has changed the record since, the update is planned anew.
    async fn compare_updates(
        &self,
        updates: Vec<Pending>,
        parked: &HashMap<(EntityKind, RecordId), RunId>,
    ) -> Result<Option<Timestamp>, SyncError> {
        let target = &self.flow.target.connector;
        let (mut arrived, mut again) = (Vec::new(), Vec::new());
        let mut wait = None;
        let mut commit = self.commit();
        for write in updates {
            let Action::Update { id } = write.intent.action.clone() else {
                continue;
            };
            let settled = self.settled_at(&write.intent);
            if self.now() < settled {
                wait = wait.max(Some(settled));
                // From now on the wait counts, whoever goes on with it.
                if write.intent.state == IntentState::Open {
                    commit.unknown.push(write.intent.op);
                }
                continue;
            }
            let can_fetch = target
                .describe()
                .of(write.intent.entity)
                .is_some_and(|can| can.fetch);
            if !can_fetch {
                again.push(keyed(vec![write]));
                continue;
            }
            let now = match target.fetch(write.intent.entity, &id).await {
                Ok(now) => now.map(|record| record.fields),
                Err(error) if is_of_record(&error) => None,
                Err(error) => {
                    self.keep_private(write.contents());
                    return Err(self.target_failed(error));
                }
            };
            match now.map(|now| stands(&write, &now)) {
                Some(Stands::After) => arrived.push((write, Outcome::Written(id))),
                Some(Stands::Before) => again.push(keyed(vec![write])),
                Some(Stands::Elsewhere) | None => {
                    let key = (write.intent.entity, write.intent.source_id.clone());
                    let why = "An update whose answer was lost is planned anew: the record was \
                               changed in the target since.";
                    self.plan_anew(&mut commit, &write, parked.get(&key).copied(), why);
                }
            }
        }
        if !commit.close.is_empty() || !commit.unknown.is_empty() {
            self.store(commit).await?;
        }
        if !arrived.is_empty() {
            again.extend(self.commit_outcomes(arrived).await?.next);
        }
        match self.send(again, true).await? {
            (_, Some(error)) => Err(error),
            _ => Ok(wait),
        }
    }

    /// Takes out steps that may still be under way; the target could not tell yet.
    fn steps_too_early(&self, groups: &mut Vec<Group>) -> Option<Timestamp> {
        let mut wait = None;
        for group in groups.iter_mut() {
            group.retain(|write| {
                if !matches!(write.intent.action, Action::Step { .. }) {
                    return true;
                }
                let settled = self.settled_at(&write.intent);
                let early = self.now() < settled;
                if early {
                    wait = wait.max(Some(settled));
                }
                !early
            });
        }
        groups.retain(|group| !group.is_empty());
        wait
    }

    /// From when on a search can prove that a write did not arrive.
    pub(super) fn settled_at(&self, intent: &Intent) -> Timestamp {
        let sent = match intent.state {
            // Sent before the process died, which was before this session began.
            IntentState::Open => self.claimed_at.max(intent.at),
            IntentState::Unknown => intent.at,
        };
        sent.saturating_add(self.flow.target.connector.describe().search_delay)
    }

    async fn parked_runs(
        &self,
        intents: &[Intent],
    ) -> Result<HashMap<(EntityKind, RecordId), RunId>, SyncError> {
        let mut ids: HashMap<EntityKind, Vec<RecordId>> = HashMap::new();
        for intent in intents {
            ids.entry(intent.entity)
                .or_default()
                .push(intent.source_id.clone());
        }
        let mut parked = HashMap::new();
        for (entity, ids) in ids {
            for (id, known) in self
                .engine
                .store
                .known(self.flow.name(), entity, &ids)
                .await?
            {
                if let Some((_, run)) = known.parked {
                    parked.insert((entity, id), run);
                }
            }
        }
        Ok(parked)
    }
}

/// When an op was planned: its id carries the moment.
fn created_at(op: OpId) -> Timestamp {
    let since = op.uuid().get_timestamp().map(|stamp| {
        let (seconds, nanos) = stamp.to_unix();
        Duration::new(seconds, nanos)
    });
    let micros = since.map_or(0, |since| since.as_micros());
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn by_batch(intents: Vec<Intent>) -> Vec<Vec<Intent>> {
    let mut groups: Vec<Vec<Intent>> = Vec::new();
    for intent in intents {
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|i| i.batch_key == intent.batch_key) =>
            {
                group.push(intent);
            }
            _ => groups.push(vec![intent]),
        }
    }
    groups
}

/// How a target record stands to an update of it.
enum Stands {
    Before,
    After,
    Elsewhere,
}

fn stands(write: &Pending, now: &Fields) -> Stands {
    let payload = &write.intent.payload;
    let same = |other: &Fields, name: &str| now.get(name).same_content(other.get(name));
    let Some(before) = &payload.before else {
        return Stands::Elsewhere;
    };
    if before
        .iter()
        .all(|(name, _)| same(&payload.fields, name.as_str()))
    {
        Stands::After
    } else if before.iter().all(|(name, _)| same(before, name.as_str())) {
        Stands::Before
    } else {
        Stands::Elsewhere
    }
}
