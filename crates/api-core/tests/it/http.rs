//! The real transport against real sockets, with real time.

use std::time::Duration;

use api_core::transport::Fault;
use api_core::{
    Bearer, Call, Caller, ErrorKind, HttpTransport, RetryPolicy, Safety, SendOutcome, Transport,
    TransportError,
};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const LONG: Duration = Duration::from_secs(20);

fn transport() -> HttpTransport {
    HttpTransport::builder()
        .environment_proxy(false)
        .build()
        .unwrap()
}

fn get(address: &str) -> http::Request<Bytes> {
    http::Request::get(address).body(Bytes::new()).unwrap()
}

fn post(address: &str) -> http::Request<Bytes> {
    http::Request::post(address)
        .header("content-type", "application/json")
        .body(Bytes::from_static(br#"{"name":"A"}"#))
        .unwrap()
}

async fn send(request: http::Request<Bytes>, timeout: Duration) -> TransportError {
    transport().send(request, timeout).await.unwrap_err()
}

async fn catch_all(server: &MockServer) {
    Mock::given(any())
        .respond_with(ResponseTemplate::new(500).set_body_string("unexpected request"))
        .with_priority(250)
        .expect(0)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_call_carries_login_and_agent_and_reads_the_answer() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/clients"))
        .and(header("authorization", "Bearer t0ken"))
        .and(header("user-agent", "koppel-test/1"))
        .respond_with(ResponseTemplate::new(201).set_body_string(r#"{"id":7}"#))
        .expect(1)
        .mount(&server)
        .await;
    catch_all(&server).await;
    let caller = Caller::builder(transport())
        .auth(Bearer::new("t0ken".into()))
        .user_agent("koppel-test/1")
        .build()
        .unwrap();
    let request = post(&format!("{}/clients", server.uri()));
    let call = Call::new("clients.create", "/clients", Safety::Create, request);
    let answer = caller.call(call).await.unwrap();
    assert_eq!(answer.body(), r#"{"id":7}"#);
}

#[tokio::test]
async fn a_read_is_retried_until_the_remote_is_back() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(2)
        .expect(2)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let caller = Caller::builder(transport())
        .retry(RetryPolicy {
            base: Duration::from_millis(5),
            ..RetryPolicy::default()
        })
        .build()
        .unwrap();
    let call = Call::new("ping", "/", Safety::Idempotent, get(&server.uri()));
    assert_eq!(caller.call(call).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_slow_answer_is_a_time_out_of_unknown_outcome_and_the_create_goes_out_once() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(201).set_delay(Duration::from_secs(60)))
        .expect(1)
        .mount(&server)
        .await;
    let caller = Caller::builder(transport())
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let call = Call::new("create", "/", Safety::Create, post(&server.uri()));
    let error = caller.call(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(error.message().contains("No whole answer"), "{error}");
    assert!(error.help_text().is_some());
}

#[tokio::test]
async fn a_refused_connection_was_not_sent_and_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = send(post(&format!("http://{address}/x?token=s3cr3t")), LONG).await;
    assert_eq!(error.fault(), Fault::Refused);
    assert_eq!(error.outcome(), SendOutcome::NotSent);
    let shown = error.to_string();
    assert!(shown.contains("refused the connection"), "{shown}");
    assert!(!format!("{shown} {error:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn an_unknown_host_was_not_sent_and_says_so() {
    let error = send(get("https://no-such-host.invalid/"), LONG).await;
    assert_eq!(error.fault(), Fault::UnknownHost, "{error}");
    assert_eq!(error.outcome(), SendOutcome::NotSent);
}

/// Accepts one connection, reads the request and answers with raw bytes.
async fn raw_server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let count = socket.read(&mut buffer).await.unwrap();
        assert!(count > 0);
        socket.write_all(answer).await.unwrap();
        socket.shutdown().await.unwrap();
    });
    address.to_string()
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_of_unknown_outcome() {
    let address = raw_server(b"").await;
    let error = send(post(&format!("http://{address}/")), LONG).await;
    assert_eq!(error.fault(), Fault::Aborted, "{error}");
    assert_eq!(error.outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn an_answer_cut_in_the_middle_is_of_unknown_outcome() {
    let address = raw_server(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\":").await;
    let error = send(post(&format!("http://{address}/")), LONG).await;
    assert_eq!(error.fault(), Fault::Aborted, "{error}");
    assert_eq!(error.outcome(), SendOutcome::Unknown);
    assert_eq!(api_core::Error::from(error).status_code(), Some(201));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_a_certificate_fault() {
    let address = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let error = send(get(&format!("https://{address}/")), LONG).await;
    assert_eq!(error.fault(), Fault::Certificate, "{error}");
    assert_eq!(error.outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn an_answer_larger_than_the_cap_is_not_read() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 2_000]))
        .mount(&server)
        .await;
    let small = HttpTransport::builder().max_body(1_000).build().unwrap();
    let error = small.send(get(&server.uri()), LONG).await.unwrap_err();
    assert_eq!(error.fault(), Fault::TooLarge);
    assert_eq!(error.outcome(), SendOutcome::Unknown);
    let large = HttpTransport::builder().max_body(2_000).build().unwrap();
    assert!(large.send(get(&server.uri()), LONG).await.is_ok());
}

#[tokio::test]
async fn an_endless_answer_without_a_length_is_cut_off_at_the_cap() {
    let address =
        raw_server(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxx").await;
    let small = HttpTransport::builder().max_body(10).build().unwrap();
    let error = small
        .send(get(&format!("http://{address}/")), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.fault(), Fault::TooLarge);
}

#[tokio::test]
async fn plain_http_to_another_machine_needs_permission() {
    let error = send(get("http://crm.invalid/"), LONG).await;
    assert_eq!(error.fault(), Fault::Insecure);
    assert_eq!(error.outcome(), SendOutcome::NotSent);
    assert!(error.to_string().contains("crm.invalid"), "{error}");
    let open = HttpTransport::builder()
        .insecure_http(true)
        .environment_proxy(false)
        .build()
        .unwrap();
    let error = open
        .send(get("http://crm.invalid/"), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.fault(), Fault::UnknownHost, "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_refused_and_the_token_stays() {
    let other = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&other)
        .await;
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(
            ResponseTemplate::new(302).insert_header("location", format!("{}/x", other.uri())),
        )
        .expect(1)
        .mount(&server)
        .await;
    let mut request = get(&server.uri());
    request
        .headers_mut()
        .insert("authorization", "Bearer s3cr3t".parse().unwrap());
    let error = send(request, LONG).await;
    assert_eq!(error.fault(), Fault::Redirect);
    assert!(error.to_string().contains("not followed"), "{error}");
}

#[tokio::test]
async fn a_read_is_redirected_within_its_host_and_a_write_is_not() {
    let server = MockServer::start().await;
    Mock::given(path("/old"))
        .respond_with(ResponseTemplate::new(301).insert_header("location", "/new"))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/new"))
        .respond_with(ResponseTemplate::new(200).set_body_string("here"))
        .expect(1)
        .mount(&server)
        .await;
    catch_all(&server).await;
    let old = format!("{}/old", server.uri());
    let answer = transport().send(get(&old), LONG).await.unwrap();
    assert_eq!(answer.body(), "here");
    let error = send(post(&old), LONG).await;
    assert_eq!(error.fault(), Fault::Redirect);
    assert_eq!(error.outcome(), SendOutcome::Rejected);
    assert!(error.to_string().contains("/new"), "{error}");
}

#[tokio::test]
async fn a_write_answered_see_other_may_have_been_applied() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(303).insert_header("location", "/list"))
        .expect(1)
        .mount(&server)
        .await;
    let error = send(post(&server.uri()), LONG).await;
    assert_eq!(error.outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/again"))
        .expect(6)
        .mount(&server)
        .await;
    let error = send(get(&server.uri()), LONG).await;
    assert_eq!(error.fault(), Fault::Redirect);
    assert!(error.to_string().contains("circle"), "{error}");
}

#[test]
fn an_unusable_ca_file_is_named() {
    let error = HttpTransport::builder()
        .ca_file("/nonexistent/ca.pem")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("/nonexistent/ca.pem"), "{error}");
    let error = HttpTransport::builder().ca_pem(b"no pem").unwrap_err();
    assert!(error.message().contains("no certificate"), "{error}");
}
