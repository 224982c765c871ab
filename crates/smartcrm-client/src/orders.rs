//! Sales orders with their lines.

use api_core::Date;
use rust_decimal::Decimal;

use crate::clients::ClientId;
use crate::field::CustomFields;
use crate::invoices::InvoiceLine;
use crate::model::{resource, words};

words! {
    /// What has become of an order.
    OrderStatus {
        /// Not yet sent.
        Draft = "draft",
        /// Sent to the client.
        Sent = "sent",
        /// Turned down by the client.
        Declined = "declined",
        /// Agreed to by the client.
        Accepted = "accepted",
        /// No longer valid.
        Expired = "expired",
    }
}

resource! {
    /// The orders resource.
    kind Orders;
    /// The server's id of an order.
    id OrderId;
    /// An order as the server sends it.
    record Order;
    /// An order to be created.
    new NewOrder;
    /// A change to an order.
    patch OrderPatch;
    required {
        /// The number as printed.
        number: String,
        /// The client it is for.
        client_id: ClientId,
        /// The day of the order.
        date: Date,
        /// Currency as ISO 4217.
        currency: String,
        /// The sum to be paid, with tax.
        total: Decimal,
    }
    optional {
        /// The client's own reference.
        reference: String,
        /// Until when it holds.
        expiry_date: Date,
        /// What has become of it.
        status: OrderStatus,
        /// The sum of the lines, without tax.
        subtotal: Decimal,
        /// The discount, as an amount.
        discount: Decimal,
        /// A correction of the total.
        adjustment: Decimal,
        /// The sum of all taxes.
        total_tax: Decimal,
        /// What is sold.
        lines: Vec<InvoiceLine>,
        /// A note to the client.
        note: String,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
