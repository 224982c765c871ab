#![doc = include_str!("../README.md")]

mod common;
pub mod crm;
pub mod smartcrm;

pub use crm::{CrmSize, GenerateError, Summary, generate_mysql, generate_sqlite};
pub use smartcrm::{
    CatalogueSize, Dialect, ExternalIdMode, Fault, FaultKind, HookAction, Phase, RequestEvent,
    SmartCrm, SmartCrmServer,
};
