//! Tickets (`/tickets`).

use api_core::{Error, Json, Timestamp};

use crate::calls::handle;
use crate::changed::Changed;
use crate::comments::{CommentFormat, quiet_comments};
use crate::filter::{Filter as _, filter};
use crate::id::{AttachmentId, ContactId, CustomerId, TicketId, UserId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;
use crate::wire::Acknowledged;

mod model;

pub use model::Ticket;

filter! {
    /// What to list of the tickets.
    pub struct TicketFilter for TICKETS_LIST {
        /// Of this customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// Of this contact (`contact_id`).
        contact_id: ContactId = "contact_id",
        /// With this number (`number`), which is not the id.
        number: String = "number",
        /// Resolved after (`resolved_after`).
        resolved_after: Timestamp = "resolved_after",
        /// Made after (`created_after`).
        created_after: Timestamp = "created_after",
        /// Changed after (`since_updated_at`); see [`Tickets::changed_since`].
        since_updated_at: Timestamp = "since_updated_at",
        /// With this status (`status`), one of the account's own words or
        /// `Not Closed`.
        status: String = "status",
        /// Words to search for (`query`).
        query: String = "query",
        /// Of the customer with this e-mail address (`email`); the OpenAPI
        /// document does not have it, integrations offer it (vendor
        /// documentation).
        email: String = "email",
        /// Assigned to this user (`user_id`).
        user_id: UserId = "user_id",
        /// Assigned to the token's user (`mine`).
        mine: bool = "mine",
        /// Found by this saved search (`ticket_search_id`).
        ticket_search_id: i64 = "ticket_search_id",
        /// How the texts of comments come (`comment_format`).
        comment_format: CommentFormat = "comment_format",
        /// Whether all comments come along (`all_comments`); the vendor
        /// withdrew it in 2026, so that only the first comes (OpenAPI
        /// document).
        all_comments: bool = "all_comments",
        /// Below this ticket (`parent_id`); from a newer OpenAPI document than
        /// the rest, and refused without a permission of its own.
        parent_id: TicketId = "parent_id",
        /// With an asset of this name (`asset_name`); as `parent_id`.
        asset_name: String = "asset_name",
        /// With an asset of this serial number (`asset_serial`); as
        /// `parent_id`.
        asset_serial: String = "asset_serial",
    }
}

model! {
    /// A file to fetch from an address.
    pub struct FileUrl, wire "file"/"files" {
        /// Where it is (`url`), which the server must be able to reach.
        url: String = "url" [write_only],
        /// What it is called (`filename`).
        filename: String = "filename" [write_only],
    }
}

impl FileUrl {
    /// Names a file.
    #[must_use]
    pub fn new(url: impl Into<String>, filename: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            filename: Some(filename.into()),
            ..Self::default()
        }
    }
}

handle! {
    /// Tickets (`/tickets`).
    pub fn tickets -> Tickets, "Tickets";
}

impl<'c> Tickets<'c> {
    /// Lists tickets.
    pub fn list(&self, filter: &TicketFilter) -> List<'c, Ticket> {
        List::new(self.client, &ops::TICKETS_LIST).params(filter.query())
    }

    /// Lists the tickets that changed since a moment.
    ///
    /// By `since_updated_at` unless a probe found that the server ignores it,
    /// and compared here again; see [`Client::probe_changed_since`].
    ///
    /// [`Client::probe_changed_since`]: crate::Client::probe_changed_since
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, Ticket> {
        Changed::new(self.list(&TicketFilter::new()), since)
    }

    /// Fetches a ticket with everything in it.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: TicketId) -> Result<Ticket, Error> {
        self.client
            .one(&ops::TICKETS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a ticket; sent once.
    ///
    /// The first of `comments_attributes` is its description; comments mail
    /// nobody unless they say so.
    ///
    /// # Errors
    ///
    /// `Validation`, and those of any call; an outcome that is not known is
    /// `SendOutcome::Unknown`.
    pub async fn create(&self, ticket: &Ticket) -> Result<Ticket, Error> {
        let body = quiet_comments(ticket.to_json());
        self.client.post(&ops::TICKETS_CREATE, &[], &body).await
    }

    /// Changes what is set, and empties what [`Ticket::clear`] named.
    ///
    /// Comments in `comments_attributes` are added, so a change that has any is
    /// sent once; others are repeated like any change.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(&self, id: TicketId, change: &Ticket) -> Result<Ticket, Error> {
        let body = quiet_comments(change.to_json());
        let adds = change
            .comments_attributes
            .as_ref()
            .is_some_and(|comments| !comments.is_empty());
        let operation = if adds {
            &ops::TICKETS_UPDATE_ONCE
        } else {
            &ops::TICKETS_UPDATE
        };
        self.client.put(operation, &[&id.to_string()], &body).await
    }

    /// Deletes a ticket for good.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: TicketId) -> Result<(), Error> {
        self.client
            .delete(&ops::TICKETS_DELETE, &[&id.to_string()])
            .await
    }

    /// Prints a ticket, by the printing that the account set up.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn print(&self, id: TicketId) -> Result<Acknowledged, Error> {
        self.client
            .act(&ops::TICKETS_PRINT, &[&id.to_string()], &[], None)
            .await
    }

    /// Attaches files that the server fetches from their addresses.
    ///
    /// It fetches them afterwards, so that whether it could is not in the
    /// answer; the ticket lists its attachments (measured by client authors).
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn attach(&self, id: TicketId, files: &[FileUrl]) -> Result<Acknowledged, Error> {
        let files = files.iter().map(FileUrl::to_json).collect();
        let body = Json::Map([("files".to_owned(), Json::List(files))].into());
        self.client
            .act(&ops::TICKETS_ATTACH, &[&id.to_string()], &[], Some(&body))
            .await
    }

    /// Removes an attachment of a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete_attachment(
        &self,
        id: TicketId,
        attachment: AttachmentId,
    ) -> Result<Acknowledged, Error> {
        let attachment = Json::from(attachment.get());
        let body = Json::Map([("attachment_id".to_owned(), attachment)].into());
        self.client
            .act(
                &ops::TICKETS_DELETE_ATTACHMENT,
                &[&id.to_string()],
                &[],
                Some(&body),
            )
            .await
    }
}
