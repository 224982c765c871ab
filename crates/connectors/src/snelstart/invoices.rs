//! Invoices: what the list of sales invoices gives of one, and the rest from its booking.

use api_core::{Date, Error, ErrorKind};
use futures_util::stream::{self, StreamExt};
use rust_decimal::Decimal;
use snelstart_client::{
    OrderLine, PriceBasis, SalesBooking, SalesBookingId, SalesBookingLine, SalesInvoice,
    SalesOrder, SalesVatKind, VatKind, VatTable,
};
use sync_core::fields::{FieldType as _, Line, LineTax};
use sync_core::{Completed, EntityKind, Fields, Record, RecordId, Ref, Unreadable, Value};

use super::SnelStart;
use super::decode::{flaw, invoice_record_id, record_id, set, text};
use super::pull::no_such_kind;

/// What an invoice is called whose VAT the customer owes.
const REVERSE_CHARGE: &str = "Verlegd";

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

/// What the list does not give of an invoice.
#[derive(Debug, Default)]
struct Parts {
    lines: Vec<Line>,
    subtotal: Option<Decimal>,
    tax_total: Option<Decimal>,
}

/// The parts of an invoice as it was booked.
fn of_booking(booking: &SalesBooking, vat: &VatTable) -> Result<Parts, Error> {
    let day = booking.date.map(|at| at.date());
    let reversed = booking
        .vat
        .iter()
        .flatten()
        .any(|row| row.vat_kind == Some(SalesVatKind::SalesReverseCharge));
    let mut parts = Parts::default();
    let mut subtotal = Decimal::ZERO;
    for line in booking.lines.iter().flatten() {
        let amount = line.amount.ok_or_else(|| {
            flaw("SnelStart sent a line of a booking without an amount (`bedrag`).")
        })?;
        subtotal += amount;
        parts.lines.push(Line {
            description: text(line.description.as_deref())
                .or(text(booking.description.as_deref()))
                .map(str::to_owned),
            quantity: Some(Decimal::ONE),
            unit_price: Some(amount.normalize()),
            taxes: Some(taxes(line, reversed, day, vat)?).filter(|taxes| !taxes.is_empty()),
            ..Line::default()
        });
    }
    let taxes = booking.vat.iter().flatten().filter_map(|row| row.amount);
    parts.subtotal = Some(subtotal);
    parts.tax_total = Some(taxes.sum());
    Ok(parts)
}

/// The VAT of a line, under the name that SnelStart has for it, at the rate of the day.
fn taxes(
    line: &SalesBookingLine,
    reversed: bool,
    day: Option<Date>,
    vat: &VatTable,
) -> Result<Vec<LineTax>, Error> {
    let tax = |name: &str, rate: Decimal| {
        vec![LineTax {
            name: Some(name.to_owned()),
            rate: Some(rate.normalize()),
        }]
    };
    match &line.vat_kind {
        None => Ok(Vec::new()),
        Some(VatKind::None) if reversed => Ok(tax(REVERSE_CHARGE, Decimal::ZERO)),
        Some(VatKind::None) => Ok(Vec::new()),
        Some(kind) => {
            let rate = day.and_then(|day| vat.percentage(kind, day));
            let rate = rate.ok_or_else(|| {
                flaw(format!(
                    "SnelStart tells no rate of the VAT `{}` for the day of the invoice.",
                    kind.as_str()
                ))
            })?;
            Ok(tax(kind.as_str(), rate))
        }
    }
}

impl Parts {
    /// Adds an order. Lines of an order whose prices hold VAT cannot be told without: they become
    /// one line of its total without VAT that names them.
    fn add(&mut self, order: &SalesOrder) {
        let without = order.total_without_vat;
        let with = order.total_with_vat;
        let sum = |sum: Option<Decimal>, more: Option<Decimal>| match (sum, more) {
            (Some(sum), Some(more)) => sum.checked_add(more),
            (sum, more) => sum.or(more),
        };
        self.subtotal = sum(self.subtotal, without);
        let tax = with
            .zip(without)
            .and_then(|(with, without)| with.checked_sub(without));
        self.tax_total = sum(self.tax_total, tax);
        let rows = || order.lines.iter().flatten();
        let discounted = order.invoice_discount.is_some_and(|rate| !rate.is_zero());
        if order.price_basis == Some(PriceBasis::Excluding) && !discounted {
            self.lines.extend(rows().map(order_line));
            return;
        }
        let names: Vec<String> = rows().filter_map(described).collect();
        let number = order.number.map(|number| format!("Order {number}"));
        let description = text(order.description.as_deref()).map(str::to_owned);
        self.lines.push(Line {
            description: description.or(number),
            long_description: Some(names.join("\n")).filter(|names| !names.is_empty()),
            quantity: Some(Decimal::ONE),
            unit_price: without.map(|amount| amount.normalize()),
            ..Line::default()
        });
    }
}

/// A line of an order whose prices are without VAT.
fn order_line(line: &OrderLine) -> Line {
    let quantity = line.quantity.unwrap_or(Decimal::ONE);
    let price = line.unit_price.unwrap_or_default();
    let full = quantity.checked_mul(price);
    let plain = line.discount.is_none_or(|discount| discount.is_zero())
        && line.total.is_none_or(|total| full == Some(total));
    let description = text(line.description.as_deref()).map(str::to_owned);
    if plain {
        return Line {
            description,
            quantity: Some(quantity.normalize()),
            unit_price: Some(price.normalize()),
            ..Line::default()
        };
    }
    // Less a discount, or rounded: the total is what counts.
    Line {
        description,
        long_description: described(line),
        quantity: Some(Decimal::ONE),
        unit_price: Some(line.total.or(full).unwrap_or_default().normalize()),
        ..Line::default()
    }
}

/// A line of an order in words: `3 x Paper (2.50, less 10 %)`.
fn described(line: &OrderLine) -> Option<String> {
    let name = text(line.description.as_deref())?;
    let quantity = line.quantity.unwrap_or(Decimal::ONE).normalize();
    let price = line.unit_price.map(|price| price.normalize().to_string());
    let discount = line.discount.filter(|discount| !discount.is_zero());
    let discount = discount.map(|rate| format!("less {} %", rate.normalize()));
    let more: Vec<String> = price.into_iter().chain(discount).collect();
    Some(match more.is_empty() {
        true => format!("{quantity} x {name}"),
        false => format!("{quantity} x {name} ({})", more.join(", ")),
    })
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

    #[test]
    fn lines_of_an_order_count_what_they_come_to() {
        let line = OrderLine {
            description: Some("Paper".to_owned()),
            quantity: Some(d("3")),
            unit_price: Some(d("2.50")),
            total: Some(d("7.50")),
            ..OrderLine::default()
        };
        let plain = order_line(&line);
        assert_eq!(
            (plain.quantity, plain.unit_price),
            (Some(d("3")), Some(d("2.5")))
        );
        let less = OrderLine {
            discount: Some(d("10")),
            total: Some(d("6.75")),
            ..line
        };
        let less = order_line(&less);
        assert_eq!(
            (less.quantity, less.unit_price),
            (Some(d("1")), Some(d("6.75")))
        );
        assert_eq!(
            less.long_description.as_deref(),
            Some("3 x Paper (2.5, less 10 %)")
        );
    }

    #[test]
    fn an_order_whose_prices_hold_vat_becomes_one_line_without_it() {
        let order = SalesOrder {
            number: Some(7),
            price_basis: Some(PriceBasis::Including),
            total_without_vat: Some(d("100")),
            total_with_vat: Some(d("121")),
            lines: Some(vec![OrderLine {
                description: Some("Chair".to_owned()),
                unit_price: Some(d("121")),
                ..OrderLine::default()
            }]),
            ..SalesOrder::default()
        };
        let mut parts = Parts::default();
        parts.add(&order);
        assert_eq!(parts.subtotal, Some(d("100")));
        assert_eq!(parts.tax_total, Some(d("21")));
        assert_eq!(parts.lines.len(), 1);
        assert_eq!(parts.lines[0].unit_price, Some(d("100")));
        assert_eq!(parts.lines[0].description.as_deref(), Some("Order 7"));
        assert_eq!(
            parts.lines[0].long_description.as_deref(),
            Some("1 x Chair (121)")
        );
    }
}
