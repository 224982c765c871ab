//! Compiles the code of the documents that belong to no crate.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-your-own-sync.md")]
struct WritingYourOwnSync;
