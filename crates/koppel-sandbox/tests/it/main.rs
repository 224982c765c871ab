//! The sandbox as others see it: over HTTP, and in the database it makes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error shall fail there"
)]

mod contract;
mod contract_writes;
mod crm_contents;
mod crm_mysql;
mod crm_sqlite;
mod faults;
mod hooks;
mod perfex;
mod perfex_documents;
mod program;
mod rise;
mod rough;
mod simplycrm;
mod snelstart;
mod support;
mod syncro;
mod v2;
mod webhooks;
