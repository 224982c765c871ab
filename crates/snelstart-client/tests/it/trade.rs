//! What the tests of relations, articles and orders share: ids.

use std::str::FromStr;

use rust_decimal::Decimal;
use snelstart_client::WallTime;

pub(crate) const RELATION: &str = "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4";
pub(crate) const OTHER_RELATION: &str = "4c8e2a90-1d57-4f3b-b2a6-90e7d4c5f618";
pub(crate) const NETHERLANDS: &str = "6a1e4c58-0f0d-4b6e-9a53-3f6c1d2b7e10";
pub(crate) const MANDATE: &str = "f2b6d8c0-4a19-47e3-8f5c-0e7d9a3b1c62";
pub(crate) const ARTICLE: &str = "7e90b3d5-28c4-4a1f-b6e7-d5f3a0c91b28";
pub(crate) const GROUP: &str = "a4d7e1f0-95b3-4c62-8e0f-3b7c2d9a6514";
pub(crate) const ORDER: &str = "83f1c6e7-5ad2-4b09-97e4-2c6d0f8b1a35";
pub(crate) const QUOTE: &str = "60d9a2f5-b7e3-4c18-8a6d-4f1b0e9c7538";
pub(crate) const TEMPLATE: &str = "2f6b9d18-c3e0-4754-a1bf-6e8d5c0a7913";
pub(crate) const USER: &str = "d8b0f5c3-6e27-4a91-b4d8-9c1e7f3a5026";

/// Reads an id, an amount or a moment of a test's own text.
pub(crate) fn of<T: FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// An amount.
pub(crate) fn amount(text: &str) -> Option<Decimal> {
    Some(of(text))
}

/// A moment of the server's wall clock.
pub(crate) fn at(text: &str) -> Option<WallTime> {
    Some(of(text))
}
