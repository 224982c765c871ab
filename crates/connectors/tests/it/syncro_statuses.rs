//! Words of the account's own: statuses, priorities, problem types.

use serde_json::json;
use sync_core::testing::conformance;
use sync_core::{EntityKind, Fields, Outcome, Ref, Value};

use crate::support::{word, written};
use crate::syncro_read::{TICKET, add_customer, empty, id, sandbox, settings, syncro};
use connectors::syncro::Syncro;

fn ticket(customer: i64, status: &str) -> Fields {
    Fields::new()
        .with("subject", "No printing")
        .with(
            "customer",
            Value::Ref(Ref::new(EntityKind::Customer, id(customer))),
        )
        .with("message", "Since this morning.")
        .with("status", status)
}

async fn push(target: &Syncro, fields: Fields) -> Outcome {
    let outcomes = conformance::push(target, TICKET, vec![conformance::create(TICKET, fields)]);
    outcomes.await.remove(0)
}

#[tokio::test]
async fn a_status_that_the_account_lacks_is_refused_with_those_it_has() {
    let server = sandbox()
        .ticket_settings(json!({"ticket_status_list": ["Nieuw", "Bezig", "Klaar"]}))
        .start()
        .await
        .unwrap();
    let customer = add_customer(&server, "Bakkerij Jansen");
    let target = syncro(&server);
    let Outcome::Rejected(error) = push(&target, ticket(customer, "Open")).await else {
        panic!("an unknown word was written");
    };
    let message = error.to_string();
    for known in ["`Open`", "`Nieuw`", "`Bezig`", "`Klaar`"] {
        assert!(message.contains(known), "{message}");
    }
    assert_eq!(server.applied(), 0);

    let named = settings(&server)
        .statuses([("Open", "Bezig")])
        .build()
        .unwrap();
    let made = written(&push(&named, ticket(customer, "Open")).await);
    let kept = server.record("tickets", made.as_str().parse().unwrap());
    assert_eq!(kept.unwrap()["status"], "Bezig");
}

#[tokio::test]
async fn a_word_is_written_in_the_accounts_own_spelling() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let target = syncro(&server);
    let fields = ticket(customer, "in progress")
        .with("priority", "high")
        .with("service", "REMOTE SUPPORT");
    let made = written(&push(&target, fields).await);
    let kept = server
        .record("tickets", made.as_str().parse().unwrap())
        .unwrap();
    assert_eq!(kept["status"], "In Progress");
    assert_eq!(kept["priority"], "1 High");
    assert_eq!(kept["problem_type"], "Remote Support");
}

#[tokio::test]
async fn words_are_read_once_for_many_tickets() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let target = syncro(&server);
    for _ in 0..5 {
        let outcome = push(&target, ticket(customer, "New")).await;
        assert_eq!(word(&outcome), "written");
    }
    assert_eq!(server.requests_to("GET /tickets/settings"), 1);
}
