//! How fast a page is decoded.

fn main() {}
