//! Integration tests: every resource over real HTTP, faults over a script.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod batch;
mod clients;
mod connection;
mod contacts;
mod faults;
mod invoices;
mod leads;
mod profiles;
mod projects;
mod support;
mod tickets;
