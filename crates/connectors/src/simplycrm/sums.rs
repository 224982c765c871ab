//! Reading the lines and sums of invoices.

use std::collections::BTreeMap;

use api_core::{Error, Json};
use rust_decimal::{Decimal, RoundingStrategy};
use simplycrm_ws::{Record as Wire, RecordId as WireId};
use sync_core::fields::{FieldType as _, Line, LineTax};
use sync_core::{EntityKind, Ref, Value};

use super::Inner;
use super::decode::{decimal, flaw, text};
use super::model::{Model, Tax};

/// How many digits behind the point a price that a discount was taken off keeps; the server keeps
/// eight (recorded vtiger 7.1.0 server).
const PRICE_DIGITS: u32 = 8;

/// Reads the lines of a retrieved invoice; `None` where the record carries none.
pub(super) fn read_lines(
    inner: &Inner,
    model: &Model,
    wire: &Wire,
) -> Result<Option<Value>, Error> {
    if !model.lines {
        return Ok(None);
    }
    let Some(json) = wire.get("LineItems") else {
        return Ok(None);
    };
    let items = match json {
        Json::List(items) => items.as_slice(),
        Json::Null => &[],
        Json::Text(text) if text.is_empty() => &[],
        _ => return Err(flaw("LineItems", "is not a list")),
    };
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        let Json::Map(item) = item else {
            return Err(flaw("LineItems", "holds something that is not an object"));
        };
        let place: i64 = scalar(item, "sequence_no")?
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(i64::MAX);
        lines.push((place, read_line(inner, model, item)?));
    }
    // Stable: lines without a place keep their order.
    lines.sort_by_key(|(place, _)| *place);
    let lines = lines.into_iter().map(|(_, line)| line.into_value());
    Ok(Some(Value::List(lines.collect())))
}

type Item = BTreeMap<String, Json>;

fn scalar(item: &Item, name: &str) -> Result<Option<String>, Error> {
    item.get(name).map_or(Ok(None), |json| text(name, json))
}

fn number(item: &Item, name: &str) -> Result<Option<Decimal>, Error> {
    match scalar(item, name)? {
        Some(text) if !text.trim().is_empty() => decimal(&text)
            .map(Some)
            .ok_or_else(|| flaw(name, &format!("holds `{text}`, which is not a number"))),
        _ => Ok(None),
    }
}

fn read_line(inner: &Inner, model: &Model, item: &Item) -> Result<Line, Error> {
    let product: Option<WireId> = scalar(item, "productid")?.and_then(|id| id.parse().ok());
    let named = product.filter(|id| inner.default_product != Some(*id));
    let comment = scalar(item, "comment")?.unwrap_or_default();
    let (first, rest) = match comment.split_once('\n') {
        Some((first, rest)) => (
            first.trim_end_matches('\r').to_owned(),
            Some(rest.to_owned()),
        ),
        None => (comment, None),
    };
    let description = if first.is_empty() && named.is_some() {
        scalar(item, "product_name")?
    } else {
        Some(first).filter(|text| !text.is_empty())
    };
    let quantity = number(item, "quantity")?.unwrap_or_default();
    let price = number(item, "listprice")?.unwrap_or_default();
    let percent = number(item, "discount_percent")?.unwrap_or_default();
    let amount = number(item, "discount_amount")?.unwrap_or_default();
    let mut taxes = Vec::new();
    for tax in &model.taxes {
        if let Some(rate) = number(item, &tax.field)?.filter(|rate| !rate.is_zero()) {
            taxes.push(LineTax {
                name: Some(our_name(inner, tax)),
                rate: Some(rate),
            });
        }
    }
    Ok(Line {
        description,
        long_description: rest.filter(|text| !text.is_empty()),
        quantity: Some(quantity),
        unit_price: Some(reduced(price, quantity, percent, amount)),
        unit: None,
        product: named
            .filter(|id| model.prefixes.get(&EntityKind::Product) == Some(&id.prefix))
            .map(|id| Ref::new(EntityKind::Product, id.to_string())),
        taxes: (!taxes.is_empty()).then_some(taxes),
    })
}

/// What a tax of the installation is called by us.
fn our_name(inner: &Inner, tax: &Tax) -> String {
    inner
        .taxes
        .iter()
        .find(|(_, field)| **field == tax.field)
        .map_or_else(|| tax.label.clone(), |(name, _)| name.clone())
}

/// The price of one after what is taken off its line; a line of ours has no discount.
fn reduced(price: Decimal, quantity: Decimal, percent: Decimal, amount: Decimal) -> Decimal {
    let off = if !amount.is_zero() && !quantity.is_zero() {
        amount.checked_div(quantity)
    } else {
        price
            .checked_mul(percent)
            .map(|off| off / Decimal::ONE_HUNDRED)
    };
    off.and_then(|off| price.checked_sub(off))
        .unwrap_or(price)
        .round_dp(PRICE_DIGITS)
        .normalize()
}

fn header(wire: &Wire, name: &str) -> Result<Option<Decimal>, Error> {
    let Some(json) = wire.get(name) else {
        return Ok(None);
    };
    match text(name, json)? {
        Some(text) if !text.trim().is_empty() => decimal(&text)
            .map(Some)
            .ok_or_else(|| flaw(name, &format!("holds `{text}`, which is not a number"))),
        _ => Ok(None),
    }
}

/// The sums of an invoice, in money: the server keeps fractions of a cent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// What is to be paid.
    pub(super) total: Option<Decimal>,
    /// The lines without taxes.
    pub(super) subtotal: Option<Decimal>,
    /// The taxes: what the total is more than what is due before them.
    pub(super) taxes: Option<Decimal>,
}

impl Sums {
    pub(super) fn of(model: &Model, wire: &Wire) -> Result<Self, Error> {
        let digits = money_digits(model, wire)?;
        let money = |number: Decimal| {
            let rounded =
                number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
            rounded.normalize()
        };
        let total = header(wire, "hdnGrandTotal")?;
        let listed = header(wire, "hdnSubTotal")?;
        // Line by line, the server's sum of the lines has their taxes in it.
        let by_line = wire.text("hdnTaxType") == "individual";
        let bare = if by_line { line_sum(wire)? } else { None };
        let in_lines = match (listed, bare) {
            (Some(listed), Some(bare)) => listed.checked_sub(bare).unwrap_or_default(),
            _ => Decimal::ZERO,
        };
        let adjustment = header(wire, "txtAdjustment")?.unwrap_or_default();
        let taxes = match (total, header(wire, "pre_tax_total")?) {
            (Some(total), Some(before)) => money(total)
                .checked_sub(money(before))
                .and_then(|taxes| taxes.checked_sub(adjustment))
                .and_then(|taxes| taxes.checked_add(money(in_lines))),
            _ => None,
        };
        Ok(Self {
            total: total.map(money),
            subtotal: bare.or(listed).map(money),
            taxes: taxes.map(|taxes| taxes.normalize()),
        })
    }
}

/// How many digits behind the point money has in the currency of an invoice (ISO 4217).
fn money_digits(model: &Model, wire: &Wire) -> Result<u32, Error> {
    let id: Option<WireId> = match wire.get("currency_id") {
        Some(json) => text("currency_id", json)?.and_then(|id| id.parse().ok()),
        None => None,
    };
    let code = id.and_then(|id| model.currencies.code(id));
    Ok(match code {
        Some("BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND") => 3,
        _ => 2,
    })
}

/// The sum of the lines, without taxes; `None` where the record carries none.
fn line_sum(wire: &Wire) -> Result<Option<Decimal>, Error> {
    let Some(Json::List(items)) = wire.get("LineItems") else {
        return Ok(None);
    };
    let mut sum = Decimal::ZERO;
    for item in items {
        let Json::Map(item) = item else { continue };
        let quantity = number(item, "quantity")?.unwrap_or_default();
        let price = number(item, "listprice")?.unwrap_or_default();
        let percent = number(item, "discount_percent")?.unwrap_or_default();
        let amount = number(item, "discount_amount")?.unwrap_or_default();
        let net = quantity.checked_mul(price).and_then(|gross| {
            let off = gross.checked_mul(percent)? / Decimal::ONE_HUNDRED;
            gross.checked_sub(off)?.checked_sub(amount)
        });
        sum = net.and_then(|net| sum.checked_add(net)).unwrap_or(sum);
    }
    Ok(Some(sum))
}

/// The discount on the whole document as an amount.
pub(super) fn discount(wire: &Wire) -> Result<Option<Value>, Error> {
    let amount = header(wire, "hdnDiscountAmount")?.filter(|amount| !amount.is_zero());
    let amount = match (amount, header(wire, "hdnDiscountPercent")?) {
        (Some(amount), _) => Some(amount),
        (None, Some(percent)) if !percent.is_zero() => header(wire, "hdnSubTotal")?
            .and_then(|subtotal| subtotal.checked_mul(percent))
            .map(|off| off / Decimal::ONE_HUNDRED),
        _ => None,
    };
    Ok(match amount {
        Some(amount) => Some(Value::Decimal(amount.normalize())),
        None if wire.get("hdnDiscountAmount").is_some() => Some(Value::Null),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_discount_is_taken_off_its_price() {
        assert_eq!(reduced(d("100"), d("2"), d("10"), d("0")), d("90"));
        assert_eq!(reduced(d("100"), d("2"), d("0"), d("30")), d("85"));
        assert_eq!(reduced(d("10"), d("3"), d("0"), d("1")), d("9.66666667"));
        assert_eq!(reduced(d("10"), d("0"), d("0"), d("1")), d("10"));
    }
}
