//! Invoices (`/invoices`).

mod find;
mod lines;
mod remove;

use api_core::{Date, Error, ErrorKind, SendOutcome, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::customers::Customer;
use crate::filter::filter;
use crate::id::{ContactId, CustomerId, InvoiceId, LocationId, TicketId, UserId};
use crate::line_items::LineItem;
use crate::model::model;
use crate::operations as ops;
use crate::payments::Payment;
use crate::records::records;
use crate::tickets::Ticket;
use crate::wire::Acknowledged;

model! {
    /// An invoice.
    ///
    /// Lists leave out its lines, its payments and its customer; a
    /// [`get`](Invoices::get) has them.
    pub struct Invoice, wire "invoice"/"invoices" {
        /// Its id.
        id: InvoiceId = "id" [read_only],
        /// Whom it is for; required by a create.
        customer_id: CustomerId = "customer_id",
        /// The customer's business name, or else the full name.
        customer_business_then_name: String = "customer_business_then_name" [read_only],
        /// Its number, as text; required by a create.
        number: String = "number",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Its day; comes as midnight in UTC, required by a create.
        date: Date = "date",
        /// When it was received.
        date_received: Date = "date_received" [read_only],
        /// The day it is due.
        due_date: Date = "due_date",
        /// The total without tax, in the account's currency; counted by Syncro.
        subtotal: Decimal = "subtotal" [read_only],
        /// The total with tax; counted by Syncro.
        total: Decimal = "total" [read_only],
        /// The tax; counted by Syncro.
        tax: Decimal = "tax" [read_only],
        /// What is still to be paid; counted by Syncro. The OpenAPI document has it
        /// in the body of a create alone, so an answer may lack it.
        balance_due: Decimal = "balance_due" [read_only],
        /// Whether a person verified that it is paid.
        verified_paid: bool = "verified_paid",
        /// Whether a technician marked it as paid.
        tech_marked_paid: bool = "tech_marked_paid",
        /// Whether it is paid; counted by Syncro.
        is_paid: bool = "is_paid" [read_only],
        /// The ticket it charges.
        ticket_id: TicketId = "ticket_id",
        /// Where its PDF is, if there is one.
        pdf_url: String = "pdf_url" [read_only],
        /// The account's location it belongs to.
        location_id: LocationId = "location_id",
        /// The customer's order number.
        po_number: String = "po_number",
        /// The customer's contact it is addressed to.
        contact_id: ContactId = "contact_id",
        /// A note that the customer sees.
        note: String = "note",
        /// What the hardware on it cost.
        hardware_cost: Decimal = "hardwarecost",
        /// Who made it.
        user_id: UserId = "user_id" [read_only],
        /// Its customer; only when it was fetched by id.
        customer: Customer = "customer" [read_only],
        /// Its lines; only when it was fetched by id. A create ignores them, so
        /// they are [added](Invoices::add_line) one by one.
        line_items: Vec<LineItem> = "line_items" [read_only],
        /// Its payments; only when it was fetched by id.
        payments: Vec<Payment> = "payments" [read_only],
    }
}

filter! {
    /// Which invoices are listed.
    pub struct InvoiceFilter for INVOICES_LIST {
        /// Those that are paid (`paid`).
        paid: bool = "paid",
        /// Those that are not paid (`unpaid`).
        unpaid: bool = "unpaid",
        /// Those of a ticket (`ticket_id`).
        ticket_id: TicketId = "ticket_id",
        /// Those that changed since (`since_updated_at`); see
        /// [`changed_since`](Invoices::changed_since), which does not trust it.
        updated_since: Timestamp = "since_updated_at",
    }
}

handle! {
    /// Invoices (`/invoices`).
    pub fn invoices -> Invoices, "Invoices";
}

records! {
    impl Invoices, "an invoice" as invoice: Invoice by InvoiceId;

    ///
    /// Lists have no lines, payments and customers; [`get`](Self::get) has.
    list ops::INVOICES_LIST, InvoiceFilter;
    ///
    /// A number that is some invoice's id finds that one; see
    /// [`find_by_number`](Self::find_by_number).
    get ops::INVOICES_GET;
    ///
    /// What is not set may be overwritten too (OpenAPI document);
    /// [`revise`](Self::revise) keeps it. No outcome says that a paid invoice
    /// stayed as it was, so compare.
    update ops::INVOICES_UPDATE;
    revise ops::INVOICES_GET, ops::INVOICES_UPDATE;
    ///
    /// The server is asked (`since_updated_at`) unless a
    /// [probe](crate::Client::probe_changed_since) found that it ignores that.
    changed ops::INVOICES_LIST;
}

impl Invoices<'_> {
    /// Makes an invoice without lines; they are [added](Self::add_line) one by
    /// one, since the server ignores those of a create without a word (measured
    /// by client authors).
    ///
    /// Customer, number and date are required. It is sent once: with an unknown
    /// outcome, look for its [number](Self::find_by_number) before trying again.
    ///
    /// # Errors
    ///
    /// `Validation`, where lines are set before anything is sent, or where the
    /// server refuses it, and those of any call.
    pub async fn create(&self, invoice: &Invoice) -> Result<Invoice, Error> {
        if invoice
            .line_items
            .as_ref()
            .is_some_and(|lines| !lines.is_empty())
        {
            return Err(Error::new(
                ErrorKind::Validation,
                "Syncro drops the lines of a new invoice without a word.",
            )
            .code("lines_in_create")
            .operation(ops::INVOICES_CREATE.name)
            .outcome(SendOutcome::NotSent)
            .help("Create the invoice without lines and add them one by one."));
        }
        self.client
            .post(&ops::INVOICES_CREATE, &[], &invoice.to_json())
            .await
    }

    /// Fetches the ticket that an invoice charges.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn ticket(&self, id: InvoiceId) -> Result<Ticket, Error> {
        self.client
            .one(&ops::INVOICES_TICKET, &[&id.to_string()], &[])
            .await
    }

    /// Puts an invoice into the printer's queue.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn print(&self, id: InvoiceId) -> Result<Acknowledged, Error> {
        self.client
            .act(&ops::INVOICES_PRINT, &[&id.to_string()], &[], None)
            .await
    }

    /// Mails an invoice to its customer.
    ///
    /// It is sent once: with an unknown outcome the customer may have it.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn email(&self, id: InvoiceId) -> Result<Acknowledged, Error> {
        self.client
            .act(&ops::INVOICES_EMAIL, &[&id.to_string()], &[], None)
            .await
    }
}
