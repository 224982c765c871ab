//! Integration tests: every call over real HTTP, limits and faults over a script.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod articles;
mod auth;
mod bank_bookings;
mod bank_statement_files;
mod book;
mod cash_bookings;
mod company;
mod coverage;
mod delivery;
mod documents;
mod errors;
mod filter;
mod keys;
mod ledger_mutations;
mod ledgers;
mod limits;
mod memorial_bookings;
mod model;
mod money_bookings;
mod odd_answers;
mod odd_lists;
mod orders;
mod paging;
mod prices;
mod purchases;
mod readme;
mod relations;
mod relations_adopt;
mod relations_revise;
mod sales_bookings;
mod sales_bookings_adopt;
mod sales_invoices;
mod session;
mod settings;
mod support;
mod trade;
mod vat_abroad;
mod vat_returns;
