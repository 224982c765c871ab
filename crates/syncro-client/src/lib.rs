//! Syncro.
