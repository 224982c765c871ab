//! What every store promises. Each promise gets an empty store.

mod leases;
mod linking;
mod links;
mod records;
mod suggestions;

pub(crate) use leases::*;
pub(crate) use linking::*;
pub(crate) use links::*;
pub(crate) use records::*;
pub(crate) use suggestions::*;
