//! Typed calls of one resource, thin over the untyped ones.

use std::fmt;
use std::marker::PhantomData;

use api_core::{Error, Guarded};
use futures_util::stream::BoxStream;

use crate::batch::{BatchRecord, BatchResult};
use crate::list::{ListParams, Page};
use crate::model::{Kind, RecordId, ToFields};
use crate::reading::records_of;
use crate::resource::{CreateOptions, Created, Resource};

/// The typed calls of one resource, such as [`Client::clients`](crate::Client::clients).
///
/// Cheap to clone. What holds for each call is said at [`Resource`].
pub struct Handle<K: Kind> {
    resource: Resource,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Clone for Handle<K> {
    fn clone(&self) -> Self {
        Self::new(self.resource.clone())
    }
}

impl<K: Kind> fmt::Debug for Handle<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("entity", &K::ENTITY)
            .finish_non_exhaustive()
    }
}

impl<K: Kind> Handle<K> {
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            resource,
            kind: PhantomData,
        }
    }

    /// The same calls on plain JSON maps.
    #[must_use]
    pub fn untyped(&self) -> &Resource {
        &self.resource
    }

    /// Reads one page; a record that cannot be read does not spoil it.
    ///
    /// # Errors
    ///
    /// As [`Resource::list`].
    pub async fn list(&self, params: &ListParams) -> Result<Page<Guarded<K::Record>>, Error> {
        Ok(self.resource.list_as(params).await?.page)
    }

    /// Reads page after page until the last.
    pub fn pages(
        &self,
        params: ListParams,
    ) -> BoxStream<'static, Result<Page<Guarded<K::Record>>, Error>> {
        self.resource.pages_as(params)
    }

    /// Reads record after record until the last.
    pub fn records(
        &self,
        params: ListParams,
    ) -> BoxStream<'static, Result<Guarded<K::Record>, Error>> {
        records_of(self.resource.pages_as(params))
    }

    /// Reads one record.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such record; otherwise as
    /// [`Resource::list`].
    pub async fn get(&self, id: &K::Id) -> Result<K::Record, Error> {
        self.resource.get_as(id.as_ref()).await
    }

    /// Finds the records whose fields have exactly these values.
    ///
    /// # Errors
    ///
    /// As [`Resource::find`].
    pub async fn find(&self, filters: &[(&str, &str)]) -> Result<Vec<K::Record>, Error> {
        self.resource.find_as(filters).await
    }

    /// Makes a record.
    ///
    /// # Errors
    ///
    /// As [`Resource::create`].
    pub async fn create(
        &self,
        new: &K::New,
        options: &CreateOptions,
    ) -> Result<Created<K::Id>, Error> {
        let created = self.resource.create(&new.to_fields(), options).await?;
        Ok(Created {
            id: created.id.map(|id| K::Id::from(id.to_string())),
            message: created.message,
        })
    }

    /// Changes the fields the patch sets or clears and no other.
    ///
    /// # Errors
    ///
    /// As [`Resource::update`].
    pub async fn update(&self, id: &K::Id, patch: &K::Patch) -> Result<(), Error> {
        let id = RecordId::new(id.as_ref());
        self.resource.update(&id, &patch.to_fields()).await
    }

    /// Deletes a record.
    ///
    /// # Errors
    ///
    /// As [`Resource::delete`].
    pub async fn delete(&self, id: &K::Id) -> Result<(), Error> {
        self.resource.delete(&RecordId::new(id.as_ref())).await
    }

    /// Sends many writes and gives exactly one result for each, in order.
    ///
    /// # Errors
    ///
    /// As [`Resource::push_batch`].
    pub async fn push_batch(
        &self,
        records: &[BatchRecord],
        idempotency_key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        self.resource.push_batch(records, idempotency_key).await
    }
}
