//! SmartCRM and its kin faked over real HTTP: stateful, with their quirks and a journal.

mod answer;
mod builder;
mod call;
mod check;
mod control;
mod dialect;
mod effects;
mod fields;
mod form;
mod handler;
mod limit;
mod perfex;
mod reads;
mod record;
mod schema;
mod seed;
mod server;
mod store;
mod table;
mod webhook;
mod writes;

pub use crate::common::{
    BadRecord, Fault, FaultId, FaultKind, FaultReport, Faults, HookAction, Matcher, Phase,
    RequestEvent,
};
pub use builder::{SmartCrm, SmartCrmBuilder};
pub use dialect::{Dialect, lookup};
pub use record::{Action, Fields, JournalEntry};
pub use schema::Resource;
pub use seed::CatalogueSize;
pub use server::{InsertError, SmartCrmServer};
pub use store::ExternalIdMode;
pub use webhook::WebhookDelivery;
