//! Records with lines, to be written.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json, SendOutcome};
use rust_decimal::Decimal;

use super::line::{check_discount, check_places, check_tax};
use super::totals::Parts;
use super::{Discount, InventoryModule, NewLine, TaxMode, Totals};
use crate::id::RecordId;
use crate::record::FieldValue;
use crate::write::{Values, refuse};

/// An invoice, a quote or an order to be written.
///
/// Always sends what servers need: the header's `productid` (that of the
/// first line; without it the record is refused), `LineItems`, `hdnTaxType`
/// (without it the server dies), `currency_id` and `conversion_rate` (without
/// them the record has no currency) - all recorded from a vtiger 7.1.0
/// server. A 5.4.0 server keeps the header alone and drops the lines in
/// silence (recorded).
///
/// Prices are in the record's own currency; no server converts them.
///
/// ```
/// use simplycrm_ws::{Discount, InventoryModule, InventoryRecord, NewLine, RecordId};
///
/// let invoice = InventoryRecord::new(InventoryModule::Invoice, RecordId::new(21, 1))
///     .set("subject", "March")
///     .set("account_id", RecordId::new(11, 2))
///     .set("invoicestatus", "Created")
///     .set("bill_street", "Main Street 1")
///     .set("ship_street", "Main Street 1")
///     .set("assigned_user_id", RecordId::new(19, 1))
///     .line(NewLine::new(RecordId::new(14, 542), "2".parse()?, "100".parse()?))
///     .tax("tax1", "25".parse()?)
///     .discount(Discount::Percent("10".parse()?));
/// assert_eq!(invoice.totals()?.grand_total, "225".parse()?);
/// assert!(invoice.values()?.contains("productid"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct InventoryRecord {
    module: InventoryModule,
    currency: RecordId,
    rate: Decimal,
    fields: Values,
    lines: Vec<NewLine>,
    mode: TaxMode,
    taxes: BTreeMap<String, Decimal>,
    discount: Option<Discount>,
    adjustment: Option<Decimal>,
    shipping: Option<Decimal>,
    shipping_taxes: BTreeMap<String, Decimal>,
    products: Vec<u32>,
}

/// Fields that follow from the rest of the record.
const COMPUTED: &[&str] = &[
    "LineItems",
    "LineItems_FinalDetails",
    "conversion_rate",
    "currency_id",
    "hdnDiscountAmount",
    "hdnDiscountPercent",
    "hdnGrandTotal",
    "hdnS_H_Amount",
    "hdnSubTotal",
    "hdnTaxType",
    "pre_tax_total",
    "productid",
    "txtAdjustment",
];

impl InventoryRecord {
    /// Starts with the module and the record's currency (`21x1` in a fresh
    /// installation).
    #[must_use]
    pub fn new(module: InventoryModule, currency: RecordId) -> Self {
        Self {
            module,
            currency,
            rate: Decimal::ONE,
            fields: Values::new(),
            lines: Vec::new(),
            mode: TaxMode::Group,
            taxes: BTreeMap::new(),
            discount: None,
            adjustment: None,
            shipping: None,
            shipping_taxes: BTreeMap::new(),
            products: Vec::new(),
        }
    }

    /// Returns the module.
    #[must_use]
    pub fn module(&self) -> InventoryModule {
        self.module
    }

    /// Returns how taxes work.
    #[must_use]
    pub fn mode(&self) -> TaxMode {
        self.mode
    }

    /// Returns the lines.
    #[must_use]
    pub fn lines(&self) -> &[NewLine] {
        &self.lines
    }

    /// Sets a field of the header.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Into<FieldValue>) -> Self {
        self.fields.put(field, value);
        self
    }

    /// Sets fields of the header.
    #[must_use]
    pub fn fields(mut self, values: &Values) -> Self {
        for (field, value) in values.iter() {
            self.fields.put(field, value.clone());
        }
        self
    }

    /// Adds a line.
    #[must_use]
    pub fn line(mut self, line: NewLine) -> Self {
        self.lines.push(line);
        self
    }

    /// Sets how taxes work; as a group unless set.
    #[must_use]
    pub fn tax_mode(mut self, mode: TaxMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the percentage of a tax (`tax1`, `tax2`, …) on the whole record,
    /// taxed as a group; it is sent with every line.
    #[must_use]
    pub fn tax(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        self.taxes.insert(name.into(), percent);
        self
    }

    /// Sets the rate of the record's currency; 1 unless set.
    #[must_use]
    pub fn conversion_rate(mut self, rate: Decimal) -> Self {
        self.rate = rate;
        self
    }

    /// Takes a discount from the sub-total.
    #[must_use]
    pub fn discount(mut self, discount: Discount) -> Self {
        self.discount = Some(discount);
        self
    }

    /// Adds an amount to the grand total, or takes one off when negative.
    #[must_use]
    pub fn adjustment(mut self, amount: Decimal) -> Self {
        self.adjustment = Some(amount);
        self
    }

    /// Adds a charge for shipping and handling.
    #[must_use]
    pub fn shipping(mut self, amount: Decimal) -> Self {
        self.shipping = Some(amount);
        self
    }

    /// Sets the percentage of a tax on shipping (`shtax1`, `shtax2`, …).
    #[must_use]
    pub fn shipping_tax(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        self.shipping_taxes.insert(name.into(), percent);
        self
    }

    /// Allows only products whose ids have one of these prefixes.
    ///
    /// [`Client::create_inventory`](crate::Client::create_inventory) asks the
    /// server for them unless they are set.
    #[must_use]
    pub fn product_prefixes(mut self, prefixes: impl IntoIterator<Item = u32>) -> Self {
        self.products = prefixes.into_iter().collect();
        self
    }

    pub(super) fn has_product_prefixes(&self) -> bool {
        !self.products.is_empty()
    }

    /// Returns what the record comes to, exactly.
    ///
    /// # Errors
    /// `Validation`, nothing sent, when a number is too large to compute.
    pub fn totals(&self) -> Result<Totals, Error> {
        Totals::of(&Parts {
            lines: &self.lines,
            mode: self.mode,
            taxes: &self.taxes,
            discount: self.discount,
            shipping: self.shipping.unwrap_or_default(),
            shipping_taxes: &self.shipping_taxes,
            adjustment: self.adjustment.unwrap_or_default(),
        })
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Validation,
                "The amounts of the lines are too large to compute exactly.",
            )
            .outcome(SendOutcome::NotSent)
        })
    }

    /// Returns the totals as they are when no individual tax counts, because
    /// the products do not have them.
    pub(super) fn totals_without_line_taxes(&self) -> Result<Totals, Error> {
        let mut bare = self.clone();
        for line in &mut bare.lines {
            line.taxes.clear();
        }
        bare.totals()
    }

    /// Checks the record and returns what is sent.
    ///
    /// # Errors
    /// `Validation`, nothing sent, with a message per field: no lines, a line
    /// without quantity, a negative price, a product that is none, more
    /// decimals than the column keeps, a percentage out of range, a tax on a
    /// line of a record taxed as a group or the other way around, a field set
    /// by hand that follows from the rest.
    pub fn values(&self) -> Result<Values, Error> {
        let mut problems = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            line.check(at, &self.products, &mut problems);
            if self.mode == TaxMode::Group && !line.taxes.is_empty() {
                problems.insert(
                    format!("LineItems[{at}].tax"),
                    "has taxes of its own although the record is taxed as a group".to_owned(),
                );
            }
        }
        let mut problem = |field: &str, text: String| {
            problems.insert(field.to_owned(), text);
        };
        if self.lines.is_empty() {
            problem("LineItems", "must have at least one line".to_owned());
        }
        if self.mode == TaxMode::Individual && !self.taxes.is_empty() {
            problem(
                "hdnTaxType",
                "is individual: taxes belong to the lines".to_owned(),
            );
        }
        for (name, percent) in &self.taxes {
            check_tax(name, *percent, "tax", &mut problem);
        }
        for (name, percent) in &self.shipping_taxes {
            check_tax(name, *percent, "shtax", &mut problem);
        }
        if self.rate.is_sign_negative() || self.rate.is_zero() {
            problem("conversion_rate", "must be more than 0".to_owned());
        }
        check_discount(self.discount, "discount", &mut problem);
        check_places(
            self.adjustment.unwrap_or_default(),
            8,
            "txtAdjustment",
            &mut problem,
        );
        let shipping = self.shipping.unwrap_or_default();
        check_places(shipping, 8, SHIPPING, &mut problem);
        if shipping.is_sign_negative() && !shipping.is_zero() {
            problem(SHIPPING, "must not be negative".to_owned());
        }
        for (field, _) in self.fields.iter() {
            if COMPUTED.contains(&field) || field.starts_with(SHIPPING) {
                problem(field, "follows from the rest of the record".to_owned());
            }
        }
        refuse("The record cannot be sent.", problems)?;
        self.totals()?;
        Ok(self.assemble())
    }

    fn assemble(&self) -> Values {
        let mut values = self.fields.clone();
        if let Some(first) = self.lines.first() {
            values.put("productid", first.product);
        }
        let lines = self.lines.iter().map(|line| line.to_json(&self.taxes));
        values.put("LineItems", Json::List(lines.collect()));
        values.put("hdnTaxType", self.mode.as_str());
        values.put("currency_id", self.currency);
        values.put("conversion_rate", self.rate);
        // A record has one discount: what was given in the other way goes.
        match self.discount {
            Some(Discount::Percent(percent)) => {
                values.put("hdnDiscountPercent", percent);
                values.put("hdnDiscountAmount", FieldValue::Empty);
            }
            Some(Discount::Amount(amount)) => {
                values.put("hdnDiscountAmount", amount);
                values.put("hdnDiscountPercent", FieldValue::Empty);
            }
            None => {}
        }
        if let Some(adjustment) = self.adjustment {
            values.put("txtAdjustment", adjustment);
        }
        if let Some(shipping) = self.shipping {
            values.put(SHIPPING, shipping);
        }
        for (name, percent) in &self.shipping_taxes {
            values.put(format!("{SHIPPING}_{name}"), *percent);
        }
        values
    }
}

/// The charge for shipping; the name on the wire has an ampersand.
const SHIPPING: &str = "shipping_&_handling";
