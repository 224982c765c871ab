//! Comments of tickets (`/tickets/{id}/comments`, `/ticket_comments`).

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
