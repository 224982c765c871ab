//! A client of the Syncro REST API.

mod address;
mod builder;
mod calls;
mod changed;
mod client;
mod envelope;
mod error;
pub mod filter;
mod id;
mod limits;
mod list;
mod model;
mod operations;
mod redact;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod vendors;
mod warning;
mod wire;

pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, Json, RetryPolicy, SecretString, SendOutcome,
    Timestamp,
};
pub use builder::ClientBuilder;
pub use changed::Probe;
pub use client::Client;
pub use filter::{Filter, Order, Sort};
pub use id::*;
pub use list::List;
pub use model::{
    Cents, Field, FieldInfo, FieldKind, FilterInfo, Misread, Model, ModelInfo, Properties, Written,
};
pub use operations::{ChangedFilter, Operation};
pub use rust_decimal::Decimal;
pub use vendors::{Vendor, Vendors};
pub use warning::Warning;
pub use wire::Acknowledged;
