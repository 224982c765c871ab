//! Amounts in cents, and how an invoice's totals come about.

use std::fmt;

/// An amount in cents; prints as `12.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Cents(pub(crate) i64);

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", size / 100, size % 100)
    }
}

/// How a discount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discount {
    None,
    /// Per cent, taken off before tax: the taxes get smaller too.
    BeforeTax(i64),
    /// Per cent of the sum with tax.
    AfterTax(i64),
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) description: String,
    /// The number of the product it is of.
    pub(crate) product: Option<u32>,
    /// In quarters of a unit.
    pub(crate) quarters: i64,
    pub(crate) rate: Cents,
    /// Name and rate in hundredths of a per cent.
    pub(crate) taxes: Vec<(&'static str, i64)>,
}

impl Line {
    /// Quantity times rate; exact, as rates fit their quantities.
    pub(crate) fn amount(&self) -> Cents {
        Cents(self.quarters * self.rate.0 / 4)
    }

    /// The quantity as the database keeps it.
    pub(crate) fn quantity(&self) -> Cents {
        Cents(self.quarters * 25)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) subtotal: Cents,
    pub(crate) discount: Cents,
    pub(crate) tax: Cents,
    pub(crate) total: Cents,
}

/// Tax is rounded to cents for each tax of each line, halves away from zero.
pub(crate) fn totals(lines: &[Line], discount: Discount, adjustment: Cents) -> Totals {
    let before = match discount {
        Discount::BeforeTax(percent) => percent,
        Discount::None | Discount::AfterTax(_) => 0,
    };
    let subtotal: i64 = lines.iter().map(|line| line.amount().0).sum();
    let tax: i64 = lines
        .iter()
        .flat_map(|line| {
            let base = line.amount().0 * (100 - before);
            line.taxes
                .iter()
                .map(move |(_, rate)| rounded(base * rate, 1_000_000))
        })
        .sum();
    let off = match discount {
        Discount::None => 0,
        Discount::BeforeTax(percent) => rounded(subtotal * percent, 100),
        Discount::AfterTax(percent) => rounded((subtotal + tax) * percent, 100),
    };
    Totals {
        subtotal: Cents(subtotal),
        discount: Cents(off),
        tax: Cents(tax),
        total: Cents(subtotal - off + tax + adjustment.0),
    }
}

/// A non-negative quotient, halves up.
fn rounded(numerator: i64, denominator: i64) -> i64 {
    (numerator + denominator / 2) / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_print_as_decimals() {
        assert_eq!(Cents(1250).to_string(), "12.50");
        assert_eq!(Cents(-5).to_string(), "-0.05");
    }

    #[test]
    fn totals_follow_the_kind_of_discount() {
        let lines = [Line {
            description: "x".into(),
            product: None,
            quarters: 6,
            rate: Cents(10_000),
            taxes: vec![("VAT", 2000)],
        }];
        let of = |discount| totals(&lines, discount, Cents(0));
        assert_eq!(of(Discount::None).total, Cents(18_000));
        assert_eq!(of(Discount::BeforeTax(10)).tax, Cents(2_700));
        assert_eq!(of(Discount::BeforeTax(10)).total, Cents(16_200));
        assert_eq!(of(Discount::AfterTax(10)).discount, Cents(1_800));
        assert_eq!(of(Discount::AfterTax(10)).total, Cents(16_200));
    }
}
