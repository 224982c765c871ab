//! Writing invoices: one sales booking each, never changed afterwards.

use api_core::{Date, Error};
use rust_decimal::Decimal;
use snelstart_client::{
    Ref, RelationId, SalesBooking, SalesBookingLine, SalesBookingVat, VatTable, WallTime,
};
use sync_core::fields::{Invoice, View as _};
use sync_core::{Op, Outcome, RecordId};

use super::SnelStart;
use super::encode::rejected;
use super::figures::Figures;
use super::ledgers::revenue;
use super::outcome::{conflict, of_error, unsent};
use super::vat::{Vat, VatKind, kind_on};

/// The longest number of an invoice (`factuurnummer`, OpenAPI document).
const MAX_NUMBER: usize = 25;
/// The longest term (`betalingstermijn`, OpenAPI document), in days.
const MAX_TERM: i64 = 999;

/// What an invoice has to have before its lines are looked at.
#[derive(Debug)]
struct Head {
    number: String,
    customer: RelationId,
    date: Date,
    /// Days until it is to be paid; the customer's own term without it.
    term: Option<i32>,
}

impl SnelStart {
    pub(super) async fn book_invoice(&self, op: &Op) -> Outcome {
        let booking = match self.booking(op).await {
            Ok(booking) => booking,
            Err(error) => return unsent(error),
        };
        let bookings = self.inner.client.sales_bookings();
        match bookings.create_or_adopt(&booking).await {
            Ok(adopted) => {
                // Whoever booked it under this number: it is this invoice, or another one.
                if let Some(differs) = differs(&booking, &adopted.record) {
                    return Outcome::Rejected(differs);
                }
                match adopted.record.id {
                    Some(id) => Outcome::Written(RecordId::new(id.to_string())),
                    None => Outcome::Unknown(super::outcome::no_id("invoice")),
                }
            }
            Err(error) => of_error(error),
        }
    }

    /// The booking of an invoice, checked: what does not add up is not sent.
    async fn booking(&self, op: &Op) -> Result<SalesBooking, Error> {
        let invoice = Invoice::from_fields(&op.fields)
            .map_err(|error| rejected(&error.field, &format!("should be {}", error.expected)))?;
        let head = head(&invoice, &self.inner.currency)?;
        let rules = &self.inner.rules;
        let figures = Figures::of(&invoice, &rules.vat, rules.rounding)
            .map_err(|problem| rejected(problem.field, &problem.what))?;
        let tariffs = self.vat_table().await?;
        let ledgers = self.ledgers().await?;
        let booking = compose(head, figures, &tariffs, |kind| {
            revenue(&ledgers, &rules.ledgers, kind)
        })?;
        booking.verify()?;
        Ok(booking)
    }
}

fn head(invoice: &Invoice, currency: &str) -> Result<Head, Error> {
    if let Some(status @ ("draft" | "cancelled")) = invoice.status.as_deref() {
        let problem = format!("is `{status}`, and only invoices that were sent are booked");
        return Err(rejected("status", &problem));
    }
    let used = invoice.currency.as_deref().unwrap_or(currency);
    if used != currency {
        let problem = format!("is {used}, and the books are kept in {currency}");
        return Err(rejected("currency", &problem));
    }
    let number = invoice.number.clone().unwrap_or_default();
    let long = number.chars().count();
    if long == 0 || long > MAX_NUMBER {
        let problem = format!("has {long} characters, and SnelStart takes 1 to {MAX_NUMBER}");
        return Err(rejected("number", &problem));
    }
    let customer = invoice
        .customer
        .as_ref()
        .ok_or_else(|| rejected("customer", "is empty, and every invoice has one"))?;
    let customer = customer.id.as_str().parse().map_err(|_| {
        let problem = format!("refers to `{}`, which is no relation", customer.id);
        rejected("customer", &problem)
    })?;
    let date = invoice
        .date
        .ok_or_else(|| rejected("date", "is empty, and a booking has a day"))?;
    let term = invoice.due_date.map(|due| term(date, due)).transpose()?;
    Ok(Head {
        number,
        customer,
        date,
        term,
    })
}

/// The days from an invoice to when it is due.
fn term(date: Date, due: Date) -> Result<i32, Error> {
    let days = date
        .jiff()
        .until(due.jiff())
        .map(|span| i64::from(span.get_days()))
        .unwrap_or(i64::MAX);
    if !(0..=MAX_TERM).contains(&days) {
        let problem =
            format!("is {days} days after the invoice, and SnelStart takes 0 to {MAX_TERM}");
        return Err(rejected("due_date", &problem));
    }
    Ok(i32::try_from(days).unwrap_or_default())
}

/// Puts a booking together: each line on its ledger, the VAT of each kind in one row.
fn compose(
    head: Head,
    figures: Figures,
    tariffs: &VatTable,
    ledger: impl Fn(VatKind) -> Result<snelstart_client::LedgerId, Error>,
) -> Result<SalesBooking, Error> {
    let kind =
        |vat: Vat| kind_on(tariffs, vat, head.date).map_err(|problem| rejected("lines", &problem));
    let total = figures.total;
    // A line without words of its own would read with those of the booking.
    let told = figures.lines.iter().all(|line| line.description.is_some());
    let first = figures.lines.first().filter(|_| told);
    let description = first.and_then(|line| line.description.clone());
    let mut lines = Vec::with_capacity(figures.lines.len());
    for line in figures.lines {
        let kind = kind(line.vat)?;
        lines.push(SalesBookingLine {
            description: line.description,
            ledger: Some(Ref::to(ledger(kind)?)),
            amount: Some(line.amount),
            vat_kind: Some(kind.on_line()),
            ..SalesBookingLine::default()
        });
    }
    let mut vat: Vec<SalesBookingVat> = Vec::with_capacity(figures.vat.len());
    for (of, amount) in figures.vat {
        let Some(on_booking) = kind(of)?.on_booking() else {
            continue;
        };
        let row = vat
            .iter_mut()
            .find(|row| row.vat_kind.as_ref() == Some(&on_booking));
        match row {
            // Told by a name and told by its rate, it is the same kind.
            Some(row) => row.amount = Some(row.amount.unwrap_or_default() + amount),
            None => vat.push(SalesBookingVat {
                vat_kind: Some(on_booking),
                amount: Some(amount),
                ..SalesBookingVat::default()
            }),
        }
    }
    Ok(SalesBooking {
        number: Some(head.number),
        date: Some(WallTime::from(head.date)),
        customer: Some(Ref::to(head.customer)),
        description,
        invoice_amount: Some(total),
        payment_term_days: head.term,
        lines: Some(lines),
        vat: Some(vat),
        ..SalesBooking::default()
    })
}

/// What tells a booking that was found under the number from the one that was to be made.
fn differs(sent: &SalesBooking, found: &SalesBooking) -> Option<Error> {
    let day = |booking: &SalesBooking| booking.date.map(WallTime::date);
    let customer =
        |booking: &SalesBooking| booking.customer.as_ref().and_then(|customer| customer.id);
    let amount = |booking: &SalesBooking| booking.invoice_amount.unwrap_or(Decimal::ZERO);
    let mut other = Vec::new();
    if amount(sent) != amount(found) {
        other.push(format!(
            "total ({} here, {} there)",
            amount(sent).normalize(),
            amount(found).normalize()
        ));
    }
    if day(sent) != day(found) {
        other.push("date".to_owned());
    }
    if customer(sent) != customer(found) {
        other.push("customer".to_owned());
    }
    if other.is_empty() {
        return None;
    }
    let number = sent.number.as_deref().unwrap_or_default();
    Some(conflict(
        "number",
        format!(
            "SnelStart has another invoice {number}: it differs in {}.",
            other.join(", ")
        ),
        "Compare the two; correct the wrong one, or link them by hand if they are the same.",
    ))
}

#[cfg(test)]
mod tests;
