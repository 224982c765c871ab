//! The faked SnelStart over HTTP.

mod access;
mod basics;
mod bookings;
mod client;
mod filters;
mod operations;
mod payments;
mod relations;
mod rough;
mod speed;
mod talk;
