//! Where large exchanges are masked: beside the calls that made them, not on their way.
//!
//! Whoever hands one over has its place in the queue and goes on. It is masked on a thread of its
//! own and then handed to the writer; nothing gets there that is not masked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::entry::Entry;
use crate::prepare::Prepared;
use crate::queue::{Job, Permit, Shared};

/// How many entries are masked in one go.
const TOGETHER: usize = 32;

/// What is handed over.
enum Step {
    Entry(Box<Entry>, Permit),
    /// Whoever wants to know that everything before is with the writer.
    Mark(oneshot::Sender<()>),
}

/// The way to the task that masks. It ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Stage(UnboundedSender<Step>);

impl Stage {
    pub(crate) fn start(shared: Arc<Shared>, jobs: UnboundedSender<Job>) -> Self {
        let (stage, steps) = unbounded_channel();
        tokio::spawn(run(shared, jobs, steps));
        Self(stage)
    }

    /// Hands an entry over that has a place in the queue; `false` when nobody takes it any more.
    pub(crate) fn hand(&self, entry: Entry, permit: Permit) -> bool {
        self.0.send(Step::Entry(Box::new(entry), permit)).is_ok()
    }

    /// Waits until everything that was handed over before is with the writer.
    pub(crate) async fn passed(&self) {
        let (mark, passed) = oneshot::channel();
        if self.0.send(Step::Mark(mark)).is_ok() {
            // A task that is gone has passed everything on that it could.
            drop(passed.await);
        }
    }
}

async fn run(shared: Arc<Shared>, jobs: UnboundedSender<Job>, mut steps: UnboundedReceiver<Step>) {
    let mut taken = Vec::with_capacity(TOGETHER);
    while steps.recv_many(&mut taken, TOGETHER).await > 0 {
        let (mut entries, mut places, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for step in taken.drain(..) {
            match step {
                Step::Entry(entry, permit) => {
                    entries.push(*entry);
                    places.push(permit);
                }
                Step::Mark(mark) => marks.push(mark),
            }
        }
        if !entries.is_empty() {
            pass_on(&shared, &jobs, entries, places).await;
        }
        for mark in marks {
            // Who does not wait any more does not want to know.
            mark.send(()).ok();
        }
    }
}

/// Masks entries and hands them to the writer.
async fn pass_on(
    shared: &Arc<Shared>,
    jobs: &UnboundedSender<Job>,
    entries: Vec<Entry>,
    places: Vec<Permit>,
) {
    let count = entries.len();
    let own = Arc::clone(shared);
    // An entry that cannot be masked is lost alone, and counted.
    let prepare_one = move |entry| catch_unwind(AssertUnwindSafe(|| own.prepare(entry))).ok();
    let prepare =
        move || -> Vec<Option<Prepared>> { entries.into_iter().map(prepare_one).collect() };
    let Ok(prepared) = tokio::task::spawn_blocking(prepare).await else {
        // The program ends, and no thread takes it any more.
        shared.lose(count);
        return;
    };
    for (entry, mut permit) in prepared.into_iter().zip(places) {
        let Some(entry) = entry else {
            shared.lose(1);
            continue;
        };
        // Masked, cut and packed it takes less room than it asked for.
        permit.shrink_to(entry.size);
        let job = Job::Entries {
            entries: vec![entry],
            permit,
            answer: None,
        };
        if jobs.send(job).is_err() {
            shared.lose(1);
        }
    }
}
