#![doc = include_str!("../README.md")]

mod auth;
mod builder;
mod client;
mod compare;
mod convert;
mod describe;
mod documents;
mod envelope;
mod error;
mod extras;
mod fault;
mod id;
pub mod incoming;
mod inventory;
pub mod mobile;
mod modified;
mod operation;
mod params;
pub mod picklist;
mod probe;
mod query;
mod record;
mod related;
mod rows;
mod session;
mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod warning;
mod wire;
mod write;

pub use api_core::json::Number;
pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Json, RetryPolicy, Safety, SecretString, SendOutcome,
    Timestamp,
};
pub use auth::Login;
pub use builder::ClientBuilder;
pub use client::Client;
pub use compare::compare;
pub use convert::{ConvertedLead, LeadConversion};
pub use describe::{Describe, Field, FieldType, ListTypes, TypeInfo};
pub use documents::Document;
pub use error::Code;
pub use extras::RetrievedFile;
pub use fault::BodyFault;
pub use id::{ParseIdError, RecordId};
pub use inventory::{
    Discount, InventoryHeader, InventoryLine, InventoryModule, InventoryRecord, LineTotals,
    NewLine, TaxMode, Totals,
};
pub use modified::{
    ChangePage, ChangeSource, ChangeToken, ChangesMode, ChangesOptions, ParseTokenError,
};
pub use operation::{Operation, Verb};
pub use params::{Params, Upload};
pub use picklist::PicklistValue;
pub use probe::{Features, Generation, SyncSupport, UpdateKeeps};
pub use query::{FieldRef, Filter, Query, QueryError, QueryValue, field};
pub use record::{FieldValue, Record, TimeOfDay, Typed, ValueError, decode_entities};
pub use related::{RelatedTypes, Relation};
pub use sync::{SyncPage, SyncScope, SyncToken};
pub use warning::{ChangeKind, Warning};
pub use write::{Create, Replace, Revise, Values, Written};
