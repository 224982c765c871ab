//! Integration tests: every resource over real HTTP, faults over a script.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod batch;
mod clients;
mod connection;
mod contacts;
mod entities;
mod faults;
mod invoices;
mod leads;
mod perfex;
mod profiles;
mod projects;
mod raw;
mod rise;
mod support;
mod tickets;
