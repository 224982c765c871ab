//! Purchase bookings made by the server out of a file.

use uuid::Uuid;

use crate::model::{model, words};
use crate::value::Base64;

model! {
    /// A supplier's invoice as UBL, to be booked by the server.
    pub struct UblContent, fields UblContentFields, wire "UblContentModel" {
        /// The UBL file's name (`fileName`).
        file_name: String = "fileName",
        /// The UBL file (`content`).
        content: Base64 = "content",
        /// The same invoice as PDF (`pdfContent`).
        pdf_content: Base64 = "pdfContent",
        /// Whether it is booked in spite of findings (`forcePersist`).
        force_persist: bool = "forcePersist",
    }
}

model! {
    /// A file out of which the server makes a purchase booking (bijlage).
    pub struct Attachment, fields AttachmentFields, wire "AttachmentModel" {
        /// The file's name (`fileName`).
        file_name: String = "fileName",
        /// The file (`content`), at most 5 MB (OpenAPI document).
        content: Base64 = "content",
    }
}

model! {
    /// The server's promise to make a booking out of a file.
    pub struct AttachmentTask, fields AttachmentTaskFields, wire "CreateFromAttachmentModel" {
        /// The number under which to ask how it went (`instanceId`).
        instance_id: String = "instanceId",
    }
}

words! {
    /// How far the server is with a booking out of a file (`status`).
    pub enum AttachmentState {
        /// At work (`Running`).
        Running = "Running",
        /// Done (`Completed`).
        Completed = "Completed",
        /// Begun anew (`ContinuedAsNew`).
        ContinuedAsNew = "ContinuedAsNew",
        /// It failed (`Failed`).
        Failed = "Failed",
        /// Called off (`Canceled`).
        Cancelled = "Canceled",
        /// Broken off (`Terminated`).
        Terminated = "Terminated",
        /// Not yet begun (`Pending`).
        Pending = "Pending",
        /// There is no such task (`NotFound`).
        NotFound = "NotFound",
        /// Not known (`Unknown`).
        Unknown = "Unknown",
    }
}

impl AttachmentState {
    /// Tells whether the server is done with it, well or badly.
    ///
    /// A state this crate does not know counts as not done.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Terminated | Self::NotFound
        )
    }
}

model! {
    /// How it went with a booking out of a file.
    pub struct AttachmentStatus, fields AttachmentStatusFields,
        wire "CreateFromAttachmentStatusModel"
    {
        /// How far it is (`status`).
        state: AttachmentState = "status",
        /// The booking's id, once there is one (`inkoopboekingId`).
        purchase_booking_id: Uuid = "inkoopboekingId",
    }
}
