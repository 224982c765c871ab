//! The caller over a scripted transport and a clock that tests own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::auth::{Token, TokenSource};
use api_core::transport::{Fault, Reply};
use api_core::{
    Bearer, Call, Caller, Clock, Error, ErrorKind, Exchange, ExchangeObserver, FakeTransport,
    ManualClock, RetryBudget, RetryPolicy, Safety, SendOutcome, SlidingLimiter, Timestamp,
    TokenCache, classify,
};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

fn clock() -> ManualClock {
    ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000))
}

fn caller(fake: &FakeTransport, clock: &ManualClock) -> Caller {
    Caller::builder(fake.clone())
        .clock(clock.clone())
        .jitter(|| 1.0)
        .build()
        .unwrap()
}

fn call(safety: Safety) -> Call {
    let request = http::Request::post("https://crm.test/api/clients")
        .header("content-type", "application/json")
        .body(Bytes::from_static(br#"{"name":"A"}"#))
        .unwrap();
    Call::new("clients.create", "/api/clients", safety, request)
}

#[tokio::test]
async fn a_create_that_timed_out_is_not_sent_again() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.push(Reply::lost_answer());
    fake.push(Reply::status(201));
    let error = caller(&fake, &clock)
        .call(call(Safety::Create))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(error.operation_name(), Some("clients.create"));
    assert_eq!(error.attempt_count(), 1);
    assert_eq!(fake.request_count(), 1);
}

#[tokio::test]
async fn a_create_whose_connection_was_refused_is_sent_again() {
    let (fake, clock) = (FakeTransport::new(), clock());
    for fault in [Fault::Refused, Fault::UnknownHost, Fault::ConnectTimeout] {
        fake.push(Reply::fault(fault));
    }
    fake.push(Reply::json(201, &json!({"id": 7})));
    let answer = caller(&fake, &clock)
        .call(call(Safety::Create))
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(fake.request_count(), 4);
}

#[tokio::test]
async fn a_create_answered_503_is_sent_again_only_when_the_classifier_knows_it_was_rejected() {
    for (known, expected) in [(false, 1), (true, 2)] {
        let (fake, clock) = (FakeTransport::new(), clock());
        fake.push(Reply::status(503));
        fake.push(Reply::status(201));
        let call = call(Safety::Create).classify(move |response| {
            classify::by_status(response).map_err(|error| {
                if known {
                    error.outcome(SendOutcome::Rejected)
                } else {
                    error
                }
            })
        });
        let result = caller(&fake, &clock).call(call).await;
        assert_eq!(result.is_ok(), known);
        assert_eq!(fake.request_count(), expected);
    }
}

#[tokio::test]
async fn a_throttled_create_waits_as_long_as_the_remote_asks() {
    let (fake, clock) = (FakeTransport::new(), clock());
    let start = clock.now();
    fake.push(Reply::status(429).header("retry-after", "17"));
    fake.push(Reply::status(201));
    caller(&fake, &clock)
        .call(call(Safety::Create))
        .await
        .unwrap();
    assert_eq!(clock.now().duration_since(start), Duration::from_secs(17));
}

#[tokio::test]
async fn waits_double_and_end_after_the_last_retry() {
    let (fake, clock) = (FakeTransport::new(), clock());
    let start = clock.now();
    fake.on(|_| Some(Reply::status(502)));
    let error = caller(&fake, &clock)
        .call(call(Safety::Idempotent))
        .await
        .unwrap_err();
    assert_eq!(fake.request_count(), 4);
    assert_eq!(error.attempt_count(), 4);
    assert_eq!(error.status_code(), Some(502));
    let waited = clock.now().duration_since(start);
    assert_eq!(waited, Duration::from_millis(500 + 1_000 + 2_000));
}

#[tokio::test]
async fn a_keyed_create_that_was_perhaps_applied_stays_unknown_whatever_came_last() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.push(Reply::lost_answer());
    fake.push(Reply::status(422));
    let error = caller(&fake, &clock)
        .call(call(Safety::IdempotentWithKey))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(error.attempt_count(), 2);
}

/// The error of an idempotent call by `method` that got these answers.
async fn idempotent(method: http::Method, replies: Vec<Reply>) -> Error {
    let (fake, clock) = (FakeTransport::new(), clock());
    let attempts = replies.len();
    fake.push_all(replies);
    let mut call = call(Safety::Idempotent).classify(|response| {
        classify::by_status(response).map_err(|error| match response.status().as_u16() {
            // A remote that says that it applied nothing.
            503 => error.outcome(SendOutcome::Rejected),
            _ => error,
        })
    });
    *call.request.method_mut() = method;
    let error = Caller::builder(fake.clone())
        .clock(clock)
        .retry(RetryPolicy {
            max_retries: 1,
            ..RetryPolicy::default()
        })
        .build()
        .unwrap()
        .call(call)
        .await
        .unwrap_err();
    assert_eq!(fake.request_count(), attempts);
    error
}

#[tokio::test]
async fn a_write_that_was_perhaps_applied_stays_unknown_when_the_end_says_nothing_about_it() {
    let doubts = || {
        [
            Reply::lost_answer(),
            Reply::fault(Fault::Aborted),
            Reply::html(502, "<html>"),
        ]
    };
    for method in [http::Method::PUT, http::Method::PATCH, http::Method::DELETE] {
        for doubt in doubts() {
            for end in [
                Reply::status(401),
                Reply::status(403),
                Reply::status(409),
                Reply::status(429),
                Reply::status(503),
                Reply::fault(Fault::Refused),
            ] {
                let error = idempotent(method.clone(), vec![doubt.clone(), end.clone()]).await;
                assert_eq!(
                    error.send_outcome(),
                    SendOutcome::Unknown,
                    "{method}: {doubt:?}, {end:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_write_whose_record_is_refused_at_last_is_rejected() {
    for status in [404, 413, 422] {
        let replies = vec![Reply::lost_answer(), Reply::status(status)];
        let error = idempotent(http::Method::PUT, replies).await;
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{status}");
    }
}

#[tokio::test]
async fn a_write_that_was_refused_each_time_and_a_read_are_not_in_doubt() {
    let refused = vec![Reply::status(503), Reply::status(403)];
    let error = idempotent(http::Method::PUT, refused).await;
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    for method in [http::Method::GET, http::Method::HEAD] {
        let replies = vec![Reply::lost_answer(), Reply::status(403)];
        let error = idempotent(method, replies).await;
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    }
}

#[tokio::test]
async fn a_write_in_doubt_stays_unknown_when_the_limit_ends_before_its_next_attempt() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.push(Reply::lost_answer());
    let limiter = SlidingLimiter::builder(Arc::new(clock.clone()))
        .window(1, Duration::from_secs(3600))
        .build();
    let caller = Caller::builder(fake.clone())
        .clock(clock)
        .limiter(limiter)
        .build()
        .unwrap();
    let mut call = call(Safety::Idempotent);
    *call.request.method_mut() = http::Method::PUT;
    let error = caller.call(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(fake.request_count(), 1);
}

#[tokio::test]
async fn a_wish_of_an_hour_is_handed_up_and_not_slept_through() {
    let (fake, clock) = (FakeTransport::new(), clock());
    let start = clock.now();
    fake.push(Reply::status(429).header("retry-after", "3600"));
    let error = caller(&fake, &clock)
        .call(call(Safety::Idempotent))
        .await
        .unwrap_err();
    assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(3600)));
    assert_eq!(clock.now(), start);
}

#[tokio::test]
async fn in_an_outage_the_budget_bounds_all_retries_of_a_connection() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.on(|_| Some(Reply::fault(Fault::Refused)));
    let budget = Arc::new(RetryBudget::default());
    let caller = Caller::builder(fake.clone())
        .clock(clock.clone())
        .budget(Arc::clone(&budget))
        .build()
        .unwrap();
    for _ in 0..100 {
        assert!(caller.call(call(Safety::Idempotent)).await.is_err());
    }
    assert_eq!(fake.request_count(), 100 + 35);
}

#[derive(Debug)]
struct Login(AtomicUsize);

#[async_trait::async_trait]
impl TokenSource for Login {
    async fn fetch(&self) -> Result<Token, Error> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Token {
            secret: format!("token-{number}").into(),
            expires_at: None,
        })
    }
}

fn with_login(fake: &FakeTransport, clock: &ManualClock) -> Caller {
    let login = Login(AtomicUsize::new(0));
    Caller::builder(fake.clone())
        .clock(clock.clone())
        .auth(TokenCache::new(login, Arc::new(clock.clone())))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_stale_token_costs_one_new_login_and_the_create_goes_through() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.on(|request| {
        let fresh = request.headers()["authorization"] == "Bearer token-2";
        Some(Reply::status(if fresh { 201 } else { 401 }))
    });
    let caller = with_login(&fake, &clock);
    caller.call(call(Safety::Create)).await.unwrap();
    assert_eq!(fake.request_count(), 2);
    caller.call(call(Safety::Create)).await.unwrap();
    assert_eq!(fake.request_count(), 3, "the new token is kept");
}

#[tokio::test]
async fn a_login_that_is_refused_twice_is_an_error_and_not_a_loop() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.on(|_| Some(Reply::status(401)));
    let error = with_login(&fake, &clock)
        .call(call(Safety::Idempotent))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(fake.request_count(), 2);
}

#[tokio::test]
async fn a_used_up_limit_is_an_error_that_says_until_when() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.on(|_| Some(Reply::status(200)));
    let limiter = SlidingLimiter::builder(Arc::new(clock.clone()))
        .window(1, Duration::from_secs(3600))
        .build();
    let caller = Caller::builder(fake.clone())
        .clock(clock.clone())
        .limiter(limiter)
        .build()
        .unwrap();
    caller.call(call(Safety::Create)).await.unwrap();
    let error = caller.call(call(Safety::Create)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(3600)));
    assert_eq!(error.attempt_count(), 0);
    assert_eq!(fake.request_count(), 1);
}

#[tokio::test]
async fn retries_pass_the_limiter_too() {
    let (fake, clock) = (FakeTransport::new(), clock());
    let start = clock.now();
    fake.push(Reply::status(502));
    fake.push(Reply::status(200));
    let limiter = SlidingLimiter::builder(Arc::new(clock.clone()))
        .window(1, Duration::from_secs(20))
        .build();
    let caller = Caller::builder(fake.clone())
        .clock(clock.clone())
        .limiter(limiter)
        .build()
        .unwrap();
    caller.call(call(Safety::Idempotent)).await.unwrap();
    assert_eq!(clock.now().duration_since(start), Duration::from_secs(20));
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<Exchange>>);

impl ExchangeObserver for Log {
    fn exchange(&self, exchange: &Exchange) {
        self.0.lock().unwrap().push(exchange.clone());
    }
}

#[tokio::test]
async fn every_attempt_is_observed_and_holds_no_secret() {
    let clock = clock();
    let fake = FakeTransport::with_clock(clock.clone());
    fake.push(Reply::status(503).delay(Duration::from_millis(250)));
    fake.push(
        Reply::json(201, &json!({"id": 1, "api_token": "s3cr3t-back"}))
            .header("set-cookie", "sid=s3cr3t-cookie"),
    );
    let log = Arc::new(Log::default());
    let caller = Caller::builder(fake.clone())
        .clock(clock.clone())
        .auth(Bearer::new("s3cr3t-token".into()))
        .observer(Arc::clone(&log))
        .build()
        .unwrap();
    let mut call = call(Safety::Idempotent);
    *call.request.uri_mut() = "https://crm.test/api/clients?page=2&token=s3cr3t-query"
        .parse()
        .unwrap();
    *call.request.body_mut() = Bytes::from_static(br#"{"name":"A","password":"s3cr3t-body"}"#);
    caller.call(call).await.unwrap();

    let seen = log.0.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].attempt, seen[0].status, seen[0].outcome),
        (1, Some(503), SendOutcome::Unknown)
    );
    assert_eq!(seen[0].duration, Duration::from_millis(250));
    assert_eq!(
        (seen[1].attempt, seen[1].status, seen[1].outcome),
        (2, Some(201), SendOutcome::Done)
    );
    assert_eq!(seen[1].path_template, "/api/clients");
    assert_eq!(
        seen[1].url,
        "https://crm.test/api/clients?page=2&token=[redacted]"
    );
    let shown = format!("{seen:?} {}", serde_json::to_string(&*seen).unwrap());
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[tokio::test]
async fn a_token_the_remote_repeats_in_a_sentence_is_taken_out() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.on(|_| Some(Reply::new(403, "You sent tok-4711-xyz and may not.")));
    let log = Arc::new(Log::default());
    let caller = Caller::builder(fake.clone())
        .clock(clock)
        .auth(Bearer::new("tok-4711-xyz".into()))
        .observer(Arc::clone(&log))
        .build()
        .unwrap();
    let call = call(Safety::Create).classify(|response| {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        Err(Error::new(ErrorKind::Permission, body.clone())
            .excerpt(&body)
            .source(body))
    });
    let error = caller.call(call).await.unwrap_err();
    assert_eq!(error.message(), "You sent [redacted] and may not.");
    let shown = format!("{error:?} {:?}", log.0.lock().unwrap());
    assert!(!shown.contains("4711"), "{shown}");
}

#[tokio::test]
async fn an_empty_token_fails_before_anything_is_sent() {
    let (fake, clock) = (FakeTransport::new(), clock());
    let caller = Caller::builder(fake.clone())
        .clock(clock)
        .auth(Bearer::new("".into()))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let error = caller.call(call(Safety::Create)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(fake.request_count(), 0);
}

proptest! {
    /// Whatever a remote does, a create is sent at most once past the point
    /// at which it may have been applied, and the error says so.
    #[test]
    fn a_create_is_never_sent_after_it_may_have_been_applied(
        script in proptest::collection::vec(0..9_usize, 1..8),
    ) {
        let replies = [
            (Reply::status(201), true),
            (Reply::fault(Fault::Refused), false),
            (Reply::fault(Fault::ConnectTimeout), false),
            (Reply::status(429), false),
            (Reply::status(401), false),
            (Reply::lost_answer(), true),
            (Reply::fault(Fault::Aborted), true),
            (Reply::status(503).header("retry-after", "1"), true),
            (Reply::html(502, "<html>"), true),
        ];
        let (fake, clock) = (FakeTransport::new(), clock());
        fake.push_all(script.iter().map(|at| replies[*at].0.clone()));
        fake.on(|_| Some(Reply::status(422)));
        let caller = with_login(&fake, &clock);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(caller.call(call(Safety::Create)));
        let sent = &script[..script.len().min(fake.request_count())];
        let applied: Vec<bool> = sent.iter().map(|at| replies[*at].1).collect();
        let last = applied.len() - 1;
        prop_assert!(applied[..last].iter().all(|maybe| !maybe), "{:?}", applied);
        if let Err(error) = result {
            let maybe = applied[last] && fake.request_count() <= script.len();
            prop_assert_eq!(error.send_outcome() == SendOutcome::Unknown, maybe);
        }
        // 1 + 3 attempts, and one more after a new login.
        prop_assert!(fake.request_count() <= 5);
    }
}
