//! What a sales order is made of, and what it shares with quotes.

use rust_decimal::Decimal;

use crate::articles::ArticleId;
use crate::id::Ref;
use crate::model::{ids, model, words};
use crate::order_templates::OrderTemplateId;

use super::alike::order;

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

order! {
    /// A sales order (`VerkoopOrderModel`).
    pub struct SalesOrder, fields SalesOrderFields, wire "VerkoopOrderModel", id SalesOrderId;

    /// Its number (`nummer`), given by the server; a create that names
    /// one is refused (`VOR-0005`).
    number;
    after payment_days {
        /// Whether it is held up (`geblokkeerd`); as the template says where
        /// it is left out.
        blocked: bool = "geblokkeerd",
    }
    after invoice {
        /// The template it follows (`verkoopordersjabloon`).
        template: Ref<OrderTemplateId> = "verkoopordersjabloon",
        /// Where it stands (`verkoopOrderStatus`).
        status: OrderStatus = "verkoopOrderStatus",
    }
    after totals {
        /// Extra fields of the order (`extraHoofdVelden`), experimental.
        extra_fields: Vec<OrderExtraField> = "extraHoofdVelden",
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
