//! Syncro faked over real HTTP: stateful, with its envelopes, its quirks and its webhooks.

mod account;
mod answer;
mod bills;
mod builder;
mod control;
mod events;
mod filter;
mod form;
mod handler;
mod limit;
mod list;
mod more;
mod other;
mod payments;
mod people;
mod routes;
mod run;
mod sales;
mod schema;
mod seed;
mod server;
mod settings;
mod show;
mod special;
mod store;
mod tell;
mod tickets;
mod values;
mod write;

pub use crate::common::{
    Action, BadRecord, Fault, FaultId, FaultKind, FaultReport, Faults, HookAction, Matcher, Phase,
    RequestEvent,
};
pub use builder::{Syncro, SyncroBuilder};
pub use events::{Delivery, EVENTS, WebhookFaults};
pub use list::{Drift, Drifted};
pub use seed::Size;
pub use server::{InsertError, SyncroServer};
pub use store::{JournalEntry, Mail};

/// The operations that the server knows, `METHOD /path`: those of the OpenAPI document, and four
/// that client authors report.
pub fn operations() -> impl Iterator<Item = &'static str> {
    routes::operations()
}
