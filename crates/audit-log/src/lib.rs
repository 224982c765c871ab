//! An append-only log of what happened, queryable in milliseconds, with nothing secret in it.

mod chain;
mod content;
mod db;
mod entry;
mod error;
mod event;
pub mod fingerprint;
mod heads;
mod level;
mod log;
pub mod mask;
mod names;
mod open;
mod outcome;
mod prepare;
mod queue;
mod rollup;
mod schema;
mod write;
mod writer;

pub use entry::{Bodies, Entry, Tally};
pub use error::{Error, UnknownWord};
pub use event::EventName;
pub use fingerprint::Fingerprint;
pub use heads::Head;
pub use level::Level;
pub use log::AuditLog;
pub use mask::{MaskOptions, PersonalData};
pub use open::Builder;
pub use outcome::Outcome;
pub use schema::SCHEMA_VERSION;
pub use write::Appended;
