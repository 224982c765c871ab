//! The program as its user meets it: real processes, real HTTP, real files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ask;
mod at_once;
mod audit_killed;
mod audit_people;
mod change;
mod command_line;
mod crash;
mod databases;
mod demo;
mod doctor;
mod errors;
mod errors_overview;
mod import;
mod linking;
mod lists;
mod logs;
mod logs_upkeep;
mod mariadb;
mod needles;
mod plan;
mod privacy;
mod relatives;
mod servers;
mod simply;
mod snel;
mod stats;
mod support;
mod sync;
mod syncro;
mod syncro_killed;
