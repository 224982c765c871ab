//! Payments: money that came in, for one invoice or on account.

use std::collections::{BTreeSet, HashMap};

use api_core::{Date, Error, ErrorKind};
use futures_util::stream::{self, StreamExt};
use jiff::tz::TimeZone;
use sync_core::{EntityKind, Fields, Page, Record, Unreadable};
use syncro_client::{InvoiceId, Payment};

use super::Syncro;
use super::decode::{flaw, money, nameless, record_id, reference, set, text};

/// The microseconds of a day.
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

impl Syncro {
    /// Adds payments to a page, without those that belong to invoices from before the first day
    /// that is read.
    pub(super) async fn payments(
        &self,
        payments: Vec<Payment>,
        page: &mut Page,
    ) -> Result<(), Error> {
        let mut wanted = Vec::with_capacity(payments.len());
        for payment in payments {
            if !self.is_left_out(&payment).await? {
                wanted.push(payment);
            }
        }
        let old = self.old_invoices(&wanted).await?;
        for payment in &wanted {
            let invoice = invoice_of(payment);
            if let Ok(Some(id)) = invoice
                && old.get(&id).copied().unwrap_or_default()
            {
                continue;
            }
            let zone = self.zone().await?;
            match self.payment(payment, &zone) {
                Ok(record) => page.records.push(record),
                Err(error) => page.unreadable.push(Unreadable {
                    id: payment.id.map_or_else(|| "unknown".into(), record_id),
                    error,
                }),
            }
        }
        Ok(())
    }

    /// Whether a payment came to nothing, or is from before the first day that is read.
    pub(super) async fn is_left_out(&self, payment: &Payment) -> Result<bool, Error> {
        let Some(start) = self.inner.invoice_start else {
            return Ok(payment.success == Some(false));
        };
        let zone = self.zone().await?;
        let early = paid_on(payment, &zone).is_some_and(|date| date < start);
        Ok(payment.success == Some(false) || early)
    }

    /// Which invoices of these payments are from before the first day that is read.
    ///
    /// Each is asked for once in the life of a process: payments do not tell the day of their
    /// invoice.
    pub(super) async fn old_invoices(
        &self,
        payments: &[Payment],
    ) -> Result<HashMap<InvoiceId, bool>, Error> {
        let mut old = HashMap::new();
        if self.inner.invoice_start.is_none() {
            return Ok(old);
        }
        let wanted: BTreeSet<InvoiceId> = payments
            .iter()
            .filter_map(|payment| invoice_of(payment).ok().flatten())
            .collect();
        let mut unknown = Vec::new();
        for id in wanted {
            match self.inner.models.is_old(id) {
                Some(is_old) => {
                    old.insert(id, is_old);
                }
                None => unknown.push(id),
            }
        }
        let mut answers = stream::iter(unknown)
            .map(|id| async move { (id, self.client().invoices().get(id).await) })
            .buffer_unordered(self.inner.capabilities.max_in_flight);
        while let Some((id, answer)) = answers.next().await {
            let is_old = match answer {
                Ok(invoice) => self.starts_before(&invoice),
                // Whose invoice is gone is for the engine to say.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            self.inner.models.note_old(id, is_old);
            old.insert(id, is_old);
        }
        Ok(old)
    }

    /// A payment; `zone` is that of the account.
    pub(super) fn payment(&self, payment: &Payment, zone: &TimeZone) -> Result<Record, Error> {
        let kind = EntityKind::Payment;
        let id = payment.id.ok_or_else(|| nameless(kind))?;
        let invoice = invoice_of(payment)?;
        let amount = payment
            .payment_amount
            .ok_or_else(|| flaw(format!("The payment {id} has no amount.")))?;
        let mut fields = Fields::new();
        let invoice = reference(EntityKind::Invoice, invoice.map(|id| id.get()));
        set(&mut fields, "invoice", invoice);
        set(&mut fields, "amount", Some(money(amount)));
        set(&mut fields, "date", paid_on(payment, zone));
        set(&mut fields, "mode", text(payment.payment_method.as_deref()));
        let reference = text(payment.ref_num.as_deref());
        set(&mut fields, "transaction_id", reference);
        let record = Record::new(kind, record_id(id), fields);
        Ok(match payment.updated_at {
            Some(at) => record.modified(at),
            None => record,
        })
    }
}

/// The day of a payment where the account is. Midnight in UTC is how Syncro tells a day; anything
/// else is a moment.
fn paid_on(payment: &Payment, zone: &TimeZone) -> Option<Date> {
    let at = payment.applied_at.or(payment.created_at)?;
    match at.as_micros().rem_euclid(DAY_MICROS) {
        0 => Some(at.date_in(&TimeZone::UTC)),
        _ => Some(at.date_in(zone)),
    }
}

/// The one invoice that a payment is for; none for money on account.
///
/// # Errors
/// When it is for several: how much is for which is not told.
pub(super) fn invoice_of(payment: &Payment) -> Result<Option<InvoiceId>, Error> {
    let ids: BTreeSet<InvoiceId> = payment
        .invoice_ids
        .iter()
        .flatten()
        .copied()
        .filter(|id| id.get() > 0)
        .collect();
    let mut all = ids.iter();
    match (all.next(), all.next()) {
        (only, None) => Ok(only.copied()),
        _ => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Err(flaw(format!(
                "The payment is for several invoices ({}), and Syncro does not tell how much is \
                 for which.",
                ids.join(", ")
            ))
            .help("Enter it in the other system by hand."))
        }
    }
}
