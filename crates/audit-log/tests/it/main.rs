//! The log as those who embed it see it, on SQLite and on PostgreSQL.

#[macro_use]
mod support;

mod append;
mod child;
mod concurrent;
mod kill;
mod queue;
mod rollups;
