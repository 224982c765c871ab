//! Money received for invoices.
//!
//! SmartCRM takes payments inside their invoice only and lists them all here; other servers have
//! them as records of their own.

use api_core::Date;
use rust_decimal::Decimal;

use crate::invoices::InvoiceId;
use crate::model::resource;

resource! {
    /// The payments resource.
    kind Payments;
    /// The server's id of a payment.
    id PaymentId;
    /// A payment as the server sends it.
    record Payment;
    /// A payment to be created.
    new NewPayment;
    /// A change to a payment.
    patch PaymentPatch;
    required {
        /// The invoice it is for.
        invoice_id: InvoiceId,
        /// How much, in the invoice's currency.
        amount: Decimal,
    }
    optional {
        /// When.
        date: Date,
        /// How it was paid.
        mode: String,
        /// The bank's or provider's number of it.
        transaction_id: String,
        /// Free text.
        note: String,
    }
}
