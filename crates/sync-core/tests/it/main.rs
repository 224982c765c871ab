//! The engine against systems in memory.

mod crash;
mod faults;
mod kit;
mod steps;
mod sync;
mod values;
