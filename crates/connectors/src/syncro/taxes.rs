//! What the lines of an invoice come to, and the rate that its one sum of tax was made with.
//!
//! Syncro tells a line's price, what is taken off it and whether it is taxed, and one sum of tax for
//! the whole invoice (OpenAPI document): no line names its rate. What is worked out here is held
//! against the sums of the invoice, to the cent; what does not come out is not guessed.

use rust_decimal::{Decimal, RoundingStrategy};
use sync_core::fields::LineTax;

/// How far what is worked out may be off the printed sum.
const A_CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// Amounts beyond ten thousand million are no amounts; with these, no sum overflows.
const MAX_AMOUNT: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);
/// Rates beyond this are no rates.
const MAX_PERCENT: Decimal = Decimal::ONE_HUNDRED;
/// How exactly the price of one is told where a discount makes it no whole number of cents.
const PRICE_DIGITS: u32 = 6;
/// The name of a tax whose rate is worked out.
pub(super) const NAMELESS: &str = "Tax";

/// A rate of tax of the account, which the API does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRate {
    /// What it is called.
    pub name: String,
    /// How much, in percent.
    pub percent: Decimal,
}

/// A line as Syncro tells it.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    pub(super) quantity: Decimal,
    pub(super) price: Decimal,
    pub(super) percent_off: Option<Decimal>,
    pub(super) dollars_off: Option<Decimal>,
    pub(super) taxable: bool,
}

/// What a line comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Priced {
    /// The price of one, discounts taken off.
    pub(super) unit_price: Decimal,
    /// The line without tax, in cents.
    pub(super) amount: Decimal,
    pub(super) taxable: bool,
}

/// Rounds to cents, halves away from zero.
pub(super) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// How a discount of a line is read.
#[derive(Debug, Clone, Copy)]
enum Discount {
    /// It is in the price already.
    InPrice,
    /// So many percent, and so much off the line.
    OfLine,
    /// So many percent, and so much off each piece.
    OfEach,
}

/// What each line comes to, so that they add up to the subtotal; the problem in words otherwise.
///
/// Whether a price has its discount in it already is documented nowhere: the subtotal tells.
pub(super) fn lines(items: &[Item], subtotal: Option<Decimal>) -> Result<Vec<Priced>, String> {
    let discounted = items
        .iter()
        .any(|item| is_some(item.percent_off) || is_some(item.dollars_off));
    let ways: &[Discount] = match discounted {
        true => &[Discount::OfLine, Discount::OfEach, Discount::InPrice],
        false => &[Discount::InPrice],
    };
    let mut sum = Decimal::ZERO;
    for way in ways {
        let priced = items
            .iter()
            .map(|item| priced(item, *way))
            .collect::<Result<Vec<_>, _>>()?;
        let exact: Decimal = priced.iter().map(|(exact, _)| *exact).sum();
        let rounded: Decimal = priced.iter().map(|(_, line)| line.amount).sum();
        let adds_up = |subtotal: Decimal| {
            (rounded - subtotal).abs() <= A_CENT || (exact - subtotal).abs() <= A_CENT
        };
        if subtotal.is_none_or(adds_up) {
            return Ok(priced.into_iter().map(|(_, line)| line).collect());
        }
        sum = rounded;
    }
    let subtotal = subtotal.unwrap_or_default();
    Err(format!(
        "The lines come to {sum}, and the invoice's subtotal is {subtotal}."
    ))
}

fn is_some(off: Option<Decimal>) -> bool {
    off.is_some_and(|off| !off.is_zero())
}

/// A line, unrounded and as it is kept.
fn priced(item: &Item, way: Discount) -> Result<(Decimal, Priced), String> {
    let too_large = || "A line has an amount that is too large.".to_owned();
    let sane = |amount: Decimal| amount.abs() <= MAX_AMOUNT;
    let off = item.dollars_off.unwrap_or_default();
    let percent = item.percent_off.unwrap_or_default();
    if !sane(item.quantity) || !sane(item.price) || !sane(off) || percent.abs() > MAX_PERCENT {
        return Err(too_large());
    }
    let (each, line_off) = match way {
        Discount::InPrice => (item.price, Decimal::ZERO),
        Discount::OfLine => (without(item.price, percent), off),
        Discount::OfEach => (without(item.price, percent) - off, Decimal::ZERO),
    };
    let exact = each
        .checked_mul(item.quantity)
        .map(|amount| amount - line_off)
        .filter(|amount| sane(*amount))
        .ok_or_else(too_large)?;
    let amount = cents(exact);
    let unit_price = match line_off.is_zero() || item.quantity.is_zero() {
        true => each,
        false => exact
            .checked_div(item.quantity)
            .ok_or_else(too_large)?
            .round_dp(PRICE_DIGITS),
    };
    let again = unit_price.checked_mul(item.quantity).map(cents);
    if again != Some(amount) {
        return Err(format!(
            "A line of {amount} has {} pieces, for which there is no price of one.",
            item.quantity.normalize()
        ));
    }
    let line = Priced {
        unit_price: unit_price.normalize(),
        amount,
        taxable: item.taxable,
    };
    Ok((exact, line))
}

fn without(price: Decimal, percent: Decimal) -> Decimal {
    price * (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED
}

/// The tax on the taxed lines of an invoice; nothing where there is none, the problem in words
/// where no rate comes out within a cent.
///
/// With rates in the settings it is one of those; without, the roundest one that there can be.
pub(super) fn tax(
    lines: &[Priced],
    tax: Decimal,
    rates: &[TaxRate],
) -> Result<Option<LineTax>, String> {
    if tax.abs() > MAX_AMOUNT {
        return Err("The tax is too large an amount.".to_owned());
    }
    if tax.is_zero() {
        return Ok(None);
    }
    let taxed: Vec<Decimal> = lines
        .iter()
        .filter(|line| line.taxable)
        .map(|line| line.amount)
        .collect();
    let base: Decimal = taxed.iter().sum();
    if base.is_zero() {
        return Err(format!("There is {tax} of tax, and no line is taxed."));
    }
    match rates {
        [] => roundest(&taxed, base, tax),
        rates => configured(&taxed, base, tax, rates),
    }
}

fn configured(
    taxed: &[Decimal],
    base: Decimal,
    tax: Decimal,
    rates: &[TaxRate],
) -> Result<Option<LineTax>, String> {
    let off: Vec<(Decimal, &TaxRate)> = rates
        .iter()
        .map(|rate| (off(taxed, base, tax, rate.percent), rate))
        .filter(|(off, _)| *off <= A_CENT)
        .collect();
    let least = off.iter().map(|(off, _)| *off).min();
    let mut best = off.iter().filter(|(off, _)| Some(*off) == least);
    match (best.next(), best.next()) {
        (Some((_, rate)), None) => Ok(Some(LineTax {
            name: Some(rate.name.clone()),
            rate: Some(rate.percent.normalize()),
        })),
        (Some((_, one)), Some((_, other))) => Err(format!(
            "The tax of {tax} on {base} may be that of `{}` or of `{}`.",
            one.name, other.name
        )),
        (None, _) => Err(format!(
            "The tax of {tax} on {base} is that of no rate in the settings of the connection \
             ({}).",
            names(rates)
        )),
    }
}

fn names(rates: &[TaxRate]) -> String {
    let names: Vec<String> = rates
        .iter()
        .map(|rate| format!("`{}` {} %", rate.name, rate.percent.normalize()))
        .collect();
    names.join(", ")
}

fn roundest(taxed: &[Decimal], base: Decimal, tax: Decimal) -> Result<Option<LineTax>, String> {
    let exact = tax
        .checked_mul(Decimal::ONE_HUNDRED)
        .and_then(|tax| tax.checked_div(base))
        .filter(|rate| !rate.is_sign_negative() && *rate <= MAX_PERCENT);
    let Some(exact) = exact else {
        return Err(format!("The tax of {tax} on {base} is no rate."));
    };
    for digits in 0..=PRICE_DIGITS {
        let rate = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        // Without rates in the settings only what comes out to the cent is taken.
        if off(taxed, base, tax, rate).is_zero() {
            return Ok(Some(LineTax {
                name: Some(NAMELESS.to_owned()),
                rate: Some(rate.normalize()),
            }));
        }
    }
    Err(format!("The tax of {tax} on {base} is that of no rate."))
}

/// How far the tax of a rate is off what was charged, rounded once for all or line by line.
fn off(taxed: &[Decimal], base: Decimal, tax: Decimal, percent: Decimal) -> Decimal {
    let on = |amount: Decimal| {
        let tax = amount.checked_mul(percent);
        tax.map_or(MAX_AMOUNT, |tax| cents(tax / Decimal::ONE_HUNDRED))
    };
    let by_line: Decimal = taxed.iter().map(|amount| on(*amount)).sum();
    (on(base) - tax).abs().min((by_line - tax).abs())
}

#[cfg(test)]
mod tests;
