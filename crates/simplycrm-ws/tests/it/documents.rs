//! Documents with a file.

use simplycrm_ws::{BodyFault, Code, Document, ErrorKind, RecordId, SendOutcome, Values};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use crate::exchange::recorded;
use crate::support::{client, no, post, server, sign_in};

fn offer() -> Document {
    Document::new("Upl", RecordId::new(19, 1), RecordId::new(22, 1)).file(
        "hello é.txt",
        "text/plain",
        "hello file",
    )
}

/// A multipart create.
fn upload() -> MockBuilder {
    Mock::given(method("POST"))
        .and(path("/webservice.php"))
        .and(body_string_contains(
            "form-data; name=\"operation\"\r\n\r\ncreate\r\n",
        ))
}

async fn multipart(server: &MockServer) -> String {
    let requests = server.received_requests().await.unwrap();
    let sent = requests.last().unwrap();
    let kind = sent.headers.get("content-type").unwrap().to_str().unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    String::from_utf8(sent.body.clone()).unwrap()
}

#[tokio::test]
async fn a_file_goes_along_as_the_part_filename() {
    let server = server().await;
    sign_in(&server).await;
    upload()
        .respond_with(recorded("v7/253-webservice-create-Document_upload_multipart").again())
        .expect(1)
        .mount(&server)
        .await;
    let document = offer();
    let written = client(&server).upload(&document).unwrap().await.unwrap();
    assert_eq!(written.warnings, []);
    assert_eq!(written.record.text("filename"), "hello_é.txt");
    assert_eq!(written.record.text("filesize"), "10");
    let body = multipart(&server).await;
    assert!(
        body.contains("name=\"filename\"; filename=\"hello é.txt\"\r\n"),
        "{body}"
    );
    assert!(
        body.contains("Content-Type: text/plain\r\n\r\nhello file\r\n"),
        "{body}"
    );
    assert!(
        body.contains("name=\"elementType\"\r\n\r\nDocuments\r\n"),
        "{body}"
    );
    assert!(body.contains(r#""folderid":"22x1""#), "{body}");
    assert!(body.contains(r#""filestatus":"1""#), "{body}");
}

#[tokio::test]
async fn a_document_without_a_file_name_is_not_sent() {
    let server = server().await;
    let document = Document::new("Upl", RecordId::new(19, 1), RecordId::new(22, 1));
    let error = client(&server).upload(&document).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refused_upload_says_why() {
    let server = server().await;
    sign_in(&server).await;
    upload()
        .respond_with(no("ACCESS_DENIED", "Permission to write is denied"))
        .expect(1)
        .mount(&server)
        .await;
    let document = offer();
    let error = client(&server)
        .upload(&document)
        .unwrap()
        .await
        .unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::AccessDenied));
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn a_file_that_php_drops_is_in_doubt_and_not_sent_again() {
    let server = server().await;
    sign_in(&server).await;
    upload()
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let document = offer();
    let error = client(&server)
        .upload(&document)
        .unwrap()
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_link_is_a_document_whose_file_name_does_not_come_back() {
    let exchange = recorded("v5/362-webservice-create-Documents_external_url");
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(exchange.again())
        .expect(1)
        .mount(&server)
        .await;
    let values: Values = exchange.element().unwrap();
    assert!(values.contains("filename"));
    let written = client(&server).create("Documents", &values).await.unwrap();
    assert_eq!(written.warnings, [], "5.4.0 servers do not return it");
}
