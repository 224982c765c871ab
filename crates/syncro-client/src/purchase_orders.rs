//! Orders of the account at vendors (`/purchase_orders`).

use api_core::{Error, Json, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::id::{LocationId, ProductId, PurchaseOrderId, PurchaseOrderLineId, UserId, VendorId};
use crate::model::{Cents, model};
use crate::operations as ops;
use crate::records::records;
use crate::vendors::Vendor;

model! {
    /// An order of the account at a vendor.
    pub struct PurchaseOrder, wire "purchase_order"/"purchase_orders" {
        /// Its id.
        id: PurchaseOrderId = "id" [read_only],
        /// The account's subdomain.
        account_subdomain: String = "account_subdomain" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// When it should come.
        expected_date: Timestamp = "expected_date",
        /// Its number, as text.
        number: String = "number" [read_only],
        /// Other costs, in the account's currency.
        other_costs: Decimal = "other" [read_only],
        /// What shipping costs, in the account's currency.
        shipping: Decimal = "shipping" [read_only],
        /// Notes about shipping.
        shipping_notes: String = "shipping_notes",
        /// How far it has come.
        status: String = "status" [read_only],
        /// The total, in the account's currency.
        total: Decimal = "total" [read_only],
        /// Who ordered.
        user_id: UserId = "user_id",
        /// The vendor.
        vendor_id: VendorId = "vendor_id",
        /// The account's location it goes to.
        location_id: LocationId = "location_id",
        /// When it is due.
        due_date: Timestamp = "due_date",
        /// When it was paid.
        paid_date: Timestamp = "paid_date",
        /// Where its delivery can be followed.
        delivery_tracking: String = "delivery_tracking",
        /// The vendor, whole.
        vendor: Vendor = "vendor" [read_only],
        /// The account's location; its form is unknown.
        location: Json = "location" [read_only],
        /// Its lines.
        line_items: Vec<PurchaseOrderLine> = "line_items" [read_only],
        /// A discount, in percent.
        discount_percent: Decimal = "discount_percent" [write_only],
        /// Notes.
        general_notes: String = "general_notes" [write_only],
        /// Other costs, in cents.
        other_cents: Cents = "other_cents" [write_only],
        /// What shipping costs, in cents.
        shipping_cents: Cents = "shipping_cents" [write_only],
        /// When it was ordered.
        order_date: Timestamp = "order_date" [write_only],
    }
}

model! {
    /// A line of a purchase order.
    pub struct PurchaseOrderLine, wire "po_line_item"/"po_line_items" {
        /// Its id.
        id: PurchaseOrderLineId = "id" [read_only],
        /// The order it is on.
        purchase_order_id: PurchaseOrderId = "purchase_order_id" [read_only],
        /// The product, which must keep stock.
        product_id: ProductId = "product_id",
        /// How many.
        quantity: i64 = "quantity",
        /// What one costs, in cents.
        cost_cents: Cents = "cost_cents" [read_only],
        /// What all cost, in cents.
        total_cents: Cents = "total_cents" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether it came.
        received: bool = "received" [read_only],
        /// Its place among the lines.
        position: i64 = "position" [read_only],
        /// How many came.
        received_quantity: i64 = "received_quantity" [read_only],
        /// The line it was split from.
        parent_po_line_item_id: PurchaseOrderLineId = "parent_po_line_item_id" [read_only],
        /// What one cost before, in cents.
        old_cost_cents: Cents = "old_cost_cents" [read_only],
    }
}

handle! {
    /// Orders of the account at vendors (`/purchase_orders`).
    pub fn purchase_orders -> PurchaseOrders, "Orders of the account at vendors";
}

records! {
    impl PurchaseOrders, "a purchase order" as order: PurchaseOrder by PurchaseOrderId;

    list ops::PURCHASE_ORDERS_LIST;
    ///
    /// All of them are read: the server has no filter for it.
    changed ops::PURCHASE_ORDERS_LIST;
    get ops::PURCHASE_ORDERS_GET;
    create ops::PURCHASE_ORDERS_CREATE;
}

impl PurchaseOrders<'_> {
    /// Adds a line to a purchase order: a product that keeps stock, and how
    /// many.
    ///
    /// It is sent once: with an unknown outcome, look for it before trying
    /// again.
    ///
    /// # Errors
    ///
    /// `Validation`, such as where the product keeps no stock, and those of any
    /// call.
    pub async fn add_line(
        &self,
        id: PurchaseOrderId,
        line: &PurchaseOrderLine,
    ) -> Result<PurchaseOrderLine, Error> {
        self.client
            .post(
                &ops::PURCHASE_ORDERS_ADD_LINE,
                &[&id.to_string()],
                &line.to_json(),
            )
            .await
    }

    /// Books what a line ordered into the stock.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn receive(
        &self,
        id: PurchaseOrderId,
        line: PurchaseOrderLineId,
    ) -> Result<PurchaseOrder, Error> {
        let body = Json::Map([("line_item_id".to_owned(), Json::from(line.get()))].into());
        self.client
            .post(&ops::PURCHASE_ORDERS_RECEIVE, &[&id.to_string()], &body)
            .await
    }
}
