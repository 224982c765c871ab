//! Forms for new tickets (`/new_ticket_forms`).

use api_core::{Error, Json};

use crate::calls::handle;
use crate::id::NewTicketFormId;
use crate::list::List;
use crate::operations as ops;

mod model;

pub use model::{
    FormAppointment, FormCustomer, FormEntry, FormOutcome, FormTicket, NewTicketForm, RawTicket,
};

handle! {
    /// Forms for new tickets (`/new_ticket_forms`).
    pub fn new_ticket_forms -> NewTicketForms, "Forms for new tickets";
}

impl<'c> NewTicketForms<'c> {
    /// Lists the forms.
    pub fn list(&self) -> List<'c, NewTicketForm> {
        List::new(self.client, &ops::NEW_TICKET_FORMS_LIST)
    }

    /// Fetches a form.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: NewTicketFormId) -> Result<NewTicketForm, Error> {
        self.client
            .one(&ops::NEW_TICKET_FORMS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a ticket by a form, and a customer where it names none that
    /// exists; sent once, and nobody is mailed unless the ticket says so.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` naming the fields of each part, and those of
    /// any call.
    pub async fn process(
        &self,
        id: NewTicketFormId,
        entry: &FormEntry,
    ) -> Result<FormOutcome, Error> {
        let mut body = entry.to_json();
        quiet(&mut body);
        self.client
            .post(&ops::NEW_TICKET_FORMS_PROCESS, &[&id.to_string()], &body)
            .await
    }
}

/// Says that nobody is mailed, where nothing else was said.
fn quiet(body: &mut Json) {
    let Json::Map(parts) = body else { return };
    let ticket = parts
        .entry("ticket_details".to_owned())
        .or_insert_with(|| Json::Map(std::collections::BTreeMap::new()));
    if let Json::Map(ticket) = ticket {
        ticket
            .entry("do_not_email".to_owned())
            .or_insert(Json::Bool(true));
    }
}
