#![doc = include_str!("../README.md")]

mod auth;
mod builder;
mod client;
mod code;
mod error;
pub mod filter;
mod id;
mod limits;
mod list;
mod model;
mod operations;
mod raw;
mod scopes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod value;
mod wall_time;
mod warning;
mod wire;
mod write;

pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, Json, RetryPolicy, SecretString, SendOutcome,
    Timestamp,
};
pub use builder::ClientBuilder;
pub use client::Client;
pub use code::Code;
pub use filter::{Collection, Filter, Literal, Property};
pub use id::{Id, ParseIdError, Ref, RefFields};
pub use limits::{Limits, Product};
pub use list::List;
pub use model::{Faults, Field, FieldInfo, FieldKind, Misread, Model, ModelInfo, Written};
pub use operations::Operation;
pub use raw::RawAnswer;
pub use rust_decimal::Decimal;
pub use scopes::Scopes;
pub use uuid::Uuid;
pub use value::{Base64, ParseBase64Error};
pub use wall_time::{ParseWallTimeError, WallTime};
pub use warning::Warning;
pub use write::{Adopted, Difference, How};
