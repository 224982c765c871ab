//! The suite for connectors, on the system in memory.

use std::time::Duration;

use sync_core::testing::conformance;
use sync_core::{EntityKind, FieldName, Fields, MarkerSupport, MemorySystem, Value};

use crate::kit::{CUSTOMER, INVOICE, customer, invoice};

#[tokio::test]
async fn the_system_in_memory_reads_as_a_connector_must() {
    let system = MemorySystem::new([CUSTOMER, INVOICE, EntityKind::Lead]);
    for i in 0..23 {
        system.insert(customer(i, "a@example.com"));
        system.insert(invoice(i, i));
    }
    conformance::reading(&system).await;
}

#[tokio::test]
async fn the_system_in_memory_writes_as_a_connector_must() {
    let keyed = || {
        MemorySystem::new([CUSTOMER]).can(CUSTOMER, |can| {
            can.natural_keys = vec![vec![FieldName::known("email")]]
        })
    };
    for system in [
        keyed(),
        keyed().marker(MarkerSupport::Searchable),
        keyed()
            .marker(MarkerSupport::None)
            .idempotency(Duration::from_secs(60)),
        keyed().batch(1),
    ] {
        let make = |n: usize| {
            Fields::new()
                .with("name", format!("Customer {n}"))
                .with("email", format!("c{n}@x.nl"))
        };
        let edit = (FieldName::known("name"), Value::from("Edited"));
        conformance::writing(&system, CUSTOMER, &make, edit).await;
    }
}
