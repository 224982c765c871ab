//! Invoices with their lines and payments.

use api_core::{Date, Timestamp};
use rust_decimal::Decimal;

use crate::clients::ClientId;
use crate::field::CustomFields;
use crate::model::{part, resource, words};
use crate::products::ProductId;
use crate::projects::ProjectId;

words! {
    /// What has become of an invoice.
    InvoiceStatus {
        /// Sent and not paid.
        Unpaid = "unpaid",
        /// Paid in full.
        Paid = "paid",
        /// Paid in part.
        PartiallyPaid = "partially_paid",
        /// Not paid in time.
        Overdue = "overdue",
        /// Withdrawn.
        Cancelled = "cancelled",
        /// Not yet sent.
        Draft = "draft",
    }
}

part! {
    /// A tax on a line.
    LineTax {
        /// The tax's name.
        name: String,
        /// The rate in percent.
        rate: Decimal,
    }
}

part! {
    /// A line of an invoice.
    InvoiceLine {
        /// What is charged.
        description: String,
        /// More about it.
        long_description: String,
        /// How many.
        qty: Decimal,
        /// The price of one, without tax.
        rate: Decimal,
        /// What is counted, such as hours.
        unit: String,
        /// The line's place, from 1.
        order: i64,
        /// The product, where it is one.
        product_id: ProductId,
        /// The taxes on it.
        taxes: Vec<LineTax>,
    }
}

part! {
    /// A payment received for an invoice.
    InvoicePayment {
        /// The source's own id of the payment.
        external_id: String,
        /// How much.
        amount: Decimal,
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

resource! {
    /// The invoices resource.
    kind Invoices;
    /// The server's id of an invoice.
    id InvoiceId;
    /// An invoice as the server sends it.
    record Invoice;
    /// An invoice to be created.
    new NewInvoice;
    /// A change to an invoice.
    patch InvoicePatch;
    required {
        /// The number as printed.
        number: String,
        /// The client it is for.
        client_id: ClientId,
        /// The day of the invoice.
        date: Date,
        /// Currency as ISO 4217.
        currency: String,
        /// The sum to be paid, with tax.
        total: Decimal,
    }
    optional {
        /// The project it is for.
        project_id: ProjectId,
        /// The day it has to be paid (`duedate`).
        duedate: Date,
        /// The sum of the lines, without tax.
        subtotal: Decimal,
        /// The discount, as an amount.
        discount: Decimal,
        /// A correction of the total.
        adjustment: Decimal,
        /// The sum of all taxes.
        total_tax: Decimal,
        /// What has become of it.
        status: InvoiceStatus,
        /// A note to the client.
        note: String,
        /// Terms and conditions.
        terms: String,
        /// When the invoice was entered in the CRM.
        registered_at: Timestamp,
        /// What is charged.
        lines: Vec<InvoiceLine>,
        /// What has been paid.
        payments: Vec<InvoicePayment>,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
