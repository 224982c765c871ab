//! Payments: money that came in, for one invoice or on account.

use std::collections::{BTreeSet, HashMap};

use api_core::{Date, Error, ErrorKind};
use futures_util::stream::{self, StreamExt};
use sync_core::{EntityKind, Fields, Page, Record, Unreadable};
use syncro_client::{InvoiceId, Payment};

use super::Syncro;
use super::decode::{flaw, money, nameless, record_id, reference, set, text};

impl Syncro {
    /// Adds payments to a page, without those that belong to invoices from before the first day
    /// that is read.
    pub(super) async fn payments(
        &self,
        payments: Vec<Payment>,
        page: &mut Page,
    ) -> Result<(), Error> {
        let wanted: Vec<Payment> = payments
            .into_iter()
            .filter(|payment| !self.is_left_out(payment))
            .collect();
        let old = self.old_invoices(&wanted).await?;
        for payment in &wanted {
            let invoice = invoice_of(payment);
            if let Ok(Some(id)) = invoice
                && old.get(&id).copied().unwrap_or_default()
            {
                continue;
            }
            match self.payment(payment) {
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
    pub(super) fn is_left_out(&self, payment: &Payment) -> bool {
        let early = match (self.inner.invoice_start, self.paid_on(payment)) {
            (Some(start), Some(date)) => date < start,
            _ => false,
        };
        payment.success == Some(false) || early
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

    /// A payment.
    pub(super) fn payment(&self, payment: &Payment) -> Result<Record, Error> {
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
        set(&mut fields, "date", self.paid_on(payment));
        set(&mut fields, "mode", text(payment.payment_method.as_deref()));
        let reference = text(payment.ref_num.as_deref());
        set(&mut fields, "transaction_id", reference);
        let record = Record::new(kind, record_id(id), fields);
        Ok(match payment.updated_at {
            Some(at) => record.modified(at),
            None => record,
        })
    }

    /// The day of a payment: midnight in UTC is how Syncro tells a day.
    pub(super) fn paid_on(&self, payment: &Payment) -> Option<Date> {
        let at = payment.applied_at.or(payment.created_at)?;
        Some(at.date_in(&jiff::tz::TimeZone::UTC))
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
