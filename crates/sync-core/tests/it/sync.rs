//! What a flow does when nothing goes wrong.

use std::sync::Arc;

use sync_core::engine::PlannedAction;
use sync_core::store::{ParkReason, RunStatus};
use sync_core::{
    Cancel, EntityKind, EventName, Fields, Flow, MemorySystem, Ref, RunOptions, StateStore,
    SyncError, Value, mapping,
};

use crate::kit::{CUSTOMER, INVOICE, World, customer, invoice, total};

fn world() -> World {
    World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(20)
}

#[tokio::test]
async fn a_second_run_without_edits_writes_nothing_and_edits_write_only_themselves() {
    let world = world();
    let first = world.sync().await;
    assert_eq!((first.read, first.created), (20, 20));
    let second = world.sync().await;
    assert_eq!((second.read, second.unchanged), (20, 20));
    assert_eq!(world.books.journal().len(), 20);
    for id in ["0003", "0011", "0019"] {
        world
            .crm
            .edit(CUSTOMER, id, |fields| fields.set("name", "New name"));
    }
    let third = world.sync().await;
    assert_eq!((third.updated, third.unchanged), (3, 17));
    assert_eq!(world.books.journal().len(), 23);
}

#[tokio::test]
async fn references_carry_the_ids_of_the_target() {
    let world = world();
    world.crm.insert(invoice(1, 5));
    world.sync().await;
    let customers = world.books.records(CUSTOMER);
    let five = customers
        .iter()
        .find(|c| c.fields.text("name") == Some("Customer 5"))
        .unwrap();
    let invoices = world.books.records(INVOICE);
    let expected = Value::Ref(Ref::new(CUSTOMER, five.id.clone()));
    assert_eq!(invoices[0].fields.get("customer"), &expected);
}

#[tokio::test]
async fn an_invoice_pulls_its_unsynced_customer_along() {
    let world = world();
    world.crm.insert(invoice(1, 5));
    let engine = world.engine_on(world.store.clone());
    let options = RunOptions {
        entities: Some(vec![INVOICE]),
        ..RunOptions::default()
    };
    let report = engine.sync(&world.flow(), &options).await.unwrap();
    let counts = total(&report);
    assert_eq!((counts.read, counts.created), (2, 2));
    assert_eq!(world.books.records(CUSTOMER).len(), 1);
    assert_eq!(world.sync().await.created, 19);
    assert_eq!(world.creates(), 21);
}

#[tokio::test]
async fn an_invoice_whose_customer_is_nowhere_waits_and_passes_once_it_is_there() {
    let world = world();
    world.crm.insert(invoice(1, 77));
    let counts = world.sync().await;
    assert_eq!(counts.parked, 1);
    let parked = world.parked().await;
    assert_eq!(parked[0].reason, ParkReason::Waits);
    assert!(
        parked[0].error.message.contains("customer `0077`"),
        "{}",
        parked[0].error.message
    );
    world.crm.insert(customer(77, "late@example.com"));
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.parked), (2, 0));
    assert!(world.parked().await.is_empty());
}

#[tokio::test]
async fn a_finished_record_gets_one_last_update_and_is_never_created() {
    let world = world();
    world.sync().await;
    let finished = customer(3, "c3@example.com").ended();
    world.crm.insert(finished.clone());
    world
        .crm
        .edit(CUSTOMER, "0003", |fields| fields.set("name", "Finished"));
    world.crm.insert(customer(50, "x@example.com").ended());
    let counts = world.sync().await;
    assert_eq!((counts.updated, counts.skipped), (1, 1));
    world.crm.edit(CUSTOMER, "0003", |fields| {
        fields.set("name", "Edited after the end")
    });
    let counts = world.sync().await;
    assert_eq!((counts.updated, counts.skipped), (0, 2));
}

#[tokio::test]
async fn a_finished_record_that_was_never_synced_waits_for_nothing() {
    let world = world();
    world.crm.insert(invoice(1, 77).ended());
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.skipped, counts.parked), (20, 1, 0));
    assert!(world.parked().await.is_empty());
}

#[tokio::test]
async fn a_reference_to_a_finished_record_is_left_out_and_counts_nothing() {
    let books = MemorySystem::new([CUSTOMER, EntityKind::Lead]);
    let world = World::new(books);
    let crm = Arc::new(MemorySystem::new([CUSTOMER, EntityKind::Lead]));
    crm.insert(customer(1, "a@example.com").ended());
    for i in 0..20 {
        let from = Ref::new(CUSTOMER, "0001");
        let fields = Fields::new()
            .with("name", format!("Lead {i}"))
            .with("customer", from);
        crm.insert(sync_core::Record::new(
            EntityKind::Lead,
            format!("{i:04}"),
            fields,
        ));
    }
    let flow = Flow::builder("push")
        .from("crm", crm)
        .to("books", world.books.clone())
        .page_size(7)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let counts = total(&engine.sync(&flow, &RunOptions::default()).await.unwrap());
    assert_eq!((counts.read, counts.created, counts.skipped), (21, 20, 1));
    let leads = world.books.records(EntityKind::Lead);
    assert!(
        leads
            .iter()
            .all(|lead| lead.fields.get("customer").is_empty())
    );
}

#[tokio::test]
async fn what_somebody_changed_in_the_target_is_kept_before_it_is_replaced() {
    let world = world();
    world.sync().await;
    let id = world.books.records(CUSTOMER)[4].id.clone();
    world.books.edit(CUSTOMER, id.as_str(), |fields| {
        fields.set("name", "Their name");
        fields.set("phone", "123");
    });
    world
        .crm
        .edit(CUSTOMER, "0004", |fields| fields.set("name", "Our name"));
    assert_eq!(world.sync().await.updated, 1);
    let record = &world.books.records(CUSTOMER)[4];
    assert_eq!(record.fields.text("name"), Some("Our name"));
    assert_eq!(
        record.fields.text("phone"),
        Some("123"),
        "a field that only they have stays"
    );
    let changes = world.store.changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].before, Fields::new().with("name", "Their name"));
    assert_eq!(changes[0].after, Fields::new().with("name", "Our name"));
    let events = world.store.events(10_000).await.unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.event == EventName::RecordDrift)
    );
}

#[tokio::test]
async fn a_record_deleted_in_the_target_is_parked_and_not_created_again() {
    let world = world();
    world.sync().await;
    let id = world.books.records(CUSTOMER)[4].id.clone();
    world.books.remove(CUSTOMER, id.as_str());
    world
        .crm
        .edit(CUSTOMER, "0004", |fields| fields.set("name", "Our name"));
    assert_eq!(world.sync().await.parked, 1);
    assert_eq!(world.parked().await[0].reason, ParkReason::Gone);
    assert_eq!(world.sync().await.parked, 1);
    assert_eq!(world.creates(), 20);
}

#[tokio::test]
async fn a_booked_document_is_refused_an_update() {
    let books = MemorySystem::new([CUSTOMER, INVOICE]).can(INVOICE, |can| can.append_only = true);
    let world = World::new(books).with_customers(3);
    world.crm.insert(invoice(1, 1));
    world.sync().await;
    world
        .crm
        .edit(INVOICE, "0001", |fields| fields.set("number", "F9999"));
    let counts = world.sync().await;
    assert_eq!((counts.updated, counts.parked), (0, 1));
    assert_eq!(world.parked().await[0].reason, ParkReason::Refused);
    assert_eq!(
        world.books.records(INVOICE)[0].fields.text("number"),
        Some("F0001")
    );
}

#[tokio::test]
async fn a_mapping_error_parks_one_record_and_names_the_field() {
    let world = world();
    world
        .crm
        .edit(CUSTOMER, "0007", |fields| fields.set("active", "perhaps"));
    let typed = mapping::typed(Ok::<sync_core::fields::Customer, mapping::MapError>);
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .map(CUSTOMER, typed)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert_eq!(report.run.status, RunStatus::Partial);
    let counts = total(&report);
    assert_eq!((counts.created, counts.parked), (19, 1));
    let parked = world.parked().await;
    assert_eq!(
        parked[0].error.message,
        "field `active`: should be a boolean, not text"
    );
    world
        .crm
        .edit(CUSTOMER, "0007", |fields| fields.set("active", true));
    let counts = total(&engine.sync(&flow, &RunOptions::default()).await.unwrap());
    assert_eq!((counts.created, counts.unchanged), (1, 19));
}

#[tokio::test]
async fn a_plan_tells_what_a_sync_then_does_and_writes_nothing() {
    let world = world();
    world.crm.insert(invoice(1, 5));
    world.sync().await;
    world
        .crm
        .edit(CUSTOMER, "0003", |fields| fields.set("name", "New name"));
    world.crm.insert(customer(30, "new@example.com"));
    let engine = world.engine_on(world.store.clone());
    let mut changes = Vec::new();
    let report = engine
        .plan(&world.flow(), None, &mut |change| changes.push(change))
        .await
        .unwrap();
    assert!(report.has_changes());
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].action, PlannedAction::Update);
    assert_eq!(changes[0].changes[0].field.as_str(), "name");
    assert_eq!(changes[1].action, PlannedAction::Create);
    assert_eq!(world.books.journal().len(), 21);
    let counts = world.sync().await;
    let planned = report.counts[&CUSTOMER];
    assert_eq!(
        (counts.created, counts.updated),
        (planned.created, planned.updated)
    );
    let report = engine.plan(&world.flow(), None, &mut |_| {}).await.unwrap();
    assert!(!report.has_changes());
}

#[tokio::test]
async fn a_cancelled_run_stores_what_was_done_and_the_next_one_does_the_rest() {
    let world = world();
    let cancel = Cancel::new();
    let asked = cancel.clone();
    world.books.on_batch(move |_| {
        asked.cancel();
        None
    });
    let engine = world.engine_on(world.store.clone()).cancel(cancel);
    let report = engine
        .sync(&world.flow(), &RunOptions::default())
        .await
        .unwrap();
    assert!(matches!(report.error, Some(SyncError::Cancelled)));
    assert_eq!(report.run.status, RunStatus::Cancelled);
    total(&report);
    let done = world.creates();
    assert!((1..20).contains(&done), "{done}");
    world.books.on_batch(|_| None);
    let counts = world.sync().await;
    assert_eq!(counts.created as usize + done, 20);
    assert_eq!(world.creates(), 20);
}

#[tokio::test]
async fn a_flow_that_is_at_work_is_refused_to_a_second_one() {
    let world = world();
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    let session = engine.claim(&flow).await.unwrap();
    let error = engine
        .sync(&flow, &RunOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SyncError::Busy { .. }), "{error}");
    drop(session);
}

#[test]
fn a_flow_that_cannot_work_is_refused_with_the_reason() {
    let crm = Arc::new(MemorySystem::new([CUSTOMER]));
    let error = Flow::builder("push")
        .from("crm", crm.clone())
        .to("books", Arc::new(MemorySystem::new([CUSTOMER])))
        .entities([EntityKind::Ticket])
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "flow `push` cannot sync ticket: `crm` (memory) cannot read it"
    );
    let error = Flow::builder("push")
        .from("crm", crm.clone())
        .to("crm", crm)
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "flow `push` reads from and writes to `crm`"
    );
}
