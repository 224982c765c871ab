//! The faked SnelStart over HTTP.

mod basics;
mod talk;
