//! The further writes of an invoice: one line each, told apart by what they say.
//!
//! Syncro takes no lines with a new invoice (measured by client authors) and knows no key that a
//! repeated line could be told by. Which lines are there already is read from the invoice, and
//! compared as a multiset: of two lines alike, one that is there is one that is done.

use std::collections::BTreeSet;

use api_core::Error;
use rust_decimal::Decimal;
use sync_core::{Action, EntityKind, Op, Outcome, RecordId};
use syncro_client::{Invoice, InvoiceId, LineItem};

use super::Syncro;
use super::invoices_out::sheet::{CENT, Sheet, Wanted, amount, tidy};
use super::outcome::{conflict, not_found, of_error, rejected, unsent};

/// What of an invoice's lines is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// The steps that are done: line 1 is step 1.
    pub(super) done: BTreeSet<u16>,
    /// Lines that are none of these, by their place.
    pub(super) others: Vec<usize>,
}

/// Compares the lines that are to be there with those that are.
pub(super) fn compare(wanted: &[Wanted], present: &[LineItem]) -> Compared {
    let mut free: Vec<bool> = vec![true; present.len()];
    let mut done = BTreeSet::new();
    for (at, line) in wanted.iter().enumerate() {
        let hit = present
            .iter()
            .zip(free.iter_mut())
            .find(|(there, free)| **free && is(line, there));
        if let Some((_, free)) = hit {
            *free = false;
            done.insert(step_of(at));
        }
    }
    let others = free.iter().enumerate().filter(|(_, free)| **free);
    Compared {
        done,
        others: others.map(|(at, _)| at).collect(),
    }
}

/// The first missing line that may be one of those that are there, though it is not like it.
///
/// A line that says the same and costs otherwise is one of these that somebody changed, and one
/// that costs the same may be one whose words the server did not keep: to add it again would charge
/// it twice. Other lines are somebody's own.
fn in_doubt<'a>(
    wanted: &'a [Wanted],
    present: &[LineItem],
    compared: &Compared,
) -> Option<(usize, &'a Wanted)> {
    wanted
        .iter()
        .enumerate()
        .filter(|(at, _)| !compared.done.contains(&step_of(*at)))
        .find(|(_, line)| {
            let mut others = compared.others.iter().filter_map(|at| present.get(*at));
            others.any(|there| says(line, there) || costs(line, there))
        })
}

/// The step that writes the line at this place.
fn step_of(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap_or(u16::MAX)
}

/// Whether a line that is there is this one.
fn is(wanted: &Wanted, there: &LineItem) -> bool {
    let none = |number: Option<Decimal>| number.unwrap_or_default().is_zero();
    let product = match (&wanted.product, there.product_id) {
        (Some(wanted), Some(there)) => *wanted == there.to_string(),
        (Some(_), None) => false,
        (None, _) => true,
    };
    product
        && says(wanted, there)
        && same(wanted.quantity, there.quantity)
        && same(wanted.price, there.price)
        && wanted.taxable == there.taxable.unwrap_or_default()
        && none(there.discount_percent)
        && none(there.discount_dollars)
}

fn costs(wanted: &Wanted, there: &LineItem) -> bool {
    same(wanted.quantity, there.quantity) && same(wanted.price, there.price)
}

fn says(wanted: &Wanted, there: &LineItem) -> bool {
    let text = |text: &Option<String>| tidy(text.as_deref().unwrap_or_default());
    text(&there.item) == wanted.item && text(&there.name) == wanted.name
}

/// Whether a number is the one that was sent, as exactly as it was kept; the server may keep
/// fewer digits (unknown), cents at least.
fn same(sent: Decimal, kept: Option<Decimal>) -> bool {
    let kept = kept.unwrap_or_default();
    let digits = kept.normalize().scale().max(2);
    kept == sent
        || sent.round_dp(digits) == kept
        || sent.round_dp_with_strategy(digits, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
            == kept
}

impl Syncro {
    pub(super) fn steps_of(&self, op: &Op) -> u16 {
        if op.entity != EntityKind::Invoice || matches!(op.action, Action::Delete { .. }) {
            return 1;
        }
        match op.fields.get("lines") {
            sync_core::Value::List(lines) => step_of(lines.len()),
            _ => 1,
        }
    }

    pub(super) async fn done_of(&self, op: &Op, id: &RecordId) -> Result<BTreeSet<u16>, Error> {
        if op.entity != EntityKind::Invoice {
            return Ok(BTreeSet::new());
        }
        let sheet = Sheet::of(&op.fields)?;
        let invoice = self.invoice_now(id).await?;
        let there = invoice.line_items.as_deref().unwrap_or_default();
        let compared = compare(&sheet.lines, there);
        if compared.done.len() == sheet.lines.len() {
            finished(op, &sheet, &invoice)?;
            return Ok(compared.done);
        }
        let changed = in_doubt(&sheet.lines, there, &compared);
        match changed {
            None => Ok(compared.done),
            Some((at, line)) => Err(conflict(
                "lines",
                format!(
                    "Somebody changed line {} (`{}`) of the invoice `{id}` in Syncro before it \
                     was whole.",
                    at + 1,
                    line.item
                ),
                "Correct the line in Syncro, or delete the invoice there, then try again.",
            )),
        }
    }

    /// Adds one line; the last one is followed by a look at what Syncro makes of them.
    pub(super) async fn add_line(&self, op: &Op, id: &RecordId, step: u16) -> Outcome {
        let sheet = match Sheet::of(&op.fields) {
            Ok(sheet) => sheet,
            Err(error) => return unsent(error),
        };
        let at = usize::from(step).checked_sub(1);
        let Some(line) = at.and_then(|at| sheet.lines.get(at)) else {
            return unsent(rejected("lines", &format!("has no line {step}")));
        };
        let Ok(invoice) = id.as_str().parse::<InvoiceId>() else {
            return Outcome::Rejected(not_found("invoice", id));
        };
        let line = match super::encode::line_item(line) {
            Ok(line) => line,
            Err(error) => return unsent(error),
        };
        let invoices = self.inner.client.invoices();
        if let Err(error) = invoices.add_line(invoice, &line).await {
            return of_error(error);
        }
        if usize::from(step) < sheet.lines.len() {
            return Outcome::Written(id.clone());
        }
        match self.invoice_now(id).await {
            Ok(invoice) => match finished(op, &sheet, &invoice) {
                Ok(()) => Outcome::Written(id.clone()),
                Err(error) => Outcome::Rejected(error),
            },
            // All lines are there, and nobody knows what they come to: it is looked at again.
            Err(error) => Outcome::Unknown(error),
        }
    }

    /// An invoice as it is now.
    pub(super) async fn invoice_now(&self, id: &RecordId) -> Result<Invoice, Error> {
        let number = id.as_str().parse::<InvoiceId>();
        let number = number.map_err(|_| not_found("invoice", id))?;
        let invoice = self.inner.client.invoices().get(number).await?;
        // The path takes numbers of invoices as well as ids (OpenAPI document).
        match invoice.id {
            Some(told) if told != number => Err(not_found("invoice", id)),
            _ => Ok(invoice),
        }
    }
}

/// Refuses an invoice that Syncro makes another total of than was sent. What somebody added to it
/// there is theirs.
pub(super) fn finished(op: &Op, sheet: &Sheet, invoice: &Invoice) -> Result<(), Error> {
    let there = invoice.line_items.as_deref().unwrap_or_default();
    if !compare(&sheet.lines, there).others.is_empty() {
        tracing::warn!(
            marker = %op.marker,
            "Somebody added lines to the invoice in Syncro: it comes to another total there."
        );
        return Ok(());
    }
    let wanted = amount(op.fields.get("total")).unwrap_or_else(|| sheet.sums().total);
    let Some(made) = invoice.total else {
        return Ok(());
    };
    if made
        .checked_sub(wanted)
        .is_some_and(|off| off.abs() <= CENT)
    {
        return Ok(());
    }
    Err(conflict(
        "total",
        format!(
            "Syncro makes {} of the invoice, and it is {}.",
            made.normalize(),
            wanted.normalize()
        ),
        "Give the customer the rate of tax in Syncro that the invoice has, then try again.",
    ))
}

#[cfg(test)]
mod tests;
