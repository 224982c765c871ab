#![doc = include_str!("../README.md")]

#[cfg(any(feature = "sql-sqlite", feature = "sql-mysql"))]
pub mod sql;
