//! Serial numbers of products (`/products/{id}/product_serials`).

use api_core::{Error, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::filter::{Filter as _, filter};
use crate::id::{LineItemId, LocationId, LocationQuantityId, ProductId, ProductSerialId};
use crate::list::List;
use crate::model::{Cents, model, words};
use crate::operations as ops;

words! {
    /// Where one item of a product is (`status`), as a filter writes it.
    pub enum SerialStatus {
        /// In stock.
        InStock = "in_stock",
        /// Set aside.
        Reserved = "reserved",
        /// Sold.
        Sold = "sold",
        /// Sent back.
        Returned = "returned",
        /// On its way to another location.
        InTransfer = "in_transfer",
        /// Broken.
        Breakage = "breakage",
        /// Built into a refurbished device.
        UsedInRefurb = "used_in_refurb",
    }
}

words! {
    /// What kind of line serial numbers are put on (`record_type`).
    pub enum SerialLineKind {
        /// A line of an invoice or an estimate.
        LineItem = "LineItem",
        /// A line of a ticket.
        TicketLineItem = "TicketLineItem",
        /// A line of a transfer.
        TransferLineItem = "TransferLineItem",
        /// A line of a return.
        ReturnLineItem = "ReturnLineItem",
        /// A line of a refurbished device.
        RefurbLineItem = "RefurbLineItem",
    }
}

model! {
    /// One item of a product, with its serial number.
    pub struct ProductSerial, wire "product_serial"/"product_serials" {
        /// Its id.
        id: ProductSerialId = "id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The stock it belongs to.
        product_location_quantity_id: LocationQuantityId = "product_location_quantity_id" [read_only],
        /// The line it was sold on.
        line_item_id: LineItemId = "line_item_id" [read_only],
        /// Its serial number.
        serial_number: String = "serial_number",
        /// Where it is, for people: `In Stock`.
        status: String = "status" [read_only],
        /// What this one cost, in the account's currency.
        instance_price_cost: Decimal = "instance_price_cost" [read_only],
        /// What this one is sold for, in the account's currency.
        instance_price_retail: Decimal = "instance_price_retail" [read_only],
        /// The account's location.
        location_id: LocationId = "location_id" [read_only],
        /// Its condition.
        condition: String = "condition" [write_only],
        /// What this one cost, in cents.
        price_cost_cents: Cents = "price_cost_cents" [write_only],
        /// What this one is sold for, in cents.
        price_retail_cents: Cents = "price_retail_cents" [write_only],
        /// Notes; a change takes them, a create does not.
        notes: String = "notes" [write_only],
    }
}

model! {
    /// Which serial numbers go on which line.
    pub struct SerialAttachment, wire "serial_attachment"/"serial_attachments" {
        /// What kind of line it is.
        record_type: SerialLineKind = "record_type" [write_only],
        /// The line.
        line_item_id: i64 = "line_item_id" [write_only],
        /// The serial numbers, by their ids.
        product_serial_ids: Vec<ProductSerialId> = "product_serial_ids" [write_only],
    }
}

filter! {
    /// Which serial numbers of a product are listed.
    pub struct ProductSerialFilter for PRODUCT_SERIALS_LIST {
        /// Those that are there.
        status: SerialStatus = "status",
    }
}

handle! {
    /// Serial numbers of products.
    pub fn product_serials -> ProductSerials, "Serial numbers of products";
}

impl<'c> ProductSerials<'c> {
    /// Lists those of a product, page after page.
    pub fn list(
        &self,
        product: ProductId,
        filter: &ProductSerialFilter,
    ) -> List<'c, ProductSerial> {
        List::new(self.client, &ops::PRODUCT_SERIALS_LIST)
            .at(product)
            .params(filter.query())
    }

    /// Adds one to a product.
    ///
    /// It is sent once: with an unknown outcome, look for it before trying
    /// again.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, and those of any call.
    pub async fn create(
        &self,
        product: ProductId,
        serial: &ProductSerial,
    ) -> Result<ProductSerial, Error> {
        self.client
            .post(
                &ops::PRODUCT_SERIALS_CREATE,
                &[&product.to_string()],
                &serial.to_json(),
            )
            .await
    }

    /// Changes what is set of one.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it is refused, and those of any call.
    pub async fn update(
        &self,
        product: ProductId,
        id: ProductSerialId,
        serial: &ProductSerial,
    ) -> Result<ProductSerial, Error> {
        let args = [product.to_string(), id.to_string()];
        self.client
            .put(
                &ops::PRODUCT_SERIALS_UPDATE,
                &[&args[0], &args[1]],
                &serial.to_json(),
            )
            .await
    }

    /// Puts serial numbers on a line.
    ///
    /// It takes the right to change what the line is on, too. It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation`, such as where one is used already, and those of any call.
    pub async fn attach(
        &self,
        product: ProductId,
        attachment: &SerialAttachment,
    ) -> Result<(), Error> {
        self.client
            .act(
                &ops::PRODUCT_SERIALS_ATTACH,
                &[&product.to_string()],
                &[],
                Some(&attachment.to_json()),
            )
            .await?;
        Ok(())
    }
}
