//! Documents with a file.

use std::fmt;

use api_core::{Error, ErrorKind, SendOutcome};
use bytes::Bytes;

use crate::params::Upload;
use crate::record::FieldValue;
use crate::write::{Create, Values};
use crate::{Client, RecordId};

/// A file to be stored as a document.
///
/// Recorded vtiger 5.4.0 and 7.1.0 servers take the file as the part
/// `filename` of a multipart form, and set its name, type and size
/// themselves; blanks in the name become underscores. There is no way to read
/// a file back before 8.x.
///
/// ```
/// use simplycrm_ws::{Document, RecordId};
///
/// let offer = Document::new("Offer March", RecordId::new(19, 1), RecordId::new(22, 1))
///     .file("offer.pdf", "application/pdf", vec![0x25, 0x50, 0x44, 0x46]);
/// assert_eq!(offer.values().len(), 5);
/// ```
#[derive(Clone, PartialEq)]
pub struct Document {
    values: Values,
    name: String,
    content_type: String,
    content: Bytes,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("values", &self.values)
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Document {
    /// Starts with the title, the owner and the folder (`22x1` in a fresh
    /// installation).
    #[must_use]
    pub fn new(title: impl Into<String>, owner: RecordId, folder: RecordId) -> Self {
        let values = Values::new()
            .set("notes_title", FieldValue::Text(title.into()))
            .set("assigned_user_id", owner)
            .set("folderid", folder)
            .set("filelocationtype", "I")
            .set("filestatus", true);
        Self {
            values,
            name: String::new(),
            content_type: "application/octet-stream".to_owned(),
            content: Bytes::new(),
        }
    }

    /// Sets the file: its name, its MIME type and what it holds.
    #[must_use]
    pub fn file(
        mut self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        self.name = name.into();
        self.content_type = content_type.into();
        self.content = content.into();
        self
    }

    /// Sets another field of the document, such as `notecontent`.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Into<FieldValue>) -> Self {
        self.values.put(field, value);
        self
    }

    /// Returns the fields of the document.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }
}

impl Client {
    /// Stores a file as a document; await the value.
    ///
    /// A document that is only a link needs no upload: create one in
    /// `Documents` with `filelocationtype` `E` and the address in `filename`.
    ///
    /// # Errors
    /// `Validation`, nothing sent, when the document has no file name. When
    /// awaited, as [`Client::create`]; a file larger than the server takes
    /// (8 MB by PHP's default for the whole request) ends in an empty body,
    /// whose outcome is unknown (recorded vtiger 5.4.0 server).
    pub fn upload<'a>(&self, document: &'a Document) -> Result<Create<'a>, Error> {
        if document.name.trim().is_empty() {
            return Err(
                Error::new(ErrorKind::Validation, "The document has no file name.")
                    .operation("simplycrm.create")
                    .outcome(SendOutcome::NotSent),
            );
        }
        let file = Upload {
            file_name: document.name.clone(),
            content_type: document.content_type.clone(),
            content: document.content.clone(),
        };
        Ok(self.create("Documents", &document.values).with_file(file))
    }
}
