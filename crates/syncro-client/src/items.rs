//! Ordered parts (`/items`).

use api_core::Timestamp;
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::filter::filter;
use crate::id::{AccountId, InvoiceId, LocationId, PartOrderId, ProductId, TicketId, UserId};
use crate::model::{Cents, model};
use crate::operations as ops;
use crate::records::records;

model! {
    /// An order of a part (`item`).
    pub struct PartOrder, wire "item"/"items" {
        /// Its id.
        id: PartOrderId = "id" [read_only],
        /// When it was asked for.
        requested_on: Timestamp = "requestedon" [read_only],
        /// The number of the ticket it is for, as text.
        ticket_number: String = "ticketnum" [read_only],
        /// Where the part is sold.
        part_url: String = "parturl" [read_only],
        /// How it is shipped.
        shipping: String = "shipping" [read_only],
        /// The store it goes to.
        destination_store: String = "deststore" [read_only],
        /// Who ordered it.
        ordered_by: String = "orderedby" [read_only],
        /// When it was ordered.
        ordered_on: Timestamp = "orderedon" [read_only],
        /// The number its delivery can be followed by.
        tracking_number: String = "trackingnum" [read_only],
        /// When it came.
        received_on: Timestamp = "receivedon" [read_only],
        /// What it costs, in the account's currency.
        price: Decimal = "price" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// What it is.
        description: String = "description" [read_only],
        /// The location it goes to.
        destination_location_id: LocationId = "destination_location_id" [read_only],
        /// The location it comes from.
        from_location_id: LocationId = "from_location_id" [read_only],
        /// Who it comes from.
        from_name: String = "from_name" [read_only],
        /// When it came, as text.
        received_at: String = "received_at" [read_only],
        /// Who asked for it.
        user_id: UserId = "user_id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// When it is due.
        due_at: Timestamp = "due_at" [read_only],
        /// The ticket it is for.
        ticket_id: TicketId = "ticket_id" [read_only],
        /// How far it has come.
        logistic_state: String = "logistic_state" [read_only],
        /// The product it becomes.
        product_id: ProductId = "product_id" [read_only],
        /// How many.
        quantity: i64 = "quantity" [read_only],
        /// Whether something goes back.
        round_trip: bool = "round_trip" [read_only],
        /// Which way it is going.
        trip_leg: String = "trip_leg" [read_only],
        /// What it is sold for, in cents.
        retail_cents: Cents = "retail_cents" [read_only],
        /// Whether it is taxed.
        taxable: bool = "taxable" [read_only],
        /// Whether it became a line of an invoice.
        converted: bool = "converted" [read_only],
        /// Notes.
        notes: String = "notes" [read_only],
        /// The refurbished device it is for.
        refurb_id: i64 = "refurb_id" [read_only],
        /// The invoice it is on.
        invoice_id: InvoiceId = "invoice_id" [read_only],
    }
}

filter! {
    /// Which part orders are listed.
    pub struct PartOrderFilter for PART_ORDERS_LIST {
        /// Free text.
        query: String = "query",
        /// Those that are done.
        completed: bool = "completed",
    }
}

handle! {
    /// Ordered parts (`/items`); the API cannot change them.
    pub fn part_orders -> PartOrders, "Ordered parts";
}

records! {
    impl PartOrders, "an ordered part" as part: PartOrder by PartOrderId;

    list ops::PART_ORDERS_LIST, PartOrderFilter;
    ///
    /// All of them are read: the server has no filter for it.
    changed ops::PART_ORDERS_LIST;
}
