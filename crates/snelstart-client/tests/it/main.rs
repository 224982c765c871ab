//! The integration tests.

mod support;
