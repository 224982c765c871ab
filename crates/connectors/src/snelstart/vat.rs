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
mod tests {
    use snelstart_client::VatTariff;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn tariffs() -> VatTable {
        let tariff = |kind, rate: &str, from: &str, until: &str| VatTariff {
            vat_kind: Some(kind),
            percentage: Some(d(rate)),
            valid_from: from.parse().ok(),
            valid_through: until.parse().ok(),
            ..VatTariff::default()
        };
        VatTable::new(vec![
            tariff(LineVatKind::None, "0.0", "1900-01-01", "2400-12-31"),
            tariff(LineVatKind::Low, "9.0", "2019-01-01", "2400-12-31"),
            tariff(LineVatKind::Low, "6.0", "1986-10-01", "2018-12-31"),
            tariff(LineVatKind::High, "21.0", "2012-10-01", "2400-12-31"),
            tariff(LineVatKind::High, "19.0", "2001-01-01", "2012-09-30"),
            tariff(LineVatKind::OtherRate, "0.0", "1968-01-01", "2400-12-31"),
        ])
    }

    fn tax(name: &str, rate: &str) -> LineTax {
        LineTax {
            name: Some(name.to_owned()),
            rate: Some(d(rate)),
        }
    }

    fn kind_of(rate: &str, date: &str) -> Result<VatKind, String> {
        let vat = Vat::of(&[tax("BTW", rate)], &VatRules::new()).unwrap();
        kind_on(&tariffs(), vat, day(date))
    }

    #[test]
    fn the_kind_follows_from_the_rate_and_the_date() {
        assert_eq!(kind_of("21", "2026-03-01"), Ok(VatKind::High));
        assert_eq!(kind_of("9.00", "2026-03-01"), Ok(VatKind::Low));
        assert_eq!(kind_of("6", "2018-12-31"), Ok(VatKind::Low));
        assert_eq!(kind_of("9", "2019-01-01"), Ok(VatKind::Low));
        assert_eq!(kind_of("19", "2012-09-30"), Ok(VatKind::High));
        assert_eq!(kind_of("21", "2012-10-01"), Ok(VatKind::High));
        assert_eq!(kind_of("0", "2026-03-01"), Ok(VatKind::None));
    }

    #[test]
    fn a_rate_that_is_not_in_force_is_refused_with_those_that_are() {
        for (rate, date) in [
            ("6", "2019-01-01"),
            ("9", "2018-12-31"),
            ("5", "2026-01-01"),
        ] {
            let problem = kind_of(rate, date).unwrap_err();
            assert!(problem.contains(&format!("{rate} %")), "{problem}");
            assert!(problem.contains("Hoog 21 %"), "{problem}");
        }
        let high = Vat {
            rate: d("21"),
            kind: None,
        };
        let nothing = kind_on(&VatTable::default(), high, day("2026-01-01"));
        assert!(nothing.unwrap_err().contains("no rates"));
    }

    #[test]
    fn names_tell_reverse_charge_and_what_the_settings_say() {
        let rules = VatRules::new()
            .tax("Export", VatKind::None)
            .tax("Tarief 0", VatKind::Other);
        let of = |name: &str, rate: &str| Vat::of(&[tax(name, rate)], &rules);
        let kind = |name: &str, rate: &str| of(name, rate).unwrap().kind;
        assert_eq!(kind("BTW verlegd", "0"), Some(VatKind::ReverseCharge));
        assert_eq!(kind("EU Reverse Charge", "0"), Some(VatKind::ReverseCharge));
        assert_eq!(kind("export", "0"), Some(VatKind::None));
        assert_eq!(kind("TARIEF 0", "0"), Some(VatKind::Other));
        assert_eq!(kind("Hoog", "21"), Some(VatKind::High));
        assert_eq!(kind("BTW hoog", "21"), None, "its rate tells");
        assert_eq!(kind("BTW nul", "0"), Some(VatKind::None));
        assert!(of("BTW verlegd", "21").is_err());
        assert!(of("BTW", "-1").is_err());
    }

    #[test]
    fn a_line_with_two_taxes_is_refused_and_a_zero_beside_one_is_not() {
        let rules = VatRules::new();
        let two = [tax("BTW", "21"), tax("Eco", "2")];
        assert!(Vat::of(&two, &rules).unwrap_err().contains("two taxes"));
        let twice = [tax("BTW", "21"), tax("BTW", "21")];
        assert!(Vat::of(&twice, &rules).unwrap_err().contains("twice"));
        let zero = [tax("BTW nul", "0"), tax("BTW", "21")];
        assert_eq!(Vat::of(&zero, &rules).unwrap().rate, d("21"));
        assert_eq!(Vat::of(&[], &rules).unwrap(), Vat::FREE);
    }

    #[test]
    fn what_is_named_must_have_its_rate() {
        let vat = |kind, rate: &str| Vat {
            rate: d(rate),
            kind: Some(kind),
        };
        let on = |vat| kind_on(&tariffs(), vat, day("2026-03-01"));
        assert_eq!(on(vat(VatKind::Low, "9")), Ok(VatKind::Low));
        assert_eq!(on(vat(VatKind::Other, "0")), Ok(VatKind::Other));
        assert!(on(vat(VatKind::Low, "21")).is_err());
        assert!(on(vat(VatKind::Other, "5")).is_err());
    }

    #[test]
    fn taxes_read_again_as_they_were() {
        let rules = VatRules::new();
        for (name, rate, date) in [
            ("x", "21", "2026-01-01"),
            ("x", "6", "2018-01-01"),
            ("x", "13", "2026-01-01"),
            ("x", "0", "2026-01-01"),
            ("verlegd", "0", "2026-01-01"),
        ] {
            let date = Some(day(date));
            let vat = Vat::of(&[tax(name, rate)], &rules).unwrap();
            let once = vat.taxes(date);
            let twice = Vat::of(&once, &rules).unwrap().taxes(date);
            assert_eq!(once, twice);
        }
        let low = Vat::of(&[tax("x", "6")], &rules).unwrap();
        assert_eq!(low.taxes(Some(day("2018-05-01"))), [tax("Laag", "6")]);
    }

    #[test]
    fn every_kind_has_its_words_on_lines_and_on_bookings() {
        for kind in VatKind::ALL {
            let on_line = kind.on_line();
            let back = match kind {
                VatKind::ReverseCharge => VatKind::None,
                other => other,
            };
            assert_eq!(VatKind::of_line(&on_line), Some(back));
        }
        let words: Vec<String> = VatKind::ALL
            .into_iter()
            .filter_map(VatKind::on_booking)
            .map(|kind| kind.to_string())
            .collect();
        let expected = [
            "VerkopenHoog",
            "VerkopenLaag",
            "VerkopenOverig",
            "VerkopenVerlegd",
        ];
        assert_eq!(words, expected);
    }
}
