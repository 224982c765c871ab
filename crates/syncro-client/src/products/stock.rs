//! Stock and pictures of products.

use api_core::{Error, Json};

use crate::id::{LocationQuantityId, PhotoId, ProductId};
use crate::operations as ops;
use crate::products::LocationQuantity;
use crate::products::Products;
use crate::tickets::FileUrl;
use crate::wire::Acknowledged;

impl Products<'_> {
    /// Sets how many of a product lie at one location, by the id of the
    /// [quantity](LocationQuantity::id).
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn set_location_quantity(
        &self,
        id: ProductId,
        at: LocationQuantityId,
        quantity: i64,
    ) -> Result<LocationQuantity, Error> {
        let change = LocationQuantity {
            location_quantity_id: Some(at),
            quantity: Some(quantity),
            ..LocationQuantity::default()
        };
        self.client
            .put(
                &ops::PRODUCTS_SET_LOCATION_QUANTITY,
                &[&id.to_string()],
                &change.to_json(),
            )
            .await
    }

    /// Has pictures fetched from addresses and added to a product; the server
    /// does it later.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, and those of any call.
    pub async fn add_images(
        &self,
        id: ProductId,
        images: &[FileUrl],
    ) -> Result<Acknowledged, Error> {
        let files = images.iter().map(FileUrl::to_json).collect();
        let body = Json::Map([("files".to_owned(), Json::List(files))].into());
        self.client
            .act(
                &ops::PRODUCTS_ADD_IMAGES,
                &[&id.to_string()],
                &[],
                Some(&body),
            )
            .await
    }

    /// Deletes a picture of a product.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete_image(&self, id: ProductId, photo: PhotoId) -> Result<(), Error> {
        self.client
            .act(
                &ops::PRODUCTS_DELETE_IMAGE,
                &[&id.to_string()],
                &[("photo_id", photo.to_string())],
                None,
            )
            .await?;
        Ok(())
    }
}
