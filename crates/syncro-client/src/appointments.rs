//! Appointments (`/appointments`).

use api_core::{Date, Error, Json, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::changed::Changed;
use crate::customers::Customer;
use crate::filter::{Filter as _, filter};
use crate::id::{AppointmentId, AppointmentTypeId, CustomerId, TicketId, UserId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// An appointment.
    ///
    /// The server fills `description` and `location` in where they are left
    /// out (measured by client authors).
    pub struct Appointment, wire "appointment"/"appointments" {
        /// Its id (`id`).
        id: AppointmentId = "id" [read_only],
        /// What it is about (`summary`).
        summary: String = "summary",
        /// Description (`description`).
        description: String = "description",
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// When it begins (`start_at`).
        start_at: Timestamp = "start_at",
        /// When it ends (`end_at`); the server refuses one without it
        /// (measured by client authors).
        end_at: Timestamp = "end_at",
        /// How long it is (`duration`), in hours (inferred).
        duration: Decimal = "duration" [read_only],
        /// Where it is (`location`).
        location: String = "location",
        /// Its ticket (`ticket_id`).
        ticket_id: TicketId = "ticket_id",
        /// What kind of place that is (`appointment_location_type`).
        appointment_location_type: String = "appointment_location_type" [read_only],
        /// When it begins (`start_at_label`), for people to read only.
        start_at_label: String = "start_at_label" [read_only],
        /// Whether it takes the whole day (`all_day`).
        all_day: bool = "all_day",
        /// Its ticket (`ticket`).
        ticket: Json = "ticket" [read_only],
        /// Whether nobody is mailed (`do_not_email`); a new one says yes
        /// unless `email_customer` is set.
        do_not_email: bool = "do_not_email",
        /// Its customer (`customer`).
        customer: Customer = "customer" [read_only],
        /// Who does the work (`user_id`).
        user_id: UserId = "user_id" [write_only],
        /// Who else does (`user_ids`).
        user_ids: Vec<UserId> = "user_ids" [write_only],
        /// Whether the customer is mailed (`email_customer`); no unless set.
        email_customer: bool = "email_customer" [write_only],
        /// How long it is (`appointment_duration`), as text.
        appointment_duration: String = "appointment_duration" [write_only],
        /// Its type (`appointment_type_id`).
        appointment_type_id: AppointmentTypeId = "appointment_type_id" [write_only],
    }
}

filter! {
    /// What to list of the appointments.
    pub struct AppointmentFilter for APPOINTMENTS_LIST {
        /// Beginning after this day (`date_from`).
        from: Date = "date_from",
        /// Beginning before this day (`date_to`).
        to: Date = "date_to",
        /// Those of the token's user only (`mine`).
        mine: bool = "mine",
    }
}

handle! {
    /// Appointments (`/appointments`).
    pub fn appointments -> Appointments, "Appointments";
}

impl<'c> Appointments<'c> {
    /// Lists appointments, the token's own ones without the permission to see
    /// all.
    pub fn list(&self, filter: &AppointmentFilter) -> List<'c, Appointment> {
        List::new(self.client, &ops::APPOINTMENTS_LIST).params(filter.query())
    }

    /// Lists the appointments that changed since a moment.
    ///
    /// The API has no filter for it: all of them are read, and compared here.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, Appointment> {
        Changed::new(self.list(&AppointmentFilter::new()), since)
    }

    /// Fetches an appointment.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: AppointmentId) -> Result<Appointment, Error> {
        self.client
            .one(&ops::APPOINTMENTS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes an appointment; sent once, and nobody is mailed unless
    /// `email_customer` is set.
    ///
    /// # Errors
    ///
    /// `Validation` where the summary, the start or the end is missing, and
    /// those of any call.
    pub async fn create(&self, appointment: &Appointment) -> Result<Appointment, Error> {
        let mut body = appointment.to_json();
        quiet(&mut body, true);
        self.client
            .post(&ops::APPOINTMENTS_CREATE, &[], &body)
            .await
    }

    /// Changes what is set, and empties what [`Appointment::clear`] named;
    /// nobody is mailed unless `email_customer` is set.
    ///
    /// The start has to be there, even where it stays (OpenAPI document).
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(
        &self,
        id: AppointmentId,
        change: &Appointment,
    ) -> Result<Appointment, Error> {
        let mut body = change.to_json();
        quiet(&mut body, false);
        self.client
            .put(&ops::APPOINTMENTS_UPDATE, &[&id.to_string()], &body)
            .await
    }

    /// Deletes an appointment.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: AppointmentId) -> Result<(), Error> {
        self.client
            .delete(&ops::APPOINTMENTS_DELETE, &[&id.to_string()])
            .await
    }
}

/// Says that nobody is mailed, where nothing else was said.
fn quiet(body: &mut Json, new: bool) {
    let Json::Map(members) = body else { return };
    let mails = members.get("email_customer").and_then(Json::as_bool) == Some(true);
    members
        .entry("email_customer".to_owned())
        .or_insert(Json::Bool(false));
    if new {
        members
            .entry("do_not_email".to_owned())
            .or_insert(Json::Bool(!mails));
    }
}
