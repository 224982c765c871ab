//! VAT rates of other countries (`vatrates`, `vatratedefinitions`).

use rust_decimal::Decimal;

use crate::model::model;
use crate::wall_time::WallTime;

model! {
    /// A VAT rate of a country from a day on (vat rate).
    pub struct VatRate, fields VatRateFields, wire "VatRateModel" {
        /// Which rate (`rateCode`), such as `SR`.
        rate_code: String = "rateCode",
        /// The rate in percent (`rate`).
        rate: Decimal = "rate",
        /// The first day it holds (`validFrom`).
        valid_from: WallTime = "validFrom",
    }
}

model! {
    /// The VAT rates of one country (vat rates).
    pub struct VatRates, fields VatRatesFields, wire "VatRatesModel" {
        /// The country's code of three letters (`countryCode`), such as `DEU`.
        country_code: String = "countryCode",
        /// Its rates (`vatRates`).
        vat_rates: Vec<VatRate> = "vatRates",
    }
}

model! {
    /// What a VAT rate's code stands for (vat rate definition).
    pub struct VatRateDefinition, fields VatRateDefinitionFields, wire "VatRateDefinitionModel" {
        /// The code (`rateCode`).
        rate_code: String = "rateCode",
        /// Its short name (`shortName`).
        short_name: String = "shortName",
        /// Its name (`name`).
        name: String = "name",
    }
}
