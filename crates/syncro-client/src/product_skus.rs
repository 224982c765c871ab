//! Vendors' article numbers of products (`/products/{id}/product_skus`).

use api_core::Error;

use crate::calls::handle;
use crate::id::{ProductId, ProductSkuId, VendorId};
use crate::model::model;
use crate::operations as ops;

model! {
    /// A vendor's article number of a product.
    pub struct ProductSku, wire "product_sku"/"product_skus" {
        /// Its id.
        id: ProductSkuId = "id" [read_only],
        /// The vendor's name.
        vendor_name: String = "vendor_name" [read_only],
        /// The article number; a write sends [`value`](Self::value).
        sku: String = "sku" [read_only],
        /// The vendor.
        vendor_id: VendorId = "vendor_id" [write_only],
        /// The article number to write.
        value: String = "value" [write_only],
    }
}

handle! {
    /// Vendors' article numbers of products.
    pub fn product_skus -> ProductSkus, "Vendors' article numbers of products";
}

impl ProductSkus<'_> {
    /// Lists those of a product, all at once.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn list(&self, product: ProductId) -> Result<Vec<ProductSku>, Error> {
        self.client
            .rows(&ops::PRODUCT_SKUS_LIST, &[&product.to_string()], &[])
            .await
    }

    /// Adds one to a product: a vendor and the article number.
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
        vendor: VendorId,
        number: &str,
    ) -> Result<ProductSku, Error> {
        self.client
            .post(
                &ops::PRODUCT_SKUS_CREATE,
                &[&product.to_string()],
                &ProductSku::new(vendor, number).to_json(),
            )
            .await
    }

    /// Changes vendor and article number of one.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it is refused, and those of any call.
    pub async fn update(
        &self,
        product: ProductId,
        id: ProductSkuId,
        vendor: VendorId,
        number: &str,
    ) -> Result<ProductSku, Error> {
        let args = [product.to_string(), id.to_string()];
        self.client
            .put(
                &ops::PRODUCT_SKUS_UPDATE,
                &[&args[0], &args[1]],
                &ProductSku::new(vendor, number).to_json(),
            )
            .await
    }
}

impl ProductSku {
    /// Names a vendor and its article number, to write them.
    #[must_use]
    pub fn new(vendor: VendorId, number: &str) -> Self {
        Self {
            vendor_id: Some(vendor),
            value: Some(number.to_owned()),
            ..Self::default()
        }
    }
}
