//! The composition over real files and a sandbox SmartCRM.

mod app;
mod pump;
