#![doc = include_str!("../README.md")]

mod advice;
mod body;
mod chain;
mod content;
mod counted;
mod db;
#[cfg(feature = "tracing")]
mod diagnostics;
mod entry;
mod erase;
mod error;
mod event;
mod export;
mod filter;
pub mod fingerprint;
mod gaps;
mod heads;
mod issues;
mod level;
mod log;
pub mod mask;
mod names;
mod observe;
mod open;
mod outcome;
mod page;
mod prepare;
mod prune;
mod queue;
mod record;
mod retention;
mod rollup;
mod schema;
mod search;
mod stage;
mod stats;
mod struck;
mod tail;
mod totals;
mod verify;
mod write;
mod writer;

pub use advice::{Lang, advice, advice_for, advice_for_status};
#[cfg(feature = "tracing")]
pub use diagnostics::{Diagnostics, DiagnosticsLayer, diagnostics};
pub use entry::{Bodies, Entry, Tally};
pub use erase::{Erase, Erased};
pub use error::{Error, UnknownWord};
pub use event::EventName;
pub use export::{ExportOptions, Format};
pub use filter::{Filter, StatusRange};
pub use fingerprint::Fingerprint;
pub use heads::Head;
pub use issues::{Changed, Issue, IssueFilter, IssueId, IssueRef, IssueState, Issues};
pub use level::Level;
pub use log::AuditLog;
pub use mask::{MaskOptions, PersonalData};
pub use observe::{Context, Observer};
pub use open::Builder;
pub use outcome::Outcome;
pub use page::{Cursor, MAX_PAGE, Page};
pub use prune::Pruned;
pub use record::Stored;
pub use retention::Retention;
pub use schema::SCHEMA_VERSION;
pub use search::{Entries, EntryRef};
pub use stats::{
    ConnectionStats, DayTallies, MAX_DAYS, Part, RunTallies, Stats, StatsQuery, SystemStats,
    Tallies,
};
pub use tail::Arrived;
pub use verify::{Problem, ProblemKind, Verified, Verify};
pub use write::Appended;
