//! Integration tests: every call over real HTTP, limits and faults over a script.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod appointments;
mod assets;
mod auth;
mod changed;
mod comments;
mod contacts;
mod contracts;
mod coverage;
mod customers;
mod drift;
mod error_zoo;
mod errors;
mod estimates;
mod invoice_find;
mod invoice_lines;
mod invoices;
mod leads;
mod limits;
mod lookups;
mod office;
mod payment_profiles;
mod payments;
mod phones;
mod product_stock;
mod products;
mod purchase_orders;
mod raw;
mod readme;
mod refusals;
mod rmm_alerts;
mod samples;
mod schedules;
mod support;
mod ticket_work;
mod tickets;
mod trade;
mod vendors;
mod webhook;
mod webhook_receiver;
mod wiki;
