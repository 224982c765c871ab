//! Invoices that were seen, so that payments find them by their numbers.

use std::collections::{BTreeSet, HashMap, VecDeque};

use api_core::{Date, Error, ErrorKind, Guarded};
use snelstart_client::{Filter, SalesInvoice, SalesInvoiceId};
use sync_core::RecordId;

use super::SnelStart;
use super::decode::{invoice_record_id, record_id, text};
use super::invoices::booking_of;
use super::pull::{as_sent, is_bad_filter};
use super::window::Window;

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

impl SnelStart {
    /// Takes over what is known already.
    pub(super) fn take_known(
        &self,
        wanted: &mut BTreeSet<String>,
        found: &mut HashMap<String, Vec<KnownInvoice>>,
    ) {
        let known = match self.inner.known.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        wanted.retain(|number| {
            let invoices = known.of_number(number);
            if !invoices.is_empty() {
                found.insert(number.clone(), invoices.to_vec());
            }
            invoices.is_empty()
        });
    }

    /// Asks for invoices by their numbers and notes them; whether the server filtered.
    pub(super) async fn look_up(&self, numbers: &[String]) -> Result<bool, Error> {
        let fields = SalesInvoice::fields();
        let each = numbers
            .iter()
            .map(|number| fields.number().eq(number.as_str()));
        let Some(filter) = Filter::any_of(each) else {
            return Ok(true);
        };
        let invoices = self.client().sales_invoices();
        let rows = match invoices.list().filter(as_sent(&filter)).page().await {
            Ok(rows) => rows,
            Err(error) if is_bad_filter(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut filtered = true;
        for row in rows {
            if let Guarded::Good(invoice) = row {
                let number = text(invoice.number.as_deref()).unwrap_or_default();
                filtered &= numbers
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(number));
                self.note(&invoice);
            }
        }
        Ok(filtered)
    }

    /// Reads invoices until those with these numbers are found, or there are no more.
    pub(super) async fn look_through(
        &self,
        wanted: &mut BTreeSet<String>,
        found: &mut HashMap<String, Vec<KnownInvoice>>,
    ) -> Result<(), Error> {
        let mut window = Window::default();
        let id = |invoice: &SalesInvoice| invoice.id.map(|id| id.to_string());
        loop {
            let turned = window
                .turn(usize::MAX / 2, id, |top, skip| {
                    self.all_invoice_rows(top, skip)
                })
                .await?;
            for row in &turned.rows {
                if let Guarded::Good(invoice) = row {
                    self.note(invoice);
                }
            }
            self.take_known(wanted, found);
            if turned.complete || wanted.is_empty() {
                return Ok(());
            }
            window = turned.next;
        }
    }

    /// The sales invoice behind a record; nothing if there is none any more.
    pub(super) async fn sales_invoice(&self, id: &RecordId) -> Result<Option<SalesInvoice>, Error> {
        let by_itself = id.as_str().strip_prefix("f:").map(str::parse);
        let known = match by_itself {
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return Ok(None),
            None => self.known_invoice(id),
        };
        if let Some(invoice) = known {
            match self.client().sales_invoices().get(&invoice).await {
                Ok(invoice) => return Ok(Some(invoice)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let Some(booking) = booking_of(id) else {
            return Ok(None);
        };
        let booking = match self.client().sales_bookings().get(&booking).await {
            Ok(booking) => booking,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(number) = text(booking.number.as_deref()) else {
            return Ok(None);
        };
        if !self.look_up(&[number.to_owned()]).await? {
            let mut wanted = BTreeSet::from([number.to_owned()]);
            self.look_through(&mut wanted, &mut HashMap::new()).await?;
        }
        match self.known_invoice(id) {
            None => Ok(None),
            Some(invoice) => match self.client().sales_invoices().get(&invoice).await {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                answer => answer.map(Some),
            },
        }
    }

    fn known_invoice(&self, id: &RecordId) -> Option<SalesInvoiceId> {
        let known = match self.inner.known.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        known.invoice_of(id)
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
