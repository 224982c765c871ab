//! Tickets: questions and complaints.

use api_core::Timestamp;

use crate::clients::ClientId;
use crate::contacts::ContactId;
use crate::field::CustomFields;
use crate::model::resource;
use crate::projects::ProjectId;

resource! {
    /// The tickets resource.
    kind Tickets;
    /// The server's id of a ticket.
    id TicketId;
    /// A ticket as the server sends it.
    record Ticket;
    /// A ticket to be created.
    new NewTicket;
    /// A change to a ticket.
    patch TicketPatch;
    required {
        /// What it is about.
        subject: String,
    }
    optional {
        /// The client it came from.
        client_id: ClientId,
        /// The contact it came from.
        contact_id: ContactId,
        /// The project it belongs to.
        project_id: ProjectId,
        /// The name of a sender who is no contact.
        name: String,
        /// The address of a sender who is no contact.
        email: String,
        /// The name of the department.
        department: String,
        /// The name of the priority; every installation has its own.
        priority: String,
        /// The name of the status; every installation has its own.
        status: String,
        /// The name of the service it is about.
        service: String,
        /// The first message, HTML.
        message: String,
        /// E-mail address of the member of staff it is assigned to.
        assigned_email: String,
        /// When it was opened.
        opened_at: Timestamp,
        /// When somebody last answered.
        last_reply_at: Timestamp,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
