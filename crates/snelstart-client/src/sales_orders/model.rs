//! What a sales order is made of, and what it shares with quotes.

use rust_decimal::Decimal;

use crate::address::Address;
use crate::articles::ArticleId;
use crate::cost_centres::CostCentreId;
use crate::id::Ref;
use crate::model::{ids, model, words};
use crate::order_templates::OrderTemplateId;
use crate::relations::{MandateId, RelationId};
use crate::sales_invoices::SalesInvoiceId;
use crate::wall_time::WallTime;

ids! {
    /// A sales order's id.
    SalesOrderId "/verkooporders"
}

words! {
    /// How far an order is on its way to an invoice (`procesStatus`).
    ///
    /// The vendor documents `Contantbon` and `Factuur` as not available: an
    /// order is neither made nor put there by this API.
    pub enum ProcessStatus {
        /// An order (`Order`), which is the default.
        Order = "Order",
        /// A quote (`Offerte`).
        Quote = "Offerte",
        /// A confirmation (`Bevestiging`).
        Confirmation = "Bevestiging",
        /// A work order (`Werkbon`).
        WorkOrder = "Werkbon",
        /// A packing slip (`Pakbon`).
        PackingSlip = "Pakbon",
        /// A collection slip (`Afhaalbon`).
        CollectionSlip = "Afhaalbon",
        /// A cash receipt (`Contantbon`).
        CashReceipt = "Contantbon",
        /// An invoice (`Factuur`).
        Invoice = "Factuur",
    }
}

words! {
    /// Whether the prices of an order hold VAT (`verkooporderBtwIngaveModel`).
    pub enum PriceBasis {
        /// They hold it (`Inclusief`).
        Including = "Inclusief",
        /// It comes on top (`Exclusief`).
        Excluding = "Exclusief",
    }
}

words! {
    /// Where an order stands (`verkoopOrderStatus`).
    pub enum OrderStatus {
        /// It is worked on (`InBehandeling`), which is the default.
        InProgress = "InBehandeling",
        /// It is done (`Uitgevoerd`).
        Done = "Uitgevoerd",
        /// Service (`Service`).
        Service = "Service",
    }
}

model! {
    /// A value for an extra field that the order's template defines.
    ///
    /// Of the order (`IngaveGegevenModel`) or of a line (`RegelIngaveGegevenModel`);
    /// the vendor calls both experimental.
    pub struct OrderExtraField, fields OrderExtraFieldFields, wire "IngaveGegevenModel" {
        /// The field's number in the template (`veldNummer`).
        number: i32 = "veldNummer",
        /// The field's name (`omschrijving`).
        description: String = "omschrijving" [read_only],
        /// The value (`waarde`).
        value: String = "waarde",
    }
}

model! {
    /// A line of an order or a quote (`VerkooporderRegelModel`).
    pub struct OrderLine, fields OrderLineFields, wire "VerkooporderRegelModel" {
        /// The article (`artikel`).
        article: Ref<ArticleId> = "artikel",
        /// What it is (`omschrijving`), at most 250 characters; the article's
        /// own description where it is left out.
        description: String = "omschrijving" [max 250],
        /// Price of one (`stuksprijs`).
        unit_price: Decimal = "stuksprijs",
        /// How many (`aantal`).
        quantity: Decimal = "aantal",
        /// Discount (`kortingsPercentage`), in per cent.
        discount: Decimal = "kortingsPercentage",
        /// Total of the line (`totaal`).
        total: Decimal = "totaal",
        /// Extra fields of the line (`extraRegelVelden`), experimental.
        extra_fields: Vec<OrderExtraField> = "extraRegelVelden",
    }
}

model! {
    /// A sales order (`VerkoopOrderModel`).
    pub struct SalesOrder, fields SalesOrderFields, wire "VerkoopOrderModel" {
        /// Its id (`id`), given by the server.
        id: SalesOrderId = "id",
        /// For whom (`relatie`); needed to write.
        relation: Ref<RelationId> = "relatie" [required],
        /// How far it is (`procesStatus`).
        process_status: ProcessStatus = "procesStatus",
        /// Its number (`nummer`), given by the server; a create that names
        /// one is refused (`VOR-0005`).
        number: i32 = "nummer",
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// Its day (`datum`); needed to write.
        date: WallTime = "datum" [required],
        /// Days to pay (`krediettermijn`), from 0 to 100; the customer's own
        /// where it is left out.
        payment_days: i32 = "krediettermijn",
        /// Whether it is held up (`geblokkeerd`); as the template says where
        /// it is left out.
        blocked: bool = "geblokkeerd",
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
        /// The template it follows (`verkoopordersjabloon`).
        template: Ref<OrderTemplateId> = "verkoopordersjabloon",
        /// Where it stands (`verkoopOrderStatus`).
        status: OrderStatus = "verkoopOrderStatus",
        /// Total without VAT (`totaalExclusiefBtw`).
        total_without_vat: Decimal = "totaalExclusiefBtw",
        /// Total with VAT (`totaalInclusiefBtw`).
        total_with_vat: Decimal = "totaalInclusiefBtw",
        /// Extra fields of the order (`extraHoofdVelden`), experimental.
        extra_fields: Vec<OrderExtraField> = "extraHoofdVelden",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}

model! {
    /// A new process status for an order (`VerkooporderUpdateProcesStatusModel`).
    pub struct ProcessStatusUpdate, fields ProcessStatusUpdateFields, wire "VerkooporderUpdateProcesStatusModel" {
        /// The order's id (`id`).
        id: SalesOrderId = "id",
        /// The new status (`procesStatus`).
        process_status: ProcessStatus = "procesStatus",
    }
}
