//! The lines of a record to be written.

use std::collections::BTreeMap;

use api_core::Json;
use rust_decimal::Decimal;

use crate::id::RecordId;

/// A discount: a part of a sum, or an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// Percent of the sum, 0 to 100; three decimals are kept.
    Percent(Decimal),
    /// An amount in the record's currency; eight decimals are kept.
    Amount(Decimal),
}

impl Discount {
    /// Returns the amount this takes from a sum.
    #[must_use]
    pub fn of(self, sum: Decimal) -> Option<Decimal> {
        match self {
            Self::Percent(percent) => percent_of(sum, percent),
            Self::Amount(amount) => Some(amount),
        }
    }
}

/// A percentage of a sum; `None` when it is too large to compute.
pub(super) fn percent_of(sum: Decimal, percent: Decimal) -> Option<Decimal> {
    sum.checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED)
}

/// A line of an invoice, a quote or an order to be written.
///
/// Servers hardly check lines: without a quantity it counts as 0, without a
/// price as the product's own, and an unknown product leaves a line without
/// one (recorded vtiger 7.1.0 server). So all three are asked for here, and
/// checked by [`InventoryRecord::values`](crate::InventoryRecord::values).
///
/// ```
/// use simplycrm_ws::{Discount, NewLine, RecordId};
///
/// let line = NewLine::new(RecordId::new(14, 542), "2".parse()?, "10.50".parse()?)
///     .discount(Discount::Percent("10".parse()?))
///     .comment("Delivered in March");
/// # let _: NewLine = line;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewLine {
    pub(super) product: RecordId,
    pub(super) quantity: Decimal,
    pub(super) list_price: Decimal,
    pub(super) discount: Option<Discount>,
    pub(super) taxes: BTreeMap<String, Decimal>,
    pub(super) comment: Option<String>,
}

impl NewLine {
    /// Starts with the product or service, how many, and the price of one in
    /// the record's currency.
    #[must_use]
    pub fn new(product: RecordId, quantity: Decimal, list_price: Decimal) -> Self {
        Self {
            product,
            quantity,
            list_price,
            discount: None,
            taxes: BTreeMap::new(),
            comment: None,
        }
    }

    /// Takes a discount from the line.
    #[must_use]
    pub fn discount(mut self, discount: Discount) -> Self {
        self.discount = Some(discount);
        self
    }

    /// Sets the percentage of a tax (`tax1`, `tax2`, …) on this line, for
    /// records whose tax mode is individual.
    #[must_use]
    pub fn tax(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        self.taxes.insert(name.into(), percent);
        self
    }

    /// Sets the line's text.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Collects what is wrong with the line, by field.
    pub(super) fn check(
        &self,
        at: usize,
        products: &[u32],
        problems: &mut BTreeMap<String, String>,
    ) {
        let mut problem = |field: &str, text: String| {
            problems.insert(format!("LineItems[{at}].{field}"), text);
        };
        if self.product.number == 0 {
            problem("productid", "is no product".to_owned());
        } else if !products.is_empty() && !products.contains(&self.product.prefix) {
            problem(
                "productid",
                format!("is {}, no product or service", self.product),
            );
        }
        if self.quantity.is_zero() {
            problem("quantity", "must not be 0".to_owned());
        }
        check_places(self.quantity, 3, "quantity", &mut problem);
        check_places(self.list_price, 8, "listprice", &mut problem);
        if self.list_price.is_sign_negative() && !self.list_price.is_zero() {
            problem(
                "listprice",
                "must not be negative; a negative quantity takes back".to_owned(),
            );
        }
        check_discount(self.discount, "discount", &mut problem);
        for (name, percent) in &self.taxes {
            check_tax(name, *percent, "tax", &mut problem);
        }
    }

    /// The line on the wire, with the taxes that count for the whole record.
    pub(super) fn to_json(&self, group: &BTreeMap<String, Decimal>) -> Json {
        let mut line = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            line.insert(name.to_owned(), Json::from(value));
        };
        put("productid", self.product.to_string());
        put("quantity", self.quantity.to_string());
        put("listprice", self.list_price.to_string());
        match self.discount {
            Some(Discount::Percent(percent)) => put("discount_percent", percent.to_string()),
            Some(Discount::Amount(amount)) => put("discount_amount", amount.to_string()),
            None => {}
        }
        if let Some(comment) = &self.comment {
            put("comment", comment.clone());
        }
        for (name, percent) in self.taxes.iter().chain(group) {
            put(name, percent.to_string());
        }
        Json::Map(line)
    }
}

/// Refuses more decimals than the column keeps.
pub(super) fn check_places(
    number: Decimal,
    places: u32,
    field: &str,
    problem: &mut impl FnMut(&str, String),
) {
    if number.normalize().scale() > places {
        problem(field, format!("has more than {places} decimals"));
    }
}

pub(super) fn check_discount(
    discount: Option<Discount>,
    field: &str,
    problem: &mut impl FnMut(&str, String),
) {
    match discount {
        Some(Discount::Percent(percent)) => {
            if percent.is_sign_negative() || percent > Decimal::ONE_HUNDRED {
                problem(field, "must be between 0 and 100 percent".to_owned());
            }
            check_places(percent, 3, field, problem);
        }
        Some(Discount::Amount(amount)) => check_places(amount, 8, field, problem),
        None => {}
    }
}

pub(super) fn check_tax(
    name: &str,
    percent: Decimal,
    prefix: &str,
    problem: &mut impl FnMut(&str, String),
) {
    let number = name.strip_prefix(prefix).unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        problem(name, format!("is no tax such as `{prefix}1`"));
    }
    if percent.is_sign_negative() && !percent.is_zero() {
        problem(name, "must not be negative".to_owned());
    }
    check_places(percent, 3, name, problem);
}
