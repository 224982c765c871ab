//! Invoices that were seen, so that payments find them by their numbers.

use std::collections::{HashMap, VecDeque};

use api_core::Date;
use snelstart_client::{SalesInvoice, SalesInvoiceId};
use sync_core::RecordId;

use super::decode::{invoice_record_id, record_id};

/// How many invoices are kept; those that were seen last.
const MOST: usize = 50_000;

/// What a payment has to know of its invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownInvoice {
    /// The id of the record.
    pub(super) record: RecordId,
    /// The id of the sales invoice (`verkoopfactuur`).
    pub(super) invoice: SalesInvoiceId,
    /// The customer's id.
    pub(super) customer: Option<RecordId>,
    /// The day of the invoice.
    pub(super) date: Option<Date>,
}

impl KnownInvoice {
    /// What is to be known of an invoice that has a number and an id.
    pub(super) fn of(invoice: &SalesInvoice) -> Option<(String, Self)> {
        let number = invoice.number.as_deref()?.trim();
        let known = Self {
            record: invoice_record_id(invoice)?,
            invoice: invoice.id?,
            customer: invoice
                .customer
                .as_ref()
                .and_then(|to| to.id)
                .map(record_id),
            date: invoice.date.map(|date| date.date()),
        };
        (!number.is_empty()).then(|| (number.to_owned(), known))
    }
}

/// Invoices by number and by record, a bounded number of them.
#[derive(Debug, Default)]
pub(super) struct KnownInvoices {
    by_number: HashMap<String, Vec<KnownInvoice>>,
    numbers: HashMap<RecordId, String>,
    order: VecDeque<RecordId>,
}

impl KnownInvoices {
    /// Notes an invoice.
    pub(super) fn note(&mut self, invoice: &SalesInvoice) {
        let Some((number, known)) = KnownInvoice::of(invoice) else {
            return;
        };
        match self.numbers.insert(known.record.clone(), number.clone()) {
            Some(before) => self.take(&before, &known.record),
            None => self.order.push_back(known.record.clone()),
        }
        self.by_number.entry(number).or_default().push(known);
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front()
                && let Some(number) = self.numbers.remove(&oldest)
            {
                self.take(&number, &oldest);
            }
        }
    }

    fn take(&mut self, number: &str, record: &RecordId) {
        if let Some(list) = self.by_number.get_mut(number) {
            list.retain(|known| known.record != *record);
            if list.is_empty() {
                self.by_number.remove(number);
            }
        }
    }

    /// The invoices with this number.
    pub(super) fn of_number(&self, number: &str) -> &[KnownInvoice] {
        self.by_number.get(number).map_or(&[], Vec::as_slice)
    }

    /// The id of the sales invoice behind a record.
    pub(super) fn invoice_of(&self, record: &RecordId) -> Option<SalesInvoiceId> {
        let list = self.of_number(self.numbers.get(record)?);
        let known = list.iter().find(|known| known.record == *record)?;
        Some(known.invoice)
    }
}

#[cfg(test)]
mod tests {
    use snelstart_client::Ref;
    use uuid::Uuid;

    use super::*;

    fn invoice(n: u128, number: &str) -> SalesInvoice {
        SalesInvoice {
            id: Some(SalesInvoiceId::from(Uuid::from_u128(n))),
            sales_booking: Some(Ref::to(Uuid::from_u128(n + 1_000_000).into())),
            number: Some(number.to_owned()),
            ..SalesInvoice::default()
        }
    }

    #[test]
    fn an_invoice_whose_number_was_changed_is_found_by_the_new_one() {
        let mut known = KnownInvoices::default();
        known.note(&invoice(1, "A1"));
        known.note(&invoice(1, " A2 "));
        assert!(known.of_number("A1").is_empty());
        let found = known.of_number("A2").to_vec();
        assert_eq!(found.len(), 1);
        assert_eq!(known.invoice_of(&found[0].record), Some(found[0].invoice));
    }

    #[test]
    fn no_more_than_so_many_are_kept_and_the_newest_stay() {
        let mut known = KnownInvoices::default();
        let most = u128::try_from(MOST).unwrap();
        for n in 0..most + 10 {
            known.note(&invoice(n, &n.to_string()));
        }
        assert_eq!(known.order.len(), MOST);
        assert_eq!(known.numbers.len(), MOST);
        assert_eq!(known.by_number.len(), MOST);
        assert!(known.of_number("9").is_empty());
        assert_eq!(known.of_number(&(most + 9).to_string()).len(), 1);
    }
}
