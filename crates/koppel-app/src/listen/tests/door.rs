//! The receiver over real connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sync_core::Cancel;
use syncro_client::webhook::{Accepted, EventKind, Receiver, testing};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::server::{Door, Limits, Missed, serve};
use super::{TOKEN, receiver};

struct Open {
    address: SocketAddr,
    deliveries: mpsc::Receiver<Accepted>,
    missed: Arc<Missed>,
    cancel: Cancel,
    serving: JoinHandle<()>,
}

async fn open(receiver: Receiver, queue: usize, limits: Limits) -> Open {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (queue, deliveries) = mpsc::channel(queue);
    let door = Arc::new(Door::new(receiver, queue));
    let (missed, cancel) = (door.missed(), Cancel::new());
    let serving = tokio::spawn(serve(listener, door, limits, cancel.clone()));
    Open {
        address,
        deliveries,
        missed,
        cancel,
        serving,
    }
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends these bytes and reads until the other side closes.
async fn send(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> Option<u16> {
    answer.split(' ').nth(1)?.parse().ok()
}

fn sample(id: i64) -> String {
    testing::sample_for(&EventKind::TicketResolved, id).to_string()
}

#[tokio::test]
async fn a_delivery_is_answered_with_what_it_told_and_queued() {
    let mut open = open(receiver(), 10, Limits::default()).await;
    let path = format!("/hook/{TOKEN}");
    let answer = send(open.address, request("POST", &path, &sample(7)).as_bytes()).await;
    assert_eq!(status(&answer), Some(200), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let said: serde_json::Value = serde_json::from_str(body).unwrap();
    let wanted = serde_json::json!({
        "event": "ticket_resolved", "entity": "ticket", "id": 7, "duplicate": false
    });
    assert_eq!(said, wanted);
    let again = send(open.address, request("POST", &path, &sample(7)).as_bytes()).await;
    assert!(again.contains("\"duplicate\":true"), "{again}");
    assert!(matches!(
        open.deliveries.recv().await,
        Some(Accepted::New(_))
    ));
    let second = open.deliveries.recv().await;
    assert!(matches!(second, Some(Accepted::Duplicate(_))));
}

#[tokio::test]
async fn whoever_lacks_the_token_learns_nothing() {
    let open = open(receiver(), 10, Limits::default()).await;
    let mut answers = Vec::new();
    for path in [
        "/",
        "/hook",
        "/hook/",
        "/hook/wrong-token-of-some-length",
        &format!("/hook/{TOKEN}/x"),
        &format!("/hooks/{TOKEN}"),
        &format!("/hook/?t={TOKEN}"),
    ] {
        for method in ["GET", "POST"] {
            let answer = send(open.address, request(method, path, "{}").as_bytes()).await;
            assert_eq!(status(&answer), Some(404), "{path}");
            assert!(!answer.contains(TOKEN), "{path}");
            let date = answer.lines().filter(|line| !line.starts_with("date:"));
            answers.push(date.collect::<Vec<_>>().join("\n"));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all answers are alike: {answers:?}");
    let path = format!("/hook/{TOKEN}");
    let answer = send(open.address, request("GET", &path, "").as_bytes()).await;
    assert_eq!(status(&answer), Some(405));
    let answer = send(open.address, request("POST", &path, "hello").as_bytes()).await;
    assert_eq!(status(&answer), Some(400));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_unread() {
    let open = open(receiver(), 10, Limits::default()).await;
    // Only the headers are sent: the answer does not wait for the body.
    let head = format!("POST /hook/{TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n");
    let answer = send(open.address, head.as_bytes()).await;
    assert_eq!(status(&answer), Some(413), "{answer}");
}

#[tokio::test]
async fn a_body_without_an_end_is_read_no_further_than_it_may_be_large() {
    let small = Receiver::builder(TOKEN.into()).max_body(1_000).build();
    let open = open(small.unwrap(), 10, Limits::default()).await;
    let head =
        format!("POST /hook/{TOKEN} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    // One byte more than is taken, and the rest never comes.
    let bytes = format!("{head}3e9\r\n{}\r\n", "x".repeat(1_001));
    let answer = send(open.address, bytes.as_bytes()).await;
    assert_eq!(status(&answer), Some(413), "{answer}");
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let limits = Limits {
        headers: Duration::from_millis(150),
        whole: Duration::from_millis(400),
        ..Limits::default()
    };
    let mut open = open(receiver(), 10, limits).await;
    let path = format!("/hook/{TOKEN}");
    let whole = request("POST", &path, &sample(7));
    for cut in [
        "",
        "POST",
        "POST /hook/x HTTP/1.1\r\nhost:",
        &whole[..whole.len() - 1],
    ] {
        // Comes to an end only because the other side closes.
        let answer = send(open.address, cut.as_bytes()).await;
        assert_ne!(status(&answer), Some(200), "{cut}");
    }
    assert!(open.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn connections_that_are_held_open_do_not_keep_deliveries_out_for_good() {
    let limits = Limits {
        connections: 2,
        headers: Duration::from_millis(200),
        ..Limits::default()
    };
    let open = open(receiver(), 10, limits).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(TcpStream::connect(open.address).await.unwrap());
    }
    let path = format!("/hook/{TOKEN}");
    let answer = send(open.address, request("POST", &path, &sample(7)).as_bytes()).await;
    assert_eq!(status(&answer), Some(200));
    drop(held);
}

#[tokio::test]
async fn deliveries_beyond_the_queue_are_counted_and_answered_all_the_same() {
    let mut open = open(receiver(), 2, Limits::default()).await;
    let path = format!("/hook/{TOKEN}");
    for id in 1..=5 {
        let answer = send(open.address, request("POST", &path, &sample(id)).as_bytes()).await;
        assert_eq!(status(&answer), Some(200));
    }
    assert_eq!(open.missed.take(), 3);
    assert_eq!(open.missed.take(), 0);
    for id in 1..=2 {
        let accepted = open.deliveries.recv().await.unwrap();
        assert_eq!(accepted.event().id, Some(id));
    }
}

#[tokio::test]
async fn the_end_closes_the_door_and_waits_for_nobody_who_holds_it() {
    let limits = Limits {
        grace: Duration::from_millis(100),
        ..Limits::default()
    };
    let open = open(receiver(), 10, limits).await;
    let mut held = TcpStream::connect(open.address).await.unwrap();
    open.cancel.cancel();
    open.serving.await.unwrap();
    // Closed, or reset because it was never accepted.
    assert_eq!(held.read(&mut [0; 1]).await.unwrap_or(0), 0);
}
