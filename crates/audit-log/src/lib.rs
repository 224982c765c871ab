//! An append-only log of what happened, queryable in milliseconds, with nothing secret in it.

mod chain;
mod db;
mod entry;
mod error;
mod event;
pub mod fingerprint;
mod level;
pub mod mask;
mod names;
mod outcome;
mod schema;

pub use entry::{Bodies, Entry, Tally};
pub use error::{Error, UnknownWord};
pub use event::EventName;
pub use fingerprint::Fingerprint;
pub use level::Level;
pub use mask::{MaskOptions, PersonalData};
pub use outcome::Outcome;
pub use schema::SCHEMA_VERSION;
