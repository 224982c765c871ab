//! What is gone: missing in a complete list, and not found when it is asked for.

use std::time::Duration;

use connectors::syncro::Sweep;

use super::changes::run;
use super::*;

async fn with_tickets() -> (SyncroServer, Vec<i64>) {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let tickets = (0..30)
        .map(|n| add_ticket(&server, customer, &format!("Ticket {n}")))
        .collect();
    (server, tickets)
}

fn every(server: &SyncroServer, time: Duration) -> Syncro {
    settings(server).sweep(Sweep::Every(time)).build().unwrap()
}

#[tokio::test]
async fn a_ticket_that_was_deleted_is_named_once_all_ids_are_read_again() {
    let (server, tickets) = with_tickets().await;
    let day = Duration::from_secs(24 * 3600);
    let (_, end) = run(&every(&server, day), TICKET, None).await;
    assert!(end.deleted.is_empty());
    server.delete("tickets", tickets[3]);
    // Not before its time.
    let (_, end) = run(&every(&server, day), TICKET, end.next).await;
    assert!(end.deleted.is_empty());
    let (_, end) = run(&every(&server, Duration::ZERO), TICKET, end.next).await;
    assert_eq!(end.deleted, [id(tickets[3])]);
    // Once is enough.
    let (_, end) = run(&every(&server, Duration::ZERO), TICKET, end.next).await;
    assert!(end.deleted.is_empty(), "{:?}", end.deleted);
}

#[tokio::test]
async fn one_that_came_after_the_first_run_and_went_is_named_too() {
    let (server, _) = with_tickets().await;
    let day = Duration::from_secs(24 * 3600);
    let (_, end) = run(&every(&server, day), TICKET, None).await;
    let customer = server.ids("customers")[0];
    let late = add_ticket(&server, customer, "Late");
    let (read, end) = run(&every(&server, day), TICKET, end.next).await;
    assert!(read.contains(&id(late)));
    server.delete("tickets", late);
    let (_, end) = run(&every(&server, Duration::ZERO), TICKET, end.next).await;
    assert_eq!(end.deleted, [id(late)]);
}

#[tokio::test]
async fn with_no_sweep_nothing_is_named_and_nothing_is_kept() {
    let (server, tickets) = with_tickets().await;
    let never = || settings(&server).sweep(Sweep::Never).build().unwrap();
    let (_, end) = run(&never(), TICKET, None).await;
    server.delete("tickets", tickets[3]);
    let (_, end) = run(&never(), TICKET, end.next).await;
    assert!(end.deleted.is_empty());
    let cursor = end.next.unwrap();
    assert!(!cursor.as_str().contains("known"), "{cursor}");
}

#[tokio::test]
async fn a_customer_is_missed_within_a_process_and_one_out_of_use_is_not() {
    let server = filled(Size {
        customers: 40,
        ..Size::default()
    })
    .await;
    let source = syncro(&server);
    let (_, end) = run(&source, CUSTOMER, None).await;
    assert!(end.deleted.is_empty());
    let customers = server.ids("customers");
    server.delete("customers", customers[4]);
    server.edit("customers", customers[5], json!({"disabled": true}));
    let (read, end) = run(&source, CUSTOMER, None).await;
    assert_eq!(end.deleted, [id(customers[4])]);
    assert!(read.contains(&id(customers[5])));
}

#[tokio::test]
async fn what_a_list_lacks_and_can_be_had_is_not_gone() {
    let server = filled(Size {
        customers: 40,
        leads: 3,
        ..Size::default()
    })
    .await;
    let source = syncro(&server);
    let customers = server.ids("customers");
    server.delete("customers", customers[0]);
    // Of these the list knows all but the first; the last never was.
    let known = [id(customers[0]), id(customers[1]), id(9), "x".into()];
    let gone = source.gone(CUSTOMER, &known).await.unwrap();
    assert_eq!(gone.len(), 3, "{gone:?}");
    assert!(!gone.contains(&id(customers[1])));
    let before = server.requests_to("GET /customers/{id}");
    assert_eq!(before, 2, "each that the list lacks is asked for once");
}

#[tokio::test]
async fn a_request_that_fails_proves_nothing() {
    let (server, tickets) = with_tickets().await;
    let source = syncro(&server);
    server.delete("tickets", tickets[3]);
    server.set_missing_permissions([
        "Tickets - View Details",
        "Tickets - View 'Their Ticket' Details (assigned to them)",
    ]);
    let known = [id(tickets[3])];
    assert!(source.gone(TICKET, &known).await.is_err());
    server.set_missing_permissions(Vec::<String>::new());
    assert_eq!(source.gone(TICKET, &known).await.unwrap(), known);
}
