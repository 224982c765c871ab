//! Integration tests: every call over real HTTP, limits and faults over a script.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;
mod vendors;
mod webhook;
mod webhook_receiver;
