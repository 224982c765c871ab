//! What a record comes to, to the last digit.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::line::percent_of;
use super::{Discount, NewLine, TaxMode};

/// What one line comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineTotals {
    /// Quantity times price.
    pub gross: Decimal,
    /// What the line's discount takes off.
    pub discount: Decimal,
    /// What is left.
    pub net: Decimal,
    /// The line's own taxes; 0 when the record is taxed as a group.
    pub tax: Decimal,
}

/// What a record comes to, exact and unrounded.
///
/// Servers compute the same and ignore totals that are sent (recorded vtiger
/// 7.1.0 server): lines less their discounts make the sub-total; less the
/// overall discount and plus shipping, the total before tax; plus the taxes
/// on the discounted sub-total and on shipping, and the adjustment, the grand
/// total. Columns keep eight decimals.
///
/// How individual taxes enter the sub-total is assumed: as part of it, for
/// taxes that the products have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// The lines, in order.
    pub lines: Vec<LineTotals>,
    /// `hdnSubTotal`.
    pub subtotal: Decimal,
    /// What the overall discount takes off.
    pub discount: Decimal,
    /// Shipping and handling.
    pub shipping: Decimal,
    /// `pre_tax_total`.
    pub pre_tax: Decimal,
    /// The taxes of the group, or the sum of those of the lines.
    pub tax: Decimal,
    /// The taxes on shipping.
    pub shipping_tax: Decimal,
    /// `txtAdjustment`.
    pub adjustment: Decimal,
    /// `hdnGrandTotal`.
    pub grand_total: Decimal,
}

/// What totals are computed from.
pub(super) struct Parts<'a> {
    pub(super) lines: &'a [NewLine],
    pub(super) mode: TaxMode,
    pub(super) taxes: &'a BTreeMap<String, Decimal>,
    pub(super) discount: Option<Discount>,
    pub(super) shipping: Decimal,
    pub(super) shipping_taxes: &'a BTreeMap<String, Decimal>,
    pub(super) adjustment: Decimal,
}

impl Totals {
    /// Computes the totals; `None` when a number is too large.
    pub(super) fn of(parts: &Parts<'_>) -> Option<Self> {
        let lines: Vec<LineTotals> = parts
            .lines
            .iter()
            .map(|line| LineTotals::of(line, parts.mode))
            .collect::<Option<_>>()?;
        let subtotal = lines.iter().try_fold(Decimal::ZERO, |sum, line| {
            sum.checked_add(line.net)?.checked_add(line.tax)
        })?;
        let line_taxes = sum(lines.iter().map(|line| line.tax))?;
        let discount = match parts.discount {
            Some(discount) => discount.of(subtotal)?,
            None => Decimal::ZERO,
        };
        let discounted = subtotal.checked_sub(discount)?;
        let pre_tax = discounted.checked_add(parts.shipping)?;
        let group_tax = taxes_on(discounted, parts.taxes)?;
        let shipping_tax = taxes_on(parts.shipping, parts.shipping_taxes)?;
        let (tax, on_top) = match parts.mode {
            TaxMode::Group => (group_tax, group_tax),
            // Part of the sub-total already.
            TaxMode::Individual => (line_taxes, Decimal::ZERO),
        };
        let grand_total = pre_tax
            .checked_add(on_top)?
            .checked_add(shipping_tax)?
            .checked_add(parts.adjustment)?;
        Some(Self {
            lines,
            subtotal,
            discount,
            shipping: parts.shipping,
            pre_tax,
            tax,
            shipping_tax,
            adjustment: parts.adjustment,
            grand_total,
        })
    }
}

impl LineTotals {
    fn of(line: &NewLine, mode: TaxMode) -> Option<Self> {
        let gross = line.quantity.checked_mul(line.list_price)?;
        let discount = match line.discount {
            Some(discount) => discount.of(gross)?,
            None => Decimal::ZERO,
        };
        let net = gross.checked_sub(discount)?;
        let tax = match mode {
            TaxMode::Group => Decimal::ZERO,
            TaxMode::Individual => taxes_on(net, &line.taxes)?,
        };
        Some(Self {
            gross,
            discount,
            net,
            tax,
        })
    }
}

fn taxes_on(base: Decimal, taxes: &BTreeMap<String, Decimal>) -> Option<Decimal> {
    taxes.values().try_fold(Decimal::ZERO, |sum, percent| {
        sum.checked_add(percent_of(base, *percent)?)
    })
}

fn sum(mut numbers: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    numbers.try_fold(Decimal::ZERO, Decimal::checked_add)
}
