//! Everything the client does over HTTP, in one test binary.

mod query;
mod support;
mod vtql;
mod recorded;
