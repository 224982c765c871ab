//! TLS against a server with a certificate of a private authority.
//!
//! `fixtures/tls` holds the authority, and a certificate for `localhost` and
//! 127.0.0.1 with its key; both are valid until 2125 and used nowhere else.

use std::sync::Arc;
use std::time::Duration;

use api_core::transport::Fault;
use api_core::{ErrorKind, HttpTransport, SendOutcome, Transport};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/ca.pem");

/// Starts a server that answers every request with `pong`; returns its port.
async fn tls_server() -> u16 {
    let chain =
        vec![CertificateDer::from_pem_slice(include_bytes!("../fixtures/tls/server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../fixtures/tls/server.key")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // A client that does not trust us hangs up here.
            let Ok(mut stream) = acceptor.accept(socket).await else {
                continue;
            };
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\npong")
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    port
}

fn get(host: &str, port: u16) -> http::Request<Bytes> {
    http::Request::get(format!("https://{host}:{port}/"))
        .body(Bytes::new())
        .unwrap()
}

fn trusting() -> HttpTransport {
    HttpTransport::builder()
        .environment_proxy(false)
        .ca_file(AUTHORITY)
        .unwrap()
        .build()
        .unwrap()
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_private_authority_is_trusted_once_its_file_is_given() {
    let port = tls_server().await;
    let answer = trusting().send(get("127.0.0.1", port), LONG).await.unwrap();
    assert_eq!(answer.body(), "pong");
}

#[tokio::test]
async fn an_unknown_authority_is_a_configuration_error_that_names_the_certificate() {
    let port = tls_server().await;
    let plain = HttpTransport::builder()
        .environment_proxy(false)
        .build()
        .unwrap();
    let error = plain.send(get("127.0.0.1", port), LONG).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Certificate, "{error}");
    assert_eq!(error.outcome(), SendOutcome::NotSent);
    assert!(error.to_string().contains("certificate"), "{error}");
    let error = api_core::Error::from(error);
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .help_text()
            .is_some_and(|help| help.contains("CA file"))
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let port = tls_server().await;
    let error = trusting()
        .send(get("other.localhost", port), LONG)
        .await
        .unwrap_err();
    // Machines that resolve no `*.localhost` name cannot even try.
    assert!(
        matches!(error.fault(), Fault::Certificate | Fault::UnknownHost),
        "{error}"
    );
    assert_eq!(error.outcome(), SendOutcome::NotSent);
}
