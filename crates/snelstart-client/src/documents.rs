//! Attachments of bookings and relations (`documenten`).

use api_core::{Error, ErrorKind, SendOutcome};
use uuid::Uuid;

use crate::calls::handle;
use crate::model::{ids, model};
use crate::operations::{self as ops, Operation};
use crate::problems::Problems;
use crate::purchase_bookings::{at_most, file};
use crate::value::Base64;

ids! {
    /// The id of an attachment (document).
    DocumentId "/documenten"
}

model! {
    /// An attachment without its content (document).
    pub struct Document, fields DocumentFields, wire "DocumentModel" {
        /// The booking or relation it belongs to (`parentIdentifier`).
        parent: Uuid = "parentIdentifier",
        /// The file's name (`fileName`).
        file_name: String = "fileName",
        /// Whether it may not be changed (`readOnly`).
        read_only: bool = "readOnly",
        /// Its id (`id`).
        id: DocumentId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

model! {
    /// An attachment with its content (document).
    pub struct DocumentContent, fields DocumentContentFields, wire "DocumentContentModel" {
        /// The file (`content`), at most 10 MB (vendor documentation, BLG-0006).
        content: Base64 = "content",
        /// The booking or relation it belongs to (`parentIdentifier`).
        parent: Uuid = "parentIdentifier",
        /// The file's name (`fileName`).
        file_name: String = "fileName",
        /// Whether it may not be changed (`readOnly`).
        read_only: bool = "readOnly",
        /// Its id (`id`).
        id: DocumentId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

model! {
    /// An attachment as listed under its booking (bijlage).
    ///
    /// The OpenAPI document gives this shape for every kind of parent; the
    /// server may as well send `parentIdentifier` (unknown), so both are read.
    pub struct DocumentReference, fields DocumentReferenceFields,
        wire "VerkoopBoekingBijlageReferenceModel"
    {
        /// The sales booking it belongs to (`verkoopBoekingId`).
        sales_booking: Uuid = "verkoopBoekingId",
        /// The file's name (`fileName`).
        file_name: String = "fileName",
        /// Whether it may not be changed (`readOnly`).
        read_only: bool = "readOnly",
        /// Its id (`id`).
        id: DocumentId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

/// The largest document, in bytes (10 MB).
const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// To what a document belongs (`documenttype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A purchase booking (`Inkoopboekingen`).
    PurchaseBookings,
    /// A sales booking (`Verkoopboekingen`).
    SalesBookings,
    /// A relation (`Relaties`).
    Relations,
}

impl DocumentKind {
    /// Returns the word in the path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PurchaseBookings => "Inkoopboekingen",
            Self::SalesBookings => "Verkoopboekingen",
            Self::Relations => "Relaties",
        }
    }
}

impl std::fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl DocumentContent {
    /// Checks that there is a name, and a file of at most 10 MB.
    ///
    /// # Errors
    ///
    /// `Validation` or `TooLarge`; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        problems.add_if(self.parent.is_none(), "parentIdentifier", "is missing");
        file(
            &mut problems,
            self.file_name.as_ref(),
            self.content.as_ref(),
        );
        problems.done()?;
        at_most(self.content.as_ref(), MAX_DOCUMENT_BYTES)
    }
}

impl DocumentReference {
    /// Returns the id of what it belongs to, under whichever name it came.
    #[must_use]
    pub fn parent(&self) -> Option<Uuid> {
        let other = || self.other.get("parentIdentifier")?.as_str()?.parse().ok();
        self.sales_booking.or_else(other)
    }
}

handle! {
    /// Attachments of bookings and relations (`documenten`).
    pub fn documents -> Documents, "Attachments";
}

impl Documents<'_> {
    /// Fetches an attachment with its content.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &DocumentId) -> Result<DocumentContent, Error> {
        self.client
            .get_model(&ops::DOCUMENTS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Lists the attachments of a booking or a relation.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn list_of_parent(
        &self,
        kind: DocumentKind,
        parent: &Uuid,
    ) -> Result<Vec<DocumentReference>, Error> {
        self.client
            .get_models(
                &ops::DOCUMENTS_LIST_OF_PARENT,
                &[kind.as_str(), &parent.to_string()],
                &[],
            )
            .await
    }

    /// Adds an attachment; `parent` in it tells to which record.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation` or `TooLarge` where name, parent or file are missing or the
    /// file is too large, before anything is sent, and those of any call.
    pub async fn create(
        &self,
        kind: DocumentKind,
        document: &DocumentContent,
    ) -> Result<DocumentId, Error> {
        document.verify()?;
        let made: Document = self
            .client
            .post_model(&ops::DOCUMENTS_CREATE, &[kind.as_str()], document)
            .await?;
        made.id.ok_or_else(|| without_id(&ops::DOCUMENTS_CREATE))
    }

    /// Replaces an attachment as a whole.
    ///
    /// # Errors
    ///
    /// Those of [`create`](Self::create), and `NotFound`.
    pub async fn replace(
        &self,
        id: &DocumentId,
        document: &DocumentContent,
    ) -> Result<DocumentId, Error> {
        document.verify()?;
        let made: Document = self
            .client
            .put_model(&ops::DOCUMENTS_REPLACE, &[&id.to_string()], document)
            .await?;
        Ok(made.id.unwrap_or(*id))
    }

    /// Deletes an attachment.
    ///
    /// # Errors
    ///
    /// `NotFound`, a refusal by the server, and those of any call.
    pub async fn delete(&self, id: &DocumentId) -> Result<(), Error> {
        self.client
            .delete_at(&ops::DOCUMENTS_DELETE, &[&id.to_string()])
            .await
    }
}

/// The answer to a create that does not tell what was made.
fn without_id(operation: &Operation) -> Error {
    Error::new(ErrorKind::Decode, "The answer has no id.")
        .operation(operation.name)
        .outcome(SendOutcome::Done)
}
