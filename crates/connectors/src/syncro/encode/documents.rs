//! Invoices, their lines, and payments.

use api_core::{Date, Error};
use rust_decimal::Decimal;
use sync_core::fields::{Invoice as Ours, Payment as OurPayment};
use syncro_client::{Cents, CustomerId, Invoice, LineItem, Payment};

use crate::syncro::invoices_out::sheet::Wanted;
use crate::syncro::outcome::rejected;

/// An invoice without lines.
pub(in crate::syncro) fn invoice(
    ours: &Ours,
    customer: CustomerId,
    number: &str,
    date: Date,
) -> Invoice {
    Invoice {
        customer_id: Some(customer),
        number: Some(number.to_owned()),
        date: Some(date),
        due_date: ours.due_date,
        note: ours.note.clone().filter(|note| !note.trim().is_empty()),
        ..Invoice::default()
    }
}

/// A line of an invoice.
pub(in crate::syncro) fn line_item(line: &Wanted) -> Result<LineItem, Error> {
    let product = line.product.as_deref().map(str::parse).transpose();
    let product = product.map_err(|_| {
        let problem = format!("names a product `{}`, which is no id of Syncro", line.item);
        rejected("lines", &problem)
    })?;
    Ok(LineItem {
        item: Some(line.item.clone()),
        name: Some(line.name.clone()),
        quantity: Some(line.quantity),
        price: Some(line.price),
        taxable: Some(line.taxable),
        product_id: product,
        ..LineItem::default()
    })
}

/// A payment of one invoice.
pub(in crate::syncro) fn payment(ours: &OurPayment) -> Result<Payment, Error> {
    let amount = ours
        .amount
        .filter(|amount| *amount > Decimal::ZERO)
        .ok_or_else(|| {
            rejected(
                "amount",
                "is not above zero, and only money that comes in is written",
            )
            .help("Enter what was paid back in Syncro.")
        })?;
    let cents = Cents::of(amount).ok_or_else(|| {
        let problem = format!("is {}, which is no whole cents", amount.normalize());
        rejected("amount", &problem)
    })?;
    let invoice = ours
        .invoice
        .as_ref()
        .ok_or_else(|| rejected("invoice", "is empty, and a payment is of one"))?;
    let id = invoice.id.as_str().parse().map_err(|_| {
        let problem = format!("refers to `{}`, which is no id of Syncro", invoice.id);
        rejected("invoice", &problem)
    })?;
    Ok(Payment {
        invoice_id: Some(id),
        amount_cents: Some(cents),
        payment_method: ours.mode.clone().filter(|mode| !mode.trim().is_empty()),
        ref_num: ours.transaction_id.clone(),
        ..Payment::default()
    })
}
