//! An invoice of five lines into Syncro, while answers get lost and processes die at every step.
//! What the sandbox was asked to write is the witness.

use std::sync::Arc;
use std::time::Duration;

use api_core::{RetryPolicy, SecretString};
use connectors::syncro::Syncro;
use koppel_sandbox::syncro::{
    Fault, FaultKind, HookAction, Phase, RequestEvent, Syncro as Sandbox, SyncroServer,
};
use sync_core::fields::View as _;
use sync_core::store::{ParkReason, ParkedFilter};
use sync_core::{EntityKind, FlowName, MemorySystem, Record, RecordId, StateStore as _};
use syncro_client::Client;

use crate::leg::Leg;
use crate::support::number;
use crate::syncro_read::{CUSTOMER, INVOICE, PAYMENT, TICKET, sandbox};
use crate::syncro_write::{created, customer, five_lines, invoice, lines_of, payment, ticket};

mod killed;
mod lost;

pub(crate) const KINDS: [EntityKind; 3] = [CUSTOMER, INVOICE, PAYMENT];

/// How a target of a flow is set in these tests: reads are tried again at once, and what was cut
/// off is settled soon.
pub(crate) fn patient(server: &SyncroServer) -> Arc<Syncro> {
    let client = Client::builder("demo", SecretString::from("demo-token".to_owned()))
        .base_url(server.url())
        .requests_per_minute(1_000_000)
        .retry(RetryPolicy {
            max_retries: 4,
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        })
        .build()
        .unwrap();
    let target = Syncro::builder(client)
        .tax_rate("BTW hoog", number("21"))
        .search_delay(Duration::from_millis(1))
        .build()
        .unwrap();
    Arc::new(target)
}

/// Customers, and invoices of five lines with a payment each.
pub(crate) fn shop(customers: usize, invoices: usize) -> Arc<MemorySystem> {
    let shop = MemorySystem::new(KINDS);
    for n in 0..customers {
        let id = format!("c{n}");
        shop.insert(Record::new(CUSTOMER, id, customer(n).into_fields()));
    }
    for n in 0..invoices {
        let buyer = format!("c{}", n % customers);
        let number = format!("2026-{n:04}");
        let fields = invoice(&buyer, &number, five_lines()).into_fields();
        let fields = fields.with("total", crate::support::number("414.03"));
        shop.insert(Record::new(INVOICE, format!("i{n}"), fields));
        let paid = payment(&format!("i{n}"), "414.03", &format!("TX {n}")).into_fields();
        shop.insert(Record::new(PAYMENT, format!("p{n}"), paid));
    }
    Arc::new(shop)
}

pub(crate) fn leg(shop: &Arc<MemorySystem>, target: Arc<Syncro>) -> Leg {
    Leg::new(("shop", shop.clone()), ("syncro", target), &KINDS, 50)
}

/// Everything is there once, each invoice with its five lines and its total, paid.
pub(crate) fn whole_once(server: &SyncroServer, customers: usize, invoices: usize) {
    assert_eq!(created(server, "customers"), customers);
    assert_eq!(created(server, "invoices"), invoices);
    assert_eq!(created(server, "line_items"), 5 * invoices);
    assert_eq!(created(server, "payments"), invoices);
    for record in server.records("invoices") {
        let id = RecordId::new(record["id"].to_string());
        let lines = [
            "Cable 1.0 x 12.5",
            "Cable 1.0 x 12.5",
            "Hours 1.5 x 78.3333",
            "Hours 2.0 x 80.0",
            "Travel 1.0 x 48.0",
        ];
        assert_eq!(lines_of(server, &id), lines);
        assert_eq!(record["total"], "414.03");
        assert_eq!(record["is_paid"], serde_json::json!(true));
    }
}

/// A second run writes nothing.
pub(crate) async fn nothing_left(leg: &Leg, server: &SyncroServer) {
    let before = server.write_requests();
    assert_eq!(leg.run_clean().await, (0, 0));
    assert_eq!(
        server.write_requests(),
        before,
        "the second run wrote something"
    );
}
