//! SQL databases as a side of their own, read and written through sqlx.

mod applied;
mod batch;
mod db;
mod error;
mod parameters;
mod propose;
mod reach;
mod row;

pub mod crmconnect;
pub mod tables;

pub use crmconnect::{CrmConnect, CrmConnectBuilder};
pub use parameters::{
    MYSQL_PARAMETERS, POSTGRES_PARAMETERS, is_mysql_parameter, is_postgres_parameter,
};
pub use propose::{Proposal, propose};
pub use tables::{Tables, TablesBuilder};
