//! What an invoice is made of in Syncro: plain lines, of which each is taxed or not.
//!
//! Syncro counts subtotal, tax and total itself from the lines and the tax rate of the customer
//! (OpenAPI document; that the rate is the customer's is inferred). It is counted here first, so
//! that an invoice which would come to another total is refused before any of it is sent.

use api_core::Error;
use rust_decimal::Decimal;
use sync_core::fields::{FieldType as _, Invoice, Line, LineTax, View as _};
use sync_core::{Fields, Value};

use super::super::hold::tax_name;
use super::super::outcome::rejected;
use super::super::taxes::{NAMELESS as NAMELESS_TAX, TaxRate, cents};

/// More lines than any invoice has.
const MAX_LINES: usize = 1_000;
/// Numbers beyond these are no amounts; with them, no sum overflows.
const MAX_AMOUNT: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);
/// Totals that differ by no more are the same: which of the two rounds each line is unknown.
pub(in crate::syncro) const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// What a line without words of its own says; Syncro wants something there (assumed).
const NAMELESS: &str = "-";

/// A line as it is to stand in Syncro.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::syncro) struct Wanted {
    /// What is sold (`item`).
    pub(in crate::syncro) item: String,
    /// More about it (`name`); the same where there is no more.
    pub(in crate::syncro) name: String,
    pub(in crate::syncro) quantity: Decimal,
    pub(in crate::syncro) price: Decimal,
    pub(in crate::syncro) taxable: bool,
    /// The id of the product, as text.
    pub(in crate::syncro) product: Option<String>,
}

/// The lines of an invoice and the one rate that they are taxed at.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::syncro) struct Sheet {
    pub(in crate::syncro) lines: Vec<Wanted>,
    pub(in crate::syncro) rate: Option<Decimal>,
}

/// What lines come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syncro) struct Sums {
    pub(in crate::syncro) subtotal: Decimal,
    /// Tax counted on the whole.
    pub(in crate::syncro) tax: Decimal,
    /// Tax counted on each line: which of the two Syncro does is unknown.
    pub(in crate::syncro) tax_by_line: Decimal,
    pub(in crate::syncro) total: Decimal,
}

impl Sheet {
    /// The lines of this content, each as Syncro can keep it.
    pub(in crate::syncro) fn of(fields: &Fields) -> Result<Self, Error> {
        let invoice = Invoice::from_fields(fields)
            .map_err(|error| rejected(&error.field, &format!("should be {}", error.expected)))?;
        let lines = invoice.lines.unwrap_or_default();
        if lines.len() > MAX_LINES {
            let problem = format!(
                "has {} lines, and at most {MAX_LINES} are written",
                lines.len()
            );
            return Err(rejected("lines", &problem));
        }
        let mut rate: Option<Decimal> = None;
        let mut wanted = Vec::with_capacity(lines.len());
        for (at, line) in lines.iter().enumerate() {
            let at = at + 1;
            let tax = tax_of(line).map_err(|problem| {
                rejected("lines", &format!("has in line {at} {problem}"))
                    .help("Syncro counts one rate of tax for an invoice: split the invoice.")
            })?;
            if let Some(tax) = tax
                && *rate.get_or_insert(tax) != tax
            {
                let problem = format!(
                    "is taxed at {} % and, in line {at}, at {} %",
                    rate.unwrap_or_default().normalize(),
                    tax.normalize()
                );
                return Err(rejected("lines", &problem)
                    .help("Syncro counts one rate of tax for an invoice: split the invoice."));
            }
            wanted.push(line_of(line, at, tax.is_some())?);
        }
        Ok(Self {
            lines: wanted,
            rate,
        })
    }

    /// What the lines come to, rounded to cents.
    pub(in crate::syncro) fn sums(&self) -> Sums {
        let of = |taxed_only: bool| -> Decimal {
            self.lines
                .iter()
                .filter(|line| line.taxable || !taxed_only)
                .map(|line| cents(line.quantity * line.price))
                .sum()
        };
        let subtotal = of(false);
        let rate = self.rate.unwrap_or_default();
        let on = |amount: Decimal| cents(amount * rate / Decimal::ONE_HUNDRED);
        let tax = on(of(true));
        let taxed = self.lines.iter().filter(|line| line.taxable);
        Sums {
            subtotal,
            tax,
            tax_by_line: taxed
                .map(|line| on(cents(line.quantity * line.price)))
                .sum(),
            total: subtotal + tax,
        }
    }

    /// Refuses an invoice that Syncro would make another total of.
    pub(in crate::syncro) fn check(&self, fields: &Fields) -> Result<(), Error> {
        for name in ["discount", "adjustment"] {
            if let Some(amount) = amount(fields.get(name)).filter(|amount| !amount.is_zero()) {
                let problem = format!(
                    "is {}, and its lines leave no place for it",
                    amount.normalize()
                );
                return Err(rejected(name, &problem));
            }
        }
        let sums = self.sums();
        let by_line = sums.subtotal + sums.tax_by_line;
        for (name, made, or) in [
            ("subtotal", sums.subtotal, sums.subtotal),
            ("tax_total", sums.tax, sums.tax_by_line),
            ("total", sums.total, by_line),
        ] {
            let Some(told) = amount(fields.get(name)) else {
                continue;
            };
            let is = |made: Decimal| (told - made).abs() <= CENT;
            if told.abs() > MAX_AMOUNT || !(is(made) || is(or)) {
                let problem = format!(
                    "is {}, but the lines and their tax make {}",
                    told.normalize(),
                    made.normalize()
                );
                return Err(rejected(name, &problem).help(
                    "Syncro counts the sums itself: correct the invoice where it comes from.",
                ));
            }
        }
        Ok(())
    }
}

/// The one tax on a line; `Err` says what it has instead.
fn tax_of(line: &Line) -> Result<Option<Decimal>, String> {
    let mut rates = line
        .taxes
        .iter()
        .flatten()
        .map(|tax| tax.rate.unwrap_or_default())
        .filter(|rate| !rate.is_zero());
    match (rates.next(), rates.next()) {
        (None, _) => Ok(None),
        (Some(rate), None) if rate.is_sign_positive() && rate <= Decimal::ONE_HUNDRED => {
            Ok(Some(rate))
        }
        (Some(rate), None) => Err(format!("a tax of {} %", rate.normalize())),
        (Some(_), Some(_)) => Err("several taxes".to_owned()),
    }
}

fn line_of(line: &Line, at: usize, taxable: bool) -> Result<Wanted, Error> {
    let words = |text: &Option<String>| text.as_deref().map(tidy).filter(|text| !text.is_empty());
    let (short, long) = (words(&line.description), words(&line.long_description));
    let item = short
        .clone()
        .or_else(|| long.clone())
        .unwrap_or_else(|| NAMELESS.to_owned());
    let (quantity, price) = (
        line.quantity.unwrap_or(Decimal::ONE),
        line.unit_price.unwrap_or_default(),
    );
    if quantity.abs() > MAX_AMOUNT || price.abs() > MAX_AMOUNT {
        return Err(rejected(
            "lines",
            &format!("has in line {at} too large a number"),
        ));
    }
    Ok(Wanted {
        name: long.unwrap_or_else(|| item.clone()),
        item,
        quantity,
        price,
        taxable,
        product: line
            .product
            .as_ref()
            .map(|product| product.id.as_str().to_owned()),
    })
}

/// Brings the lines of a content to the form in which they read again, a discount or adjustment
/// of the whole among them; leaves what cannot be brought there as it is.
pub(in crate::syncro) fn hold(rates: &[TaxRate], fields: &mut Fields) {
    let Value::List(items) = fields.get("lines") else {
        return;
    };
    let mut lines = Vec::with_capacity(items.len() + 2);
    for item in items {
        let Some(line) = Line::from_value(item) else {
            return;
        };
        lines.push(held_line(rates, line));
    }
    fields.set("lines", list(&lines));
    fold(fields, lines);
    for name in ["subtotal", "tax_total", "total"] {
        if let Some(amount) = amount(fields.get(name)) {
            fields.set(sync_core::FieldName::known(name), amount.normalize());
        }
    }
}

fn held_line(rates: &[TaxRate], line: Line) -> Line {
    let words = |text: Option<String>| text.map(|text| tidy(&text)).filter(|t| !t.is_empty());
    let (short, long) = (words(line.description), words(line.long_description));
    let description = short
        .or_else(|| long.clone())
        .unwrap_or_else(|| NAMELESS.to_owned());
    let taxes: Vec<LineTax> = line
        .taxes
        .unwrap_or_default()
        .into_iter()
        .filter_map(|tax| {
            let rate = tax.rate.filter(|rate| !rate.is_zero())?;
            let name = match rates {
                [] => Some(NAMELESS_TAX.to_owned()),
                rates => tax_name(rates, rate).map(str::to_owned).or(tax.name),
            };
            Some(LineTax {
                name,
                rate: Some(rate.normalize()),
            })
        })
        .collect();
    Line {
        long_description: long.filter(|long| *long != description),
        description: Some(description),
        quantity: Some(line.quantity.unwrap_or(Decimal::ONE).normalize()),
        unit_price: Some(line.unit_price.unwrap_or_default().normalize()),
        unit: None,
        product: line.product,
        taxes: (!taxes.is_empty()).then_some(taxes),
    }
}

/// Makes lines of what is taken off or put on the whole: before tax or after it, whichever comes
/// to the total that was told.
fn fold(fields: &mut Fields, lines: Vec<Line>) {
    let told = |name| amount(fields.get(name)).filter(|amount| !amount.is_zero());
    let (discount, adjustment) = (told("discount"), told("adjustment"));
    let total = amount(fields.get("total")).filter(|total| total.abs() <= MAX_AMOUNT);
    if discount.is_none() && adjustment.is_none() {
        for name in ["discount", "adjustment"] {
            fields.remove(name);
        }
        return;
    }
    let taxes = lines.iter().find_map(|line| line.taxes.clone());
    let mut best: Option<(Decimal, Vec<Line>)> = None;
    for taxes in [taxes, None] {
        let mut lines = lines.clone();
        if let Some(discount) = discount {
            lines.push(extra("Discount", -discount, taxes));
        }
        if let Some(adjustment) = adjustment {
            lines.push(extra("Adjustment", adjustment, None));
        }
        let mut with = fields.clone();
        with.set("lines", list(&lines));
        let Ok(sheet) = Sheet::of(&with) else {
            return;
        };
        let off = total.map_or(Decimal::ZERO, |total| (total - sheet.sums().total).abs());
        if best.as_ref().is_none_or(|(least, _)| off < *least) {
            best = Some((off, lines));
        }
    }
    if let Some((_, lines)) = best {
        for name in ["discount", "adjustment"] {
            fields.remove(name);
        }
        let sum = lines.iter().map(net).sum::<Decimal>();
        fields.set("lines", list(&lines));
        if fields.contains("subtotal") {
            // Syncro's is the sum of all lines.
            fields.set("subtotal", sum.normalize());
        }
    }
}

fn net(line: &Line) -> Decimal {
    cents(line.quantity.unwrap_or(Decimal::ONE) * line.unit_price.unwrap_or_default())
}

fn extra(name: &str, price: Decimal, taxes: Option<Vec<LineTax>>) -> Line {
    Line {
        description: Some(name.to_owned()),
        quantity: Some(Decimal::ONE),
        unit_price: Some(price.normalize()),
        taxes,
        ..Line::default()
    }
}

fn list(lines: &[Line]) -> Value {
    Value::List(lines.iter().cloned().map(Line::into_value).collect())
}

/// A number of a field, whole or not.
pub(in crate::syncro) fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Decimal(number) => Some(*number),
        Value::Int(number) => Some(Decimal::from(*number)),
        _ => None,
    }
}

/// A text with one blank between its words and none around its lines.
pub(in crate::syncro) fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests;
