//! SQL databases as a side of their own, read through sqlx.

mod db;
mod error;
mod row;

pub mod crmconnect;

pub use crmconnect::{CrmConnect, CrmConnectBuilder};
