//! Everything the client does over HTTP, in one test binary.

mod support;
