//! Products and services with their prices.

use rust_decimal::Decimal;

use crate::field::CustomFields;
use crate::invoices::LineTax;
use crate::model::resource;
use crate::product_groups::ProductGroupId;

resource! {
    /// The products resource.
    kind Products;
    /// The server's id of a product.
    id ProductId;
    /// A product as the server sends it.
    record Product;
    /// A product to be created.
    new NewProduct;
    /// A change to a product.
    patch ProductPatch;
    required {
        /// What the product is called.
        name: String,
    }
    optional {
        /// The article code.
        code: String,
        /// More about it.
        description: String,
        /// The price of one, without tax.
        price: Decimal,
        /// Currency of the price as ISO 4217.
        currency: String,
        /// What is counted, such as hours.
        unit: String,
        /// The group it belongs to.
        group_id: ProductGroupId,
        /// Whether it is sold.
        active: bool,
        /// The taxes on it.
        taxes: Vec<LineTax>,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
