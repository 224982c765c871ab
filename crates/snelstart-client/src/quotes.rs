//! Quotes (`offertes`).

use rust_decimal::Decimal;

use crate::address::Address;
use crate::cost_centres::CostCentreId;
use crate::id::Ref;
use crate::model::{ids, model};
use crate::relations::{MandateId, RelationId};
use crate::sales_invoices::SalesInvoiceId;
use crate::sales_orders::{OrderLine, PriceBasis, ProcessStatus};
use crate::wall_time::WallTime;

ids! {
    /// A quote's id.
    QuoteId "/offertes"
}

model! {
    /// A quote (`OfferteModel`).
    pub struct Quote, fields QuoteFields, wire "OfferteModel" {
        /// Its id (`id`), given by the server.
        id: QuoteId = "id",
        /// For whom (`relatie`); needed to write.
        relation: Ref<RelationId> = "relatie",
        /// How far it is (`procesStatus`).
        process_status: ProcessStatus = "procesStatus",
        /// Its number (`nummer`), given by the server.
        number: i32 = "nummer",
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// Its day (`datum`); needed to write.
        date: WallTime = "datum",
        /// Days to pay (`krediettermijn`), from 0 to 100; the customer's own
        /// where it is left out.
        payment_days: i32 = "krediettermijn",
        /// What it is (`omschrijving`).
        description: String = "omschrijving",
        /// Reference for its payment (`betalingskenmerk`).
        payment_reference: String = "betalingskenmerk",
        /// The mandate by which it is collected (`incassomachtiging`).
        mandate: Ref<MandateId> = "incassomachtiging",
        /// Where the goods go (`afleveradres`).
        delivery_address: Address = "afleveradres",
        /// Where the invoice goes (`factuuradres`).
        invoice_address: Address = "factuuradres",
        /// Whether its prices hold VAT (`verkooporderBtwIngaveModel`).
        price_basis: PriceBasis = "verkooporderBtwIngaveModel",
        /// The cost centre (`kostenplaats`).
        cost_centre: Ref<CostCentreId> = "kostenplaats",
        /// Its lines (`regels`).
        lines: Vec<OrderLine> = "regels",
        /// Notes (`memo`).
        memo: String = "memo",
        /// The customer's own reference (`orderreferentie`), printed on the invoice.
        order_reference: String = "orderreferentie",
        /// Discount on the invoice (`factuurkorting`), in per cent.
        invoice_discount: Decimal = "factuurkorting",
        /// The invoice it became (`verkoopfactuur`).
        invoice: Ref<SalesInvoiceId> = "verkoopfactuur",
        /// Total without VAT (`totaalExclusiefBtw`).
        total_without_vat: Decimal = "totaalExclusiefBtw",
        /// Total with VAT (`totaalInclusiefBtw`).
        total_with_vat: Decimal = "totaalInclusiefBtw",
        /// Whether it is a quote still (`isOfferte`).
        is_quote: bool = "isOfferte",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}
