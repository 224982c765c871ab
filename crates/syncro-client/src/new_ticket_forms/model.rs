//! What forms for new tickets are made of.

use api_core::{Json, Timestamp};

use crate::id::{
    AccountId, ContactId, ContractId, CustomerId, LocationId, NewTicketFormId, TicketId,
    TicketTypeId, UserId,
};
use crate::model::{Properties, model};

model! {
    /// A form for new tickets.
    pub struct NewTicketForm, wire "new_ticket_form"/"new_ticket_forms" {
        /// Its id (`id`).
        id: NewTicketFormId = "id" [read_only],
        /// Name (`name`).
        name: String = "name" [read_only],
        /// Whether it is the usual one (`default`).
        default: bool = "default" [read_only],
        /// Whether it is disabled (`disabled`).
        disabled: bool = "disabled" [read_only],
        /// Its parts and fields (`data`), as the account set them up.
        data: Json = "data" [read_only],
    }
}

model! {
    /// What a form is filled in with.
    pub struct FormEntry, wire "form"/"forms" {
        /// The customer (`customer_details`).
        customer: FormCustomer = "customer_details" [write_only],
        /// The ticket (`ticket_details`).
        ticket: FormTicket = "ticket_details" [write_only],
        /// The appointment (`appointments`).
        appointment: FormAppointment = "appointments" [write_only],
    }
}

model! {
    /// The customer of a filled-in form.
    pub struct FormCustomer, wire "customer_details"/"customer_details" {
        /// First name (`firstname`).
        first_name: String = "firstname" [write_only],
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties" [write_only],
        /// Last name (`lastname`).
        last_name: String = "lastname" [write_only],
        /// Name of the company (`business_name`).
        business_name: String = "business_name" [write_only],
        /// E-mail address (`email`).
        email: String = "email" [write_only],
        /// Telephone (`phone`).
        phone: String = "phone" [write_only],
        /// Mobile telephone (`mobile`).
        mobile: String = "mobile" [write_only],
        /// Street and number (`address`).
        address: String = "address" [write_only],
        /// City (`city`).
        city: String = "city" [write_only],
        /// State or province (`state`).
        state: String = "state" [write_only],
        /// Postal code (`zip`).
        zip: String = "zip" [write_only],
        /// Whether it gets text messages (`get_sms`).
        get_sms: bool = "get_sms" [write_only],
        /// Whether it has opted out of marketing (`opt_out`).
        opt_out: bool = "opt_out" [write_only],
        /// Whether it has no e-mail address (`no_email`).
        no_email: bool = "no_email" [write_only],
    }
}

model! {
    /// The ticket of a filled-in form.
    pub struct FormTicket, wire "ticket_details"/"ticket_details" {
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties" [write_only],
        /// Subject (`subject`).
        subject: String = "subject" [write_only],
        /// Problem type (`problem_type`), one of the account's own words.
        problem_type: String = "problem_type" [write_only],
        /// Description (`description`).
        description: String = "description" [write_only],
        /// Whether nobody is mailed (`do_not_email`); yes unless set.
        do_not_email: bool = "do_not_email" [write_only],
    }
}

model! {
    /// The appointment of a filled-in form.
    pub struct FormAppointment, wire "appointments"/"appointments" {
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties" [write_only],
        /// What it is about (`summary`).
        summary: String = "summary" [write_only],
        /// Description (`description`).
        description: String = "description" [write_only],
        /// Where it is (`location`).
        location: String = "location" [write_only],
        /// Who does the work (`user_id`).
        user_id: UserId = "user_id" [write_only],
        /// When it begins (`start_at`).
        start_at: Timestamp = "start_at" [write_only],
        /// When it ends (`end_at`).
        end_at: Timestamp = "end_at" [write_only],
    }
}

model! {
    /// What came of a filled-in form.
    pub struct FormOutcome, wire "outcome"/"outcomes" {
        /// The ticket, as the server keeps it (`ticket`).
        ticket: RawTicket = "ticket" [read_only],
        /// The invoice (`invoice`).
        invoice: Json = "invoice" [read_only],
        /// Where a person would go on (`redirect`).
        redirect: String = "redirect" [read_only],
        /// What a person would read (`message`).
        message: String = "message" [read_only],
    }
}

model! {
    /// A ticket as the server keeps it, which only forms answer with.
    ///
    /// Its `password` is never shown.
    pub struct RawTicket, wire "ticket"/"tickets" {
        /// Its id (`id`).
        id: TicketId = "id" [read_only],
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id" [read_only],
        /// Subject (`subject`).
        subject: String = "subject" [read_only],
        /// Status (`status`).
        status: String = "status" [read_only],
        /// Problem type (`problem_type`).
        problem_type: String = "problem_type" [read_only],
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Category (`category`).
        category: String = "category" [read_only],
        /// Who referred the customer (`referredby`).
        referred_by: String = "referredby" [read_only],
        /// Whether it is approved (`isapproved`).
        is_approved: bool = "isapproved" [read_only],
        /// Memory of the device (`memory`).
        memory: String = "memory" [read_only],
        /// Whether an upgrade was offered (`upgradeoffered`).
        upgrade_offered: bool = "upgradeoffered" [read_only],
        /// Password of the device (`password`).
        password: String = "password" [read_only],
        /// Whether it is cancelled (`cancelled`).
        cancelled: bool = "cancelled" [read_only],
        /// Whether a power adapter was left (`power_adapter`).
        power_adapter: bool = "power_adapter" [read_only],
        /// When the work begins (`start_at`).
        start_at: Timestamp = "start_at" [read_only],
        /// When the work ends (`end_at`).
        end_at: Timestamp = "end_at" [read_only],
        /// Whom it is assigned to (`user_id`).
        user_id: UserId = "user_id" [read_only],
        /// The account (`account_id`).
        account_id: AccountId = "account_id" [read_only],
        /// Boxes that were ticked (`checkbox_results`).
        checkbox_results: Json = "checkbox_results" [read_only],
        /// Texts that were filled in (`textbox_results`).
        textbox_results: Json = "textbox_results" [read_only],
        /// When it is due (`due_date`).
        due_date: Timestamp = "due_date" [read_only],
        /// Its number (`number`).
        number: i64 = "number" [read_only],
        /// Its location (`location_id`).
        location_id: LocationId = "location_id" [read_only],
        /// Its PDF (`pdf`).
        pdf: Json = "pdf" [read_only],
        /// Who signed (`signature_name`).
        signature_name: String = "signature_name" [read_only],
        /// The strokes of the signature (`signature_data`).
        signature_data: String = "signature_data" [read_only],
        /// Its event in a calendar (`gevent_id`).
        gevent_id: String = "gevent_id" [read_only],
        /// Its intake form (`intake_form_pdf`).
        intake_form_pdf: Json = "intake_form_pdf" [read_only],
        /// Its contact (`contact_id`).
        contact_id: ContactId = "contact_id" [read_only],
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties" [read_only],
        /// Its type (`ticket_type_id`).
        ticket_type_id: TicketTypeId = "ticket_type_id" [read_only],
        /// Priority (`priority`).
        priority: String = "priority" [read_only],
        /// Whom it is mailed to (`notify_emails`).
        notify_emails: Json = "notify_emails" [read_only],
        /// Whether it is disabled (`disabled`).
        disabled: bool = "disabled" [read_only],
        /// The schedule it comes from (`ticket_recurring_schedule_id`).
        recurring_schedule_id: i64 = "ticket_recurring_schedule_id" [read_only],
        /// Time until it was resolved (`time_to_resolve_minutes`), in minutes.
        time_to_resolve_minutes: i64 = "time_to_resolve_minutes" [read_only],
        /// The customer it had first (`original_customer_id`).
        original_customer_id: CustomerId = "original_customer_id" [read_only],
        /// The ticket it was copied from (`original_ticket_id`).
        original_ticket_id: TicketId = "original_ticket_id" [read_only],
        /// Its agreement on times (`sla_id`).
        sla_id: i64 = "sla_id" [read_only],
        /// Its contract (`contract_id`).
        contract_id: ContractId = "contract_id" [read_only],
        /// Its address (`address_id`).
        address_id: i64 = "address_id" [read_only],
        /// Who made it (`creator_id`).
        creator_id: UserId = "creator_id" [read_only],
        /// When it was signed (`signature_date`).
        signature_date: Timestamp = "signature_date" [read_only],
        /// When it was resolved (`resolved_at`).
        resolved_at: Timestamp = "resolved_at" [read_only],
        /// Everybody it is mailed to (`all_notify_emails`).
        all_notify_emails: Json = "all_notify_emails" [read_only],
        /// Name of its outtake form (`outtake_form_name`).
        outtake_form_name: String = "outtake_form_name" [read_only],
        /// What its outtake form holds (`outtake_form_data`).
        outtake_form_data: String = "outtake_form_data" [read_only],
        /// When its outtake form was filled in (`outtake_form_date`).
        outtake_form_date: Timestamp = "outtake_form_date" [read_only],
        /// Custom fields as text (`custom_fields_cache`).
        custom_fields_cache: String = "custom_fields_cache" [read_only],
        /// Text of its first comment (`with_initial_issue_body`).
        with_initial_issue_body: String = "with_initial_issue_body" [read_only],
        /// Its part orders (`with_items_any`).
        with_items_any: Json = "with_items_any" [read_only],
    }
}
