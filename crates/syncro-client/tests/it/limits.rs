//! The limit of an outgoing address.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use api_core::transport::{FakeTransport, Reply, Transport, TransportError};
use api_core::{Clock, Timestamp};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::json;
use syncro_client::{Client, ErrorKind, RetryPolicy, SendOutcome};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{TOKEN, account, builder, clock, scripted, server};

async fn get(client: &Client) -> Result<(), syncro_client::Error> {
    let none: [(&str, &str); 0] = [];
    let answer = client.raw(Method::GET, "/me", &none, &none, None).await;
    answer.map(|_| ())
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

/// Counts requests at the moment they are sent, on the injected clock. Answers
/// take their time, and some are refusals.
#[derive(Debug)]
struct Counting {
    clock: Arc<dyn Clock>,
    sent: Mutex<Vec<Timestamp>>,
    number: AtomicU64,
}

#[async_trait]
impl Transport for Counting {
    async fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.sent.lock().unwrap().push(self.clock.now());
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let took = Duration::from_millis(20 + number * 37 % 400);
        self.clock.sleep(took).await;
        let mut response = Response::new(Bytes::from_static(b"{}"));
        if number.is_multiple_of(997) {
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        }
        Ok(response)
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
async fn five_thousand_requests_of_32_tasks_break_no_minute_and_waste_little() {
    let shared: Arc<dyn Clock> = Arc::new(Jumping(tokio::time::Instant::now()));
    let counting = Arc::new(Counting {
        clock: Arc::clone(&shared),
        sent: Mutex::new(Vec::new()),
        number: AtomicU64::new(0),
    });
    // Two accounts: the limit is that of the address both call from.
    let client = |name: &str| {
        Client::builder(name, TOKEN.into())
            .clock(Arc::clone(&shared))
            .transport(counting.clone())
            .max_wait(Duration::from_secs(7_200))
            .build()
            .unwrap()
    };
    let clients = [client("acme"), client("reels")];
    let left = Arc::new(AtomicU64::new(5_000));
    let began = shared.now();
    let workers = (0..32).map(|worker| {
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
    assert!(sent.len() >= 5_000, "{}", sent.len());
    let most = most_within(&sent, Duration::from_secs(60));
    assert!(most <= 180, "{most} in a minute");
    // In whole minutes after the first, 97 % of what is allowed went out.
    let minutes = shared.now().duration_since(began).as_secs() / 60;
    let until = began.saturating_add(Duration::from_secs(minutes * 60));
    let within = sent.iter().filter(|at| **at < until).count();
    let allowed = usize::try_from(minutes).unwrap() * 180;
    assert!(minutes >= 25, "{minutes} minutes");
    assert!(within * 100 >= allowed * 97, "{within} of {allowed}");
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
    let server = server().await;
    let began = Instant::now();
    let moments = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&moments);
    Mock::given(method("GET"))
        .and(path("/api/v1/me"))
        .respond_with(move |_: &wiremock::Request| {
            let micros = i64::try_from(began.elapsed().as_micros()).unwrap();
            log.lock().unwrap().push(Timestamp::from_micros(micros));
            ResponseTemplate::new(200)
                .set_body_raw("{}", "application/json")
                .set_delay(Duration::from_millis(4))
        })
        .mount(&server)
        .await;
    // A minute of the limiter is a second of the server.
    let client = builder(&server)
        .clock(Arc::new(Fast(Instant::now())))
        .requests_per_minute(40)
        .max_wait(Duration::from_secs(3_600))
        .build()
        .unwrap();
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                while began.elapsed() < Duration::from_secs(20) {
                    get(&client).await.unwrap();
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
    assert!(second <= 40, "{second} in a second");
    // Something was there to be limited.
    assert!(moments.len() > 100, "{}", moments.len());
}

#[tokio::test]
async fn a_turn_that_comes_too_late_is_refused_with_its_moment() {
    let script = FakeTransport::new();
    script.push_all([Reply::json(200, &json!({})), Reply::json(200, &json!({}))]);
    let client = scripted(&script)
        .requests_per_minute(2)
        .max_wait(Duration::from_secs(30))
        .build()
        .unwrap();
    get(&client).await.unwrap();
    get(&client).await.unwrap();
    let error = get(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(60)));
    assert_eq!(script.request_count(), 2);
}

/// Two clients of two accounts that never try twice, on one clock.
fn two(script: &FakeTransport, shared: &Arc<dyn Clock>) -> [Client; 2] {
    let transport: Arc<dyn Transport> = Arc::new(script.clone());
    ["acme", "reels"].map(|name| {
        Client::builder(name, TOKEN.into())
            .clock(Arc::clone(shared))
            .transport(Arc::clone(&transport))
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    })
}

#[tokio::test]
async fn when_the_server_throttles_all_clients_of_the_address_keep_silent() {
    let words = json!({"error": "high number of requests"});
    let minute = Duration::from_secs(60);
    for (reply, least) in [
        (
            Reply::status(429).header("retry-after", "40"),
            Duration::from_secs(40),
        ),
        (Reply::status(429), minute),
        (Reply::json(200, &words), minute),
        (Reply::json(503, &words), minute),
        (
            Reply::json(403, &words).header("retry-after", "25"),
            Duration::from_secs(25),
        ),
    ] {
        let script = FakeTransport::new();
        script.push_all([reply, Reply::json(200, &json!({}))]);
        let clock = clock();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let [one, other] = two(&script, &shared);
        let error = get(&one).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after_hint(), Some(least));
        let refused = clock.now();
        get(&other).await.unwrap();
        let waited = clock.now().duration_since(refused);
        let most = least + Duration::from_secs(2);
        assert!(least <= waited && waited <= most, "{waited:?} {least:?}");
    }
}

#[tokio::test]
async fn clients_of_other_hosts_have_limits_of_their_own() {
    let script = FakeTransport::new();
    script.push_all((0..4).map(|_| Reply::json(200, &json!({}))));
    let clock = clock();
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let client = |url: &str| {
        account()
            .base_url(url)
            .clock(Arc::clone(&shared))
            .transport(Arc::new(script.clone()))
            .requests_per_minute(1)
            .build()
            .unwrap()
    };
    let began = clock.now();
    let urls = [
        "https://acme.syncromsp.com/api/v1",
        "https://acme.repairshopr.com/api/v1",
        "http://127.0.0.1:9/api/v1",
        "http://127.0.0.1:10/api/v1",
    ];
    // All of them live at once, so none takes the place of another.
    let clients = urls.map(client);
    for client in &clients {
        get(client).await.unwrap();
    }
    assert_eq!(clock.now(), began);
    assert_eq!(script.request_count(), 4);
}

#[tokio::test]
async fn a_limiter_of_ones_own_is_told_of_throttling_too() {
    #[derive(Debug, Default)]
    struct Hearing(AtomicUsize);

    #[async_trait]
    impl api_core::Limiter for Hearing {
        async fn acquire(&self) -> Result<api_core::limit::Permit, api_core::Limited> {
            Ok(api_core::limit::Permit::free())
        }

        fn observe(&self, status: http::StatusCode, headers: &http::HeaderMap) {
            if status == 429 && headers.contains_key("retry-after") {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"error": "high number of requests"}),
    ));
    let hearing = Arc::new(Hearing::default());
    let client = scripted(&script)
        .limiter(hearing.clone())
        .max_retries(0)
        .build()
        .unwrap();
    get(&client).await.unwrap_err();
    assert_eq!(hearing.0.load(Ordering::SeqCst), 1);
}
