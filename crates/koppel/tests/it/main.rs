//! The program as its user meets it: real processes, real HTTP, real files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ask;
mod at_once;
mod change;
mod command_line;
mod crash;
mod databases;
mod demo;
mod doctor;
mod errors;
mod import;
mod linking;
mod lists;
mod mariadb;
mod plan;
mod relatives;
mod servers;
mod simply;
mod snel;
mod support;
mod sync;
mod syncro;
mod syncro_killed;
