//! The log as those who embed it see it, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod support;

mod append;
mod child;
mod concurrent;
mod kill;
mod mask;
mod planted;
mod queue;
mod rollups;
