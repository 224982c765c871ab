//! A record that is to hold the given values and nothing else.

use std::fmt;
use std::future::IntoFuture;

use api_core::{Error, ErrorKind, SendOutcome};
use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;

use super::{Revise, Values, Written};
use crate::compare::{Same, same};
use crate::describe::{Describe, Field, FieldType};
use crate::inventory::InventoryModule;
use crate::record::{FieldValue, Record, text_of};
use crate::{Client, Operation, RecordId};

/// A replacement to be made; await it.
///
/// The record is read, the values are laid over it, and every other field
/// that holds something is sent empty. Only what differs is sent, by
/// `revise`; when nothing differs, nothing is. Kept where the values do not
/// name them:
/// - mandatory fields, and owners;
/// - what the server makes (numbers, times, totals) and what is no data of
///   the record: `source`, `starred`, `tags`, files, pictures, passwords;
/// - of products and services the taxes and the prices per currency;
/// - of invoices, quotes and orders the lines, the tax mode, the currency and
///   its rate, discounts, adjustment and shipping.
#[must_use = "nothing is sent until this is awaited"]
pub struct Replace<'a> {
    client: Client,
    id: RecordId,
    module: &'a str,
    values: &'a Values,
    keep: Vec<&'a str>,
}

impl fmt::Debug for Replace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replace")
            .field("id", &self.id)
            .field("module", &self.module)
            .finish_non_exhaustive()
    }
}

impl<'a> Replace<'a> {
    pub(super) fn new(client: Client, id: RecordId, module: &'a str, values: &'a Values) -> Self {
        Self {
            client,
            id,
            module,
            values,
            keep: Vec::new(),
        }
    }

    /// Keeps these fields too, where the values do not name them.
    pub fn keep(mut self, fields: impl IntoIterator<Item = &'a str>) -> Self {
        self.keep.extend(fields);
        self
    }

    async fn run(self) -> Result<Written, Error> {
        let describe = self.client.described(self.module).await.map_err(unsent)?;
        if !describe.has_id(self.id) {
            return Err(Error::new(
                ErrorKind::Validation,
                format!("{} is no record of {}.", self.id, self.module),
            )
            .operation("simplycrm.revise")
            .outcome(SendOutcome::NotSent));
        }
        self.values.check_change(&describe)?;
        let stored = self.client.retrieve(&self.id).await.map_err(unsent)?;
        let zone = self.client.time_zone();
        let change = overlay(self.values, &stored, &describe, &self.keep, zone);
        if change.is_empty() {
            return Ok(Written {
                record: stored,
                warnings: Vec::new(),
                adopted: false,
            });
        }
        let mut change = change;
        if InventoryModule::from_name(self.module).is_some() && !change.contains("hdnTaxType") {
            // Read just now; without it a 7.1.0 server dies.
            let tax_type = stored.text("hdnTaxType");
            if !tax_type.is_empty() {
                change.put("hdnTaxType", tax_type.as_ref());
            }
        }
        Revise::new(self.client.clone(), Operation::REVISE, self.id, &change)
            .module(self.module)
            .await
    }
}

fn unsent(error: Error) -> Error {
    error.outcome(SendOutcome::NotSent)
}

/// Fields that are no data of a record, or not its own to blank.
const KEPT: &[&str] = &[
    "assigned_user_id",
    "created_user_id",
    "createdtime",
    "id",
    "imagename",
    "isconvertedfromlead",
    "label",
    "modifiedby",
    "modifiedtime",
    "source",
    "starred",
    "tags",
];

/// Fields of inventory records that belong to their lines and totals.
const KEPT_OF_INVENTORY: &[&str] = &[
    "balance",
    "conversion_rate",
    "currency_id",
    "discount_amount",
    "discount_percent",
    "hdnDiscountAmount",
    "hdnDiscountPercent",
    "hdnGrandTotal",
    "hdnS_H_Amount",
    "hdnS_H_Percent",
    "hdnSubTotal",
    "hdnTaxType",
    "pre_tax_total",
    "productid",
    "received",
    "region_id",
    "txtAdjustment",
];

/// What has to be sent so that the record holds the values and nothing else.
pub(super) fn overlay(
    values: &Values,
    stored: &Record,
    describe: &Describe,
    keep: &[&str],
    zone: &TimeZone,
) -> Values {
    let mut change = Values::new();
    for (name, value) in values.iter() {
        let of = describe.field(name).map(|field| &field.field_type);
        let there = stored.get(name);
        if !matches!(same(value, zone, there, of), Same::Yes) {
            change.put(name, value.clone());
        }
    }
    for field in &describe.fields {
        if values.contains(&field.name)
            || keep.contains(&field.name.as_str())
            || !may_be_blanked(field, describe)
        {
            continue;
        }
        let of = Some(&field.field_type);
        let there = stored.get(&field.name);
        if there.is_none() || matches!(same(&FieldValue::Empty, zone, there, of), Same::Yes) {
            continue;
        }
        if matches!(field.field_type, FieldType::Boolean) {
            change.put(&field.name, false);
        } else if !text_of(there).is_empty() {
            change.put(&field.name, FieldValue::Empty);
        }
    }
    change
}

fn may_be_blanked(field: &Field, describe: &Describe) -> bool {
    let name = field.name.as_str();
    let of_lines = InventoryModule::from_name(&describe.name).is_some()
        && (KEPT_OF_INVENTORY.contains(&name)
            || name.starts_with("shipping_&_handling")
            || numbered(name, "tax"));
    let of_prices = numbered(name, "tax") || numbered(name, "currency");
    field.editable
        && !field.mandatory
        && !KEPT.contains(&name)
        && !of_lines
        && !of_prices
        && !matches!(
            field.field_type,
            FieldType::Autogenerated
                | FieldType::Owner { .. }
                | FieldType::Password
                | FieldType::File { .. }
                | FieldType::Image
        )
}

/// Tells whether a name is a word and a number, such as `tax1`.
fn numbered(name: &str, word: &str) -> bool {
    name.strip_prefix(word)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

impl<'a> IntoFuture for Replace<'a> {
    type Output = Result<Written, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
