//! Lines of invoices and estimates.

use api_core::Timestamp;
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::filter::filter;
use crate::id::{EstimateId, InvoiceId, LineItemId, ProductId, TaxRateId, UserId};
use crate::model::model;
use crate::operations as ops;
use crate::records::records;

model! {
    /// A line of an invoice or of an estimate.
    pub struct LineItem, wire "line_item"/"line_items" {
        /// Its id.
        id: LineItemId = "id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The invoice it is on, if any.
        invoice_id: InvoiceId = "invoice_id" [read_only],
        /// What is charged, in short; a new line needs it or a product.
        item: String = "item",
        /// What is charged, described; a new line needs it or a product.
        name: String = "name",
        /// What one costs, in the account's currency.
        cost: Decimal = "cost",
        /// What one is sold for, in the account's currency, without tax.
        price: Decimal = "price",
        /// How many.
        quantity: Decimal = "quantity",
        /// The product that is sold.
        product_id: ProductId = "product_id",
        /// Whether it is taxed.
        taxable: bool = "taxable",
        /// The discount of a line of an estimate, in percent.
        discount_percent: Decimal = "discount_percent",
        /// The discount of a line of an invoice, in percent.
        line_discount_percent: Decimal = "line_discount_percent" [write_only],
        /// The discount, in the account's currency.
        discount_dollars: Decimal = "discount_dollars",
        /// Its place among the lines.
        position: i64 = "position",
        /// The bundle it belongs to.
        invoice_bundle_id: i64 = "invoice_bundle_id" [read_only],
        /// The barcode of the product that is sold.
        upc_code: String = "upc_code" [write_only],
        /// A note about its tax.
        tax_note: String = "tax_note" [write_only],
        /// The rate it is taxed at.
        tax_rate_id: TaxRateId = "tax_rate_id" [write_only],
        /// Who sold it.
        user_id: UserId = "user_id" [write_only],
        /// The category of the product, by its name.
        product_category: String = "product_category" [write_only],
    }
}
filter! {
    /// Which lines are listed.
    pub struct LineItemFilter for LINE_ITEMS_LIST {
        /// Those of an invoice.
        invoice_id: InvoiceId = "invoice_id",
        /// Those of an estimate.
        estimate_id: EstimateId = "estimate_id",
        /// Those of any invoice.
        on_invoice: bool = "invoice_id_not_null",
        /// Those of any estimate.
        on_estimate: bool = "estimate_id_not_null",
    }
}

handle! {
    /// Lines of all invoices and estimates (`/line_items`).
    ///
    /// Reading them takes the rights of a global administrator. Pages shift
    /// while others write (measured on RepairShopr, the same engine); lists made
    /// here survive that.
    pub fn line_items -> LineItems, "Lines of invoices and estimates";
}

records! {
    impl LineItems, "a line" as line: LineItem by LineItemId;

    list ops::LINE_ITEMS_LIST, LineItemFilter;
}
