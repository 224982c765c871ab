#![doc = include_str!("../README.md")]

mod admin;
mod claim;
mod commit;
mod commit_run;
mod error;
mod linking;
mod lookup;
mod open;
mod read;
mod rows;
mod schema;
mod sql;
mod store;

pub use admin::{StoreInfo, TableInfo};
pub use open::{SqliteStore, WriterPragmas};
pub use schema::SCHEMA_VERSION;
