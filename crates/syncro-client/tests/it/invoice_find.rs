use std::sync::Arc;

use serde_json::json;
use syncro_client::{ErrorKind, InvoiceId, SendOutcome};
use wiremock::matchers::{path_regex, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{answer, builder, client, clock, on, once, server};
use crate::trade::{gives, refused};

const ID: InvoiceId = InvoiceId::new(41);

#[tokio::test]
async fn an_invoice_is_found_by_its_number() {
    let request = on("GET", "/invoices/K-20417");
    let body = json!({"invoice": {"id": 41, "number": "K-20417"}});
    let found = gives(request, body, async |client| {
        client.invoices().find_by_number(" K-20417 ").await
    })
    .await;
    assert_eq!(found.unwrap().id, Some(ID));
}

#[tokio::test]
async fn a_number_with_a_slash_stays_one_part_of_the_address() {
    let server = server().await;
    let request = on("GET", "/invoices/2026%2F17");
    let body = json!({"invoice": {"id": 41, "number": "2026/17"}});
    answer(&server, request, 200, &body).await;
    let found = client(&server).invoices().find_by_number("2026/17").await;
    assert_eq!(found.unwrap().unwrap().id, Some(ID));
}

#[tokio::test]
async fn a_number_nobody_has_is_none() {
    let server = server().await;
    once(
        &server,
        on("GET", "/invoices/9"),
        ResponseTemplate::new(404),
    )
    .await;
    let found = client(&server).invoices().find_by_number("9").await;
    assert_eq!(found.unwrap(), None);
    let found = client(&server).invoices().find_by_number("  ").await;
    assert_eq!(found.unwrap(), None, "nothing is asked for");
}

#[tokio::test]
async fn a_number_that_is_the_id_of_another_invoice_is_looked_for_in_the_list() {
    let server = server().await;
    let another = json!({"invoice": {"id": 1001, "number": "7"}});
    answer(&server, on("GET", "/invoices/1001"), 200, &another).await;
    let first = on("GET", "/invoices").and(query_param("page", "1"));
    let rows = json!({"invoices": [{"id": 5, "number": "6"}, {"id": 41, "number": "1001"}],
        "meta": {"total_pages": 1, "page": 1}});
    answer(&server, first, 200, &rows).await;
    let whole = json!({"invoice": {"id": 41, "number": "1001", "line_items": []}});
    answer(&server, on("GET", "/invoices/41"), 200, &whole).await;
    let found = client(&server).invoices().find_by_number("1001").await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.id, Some(ID));
    assert_eq!(found.line_items, Some(vec![]), "it is read whole");
}

#[tokio::test]
async fn a_number_that_may_not_survive_an_address_is_looked_for_in_the_list_too() {
    for number in ["2026.17", "2026/17", "K 17"] {
        let server = server().await;
        let rows = json!({"invoices": [{"id": 41, "number": number}],
            "meta": {"total_pages": 1, "page": 1}});
        answer(&server, on("GET", "/invoices"), 200, &rows).await;
        let whole = json!({"invoice": {"id": 41, "number": number}});
        answer(&server, on("GET", "/invoices/41"), 200, &whole).await;
        Mock::given(path_regex("^/api/v1/invoices/(2026|K).*17$"))
            .respond_with(ResponseTemplate::new(404))
            .expect(1)
            .mount(&server)
            .await;
        let found = client(&server).invoices().find_by_number(number).await;
        assert_eq!(found.unwrap().unwrap().id, Some(ID), "{number}");
    }
}

#[tokio::test]
async fn a_failed_search_is_no_none() {
    let request = on("GET", "/invoices/9");
    let error = refused(request, 500, json!(""), async |client| {
        client.invoices().find_by_number("9").await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_invoice_that_is_gone_afterwards_was_deleted() {
    let server = server().await;
    let yes = ResponseTemplate::new(200);
    once(&server, on("DELETE", "/invoices/41"), yes).await;
    once(
        &server,
        on("GET", "/invoices/41"),
        ResponseTemplate::new(404),
    )
    .await;
    client(&server).invoices().delete(ID).await.unwrap();
}

#[tokio::test]
async fn a_delete_that_answers_200_and_did_nothing_is_an_error() {
    let server = server().await;
    let yes = ResponseTemplate::new(200);
    once(&server, on("DELETE", "/invoices/41"), yes).await;
    let still = json!({"invoice": {"id": 41, "number": "7", "is_paid": true}});
    answer(&server, on("GET", "/invoices/41"), 200, &still).await;
    let error = client(&server).invoices().delete(ID).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.code_str(), Some("not_deleted"));
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn an_invoice_that_answers_by_its_number_is_another_one() {
    let server = server().await;
    let yes = ResponseTemplate::new(200);
    once(&server, on("DELETE", "/invoices/41"), yes).await;
    let another = json!({"invoice": {"id": 900, "number": "41"}});
    answer(&server, on("GET", "/invoices/41"), 200, &another).await;
    client(&server).invoices().delete(ID).await.unwrap();
}

#[tokio::test]
async fn a_delete_that_could_not_be_checked_has_an_unknown_outcome() {
    let server = server().await;
    let yes = ResponseTemplate::new(200);
    once(&server, on("DELETE", "/invoices/41"), yes).await;
    once(
        &server,
        on("GET", "/invoices/41"),
        ResponseTemplate::new(500),
    )
    .await;
    let error = client(&server).invoices().delete(ID).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_delete_without_the_right_to_it_is_told_so() {
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let request = on("DELETE", "/invoices/41");
    let error = refused(request, 401, json!({"error": said}), async |client| {
        client.invoices().delete(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_and_that_finds_nothing_again_was_done() {
    let server = server().await;
    let lost = ResponseTemplate::new(502);
    on("DELETE", "/invoices/41")
        .respond_with(lost)
        .up_to_n_times(1)
        .expect(1)
        .with_priority(1)
        .mount(&server)
        .await;
    let gone = ResponseTemplate::new(404);
    once(&server, on("DELETE", "/invoices/41"), gone.clone()).await;
    once(&server, on("GET", "/invoices/41"), gone).await;
    let client = builder(&server)
        .max_retries(1)
        .clock(Arc::new(clock()))
        .build()
        .unwrap();
    client.invoices().delete(ID).await.unwrap();
}

#[tokio::test]
async fn a_delete_of_what_was_never_there_is_not_found() {
    let request = on("DELETE", "/invoices/41");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().delete(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
