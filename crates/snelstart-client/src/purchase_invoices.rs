//! Purchase invoices: what is owed to suppliers (`inkoopfacturen`), read only.

use rust_decimal::Decimal;

use crate::calls::handle;
use crate::id::Ref;
use crate::list::List;
use crate::model::{ids, model};
use crate::operations as ops;
use crate::purchase_bookings::PurchaseBookingId;
use crate::relations::RelationId;
use crate::wall_time::WallTime;

ids! {
    /// The id of a purchase invoice (inkoopfactuur).
    PurchaseInvoiceId "/inkoopfacturen"
}

model! {
    /// A supplier's invoice with what is still to be paid (inkoopfactuur).
    pub struct PurchaseInvoice, fields PurchaseInvoiceFields, wire "InkoopfactuurModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// What is still to be paid (`openstaandSaldo`), in euros; filled by the
        /// server on reading only.
        open_balance: Decimal = "openstaandSaldo" [read_only],
        /// The supplier's number (`factuurnummer`), at most 25 characters.
        number: String = "factuurnummer" [max 25, required],
        /// The day it is due (`vervalDatum`).
        due_date: WallTime = "vervalDatum",
        /// Who is owed (`relatie`).
        supplier: Ref<RelationId> = "relatie",
        /// The day of the invoice (`factuurDatum`).
        date: WallTime = "factuurDatum",
        /// The total with VAT (`factuurBedrag`), in euros.
        invoice_amount: Decimal = "factuurBedrag",
        /// The booking behind it (`inkoopBoeking`).
        purchase_booking: Ref<PurchaseBookingId> = "inkoopBoeking",
        /// Its id (`id`).
        id: PurchaseInvoiceId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Purchase invoices (`inkoopfacturen`), read only; the API fetches none by its id.
    pub fn purchase_invoices -> PurchaseInvoices, "Purchase invoices";
}

impl<'c> PurchaseInvoices<'c> {
    /// Lists purchase invoices; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, PurchaseInvoice> {
        self.client.list_of(&ops::PURCHASE_INVOICES_LIST)
    }
}
