//! Batches that wait for the same file are written together.
//!
//! An SQLite file has one writer at a time, and a commit waits for the disk. While one transaction
//! is on its way there, further batches gather, and the next transaction takes all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sync_core::{Batch, EntityKind, OpId, Outcome};
use tokio::sync::oneshot;

/// The most writes of one transaction.
const MOST: usize = 4000;

type Outcomes = Vec<(OpId, Outcome)>;

struct Waiting {
    batch: Arc<Batch>,
    answer: oneshot::Sender<Outcomes>,
}

/// Batches that wait, and whose turn it is.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<HashMap<EntityKind, Vec<Waiting>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Queue {
    fn put(&self, waiting: Waiting) {
        let mut queue = match self.waiting.lock() {
            Ok(queue) => queue,
            // Nothing is done under the lock that could leave it half done.
            Err(poisoned) => poisoned.into_inner(),
        };
        let entity = waiting.batch.entity;
        queue.entry(entity).or_default().push(waiting);
    }

    /// Takes batches of one kind, as many as fit into a transaction, and one at least.
    fn take(&self, entity: EntityKind) -> Vec<Waiting> {
        let mut queue = match self.waiting.lock() {
            Ok(queue) => queue,
            Err(poisoned) => poisoned.into_inner(),
        };
        let Some(waiting) = queue.get_mut(&entity) else {
            return Vec::new();
        };
        let mut ops = 0;
        let fit = waiting
            .iter()
            .take_while(|one| {
                ops += one.batch.ops.len();
                ops <= MOST
            })
            .count();
        let fit = fit.max(1).min(waiting.len());
        waiting.drain(..fit).collect()
    }

    /// Writes a batch, together with others that wait.
    ///
    /// `write` does the writes of some batches of a kind and answers each write. It is called again
    /// for a batch whose writer went away in the middle, and has to recognise what is done already.
    pub(super) async fn write<F>(
        &self,
        batch: Batch,
        write: impl Fn(Vec<Arc<Batch>>) -> F,
    ) -> Outcomes
    where
        F: Future<Output = Outcomes>,
    {
        let entity = batch.entity;
        let batch = Arc::new(batch);
        let (answer, mut answered) = oneshot::channel();
        self.put(Waiting {
            batch: batch.clone(),
            answer,
        });
        let turn = self.turn.lock().await;
        loop {
            match answered.try_recv() {
                Ok(outcomes) => return outcomes,
                Err(oneshot::error::TryRecvError::Empty) => {}
                Err(oneshot::error::TryRecvError::Closed) => break,
            }
            let mut taken = self.take(entity);
            if taken.is_empty() {
                break;
            }
            // One whose asker went away is not written.
            taken.retain(|one| !one.answer.is_closed());
            let batches = taken.iter().map(|one| one.batch.clone()).collect();
            let outcomes = write(batches).await;
            let mut outcomes: HashMap<OpId, Outcome> = outcomes.into_iter().collect();
            for one in taken {
                let ids = one.batch.ops.iter().map(|op| op.id);
                let part = ids
                    .filter_map(|id| Some((id, outcomes.remove(&id)?)))
                    .collect();
                // An asker that went away meanwhile finds out by the note of its writes.
                drop(one.answer.send(part));
            }
        }
        let outcomes = write(vec![batch]).await;
        drop(turn);
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sync_core::testing::conformance::create;
    use sync_core::{Fields, RecordId};
    use tokio::sync::Semaphore;

    use super::*;

    fn batch(size: usize) -> Batch {
        Batch {
            entity: EntityKind::Contact,
            key: OpId::new().to_string(),
            ops: (0..size)
                .map(|_| create(EntityKind::Contact, Fields::new()))
                .collect(),
        }
    }

    fn written(batches: Vec<Arc<Batch>>) -> Outcomes {
        let id = |op: OpId| Outcome::Written(RecordId::new(op.to_string()));
        (batches.iter())
            .flat_map(|batch| &batch.ops)
            .map(|op| (op.id, id(op.id)))
            .collect()
    }

    #[tokio::test]
    async fn what_waits_for_a_transaction_goes_into_the_next_one_together() {
        let (queue, gate) = (Arc::new(Queue::default()), Arc::new(Semaphore::new(0)));
        let transactions = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (queue, gate) = (queue.clone(), gate.clone());
                let transactions = transactions.clone();
                tokio::spawn(async move {
                    let batch = batch(500);
                    let ids: Vec<OpId> = batch.ops.iter().map(|op| op.id).collect();
                    let outcomes = queue
                        .write(batch, |batch| {
                            let (gate, transactions) = (gate.clone(), transactions.clone());
                            async move {
                                transactions.fetch_add(1, Ordering::SeqCst);
                                gate.acquire().await.unwrap().forget();
                                written(batch)
                            }
                        })
                        .await;
                    let answered: Vec<OpId> = outcomes.iter().map(|(id, _)| *id).collect();
                    assert_eq!(answered, ids);
                })
            })
            .collect();
        // All have asked before the first is done.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(8);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(transactions.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_batch_whose_writer_went_away_is_written_by_its_own_asker() {
        let queue = Arc::new(Queue::default());
        let ask = |stuck: bool| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let write = |batch| async move {
                    if stuck {
                        std::future::pending::<()>().await;
                    }
                    written(batch)
                };
                queue.write(batch(3), write).await
            })
        };
        let (first, second, third) = (ask(true), ask(true), ask(false));
        for stuck in [first, second] {
            // The second takes the third's batch along, and goes away with it.
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            stuck.abort();
        }
        assert_eq!(third.await.unwrap().len(), 3);
    }
}
