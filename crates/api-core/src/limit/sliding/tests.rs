use proptest::prelude::*;

use super::*;
use crate::{ErrorKind, ManualClock, SendOutcome};

fn limiter(clock: &ManualClock, windows: &[(u32, u64)]) -> SlidingLimiterBuilder {
    let mut builder = SlidingLimiter::builder(Arc::new(clock.clone()));
    for (limit, millis) in windows {
        builder = builder.window(*limit, Duration::from_millis(*millis));
    }
    builder
}

fn auto() -> ManualClock {
    ManualClock::auto_advance(Timestamp::from_seconds(1_000_000))
}

fn rate_headers(left: u32, reset: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-ratelimit-remaining", left.into());
    headers.insert("x-ratelimit-reset", reset.into());
    headers
}

#[tokio::test]
async fn a_full_window_makes_the_next_request_wait_exactly_until_it_slides() {
    let clock = auto();
    let start = clock.now();
    let limiter = limiter(&clock, &[(2, 1_000)]).build();
    for expected_ms in [0, 0, 1_000, 1_000, 2_000] {
        drop(limiter.acquire().await.unwrap());
        let waited = clock.now().duration_since(start);
        assert_eq!(waited, Duration::from_millis(expected_ms));
    }
}

#[tokio::test]
async fn a_wait_past_the_patience_is_refused_at_once_with_the_moment() {
    let clock = auto();
    let start = clock.now();
    let limiter = limiter(&clock, &[(1, 60_000)])
        .max_wait(Duration::from_secs(10))
        .build();
    drop(limiter.acquire().await.unwrap());
    let refused = limiter.acquire().await.unwrap_err();
    assert_eq!(refused.until, start.saturating_add(Duration::from_secs(60)));
    assert_eq!(clock.now(), start, "nobody waited");
    let error = refused.into_error(clock.now());
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn concurrency_is_bounded_and_a_dropped_permit_frees_its_slot() {
    let clock = auto();
    let limiter = limiter(&clock, &[])
        .concurrency(1)
        .max_wait(Duration::from_secs(1))
        .build();
    let held = limiter.acquire().await.unwrap();
    assert!(limiter.acquire().await.is_err());
    drop(held);
    drop(limiter.acquire().await.unwrap());
}

#[tokio::test]
async fn a_retry_after_silences_everybody() {
    let clock = auto();
    let start = clock.now();
    let limiter = limiter(&clock, &[(100, 1_000)]).build();
    let permit = limiter.acquire().await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", 7.into());
    limiter.observe(StatusCode::TOO_MANY_REQUESTS, &headers);
    drop(permit);
    drop(limiter.acquire().await.unwrap());
    assert_eq!(clock.now().duration_since(start), Duration::from_secs(7));
}

#[tokio::test]
async fn the_remotes_own_count_is_followed() {
    let clock = auto();
    let start = clock.now();
    let limiter = limiter(&clock, &[(100, 1_000)]).build();
    let permit = limiter.acquire().await.unwrap();
    limiter.observe(StatusCode::OK, &rate_headers(2, 20));
    drop(permit);
    for expected in [0, 0, 20] {
        drop(limiter.acquire().await.unwrap());
        let waited = clock.now().duration_since(start);
        assert_eq!(waited, Duration::from_secs(expected));
    }
}

#[tokio::test]
async fn requests_under_way_are_taken_off_the_remotes_count() {
    let clock = auto();
    let start = clock.now();
    let limiter = limiter(&clock, &[(100, 1_000)]).build();
    let mine = limiter.acquire().await.unwrap();
    let others = limiter.acquire().await.unwrap();
    limiter.observe(StatusCode::OK, &rate_headers(1, 20));
    drop((mine, others));
    drop(limiter.acquire().await.unwrap());
    assert_eq!(clock.now().duration_since(start), Duration::from_secs(20));
}

#[tokio::test]
async fn a_clock_set_back_does_not_freeze_the_limiter() {
    let clock = auto();
    let limiter = limiter(&clock, &[(1, 1_000)]).build();
    drop(limiter.acquire().await.unwrap());
    let earlier = clock.now().saturating_sub(Duration::from_secs(3600));
    clock.set(earlier);
    drop(limiter.acquire().await.unwrap());
    assert_eq!(clock.now().duration_since(earlier), Duration::from_secs(1));
}

#[tokio::test]
async fn a_cancelled_wait_takes_nothing() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let limiter = limiter(&clock, &[(1, 1_000)]).build();
    drop(limiter.acquire().await.unwrap());
    {
        let mut waiting = limiter.acquire();
        assert!(futures_util::poll!(&mut waiting).is_pending());
    }
    clock.advance(Duration::from_secs(1));
    drop(limiter.acquire().await.unwrap());
}

#[tokio::test]
async fn a_request_counts_until_it_is_answered_where_that_is_asked_for() {
    let clock = auto();
    let start = clock.now();
    let limiter = limiter(&clock, &[(2, 1_000)]).until_answered().build();
    let (first, second) = (
        limiter.acquire().await.unwrap(),
        limiter.acquire().await.unwrap(),
    );
    clock.advance(Duration::from_secs(5));
    drop(first);
    clock.advance(Duration::from_millis(300));
    drop(second);
    for expected_ms in [6_000, 6_300] {
        drop(limiter.acquire().await.unwrap());
        let waited = clock.now().duration_since(start);
        assert_eq!(waited, Duration::from_millis(expected_ms));
    }
}

/// Sends at some moment while each permit is held, and says when.
fn moments(
    windows: &[(u32, u64)],
    tasks: Vec<Vec<(u64, u64, u64)>>,
    answered: bool,
) -> Vec<Timestamp> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = auto();
        let mut builder = limiter(&clock, windows)
            .concurrency(3)
            .max_wait(Duration::from_secs(100_000));
        if answered {
            builder = builder.until_answered();
        }
        let limiter = Arc::new(builder.build());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let runs = tasks.into_iter().map(|steps| {
            let (clock, limiter, sent) = (clock.clone(), Arc::clone(&limiter), Arc::clone(&sent));
            async move {
                for (pause, before, after) in steps {
                    clock.sleep(Duration::from_millis(pause)).await;
                    let permit = limiter.acquire().await.unwrap();
                    if before > 0 {
                        clock.sleep(Duration::from_millis(before)).await;
                    }
                    sent.lock().unwrap().push(clock.now());
                    clock.sleep(Duration::from_millis(after)).await;
                    drop(permit);
                }
            }
        });
        futures_util::future::join_all(runs).await;
        let mut sent = Arc::into_inner(sent).unwrap().into_inner().unwrap();
        sent.sort();
        sent
    })
}

/// Counts in every span that begins at a moment: if none of those holds too
/// many, no span does.
fn most_within(moments: &[Timestamp], period: Duration) -> usize {
    let inside = |start: usize| {
        moments[start..]
            .iter()
            .take_while(|at| at.duration_since(moments[start]) < period)
            .count()
    };
    (0..moments.len()).map(inside).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_sliding_window_ever_holds_more_than_its_limit(
        windows in proptest::collection::vec((1_u32..6, 1_u64..5_000), 1..4),
        tasks in proptest::collection::vec(
            proptest::collection::vec((0_u64..3_000, Just(0_u64), 0_u64..500), 1..8), 1..6),
    ) {
        let grants = moments(&windows, tasks, false);
        for (limit, millis) in windows {
            let most = most_within(&grants, Duration::from_millis(millis));
            prop_assert!(most <= limit as usize, "{most} > {limit} in {millis} ms");
        }
    }

    #[test]
    fn requests_that_leave_late_keep_the_windows_where_they_count_until_answered(
        windows in proptest::collection::vec((1_u32..6, 1_u64..5_000), 1..4),
        tasks in proptest::collection::vec(
            proptest::collection::vec((0_u64..3_000, 0_u64..2_000, 0_u64..500), 1..8), 1..6),
    ) {
        let sent = moments(&windows, tasks, true);
        for (limit, millis) in windows {
            let most = most_within(&sent, Duration::from_millis(millis));
            prop_assert!(most <= limit as usize, "{most} > {limit} in {millis} ms");
        }
    }
}
