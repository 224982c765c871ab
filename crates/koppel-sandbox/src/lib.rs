#![doc = include_str!("../README.md")]

mod common;
pub mod crm;
pub mod simplycrm;
pub mod smartcrm;
pub mod snelstart;
pub mod syncro;

pub use crm::{CrmSize, GenerateError, Summary, generate_mysql, generate_sqlite};
pub use simplycrm::{Generation, SimplyCrm, SimplyCrmServer, SimplySize};
pub use smartcrm::{
    CatalogueSize, Dialect, ExternalIdMode, Fault, FaultKind, HookAction, Phase, RequestEvent,
    SmartCrm, SmartCrmServer,
};
pub use snelstart::{PayBy, SnelStart, SnelStartServer, SnelStartSize};
pub use syncro::{Size as SyncroSize, Syncro, SyncroServer};
