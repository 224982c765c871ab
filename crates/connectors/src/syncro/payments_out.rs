//! Writing payments: one for one invoice, never changed afterwards.
//!
//! A payment has no custom fields; it is known by its invoice, its amount and its reference. No
//! more is entered than the invoice says is open.

use api_core::{Error, ErrorKind};
use rust_decimal::Decimal;
use sync_core::fields::{Payment as Ours, View as _};
use sync_core::{Op, Outcome, RecordId};
use syncro_client::{Invoice, Payment};

use super::Syncro;
use super::encode;
use super::outcome::{no_id, of_error, rejected, unsent};

impl Syncro {
    pub(super) async fn new_payment(&self, op: &Op) -> Outcome {
        // One after the other: two payments of one invoice must see what the other leaves open.
        let _turn = self.inner.models.paying.lock().await;
        let payment = match self.payable(op).await {
            Ok(payment) => payment,
            Err(error) => return unsent(error),
        };
        match self.inner.client.payments().create(&payment).await {
            Ok(made) if made.success == Some(false) => Outcome::Rejected(rejected(
                "amount",
                "is of a payment that Syncro says did not succeed",
            )),
            Ok(made) => match made.id {
                Some(id) => Outcome::Written(RecordId::new(id.to_string())),
                None => Outcome::Unknown(no_id("payment")),
            },
            Err(error) => of_error(error),
        }
    }

    /// A payment as it is sent, checked against what is still open.
    async fn payable(&self, op: &Op) -> Result<Payment, Error> {
        let ours = Ours::from_fields(&op.fields)
            .map_err(|error| rejected(&error.field, &format!("should be {}", error.expected)))?;
        let mut payment = encode::payment(&ours)?;
        let amount = ours.amount.unwrap_or_default();
        let id = payment.invoice_id.map(|id| RecordId::new(id.to_string()));
        let id = id.unwrap_or_else(|| RecordId::new("0"));
        let invoice = match self.invoice_now(&id).await {
            Ok(invoice) => invoice,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let problem = format!("refers to `{id}`, which Syncro has no invoice of");
                return Err(rejected("invoice", &problem));
            }
            Err(error) => return Err(error),
        };
        open_for(&invoice, amount)?;
        payment.customer_id = invoice
            .customer_id
            .or_else(|| invoice.customer.as_ref().and_then(|customer| customer.id));
        Ok(payment)
    }
}

/// Refuses what is more than is still open; what was paid twice a person has to look at.
fn open_for(invoice: &Invoice, amount: Decimal) -> Result<(), Error> {
    let number = invoice.number.as_deref().unwrap_or_default();
    let again = "Look in Syncro whether it was entered already; link it by hand if it was.";
    if invoice.is_paid == Some(true) {
        let problem = format!("is of the invoice {number}, which is paid already");
        return Err(rejected("invoice", &problem).help(again));
    }
    let Some(open) = open(invoice) else {
        return Ok(());
    };
    if amount > open {
        let problem = format!(
            "is {}, and of the invoice {number} {} is open",
            amount.normalize(),
            open.normalize()
        );
        return Err(rejected("amount", &problem).help(again));
    }
    Ok(())
}

/// What is still to be paid, where that can be told: a payment may be for several invoices, and
/// only its whole amount is told.
fn open(invoice: &Invoice) -> Option<Decimal> {
    let mut open = invoice.total?;
    for payment in invoice.payments.as_ref()? {
        if payment.success == Some(false) {
            continue;
        }
        let mut others = payment.invoice_ids.iter().flatten();
        if others.any(|id| Some(*id) != invoice.id) {
            return None;
        }
        open = open.checked_sub(payment.payment_amount?)?;
    }
    Some(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoice(total: &str, paid: &[&str]) -> Invoice {
        let payments = paid.iter().map(|amount| Payment {
            payment_amount: amount.parse().ok(),
            ..Payment::default()
        });
        Invoice {
            number: Some("7".to_owned()),
            total: total.parse().ok(),
            payments: Some(payments.collect()),
            ..Invoice::default()
        }
    }

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn no_more_is_paid_than_is_open() {
        let half = invoice("121.00", &["60.50"]);
        open_for(&half, d("60.5")).unwrap();
        let error = open_for(&half, d("60.51")).unwrap_err();
        assert!(error.message().contains("60.5 is open"), "{error}");
        let paid = Invoice {
            is_paid: Some(true),
            ..invoice("121.00", &[])
        };
        assert!(open_for(&paid, d("1")).is_err());
    }

    #[test]
    fn what_is_open_is_not_guessed() {
        let mut shared = invoice("121.00", &["121.00"]);
        for payment in shared.payments.iter_mut().flatten() {
            payment.invoice_ids = Some(vec![syncro_client::InvoiceId::new(8)]);
        }
        open_for(&shared, d("121")).unwrap();
        let untold = Invoice {
            payments: None,
            ..invoice("121.00", &[])
        };
        open_for(&untold, d("500")).unwrap();
    }
}
