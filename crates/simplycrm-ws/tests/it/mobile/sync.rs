//! `syncModuleRecords`: tokens, pages, overlap.

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use simplycrm_ws::mobile::{Changes, Generation, Refusal, SyncMode, SyncToken};
use simplycrm_ws::{Code, ErrorKind, RecordId, SendOutcome};
use wiremock::{MockServer, ResponseTemplate};

use crate::mobile::{documented, in_session, recorded, start};
use crate::support::yes;

fn token(seconds: u64) -> SyncToken {
    seconds.to_string().parse().unwrap()
}

fn row(number: u64, modified: &str) -> Value {
    json!({
        "id": format!("12x{number}"),
        "blocks": [{"label": "A", "fields": [
            {"name": "modifiedtime", "value": modified, "label": "Modified", "uitype": "70"},
        ]}],
        "labelFields": ["lastname"],
    })
}

fn page(rows: &[Value], deleted: &[&str], token: Value, next: u32) -> ResponseTemplate {
    yes(json!({"sync": {
        "nextSyncToken": token, "deleted": deleted, "updated": rows, "nextPage": next,
    }}))
}

async fn mount(server: &MockServer, pairs: &[(&str, &str)], answer: ResponseTemplate) {
    in_session("syncModuleRecords", pairs)
        .respond_with(answer)
        .expect(1)
        .mount(server)
        .await;
}

fn ids(parts: &[Changes]) -> Vec<u64> {
    let records = parts.iter().flat_map(|part| &part.updated);
    records.map(|record| record.id().unwrap().number).collect()
}

#[tokio::test]
async fn a_page_of_changes_is_asked_for_a_second_early() {
    let (server, client) = start(Generation::Old).await;
    mount(
        &server,
        &[
            ("module", "Contacts"),
            ("syncToken", "1795290404"),
            ("mode", "PUBLIC"),
            ("page", "0"),
        ],
        recorded("v5/505"),
    )
    .await;
    let since = Some(token(1_795_290_405));
    let page = client
        .sync_page("Contacts", since, SyncMode::Public, 0)
        .await
        .unwrap();
    assert_eq!(page.deleted, [RecordId::new(12, 743)]);
    assert_eq!(page.token, Some(token(1_795_290_410)));
    assert_eq!(page.next_page, None);
    assert_eq!(page.updated[0].text("lastname"), "MobSyncNew");
    assert!(!page.updated[0].label_fields().is_empty());
}

#[tokio::test]
async fn the_documented_answer_is_read() {
    let (server, client) = start(Generation::Old).await;
    mount(
        &server,
        &[("mode", "PRIVATE"), ("syncToken", "")],
        yes(documented("sync.json")),
    )
    .await;
    let page = client
        .sync_page("Calendar", None, SyncMode::Private, 0)
        .await
        .unwrap();
    let numbers: Vec<_> = page.updated.iter().map(|one| one.id().unwrap()).collect();
    assert_eq!(numbers, [RecordId::new(18, 1207), RecordId::new(18, 1206)]);
    assert_eq!(page.updated[0].label_fields(), ["subject"]);
    assert_eq!(page.token, Some(token(1_385_311_551)));
}

#[tokio::test]
async fn the_token_of_the_first_page_is_kept() {
    // Without a token the newest come first and the tokens decrease.
    let (server, client) = start(Generation::Old).await;
    for (number, seconds, next) in [(0, 500, 1), (1, 400, 2), (2, 300, 0)] {
        mount(
            &server,
            &[("page", &number.to_string()), ("syncToken", "")],
            page(&[row(number, "x")], &[], json!(seconds), next),
        )
        .await;
    }
    let parts: Vec<Changes> = client
        .changes("Contacts", None, SyncMode::Public)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids(&parts), [0, 1, 2]);
    let tokens: Vec<_> = parts.iter().map(|part| part.next).collect();
    assert_eq!(tokens, [None, None, Some(token(500))]);
}

#[tokio::test]
async fn nothing_new_keeps_the_token_that_came_back_as_text() {
    let (server, client) = start(Generation::Old).await;
    let since = token(1_795_290_405);
    mount(
        &server,
        &[("syncToken", "1795290404")],
        page(&[], &[], json!("1795290404"), 0),
    )
    .await;
    let parts: Vec<Changes> = client
        .changes("Contacts", Some(since), SyncMode::Public)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].next, Some(since), "it never goes back");
}

#[tokio::test]
async fn a_record_on_two_pages_comes_once_unless_it_changed_again() {
    let (server, client) = start(Generation::New).await;
    let first = [row(1, "10:00"), row(2, "10:00"), row(2, "10:00")];
    let second = [row(2, "10:00"), row(1, "10:01"), row(3, "10:00")];
    mount(
        &server,
        &[("page", "0")],
        page(&first, &["12x9"], json!(7), 1),
    )
    .await;
    mount(
        &server,
        &[("page", "1")],
        page(&second, &["12x9"], json!(9), 0),
    )
    .await;
    let parts: Vec<Changes> = client
        .changes("Contacts", Some(token(5)), SyncMode::Public)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids(&parts), [1, 2, 1, 3]);
    assert_eq!(parts[0].deleted, [RecordId::new(12, 9)]);
    assert!(parts[1].deleted.is_empty());
    // Record 1 may have changed again before the token of the later page.
    assert_eq!(parts[1].next, Some(token(7)));
}

#[tokio::test]
async fn an_empty_page_that_names_a_next_one_is_an_error() {
    let (server, client) = start(Generation::New).await;
    mount(&server, &[("page", "0")], page(&[], &[], json!(7), 1)).await;
    let error = client
        .changes("Contacts", None, SyncMode::Public)
        .try_collect::<Vec<_>>()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_calendar_is_read_until_nothing_new_comes() {
    let (server, client) = start(Generation::Old).await;
    for (number, rows) in [
        ("0", vec![row(1, "a")]),
        ("1", vec![row(2, "a")]),
        ("2", vec![]),
    ] {
        mount(
            &server,
            &[("module", "Calendar"), ("page", number)],
            page(&rows, &[], json!(8), 0),
        )
        .await;
    }
    let parts: Vec<Changes> = client
        .changes("Calendar", None, SyncMode::Public)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids(&parts), [1, 2]);
    assert_eq!(parts[2].next, Some(token(8)));
}

#[tokio::test]
async fn a_first_run_over_no_records_has_no_token() {
    let (server, client) = start(Generation::Old).await;
    mount(&server, &[], page(&[], &[], json!(0), 0)).await;
    let parts: Vec<Changes> = client
        .changes("Contacts", None, SyncMode::Public)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(parts[0].next, None);
}

#[tokio::test]
async fn a_page_that_does_not_advance_is_an_error() {
    let (server, client) = start(Generation::Old).await;
    mount(
        &server,
        &[("page", "0")],
        page(&[row(1, "a")], &[], json!(8), 1),
    )
    .await;
    mount(
        &server,
        &[("page", "1")],
        page(&[row(2, "a")], &[], json!(8), 1),
    )
    .await;
    let parts: Vec<_> = client
        .changes("Contacts", None, SyncMode::Public)
        .collect()
        .await;
    assert_eq!(parts.len(), 2);
    assert!(parts[0].is_ok());
    assert_eq!(parts[1].as_ref().unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn refusals_and_odd_answers_are_errors() {
    for (answer, check) in [
        (recorded("v7/448"), Some(Code::AccessDenied)),
        (recorded("v7/449"), Some(Code::AccessDenied)),
        (yes(json!({"sync": null})), None),
        (page(&[], &[], json!("soon"), 0), None),
        (page(&[], &["nine"], json!(8), 0), None),
    ] {
        let (server, client) = start(Generation::New).await;
        in_session("syncModuleRecords", &[])
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let error = client
            .sync_page("Contacts", None, SyncMode::Public, 0)
            .await
            .unwrap_err();
        match check {
            Some(code) => assert_eq!(Code::of(&error), Some(code)),
            None => assert_eq!(error.kind(), ErrorKind::Decode),
        }
    }
    let (server, client) = start(Generation::New).await;
    in_session("syncModuleRecords", &[])
        .respond_with(recorded("v7/443"))
        .mount(&server)
        .await;
    let error = client
        .sync_page("Contacts", Some(token(5)), SyncMode::Public, 0)
        .await
        .unwrap_err();
    assert_eq!(Refusal::of(&error), Some(Refusal::UnexpectedInput));
    let error = client
        .sync_page("a b", None, SyncMode::Public, 0)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_read_whose_table_breaks_is_not_repeated() {
    // The same code in a write means a stuck transaction.
    let (server, client) = start(Generation::Old).await;
    let mock = in_session("syncModuleRecords", &[("module", "Users")])
        .respond_with(recorded("v5/512"))
        .expect(1);
    mock.mount(&server).await;
    let error = client
        .sync_page("Users", None, SyncMode::Public, 0)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}
