//! SmartCRM faked over real HTTP: stateful, with its quirks and a journal.

mod answer;
mod call;
mod control;
mod faults;
mod handler;
mod hooks;
mod record;
mod schema;
mod server;
mod store;
mod wire;
mod writes;

pub use faults::{BadRecord, Fault, FaultId, FaultKind, FaultReport, Faults, Matcher};
pub use hooks::{HookAction, Phase, RequestEvent};
pub use record::{Action, Fields, JournalEntry};
pub use schema::Resource;
pub use server::{InsertError, SmartCrm, SmartCrmBuilder, SmartCrmServer};
pub use store::ExternalIdMode;
