//! What changed: asked for where the account tells it, and looked for where it does not.

use std::time::Duration;

use koppel_sandbox::syncro::{Fault, FaultKind};
use sync_core::{Cursor, Page};

use super::*;

/// Reads to the end of a listing: what it gave, and where the next begins.
pub(super) async fn run(
    source: &dyn Connector,
    kind: EntityKind,
    mut cursor: Option<Cursor>,
) -> (Vec<RecordId>, Page) {
    let mut read = Vec::new();
    loop {
        let page = source.pull(kind, cursor.as_ref(), 100).await.unwrap();
        read.extend(page.records.iter().map(|record| record.id.clone()));
        if page.complete {
            read.sort();
            return (read, page);
        }
        cursor.clone_from(&page.next);
    }
}

async fn with_tickets(number: usize) -> (SyncroServer, Vec<i64>) {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let tickets = (0..number)
        .map(|n| {
            let ticket = add_ticket(&server, customer, &format!("Ticket {n}"));
            let long_ago = json!({"updated_at": "2026-01-05T10:00:00.000Z"});
            server.edit("tickets", ticket, &long_ago);
            ticket
        })
        .collect();
    (server, tickets)
}

#[tokio::test]
async fn the_second_run_asks_for_what_changed() {
    let (server, tickets) = with_tickets(450).await;
    let first = syncro(&server);
    let (read, end) = run(&first, TICKET, None).await;
    assert_eq!(read.len(), 450);
    assert_eq!(server.requests_to("GET /tickets/{id}"), 0);

    server.edit("tickets", tickets[7], json!({"status": "Resolved"}));
    let before = server.requests_to("GET /tickets");
    // A process of its own, which knows nothing but what is stored.
    let (read, end) = run(&syncro(&server), TICKET, end.next).await;
    // All that changed at the newest moment comes again: more may have, in the same second.
    assert!(read.contains(&id(tickets[7])), "{read:?}");
    let probed = server.requests_to("GET /tickets") - before;

    server.edit("tickets", tickets[8], json!({"status": "Resolved"}));
    let before = server.requests_to("GET /tickets");
    let (read, _) = run(&syncro(&server), TICKET, end.next).await;
    assert_eq!(read, [id(tickets[7]), id(tickets[8])]);
    let asked = server.requests_to("GET /tickets") - before;
    assert!(asked <= 2, "{asked}: whether it is told is not tried anew");
    assert!(probed > asked, "{probed}: it was tried once");
}

#[tokio::test]
async fn an_account_that_ignores_the_question_is_read_whole_and_gives_what_changed() {
    let (server, tickets) = with_tickets(120).await;
    server.set_since_honoured("tickets", false);
    let (_, end) = run(&syncro(&server), TICKET, None).await;
    server.edit("tickets", tickets[7], json!({"status": "Resolved"}));
    let (_, end) = run(&syncro(&server), TICKET, end.next).await;
    let (read, end) = run(&syncro(&server), TICKET, end.next).await;
    assert_eq!(read, [id(tickets[7])]);
    // Once it heeds the question, that is found out after a day; until then all is read.
    server.set_since_honoured("tickets", true);
    let before = server.requests_to("GET /tickets");
    run(&syncro(&server), TICKET, end.next).await;
    assert!(server.requests_to("GET /tickets") - before >= 2);
}

#[tokio::test]
async fn what_changes_while_the_list_is_read_comes_with_the_next_run() {
    let (server, tickets) = with_tickets(300).await;
    let source = syncro(&server);
    let first = source.pull(TICKET, None, 100).await.unwrap();
    // One that was read changes before the end, and another later, so that its stamp is newer.
    let read = first.records[0].id.clone();
    let read_already: i64 = read.as_str().parse().unwrap();
    server.edit("tickets", read_already, json!({"status": "Resolved"}));
    server.advance(Duration::from_secs(3_600));
    let other = tickets
        .iter()
        .find(|ticket| **ticket != read_already)
        .unwrap();
    server.edit("tickets", *other, json!({"status": "Resolved"}));
    let (_, end) = run(&source, TICKET, first.next).await;
    let (again, _) = run(&source, TICKET, end.next).await;
    assert!(again.contains(&read), "{again:?}");
}

#[tokio::test]
async fn a_listing_of_another_process_is_begun_anew_and_misses_nothing() {
    let (server, tickets) = with_tickets(250).await;
    let first = syncro(&server).pull(TICKET, None, 100).await.unwrap();
    assert!(!first.complete);
    let (read, _) = run(&syncro(&server), TICKET, first.next).await;
    let mut expected: Vec<RecordId> = tickets.into_iter().map(id).collect();
    expected.sort();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn an_error_within_a_listing_is_told_and_the_next_run_reads_all() {
    let (server, tickets) = with_tickets(350).await;
    let source = syncro(&server);
    let fault = FaultKind::Status {
        status: 503,
        after_commit: false,
    };
    let third = Fault::new(fault).entity("tickets").operation("list").nth(3);
    server.fault(third.times(1));
    let mut cursor = None;
    let failed = loop {
        match source.pull(TICKET, cursor.as_ref(), 100).await {
            Ok(page) => {
                assert!(!page.complete, "nothing failed");
                cursor = page.next;
            }
            Err(error) => break error,
        }
    };
    // Whoever asks again meets it again, and may begin anew after that.
    let again = source.pull(TICKET, cursor.as_ref(), 100).await;
    assert_eq!(again.unwrap_err().status_code(), Some(503));
    assert_eq!(failed.status_code(), Some(503));
    let (read, _) = run(&source, TICKET, cursor).await;
    let mut expected: Vec<RecordId> = tickets.into_iter().map(id).collect();
    expected.sort();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn a_cursor_of_something_else_is_refused() {
    let server = empty().await;
    let source = syncro(&server);
    let odd = Cursor::new("17");
    assert!(source.pull(TICKET, Some(&odd), 100).await.is_err());
    assert!(source.pull(EntityKind::Project, None, 100).await.is_err());
    assert_eq!(server.requests(), 0);
}
