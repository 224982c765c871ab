//! Invoices: what a list gives of one, and the rest, which only the invoice itself gives.

use api_core::{Date, Error, ErrorKind};
use futures_util::stream::{self, StreamExt};
use rust_decimal::Decimal;
use sync_core::fields::{FieldType as _, Line};
use sync_core::{Completed, EntityKind, Fields, Record, RecordId, Unreadable};
use syncro_client::{Invoice, LineItem};

use super::Syncro;
use super::decode::{flaw, money, nameless, record_id, reference, set, text};
use super::pull::no_such_kind;
use super::taxes::{self, Item};

/// How far subtotal and tax may be off the total.
const A_CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

impl Syncro {
    /// What a list gives of an invoice: everything but its lines and what was paid.
    pub(super) fn invoice_part(
        &self,
        invoice: &Invoice,
        currency: Option<&str>,
        today: Date,
    ) -> Result<Record, Error> {
        let id = invoice.id.ok_or_else(|| nameless(EntityKind::Invoice))?;
        let mut fields = Fields::new();
        set(&mut fields, "number", text(invoice.number.as_deref()));
        let customer = invoice.customer_id.map(|id| id.get());
        set(
            &mut fields,
            "customer",
            reference(EntityKind::Customer, customer),
        );
        set(&mut fields, "date", invoice.date);
        set(&mut fields, "due_date", invoice.due_date);
        set(&mut fields, "currency", currency);
        set(&mut fields, "subtotal", invoice.subtotal.map(money));
        set(&mut fields, "tax_total", invoice.tax.map(money));
        set(&mut fields, "total", invoice.total.map(money));
        set(&mut fields, "status", Some(status(invoice, None, today)));
        set(&mut fields, "note", text(invoice.note.as_deref()));
        set(&mut fields, "created_at", invoice.created_at);
        let record = Record::new(EntityKind::Invoice, record_id(id), fields).partial();
        Ok(match invoice.updated_at {
            Some(at) => record.modified(at),
            None => record,
        })
    }

    /// An invoice with its lines, as the invoice itself gives it.
    pub(super) fn invoice_whole(
        &self,
        invoice: &Invoice,
        currency: Option<&str>,
        today: Date,
    ) -> Result<Record, Error> {
        let mut record = self.invoice_part(invoice, currency, today)?;
        record.partial = false;
        let balance = balance(invoice);
        let lines = self.lines(invoice)?;
        let fields = &mut record.fields;
        set(fields, "balance", balance.map(money));
        set(fields, "status", Some(status(invoice, balance, today)));
        let lines = (!lines.is_empty()).then(|| lines.into_value());
        set(fields, "lines", lines);
        Ok(record)
    }

    /// The lines with their taxes, which add up to the sums of the invoice to the cent.
    fn lines(&self, invoice: &Invoice) -> Result<Vec<Line>, Error> {
        let what = text(invoice.number.as_deref()).unwrap_or("without a number");
        let wrong = |problem: String| {
            flaw(format!("The invoice {what} cannot be read: {problem}")).help(
                "Correct it in Syncro, or set `tax_rates` of the connection to the rates of the \
                 account.",
            )
        };
        let mut items: Vec<&LineItem> = invoice.line_items.iter().flatten().collect();
        items.sort_by_key(|item| (item.position.unwrap_or(i64::MAX), item.id));
        let told: Vec<Item> = items.iter().map(|item| told(item)).collect();
        let priced = taxes::lines(&told, invoice.subtotal).map_err(wrong)?;
        let sum: Decimal = priced.iter().map(|line| line.amount).sum();
        let charged = invoice.tax.unwrap_or_default();
        let tax = taxes::tax(&priced, charged, &self.inner.tax_rates).map_err(wrong)?;
        if let Some(total) = invoice.total {
            let made = invoice.subtotal.unwrap_or(sum).checked_add(charged);
            let off = made.and_then(|made| made.checked_sub(total));
            if off.is_none_or(|off| off.abs() > A_CENT) {
                return Err(wrong(format!(
                    "Its subtotal and its tax are not its total of {total}."
                )));
            }
        }
        let lines = items.iter().zip(priced).map(|(item, priced)| {
            let name = text(item.item.as_deref());
            let more = text(item.name.as_deref());
            Line {
                description: name.or(more).map(str::to_owned),
                long_description: more
                    .filter(|more| name.is_some_and(|name| name != *more))
                    .map(str::to_owned),
                quantity: Some(quantity(item).normalize()),
                unit_price: Some(priced.unit_price),
                product: product(item),
                taxes: tax.clone().filter(|_| priced.taxable).map(|tax| vec![tax]),
                ..Line::default()
            }
        });
        Ok(lines.collect())
    }

    /// Whether an invoice is from before the first day that is read.
    pub(super) fn starts_before(&self, invoice: &Invoice) -> bool {
        match (self.inner.invoice_start, invoice.date) {
            (Some(start), Some(date)) => date < start,
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
        if !super::KINDS.contains(&kind) {
            return Err(no_such_kind(kind));
        }
        if kind != EntityKind::Invoice {
            return Ok(records.into_iter().map(Completed::Whole).collect());
        }
        let at_once = self.inner.capabilities.max_in_flight;
        let mut whole = stream::iter(records)
            .map(|record| async move {
                let read = self.one(kind, &record.id).await;
                (record.id, read)
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
}

/// Whether an error lies in one record, so that the others can be read.
pub(super) fn is_of_record(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Decode | ErrorKind::Validation | ErrorKind::Conflict | ErrorKind::TooLarge
    )
}

fn quantity(item: &LineItem) -> Decimal {
    item.quantity.unwrap_or(Decimal::ONE)
}

fn told(item: &LineItem) -> Item {
    Item {
        quantity: quantity(item),
        price: item.price.unwrap_or_default(),
        percent_off: item.discount_percent,
        dollars_off: item.discount_dollars,
        taxable: item.taxable == Some(true),
    }
}

fn product(item: &LineItem) -> Option<sync_core::Ref> {
    let id = item.product_id.map(|id| id.get()).filter(|id| *id > 0)?;
    Some(sync_core::Ref::new(EntityKind::Product, record_id(id)))
}

/// What is still to be paid, where that can be told: a payment may be for several invoices, and
/// only its whole amount is told.
fn balance(invoice: &Invoice) -> Option<Decimal> {
    if invoice.is_paid == Some(true) {
        return Some(Decimal::ZERO);
    }
    if let Some(balance) = invoice.balance_due {
        return Some(balance);
    }
    let total = invoice.total?;
    let mut paid = Decimal::ZERO;
    for payment in invoice.payments.as_ref()? {
        if payment.success == Some(false) {
            continue;
        }
        let others = payment.invoice_ids.iter().flatten();
        if others.clone().any(|id| Some(*id) != invoice.id) {
            return None;
        }
        paid = paid.checked_add(payment.payment_amount?)?;
    }
    total.checked_sub(paid)
}

/// How an invoice stands.
///
/// Lists tell whether it is paid, and no more. One of which a part was paid is `partially_paid`
/// whether it is late or not; a credit note is never late.
fn status(invoice: &Invoice, balance: Option<Decimal>, today: Date) -> &'static str {
    let total = invoice.total.unwrap_or_default();
    let paid_in_part = |balance: Decimal| balance.abs() < total.abs();
    if invoice.is_paid == Some(true) {
        "paid"
    } else if balance.is_some_and(paid_in_part) {
        "partially_paid"
    } else if invoice.due_date.is_some_and(|due| due < today) && !total.is_sign_negative() {
        "overdue"
    } else {
        "unpaid"
    }
}

/// The id of the invoice that a record is.
pub(super) fn number_of(id: &RecordId) -> Option<i64> {
    id.as_str().parse().ok().filter(|id| *id > 0)
}
