//! The composition over real files and a sandbox SmartCRM.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
mod audit;
mod audit_places;
mod broken_off;
mod listen;
mod pump;
mod support;
