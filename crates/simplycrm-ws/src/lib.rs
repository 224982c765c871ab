#![doc = include_str!("../README.md")]

mod auth;
mod builder;
mod client;
mod envelope;
mod error;
mod fault;
mod id;
pub mod mobile;
mod operation;
mod params;
mod query;
mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod warning;
mod wire;

pub use api_core::json::Number;
pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Json, RetryPolicy, Safety, SecretString, SendOutcome,
    Timestamp,
};
pub use auth::Login;
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::Code;
pub use fault::BodyFault;
pub use id::{ParseIdError, RecordId};
pub use operation::{Operation, Verb};
pub use params::{Params, Upload};
pub use query::{FieldRef, Filter, Query, QueryError, QueryValue, field};
pub use warning::{ChangeKind, Warning};
