//! Comments of tickets (`/tickets/{id}/comments`, `/ticket_comments`).

use api_core::{Error, Json, Timestamp};

use crate::calls::handle;
use crate::filter::{Filter as _, filter};
use crate::id::{CommentId, ContactId, CustomerId, TicketId, UserId};
use crate::list::List;
use crate::model::{model, words};
use crate::operations as ops;
use crate::users::User;

model! {
    /// A comment of a ticket.
    ///
    /// Comments cannot be changed or deleted (measured by client authors).
    pub struct Comment, wire "comment"/"comments" {
        /// Its id (`id`).
        id: CommentId = "id" [read_only],
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Its ticket (`ticket_id`).
        ticket_id: TicketId = "ticket_id" [read_only],
        /// Subject (`subject`).
        subject: String = "subject" [read_only],
        /// Text (`body`), in the format that was asked for.
        body: String = "body" [read_only],
        /// Who wrote it (`tech`); `customer-reply` where the customer did by
        /// mail (measured by client authors).
        tech: String = "tech" [read_only],
        /// Whether only the own people see it (`hidden`).
        hidden: bool = "hidden" [read_only],
        /// The user who wrote it (`user_id`); none where the customer did, and
        /// where it came with a ticket made through the API (measured by
        /// client authors).
        user_id: UserId = "user_id" [read_only],
        /// Whether it has formatting (`is_rich_text`).
        is_rich_text: bool = "is_rich_text" [read_only],
        /// The user who wrote it (`user`).
        user: User = "user" [read_only],
        /// Whom a mail came from (`email_sender`; measured by client authors).
        email_sender: String = "email_sender" [read_only],
        /// Whom it was mailed to (`destination_emails`; measured by client
        /// authors).
        destination_emails: Vec<String> = "destination_emails" [read_only],
    }
}

/// Who learns of a new comment.
///
/// The server mails the customer unless it is told not to (measured by client
/// authors); this crate always tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Notify {
    /// Nobody: only the own people see the comment (`hidden`).
    #[default]
    Hidden,
    /// The customer sees the comment and is not mailed (`do_not_email`).
    Quietly,
    /// The customer is mailed.
    Mail,
}

model! {
    /// A comment to add to a ticket.
    ///
    /// Where `do_not_email` is left out it is sent as `true`, and where both it
    /// and `hidden` are, the comment is hidden: nobody is mailed unless that
    /// was said, by [`Notify::Mail`] or `do_not_email: Some(false)`.
    pub struct NewComment, wire "comment"/"comments_attributes" {
        /// Subject (`subject`); the server refuses a comment without one
        /// (measured by client authors).
        subject: String = "subject" [write_only],
        /// Text (`body`); Markdown stays as it is (measured by client authors).
        body: String = "body" [write_only],
        /// Whether only the own people see it (`hidden`).
        hidden: bool = "hidden" [write_only],
        /// Text to send to the customer's telephone (`sms_body`); nothing is
        /// sent without one.
        sms_body: String = "sms_body" [write_only],
        /// Whether nobody is mailed (`do_not_email`).
        do_not_email: bool = "do_not_email" [write_only],
        /// Who wrote it (`tech`).
        tech: String = "tech" [write_only],
    }
}

impl NewComment {
    /// Writes a comment that only the own people see.
    #[must_use]
    pub fn new(subject: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            body: Some(body.into()),
            ..Self::default()
        }
        .notify(Notify::Hidden)
    }

    /// Says who learns of it.
    #[must_use]
    pub fn notify(mut self, who: Notify) -> Self {
        self.hidden = Some(who == Notify::Hidden);
        self.do_not_email = Some(who != Notify::Mail);
        self
    }
}

/// Puts into a comment what the server would otherwise decide: to mail nobody.
fn quiet(comment: &mut Json) {
    let Json::Map(members) = comment else { return };
    let said = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
    let (hidden, quiet) = (said("hidden"), said("do_not_email"));
    if !quiet {
        members.insert("do_not_email".to_owned(), Json::Bool(true));
        if !hidden {
            members.insert("hidden".to_owned(), Json::Bool(true));
        }
    }
}

/// Does the same for the comments within a ticket.
pub(crate) fn quiet_comments(mut ticket: Json) -> Json {
    if let Json::Map(members) = &mut ticket
        && let Some(Json::List(comments)) = members.get_mut("comments_attributes")
    {
        comments.iter_mut().for_each(quiet);
    }
    ticket
}

words! {
    /// How the texts of comments come.
    pub enum CommentFormat {
        /// Without formatting, the usual way.
        Plain = "plaintext",
        /// With formatting.
        Rich = "richtext",
        /// As it was written.
        Original = "original",
    }
}

impl From<CommentFormat> for String {
    fn from(format: CommentFormat) -> Self {
        format.as_str().to_owned()
    }
}

filter! {
    /// What to list of the comments of one ticket.
    pub struct CommentFilter for COMMENTS_LIST {
        /// What they are sorted by (`sort_by`): `created_at` or `updated_at`.
        sort_by: String = "sort_by",
        /// Which way (`sort_direction`): `ASC` or `DESC`.
        sort_direction: String = "sort_direction",
        /// Made after (`created_after`).
        created_after: Timestamp = "created_after",
        /// Made before (`created_before`).
        created_before: Timestamp = "created_before",
        /// Changed after (`updated_after`).
        updated_after: Timestamp = "updated_after",
        /// Changed before (`updated_before`).
        updated_before: Timestamp = "updated_before",
        /// How their texts come (`comment_format`).
        format: CommentFormat = "comment_format",
    }
}

filter! {
    /// What to list of the comments of all tickets.
    ///
    /// The list and its parameters are from a newer OpenAPI document than the
    /// rest.
    pub struct TicketCommentFilter for TICKET_COMMENTS_LIST {
        /// Of this ticket (`ticket_id`).
        ticket_id: TicketId = "ticket_id",
        /// Of this customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// Of this contact (`contact_id`).
        contact_id: ContactId = "contact_id",
        /// Of tickets assigned to this user (`user_id`).
        user_id: UserId = "user_id",
        /// Of tickets with this status (`status`).
        status: String = "status",
        /// Of tickets that changed after (`since_updated_at`).
        since_updated_at: Timestamp = "since_updated_at",
        /// Made after (`comment_created_after`).
        created_after: Timestamp = "comment_created_after",
        /// Made before (`comment_created_before`).
        created_before: Timestamp = "comment_created_before",
        /// How their texts come (`comment_format`).
        format: CommentFormat = "comment_format",
        /// Of tickets that a saved search finds (`ticket_search_id`).
        ticket_search_id: i64 = "ticket_search_id",
        /// Of tickets of the token's user only (`mine`).
        mine: bool = "mine",
    }
}

handle! {
    /// Comments of tickets (`/ticket_comments`).
    pub fn ticket_comments -> TicketComments, "Comments of tickets";
}

impl<'c> TicketComments<'c> {
    /// Lists comments of all tickets, by ticket, the newest first.
    ///
    /// From a newer OpenAPI document than the rest.
    pub fn list(&self, filter: &TicketCommentFilter) -> List<'c, Comment> {
        List::new(self.client, &ops::TICKET_COMMENTS_LIST).params(filter.query())
    }

    /// Lists all comments of one ticket; the ticket itself may carry the first
    /// only.
    pub fn of(&self, ticket: TicketId, filter: &CommentFilter) -> List<'c, Comment> {
        List::new(self.client, &ops::COMMENTS_LIST)
            .at(ticket)
            .params(filter.query())
    }

    /// Adds a comment to a ticket; sent once, and nobody is mailed unless it
    /// says so.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where subject or text is empty, and those of
    /// any call.
    pub async fn add(&self, ticket: TicketId, comment: &NewComment) -> Result<Comment, Error> {
        let mut body = comment.to_json();
        quiet(&mut body);
        self.client
            .post(&ops::COMMENTS_CREATE, &[&ticket.to_string()], &body)
            .await
    }
}
