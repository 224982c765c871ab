//! The engine against systems in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod crash;
mod events;
mod faults;
mod hard_cases;
mod hints;
mod kit;
mod linking;
mod matching;
mod pages;
mod parts;
mod steps;
mod sync;
mod values;
