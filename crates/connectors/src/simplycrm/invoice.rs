//! Writing the lines, taxes and totals of invoices.

use std::collections::{BTreeMap, BTreeSet};

use api_core::Error;
use rust_decimal::{Decimal, RoundingStrategy};
use simplycrm_ws::{
    Discount, InventoryModule, InventoryRecord, NewLine, RecordId as WireId, TaxMode as Mode,
};
use sync_core::fields::{FieldType as _, Line};
use sync_core::{FieldName, Fields, Value};

use super::SimplyCrm;
use super::builder::TaxMode;
use super::decode::decimal;
use super::encode::rejected;
use super::model::Model;

impl SimplyCrm {
    /// An invoice with its lines, checked: what the server would take without a word is refused
    /// here, and so is one whose total the server would make another.
    pub(super) fn invoice(
        &self,
        model: &Model,
        fields: &Fields,
        header: &BTreeMap<String, String>,
        changed: Option<&[FieldName]>,
    ) -> Result<InventoryRecord, Error> {
        let given = match fields.get("lines") {
            Value::List(items) => items.as_slice(),
            _ => &[],
        };
        if given.is_empty() {
            return Err(rejected(
                "lines",
                "is empty, and Simply CRM keeps no invoice without lines",
            ));
        }
        let mut lines = Vec::with_capacity(given.len());
        for (at, item) in given.iter().enumerate() {
            let line = Line::from_value(item).ok_or_else(|| {
                let problem = format!("holds in place {} something that is no line", at + 1);
                rejected("lines", &problem)
            })?;
            lines.push(self.line(model, at + 1, line)?);
        }
        let first = lines
            .first()
            .map(|line| line.taxes.clone())
            .unwrap_or_default();
        let same = lines.iter().all(|line| line.taxes == first);
        let mode = match self.inner.tax_mode {
            TaxMode::Individual => Mode::Individual,
            TaxMode::Group if !same => {
                return Err(rejected(
                    "lines",
                    "has lines with different taxes, and the settings keep taxes on the whole \
                     document",
                ));
            }
            // Nobody tells which taxes a product has; without them the total would lack them.
            TaxMode::Auto if !same => {
                return Err(rejected(
                    "lines",
                    "has lines with different taxes, of which Simply CRM counts only those that \
                     each line's product has",
                )
                .help(
                    "Give the products these taxes in Simply CRM, then set `tax_mode` to \
                     \"individual\".",
                ));
            }
            _ => Mode::Group,
        };
        let (currency, rate) = currency(model, fields)?;
        let mut record = InventoryRecord::new(InventoryModule::Invoice, currency)
            .conversion_rate(rate)
            .tax_mode(mode);
        for (name, text) in header {
            if !["currency_id", "conversion_rate", DISCOUNT, ADJUSTMENT].contains(&name.as_str()) {
                record = record.set(name.as_str(), text.as_str());
            }
        }
        for line in lines {
            let mut sent = NewLine::new(line.product, line.quantity, line.price);
            if !line.comment.is_empty() {
                sent = sent.comment(line.comment);
            }
            if mode == Mode::Individual {
                for (name, rate) in line.taxes {
                    sent = sent.tax(name, rate);
                }
            }
            record = record.line(sent);
        }
        if mode == Mode::Group {
            for (name, rate) in first {
                record = record.tax(name, rate);
            }
        }
        let amount = |name: &str| number_of(fields.get(name)).filter(|amount| !amount.is_zero());
        let (discount, adjustment) = (amount("discount"), amount("adjustment"));
        let mut whole = record.clone();
        if let Some(amount) = discount {
            whole = whole.discount(Discount::Amount(amount));
        }
        if let Some(amount) = adjustment {
            whole = whole.adjustment(amount);
        }
        check_total(&whole, fields)?;
        let Some(changed) = changed else {
            return Ok(whole);
        };
        // What a change takes away has to be said; what it does not touch may be a person's.
        let touches = |name: &str| changed.iter().any(|known| known.as_str() == name);
        if touches("discount") {
            record = record.discount(Discount::Amount(discount.unwrap_or_default()));
        }
        if touches("adjustment") {
            record = record.adjustment(adjustment.unwrap_or_default());
        }
        Ok(record)
    }

    fn line(&self, model: &Model, at: usize, line: Line) -> Result<SentLine, Error> {
        let product = match &line.product {
            Some(product) => product.id.as_str().parse().map_err(|_| {
                rejected(
                    "lines",
                    &format!(
                        "names in line {at} the product `{}`, which is no id",
                        product.id
                    ),
                )
            })?,
            None => self.inner.default_product.ok_or_else(|| {
                rejected(
                    "lines",
                    &format!("has no product in line {at}, and every line of Simply CRM has one"),
                )
                .help("Set `default_product` to a product or service that stands for any.")
            })?,
        };
        let mut taxes = BTreeMap::new();
        for tax in line.taxes.iter().flatten() {
            let rate = tax.rate.unwrap_or_default();
            let name = tax.name.as_deref().unwrap_or_default();
            if rate.is_zero() {
                continue;
            }
            let field = self.tax_field(model, name).ok_or_else(|| {
                let known: BTreeSet<&str> = model.taxes.iter().map(|t| t.label.as_str()).collect();
                let known: Vec<&str> = known.into_iter().collect();
                rejected(
                    "lines",
                    &format!(
                        "has in line {at} the tax `{name}`, which Simply CRM does not have (it has \
                         {})",
                        known.join(", ")
                    ),
                )
                .help("Say in the connection's `taxes` which of its taxes it is.")
            })?;
            let sum: &mut Decimal = taxes.entry(field.to_owned()).or_default();
            *sum += rate;
        }
        let mut comment = line.description.unwrap_or_default();
        if let Some(more) = line.long_description.filter(|text| !text.is_empty()) {
            comment.push('\n');
            comment.push_str(&more);
        }
        let (mut quantity, mut price) = (
            line.quantity.unwrap_or(Decimal::ONE),
            line.unit_price.unwrap_or_default(),
        );
        if price.is_sign_negative() {
            // A price is never negative there; a negative quantity takes back the same.
            (quantity, price) = (-quantity, -price);
        }
        Ok(SentLine {
            product,
            quantity,
            price,
            comment,
            taxes,
        })
    }

    /// The tax of the installation that a name of ours means.
    fn tax_field<'a>(&'a self, model: &'a Model, name: &str) -> Option<&'a str> {
        if let Some(field) = self.inner.taxes.get(name) {
            return Some(field);
        }
        let mut same = model
            .taxes
            .iter()
            .filter(|tax| tax.label.trim().eq_ignore_ascii_case(name.trim()));
        match (same.next(), same.next()) {
            (Some(tax), None) => Some(&tax.field),
            _ => None,
        }
    }
}

/// The overall discount as an amount.
const DISCOUNT: &str = "hdnDiscountAmount";
/// What is added to the total.
const ADJUSTMENT: &str = "txtAdjustment";

/// A line as it is sent.
struct SentLine {
    product: WireId,
    quantity: Decimal,
    price: Decimal,
    comment: String,
    /// `tax1` → rate in percent.
    taxes: BTreeMap<String, Decimal>,
}

/// The currency of an invoice; the base currency where it names none.
fn currency(model: &Model, fields: &Fields) -> Result<(WireId, Decimal), Error> {
    let code = fields.text("currency").or(model.currencies.base());
    let code = code.ok_or_else(|| {
        rejected(
            "currency",
            "is empty, and the server does not say what its base currency is",
        )
    })?;
    let (id, rate) = model
        .currencies
        .find(code)
        .map_err(|problem| rejected("currency", &problem))?;
    Ok((id, decimal(rate).unwrap_or(Decimal::ONE)))
}

fn number_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Decimal(number) => Some(*number),
        Value::Int(number) => Some(Decimal::from(*number)),
        _ => None,
    }
}

/// Refuses an invoice whose total the server would make another one.
fn check_total(record: &InventoryRecord, fields: &Fields) -> Result<(), Error> {
    let made = record.totals()?;
    let Some(total) = number_of(fields.get("total")) else {
        return Ok(());
    };
    if same_money(made.grand_total, total) {
        return Ok(());
    }
    Err(rejected(
        "total",
        &format!(
            "is {}, but the lines, taxes, discount and adjustment make {}",
            total.normalize(),
            made.grand_total.normalize()
        ),
    )
    .help("Simply CRM computes totals itself: correct the invoice where it comes from."))
}

/// Whether an amount that may have fractions of a cent is the same money as a rounded one.
pub(super) fn same_money(exact: Decimal, rounded: Decimal) -> bool {
    let digits = rounded.normalize().scale().max(2);
    let half_up = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    half_up == rounded || exact.round_dp(digits) == rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_total_that_the_lines_do_not_make_is_refused_with_both_numbers() {
        let line = NewLine::new(WireId::new(14, 1), d("1"), d("12.99"));
        let record = InventoryRecord::new(InventoryModule::Invoice, WireId::new(21, 1))
            .line(line)
            .tax("tax1", d("19"));
        let invoice = |total: &str| Fields::new().with("total", d(total));
        // 15.4581 is 15.46 in money.
        check_total(&record, &invoice("15.46")).unwrap();
        check_total(&record, &Fields::new()).unwrap();
        let error = check_total(&record, &invoice("15.45")).unwrap_err();
        assert!(error.message().contains("15.45,"), "{error}");
        assert!(error.message().contains("15.4581"), "{error}");
    }

    #[test]
    fn fractions_of_a_cent_are_the_same_money_and_cents_are_not() {
        assert!(same_money(d("0.005"), d("0.01")));
        assert!(same_money(d("0.005"), d("0")), "rounded to even");
        assert!(same_money(d("12.3456"), d("12.3456")));
        assert!(!same_money(d("12.34"), d("12.35")));
    }
}
