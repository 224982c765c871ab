//! Integration tests: the caller over a script, and over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod caller;
mod http;
mod observe;
mod redaction;
mod tls;
