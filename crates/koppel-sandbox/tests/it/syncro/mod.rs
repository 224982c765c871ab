//! Syncro as its clients see it.

mod basics;
mod talk;
