#![doc = include_str!("../README.md")]

#[cfg(feature = "snelstart")]
mod cached;
#[cfg(feature = "simplycrm")]
pub mod simplycrm;
#[cfg(feature = "simplycrm")]
mod slug;
#[cfg(feature = "smartcrm")]
pub mod smartcrm;
#[cfg(feature = "snelstart")]
pub mod snelstart;
#[cfg(any(
    feature = "sql-sqlite",
    feature = "sql-mysql",
    feature = "sql-postgres"
))]
pub mod sql;
#[cfg(any(
    feature = "simplycrm",
    feature = "smartcrm",
    feature = "snelstart",
    feature = "sql-sqlite",
    feature = "sql-mysql",
    feature = "sql-postgres"
))]
mod steps;
#[cfg(feature = "simplycrm")]
mod words;
