//! Which VAT a line has: from the names and rates of other systems to the kinds of SnelStart.

use std::collections::BTreeMap;
use std::fmt;

use api_core::Date;
use rust_decimal::Decimal;
use snelstart_client::{SalesVatKind, VatKind as LineVatKind, VatTable};
use sync_core::fields::LineTax;

/// A kind of VAT on sales, as SnelStart tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum VatKind {
    /// The high rate (`Hoog`): 21 % today.
    High,
    /// The low rate (`Laag`): 9 % today, 6 % until the end of 2018.
    Low,
    /// Any other rate (`Overig`).
    Other,
    /// No VAT: exempt or outside its scope (`Geen`).
    None,
    /// VAT that the customer owes: lines `Geen`, the document `VerkopenVerlegd`.
    ReverseCharge,
}

impl VatKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::High,
        Self::Low,
        Self::Other,
        Self::None,
        Self::ReverseCharge,
    ];

    /// Its name in lines that were read from SnelStart: `Hoog`, `Laag`, `Overig`, `Geen`,
    /// `Verlegd`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "Hoog",
            Self::Low => "Laag",
            Self::Other => "Overig",
            Self::None => "Geen",
            Self::ReverseCharge => "Verlegd",
        }
    }

    /// The kind on a line of a booking (`btwSoort`: `Hoog`, `Laag`, `Overig`, `Geen`).
    pub(super) fn on_line(self) -> LineVatKind {
        match self {
            Self::High => LineVatKind::High,
            Self::Low => LineVatKind::Low,
            Self::Other => LineVatKind::OtherRate,
            Self::None | Self::ReverseCharge => LineVatKind::None,
        }
    }

    /// The kind that a line's word means, as far as it has one of its own.
    pub(super) fn of_line(kind: &LineVatKind) -> Option<Self> {
        match kind {
            LineVatKind::High => Some(Self::High),
            LineVatKind::Low => Some(Self::Low),
            LineVatKind::OtherRate => Some(Self::Other),
            LineVatKind::None => Some(Self::None),
            _ => None,
        }
    }

    /// The kind in the VAT of the whole booking; none where no VAT is told.
    pub(super) fn on_booking(self) -> Option<SalesVatKind> {
        match self {
            Self::High => Some(SalesVatKind::SalesHigh),
            Self::Low => Some(SalesVatKind::SalesLow),
            Self::Other => Some(SalesVatKind::SalesOther),
            Self::ReverseCharge => Some(SalesVatKind::SalesReverseCharge),
            Self::None => None,
        }
    }

    fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let is = |kind: &Self| kind.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(is)
    }
}

impl fmt::Display for VatKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the taxes of other systems are in SnelStart, where their rate does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct VatRules {
    names: BTreeMap<String, VatKind>,
}

impl VatRules {
    /// No rules: the rate and the date of the invoice tell, and names with "verlegd" or
    /// "reverse charge" in them mean that the customer owes the VAT.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what a tax of this name is, whatever its rate; capitals do not count.
    pub fn tax(mut self, name: impl AsRef<str>, kind: VatKind) -> Self {
        self.names.insert(name.as_ref().trim().to_lowercase(), kind);
        self
    }

    fn of_name(&self, name: &str) -> Option<VatKind> {
        let name = name.trim().to_lowercase();
        if let Some(kind) = self.names.get(&name) {
            return Some(*kind);
        }
        if let Some(kind) = VatKind::named(&name) {
            return Some(kind);
        }
        let reversed = ["verlegd", "verleggen", "reverse charge", "reverse-charge"];
        let is_reversed = reversed.iter().any(|word| name.contains(word));
        is_reversed.then_some(VatKind::ReverseCharge)
    }
}

/// The VAT of one line: its rate in percent, and its kind where that is told by a name.
///
/// Equal ones go together in the VAT of the booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vat {
    pub(super) rate: Decimal,
    pub(super) kind: Option<VatKind>,
}

impl Vat {
    /// No VAT at all.
    pub(super) const FREE: Self = Self {
        rate: Decimal::ZERO,
        kind: Some(VatKind::None),
    };

    /// The VAT of a line with these taxes; the problem in words otherwise.
    pub(super) fn of(taxes: &[LineTax], rules: &VatRules) -> Result<Self, String> {
        let mut found: Option<Self> = None;
        for tax in taxes {
            let rate = tax.rate.unwrap_or_default().normalize();
            let name = tax.name.as_deref().unwrap_or_default();
            if (rate.is_sign_negative() && !rate.is_zero()) || rate > Decimal::ONE_THOUSAND {
                return Err(format!("has the tax `{name}` of {rate} %"));
            }
            let kind = match (rules.of_name(name), rate.is_zero()) {
                // Without a rate, nothing but a name makes it more than no VAT.
                (Some(kind @ (VatKind::Other | VatKind::ReverseCharge)), true) => Some(kind),
                (_, true) => Some(VatKind::None),
                (Some(VatKind::None | VatKind::ReverseCharge), false) => {
                    return Err(format!(
                        "has the tax `{name}`, which is to be none, with {rate} %"
                    ));
                }
                (kind, false) => kind,
            };
            let vat = Self { rate, kind };
            found = Some(match found {
                None => vat,
                Some(before) if before == vat => {
                    return Err(format!("has the tax `{name}` twice"));
                }
                Some(before) if vat == Self::FREE => before,
                Some(before) if before == Self::FREE => vat,
                Some(_) => {
                    return Err(
                        "has two taxes, and a line of SnelStart has one kind of VAT".to_owned()
                    );
                }
            });
        }
        Ok(found.unwrap_or(Self::FREE))
    }

    /// The taxes of a line with this VAT, as they read again.
    pub(super) fn taxes(self, date: Option<Date>) -> Vec<LineTax> {
        let kind = self.kind.unwrap_or_else(|| usual(self.rate, date));
        if kind == VatKind::None {
            return Vec::new();
        }
        vec![LineTax {
            name: Some(kind.name().to_owned()),
            rate: Some(self.rate),
        }]
    }

    /// The VAT on an amount, in cents; halves go away from zero.
    pub(super) fn on(self, amount: Decimal) -> Decimal {
        amount
            .checked_mul(self.rate)
            .map(|hundredfold| super::figures::cents(hundredfold / Decimal::ONE_HUNDRED))
            .unwrap_or_default()
    }
}

/// The kind that a rate usually is on a date in the Netherlands (documented in the law: 21 % since
/// October 2012, 19 % since 2001; 9 % since 2019, 6 % before).
fn usual(rate: Decimal, date: Option<Date>) -> VatKind {
    let since = |year, month| {
        let day = Date::new(year, month, 1);
        match (date, day) {
            (Some(date), Some(day)) => date >= day,
            _ => true,
        }
    };
    let high = if since(2012, 10) {
        Decimal::from(21)
    } else if since(2001, 1) {
        Decimal::from(19)
    } else {
        Decimal::new(175, 1)
    };
    let low = Decimal::from(if since(2019, 1) { 9 } else { 6 });
    if rate.is_zero() {
        VatKind::None
    } else if rate == high {
        VatKind::High
    } else if rate == low {
        VatKind::Low
    } else {
        VatKind::Other
    }
}

/// The kind that a line's VAT is on a date; the problem in words otherwise.
pub(super) fn kind_on(table: &VatTable, vat: Vat, date: Date) -> Result<VatKind, String> {
    let rate = vat.rate.normalize();
    match vat.kind {
        Some(kind @ (VatKind::None | VatKind::ReverseCharge)) => Ok(kind),
        Some(kind) => {
            // Two kinds may share a rate; what is named must have it.
            if on_date(table, date).any(|known| known == (kind, rate)) {
                return Ok(kind);
            }
            Err(format!(
                "has the VAT `{kind}` of {rate} %, and on {date} SnelStart has {}",
                listed(table, date)
            ))
        }
        None => on_date(table, date)
            .filter(|(_, known)| *known == rate)
            .map(|(kind, _)| kind)
            .min()
            .ok_or_else(|| {
                format!(
                    "has a VAT of {rate} %, and on {date} SnelStart has {}",
                    listed(table, date)
                )
            }),
    }
}

fn on_date(table: &VatTable, date: Date) -> impl Iterator<Item = (VatKind, Decimal)> {
    table.on(date).filter_map(|tariff| {
        let kind = VatKind::of_line(tariff.vat_kind.as_ref()?)?;
        Some((kind, tariff.percentage?.normalize()))
    })
}

fn listed(table: &VatTable, date: Date) -> String {
    let mut known: Vec<String> = on_date(table, date)
        .filter(|(_, rate)| !rate.is_zero())
        .map(|(kind, rate)| format!("{kind} {rate} %"))
        .collect();
    known.sort();
    if known.is_empty() {
        return "no rates".to_owned();
    }
    known.join(", ")
}

#[cfg(test)]
mod tests;
