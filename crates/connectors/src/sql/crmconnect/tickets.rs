//! Tickets: `tickets`, without those that were merged into another.

use api_core::Error;
use sync_core::EntityKind;
use sync_core::fields::Ticket;

use super::Scope;
use super::draft::{Cell, Draft};
use super::entity::{Built, Children, Entity, custom_fields, key, named, reference};
use super::lookups::{Lookup, Names};
use super::schema::{Schema, Table};
use super::secret::hash32;
use crate::sql::row::{Flaw, Row};

/// Tickets.
pub(super) struct Tickets;

static TABLE: Table = Table {
    name: "tickets",
    key: "ticketid",
    required: &[
        "userid",
        "contactid",
        "email",
        "name",
        "department",
        "priority",
        "status",
        "subject",
        "message",
        "date",
        "lastreply",
        "assigned",
    ],
    optional: &["service", "project_id"],
};

/// The seeded status of a new ticket.
const OPEN: i64 = 1;

impl Entity for Tickets {
    fn kind(&self) -> EntityKind {
        EntityKind::Ticket
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![
            Lookup::TicketStatuses.table(),
            Lookup::TicketPriorities.table(),
            Lookup::Departments.table(),
            Lookup::Staff.table(),
        ]
    }

    fn custom(&self) -> Option<&'static str> {
        Some("tickets")
    }

    fn filter(&self, _: &Scope, schema: &Schema) -> Option<&'static str> {
        schema
            .has_column(&TABLE, "merged_ticket_id")
            .then_some("(`merged_ticket_id` IS NULL OR `merged_ticket_id` = 0)")
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "subject" => Some("subject"),
            "customer" => Some("userid"),
            _ => None,
        }
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("subject")?;
        draft.text("subject", "subject")?;
        draft.reference("customer", "userid", EntityKind::Customer)?;
        draft.reference("contact", "contactid", EntityKind::Contact)?;
        draft.reference("project", "project_id", EntityKind::Project)?;
        draft.text("requester_name", "name")?;
        draft.text("requester_email", "email")?;
        draft.named("department", "department", Lookup::Departments)?;
        draft.named("priority", "priority", Lookup::TicketPriorities)?;
        draft.named("status", "status", Lookup::TicketStatuses)?;
        draft.named("service", "service", Lookup::Services)?;
        draft.text("message", "message")?;
        draft.named("assigned_to", "assigned", Lookup::Staff)?;
        draft.moment("created_at", "date")?;
        draft.moment("last_reply_at", "lastreply")?;
        draft.custom_fields(self.custom_defined())?;
        if draft.is_new() {
            draft.default("date", draft.now());
            draft.default("ticketkey", Cell::Text(hash32()));
            // What the CRM gives a ticket that is opened: the seeded status Open.
            if draft.snapshot.name(Lookup::TicketStatuses, OPEN).is_some() {
                draft.default("status", Cell::Int(OPEN));
            }
        }
        Ok(())
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        let zone = names.snapshot.settings.zone.clone();
        let contact = reference(row, "contactid", EntityKind::Contact)?;
        let no_contact = contact.is_none();
        Ok(Built::active(Ticket {
            subject: row.text("subject")?,
            customer: reference(row, "userid", EntityKind::Customer)?,
            contact,
            project: reference(row, "project_id", EntityKind::Project)?,
            requester_name: row.text("name")?.filter(|_| no_contact),
            requester_email: row.text("email")?.filter(|_| no_contact),
            department: named(names, row, "department", Lookup::Departments)?,
            priority: named(names, row, "priority", Lookup::TicketPriorities)?,
            status: named(names, row, "status", Lookup::TicketStatuses)?,
            service: named(names, row, "service", Lookup::Services)?,
            message: row.text("message")?,
            assigned_to: named(names, row, "assigned", Lookup::Staff)?,
            created_at: row.moment("date", &zone)?,
            last_reply_at: row.moment("lastreply", &zone)?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}
