//! Invoices: what the list of sales invoices gives of one, and the rest from its booking.

use api_core::{Date, Error, ErrorKind};
use futures_util::stream::{self, StreamExt};
use rust_decimal::Decimal;
use snelstart_client::{SalesBookingId, SalesInvoice, VatTable};
use sync_core::fields::FieldType as _;
use sync_core::{Completed, EntityKind, Fields, Record, RecordId, Ref, Unreadable, Value};

use super::SnelStart;
use super::decode::{flaw, invoice_record_id, record_id, set, text};
use super::lines::{Parts, of_booking};
use super::pull::no_such_kind;

impl SnelStart {
    /// What the list gives of an invoice: everything but its lines and its VAT.
    pub(super) fn invoice_part(
        &self,
        invoice: &SalesInvoice,
        today: Date,
    ) -> Result<Option<Record>, Error> {
        let Some(id) = invoice_record_id(invoice) else {
            return Err(flaw("SnelStart sent a sales invoice without an id."));
        };
        let mut fields = Fields::new();
        set(&mut fields, "number", text(invoice.number.as_deref()));
        let customer = invoice.customer.as_ref().and_then(|to| to.id);
        let customer = customer.map(|id| Value::Ref(Ref::new(EntityKind::Customer, record_id(id))));
        set(&mut fields, "customer", customer);
        set(
            &mut fields,
            "date",
            invoice.date.map(|at| Value::Date(at.date())),
        );
        let due = invoice.due_date.map(|at| at.date());
        set(&mut fields, "due_date", due.map(Value::Date));
        set(&mut fields, "currency", Some(self.inner.currency.as_str()));
        let (total, balance) = (invoice.invoice_amount, invoice.open_balance);
        set(&mut fields, "total", total.map(money));
        set(&mut fields, "balance", balance.map(money));
        let status = total.zip(balance).map(|(total, balance)| {
            let late = due.is_some_and(|due| due < today);
            status(total, balance, late)
        });
        set(&mut fields, "status", status);
        let record = Record::new(EntityKind::Invoice, id, fields).partial();
        Ok(Some(self.stamped(record, invoice.modified_on)))
    }

    /// Whether an invoice is from before the start date.
    pub(super) fn starts_before(&self, invoice: &SalesInvoice) -> bool {
        match (self.inner.start_date, invoice.date) {
            (Some(start), Some(date)) => date.date() < start,
            _ => false,
        }
    }

    /// Reads the rest of invoices, several at once. What was read before the limit was met, or the
    /// server went down, is given; whoever asks for the others meets the error again.
    pub(super) async fn completed(
        &self,
        kind: EntityKind,
        records: Vec<Record>,
    ) -> Result<Vec<Completed>, Error> {
        if kind != EntityKind::Invoice {
            return match kind {
                EntityKind::Customer | EntityKind::Payment => {
                    Ok(records.into_iter().map(Completed::Whole).collect())
                }
                other => Err(no_such_kind(other)),
            };
        }
        let vat = self.vat_table().await?;
        let at_once = self.inner.capabilities.max_in_flight;
        let mut whole = stream::iter(records)
            .map(|record| {
                let vat = &vat;
                async move {
                    let id = record.id.clone();
                    (id, self.whole_invoice(record, vat).await)
                }
            })
            .buffered(at_once);
        let mut completed = Vec::new();
        while let Some((id, read)) = whole.next().await {
            match read {
                Ok(Some(record)) => completed.push(Completed::Whole(record)),
                Ok(None) => completed.push(Completed::Gone(id)),
                Err(error) if is_of_record(&error) => {
                    completed.push(Completed::Unreadable(Unreadable { id, error }));
                }
                Err(error) if completed.is_empty() => return Err(error),
                Err(_) => return Ok(completed),
            }
        }
        Ok(completed)
    }

    /// An invoice with its lines; nothing if it is not there any more.
    pub(super) async fn whole_invoice(
        &self,
        mut record: Record,
        vat: &VatTable,
    ) -> Result<Option<Record>, Error> {
        let booking = match booking_of(&record.id) {
            Some(id) => match self.client().sales_bookings().get(&id).await {
                Ok(booking) => Some(booking),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            },
            None => None,
        };
        let lined = booking.as_ref().filter(|booking| {
            booking
                .lines
                .as_ref()
                .is_some_and(|lines| !lines.is_empty())
        });
        let parts = match lined {
            Some(booking) => of_booking(booking, vat)?,
            None => self.of_orders(&record.id).await?,
        };
        let note = booking.and_then(|booking| booking.description);
        record.partial = false;
        let fields = &mut record.fields;
        set(fields, "note", text(note.as_deref()));
        set(fields, "subtotal", parts.subtotal.map(money));
        set(fields, "tax_total", parts.tax_total.map(money));
        let lines = (!parts.lines.is_empty()).then(|| parts.lines.into_value());
        set(fields, "lines", lines);
        Ok(Some(record))
    }

    /// The lines of the orders that an invoice was made from, where its booking has none.
    async fn of_orders(&self, id: &RecordId) -> Result<Parts, Error> {
        let invoice = self.sales_invoice(id).await?;
        let orders = invoice.and_then(|invoice| invoice.sales_orders);
        let mut parts = Parts::default();
        for id in orders.iter().flatten().filter_map(|order| order.id) {
            let order = match self.client().sales_orders().get(&id).await {
                Ok(order) => order,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            parts.add(&order);
        }
        Ok(parts)
    }
}

/// The booking behind a record, which most are named by.
pub(super) fn booking_of(id: &RecordId) -> Option<SalesBookingId> {
    id.as_str().parse().ok()
}

/// An amount as it is kept, without zeros at its end.
pub(super) fn money(amount: Decimal) -> Value {
    Value::Decimal(amount.normalize())
}

/// How an invoice stands by what is still to be paid of it.
///
/// A credit note is the same with everything below zero, and never overdue. One of which a part
/// was paid is `partially_paid` whether it is late or not.
fn status(total: Decimal, balance: Decimal, late: bool) -> &'static str {
    let credit = total.is_sign_negative() && !total.is_zero();
    let (total, balance) = match credit {
        true => (-total, -balance),
        false => (total, balance),
    };
    if balance <= Decimal::ZERO {
        "paid"
    } else if balance < total {
        "partially_paid"
    } else if late && !credit {
        "overdue"
    } else {
        "unpaid"
    }
}

/// Whether an error lies in one record, so that the others can be read.
pub(super) fn is_of_record(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Decode
            | ErrorKind::Validation
            | ErrorKind::Conflict
            | ErrorKind::TooLarge
            | ErrorKind::NotFound
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn an_invoice_stands_as_its_open_balance_says() {
        for (total, balance, late, word) in [
            ("121", "121", false, "unpaid"),
            ("121", "121", true, "overdue"),
            ("121", "21", false, "partially_paid"),
            ("121", "21", true, "partially_paid"),
            ("121", "0", true, "paid"),
            ("121", "-0.01", true, "paid"),
            ("121", "130", true, "overdue"),
            ("0", "0", true, "paid"),
            ("-121", "-121", true, "unpaid"),
            ("-121", "-21", false, "partially_paid"),
            ("-121", "0", false, "paid"),
            ("-121", "5", false, "paid"),
        ] {
            assert_eq!(
                status(d(total), d(balance), late),
                word,
                "{total} {balance}"
            );
        }
    }
}
