//! The log as those who embed it see it, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod support;

mod advice;
mod append;
mod child;
mod concurrent;
#[cfg(feature = "tracing")]
mod diagnostics;
mod erase;
mod exchanges;
mod export;
mod fingerprint;
mod heads;
mod history;
mod issues;
mod kill;
mod levels;
mod mask;
mod observe;
mod pages;
mod past;
mod planted;
mod prune;
mod queue;
mod rebuilt;
mod recent;
mod refused;
mod rollups;
mod search;
mod server;
mod space;
mod stats;
mod tail;
mod tamper;
mod verify;
