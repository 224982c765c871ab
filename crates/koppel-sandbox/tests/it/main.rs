//! The sandbox as others see it: over HTTP, and in the database it makes.

mod contract;
mod faults;
mod support;
