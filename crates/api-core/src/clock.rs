//! The clock: the only way anything in these crates waits.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::time::Timestamp;

/// Tells the time and waits; injected so that tests own time.
#[async_trait]
pub trait Clock: Send + Sync + Debug {
    /// Returns the current instant.
    fn now(&self) -> Timestamp;

    /// Waits for a duration of this clock.
    async fn sleep(&self, duration: Duration);
}

#[async_trait]
impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

/// The clock of the machine, waiting by tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(any(test, feature = "testing"))]
pub use manual::ManualClock;

#[cfg(any(test, feature = "testing"))]
mod manual {
    use std::collections::BTreeMap;
    use std::future::poll_fn;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::task::{Poll, Waker};
    use std::time::Duration;

    use async_trait::async_trait;

    use super::Clock;
    use crate::time::Timestamp;

    /// How often an auto-advancing sleeper lets others run before time jumps.
    const YIELDS: u32 = 32;

    #[derive(Debug)]
    struct State {
        now: Timestamp,
        auto: bool,
        next_id: u64,
        /// Ordered by deadline, then by who came first.
        sleepers: BTreeMap<(Timestamp, u64), Option<Waker>>,
        /// Tasks that wait for a number of sleepers.
        watchers: Vec<Waker>,
    }

    /// A clock that stands still until it is told to move.
    ///
    /// [`ManualClock::advance`] wakes the sleepers whose time has come. An
    /// [auto-advancing](ManualClock::auto_advance) clock jumps to the earliest
    /// sleeper once all tasks had a chance to run, so simulations of hours
    /// take milliseconds. Clones share one time.
    #[derive(Debug, Clone)]
    pub struct ManualClock(Arc<Mutex<State>>);

    impl ManualClock {
        /// Creates a clock that stands at `now`.
        #[must_use]
        pub fn new(now: Timestamp) -> Self {
            Self(Arc::new(Mutex::new(State {
                now,
                auto: false,
                next_id: 0,
                sleepers: BTreeMap::new(),
                watchers: Vec::new(),
            })))
        }

        /// Creates a clock that jumps to the earliest sleeper by itself.
        #[must_use]
        pub fn auto_advance(now: Timestamp) -> Self {
            let clock = Self::new(now);
            clock.lock().auto = true;
            clock
        }

        fn lock(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Moves time forward and wakes the sleepers that are due.
        pub fn advance(&self, by: Duration) {
            let now = self.lock().now.saturating_add(by);
            self.set(now);
        }

        /// Sets the time (also backwards) and wakes the sleepers that are due.
        pub fn set(&self, now: Timestamp) {
            let mut state = self.lock();
            state.now = now;
            wake_due(&mut state);
        }

        /// Returns how many tasks sleep.
        #[must_use]
        pub fn sleepers(&self) -> usize {
            self.lock().sleepers.len()
        }

        /// Waits until at least `count` tasks sleep.
        pub async fn wait_for_sleepers(&self, count: usize) {
            poll_fn(|context| {
                let mut state = self.lock();
                if state.sleepers.len() >= count {
                    return Poll::Ready(());
                }
                state.watchers.push(context.waker().clone());
                Poll::Pending
            })
            .await;
        }
    }

    fn wake_due(state: &mut State) {
        let now = state.now;
        for ((deadline, _), waker) in &mut state.sleepers {
            if *deadline > now {
                break;
            }
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }

    /// Takes a sleeper off the list, also when its future is dropped.
    struct Place<'a> {
        clock: &'a ManualClock,
        key: (Timestamp, u64),
    }

    impl Drop for Place<'_> {
        fn drop(&mut self) {
            self.clock.lock().sleepers.remove(&self.key);
        }
    }

    #[async_trait]
    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            self.lock().now
        }

        async fn sleep(&self, duration: Duration) {
            let place = {
                let mut state = self.lock();
                let key = (state.now.saturating_add(duration), state.next_id);
                state.next_id += 1;
                state.sleepers.insert(key, None);
                for watcher in state.watchers.drain(..) {
                    watcher.wake();
                }
                Place { clock: self, key }
            };
            let mut yields = 0;
            poll_fn(|context| {
                let mut state = self.lock();
                if state.now >= place.key.0 {
                    return Poll::Ready(());
                }
                if state.auto {
                    let first = state.sleepers.keys().next() == Some(&place.key);
                    if first && yields >= YIELDS {
                        state.now = place.key.0;
                        wake_due(&mut state);
                        return Poll::Ready(());
                    }
                    if first {
                        yields += 1;
                    }
                    context.waker().wake_by_ref();
                }
                state
                    .sleepers
                    .insert(place.key, Some(context.waker().clone()));
                Poll::Pending
            })
            .await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn advancing_wakes_only_the_sleepers_that_are_due() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let spawn = |seconds| {
            let clock = clock.clone();
            tokio::spawn(async move { clock.sleep(Duration::from_secs(seconds)).await })
        };
        let (short, long) = (spawn(1), spawn(10));
        clock.wait_for_sleepers(2).await;
        clock.advance(Duration::from_secs(1));
        short.await.unwrap();
        assert_eq!(clock.sleepers(), 1);
        assert!(!long.is_finished());
        clock.advance(Duration::from_secs(9));
        long.await.unwrap();
        assert_eq!(clock.now(), Timestamp::from_seconds(10));
    }

    #[tokio::test]
    async fn an_auto_clock_jumps_in_the_order_of_the_deadlines() {
        let clock = ManualClock::auto_advance(Timestamp::UNIX_EPOCH);
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [3600_u64, 1, 60]
            .into_iter()
            .map(|seconds| {
                let (clock, order) = (clock.clone(), Arc::clone(&order));
                tokio::spawn(async move {
                    clock.sleep(Duration::from_secs(seconds)).await;
                    order.lock().unwrap().push(seconds);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [1, 60, 3600]);
        assert_eq!(clock.now(), Timestamp::from_seconds(3600));
    }

    #[tokio::test]
    async fn a_dropped_sleep_leaves_no_sleeper_behind() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        {
            let sleep = clock.sleep(Duration::from_secs(5));
            let mut sleep = std::pin::pin!(sleep);
            assert!(futures_util::poll!(&mut sleep).is_pending());
            assert_eq!(clock.sleepers(), 1);
        }
        assert_eq!(clock.sleepers(), 0);
    }
}
