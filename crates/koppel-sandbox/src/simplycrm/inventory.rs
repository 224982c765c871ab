//! Lines and totals of invoices, quotes and orders.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::fold::{at_scale, scalar};
use super::reply::{Failure, Outcome, denied, error};
use super::schema::Module;
use super::store::{Row, Store};
use super::vtql::number_prefix;

mod told;

pub(crate) use told::as_changed;
use told::{final_details, numbered_totals};

/// Decimals of amounts.
const SCALE: u32 = 8;
/// Most lines of one record.
const MAX_LINES: usize = 1_000;

/// A line of an invoice, a quote or an order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) number: u64,
    /// Such as `14x5`; empty for a product that is not there.
    product: String,
    name: Option<String>,
    entity: Option<&'static str>,
    quantity: Decimal,
    price: Decimal,
    discount_percent: Decimal,
    discount_amount: Decimal,
    comment: String,
    taxes: [Decimal; 3],
    /// Lines made by themselves have 0.
    pub(crate) sequence: usize,
}

/// What counts for a total besides the lines.
const HEADER: [&str; 9] = [
    "hdnTaxType",
    "hdnDiscountPercent",
    "hdnDiscountAmount",
    "txtAdjustment",
    "hdnS_H_Amount",
    "shipping_&_handling",
    "shipping_&_handling_shtax1",
    "shipping_&_handling_shtax2",
    "shipping_&_handling_shtax3",
];

/// Whether a described field of the module belongs to the lines, or is no column at all.
pub(crate) fn is_line_field(name: &str) -> bool {
    is_line_column(name) || name.starts_with("shipping_&_handling")
}

/// Whether `select *` takes the field from the lines.
pub(crate) fn is_line_column(name: &str) -> bool {
    LINE_COLUMNS.contains(&name)
}

/// The columns that `select *` takes from the lines.
pub(crate) const LINE_COLUMNS: [&str; 12] = [
    "productid",
    "quantity",
    "listprice",
    "comment",
    "discount_percent",
    "discount_amount",
    "tax1",
    "tax2",
    "tax3",
    "image",
    "purchase_cost",
    "margin",
];

fn rounded(number: Decimal) -> Decimal {
    number.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointAwayFromZero)
}

fn percent(of: Decimal, percent: Decimal) -> Decimal {
    of.checked_mul(percent).unwrap_or_default() / Decimal::ONE_HUNDRED
}

impl Line {
    /// Quantity times price without the line's discount.
    fn gross(&self) -> Decimal {
        self.quantity.checked_mul(self.price).unwrap_or_default()
    }

    fn discount(&self) -> Decimal {
        if self.discount_percent.is_zero() {
            self.discount_amount
        } else {
            percent(self.gross(), self.discount_percent)
        }
    }

    pub(crate) fn net(&self) -> Decimal {
        self.gross().saturating_sub(self.discount())
    }

    /// A column of the line, as queries show it.
    pub(crate) fn column(&self, name: &str) -> Value {
        match name {
            "productid" => self.product.as_str().into(),
            "quantity" => at_scale(self.quantity, 3).into(),
            "listprice" => at_scale(self.price, SCALE).into(),
            "comment" => self.comment.as_str().into(),
            "discount_percent" => at_scale(self.discount_percent, 3).into(),
            "discount_amount" => at_scale(self.discount_amount, SCALE).into(),
            "tax1" => at_scale(self.taxes[0], 3).into(),
            "tax2" => at_scale(self.taxes[1], 3).into(),
            "tax3" => at_scale(self.taxes[2], 3).into(),
            "purchase_cost" | "margin" => at_scale(Decimal::ZERO, SCALE).into(),
            _ => "".into(),
        }
    }

    /// The line as an entity of its own.
    pub(crate) fn alone(&self, parent: &str) -> Value {
        let mut shown = self.shown(parent);
        if let Some(map) = shown.as_object_mut() {
            for name in ["product_name", "entity_type", "deleted"] {
                map.remove(name);
            }
        }
        shown
    }

    fn shown(&self, parent: &str) -> Value {
        json!({
            "parent_id": parent,
            "productid": self.product,
            "sequence_no": self.sequence.to_string(),
            "quantity": self.column("quantity"),
            "listprice": self.column("listprice"),
            "discount_percent": self.column("discount_percent"),
            "discount_amount": self.column("discount_amount"),
            "comment": self.comment,
            "description": "",
            "incrementondel": "1",
            "tax1": self.column("tax1"),
            "tax2": self.column("tax2"),
            "tax3": self.column("tax3"),
            "image": "",
            "purchase_cost": "0.00000000",
            "margin": "0.00000000",
            "id": format!("33x{}", self.number),
            "product_name": self.name,
            "entity_type": self.entity,
            "deleted": "0",
        })
    }
}

/// What the lines come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) sub: Decimal,
    pub(crate) before_tax: Decimal,
    pub(crate) grand: Decimal,
}

impl Row {
    fn amount(&self, field: &str) -> Decimal {
        number_prefix(self.text(field))
    }

    pub(crate) fn totals(&self) -> Totals {
        let lines: Decimal = self
            .lines
            .iter()
            .filter(|line| line.sequence > 0)
            .map(Line::net)
            .fold(Decimal::ZERO, Decimal::saturating_add);
        let discount = match self.amount("hdnDiscountPercent") {
            none if none.is_zero() => self.amount("hdnDiscountAmount"),
            share => percent(lines, share),
        };
        let net = lines.saturating_sub(discount);
        let shipping = self.amount("hdnS_H_Amount");
        let mut taxes = Decimal::ZERO;
        if self.text("hdnTaxType") == "group"
            && let Some(first) = self.lines.first()
        {
            for tax in first.taxes {
                taxes = taxes.saturating_add(percent(net, tax));
            }
        }
        for number in 1..=3 {
            let share = self.amount(&format!("shipping_&_handling_shtax{number}"));
            taxes = taxes.saturating_add(percent(shipping, share));
        }
        let before_tax = net.saturating_add(shipping);
        Totals {
            sub: rounded(lines),
            before_tax: rounded(before_tax),
            grand: rounded(
                before_tax
                    .saturating_add(taxes)
                    .saturating_add(self.amount("txtAdjustment")),
            ),
        }
    }

    /// Writes the totals into the header.
    pub(crate) fn settle(&mut self, new: bool) {
        let totals = self.totals();
        self.set("hdnSubTotal", at_scale(totals.sub, SCALE));
        self.set("pre_tax_total", at_scale(totals.before_tax, SCALE));
        self.set("hdnGrandTotal", at_scale(totals.grand, SCALE));
        if new {
            let left = totals.grand.saturating_sub(self.amount("received"));
            self.set("balance", at_scale(left, SCALE));
        }
    }
}

/// Lets the header's numbers of an element into the row, shipping under its own name.
pub(crate) fn take_header(row: &mut Row, element: &Map<String, Value>) -> Result<(), Failure> {
    for name in HEADER {
        let Some(value) = element.get(name) else {
            continue;
        };
        let text = scalar(value, super::generation::Generation::V7_1)?;
        let target = if name == "shipping_&_handling" {
            "hdnS_H_Amount"
        } else {
            name
        };
        let text = match name {
            "hdnTaxType" => text,
            _ if text.is_empty() => text,
            "hdnDiscountPercent" => at_scale(number_prefix(&text), 3),
            _ => at_scale(rounded(number_prefix(&text)), SCALE),
        };
        row.set(target, text);
    }
    Ok(())
}

impl Store {
    /// The lines of an element. Nearly nothing is checked (recorded vtiger 7.1.0 server): a
    /// product that is not there, a missing quantity, text for a number all make a line.
    ///
    /// # Errors
    /// No lines, or an object where the list should be.
    pub(crate) fn read_lines(&mut self, value: Option<&Value>) -> Result<Vec<Line>, Failure> {
        let list = match value {
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(Value::Object(_)) => return Err(denied()),
            // A list in a string is not empty, and not read.
            Some(Value::String(text)) if !text.is_empty() => return Ok(Vec::new()),
            _ => {
                return Err(error(
                    "MANDATORY_FIELDS_MISSING",
                    "Mandatory Fields Missing..",
                ));
            }
        };
        let mut lines = Vec::new();
        for item in list.iter().take(MAX_LINES) {
            let text = |name: &str| {
                item.get(name)
                    .and_then(|value| scalar(value, self.generation).ok())
                    .unwrap_or_default()
            };
            let given = text("productid");
            let product = if given.contains('x') {
                self.target(&given)
            } else {
                given.parse().ok().and_then(|number| self.entity(number))
            };
            let is_product =
                product.is_some_and(|row| matches!(row.module, "Products" | "Services"));
            let price = match text("listprice") {
                none if none.is_empty() => product
                    .map(|row| number_prefix(row.text("unit_price")))
                    .unwrap_or_default(),
                price => number_prefix(&price),
            };
            let line = Line {
                number: 0,
                product: product
                    .filter(|_| is_product)
                    .map(|row| self.id_of(row))
                    .unwrap_or_default(),
                name: product.map(|row| self.label_of(row)),
                entity: product.map(|row| row.module),
                quantity: number_prefix(&text("quantity")).round_dp(3),
                price: rounded(price),
                discount_percent: number_prefix(&text("discount_percent")).round_dp(3),
                discount_amount: rounded(number_prefix(&text("discount_amount"))),
                comment: text("comment"),
                taxes: ["tax1", "tax2", "tax3"].map(|tax| number_prefix(&text(tax)).round_dp(3)),
                sequence: lines.len() + 1,
            };
            lines.push(line);
        }
        // The numbers of lines are given anew with every write.
        for line in &mut lines {
            line.number = self.next_line;
            self.next_line += 1;
        }
        Ok(lines)
    }

    /// What `retrieve` adds to the header.
    pub(crate) fn add_lines(&self, row: &Row, map: &mut Map<String, Value>) {
        // The parent's number is lost on the way (recorded vtiger 7.1.0 server).
        let prefix = self.schema.module(row.module).map_or(0, |m| m.prefix);
        let parent = format!("{prefix}xArray");
        let lines: Vec<Value> = row.lines.iter().map(|line| line.shown(&parent)).collect();
        map.insert("LineItems".into(), lines.into());
        let first = row.lines.first().map(|line| line.product.clone());
        map.insert("productid".into(), first.map_or(Value::Null, Value::from));
        map.insert("shipping_&_handling".into(), Value::Null);
        for number in 1..=3 {
            let name = format!("shipping_&_handling_shtax{number}");
            let share = number_prefix(row.text(&name));
            map.insert(name, super::reply::php_float(share));
        }
        map.insert("LineItems_FinalDetails".into(), final_details(row, true));
    }

    /// The answer of a create: totals are numbers, details are stale, the product is null.
    pub(crate) fn as_created(row: &Row, module: &Module, map: &mut Map<String, Value>) {
        numbered_totals(row, map);
        if module.field("balance").is_some() {
            map.insert("balance".into(), at_scale(Decimal::ZERO, SCALE).into());
        }
        map.insert("productid".into(), Value::Null);
        map.insert("LineItems_FinalDetails".into(), final_details(row, false));
        map.insert("new".into(), true.into());
    }

    /// `create` of the module LineItem: the line stands at the end without a number, and no
    /// total moves (recorded vtiger 7.1.0 server).
    pub(crate) fn append_line(&mut self, element: &Map<String, Value>) -> Outcome {
        let parent = element
            .get("parent_id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some((module, number)) = self.target(parent).map(|row| (row.module, row.number)) else {
            return Err(denied());
        };
        let mut lines = self.read_lines(Some(&json!([element])))?;
        let Some(row) = self.row_mut(module, number) else {
            return Err(denied());
        };
        let Some(mut line) = lines.pop() else {
            return Err(denied());
        };
        line.sequence = 0;
        let shown = line.alone(parent);
        row.lines.push(line);
        Ok(shown)
    }
}
