//! Types of appointments (`/appointment_types`).

use api_core::{Error, Json, Timestamp};

use crate::calls::handle;
use crate::id::{AccountId, AppointmentTypeId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A type of appointments.
    pub struct AppointmentType, wire "appointment_type"/"appointment_types" {
        /// Its id (`id`).
        id: AppointmentTypeId = "id" [read_only],
        /// The account (`account_id`).
        account_id: AccountId = "account_id" [read_only],
        /// Name (`name`).
        name: String = "name",
        /// What mails about it say (`email_instructions`).
        email_instructions: String = "email_instructions",
        /// What kind of place it has (`location_type`): a word when read, such
        /// as `manual_entry`, and a number when written; the numbers are not
        /// documented.
        location_type: Json = "location_type",
        /// Its place (`location_hard_code`).
        location_hard_code: String = "location_hard_code",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Time kept free around it (`buffer`).
        buffer: Json = "buffer" [read_only],
        /// When it is reminded of (`appointment_reminders_schedule_id`).
        reminders_schedule_id: i64 = "appointment_reminders_schedule_id" [read_only],
    }
}

handle! {
    /// Types of appointments (`/appointment_types`).
    pub fn appointment_types -> AppointmentTypes, "Types of appointments";
}

impl<'c> AppointmentTypes<'c> {
    /// Lists the types.
    pub fn list(&self) -> List<'c, AppointmentType> {
        List::new(self.client, &ops::APPOINTMENT_TYPES_LIST)
    }

    /// Fetches a type.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: AppointmentTypeId) -> Result<AppointmentType, Error> {
        self.client
            .one(&ops::APPOINTMENT_TYPES_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a type; sent once.
    ///
    /// # Errors
    ///
    /// `Validation`, and those of any call.
    pub async fn create(&self, kind: &AppointmentType) -> Result<AppointmentType, Error> {
        self.client
            .post(&ops::APPOINTMENT_TYPES_CREATE, &[], &kind.to_json())
            .await
    }

    /// Changes what is set.
    ///
    /// What it answers is not documented: the type, where it is in there.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(
        &self,
        id: AppointmentTypeId,
        change: &AppointmentType,
    ) -> Result<Option<AppointmentType>, Error> {
        let (id, body) = (id.to_string(), change.to_json());
        let answer = self
            .client
            .send(&ops::APPOINTMENT_TYPES_UPDATE, &[&id], &[], Some(&body))
            .await?;
        Ok(answer.one().ok())
    }

    /// Deletes a type.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: AppointmentTypeId) -> Result<(), Error> {
        self.client
            .delete(&ops::APPOINTMENT_TYPES_DELETE, &[&id.to_string()])
            .await
    }
}
