//! Sending: store intents, send batches, store each answer as it comes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{Fuse, FusedFuture, FutureExt};
use futures_util::{StreamExt, select_biased, stream};

use super::SyncError;
use super::pending::{Group, Pending, keyed};
use super::process::{Stop, is_of_record};
use super::session::Session;
use crate::batch::{Batcher, estimated_bytes};
use crate::{Action, Answer, Batch, EntityKind, OpId, Outcome, StoreError};

/// Outcomes that come within this time are stored in one transaction.
const GROUP: Duration = Duration::from_millis(20);
/// So many outcomes are stored without waiting for more.
const GROUP_MAX: usize = 500;
/// After so many lost answers in a row nothing more is sent.
const MAX_LOST: u32 = 5;

/// What a round of sending leaves to be done.
#[derive(Default)]
pub(super) struct After {
    /// Groups to send next: halves of batches that were refused, further steps.
    pub(super) next: Vec<Group>,
    /// Why nothing more may be sent.
    pub(super) stop: Option<SyncError>,
    /// Writes that were not sent, or for certain not done, because of it.
    pub(super) deferred: Vec<Pending>,
}

impl Session<'_> {
    /// Stores the intents of new writes, then sends them.
    pub(super) async fn send_new(&self, pending: Vec<Pending>) -> Result<(), Stop> {
        let limits = self.flow.target.connector.describe().batch;
        let mut batcher = Batcher::new(limits, None);
        let mut groups = Vec::new();
        for write in pending {
            if write.alone {
                groups.push(vec![write]);
                continue;
            }
            let bytes = estimated_bytes(&write.intent.payload.fields);
            groups.extend(batcher.push(write, bytes, self.now()));
        }
        groups.extend(batcher.take());
        let unsent = self
            .send(groups.into_iter().map(keyed).collect(), true)
            .await;
        match unsent {
            Ok((_, None)) => Ok(()),
            Ok((unsent, Some(error))) => {
                let mut commit = self.commit();
                let mut counts: BTreeMap<EntityKind, i64> = BTreeMap::new();
                for write in &unsent {
                    // An open step says that the record is not whole yet: it stays.
                    if !matches!(write.intent.action, Action::Step { .. }) {
                        commit.close.push(write.intent.op);
                    }
                    *counts.entry(write.intent.entity).or_default() += 1;
                }
                if !commit.close.is_empty() {
                    self.store(commit).await?;
                }
                Err(Stop {
                    error,
                    unsent: counts,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Sends groups, and whatever follows from their answers. Gives back what was not sent, and
    /// why.
    pub(super) async fn send(
        &self,
        groups: Vec<Group>,
        store_intents: bool,
    ) -> Result<(Vec<Pending>, Option<SyncError>), SyncError> {
        let mut round = groups;
        let mut fresh = store_intents;
        let mut unsent = Vec::new();
        let mut lost = 0;
        while !round.is_empty() {
            round = self.skip_done_steps(round).await?;
            if fresh {
                let mut commit = self.commit();
                commit.open = round
                    .iter()
                    .flatten()
                    .map(|write| write.intent.clone())
                    .collect();
                self.store(commit).await?;
            }
            fresh = true;
            let after = self.round(round, &mut lost).await?;
            unsent.extend(after.deferred);
            if let Some(stop) = after.stop {
                unsent.extend(after.next.into_iter().flatten());
                return Ok((unsent, Some(stop)));
            }
            round = after.next;
        }
        Ok((unsent, None))
    }

    /// Asks the target which further steps are done already, where that is in doubt, and goes on
    /// with the first that is missing.
    async fn skip_done_steps(&self, groups: Vec<Group>) -> Result<Vec<Group>, SyncError> {
        let target = &self.flow.target.connector;
        let mut kept = Vec::with_capacity(groups.len());
        let mut settled = Vec::new();
        for group in groups {
            let mut still = Vec::with_capacity(group.len());
            for mut write in group {
                let Action::Step { id, index } = write.intent.action.clone() else {
                    still.push(write);
                    continue;
                };
                if !write.check_steps {
                    still.push(write);
                    continue;
                }
                let op = write.op();
                let total = target.steps(&op);
                let done = match target.steps_done(&op, &id).await {
                    Ok(done) => done,
                    // The record is not as it was left, and a person has to look at it; the
                    // others go on.
                    Err(error) if is_of_record(&error) => {
                        settled.push((write, Outcome::Rejected(error)));
                        continue;
                    }
                    Err(error) => return Err(self.target_failed(error)),
                };
                match (index..total).find(|step| !done.contains(step)) {
                    Some(index) => {
                        write.intent.action = Action::Step { id, index };
                        still.push(write);
                    }
                    None => {
                        let index = total.saturating_sub(1);
                        write.intent.action = Action::Step {
                            id: id.clone(),
                            index,
                        };
                        settled.push((write, Outcome::Written(id)));
                    }
                }
            }
            if !still.is_empty() {
                kept.push(still);
            }
        }
        if !settled.is_empty() {
            self.commit_outcomes(settled).await?;
        }
        Ok(kept)
    }

    async fn round(&self, groups: Vec<Group>, lost: &mut u32) -> Result<After, SyncError> {
        let target = &self.flow.target.connector;
        let mut waiting: HashMap<OpId, Pending> = HashMap::new();
        let mut batches = Vec::with_capacity(groups.len());
        for group in groups {
            let Some(first) = group.first() else { continue };
            batches.push(Batch {
                entity: first.intent.entity,
                key: first.intent.batch_key.clone(),
                ops: group.iter().map(Pending::op).collect(),
            });
            waiting.extend(group.into_iter().map(|write| (write.intent.op, write)));
        }
        let stopped = AtomicBool::new(false);
        let launched: Mutex<HashSet<OpId>> = Mutex::new(HashSet::new());
        let cancel = &self.engine.cancel;
        let go = || {
            !stopped.load(Ordering::Relaxed)
                && !self.halted.load(Ordering::Relaxed)
                && !cancel.is_cancelled()
                && self.is_held()
        };
        let (go, launched_ops) = (&go, &launched);
        let mut answers = stream::iter(batches)
            .take_while(|_| std::future::ready(go()))
            .map(|batch| {
                let answers = async move {
                    let permit = self.permits.acquire().await;
                    if !go() {
                        return stream::empty().boxed();
                    }
                    launched_ops
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .extend(batch.ops.iter().map(|op| op.id));
                    let sent = (target.push(batch), permit);
                    stream::unfold(sent, |(mut answers, permit)| async move {
                        Some((answers.next().await?, (answers, permit)))
                    })
                    .boxed()
                };
                answers.flatten_stream().boxed()
            })
            .flatten_unordered(Some(target.describe().max_in_flight.max(1)))
            .fuse();

        let mut after = After::default();
        let mut arrived: Vec<(Pending, Outcome)> = Vec::new();
        let mut committing = Box::pin(Fuse::terminated());
        let mut timer = Box::pin(Fuse::terminated());
        let (mut flush, mut finished) = (false, false);
        loop {
            let idle = committing.is_terminated();
            if idle && !arrived.is_empty() && (flush || finished || arrived.len() >= GROUP_MAX) {
                let outcomes = std::mem::take(&mut arrived);
                committing = Box::pin(self.commit_outcomes(outcomes).fuse());
                (flush, timer) = (false, Box::pin(Fuse::terminated()));
                continue;
            }
            if finished && idle {
                break;
            }
            select_biased! {
                committed = committing => {
                    let more: After = committed?;
                    after.next.extend(more.next);
                    after.deferred.extend(more.deferred);
                    after.stop = after.stop.or(more.stop);
                    if after.stop.is_some() {
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
                answer = answers.next() => match answer {
                    None => finished = true,
                    Some(answer) => {
                        if timer.is_terminated() {
                            timer = Box::pin(self.engine.clock.sleep(GROUP).fuse());
                        }
                        // Decided before the commit: the next batch must not go out meanwhile.
                        match take_answer(answer, &mut waiting, &mut arrived) {
                            Answered::Lost(error) => {
                                *lost += 1;
                                if *lost >= MAX_LOST {
                                    stopped.store(true, Ordering::Relaxed);
                                    after.stop.get_or_insert_with(|| self.target_failed(error));
                                }
                            }
                            Answered::Deferred => stopped.store(true, Ordering::Relaxed),
                            Answered::Other => *lost = 0,
                        }
                    }
                },
                () = timer => flush = true,
            }
        }
        drop(answers);
        let launched = launched
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        self.unanswered(waiting, &launched, &mut after).await?;
        if after.stop.is_none() && !after.deferred.is_empty() {
            after.stop = Some(if self.is_held() {
                SyncError::Cancelled
            } else {
                SyncError::Store(StoreError::LeaseLost {
                    flow: self.flow.name().clone(),
                })
            });
        }
        Ok(after)
    }

    /// Writes that have no answer: those that were sent are in doubt, the others were not sent.
    async fn unanswered(
        &self,
        waiting: HashMap<OpId, Pending>,
        launched: &HashSet<OpId>,
        after: &mut After,
    ) -> Result<(), SyncError> {
        let (sent, unsent): (Vec<_>, Vec<_>) = waiting
            .into_values()
            .partition(|write| launched.contains(&write.intent.op));
        after.deferred.extend(unsent);
        if sent.is_empty() {
            return Ok(());
        }
        let outcomes = sent
            .into_iter()
            .map(|write| {
                let error = api_core::Error::new(
                    api_core::ErrorKind::Internal,
                    "the connector gave no answer for this record",
                );
                (write, Outcome::Unknown(error))
            })
            .collect();
        let more = self.commit_outcomes(outcomes).await?;
        after.stop = after.stop.take().or(more.stop);
        Ok(())
    }
}

/// What an answer means for the writes that are not sent yet.
enum Answered {
    /// Nobody knows what became of any write in it.
    Lost(api_core::Error),
    /// The target takes nothing more for now.
    Deferred,
    /// Anything else.
    Other,
}

/// Moves the outcomes of an answer to the writes they belong to.
fn take_answer(
    answer: Answer,
    waiting: &mut HashMap<OpId, Pending>,
    arrived: &mut Vec<(Pending, Outcome)>,
) -> Answered {
    let (mut lost, mut known, mut deferred) = (None, false, false);
    for (op, outcome) in answer.outcomes {
        match &outcome {
            Outcome::Unknown(error) => lost = Some(error.clone()),
            Outcome::Deferred(_) => deferred = true,
            _ => known = true,
        }
        match waiting.remove(&op) {
            Some(write) => arrived.push((write, outcome)),
            None => tracing::warn!(%op, "A connector answered a write twice, or one never sent."),
        }
    }
    match lost {
        _ if deferred => Answered::Deferred,
        Some(error) if !known => Answered::Lost(error),
        _ => Answered::Other,
    }
}
