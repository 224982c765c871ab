//! What follows from deliveries: runs of hints, and polls behind them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sync_core::{Cancel, EntityKind, RecordId, RunOptions};
use syncro_client::webhook::Accepted;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};

use super::hints::Hints;
use super::server::Missed;
use super::{Heard, Listened};
use crate::error::AppError;
use crate::report::SyncReport;

/// The longest wait after runs of hints that failed.
const MAX_BACKOFF: Duration = Duration::from_secs(300);

/// Runs flows.
#[async_trait]
pub(super) trait Syncs: Sync {
    /// Runs a flow to its end.
    async fn sync(&self, flow: &str, options: RunOptions) -> Result<SyncReport, AppError>;
}

/// What follows what is heard.
pub(super) struct Plan {
    /// The flows, each with the kinds of record that it syncs.
    pub(super) flows: Vec<(String, Vec<EntityKind>)>,
    /// How often everything is read.
    pub(super) poll: Option<Duration>,
    /// How long after the begin of one run of hints the next begins at the earliest.
    pub(super) debounce: Duration,
    /// Asks for a poll out of turn.
    pub(super) poll_now: Arc<Notify>,
}

/// A run that is to be.
enum Job {
    Hints(String),
    Poll(String),
}

/// A run that is under way.
struct Under {
    flow: String,
    poll: bool,
    hints: BTreeMap<EntityKind, Vec<RecordId>>,
}

struct Work<'a> {
    syncs: &'a dyn Syncs,
    plan: Plan,
    hints: Hints,
    jobs: VecDeque<Job>,
    /// The flows that were polled to the end while deliveries were taken: from then on what a
    /// poll brings was not told.
    caught_up: BTreeSet<String>,
    next_poll: Option<Instant>,
    next_hints: Instant,
    failures: u32,
    listened: Listened,
}

/// Takes deliveries and runs flows until it is asked to stop.
pub(super) async fn work(
    syncs: &dyn Syncs,
    plan: Plan,
    mut deliveries: mpsc::Receiver<Accepted>,
    missed: Arc<Missed>,
    cancel: &Cancel,
    tell: &mut (dyn FnMut(Heard) + Send),
) -> Listened {
    let now = Instant::now();
    let polls = plan.poll.is_some() && !plan.flows.is_empty();
    let mut work = Work {
        syncs,
        hints: Hints::of(plan.flows.clone()),
        jobs: VecDeque::new(),
        caught_up: BTreeSet::new(),
        next_poll: polls.then_some(now),
        next_hints: now,
        failures: 0,
        listened: Listened::default(),
        plan,
    };
    let poll_now = Arc::clone(&work.plan.poll_now);
    let mut running: Option<(Under, BoxFuture<'_, Result<SyncReport, AppError>>)> = None;
    let mut open = true;
    loop {
        if running.is_none() {
            if cancel.is_cancelled() {
                break;
            }
            running = work.start();
        }
        let idle = running.is_none();
        let wake = work.wake();
        let run = async {
            match &mut running {
                Some((_, run)) => run.await,
                None => std::future::pending().await,
            }
        };
        let sleep = async {
            match wake {
                Some(at) if idle => sleep_until(at).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = cancel.cancelled(), if idle => break,
            result = run => {
                if let Some((under, _)) = running.take() {
                    work.ended(under, result, tell);
                }
            }
            accepted = deliveries.recv(), if open => match accepted {
                Some(accepted) => work.hear(accepted, tell),
                None => open = false,
            },
            () = missed.some.notified() => work.overflow(missed.take(), tell),
            () = poll_now.notified() => work.poll_at(Instant::now()),
            () = sleep => {}
        }
    }
    // What came in and was not taken up yet is told, and left to the next sync.
    while let Ok(accepted) = deliveries.try_recv() {
        work.hear(accepted, tell);
    }
    work.listened.left = work.hints.len();
    work.listened
}

impl<'a> Work<'a> {
    fn hear(&mut self, accepted: Accepted, tell: &mut (dyn FnMut(Heard) + Send)) {
        let (event, duplicate) = match accepted {
            Accepted::New(event) => (event, false),
            Accepted::Duplicate(event) => (event, true),
        };
        if duplicate {
            self.listened.duplicates += 1;
        } else {
            self.listened.deliveries += 1;
            if !self.hints.note(&event) {
                self.overflow(1, tell);
            }
        }
        let event = Box::new(event);
        tell(Heard::Delivery { event, duplicate });
    }

    /// Deliveries had to be left out: what they told is found by a poll, and soon.
    fn overflow(&mut self, deliveries: u64, tell: &mut (dyn FnMut(Heard) + Send)) {
        if deliveries == 0 {
            return;
        }
        tracing::warn!(
            deliveries,
            "Webhooks came faster than they could be taken up; the next poll or sync brings what they told."
        );
        self.poll_at(Instant::now() + self.plan.debounce);
        tell(Heard::Overflow { deliveries });
    }

    /// Polls at this moment, or earlier if that was planned.
    fn poll_at(&mut self, at: Instant) {
        if let Some(next) = &mut self.next_poll {
            *next = at.min(*next);
        }
    }

    /// When there is something to do, if nothing else happens.
    fn wake(&self) -> Option<Instant> {
        let hints = (self.hints.len() > 0).then_some(self.next_hints);
        match (hints, self.next_poll) {
            (Some(hints), Some(poll)) => Some(hints.min(poll)),
            (hints, poll) => hints.or(poll),
        }
    }

    /// Starts the run whose turn it is, if any.
    fn start(&mut self) -> Option<(Under, BoxFuture<'a, Result<SyncReport, AppError>>)> {
        loop {
            if self.jobs.is_empty() {
                self.fill();
            }
            let (flow, poll) = match self.jobs.pop_front()? {
                Job::Hints(flow) => (flow, false),
                Job::Poll(flow) => (flow, true),
            };
            let (hints, options) = if poll {
                (BTreeMap::new(), self.poll_options(&flow))
            } else {
                let hints = self.hints.take(&flow);
                if hints.is_empty() {
                    continue;
                }
                (hints.clone(), RunOptions::records(hints))
            };
            let (syncs, name) = (self.syncs, flow.clone());
            let run = async move { syncs.sync(&name, options).await }.boxed();
            return Some((Under { flow, poll, hints }, run));
        }
    }

    fn poll_options(&self, flow: &str) -> RunOptions {
        if self.caught_up.contains(flow) {
            return RunOptions::repairing(self.hints.announced(flow));
        }
        RunOptions {
            scheduled: true,
            ..RunOptions::default()
        }
    }

    /// Puts the runs in a row whose time has come: before a poll what waits for it, so that the
    /// poll does not find what was told.
    fn fill(&mut self) {
        let now = Instant::now();
        if self.next_poll.is_some_and(|at| at <= now) {
            for (flow, _) in &self.plan.flows {
                self.jobs.push_back(Job::Hints(flow.clone()));
                self.jobs.push_back(Job::Poll(flow.clone()));
            }
            self.next_poll = self.plan.poll.map(|every| now + every);
            self.next_hints = now + self.plan.debounce;
        } else if self.next_hints <= now {
            let flows = self.hints.flows();
            if !flows.is_empty() {
                self.next_hints = now + self.plan.debounce;
            }
            self.jobs.extend(flows.into_iter().map(Job::Hints));
        }
    }

    fn ended(
        &mut self,
        under: Under,
        result: Result<SyncReport, AppError>,
        tell: &mut (dyn FnMut(Heard) + Send),
    ) {
        let Under { flow, poll, hints } = under;
        let report = result.unwrap_or_else(|error| SyncReport::failed(flow.as_str().into(), error));
        let failed = report.error.is_some();
        if let Some(run) = &report.run {
            self.listened.repaired += run.repaired.unwrap_or_default();
        }
        if poll {
            if !failed {
                self.caught_up.insert(flow);
            }
        } else if failed {
            if !self.hints.put_back(&flow, hints) {
                self.overflow(1, tell);
            }
            self.failures = (self.failures + 1).min(16);
            let wait = self.plan.debounce * 2_u32.pow(self.failures);
            self.next_hints = Instant::now() + wait.min(MAX_BACKOFF);
        } else {
            self.failures = 0;
        }
        let report = Box::new(report);
        tell(Heard::Synced { report, poll });
    }
}
