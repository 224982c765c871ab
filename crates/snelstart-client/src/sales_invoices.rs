//! Sales invoices: what customers owe (`verkoopfacturen`), read only.

use rust_decimal::Decimal;

use crate::model::{ids, model};
use crate::wall_time::WallTime;

ids! {
    /// The id of a sales invoice (verkoopfactuur).
    SalesInvoiceId "/verkoopfacturen"
}

model! {
    /// A sales invoice with what is still to be paid (verkoopfactuur).
    ///
    /// It has no lines and no VAT: those are in the sales booking behind it.
    pub struct SalesInvoice, fields SalesInvoiceFields, wire "VerkoopfactuurModel" {
        /// The booking behind it (`verkoopBoeking`).
        sales_booking: Ref<SalesBookingId> = "verkoopBoeking",
        /// When it changed last (`modifiedOn`); a payment need not move it
        /// (measured by client authors).
        modified_on: WallTime = "modifiedOn" [read_only],
        /// What is still to be paid (`openstaandSaldo`), in euros; filled by the
        /// server on reading only. 0 is paid, below 0 is a credit note or
        /// overpaid (inferred).
        open_balance: Decimal = "openstaandSaldo" [read_only],
        /// The invoice's number (`factuurnummer`), at most 25 characters.
        number: String = "factuurnummer" [max 25],
        /// The day it is due (`vervalDatum`).
        due_date: WallTime = "vervalDatum",
        /// Who owes it (`relatie`).
        customer: Ref<RelationId> = "relatie",
        /// The day of the invoice (`factuurDatum`).
        date: WallTime = "factuurDatum",
        /// The total with VAT (`factuurBedrag`), in euros.
        invoice_amount: Decimal = "factuurBedrag",
        /// The orders it was made from (`verkoopOrders`).
        sales_orders: Vec<Ref<SalesOrderId>> = "verkoopOrders",
        /// Its id (`id`).
        id: SalesInvoiceId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}
