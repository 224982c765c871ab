//! Writing records with lines.

use api_core::{Error, SendOutcome};
use rust_decimal::Decimal;

use super::{InventoryHeader, InventoryModule, InventoryRecord, TaxMode, Totals};
use crate::record::Record;
use crate::warning::{ChangeKind, Warning};
use crate::write::Written;
use crate::{Client, RecordId, Values};

impl Client {
    /// Makes an invoice, a quote or an order, and reads it as it was stored.
    ///
    /// The record is checked first, also that its products have ids of
    /// products or services. The answer to a create is stale (recorded vtiger
    /// 7.1.0 server), so the record is read again; its lines and its totals
    /// are compared with the exact ones, and what differs is a warning.
    ///
    /// `look_up_by` names a header field by which the record is found should
    /// the answer be lost; see [`Create::look_up_by`](crate::Create::look_up_by).
    ///
    /// # Errors
    /// `Validation`, nothing sent, as [`InventoryRecord::values`]; otherwise as
    /// [`Client::create`]. When the record was made and cannot be read again,
    /// it is no error: the create's own answer is returned.
    pub async fn create_inventory(
        &self,
        record: &InventoryRecord,
        look_up_by: Option<&str>,
    ) -> Result<Written, Error> {
        let values = self.inventory_values(record).await?;
        let module = record.module().as_str();
        let mut create = self.create(module, &values);
        if let Some(field) = look_up_by {
            create = create.look_up_by(field);
        }
        let written = create.await?;
        self.reread(written, record).await
    }

    /// Writes an invoice, a quote or an order anew: header fields as given,
    /// all lines replaced.
    ///
    /// A discount, an adjustment or a charge for shipping that the record does
    /// not have stays as it is stored, as does every other field that is not
    /// given; the totals then differ from the record's own, which is told as a
    /// warning. Set it to 0 to take it away.
    ///
    /// # Errors
    /// As [`create_inventory`](Self::create_inventory).
    pub async fn revise_inventory(
        &self,
        id: &RecordId,
        record: &InventoryRecord,
    ) -> Result<Written, Error> {
        let values = self.inventory_values(record).await?;
        let module = record.module().as_str();
        let written = self.revise(id, &values).module(module).await?;
        self.reread(written, record).await
    }

    /// Changes the status of an invoice, a quote or an order and nothing else.
    ///
    /// Lines, discounts and totals stay (recorded vtiger 7.1.0 server). The
    /// tax mode is read first, as it must be sent again.
    ///
    /// # Errors
    /// As [`Client::revise`].
    pub async fn set_inventory_status(
        &self,
        module: InventoryModule,
        id: &RecordId,
        status: &str,
    ) -> Result<Written, Error> {
        let values = Values::new().set(module.status_field(), status);
        self.revise(id, &values).module(module.as_str()).await
    }

    async fn inventory_values(&self, record: &InventoryRecord) -> Result<Values, Error> {
        if record.has_product_prefixes() {
            return record.values();
        }
        // What is wrong by itself needs no question to the server.
        let values = record.values()?;
        let mut prefixes = Vec::new();
        for module in ["Products", "Services"] {
            match self.described(module).await {
                Ok(describe) => prefixes.extend(describe.id_prefix),
                // No right to see that module: it cannot be checked.
                Err(error) if error.send_outcome() == SendOutcome::Rejected => return Ok(values),
                Err(error) => return Err(error.outcome(SendOutcome::NotSent)),
            }
        }
        record.clone().product_prefixes(prefixes).values()
    }

    /// Reads the record that was written, and compares it.
    async fn reread(&self, written: Written, sent: &InventoryRecord) -> Result<Written, Error> {
        let Written {
            record,
            mut warnings,
            adopted,
        } = written;
        let module = sent.module().as_str();
        let record = match (adopted, record.id()) {
            (false, Some(id)) => match self.retrieve(&id).await {
                Ok(read) => read,
                Err(error) => {
                    let warning = Warning::Note {
                        operation: "simplycrm.retrieve".to_owned(),
                        message: format!(
                            "The {module} {id} was written and cannot be read again: {error}"
                        ),
                    };
                    self.warn(&warning);
                    warnings.push(warning);
                    return Ok(Written {
                        record,
                        warnings,
                        adopted,
                    });
                }
            },
            _ => record,
        };
        for warning in differences(sent, &record)? {
            self.warn(&warning);
            warnings.push(warning);
        }
        Ok(Written {
            record,
            warnings,
            adopted,
        })
    }
}

/// Compares the lines and the totals of a stored record with what was sent.
pub(super) fn differences(sent: &InventoryRecord, stored: &Record) -> Result<Vec<Warning>, Error> {
    let module = sent.module().as_str();
    let header = InventoryHeader::new(stored);
    let mut warnings = Vec::new();
    let lines = match header.lines() {
        Ok(lines) => lines,
        Err(error) => {
            return Ok(vec![Warning::Note {
                operation: "simplycrm.retrieve".to_owned(),
                message: format!("The lines of the {module} cannot be read: {error}"),
            }]);
        }
    };
    if lines.len() != sent.lines().len() {
        // A 5.4.0 server keeps none, and no totals either.
        warnings.push(Warning::changed(
            module,
            "LineItems",
            sent.lines().len().to_string(),
            lines.len().to_string(),
            if lines.is_empty() {
                ChangeKind::Blanked
            } else {
                ChangeKind::Rewritten
            },
        ));
        return Ok(warnings);
    }
    for (at, (sent, stored)) in sent.lines().iter().zip(&lines).enumerate() {
        let mut tell = |field: &str, sent: String, stored: String, what| {
            let field = format!("LineItems[{at}].{field}");
            warnings.push(Warning::changed(module, field, sent, stored, what));
        };
        if stored.product != Some(sent.product) {
            let there = stored.product.map(|id| id.to_string()).unwrap_or_default();
            let what = if there.is_empty() {
                ChangeKind::Blanked
            } else {
                ChangeKind::Rewritten
            };
            tell("productid", sent.product.to_string(), there, what);
        }
        for (field, sent, stored) in [
            ("quantity", sent.quantity, stored.quantity),
            ("listprice", sent.list_price, stored.list_price),
        ] {
            if sent != stored {
                tell(
                    field,
                    sent.to_string(),
                    stored.to_string(),
                    ChangeKind::Rounded,
                );
            }
        }
        if sent.discount.unwrap_or(NONE) != stored.discount.unwrap_or(NONE) {
            tell(
                "discount",
                format!("{:?}", sent.discount),
                format!("{:?}", stored.discount),
                ChangeKind::Rewritten,
            );
        }
    }
    warnings.extend(total_differences(sent, &header)?);
    Ok(warnings)
}

const NONE: super::Discount = super::Discount::Amount(Decimal::ZERO);

fn total_differences(
    sent: &InventoryRecord,
    stored: &InventoryHeader<'_>,
) -> Result<Vec<Warning>, Error> {
    let exact = sent.totals()?;
    let unlike = unlike(&exact, stored);
    if unlike.is_empty() {
        return Ok(Vec::new());
    }
    let module = sent.module().as_str();
    let individual = sent.mode() == TaxMode::Individual;
    if individual && self::unlike(&sent.totals_without_line_taxes()?, stored).is_empty() {
        return Ok(vec![Warning::Note {
            operation: "simplycrm.create".to_owned(),
            message: format!(
                "The {module} shows taxes on its lines that its total does not count: the products do not have these taxes."
            ),
        }]);
    }
    Ok(unlike
        .into_iter()
        .map(|(field, exact, stored)| {
            let what = if exact.round_dp(2) == stored.round_dp(2) {
                ChangeKind::Rounded
            } else {
                ChangeKind::Rewritten
            };
            Warning::changed(
                module,
                field,
                exact.normalize().to_string(),
                stored.normalize().to_string(),
                what,
            )
        })
        .collect())
}

/// The totals that differ by more than the column's last digit.
fn unlike(exact: &Totals, stored: &InventoryHeader<'_>) -> Vec<(&'static str, Decimal, Decimal)> {
    let last = Decimal::new(1, 8);
    [
        ("hdnSubTotal", exact.subtotal, stored.subtotal()),
        ("pre_tax_total", exact.pre_tax, stored.pre_tax()),
        ("hdnGrandTotal", exact.grand_total, stored.grand_total()),
    ]
    .into_iter()
    .filter_map(|(field, exact, stored)| {
        let stored = stored.ok()??;
        let far = exact
            .checked_sub(stored)
            .is_none_or(|difference| difference.abs() > last);
        far.then_some((field, exact, stored))
    })
    .collect()
}
