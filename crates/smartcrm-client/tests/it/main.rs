//! Integration tests: every resource over real HTTP, faults over a script.

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
