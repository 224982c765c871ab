//! Records with lines, as they are read.

use std::collections::BTreeMap;

use api_core::{Date, Json};
use rust_decimal::Decimal;

use super::{Discount, TaxMode};
use crate::id::RecordId;
use crate::record::{Record, ValueError, decimal, reference, text_of};

/// The header of an invoice, a quote or an order.
///
/// Reads a record from `retrieve`, `sync` or a query of header fields alike:
/// totals come as texts or as numbers. The answers to writes are stale -
/// final details all 0, the balance old (recorded vtiger 7.1.0 server) -, so
/// [`Client::create_inventory`](crate::Client::create_inventory) reads again.
///
/// Never query `*` of such a module: a 7.1.0 server answers one row per line,
/// the same id several times, and counts lines for the limit (recorded).
#[derive(Debug, Clone, Copy)]
pub struct InventoryHeader<'a>(&'a Record);

impl<'a> InventoryHeader<'a> {
    /// Sees a record as a header.
    #[must_use]
    pub fn new(record: &'a Record) -> Self {
        Self(record)
    }

    /// Returns the record.
    #[must_use]
    pub fn record(&self) -> &'a Record {
        self.0
    }

    /// Returns the subject.
    #[must_use]
    pub fn subject(&self) -> String {
        self.0.text("subject").into_owned()
    }

    /// Returns the number the server gave, such as `INV1`.
    #[must_use]
    pub fn number(&self) -> Option<String> {
        [
            "invoice_no",
            "quote_no",
            "salesorder_no",
            "purchaseorder_no",
        ]
        .into_iter()
        .map(|name| self.0.text(name))
        .find(|number| !number.is_empty())
        .map(std::borrow::Cow::into_owned)
    }

    /// Returns how taxes work; `None` where it is not said.
    #[must_use]
    pub fn tax_mode(&self) -> Option<TaxMode> {
        TaxMode::from_name(&self.0.text("hdnTaxType"))
    }

    /// Returns the currency.
    ///
    /// # Errors
    /// When the value is no id.
    pub fn currency(&self) -> Result<Option<RecordId>, ValueError> {
        self.0.reference("currency_id")
    }

    /// Returns `hdnSubTotal`.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn subtotal(&self) -> Result<Option<Decimal>, ValueError> {
        self.0.decimal("hdnSubTotal")
    }

    /// Returns `pre_tax_total`.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn pre_tax(&self) -> Result<Option<Decimal>, ValueError> {
        self.0.decimal("pre_tax_total")
    }

    /// Returns `hdnGrandTotal`.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn grand_total(&self) -> Result<Option<Decimal>, ValueError> {
        self.0.decimal("hdnGrandTotal")
    }

    /// Returns what is still to be paid; stale after lines were changed by
    /// `revise` (recorded vtiger 7.1.0 server).
    ///
    /// # Errors
    /// When the value is no number.
    pub fn balance(&self) -> Result<Option<Decimal>, ValueError> {
        self.0.decimal("balance")
    }

    /// Returns the overall discount.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn discount(&self) -> Result<Option<Discount>, ValueError> {
        discount(
            self.0.decimal("hdnDiscountPercent")?,
            self.0.decimal("hdnDiscountAmount")?,
        )
    }

    /// Returns `txtAdjustment`.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn adjustment(&self) -> Result<Option<Decimal>, ValueError> {
        self.0.decimal("txtAdjustment")
    }

    /// Returns the charge for shipping and handling: `hdnS_H_Amount`.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn shipping(&self) -> Result<Option<Decimal>, ValueError> {
        self.0.decimal("hdnS_H_Amount")
    }

    /// Returns the day of an invoice: `invoicedate`.
    ///
    /// # Errors
    /// When the value is no date.
    pub fn invoice_date(&self) -> Result<Option<Date>, ValueError> {
        self.0.date("invoicedate")
    }

    /// Returns the day it is due: `duedate`.
    ///
    /// # Errors
    /// When the value is no date.
    pub fn due_date(&self) -> Result<Option<Date>, ValueError> {
        self.0.date("duedate")
    }

    /// Returns the lines in order; empty where the record came without them,
    /// as from `sync`, a query or a 5.4.0 server.
    ///
    /// # Errors
    /// When a line's value is not what its type says.
    pub fn lines(&self) -> Result<Vec<InventoryLine>, ValueError> {
        let lines = match self.0.get("LineItems") {
            Some(Json::List(lines)) => lines.as_slice(),
            None | Some(Json::Null) => &[],
            Some(Json::Text(text)) if text.is_empty() => &[],
            Some(other) => {
                return Err(ValueError::new("LineItems", &other.to_string(), "a list"));
            }
        };
        let mut lines: Vec<InventoryLine> = lines
            .iter()
            .map(InventoryLine::from_json)
            .collect::<Result<_, _>>()?;
        lines.sort_by_key(|line| line.sequence);
        Ok(lines)
    }
}

/// A line of an invoice, a quote or an order.
///
/// A line has no id of its own to keep: the server's ids change with every
/// write of lines and are used again, and `parent_id` is nonsense in a
/// record's lines (`7xArray`, recorded vtiger 7.1.0 server). A line is known
/// by its record and its place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InventoryLine {
    /// The place in the record, from 1.
    pub sequence: Option<i64>,
    /// The product or service; `None` when it does not exist.
    pub product: Option<RecordId>,
    /// Its name; also that of a foreign record.
    pub product_name: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// The price of one, in the record's currency.
    pub list_price: Decimal,
    /// The line's discount.
    pub discount: Option<Discount>,
    /// Percentages by tax, such as `tax1`; those that are not 0.
    pub taxes: BTreeMap<String, Decimal>,
    /// The line's text.
    pub comment: String,
    /// Everything the server said about the line.
    pub raw: BTreeMap<String, Json>,
}

impl InventoryLine {
    /// Reads a line.
    ///
    /// # Errors
    /// When a value is not what its type says.
    pub fn from_json(json: &Json) -> Result<Self, ValueError> {
        let Some(map) = json.as_map() else {
            return Err(ValueError::new(
                "LineItems",
                &json.to_string(),
                "a list of objects",
            ));
        };
        let number = |name: &str| decimal(name, map.get(name));
        let mut taxes = BTreeMap::new();
        for (name, value) in map {
            let place = name.strip_prefix("tax").unwrap_or_default();
            if place.is_empty() || !place.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            if let Some(percent) = decimal(name, Some(value))?.filter(|percent| !percent.is_zero())
            {
                taxes.insert(name.clone(), percent);
            }
        }
        let sequence = number("sequence_no")?.and_then(|place| i64::try_from(place).ok());
        Ok(Self {
            sequence,
            product: reference("productid", map.get("productid"))?,
            product_name: Some(text_of(map.get("product_name")).into_owned())
                .filter(|name| !name.is_empty()),
            quantity: number("quantity")?.unwrap_or_default(),
            list_price: number("listprice")?.unwrap_or_default(),
            discount: discount(number("discount_percent")?, number("discount_amount")?)?,
            taxes,
            comment: text_of(map.get("comment")).into_owned(),
            raw: map.clone(),
        })
    }

    /// Returns quantity times price less the discount; `None` when it is too
    /// large to compute.
    #[must_use]
    pub fn net(&self) -> Option<Decimal> {
        let gross = self.quantity.checked_mul(self.list_price)?;
        match self.discount {
            Some(discount) => gross.checked_sub(discount.of(gross)?),
            None => Some(gross),
        }
    }
}

/// Columns hold 0 for the sort of discount that is not used.
fn discount(
    percent: Option<Decimal>,
    amount: Option<Decimal>,
) -> Result<Option<Discount>, ValueError> {
    let used = |number: Option<Decimal>| number.filter(|number| !number.is_zero());
    Ok(used(percent)
        .map(Discount::Percent)
        .or_else(|| used(amount).map(Discount::Amount)))
}
