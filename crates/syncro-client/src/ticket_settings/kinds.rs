//! Types of tickets and their custom fields.

use api_core::Timestamp;

use crate::id::{AccountId, TicketFieldId, TicketTypeId};
use crate::model::model;

model! {
    /// A type of tickets.
    pub struct TicketType, wire "ticket_type"/"ticket_types" {
        /// Its id.
        id: TicketTypeId = "id" [read_only],
        /// Its name.
        name: String = "name" [read_only],
        /// The account.
        account_id: AccountId = "account_id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether it is no longer in use.
        disabled: bool = "disabled" [read_only],
        /// What a customer agrees to when a device comes in.
        intake_terms: String = "intake_terms" [read_only],
        /// Whether there is no intake form.
        skip_intake: bool = "skip_intake" [read_only],
        /// What a customer agrees to when a device goes out.
        outtake_terms: String = "outtake_terms" [read_only],
        /// Whether there is no outtake form.
        skip_outtake: bool = "skip_outtake" [read_only],
        /// Its custom fields.
        ticket_fields: Vec<TicketField> = "ticket_fields" [read_only],
    }
}

model! {
    /// A custom field of tickets.
    pub struct TicketField, wire "ticket_field"/"ticket_fields" {
        /// Its id.
        id: TicketFieldId = "id" [read_only],
        /// Its label: the key in `properties`.
        name: String = "name" [read_only],
        /// What it holds, such as `text_field`.
        field_type: String = "field_type" [read_only],
        /// Whether it must be filled; its type is inferred.
        required: bool = "required" [read_only],
        /// The account.
        account_id: AccountId = "account_id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The type of tickets it belongs to.
        ticket_type_id: TicketTypeId = "ticket_type_id" [read_only],
        /// Whether it is hidden.
        hidden: bool = "hidden" [read_only],
        /// Its place among others; its type is inferred.
        position: i64 = "position" [read_only],
        /// The words to choose from.
        answers: Vec<TicketFieldAnswer> = "answers" [read_only],
    }
}

model! {
    /// A word to choose from in a custom field of tickets.
    pub struct TicketFieldAnswer, wire "ticket_field_answer"/"ticket_field_answers" {
        /// Its id.
        id: i64 = "id" [read_only],
        /// The field.
        ticket_field_id: TicketFieldId = "ticket_field_id" [read_only],
        /// The word.
        content: String = "content" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The account.
        account_id: AccountId = "account_id" [read_only],
    }
}
