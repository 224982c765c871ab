//! How much of a product is in a warehouse.

use rust_decimal::Decimal;

use crate::model::resource;
use crate::products::ProductId;

resource! {
    /// The stock resource.
    kind Stock;
    /// The server's id of a stock level.
    id StockId;
    /// A stock level as the server sends it.
    record StockLevel;
    /// A stock level to be created.
    new NewStockLevel;
    /// A change to a stock level.
    patch StockLevelPatch;
    required {
        /// The product.
        product_id: ProductId,
        /// The warehouse, by name.
        warehouse: String,
        /// How many there are.
        quantity: Decimal,
    }
    optional {}
}
