//! The Dutch VAT rates by date (`btwtarieven`).

mod table;

use api_core::Error;
use rust_decimal::Decimal;

use crate::client::Client;
use crate::model::{model, words};
use crate::wall_time::WallTime;

pub use table::VatTable;

words! {
    /// Which VAT rate a line or a ledger is under (`btwSoort`).
    pub enum VatKind {
        /// No VAT (`Geen`); also a line with reverse charge.
        None = "Geen",
        /// The reduced rate (`Laag`), 9 % since 2019.
        Low = "Laag",
        /// The standard rate (`Hoog`), 21 % since October 2012.
        High = "Hoog",
        /// Another rate (`Overig`), set by the administration.
        OtherRate = "Overig",
    }
}

model! {
    /// A VAT rate and the days it holds (btwtarief).
    pub struct VatTariff, fields VatTariffFields, wire "BtwTariefModel" {
        /// Which rate (`btwSoort`).
        vat_kind: VatKind = "btwSoort",
        /// The rate in percent (`btwPercentage`).
        percentage: Decimal = "btwPercentage",
        /// The first day it holds (`datumVanaf`); 1900-01-01 means always.
        valid_from: WallTime = "datumVanaf",
        /// The last day it holds (`datumTotEnMet`); 2400-12-31 means no end.
        valid_through: WallTime = "datumTotEnMet",
    }
}
