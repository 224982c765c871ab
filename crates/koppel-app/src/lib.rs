#![doc = include_str!("../README.md")]

mod app;
pub mod ask;
mod audit;
pub mod config;
mod connect;
pub mod doctor;
pub mod edit;
mod error;
mod flows;
#[cfg(debug_assertions)]
mod halt;
pub mod init;
mod links;
mod listen;
mod lists;
pub mod owner;
pub mod propose;
mod readme;
mod report;
mod schedule;
pub mod secrets;
mod settings;
mod signals;
mod sync;
mod systems;
mod trigger;

pub use api_core;
pub use app::{App, OnProgress};
pub use audit::SettingChange;
pub use audit_log;
pub use error::{AppError, Doing, Exit, RemoteError};
pub use flows::build as build_flow;
pub use links::{LinkChange, LinkNames, SetLink, Unlinked, UnlinkedWhy};
pub use listen::{Heard, ListenOptions, Listened, hook_address};
pub use report::{ErrorJson, RecordJson, SyncJson, SyncReport};
pub use schedule::{Due, Schedule};
pub use settings::{Origin, Setting};
pub use signals::cancel_on_signals;
pub use sync_core;
pub use sync_store::{StoreInfo, TableInfo};
pub use syncro_client::webhook;
pub use trigger::Triggered;
