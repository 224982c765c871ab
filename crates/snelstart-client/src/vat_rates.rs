//! VAT rates of other countries (`vatrates`, `vatratedefinitions`).

use api_core::{Date, Error};
use rust_decimal::Decimal;
use std::fmt;
use std::str::FromStr;

use crate::calls::handle;
use crate::list::List;
use crate::model::model;
use crate::operations as ops;
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

impl VatRates {
    /// Returns a rate in percent on a day: the latest that holds from that day
    /// or before.
    ///
    /// A rate without a first day holds from the beginning.
    #[must_use]
    pub fn rate_on(&self, rate_code: &str, day: Date) -> Option<Decimal> {
        let first = |rate: &VatRate| rate.valid_from.map(WallTime::date);
        self.vat_rates
            .iter()
            .flatten()
            .filter(|rate| rate.rate_code.as_deref() == Some(rate_code))
            .filter(|rate| first(rate).is_none_or(|first| first <= day))
            .max_by_key(|rate| first(rate))?
            .rate
    }
}

/// A country's code of three letters (ISO 3166-1 alpha-3), such as `DEU`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountryCode(String);

impl CountryCode {
    /// Returns the code in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for CountryCode {
    type Err = ParseCountryCodeError;

    /// Takes three letters in either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text.trim();
        if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            Ok(Self(code.to_ascii_uppercase()))
        } else {
            Err(ParseCountryCodeError)
        }
    }
}

/// A text that is no country code of three letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseCountryCodeError;

impl fmt::Display for ParseCountryCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a country code has three letters, such as DEU")
    }
}

impl std::error::Error for ParseCountryCodeError {}

handle! {
    /// VAT rates of other countries (`vatrates`).
    pub fn vat_rates -> VatRatesOfCountries, "VAT rates of other countries";
}

impl<'c> VatRatesOfCountries<'c> {
    /// Lists the VAT rates of countries; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, VatRates> {
        self.client.list_of(&ops::VAT_RATES_LIST)
    }

    /// Fetches the VAT rates of one country.
    ///
    /// # Errors
    ///
    /// `NotFound` where the server does not know the country, and those of any
    /// call.
    pub async fn get(&self, country: &CountryCode) -> Result<VatRates, Error> {
        self.client
            .get_model(&ops::VAT_RATES_GET, &[country.as_str()], &[])
            .await
    }
}

handle! {
    /// What the codes of VAT rates stand for (`vatratedefinitions`).
    pub fn vat_rate_definitions -> VatRateDefinitions, "What the codes of VAT rates stand for";
}

impl<'c> VatRateDefinitions<'c> {
    /// Lists what the codes of VAT rates stand for; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, VatRateDefinition> {
        self.client.list_of(&ops::VAT_RATE_DEFINITIONS_LIST)
    }
}
