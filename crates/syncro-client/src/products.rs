//! Products and services (`/products`).

mod stock;

use api_core::{Error, Json, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::filter::{Sort, filter};
use crate::id::{
    AccountId, LocationId, LocationQuantityId, ProductCategoryId, ProductId, TaxRateId, VendorId,
};
use crate::list::List;
use crate::model::{Cents, model};
use crate::operations as ops;
use crate::operations::Operation;
use crate::product_skus::ProductSku;
use crate::records::{records, revise};

model! {
    /// A product or a service.
    ///
    /// Nothing says when it changed. It cannot be deleted; set
    /// [`disabled`](Self::disabled).
    pub struct Product, wire "product"/"products" {
        /// Its id.
        id: ProductId = "id" [read_only],
        /// What one costs, in the account's currency.
        price_cost: Decimal = "price_cost",
        /// What one is sold for, in the account's currency.
        price_retail: Decimal = "price_retail",
        /// What one is sold for to resellers, in the account's currency.
        price_wholesale: Decimal = "price_wholesale",
        /// Its condition, such as new or used.
        condition: String = "condition",
        /// What it is; required by a create and a change.
        description: String = "description",
        /// Whether stock is kept.
        maintain_stock: bool = "maintain_stock",
        /// Its name; required by a create and a change.
        name: String = "name",
        /// How many are in stock.
        quantity: i64 = "quantity",
        /// Its warranty.
        warranty: String = "warranty",
        /// Its place among others.
        sort_order: i64 = "sort_order",
        /// The stock at which more is ordered.
        reorder_at: i64 = "reorder_at",
        /// The stock that is wanted.
        desired_stock_level: i64 = "desired_stock_level",
        /// Whether it is no longer in use.
        disabled: bool = "disabled",
        /// Whether it is taxed.
        taxable: bool = "taxable",
        /// Its category, by name.
        product_category: String = "product_category",
        /// Its category and those above, by name.
        category_path: String = "category_path" [read_only],
        /// Its barcode.
        upc_code: String = "upc_code",
        /// Its standing discount, in percent.
        discount_percent: Decimal = "discount_percent",
        /// The template of its warranty.
        warranty_template_id: i64 = "warranty_template_id",
        /// Its id in QuickBooks.
        qb_item_id: i64 = "qb_item_id",
        /// Notes of the account's own.
        notes: String = "notes",
        /// The rate it is taxed at.
        tax_rate_id: TaxRateId = "tax_rate_id",
        /// Where it lies.
        physical_location: String = "physical_location",
        /// Whether each has a serial number.
        serialized: bool = "serialized",
        /// Who sells it to the account.
        vendor_ids: Vec<VendorId> = "vendor_ids",
        /// The vendors' article numbers.
        product_skus: Vec<ProductSku> = "product_skus" [read_only],
        /// What it is, at length.
        long_description: String = "long_description" [read_only],
        /// How many lie where.
        location_quantities: Vec<LocationQuantity> = "location_quantities" [read_only],
        /// Its pictures; their form is unknown.
        photos: Vec<Json> = "photos" [read_only],
        /// Its categories, by their ids.
        category_ids: Vec<ProductCategoryId> = "category_ids" [write_only],
        /// Vendors' article numbers to add.
        new_skus: Vec<ProductSku> = "product_skus_attributes" [write_only],
    }
}

model! {
    /// A category of products.
    pub struct ProductCategory, wire "product_category"/"categories" {
        /// Its id.
        id: ProductCategoryId = "id" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// The ids of the categories above it, separated by slashes (inferred).
        ancestry: String = "ancestry" [read_only],
        /// Its name.
        name: String = "name" [read_only],
        /// What it is.
        description: String = "description" [read_only],
        /// The product that stands for its devices; its type is inferred.
        device_product_id: ProductId = "device_product_id" [read_only],
        /// Its name after those of the categories above it.
        names_depth_cache: String = "names_depth_cache" [read_only],
    }
}

model! {
    /// How many of a product lie at one location.
    pub struct LocationQuantity, wire "location_quantity"/"location_quantities" {
        /// Its id; a change names it.
        id: LocationQuantityId = "id" [read_only],
        /// The product.
        product_id: ProductId = "product_id" [read_only],
        /// How many.
        quantity: i64 = "quantity",
        /// What one costs there, in cents.
        price_cost_cents: Cents = "price_cost_cents" [read_only],
        /// What one is sold for there, in cents.
        price_retail_cents: Cents = "price_retail_cents" [read_only],
        /// The account's location.
        location_id: LocationId = "location_id" [read_only],
        /// The rate it is taxed at there.
        tax_rate_id: TaxRateId = "tax_rate_id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The stock at which more is ordered.
        reorder_at: i64 = "reorder_at" [read_only],
        /// The stock that is wanted.
        desired_stock_level: i64 = "desired_stock_level" [read_only],
        /// Which one is set.
        location_quantity_id: LocationQuantityId = "location_quantity_id" [write_only],
    }
}

filter! {
    /// Which products are listed.
    pub struct ProductFilter for PRODUCTS_LIST {
        /// Free text.
        query: String = "query",
        /// Those with this article number of a vendor.
        sku: String = "sku",
        /// Those with this name.
        name: String = "name",
        /// Those with this barcode.
        upc_code: String = "upc_code",
        /// Those of a category.
        category_id: ProductCategoryId = "category_id",
        /// Those with these ids.
        ids: Vec<ProductId> = "id[]",
        /// Those without these ids.
        except: Vec<ProductId> = "id_not[]",
        /// The order, such as by `name`.
        sort: Sort = "sort",
    }
}

impl Product {
    /// The call of a change: one that adds article numbers must not be repeated.
    fn change(&self) -> &'static Operation {
        match &self.new_skus {
            Some(skus) if !skus.is_empty() => &ops::PRODUCTS_UPDATE_ONCE,
            _ => &ops::PRODUCTS_UPDATE,
        }
    }
}

handle! {
    /// Products and services (`/products`).
    pub fn products -> Products, "Products and services";
}

records! {
    impl Products, "a product" as product: Product by ProductId;

    ///
    /// Nothing tells when a product changed, so what changed is found by
    /// reading all of them.
    list ops::PRODUCTS_LIST, ProductFilter;
    get ops::PRODUCTS_GET;
    ///
    /// Name and description are required.
    create ops::PRODUCTS_CREATE;
}

impl<'c> Products<'c> {
    /// Changes what is set of a product.
    ///
    /// Name and description are required, and what is not set may be reset, such
    /// as [`maintain_stock`](Product::maintain_stock) (measured by client
    /// authors); [`revise`](Self::revise) keeps it. Article numbers in
    /// [`new_skus`](Product::new_skus) are added, so a change that has any is sent
    /// once; others are repeated like any change.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it is refused, and those of any call.
    pub async fn update(&self, id: ProductId, product: &Product) -> Result<Product, Error> {
        self.client
            .put(product.change(), &[&id.to_string()], &product.to_json())
            .await
    }

    /// Changes what is set of a product and keeps the rest.
    ///
    /// It is read first and written back with everything that can be written.
    /// What changes nothing is not sent. Whoever writes in between is
    /// overwritten: the API has no way to prevent that.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it is refused, and those of any call.
    pub async fn revise(&self, id: ProductId, change: &Product) -> Result<Product, Error> {
        let calls = (&ops::PRODUCTS_GET, change.change());
        revise(self.client, calls, &id.to_string(), change).await
    }

    /// Fetches the product with a barcode.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn by_barcode(&self, barcode: &str) -> Result<Product, Error> {
        self.client
            .one(
                &ops::PRODUCTS_BY_BARCODE,
                &[],
                &[("barcode", barcode.to_owned())],
            )
            .await
    }

    /// Lists the categories of products, page after page.
    pub fn categories(&self) -> List<'c, ProductCategory> {
        List::new(self.client, &ops::PRODUCTS_CATEGORIES)
    }
}
