//! Answers that nobody would expect.

use api_core::ErrorKind;
use sync_core::Cursor;

use super::*;

#[tokio::test]
async fn a_cursor_of_another_system_is_refused() {
    let server = empty().await;
    let source = books(&server);
    for text in ["", "{}", "7/100", r#"{"at":"list"}"#] {
        let cursor = Cursor::from(text);
        let error = source.pull(CUSTOMER, Some(&cursor), 10).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{text}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn kinds_that_there_are_none_of_are_refused() {
    let server = empty().await;
    let source = books(&server);
    let error = source.pull(EntityKind::Lead, None, 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let id = RecordId::from("1");
    assert!(source.fetch(EntityKind::Ticket, &id).await.is_err());
}

#[tokio::test]
async fn ids_that_are_none_find_nothing_and_ask_nothing() {
    let server = empty().await;
    let source = books(&server);
    for kind in [CUSTOMER, INVOICE, PAYMENT] {
        for id in ["", "7", "f:", "f:7", "../companyInfo"] {
            let found = source.fetch(kind, &RecordId::from(id)).await.unwrap();
            assert!(found.is_none(), "{kind} {id}");
        }
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_debtors_ledger_that_is_not_there_is_a_question_of_the_settings() {
    use connectors::snelstart::LedgerChoice;
    let server = empty().await;
    let source = settings(&server)
        .debtors_ledger(LedgerChoice::Number(1_399))
        .build()
        .unwrap();
    let error = source.pull(PAYMENT, None, 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("1399"), "{error}");
    assert!(error.help_text().unwrap().contains("debtors_ledger"));
    let by_number = settings(&server)
        .debtors_ledger(LedgerChoice::Number(1_300))
        .build()
        .unwrap();
    assert!(by_number.pull(PAYMENT, None, 10).await.unwrap().complete);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_asked() {
    let server = empty().await;
    for (wrong, says) in [
        (settings(&server).time_zone("Mars/Noord"), "Mars/Noord"),
        (settings(&server).currency("euro"), "euro"),
        (settings(&server).payment_journals([]), "journal"),
    ] {
        let error = wrong.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(says), "{error}");
    }
}
