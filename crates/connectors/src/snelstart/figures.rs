//! What an invoice comes to: lines without VAT, the VAT of each kind, and the total.
//!
//! SnelStart books what it is given as long as it adds up (inferred from its error BOE-0039), so it
//! adds up here first: to the cent, and to the total that was printed.

use std::collections::BTreeMap;

use api_core::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use sync_core::fields::{FieldType as _, Invoice, Line};
use sync_core::{Fields, Value};

use super::rules::Rounding;
use super::vat::{Vat, VatKind, VatRules};

/// The longest description of a line (`omschrijving`, OpenAPI document).
pub(super) const MAX_DESCRIPTION: usize = 250;
/// How far lines and VAT may be off the printed total and still be rounding.
const MAX_ROUNDING: Decimal = Decimal::from_parts(2, 0, 0, false, 2);
/// Amounts beyond ten thousand million are no amounts; with these, no sum overflows.
const MAX_AMOUNT: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);
/// More lines than any invoice has.
const MAX_LINES: usize = 10_000;

/// Rounds to cents, halves away from zero.
pub(super) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// What is wrong with a field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) field: &'static str,
    pub(super) what: String,
}

impl Problem {
    pub(super) fn new(field: &'static str, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { field, what }
    }
}

/// One line of a booking, without VAT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Net {
    pub(super) description: Option<String>,
    pub(super) amount: Decimal,
    pub(super) vat: Vat,
}

/// An invoice as it is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) lines: Vec<Net>,
    /// The VAT of each kind, kinds without VAT left out.
    pub(super) vat: Vec<(Vat, Decimal)>,
    pub(super) total: Decimal,
}

impl Figures {
    /// Makes lines of everything that an invoice has; refuses what does not add up.
    pub(super) fn of(
        invoice: &Invoice,
        rules: &VatRules,
        rounding: Rounding,
    ) -> Result<Self, Problem> {
        for (field, amount) in [
            ("discount", invoice.discount),
            ("adjustment", invoice.adjustment),
            ("tax_total", invoice.tax_total),
            ("total", invoice.total),
        ] {
            if amount.is_some_and(|amount| amount.abs() > MAX_AMOUNT) {
                return Err(Problem::new(field, "is too large a number"));
            }
        }
        let lines = lines(invoice.lines.as_deref().unwrap_or_default(), rules)?;
        let discount = cents(invoice.discount.unwrap_or_default());
        let adjustment = cents(invoice.adjustment.unwrap_or_default());
        let mut best: Option<(Decimal, Self)> = None;
        for candidate in candidates(&lines, discount, adjustment)? {
            let (off_vat, off_total) = candidate.off(invoice);
            let far = off_vat.abs() + off_total.abs();
            if best.as_ref().is_none_or(|(least, _)| far < *least) {
                best = Some((far, candidate));
            }
        }
        let (_, mut figures) =
            best.ok_or_else(|| Problem::new("lines", "is empty, and SnelStart books lines"))?;
        figures.fit(invoice, rounding, lines.len())?;
        if figures.lines.is_empty() {
            return Err(Problem::new(
                "lines",
                "has no line with an amount, and SnelStart books no others",
            ));
        }
        figures.one_charge()?;
        Ok(figures)
    }

    /// The sum of the lines.
    pub(super) fn subtotal(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// The sum of the VAT.
    pub(super) fn tax_total(&self) -> Decimal {
        self.vat.iter().map(|(_, amount)| *amount).sum()
    }

    /// How far the printed VAT and the printed total are above what was made here.
    fn off(&self, invoice: &Invoice) -> (Decimal, Decimal) {
        let made = self.tax_total();
        let off_vat = invoice.tax_total.map_or(Decimal::ZERO, |vat| vat - made);
        let made = self.subtotal() + made;
        let off_total = invoice.total.map_or(Decimal::ZERO, |total| total - made);
        (off_vat, off_total)
    }

    /// Brings the VAT and the total to what was printed, as far as that is rounding.
    fn fit(&mut self, invoice: &Invoice, rounding: Rounding, lines: usize) -> Result<(), Problem> {
        for (field, amount) in [("total", invoice.total), ("tax_total", invoice.tax_total)] {
            if let Some(amount) = amount.filter(|amount| cents(*amount) != *amount) {
                let what = format!("is {}, which is no whole cents", amount.normalize());
                return Err(Problem::new(field, what));
            }
        }
        let (off_vat, _) = self.off(invoice);
        if !off_vat.is_zero() {
            // Rounded for each line, the VAT differs by up to half a cent a line.
            let most = Decimal::new(5, 3) * Decimal::from(lines.max(self.lines.len()) + 1);
            let row = self
                .vat
                .iter_mut()
                .filter(|(vat, _)| !vat.rate.is_zero())
                .max_by_key(|(_, amount)| amount.abs());
            match row {
                Some((_, amount)) if off_vat.abs() <= most => *amount += off_vat,
                _ => {
                    let what = format!(
                        "is {}, but the rates of the lines make {}",
                        invoice.tax_total.unwrap_or_default().normalize(),
                        self.tax_total().normalize()
                    );
                    return Err(Problem::new("tax_total", what));
                }
            }
        }
        let (_, off_total) = self.off(invoice);
        if !off_total.is_zero() {
            let made = self.subtotal() + self.tax_total();
            let largest = self.lines.iter_mut().max_by_key(|line| line.amount.abs());
            match largest {
                Some(line)
                    if rounding == Rounding::LargestLine && off_total.abs() <= MAX_ROUNDING =>
                {
                    line.amount += off_total;
                    if line.amount.is_zero() {
                        self.lines.retain(|line| !line.amount.is_zero());
                    }
                }
                _ => {
                    let what = format!(
                        "is {}, but the lines, the discount, the adjustment and the VAT make {}",
                        invoice.total.unwrap_or_default().normalize(),
                        made.normalize()
                    );
                    return Err(Problem::new("total", what));
                }
            }
        }
        self.total = self.subtotal() + self.tax_total();
        Ok(())
    }

    /// VAT that the customer owes may not stand beside any other (documented error BOE-0062).
    fn one_charge(&self) -> Result<(), Problem> {
        let reversed = |line: &Net| line.vat.kind == Some(VatKind::ReverseCharge);
        if self.lines.iter().any(reversed) && !self.lines.iter().all(reversed) {
            return Err(Problem::new(
                "lines",
                "has lines with VAT reverse-charged beside others, and SnelStart books them apart",
            ));
        }
        Ok(())
    }

    /// The content of an invoice as it reads again once it is booked.
    pub(super) fn into_fields(self, date: Option<Date>, fields: &mut Fields) {
        let (subtotal, tax_total, total) = (self.subtotal(), self.tax_total(), self.total);
        let line = |net: Net| {
            let taxes = net.vat.taxes(date);
            Line {
                description: net.description,
                quantity: Some(Decimal::ONE),
                unit_price: Some(net.amount.normalize()),
                taxes: (!taxes.is_empty()).then_some(taxes),
                ..Line::default()
            }
            .into_value()
        };
        let lines = self.lines.into_iter().map(line).collect();
        fields.set("lines", Value::List(lines));
        for (name, amount) in [
            ("subtotal", subtotal),
            ("tax_total", tax_total),
            ("total", total),
        ] {
            fields.set(name, amount.normalize());
        }
        fields.remove("discount");
        fields.remove("adjustment");
    }
}

/// The lines with their amounts; those without one say something and are not booked.
fn lines(given: &[Line], rules: &VatRules) -> Result<Vec<Net>, Problem> {
    if given.len() > MAX_LINES {
        return Err(Problem::new("lines", "has more than 10000 lines"));
    }
    let mut lines = Vec::with_capacity(given.len());
    for (at, line) in given.iter().enumerate() {
        let at = at + 1;
        let quantity = line.quantity.unwrap_or(Decimal::ONE);
        let price = line.unit_price.unwrap_or_default();
        let amount = quantity
            .checked_mul(price)
            .map(cents)
            .filter(|amount| amount.abs() <= MAX_AMOUNT)
            .ok_or_else(|| Problem::new("lines", format!("has in line {at} too large a number")))?;
        if amount.is_zero() {
            continue;
        }
        let vat = Vat::of(line.taxes.as_deref().unwrap_or_default(), rules)
            .map_err(|problem| Problem::new("lines", format!("{problem} (line {at})")))?;
        let description = line.description.as_deref().and_then(described);
        lines.push(Net {
            description,
            amount,
            vat,
        });
    }
    if lines.is_empty() {
        return Err(Problem::new(
            "lines",
            "has no line with an amount, and SnelStart books no others",
        ));
    }
    Ok(lines)
}

/// A text that fits a line, in one row; none where nothing is left.
pub(super) fn described(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kept: String = words.join(" ").chars().take(MAX_DESCRIPTION).collect();
    let kept = kept.trim_end();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// The ways in which the invoice may have been counted: a discount before or after VAT, and VAT
/// rounded once for each kind or for each line.
fn candidates(
    lines: &[Net],
    discount: Decimal,
    adjustment: Decimal,
) -> Result<Vec<Figures>, Problem> {
    let mut candidates = Vec::new();
    for before in [true, false] {
        if discount.is_zero() && !before {
            break;
        }
        let mut booked = lines.to_vec();
        let untaxed = untaxed(lines);
        let base: Decimal = lines.iter().map(|line| line.amount).sum();
        let mut each: Vec<Decimal> = lines.iter().map(|line| line.amount).collect();
        if !discount.is_zero() {
            if before {
                if base.is_zero() {
                    continue;
                }
                booked.extend(shares(lines, base, discount));
                each = each
                    .into_iter()
                    .map(|amount| amount - amount * discount / base)
                    .collect();
            } else {
                booked.push(extra("Korting", -discount, untaxed));
            }
        }
        let kinds = sums(&booked);
        if !adjustment.is_zero() {
            booked.push(extra("Correctie", adjustment, untaxed));
        }
        booked.retain(|line| !line.amount.is_zero());
        let by_kind = kinds.iter().map(|(vat, base)| (*vat, vat.on(*base)));
        let mut by_line: BTreeMap<Vat, Decimal> = BTreeMap::new();
        for (line, amount) in lines.iter().zip(&each) {
            *by_line.entry(line.vat).or_default() += line.vat.on(*amount);
        }
        let figures = |vat: Vec<(Vat, Decimal)>| Figures {
            lines: booked.clone(),
            vat: vat.into_iter().filter(|(vat, _)| told(*vat)).collect(),
            total: Decimal::ZERO,
        };
        candidates.push(figures(by_kind.collect()));
        candidates.push(figures(by_line.into_iter().collect()));
    }
    if candidates.is_empty() {
        return Err(Problem::new(
            "discount",
            "cannot be taken off, because the lines make nothing",
        ));
    }
    Ok(candidates)
}

/// Whether the VAT of the booking says something about this kind.
fn told(vat: Vat) -> bool {
    !vat.rate.is_zero() || vat.kind == Some(VatKind::ReverseCharge)
}

/// What VAT a line has that none is on: where the customer owes all of it, that, too.
fn untaxed(lines: &[Net]) -> Vat {
    let reversed = |line: &Net| line.vat.kind == Some(VatKind::ReverseCharge);
    match lines.first() {
        Some(first) if lines.iter().all(reversed) => first.vat,
        _ => Vat::FREE,
    }
}

fn extra(what: &str, amount: Decimal, vat: Vat) -> Net {
    Net {
        description: Some(what.to_owned()),
        amount,
        vat,
    }
}

fn sums(lines: &[Net]) -> BTreeMap<Vat, Decimal> {
    let mut sums = BTreeMap::new();
    for line in lines {
        *sums.entry(line.vat).or_default() += line.amount;
    }
    sums
}

/// A discount taken off each kind of VAT by its share, exact to the cent.
fn shares(lines: &[Net], base: Decimal, discount: Decimal) -> Vec<Net> {
    let sums = sums(lines);
    let mut shares: Vec<(Vat, Decimal, Decimal)> = sums
        .into_iter()
        .map(|(vat, sum)| (vat, sum, cents(discount * sum / base)))
        .collect();
    let given: Decimal = shares.iter().map(|(_, _, share)| *share).sum();
    let largest = shares.iter_mut().max_by_key(|(_, sum, _)| sum.abs());
    if let Some((_, _, share)) = largest {
        *share += discount - given;
    }
    shares
        .into_iter()
        .map(|(vat, _, share)| extra("Korting", -share, vat))
        .collect()
}

#[cfg(test)]
mod tests;
