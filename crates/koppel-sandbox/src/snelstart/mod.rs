//! SnelStart faked over real HTTP: both hosts, stateful, with its quirks and a journal.

mod answer;
mod auth;
mod base64;
mod bind;
mod builder;
mod chart;
mod company;
mod control;
mod extra;
mod handler;
mod limit;
mod list;
mod odata;
mod other;
mod people;
mod relations;
mod report;
mod resource;
mod routes;
mod row;
mod sales;
mod schema;
mod seed;
mod server;
mod settle;
mod store;
mod ubl;
mod writes;

pub use crate::common::{
    Action, BadRecord, Fault, FaultId, FaultKind, FaultReport, Faults, HookAction, Matcher, Phase,
    RequestEvent,
};
pub use builder::{SnelStart, SnelStartBuilder};
pub use people::PayBy;
pub use seed::SnelStartSize;
pub use server::{InsertError, SnelStartServer};
pub use store::JournalEntry;

/// The id of a standard ledger, by its number (such as 1300, the debtors); the same in every
/// sandbox.
#[must_use]
pub fn ledger_id(number: u16) -> String {
    chart::ledger(number.into()).to_string()
}

/// The id of a standard journal, by its number: 1000 cash, 1010 and 1020 bank, 1300 sales, 1600
/// purchases, 2990 memorial.
#[must_use]
pub fn journal_id(number: u16) -> String {
    chart::journal(number.into()).to_string()
}

/// The id of a country, by its code of two letters.
#[must_use]
pub fn country_id(code: &str) -> String {
    chart::country(code).to_string()
}
