//! Writing invoices: a new one without lines, then each line by itself; never changed afterwards.

use std::collections::BTreeSet;

use api_core::{Date, Error};
use sync_core::fields::{Invoice as Ours, View as _};
use sync_core::{Op, Outcome, RecordId};
use syncro_client::{CustomerId, Invoice};

use super::Syncro;
use super::hold::tax_name;
use super::outcome::{conflict, no_id, of_error, rejected, unsent};
use super::steps::{compare, finished};
use sheet::Sheet;

pub(super) mod sheet;

/// The longest number that is taken (assumed).
const MAX_NUMBER: usize = 255;

/// What an invoice has besides its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    number: String,
    customer: CustomerId,
    date: Date,
}

impl Syncro {
    /// Makes an invoice without lines. What Syncro would count otherwise is refused before.
    pub(super) async fn new_invoice(&self, op: &Op) -> Outcome {
        let (head, invoice) = match self.prepared(op).await {
            Ok(prepared) => prepared,
            Err(error) => return unsent(error),
        };
        match self.inner.client.invoices().create(&invoice).await {
            Ok(made) => {
                if made
                    .number
                    .as_deref()
                    .is_some_and(|told| told != head.number)
                {
                    tracing::warn!(
                        marker = %op.marker,
                        "Syncro gave the invoice another number than it has."
                    );
                }
                match made.id {
                    Some(id) => Outcome::Written(RecordId::new(id.to_string())),
                    None => Outcome::Unknown(no_id("invoice")),
                }
            }
            Err(error) => of_error(error),
        }
    }

    /// Goes on with an invoice that was begun: lines that are missing are added by its steps.
    ///
    /// Asked for when an invoice was found under the number of one whose answer was lost, or when
    /// one could not be finished. What is there must be the beginning of this very invoice.
    pub(super) async fn resume_invoice(&self, op: &Op, id: &RecordId) -> Outcome {
        let (head, _) = match self.prepared(op).await {
            Ok(prepared) => prepared,
            Err(error) => return unsent(error),
        };
        let sheet = match Sheet::of(&op.fields) {
            Ok(sheet) => sheet,
            Err(error) => return unsent(error),
        };
        let invoice = match self.invoice_now(id).await {
            Ok(invoice) => invoice,
            Err(error) => return unsent(error),
        };
        let other = differences(&head, &sheet, &invoice);
        if !other.is_empty() {
            let names: Vec<&str> = other.into_iter().collect();
            return Outcome::Rejected(conflict(
                "number",
                format!(
                    "Syncro has another invoice {}: it differs in {}.",
                    head.number,
                    names.join(", ")
                ),
                "Compare the two; correct the wrong one, or link them by hand if they are the \
                 same.",
            ));
        }
        let there = invoice.line_items.as_deref().unwrap_or_default();
        if there.len() == sheet.lines.len()
            && let Err(error) = finished(op, &sheet, &invoice)
        {
            return Outcome::Rejected(error);
        }
        Outcome::Written(id.clone())
    }

    /// An invoice as it is sent, checked.
    async fn prepared(&self, op: &Op) -> Result<(Head, Invoice), Error> {
        let ours = Ours::from_fields(&op.fields)
            .map_err(|error| rejected(&error.field, &format!("should be {}", error.expected)))?;
        if let Some(status @ ("draft" | "cancelled")) = ours.status.as_deref() {
            let problem = format!("is `{status}`, and only invoices that were sent are written");
            return Err(rejected("status", &problem));
        }
        self.same_currency(ours.currency.as_deref()).await?;
        let sheet = Sheet::of(&op.fields)?;
        sheet.check(&op.fields)?;
        self.known_rate(&sheet)?;
        let head = head(&ours)?;
        let invoice = super::encode::invoice(&ours, head.customer, &head.number, head.date);
        Ok((head, invoice))
    }

    /// Refuses a rate of tax that the settings do not name: the invoice could not be read again.
    fn known_rate(&self, sheet: &Sheet) -> Result<(), Error> {
        let rates = &self.inner.tax_rates;
        match sheet.rate {
            Some(rate) if !rates.is_empty() && tax_name(rates, rate).is_none() => {
                let problem = format!(
                    "has a tax of {} %, which is none of the connection's `tax_rates`",
                    rate.normalize()
                );
                Err(rejected("lines", &problem))
            }
            _ => Ok(()),
        }
    }

    /// Refuses an amount in another currency than the account is kept in.
    pub(super) async fn same_currency(&self, code: Option<&str>) -> Result<(), Error> {
        let Some(code) = code else {
            return Ok(());
        };
        let Some(kept) = self.currency().await? else {
            return Ok(());
        };
        if code.eq_ignore_ascii_case(&kept) {
            return Ok(());
        }
        let problem = format!("is {code}, and the account is kept in {kept}");
        Err(rejected("currency", &problem))
    }
}

fn head(ours: &Ours) -> Result<Head, Error> {
    let number = ours.number.clone().unwrap_or_default();
    let long = number.chars().count();
    if long == 0 || long > MAX_NUMBER {
        let problem = format!("has {long} characters, and Syncro takes 1 to {MAX_NUMBER}");
        return Err(rejected("number", &problem));
    }
    let customer = ours
        .customer
        .as_ref()
        .ok_or_else(|| rejected("customer", "is empty, and every invoice has one"))?;
    let customer = customer.id.as_str().parse().map_err(|_| {
        let problem = format!("refers to `{}`, which is no id of Syncro", customer.id);
        rejected("customer", &problem)
    })?;
    let date = ours
        .date
        .ok_or_else(|| rejected("date", "is empty, and an invoice has a day"))?;
    Ok(Head {
        number,
        customer,
        date,
    })
}

/// What tells an invoice that is there from the one that was begun.
fn differences(head: &Head, sheet: &Sheet, invoice: &Invoice) -> BTreeSet<&'static str> {
    let mut other = BTreeSet::new();
    if invoice.number.as_deref().map(str::trim) != Some(head.number.as_str()) {
        other.insert("number");
    }
    let customer = invoice
        .customer_id
        .or_else(|| invoice.customer.as_ref().and_then(|customer| customer.id));
    if customer != Some(head.customer) {
        other.insert("customer");
    }
    if invoice.date != Some(head.date) {
        other.insert("date");
    }
    let there = invoice.line_items.as_deref().unwrap_or_default();
    if !compare(&sheet.lines, there).others.is_empty() {
        other.insert("lines");
    }
    other
}

#[cfg(test)]
mod tests;
