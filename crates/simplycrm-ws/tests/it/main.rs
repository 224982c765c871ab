//! Everything the client does over HTTP, in one test binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod changes;
mod describe;
mod documents;
mod doubt;
mod exchange;
mod fake;
mod faults;
mod incoming;
mod inventory;
mod mobile;
mod pool;
mod query;
mod record;
mod recorded;
mod related;
mod rows;
mod secrets;
mod session;
mod storm;
mod support;
mod sync;
mod vtql;
mod write;
