//! What the tests of the bookkeeping share: ids and amounts.

use std::str::FromStr;

use rust_decimal::Decimal;
use snelstart_client::{Date, WallTime};

pub(crate) const SALES_INVOICE: &str = "a10c5d3e-7b42-4f19-9c86-2d5e8f013b71";
pub(crate) const SALES_BOOKING: &str = "b27f9e04-1c58-4e6a-8d3b-905a6c7e1f42";
pub(crate) const CUSTOMER: &str = "c3841a6f-5e20-4d97-b1fc-7e09d2a4856b";
pub(crate) const LEDGER: &str = "d4620b8c-93ae-4c15-a7e2-1f8b5d306c94";
pub(crate) const OTHER_LEDGER: &str = "d4620b8c-93ae-4c15-a7e2-1f8b5d306c95";
pub(crate) const COST_CENTRE: &str = "e58d13f7-2a64-4b09-8e5c-640c9fb7a21d";
pub(crate) const JOURNAL: &str = "f61a2c9e-8d07-4735-92be-3c5d7e81f0a6";
pub(crate) const DOCUMENT: &str = "07b4e6d1-c932-4a58-8f1e-d27a5b904c63";
pub(crate) const PURCHASE_BOOKING: &str = "18c5f7e2-da43-4b69-902f-e38b6ca15d74";
pub(crate) const BANK_BOOKING: &str = "29d608f3-eb54-4c7a-a130-f49c7db26e85";
pub(crate) const CASH_BOOKING: &str = "29d608f3-eb54-4c7a-a130-f49c7db26e86";
pub(crate) const MEMORIAL_BOOKING: &str = "29d608f3-eb54-4c7a-a130-f49c7db26e87";
pub(crate) const MUTATION: &str = "3ae71904-fc65-4d8b-b241-05ad8ec37f96";
pub(crate) const COUNTRY: &str = "4bf82a15-0d76-4e9c-8352-16be9fd480a7";
pub(crate) const VAT_RETURN: &str = "5c093b26-1e87-4fad-9463-27cf0ae591b8";

/// Reads an id, an amount or a date of a test's own text.
pub(crate) fn of<T: FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// An amount.
pub(crate) fn eur(text: &str) -> Option<Decimal> {
    Some(of(text))
}

/// A moment of the server's wall clock.
pub(crate) fn at(text: &str) -> Option<WallTime> {
    Some(of(text))
}

/// A day.
pub(crate) fn day(text: &str) -> Date {
    of(text)
}

/// A text.
pub(crate) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
