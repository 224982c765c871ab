//! The records that wait for a run.

use sync_core::{EntityKind, RecordId};
use syncro_client::webhook::EventKind;

use super::super::hints::Hints;
use super::told;

const CUSTOMER: EntityKind = EntityKind::Customer;
const TICKET: EntityKind = EntityKind::Ticket;

#[test]
fn records_wait_for_the_flows_that_sync_them() {
    let flows = vec![
        ("people".to_owned(), vec![CUSTOMER]),
        ("desk".to_owned(), vec![CUSTOMER, TICKET]),
    ];
    let hints = Hints::of(flows);
    assert!(hints.note(told(&EventKind::TicketResolved, 7).event()));
    assert_eq!(hints.flows(), ["desk"]);
    assert!(hints.note(told(&EventKind::CustomerCreated, 8).event()));
    assert!(hints.note(told(&EventKind::CustomerCreated, 8).event()));
    let alert = EventKind::RmmAlert { resolved: false };
    assert!(hints.note(told(&alert, 9).event()), "no flow syncs alerts");
    assert_eq!((hints.flows().len(), hints.len()), (2, 3));
    assert!(hints.announced("desk").knows(TICKET, &RecordId::from("7")));
    assert!(
        !hints
            .announced("people")
            .knows(TICKET, &RecordId::from("7"))
    );
    let taken = hints.take("desk");
    assert_eq!(taken[&TICKET], [RecordId::from("7")]);
    assert_eq!(taken[&CUSTOMER], [RecordId::from("8")]);
    assert_eq!(hints.flows(), ["people"]);
    assert!(!hints.announced("desk").knows(TICKET, &RecordId::from("7")));
    assert!(hints.put_back("desk", taken));
    assert_eq!(hints.len(), 3);
}

#[test]
fn no_more_records_wait_than_may() {
    let hints = Hints::of(vec![("push".to_owned(), vec![CUSTOMER])]).at_most(3);
    for id in 1..=3 {
        assert!(hints.note(told(&EventKind::CustomerCreated, id).event()));
    }
    assert!(!hints.note(told(&EventKind::CustomerCreated, 4).event()));
    assert!(hints.note(told(&EventKind::CustomerCreated, 3).event()));
    assert_eq!(hints.len(), 3);
}
