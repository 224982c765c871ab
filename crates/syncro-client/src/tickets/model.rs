//! What a ticket is made of.

use api_core::{Json, Timestamp};

use crate::appointments::Appointment;
use crate::assets::Asset;
use crate::comments::{Comment, NewComment};
use crate::contacts::Contact;
use crate::customers::Customer;
use crate::id::{
    AssetId, ContactId, ContractId, CustomerId, LocationId, TicketId, TicketTypeId, UserId,
};
use crate::model::{Properties, model};
use crate::ticket_lines::TicketLineItem;
use crate::ticket_settings::{TicketField, TicketFieldAnswer, TicketType};
use crate::timers::TicketTimer;
use crate::users::User;
use crate::worksheets::WorksheetResult;

model! {
    /// A ticket.
    ///
    /// Lists and single tickets have different members. Lists carry the first
    /// comment only; [`TicketComments::of`](crate::TicketComments::of) reads
    /// all of them. Statuses, problem types and priorities are the account's
    /// own words.
    pub struct Ticket, wire "ticket"/"tickets" {
        /// Its id (`id`), given by the server.
        id: TicketId = "id" [read_only],
        /// Its number (`number`), which people see; not its id.
        number: i64 = "number",
        /// Subject (`subject`).
        subject: String = "subject",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// Name of its customer (`customer_business_then_name`).
        customer_business_then_name: String = "customer_business_then_name" [read_only],
        /// When it is due (`due_date`).
        due_date: Timestamp = "due_date",
        /// When it was resolved (`resolved_at`).
        resolved_at: Timestamp = "resolved_at" [read_only],
        /// When the work begins (`start_at`).
        start_at: Timestamp = "start_at",
        /// When the work ends (`end_at`).
        end_at: Timestamp = "end_at",
        /// Its location (`location_id`).
        location_id: LocationId = "location_id",
        /// Name of its location (`location_name`).
        location_name: String = "location_name" [read_only],
        /// Problem type (`problem_type`), one of the account's own words.
        problem_type: String = "problem_type",
        /// Status (`status`), one of the account's own words.
        status: String = "status",
        /// Its type (`ticket_type_id`).
        ticket_type_id: TicketTypeId = "ticket_type_id",
        /// Name of its type (`ticket_type_name`).
        ticket_type_name: String = "ticket_type_name" [read_only],
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties",
        /// Whom it is assigned to (`user_id`).
        user_id: UserId = "user_id",
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Where its PDF is (`pdf_url`).
        pdf_url: String = "pdf_url" [read_only],
        /// Priority (`priority`), one of the account's own words.
        priority: String = "priority",
        /// Whether it is billed (`billing_status`).
        billing_status: Json = "billing_status" [read_only],
        /// Tags (`tag_list`).
        tag_list: Vec<String> = "tag_list",
        /// Name of its agreement (`sla_name`).
        sla_name: String = "sla_name" [read_only],
        /// Who made it (`creator_name_or_email`).
        creator_name_or_email: String = "creator_name_or_email" [read_only],
        /// Name of its contact (`contact_fullname`).
        contact_fullname: String = "contact_fullname" [read_only],
        /// Name of its contract (`contract_name`).
        contract_name: String = "contract_name" [read_only],
        /// Its address (`address_id`).
        address_id: i64 = "address_id" [read_only],
        /// Whether it has tickets below it (`parent`).
        parent: bool = "parent" [read_only],
        /// The ticket above it (`parent_id`).
        parent_id: TicketId = "parent_id" [read_only],
        /// Whether it is below another (`child`).
        child: bool = "child" [read_only],
        /// Whether it comes back by a schedule (`recurring`).
        recurring: bool = "recurring" [read_only],
        /// Whether the customer answered last (`customer_reply`).
        customer_reply: bool = "customer_reply" [read_only],
        /// Time to bill (`total_formatted_billable_time`), as people read it.
        total_formatted_billable_time: String = "total_formatted_billable_time" [read_only],
        /// Its contact (`contact_id`).
        contact_id: ContactId = "contact_id",
        /// Whether its agreement is broken (`sla_breached`).
        sla_breached: bool = "sla_breached" [read_only],
        /// Whether its agreement is nearly broken (`sla_breaching_soon`).
        sla_breaching_soon: bool = "sla_breaching_soon" [read_only],
        /// Its contract (`contract_id`).
        contract_id: ContractId = "contract_id" [read_only],
        /// Its agreement on times (`sla_id`).
        sla_id: i64 = "sla_id",
        /// Tags of its customer (`customer_tag_list`).
        customer_tag_list: Vec<String> = "customer_tag_list" [read_only],
        /// Time until it was resolved (`resolution_time`).
        resolution_time: Json = "resolution_time" [read_only],
        /// Time until the first answer (`response_time`).
        response_time: Json = "response_time" [read_only],
        /// Icons of its customer (`customer_icons`).
        customer_icons: Json = "customer_icons" [read_only],
        /// Comments (`comments`); lists carry the first only.
        comments: Vec<Comment> = "comments" [read_only],
        /// Whom it is assigned to (`user`).
        user: User = "user" [read_only],
        /// Its intake form (`intake_form_html`).
        intake_form_html: String = "intake_form_html" [read_only],
        /// Who signed (`signature_name`).
        signature_name: String = "signature_name",
        /// When it was signed (`signature_date`).
        signature_date: Timestamp = "signature_date" [read_only],
        /// Its assets (`asset_ids`).
        asset_ids: Vec<AssetId> = "asset_ids",
        /// Name of its outtake form (`outtake_form_name`).
        outtake_form_name: String = "outtake_form_name",
        /// When its outtake form was filled in (`outtake_form_date`).
        outtake_form_date: Timestamp = "outtake_form_date",
        /// Its outtake form (`outtake_form_html`).
        outtake_form_html: String = "outtake_form_html" [read_only],
        /// Attachments (`attachments`), of a single ticket only.
        attachments: Vec<Json> = "attachments" [read_only],
        /// Timers (`ticket_timers`), as `attachments`.
        ticket_timers: Vec<TicketTimer> = "ticket_timers" [read_only],
        /// Lines (`line_items`), as `attachments`.
        line_items: Vec<TicketLineItem> = "line_items" [read_only],
        /// Worksheets (`worksheet_results`), as `attachments`.
        worksheet_results: Vec<WorksheetResult> = "worksheet_results" [read_only],
        /// Assets (`assets`), as `attachments`.
        assets: Vec<Asset> = "assets" [read_only],
        /// Appointments (`appointments`), as `attachments`.
        appointments: Vec<Appointment> = "appointments" [read_only],
        /// The custom fields of its type (`ticket_fields`), as `attachments`.
        ticket_fields: Vec<TicketField> = "ticket_fields" [read_only],
        /// The answers of those fields (`ticket_answers`), as `attachments`.
        ticket_answers: Vec<TicketFieldAnswer> = "ticket_answers" [read_only],
        /// Its customer (`customer`), as `attachments`.
        customer: Customer = "customer" [read_only],
        /// Its contact (`contact`), as `attachments`.
        contact: Contact = "contact" [read_only],
        /// Its type (`ticket_type`), as `attachments`.
        ticket_type: TicketType = "ticket_type" [read_only],
        /// Its address (`address`), as `attachments`.
        address: Json = "address" [read_only],
        /// The strokes of the signature (`signature_data`).
        signature_data: String = "signature_data" [write_only],
        /// What the outtake form holds (`outtake_form_data`).
        outtake_form_data: String = "outtake_form_data" [write_only],
        /// Comments to add (`comments_attributes`); the first one of a new
        /// ticket is its description. One that does not say whether the
        /// customer is mailed is hidden and mails nobody.
        comments_attributes: Vec<NewComment> = "comments_attributes" [write_only],
    }
}
