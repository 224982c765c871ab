//! Twenty-five thousand customers, read while rows come, go and move.

use std::collections::BTreeSet;
use std::time::Instant;

use koppel_sandbox::syncro::{Drift, Size};

use crate::syncro_read::{CUSTOMER, all, id, sandbox, shared, syncro};
use sync_core::RecordId;

async fn read_under(customers: u32, drift: Drift) {
    let server = sandbox()
        .seed(Size {
            customers,
            ..Size::default()
        })
        .drift(drift)
        .start()
        .await
        .unwrap();
    let there: BTreeSet<i64> = server.ids("customers").into_iter().collect();
    assert_eq!(there.len(), customers as usize);
    let started = Instant::now();
    // It panics where one comes twice.
    let read: BTreeSet<RecordId> = all(&*shared(syncro(&server)), CUSTOMER)
        .await
        .into_keys()
        .collect();
    let drifted = server.drifted();
    // One of every four hundred and more went.
    let went = drifted.deleted.len();
    assert!(went * 400 > there.len(), "{went}");
    let gone: BTreeSet<i64> = drifted.deleted.iter().copied().collect();
    let stayed = there.difference(&gone).map(|of| id(*of));
    let missing: Vec<RecordId> = stayed.filter(|of| !read.contains(of)).collect();
    assert!(missing.is_empty(), "{} missing: {missing:?}", missing.len());
    let asked = server.requests_to("GET /customers");
    println!(
        "{} of {customers} in {asked} requests, {:?}",
        read.len(),
        started.elapsed()
    );
}

#[tokio::test]
async fn twenty_five_thousand_customers_none_missing_none_twice_while_rows_come_and_go() {
    read_under(25_000, Drift::every(4).inserts(1).deletes(1)).await;
}

#[tokio::test]
async fn none_missing_none_twice_while_rows_move_from_the_end_to_the_front() {
    read_under(4_000, Drift::every(4).inserts(1).deletes(1).moves(1)).await;
}
