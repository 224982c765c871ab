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

/// What a record comes to, exact to the 28 digits that a [`Decimal`] holds.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::RecordId;

    fn decimal(digits: i64, scale: u32) -> Decimal {
        Decimal::new(digits, scale)
    }

    prop_compose! {
        fn line()(
            quantity in -100_000i64..100_000,
            price in 0i64..10_000_000_000,
            percent in 0i64..100_000,
        ) -> NewLine {
            NewLine::new(RecordId::new(14, 1), decimal(quantity, 3), decimal(price, 4))
                .discount(Discount::Percent(decimal(percent, 3)))
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(
            lines in proptest::collection::vec(line(), 1..20),
            rate in 0i64..100_000,
            discount in 0i64..1_000_000,
            adjustment in -1_000_000i64..1_000_000,
        ) {
            let taxes = BTreeMap::from([("tax1".to_owned(), decimal(rate, 3))]);
            let totals = Totals::of(&Parts {
                lines: &lines,
                mode: TaxMode::Group,
                taxes: &taxes,
                discount: Some(Discount::Amount(decimal(discount, 2))),
                shipping: Decimal::ZERO,
                shipping_taxes: &BTreeMap::new(),
                adjustment: decimal(adjustment, 2),
            })
            .unwrap();
            // In whole numbers of 10^-12 and 10^-17: no decimal arithmetic.
            let net = |line: &NewLine| {
                let Some(Discount::Percent(percent)) = line.discount else {
                    unreachable!()
                };
                line.quantity.mantissa() * line.list_price.mantissa()
                    * (100_000 - percent.mantissa())
            };
            let subtotal: i128 = lines.iter().map(net).sum();
            prop_assert_eq!(totals.subtotal, Decimal::from_i128_with_scale(subtotal, 12));
            let pre_tax = subtotal - i128::from(discount) * 10_000_000_000;
            prop_assert_eq!(totals.pre_tax, Decimal::from_i128_with_scale(pre_tax, 12));
            let grand = pre_tax * 100_000 + pre_tax * i128::from(rate)
                + i128::from(adjustment) * 1_000_000_000_000_000;
            prop_assert_eq!(totals.grand_total, Decimal::from_i128_with_scale(grand, 17));
        }
    }

    #[test]
    fn what_is_too_large_is_no_total() {
        let line = NewLine::new(RecordId::new(14, 1), Decimal::MAX, Decimal::MAX);
        let totals = Totals::of(&Parts {
            lines: &[line],
            mode: TaxMode::Group,
            taxes: &BTreeMap::new(),
            discount: None,
            shipping: Decimal::ZERO,
            shipping_taxes: &BTreeMap::new(),
            adjustment: Decimal::ZERO,
        });
        assert_eq!(totals, None);
    }
}
