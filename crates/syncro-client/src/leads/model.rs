//! What a lead is made of.

use api_core::Timestamp;
use rust_decimal::Decimal;

use crate::id::{
    AppointmentTypeId, ContactId, CustomerId, LeadId, LocationId, TicketId, TicketTypeId, UserId,
};
use crate::model::{Properties, model};

model! {
    /// A lead: someone who may become a customer.
    ///
    /// Several fields are taken and never returned, the likelihood and the
    /// amount among them (measured by client authors).
    pub struct Lead, wire "lead"/"leads" {
        /// Its id (`id`), given by the server.
        id: LeadId = "id" [read_only],
        /// First name (`first_name`).
        first_name: String = "first_name",
        /// Last name (`last_name`).
        last_name: String = "last_name",
        /// E-mail address (`email`).
        email: String = "email",
        /// Telephone (`phone`).
        phone: String = "phone",
        /// Mobile telephone (`mobile`).
        mobile: String = "mobile",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Street and number (`address`).
        address: String = "address",
        /// City (`city`).
        city: String = "city",
        /// State or province (`state`).
        state: String = "state",
        /// Postal code (`zip`).
        zip: String = "zip",
        /// Subject of the ticket it may become (`ticket_subject`).
        ticket_subject: String = "ticket_subject",
        /// Description of that ticket (`ticket_description`).
        ticket_description: String = "ticket_description",
        /// Problem type of that ticket (`ticket_problem_type`), one of the
        /// account's own words.
        ticket_problem_type: String = "ticket_problem_type",
        /// The ticket it became (`ticket_id`).
        ticket_id: TicketId = "ticket_id",
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// Its contact (`contact_id`).
        contact_id: ContactId = "contact_id",
        /// The mailbox it came through (`mailbox_id`).
        mailbox_id: i64 = "mailbox_id",
        /// Name of that mailbox (`mailbox_name`).
        mailbox_name: String = "mailbox_name" [read_only],
        /// Name of the company, else of the person (`business_then_name`), set
        /// by the server.
        business_then_name: String = "business_then_name" [read_only],
        /// Whether it has attachments (`has_attachments`).
        has_attachments: bool = "has_attachments" [read_only],
        /// Whether its message was read (`message_read`).
        message_read: bool = "message_read",
        /// Status (`status`), one of the account's own words; those that come
        /// with an account are `New`, `Lead`, `First Contact`, `Opportunity`,
        /// `Prospect`, `Waiting on Client`, `In Negotiation`, `Pending`, `Won`
        /// and `Lost` (OpenAPI document).
        status: String = "status",
        /// Whom it is assigned to (`user_id`).
        user_id: UserId = "user_id",
        /// Its location (`location_id`).
        location_id: LocationId = "location_id",
        /// Name of the company (`business_name`); comes back in
        /// `business_then_name`.
        business_name: String = "business_name" [write_only],
        /// Whether it became a customer (`converted`).
        converted: bool = "converted" [write_only],
        /// Whether it is disabled (`disabled`), the only way to be rid of a
        /// lead.
        disabled: bool = "disabled" [write_only],
        /// Whether it came in by the check-in page (`from_check_in`).
        from_check_in: bool = "from_check_in" [write_only],
        /// Notes that the lead does not see (`hidden_notes`).
        hidden_notes: String = "hidden_notes" [write_only],
        /// When the appointment is (`appointment_time`), free text.
        appointment_time: String = "appointment_time" [write_only],
        /// Type of the ticket it may become (`ticket_type_id`).
        ticket_type_id: TicketTypeId = "ticket_type_id" [write_only],
        /// When the opportunity begins (`opportunity_start_date`).
        opportunity_start_date: Timestamp = "opportunity_start_date" [write_only],
        /// What the opportunity is worth (`opportunity_amount_dollars`), in the
        /// account's currency.
        opportunity_amount: Decimal = "opportunity_amount_dollars" [write_only],
        /// How likely it is won (`likelihood`), in per cent.
        likelihood: i64 = "likelihood" [write_only],
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties" [write_only],
        /// Custom fields of the ticket it may become (`ticket_properties`).
        ticket_properties: Properties = "ticket_properties" [write_only],
        /// The purchase it stands for (`customer_purchase_id`).
        customer_purchase_id: i64 = "customer_purchase_id" [write_only],
        /// When it was signed (`signature_date`).
        signature_date: Timestamp = "signature_date" [write_only],
        /// Who signed (`signature_name`).
        signature_name: String = "signature_name" [write_only],
        /// The strokes of the signature (`signature_data`).
        signature_data: String = "signature_data" [write_only],
        /// Type of its appointment (`appointment_type_id`).
        appointment_type_id: AppointmentTypeId = "appointment_type_id" [write_only],
    }
}
