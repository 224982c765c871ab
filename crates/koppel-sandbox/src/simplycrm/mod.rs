//! Simply CRM and the vtiger servers it comes from, faked over real HTTP: stateful, with their
//! quirks and a journal.

mod builder;
mod call;
mod clock;
mod control;
mod doors;
mod fold;
mod generation;
mod handler;
mod html;
mod inventory;
mod mobile;
mod params;
mod read;
mod related;
mod reply;
mod schema;
mod seed;
mod server;
mod show;
mod store;
mod sync;
mod vtql;
mod webservice;
mod write;

pub use crate::common::{
    Action, BadRecord, Fault, FaultId, FaultKind, FaultReport, Faults, HookAction, Matcher, Phase,
    RequestEvent,
};
pub use builder::{SimplyCrm, SimplyCrmBuilder};
pub use generation::{Generation, SyncMode, UnknownGeneration};
pub use schema::CustomField;
pub use seed::SimplySize;
pub use server::{Refused, SimplyCrmServer};
pub use store::JournalEntry;

/// A cookie of a header.
fn cookie(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name && !value.is_empty()).then(|| value.to_owned())
    })
}
