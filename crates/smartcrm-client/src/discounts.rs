//! Discounts for groups of clients.

use api_core::Date;
use rust_decimal::Decimal;

use crate::model::resource;
use crate::product_groups::ProductGroupId;
use crate::products::ProductId;

resource! {
    /// The discounts resource.
    kind Discounts;
    /// The server's id of a discount.
    id DiscountId;
    /// A discount as the server sends it.
    record Discount;
    /// A discount to be created.
    new NewDiscount;
    /// A change to a discount.
    patch DiscountPatch;
    required {
        /// The group of clients, by name.
        customer_group: String,
        /// The discount in percent.
        percent: Decimal,
    }
    optional {
        /// The product it is for.
        product_id: ProductId,
        /// The group of products it is for.
        product_group_id: ProductGroupId,
        /// The first day.
        valid_from: Date,
        /// The last day.
        valid_until: Date,
    }
}
