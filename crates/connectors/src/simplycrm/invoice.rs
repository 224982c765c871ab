//! Lines, taxes and totals of invoices.

use std::collections::{BTreeMap, BTreeSet};

use api_core::{Error, Json};
use rust_decimal::{Decimal, RoundingStrategy};
use simplycrm_ws::{
    Discount, InventoryModule, InventoryRecord, NewLine, Record as Wire, RecordId as WireId,
    TaxMode as Mode,
};
use sync_core::fields::{FieldType as _, Line, LineTax};
use sync_core::{EntityKind, Fields, Ref, Value};

use super::builder::TaxMode;
use super::decode::{decimal, flaw, text};
use super::encode::rejected;
use super::model::{Model, Tax};
use super::{Inner, SimplyCrm};

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

impl SimplyCrm {
    /// An invoice with its lines, checked: what the server would take without a word is refused
    /// here, and so is one whose total the server would make another.
    pub(super) fn invoice(
        &self,
        model: &Model,
        fields: &Fields,
        header: &BTreeMap<String, String>,
        creates: bool,
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
            TaxMode::Auto if !same => Mode::Individual,
            TaxMode::Group if !same => {
                return Err(rejected(
                    "lines",
                    "has lines with different taxes, and the settings keep taxes on the whole \
                     document",
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
        // What a change takes away has to be said.
        match amount("discount") {
            None if creates => {}
            amount => record = record.discount(Discount::Amount(amount.unwrap_or_default())),
        }
        match amount("adjustment") {
            None if creates => {}
            amount => record = record.adjustment(amount.unwrap_or_default()),
        }
        check_total(&record, fields)?;
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
    fn a_line_discount_is_taken_off_its_price() {
        assert_eq!(reduced(d("100"), d("2"), d("10"), d("0")), d("90"));
        assert_eq!(reduced(d("100"), d("2"), d("0"), d("30")), d("85"));
        assert_eq!(reduced(d("10"), d("3"), d("0"), d("1")), d("9.66666667"));
        assert_eq!(reduced(d("10"), d("0"), d("0"), d("1")), d("10"));
    }

    #[test]
    fn fractions_of_a_cent_are_the_same_money_and_cents_are_not() {
        assert!(same_money(d("0.005"), d("0.01")));
        assert!(same_money(d("0.005"), d("0")), "rounded to even");
        assert!(same_money(d("12.3456"), d("12.3456")));
        assert!(!same_money(d("12.34"), d("12.35")));
    }
}
