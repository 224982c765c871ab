#![doc = include_str!("../README.md")]

#[cfg(any(feature = "snelstart", feature = "syncro"))]
mod cached;
#[cfg(feature = "simplycrm")]
pub mod simplycrm;
#[cfg(any(feature = "simplycrm", feature = "syncro"))]
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
    feature = "syncro",
    feature = "sql-sqlite",
    feature = "sql-mysql",
    feature = "sql-postgres"
))]
mod steps;
#[cfg(feature = "syncro")]
pub mod syncro;
#[cfg(any(feature = "simplycrm", feature = "syncro"))]
mod words;
