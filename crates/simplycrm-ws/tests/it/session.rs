//! Logging in, and what happens when a session is over.

mod calls;
mod login;
mod refused;
