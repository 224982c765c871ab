//! Syncro as its clients see it.

mod access;
mod basics;
mod client;
mod hand;
mod lists;
mod operations;
mod quirks;
mod refusals;
mod rough;
mod talk;
mod webhooks;
