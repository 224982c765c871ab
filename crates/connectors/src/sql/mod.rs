//! SQL databases as a side of their own, read through sqlx.

mod db;
mod error;
mod parameters;
mod row;

pub mod crmconnect;

pub use crmconnect::{CrmConnect, CrmConnectBuilder};
pub use parameters::{MYSQL_PARAMETERS, is_mysql_parameter};
