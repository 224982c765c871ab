//! Payments (`/payments`).

use api_core::{Error, ErrorKind, Json, SendOutcome, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::customers::Customer;
use crate::filter::filter;
use crate::id::{CustomerId, InvoiceId, PaymentId};
use crate::model::{Cents, Properties, model};
use crate::operations as ops;
use crate::records::records;

model! {
    /// A payment.
    ///
    /// There is no member for a card: card data has no place in this client.
    /// A payment on no invoice becomes credit of the customer. The API neither
    /// changes nor deletes payments.
    pub struct Payment, wire "payment"/"payments" {
        /// Its id.
        id: PaymentId = "id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether it succeeded.
        success: bool = "success" [read_only],
        /// How much was paid, in the account's currency; a create sends
        /// [`amount`](Self::amount_cents) instead.
        payment_amount: Decimal = "payment_amount" [read_only],
        /// The invoices it pays; empty when it pays none.
        invoice_ids: Vec<InvoiceId> = "invoice_ids" [read_only],
        /// A reference, such as the bank's or a cheque's number.
        ref_num: String = "ref_num",
        /// When it counts; comes as midnight in UTC.
        applied_at: Timestamp = "applied_at" [read_only],
        /// How it was paid, by the name of a [payment method](crate::PaymentMethod).
        payment_method: String = "payment_method",
        /// What the card processor answered; its type is unknown.
        transaction_response: Json = "transaction_response" [read_only],
        /// When it was signed.
        signature_date: Timestamp = "signature_date",
        /// Who paid.
        customer: Customer = "customer" [read_only],
        /// The tickets it belongs to; their form is unknown.
        tickets: Vec<Json> = "tickets" [read_only],
        /// Who pays.
        customer_id: CustomerId = "customer_id" [write_only],
        /// The invoice it pays, by its id.
        invoice_id: InvoiceId = "invoice_id" [write_only],
        /// The invoice it pays, by its number.
        invoice_number: String = "invoice_number" [write_only],
        /// How much is paid, in cents; required by a create.
        amount_cents: Cents = "amount_cents" [write_only],
        /// The street of who pays.
        address_street: String = "address_street" [write_only],
        /// The city of who pays.
        address_city: String = "address_city" [write_only],
        /// The postal code of who pays.
        address_zip: String = "address_zip" [write_only],
        /// The first name of who pays.
        first_name: String = "firstname" [write_only],
        /// The last name of who pays.
        last_name: String = "lastname" [write_only],
        /// The cash register it came in at.
        register_id: i64 = "register_id" [write_only],
        /// Who signed.
        signature_name: String = "signature_name" [write_only],
        /// The signature's picture.
        signature_data: String = "signature_data" [write_only],
        /// How it is divided: cents by the id of an invoice.
        apply_payments: Properties = "apply_payments" [write_only],
    }
}

filter! {
    /// Which payments are listed.
    pub struct PaymentFilter for PAYMENTS_LIST {
        /// Free text.
        query: String = "query",
    }
}

handle! {
    /// Payments (`/payments`).
    pub fn payments -> Payments, "Payments";
}

records! {
    impl Payments, "a payment" as payment: Payment by PaymentId;

    list ops::PAYMENTS_LIST, PaymentFilter;
    ///
    /// All of them are read: the server has no filter for it, and ignores one that
    /// is sent (measured on RepairShopr, the same engine).
    changed ops::PAYMENTS_LIST;
    get ops::PAYMENTS_GET;
}

impl Payment {
    /// Pays an amount on an invoice.
    #[must_use]
    pub fn on_invoice(customer: CustomerId, invoice: InvoiceId, amount: Cents) -> Self {
        Self {
            customer_id: Some(customer),
            invoice_id: Some(invoice),
            amount_cents: Some(amount),
            ..Self::default()
        }
    }

    /// Gives a part of the payment to an invoice.
    #[must_use]
    pub fn apply(mut self, invoice: InvoiceId, amount: Cents) -> Self {
        self.apply_payments
            .get_or_insert_default()
            .insert(invoice.to_string(), Json::from(amount.get()));
        self
    }
}

impl Payments<'_> {
    /// Books a payment.
    ///
    /// It is sent once: with an unknown outcome, look at the invoice's
    /// [`payments`](crate::Invoice::payments) before trying again.
    ///
    /// # Errors
    ///
    /// `Validation`, where the amount is missing before anything is sent, or
    /// where the server refuses it, and those of any call.
    pub async fn create(&self, payment: &Payment) -> Result<Payment, Error> {
        if payment.amount_cents.is_none() {
            return Err(Error::new(
                ErrorKind::Validation,
                "A payment needs an amount (`amount_cents`).",
            )
            .code("amount_missing")
            .operation(ops::PAYMENTS_CREATE.name)
            .outcome(SendOutcome::NotSent)
            .help("Say how much was paid, in cents."));
        }
        self.client
            .post(&ops::PAYMENTS_CREATE, &[], &payment.to_json())
            .await
    }
}
