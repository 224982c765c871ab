use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use api_core::transport::{Reply, Transport, TransportError};
use api_core::{Clock, Timestamp};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use snelstart_client::{Client, ErrorKind, Limits, Product, RetryPolicy, SendOutcome};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{TOKEN, bare_server, builder, clock, keys, login, script, scripted, token};

async fn get(client: &Client) -> Result<(), snelstart_client::Error> {
    client
        .raw(Method::GET, "/landen", &[], None)
        .await
        .map(|_| ())
}

/// The most moments in any span of a length that begins at one of them.
fn most_within(sorted: &[Timestamp], period: Duration) -> usize {
    let mut most = 0;
    let mut end = 0;
    for (at, start) in sorted.iter().enumerate() {
        end = end.max(at);
        while end < sorted.len() && sorted[end].duration_since(*start) < period {
            end += 1;
        }
        most = most.max(end - at);
    }
    most
}

/// Counts requests at the moment they are sent, on the injected clock. Logins
/// are slow, some answers are refusals, and answers take their time.
#[derive(Debug)]
struct Counting {
    clock: Arc<dyn Clock>,
    sent: Mutex<Vec<Timestamp>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
    number: AtomicU64,
    logins: AtomicU64,
}

#[async_trait]
impl Transport for Counting {
    async fn send(
        &self,
        request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let answer = |status: u16, body: &str| {
            let mut response = Response::new(Bytes::from(body.to_owned()));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            Ok(response)
        };
        if request.uri().path() == "/b2b/token" {
            self.logins.fetch_add(1, Ordering::SeqCst);
            self.clock.sleep(Duration::from_secs(7)).await;
            return answer(
                200,
                &format!(r#"{{"access_token":"{TOKEN}","expires_in":3599}}"#),
            );
        }
        self.sent.lock().unwrap().push(self.clock.now());
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        self.clock
            .sleep(Duration::from_millis(20 + number * 37 % 400))
            .await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if number.is_multiple_of(997) {
            answer(503, "")
        } else {
            answer(200, "[]")
        }
    }
}

/// A clock on the runtime's own time, which jumps whenever all are waiting.
#[derive(Debug)]
struct Jumping(tokio::time::Instant);

#[async_trait]
impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let micros = i64::try_from(self.0.elapsed().as_micros()).unwrap();
        Timestamp::from_micros(1_800_000_000_000_000 + micros)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_requests_break_no_minute_no_hour_and_no_concurrency() {
    let shared: Arc<dyn Clock> = Arc::new(Jumping(tokio::time::Instant::now()));
    let counting = Arc::new(Counting {
        clock: Arc::clone(&shared),
        sent: Mutex::new(Vec::new()),
        under_way: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        number: AtomicU64::new(0),
        logins: AtomicU64::new(0),
    });
    let client = || {
        keys()
            .clock(Arc::clone(&shared))
            .transport(counting.clone())
            .max_wait(Duration::from_secs(7_200))
            .build()
            .unwrap()
    };
    // Two clients of one administration: the limits are those of both together.
    let clients = [client(), client()];
    let left = Arc::new(AtomicU64::new(20_000));
    let workers = (0..70).map(|worker| {
        let (client, left) = (clients[worker % 2].clone(), Arc::clone(&left));
        async move {
            while left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                .is_ok()
            {
                get(&client).await.unwrap();
            }
        }
    });
    futures_util::future::join_all(workers).await;
    let mut sent = counting.sent.lock().unwrap().clone();
    sent.sort();
    assert!(sent.len() >= 20_000, "{}", sent.len());
    let limits = Product::Custom.limits();
    let minute = most_within(&sent, Duration::from_secs(60));
    let hour = most_within(&sent, Duration::from_secs(3_600));
    assert!(minute <= limits.per_minute as usize, "{minute} in a minute");
    assert!(hour <= limits.per_hour as usize, "{hour} in an hour");
    assert!(counting.most.load(Ordering::SeqCst) <= limits.concurrent);
    // The limits are used, not merely kept.
    assert!(minute > 490 && hour > 4_950, "{minute} {hour}");
    assert!(counting.logins.load(Ordering::SeqCst) >= 4);
}

/// A clock on which a minute takes a second.
#[derive(Debug)]
struct Fast(Instant);

#[async_trait]
impl Clock for Fast {
    fn now(&self) -> Timestamp {
        let micros = i64::try_from(self.0.elapsed().as_micros() * 60).unwrap();
        Timestamp::from_micros(1_800_000_000_000_000 + micros)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / 60).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_seconds_of_real_time_never_overrun_a_server_that_counts() {
    const WORK: Duration = Duration::from_millis(4);
    let server = bare_server().await;
    login()
        .respond_with(token(TOKEN, 3_599))
        .mount(&server)
        .await;
    let began = Instant::now();
    let moments = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&moments);
    Mock::given(method("GET"))
        .and(path("/v2/landen"))
        .respond_with(move |_: &wiremock::Request| {
            let micros = i64::try_from(began.elapsed().as_micros()).unwrap();
            log.lock().unwrap().push(Timestamp::from_micros(micros));
            ResponseTemplate::new(200)
                .set_body_raw("[]", "application/json")
                .set_delay(WORK)
        })
        .mount(&server)
        .await;
    // A minute of the limiter is a second of the server, its hour a minute.
    let client = builder(&server)
        .clock(Arc::new(Fast(Instant::now())))
        .limits(Limits::new(60, 700, 4))
        .max_wait(Duration::from_secs(120))
        .build()
        .unwrap();
    let refused = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (client, refused) = (client.clone(), Arc::clone(&refused));
            tokio::spawn(async move {
                while began.elapsed() < Duration::from_secs(20) {
                    if let Err(error) = get(&client).await {
                        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
                        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
                        refused.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let mut moments = moments.lock().unwrap().clone();
    moments.sort();
    let second = most_within(&moments, Duration::from_secs(1));
    assert!(second <= 60, "{second} in a second");
    assert!(moments.len() <= 700, "{} in 20 seconds", moments.len());
    // An answer takes its time, so whoever came within it was there at once.
    let at_once = most_within(&moments, WORK);
    assert!(at_once <= 4, "{at_once} at once");
    // The hour binds before the 20 seconds are over, and says so.
    assert!(moments.len() > 60, "{}", moments.len());
}

#[test]
fn products_have_their_limits() {
    assert_eq!(Product::Test.limits(), Limits::new(100, 1_000, 5));
    assert_eq!(Product::Custom.limits(), Limits::new(500, 5_000, 50));
    assert_eq!(Product::Production.limits(), Product::Custom.limits());
    let error = keys().limits(Limits::new(0, 10, 1)).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_turn_that_comes_too_late_is_refused_with_its_moment() {
    let script = script();
    script.push_all([
        Reply::json(200, &serde_json::json!([])),
        Reply::json(200, &serde_json::json!([])),
    ]);
    let client = scripted(&script)
        .limits(Limits::new(10, 2, 2))
        .max_wait(Duration::from_secs(30))
        .build()
        .unwrap();
    get(&client).await.unwrap();
    get(&client).await.unwrap();
    let error = get(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(3_600)));
    assert_eq!(script.request_count(), 3);
}

#[tokio::test]
async fn a_time_to_wait_on_429_or_403_silences_all_clients_of_the_administration() {
    for status in [429, 403] {
        let script = script();
        script.push_all([
            Reply::new(status, "").header("retry-after", "40"),
            Reply::json(200, &serde_json::json!([])),
        ]);
        let clock = clock();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let transport: Arc<dyn Transport> = Arc::new(script.clone());
        let client = || {
            keys()
                .clock(Arc::clone(&shared))
                .transport(Arc::clone(&transport))
                .retry(RetryPolicy::never())
                .build()
                .unwrap()
        };
        let (one, other) = (client(), client());
        assert!(get(&one).await.is_err());
        let refused = clock.now();
        get(&other).await.unwrap();
        assert_eq!(
            clock.now().duration_since(refused),
            Duration::from_secs(40),
            "{status}"
        );
    }
}
