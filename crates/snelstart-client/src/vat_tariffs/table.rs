//! Choosing a VAT rate by the day.

use api_core::Date;
use rust_decimal::Decimal;

use super::{VatKind, VatTariff};

/// The VAT rates of an administration, to be asked by the day.
///
/// ```
/// use rust_decimal::Decimal;
/// use snelstart_client::{Date, VatKind, VatTable, VatTariff};
///
/// let tariff = |percentage: i64, from: &str, through: &str| VatTariff {
///     vat_kind: Some(VatKind::Low),
///     percentage: Some(Decimal::from(percentage)),
///     valid_from: from.parse().ok(),
///     valid_through: through.parse().ok(),
///     ..VatTariff::default()
/// };
/// let table = VatTable::new(vec![
///     tariff(6, "1986-10-01T00:00:00", "2018-12-31T00:00:00"),
///     tariff(9, "2019-01-01T00:00:00", "2400-12-31T00:00:00"),
/// ]);
/// let new_years_eve: Date = "2018-12-31".parse()?;
/// assert_eq!(table.percentage(&VatKind::Low, new_years_eve), Some(Decimal::from(6)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VatTable {
    tariffs: Vec<VatTariff>,
}

impl VatTable {
    /// Makes a table of the rates the server listed.
    #[must_use]
    pub fn new(tariffs: Vec<VatTariff>) -> Self {
        Self { tariffs }
    }

    /// Returns all rates, in the server's order.
    #[must_use]
    pub fn tariffs(&self) -> &[VatTariff] {
        &self.tariffs
    }

    /// Returns the rates that hold on a day, both ends counted in.
    ///
    /// A rate without a first or last day has no end on that side.
    pub fn on(&self, day: Date) -> impl Iterator<Item = &VatTariff> {
        self.tariffs
            .iter()
            .filter(move |tariff| tariff.holds_on(day))
    }

    /// Returns what a kind of VAT is in percent on a day.
    ///
    /// `None` where the table knows no such rate, or two that differ.
    #[must_use]
    pub fn percentage(&self, kind: &VatKind, day: Date) -> Option<Decimal> {
        let mut found = None;
        for tariff in self
            .on(day)
            .filter(|tariff| tariff.vat_kind.as_ref() == Some(kind))
        {
            match (found, tariff.percentage) {
                (_, None) => {}
                (None, percentage) => found = percentage,
                (Some(known), Some(percentage)) if known == percentage => {}
                (Some(_), Some(_)) => return None,
            }
        }
        found
    }

    /// Returns the kinds of VAT that have this percentage on a day.
    ///
    /// Two kinds can share a percentage: no VAT and the other rate are both 0
    /// in a standard administration (measured by client authors). The caller
    /// chooses.
    #[must_use]
    pub fn kinds(&self, percentage: Decimal, day: Date) -> Vec<VatKind> {
        let mut kinds = Vec::new();
        for tariff in self
            .on(day)
            .filter(|tariff| tariff.percentage == Some(percentage))
        {
            if let Some(kind) = &tariff.vat_kind
                && !kinds.contains(kind)
            {
                kinds.push(kind.clone());
            }
        }
        kinds
    }
}

impl VatTariff {
    /// Tells whether the rate holds on a day, both ends counted in.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from.date() <= day)
            && self
                .valid_through
                .is_none_or(|through| day <= through.date())
    }
}

#[cfg(test)]
mod tests;
