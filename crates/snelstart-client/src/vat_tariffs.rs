//! The Dutch VAT rates by date (`btwtarieven`).

mod table;

use api_core::Error;
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::model::{model, words};
use crate::operations as ops;
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

handle! {
    /// The Dutch VAT rates by date (`btwtarieven`).
    pub fn vat_tariffs -> VatTariffs, "The Dutch VAT rates by date";
}

impl VatTariffs<'_> {
    /// Lists the VAT rates with their days, all at once.
    ///
    /// # Errors
    ///
    /// `Decode` where one cannot be read, and those of any call.
    pub async fn list(&self) -> Result<Vec<VatTariff>, Error> {
        self.client
            .get_models(&ops::VAT_TARIFFS_LIST, &[], &[])
            .await
    }

    /// Fetches the VAT rates as a table to be asked by the day.
    ///
    /// # Errors
    ///
    /// `Decode` where any row cannot be read, since choosing a rate out of an
    /// incomplete table would book the wrong one; and those of any call.
    pub async fn table(&self) -> Result<VatTable, Error> {
        self.list().await.map(VatTable::new)
    }
}
