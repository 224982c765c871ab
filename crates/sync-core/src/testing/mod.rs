//! For testing connectors; behind the feature `testing`.

pub mod conformance;
