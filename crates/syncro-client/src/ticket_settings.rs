//! Settings of tickets (`/tickets/settings`).

mod kinds;

pub use kinds::{TicketField, TicketFieldAnswer, TicketType};

use api_core::{Error, Json};

use crate::appointment_types::AppointmentType;
use crate::client::Client;
use crate::id::ProductId;
use crate::model::model;
use crate::operations as ops;
use crate::users::User;

model! {
    /// The settings of tickets.
    pub struct TicketSettings, wire "ticket_settings"/"ticket_settings" {
        /// The statuses of the account, in its own words.
        ticket_status_list: Vec<String> = "ticket_status_list" [read_only],
        /// The product that time is charged as.
        default_labor_product_id: ProductId = "default_labor_product_id" [read_only],
        /// Whether time is charged by itself; its type is inferred.
        ticket_timer_charge_by_default: bool = "ticket_timer_charge_by_default" [read_only],
        /// The stored searches; their form is unknown.
        saved_searches: Vec<Json> = "saved_searches" [read_only],
        /// The types of tickets.
        ticket_types: Vec<TicketType> = "ticket_types" [read_only],
        /// The custom fields of tickets.
        ticket_type_fields: Vec<TicketField> = "ticket_type_fields" [read_only],
        /// The words to choose from in them.
        ticket_type_field_answers: Vec<TicketFieldAnswer> = "ticket_type_field_answers" [read_only],
        /// The types of appointments.
        appointment_types: Vec<AppointmentType> = "appointment_types" [read_only],
        /// The users: ids and names.
        users: Vec<User> = "users" [read_only],
        /// The settings of the dashboard; their form is unknown.
        dashboard_settings: Json = "dashboard_settings" [read_only],
        /// The templates of worksheets; their form is unknown.
        worksheet_templates: Vec<Json> = "worksheet_templates" [read_only],
        /// Whether a ticket must have a type; its type is inferred.
        require_ticket_type: bool = "require_ticket_type" [read_only],
        /// Whether a ticket must have an intake form; its type is inferred.
        require_intake_form_with_ticket: bool = "require_intake_form_with_ticket" [read_only],
        /// Whether a ticket must have an outtake form; its type is inferred.
        require_outtake_form_with_ticket: bool = "require_outtake_form_with_ticket" [read_only],
        /// The workflow of new tickets; its type is inferred.
        ticket_workflow_default_id: i64 = "ticket_workflow_default_id" [read_only],
    }
}

impl Client {
    /// Fetches the settings of tickets: statuses, types, custom fields, users.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn ticket_settings(&self) -> Result<TicketSettings, Error> {
        self.one(&ops::TICKET_SETTINGS_GET, &[], &[]).await
    }
}
