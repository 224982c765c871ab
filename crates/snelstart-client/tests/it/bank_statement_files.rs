use snelstart_client::{BankStatementFile, ErrorKind, SendOutcome};

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn statement_files_go_out_together_and_each_has_its_own_result() {
    let server = server().await;
    let request = with_body(
        on("POST", "/bankafschriftbestanden"),
        "bank_statement_files/request.json",
    );
    answer(&server, request, 201, "bank_statement_files/results.json").await;
    let files = [
        BankStatementFile::new("afschrift_20260319.xml", b"<Document/>").unwrap(),
        BankStatementFile::new("afschrift_20260320.sta", b"\xEF\xBB\xBF:20:START\r\n").unwrap(),
    ];
    let results = client(&server)
        .bank_statement_files()
        .send(&files)
        .await
        .unwrap();
    assert_eq!(results[0].is_success, Some(true));
    assert!(!results[0].is_duplicate());
    assert_eq!(results[1].name.as_deref(), Some("afschrift_20260320.sta"));
    assert_eq!(results[1].is_success, Some(false));
    assert!(results[1].is_duplicate());
    assert_eq!(
        results[1].messages(),
        [
            "7 regels die al eerder zijn ingelezen, zijn overgeslagen",
            "regel 3 & 4"
        ]
    );
}

#[tokio::test]
async fn no_file_at_all_is_not_sent() {
    let server = server().await;
    let refused = client(&server)
        .bank_statement_files()
        .send(&[])
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Validation);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_file_without_a_name_is_not_sent() {
    let server = server().await;
    let refused = client(&server)
        .bank_statement_files()
        .send(&[BankStatementFile::default()])
        .await
        .unwrap_err();
    let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
    assert_eq!(named, ["base64EncodedContent", "name"]);
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    let refused = BankStatementFile::new("afschrift.xml", b"caf\xE9").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Validation);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
}
