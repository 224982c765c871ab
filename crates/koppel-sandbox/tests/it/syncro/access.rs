//! Tokens, permissions and what stands in front of them.

use koppel_sandbox::syncro::{Syncro, operations};
use serde_json::json;

use super::talk::Talk;

const NOT_AUTHORIZED: &str =
    "Not authorized. Please ask account admin to update your group permissions.";

#[tokio::test]
async fn a_token_is_taken_bare_as_bearer_and_in_the_query() {
    let talk = Talk::new().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/me", talk.server.url());
    let statuses = [
        (http.get(&url).header("authorization", "demo-token"), 200),
        (http.get(&url).bearer_auth("demo-token"), 200),
        (http.get(format!("{url}?api_key=demo-token")), 200),
        (http.get(&url), 401),
        (http.get(&url).bearer_auth("other"), 401),
        (http.get(format!("{url}?api_key=other")), 401),
    ];
    for (request, expected) in statuses {
        assert_eq!(talk.raw(request).await.0, expected);
    }
}

#[tokio::test]
async fn a_missing_permission_is_a_401_that_says_so() {
    let builder = Syncro::builder()
        .without("Contracts - Edit")
        .without("Invoices - Create");
    let talk = Talk::with(builder).await;
    for (status, body) in [
        talk.get("/contracts/1").await,
        talk.post("/contracts", json!({})).await,
        // Both permissions are needed, so that one that is missing is enough.
        talk.post("/estimates/1/convert_to_invoice", json!({}))
            .await,
    ] {
        assert_eq!((status, body), (401, json!({"error": NOT_AUTHORIZED})));
    }
    assert_eq!(talk.get("/contracts").await.0, 200);
    talk.server
        .set_missing_permissions(["Contracts - List/Search"]);
    assert_eq!(talk.get("/contracts").await.0, 401);
    assert_eq!(talk.get("/contracts/1").await.0, 200);
}

#[tokio::test]
async fn one_of_two_permissions_is_enough_for_a_ticket_alone() {
    let own = "Tickets - View 'Their Ticket' Details (assigned to them)";
    let builder = Syncro::builder().permissions([own]);
    let talk = Talk::with(builder).await;
    assert_eq!(talk.get("/tickets/1").await.0, 404);
    assert_eq!(talk.get("/tickets").await.0, 401);
    let rights = &talk.got("/me").await["permissions"];
    assert_eq!(rights["ticket"]["read"], false);
}

#[tokio::test]
async fn a_write_of_another_content_type_is_answered_with_a_page() {
    let talk = Talk::new().await;
    let request = talk.request("POST", "/customers").body("business_name=A");
    let (status, kind, text) = talk.raw(request).await;
    assert_eq!((status, kind.as_str()), (400, "text/html; charset=UTF-8"));
    assert!(text.contains("Bad Request"));
    assert_eq!(talk.server.count("customers"), 0);
}

#[tokio::test]
async fn what_is_not_there_is_a_404_and_every_answer_has_an_id() {
    let talk = Talk::new().await;
    for path in [
        "/customers/9/tickets",
        "/ticket_problem_types",
        "/rmm_alerts/1/resolve",
    ] {
        assert_eq!(talk.get(path).await.0, 404, "{path}");
    }
    let answer = talk.request("GET", "/me").send().await.unwrap();
    assert!(answer.headers().contains_key("x-request-id"));
}

#[test]
fn the_operations_of_the_document_and_four_more_are_known() {
    let names: Vec<&str> = operations().collect();
    assert_eq!(names.len(), 174);
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    assert!(names.contains(&"PATCH /ticket_timers/{id}"));
}
