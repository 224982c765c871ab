//! Worksheets of tickets (`/tickets/{id}/worksheet_results`).

use api_core::{Error, Json};

use crate::calls::handle;
use crate::id::{TicketId, UserId, WorksheetResultId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A worksheet of a ticket: a list of things to do and to note.
    pub struct WorksheetResult, wire "worksheet_result"/"worksheet_results" {
        /// Its id (`id`).
        id: WorksheetResultId = "id" [read_only],
        /// The template it is made from (`worksheet_template_id`).
        worksheet_template_id: i64 = "worksheet_template_id",
        /// Name (`name`).
        name: String = "name" [read_only],
        /// Whether the customer sees it (`public`).
        public: bool = "public",
        /// Whether it is done (`complete`).
        complete: bool = "complete",
        /// Whether it has to be done (`required`).
        required: bool = "required",
        /// Its fields (`field_list`).
        field_list: Vec<WorksheetField> = "field_list" [read_only],
        /// Title (`title`); comes back as `name` (inferred).
        title: String = "title" [write_only],
        /// Who answers (`user_id`).
        user_id: UserId = "user_id" [write_only],
        /// Answers (`answers`), an object; the OpenAPI document names `value`
        /// and `user` in it and not what they belong to.
        answers: Json = "answers" [write_only],
    }
}

model! {
    /// A field of a worksheet.
    pub struct WorksheetField, wire "field"/"field_list" {
        /// Its id (`id`).
        id: i64 = "id" [read_only],
        /// Name (`name`).
        name: String = "name" [read_only],
        /// Name without spaces (`slug`).
        slug: String = "slug" [read_only],
        /// Its place (`position`).
        position: i64 = "position" [read_only],
        /// What was answered, and when (`history`).
        history: Vec<Json> = "history" [read_only],
    }
}

handle! {
    /// Worksheets of tickets (`/tickets/{id}/worksheet_results`).
    pub fn worksheets -> Worksheets, "Worksheets of tickets";
}

impl<'c> Worksheets<'c> {
    /// Lists the worksheets of a ticket.
    pub fn list(&self, ticket: TicketId) -> List<'c, WorksheetResult> {
        List::new(self.client, &ops::WORKSHEETS_LIST).at(ticket)
    }

    /// Fetches a worksheet of a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(
        &self,
        ticket: TicketId,
        id: WorksheetResultId,
    ) -> Result<WorksheetResult, Error> {
        let (ticket, id) = (ticket.to_string(), id.to_string());
        self.client
            .one(&ops::WORKSHEETS_GET, &[&ticket, &id], &[])
            .await
    }

    /// Adds a worksheet to a ticket, from a template; sent once.
    ///
    /// Of what is set, the template and the title count (OpenAPI document).
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn create(
        &self,
        ticket: TicketId,
        worksheet: &WorksheetResult,
    ) -> Result<WorksheetResult, Error> {
        self.client
            .post(
                &ops::WORKSHEETS_CREATE,
                &[&ticket.to_string()],
                &worksheet.to_json(),
            )
            .await
    }

    /// Changes a worksheet of a ticket.
    ///
    /// What it answers is not documented: the worksheet, where it is in there.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn update(
        &self,
        ticket: TicketId,
        id: WorksheetResultId,
        change: &WorksheetResult,
    ) -> Result<Option<WorksheetResult>, Error> {
        let (ticket, id) = (ticket.to_string(), id.to_string());
        let body = change.to_json();
        let answer = self
            .client
            .send(&ops::WORKSHEETS_UPDATE, &[&ticket, &id], &[], Some(&body))
            .await?;
        Ok(answer.one().ok())
    }

    /// Removes a worksheet from a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, ticket: TicketId, id: WorksheetResultId) -> Result<(), Error> {
        let (ticket, id) = (ticket.to_string(), id.to_string());
        self.client
            .delete(&ops::WORKSHEETS_DELETE, &[&ticket, &id])
            .await
    }
}
