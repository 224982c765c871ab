//! Attachments of bookings and relations (`documenten`).

use uuid::Uuid;

use crate::model::{ids, model};
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
