//! Lines of tickets (`/tickets/{id}/add_line_item` and the like).

use std::collections::BTreeMap;

use api_core::{Error, Json, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::id::{LineItemId, ProductId, TicketId, TicketLineItemId, UserId};
use crate::model::{Cents, model};
use crate::operations as ops;
use crate::wire::Acknowledged;

model! {
    /// A line of a ticket.
    ///
    /// A new line needs a name and a description even where it names a product
    /// (measured by client authors).
    pub struct TicketLineItem, wire "ticket_line_item"/"line_items", also ["line_item"] {
        /// Its id (`id`).
        id: TicketLineItemId = "id" [read_only],
        /// Its ticket (`ticket_id`).
        ticket_id: TicketId = "ticket_id" [read_only],
        /// Who added it (`user_id`).
        user_id: UserId = "user_id" [read_only],
        /// Its product (`product_id`).
        product_id: ProductId = "product_id",
        /// Name (`name`).
        name: String = "name",
        /// Description (`description`).
        description: String = "description",
        /// How many (`quantity`).
        quantity: Decimal = "quantity",
        /// Category of its product (`product_category`).
        product_category: String = "product_category" [read_only],
        /// Bar code of its product (`upc_code`).
        upc_code: String = "upc_code",
        /// Whether it is taxed (`taxable`).
        taxable: bool = "taxable",
        /// What one costs (`cost_cents`), in cents.
        cost_cents: Cents = "cost_cents" [read_only],
        /// What one sells for (`retail_cents`), in cents.
        retail_cents: Cents = "retail_cents" [read_only],
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether it is on an invoice (`converted`).
        converted: bool = "converted" [read_only],
        /// Its part order (`item_id`).
        item_id: i64 = "item_id" [read_only],
        /// Its place (`position`).
        position: i64 = "position" [read_only],
        /// The line of the estimate it came from (`estimate_line_item_id`).
        estimate_line_item_id: LineItemId = "estimate_line_item_id" [read_only],
        /// Its price before (`old_price`).
        old_price: Decimal = "old_price" [read_only],
        /// Discount (`line_discount_percent`), in per cent.
        line_discount_percent: Decimal = "line_discount_percent" [read_only],
        /// Discount (`discount_dollars`), in the account's currency.
        discount_dollars: Decimal = "discount_dollars" [read_only],
        /// The line it was copied from (`original_ticket_line_item_id`).
        original_ticket_line_item_id: TicketLineItemId = "original_ticket_line_item_id" [read_only],
        /// What one costs (`price_cost`), in the account's currency.
        price_cost: Decimal = "price_cost",
        /// What one sells for (`price_retail`), in the account's currency.
        price_retail: Decimal = "price_retail",
    }
}

handle! {
    /// Lines of tickets: what they will be billed for.
    pub fn ticket_lines -> TicketLines, "Lines of tickets";
}

impl TicketLines<'_> {
    /// Adds a line to a ticket; sent once.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where name or description is empty, and those
    /// of any call.
    pub async fn add(
        &self,
        ticket: TicketId,
        line: &TicketLineItem,
    ) -> Result<TicketLineItem, Error> {
        self.client
            .post(
                &ops::TICKET_LINES_ADD,
                &[&ticket.to_string()],
                &line.to_json(),
            )
            .await
    }

    /// Changes a line of a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn update(
        &self,
        ticket: TicketId,
        id: TicketLineItemId,
        change: &TicketLineItem,
    ) -> Result<TicketLineItem, Error> {
        let body = named(change.to_json(), id);
        self.client
            .put(&ops::TICKET_LINES_UPDATE, &[&ticket.to_string()], &body)
            .await
    }

    /// Removes a line from a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn remove(
        &self,
        ticket: TicketId,
        id: TicketLineItemId,
    ) -> Result<Acknowledged, Error> {
        let body = named(Json::Map(BTreeMap::new()), id);
        self.client
            .act(
                &ops::TICKET_LINES_REMOVE,
                &[&ticket.to_string()],
                &[],
                Some(&body),
            )
            .await
    }
}

/// Names the line in a body.
fn named(mut body: Json, id: TicketLineItemId) -> Json {
    if let Json::Map(members) = &mut body {
        members.insert("ticket_line_item_id".to_owned(), Json::from(id.get()));
    }
    body
}
