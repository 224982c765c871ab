//! Estimates (`/estimates`).

mod lines;

use api_core::{Error, ErrorKind, Json, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::filter::filter;
use crate::id::{
    AccountId, ContactId, CustomerId, EstimateId, InvoiceId, LocationId, TaxRateId, TicketId,
};
use crate::invoices::Invoice;
use crate::line_items::LineItem;
use crate::model::{model, words};
use crate::operations as ops;
use crate::records::records;
use crate::wire::Acknowledged;

words! {
    /// How far an estimate has come (`status`).
    pub enum EstimateStatus {
        /// New (`Fresh`).
        Fresh = "Fresh",
        /// Not finished (`Draft`).
        Draft = "Draft",
        /// Accepted by the customer (`Approved`).
        Approved = "Approved",
        /// Refused by the customer (`Declined`).
        Declined = "Declined",
    }
}

model! {
    /// An estimate: what something would cost.
    ///
    /// What its [`note`](Self::note) and lines are is not answered; the lines
    /// are listed through [`Client::line_items`](crate::Client::line_items).
    pub struct Estimate, wire "estimate"/"estimates" {
        /// Its id.
        id: EstimateId = "id" [read_only],
        /// Whom it is for; required by a create.
        customer_id: CustomerId = "customer_id",
        /// The customer's business name, or else the full name.
        customer_business_then_name: String = "customer_business_then_name" [read_only],
        /// Its name.
        name: String = "name",
        /// Its number, as text.
        number: String = "number",
        /// How far it has come.
        status: EstimateStatus = "status",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Its time; required by a create.
        date: Timestamp = "date",
        /// The total without tax, in the account's currency; counted by Syncro.
        subtotal: Decimal = "subtotal" [read_only],
        /// The total with tax; counted by Syncro.
        total: Decimal = "total" [read_only],
        /// The tax; counted by Syncro.
        tax: Decimal = "tax" [read_only],
        /// The ticket it is about.
        ticket_id: TicketId = "ticket_id",
        /// Where its PDF is, if there is one.
        pdf_url: String = "pdf_url" [read_only],
        /// The account's location it belongs to.
        location_id: LocationId = "location_id",
        /// The invoice it became.
        invoice_id: InvoiceId = "invoice_id" [read_only],
        /// Who made it, by name.
        employee: String = "employee" [read_only],
        /// A note; a plain answer leaves it out.
        note: String = "note" [write_only],
    }
}

model! {
    /// An estimate as the answer to a new line has it: the stored row.
    pub struct EstimateRow, wire "estimate_row"/"estimate_rows" {
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// Its id.
        id: EstimateId = "id" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whom it is for.
        customer_id: CustomerId = "customer_id" [read_only],
        /// Who made it, by name.
        employee: String = "employee" [read_only],
        /// How it is to be paid.
        payment_type: String = "payment_type" [read_only],
        /// Its number, as text.
        number: String = "number" [read_only],
        /// What the labour costs.
        labor: Decimal = "labor" [read_only],
        /// The total with tax, in the account's currency.
        total: Decimal = "total" [read_only],
        /// The total without tax.
        subtotal: Decimal = "subtotal" [read_only],
        /// The tax.
        tax: Decimal = "tax" [read_only],
        /// Whether it is paid.
        paid: bool = "paid" [read_only],
        /// Its time.
        date: Timestamp = "date" [read_only],
        /// When its status changed.
        status_date: Timestamp = "status_date" [read_only],
        /// Who changed its status; its type is unknown.
        status_changed_by: Json = "status_changed_by" [read_only],
        /// Whether no tax is charged.
        no_tax: bool = "notax" [read_only],
        /// The ticket it is about.
        ticket_id: TicketId = "ticket_id" [read_only],
        /// A note.
        note: String = "note" [read_only],
        /// Its category.
        category: String = "category" [read_only],
        /// What the hardware on it costs.
        hardware_cost: Decimal = "hardwarecost" [read_only],
        /// The account's location it belongs to.
        location_id: LocationId = "location_id" [read_only],
        /// Its PDF: an object with the address.
        pdf: Json = "pdf" [read_only],
        /// The signature's picture.
        signature_data: String = "signature_data" [read_only],
        /// Who signed.
        signature_name: String = "signature_name" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// The invoice it became.
        invoice_id: InvoiceId = "invoice_id" [read_only],
        /// The contact it is addressed to.
        contact_id: ContactId = "contact_id" [read_only],
        /// The rate it is taxed at.
        tax_rate_id: TaxRateId = "tax_rate_id" [read_only],
        /// When it became an invoice.
        converted_at: Timestamp = "converted_at" [read_only],
        /// When it was mailed last.
        last_emailed: Timestamp = "last_emailed" [read_only],
        /// How far it has come.
        status: EstimateStatus = "status" [read_only],
        /// Whether it is no longer in use.
        disabled: bool = "disabled" [read_only],
        /// When it was signed.
        signature_date: Timestamp = "signature_date" [read_only],
        /// Several taxes; its type is unknown.
        multi_tax: Json = "multi_tax" [read_only],
        /// Its name.
        name: String = "name" [read_only],
    }
}

model! {
    /// What the answer to a new line of an estimate holds.
    pub struct EstimateLineAdded, wire "estimate_line_added"/"estimate_lines_added" {
        /// The estimate after that.
        estimate: EstimateRow = "estimate" [read_only],
        /// The new line.
        line_item: LineItem = "line_item" [read_only],
    }
}

filter! {
    /// Which estimates are listed.
    pub struct EstimateFilter for ESTIMATES_LIST {
        /// Those of the token's user.
        mine: bool = "mine",
        /// Those of a status; `approved` and `declined` are documented.
        status: String = "status",
    }
}

handle! {
    /// Estimates (`/estimates`).
    pub fn estimates -> Estimates, "Estimates";
}

records! {
    impl Estimates, "an estimate" as estimate: Estimate by EstimateId;

    list ops::ESTIMATES_LIST, EstimateFilter;
    ///
    /// All of them are read: the server has no filter for it, and ignores one that
    /// is sent (measured on RepairShopr, the same engine).
    changed ops::ESTIMATES_LIST;
    get ops::ESTIMATES_GET;
    ///
    /// It has no lines; they are [added](Self::add_line) one by one.
    create ops::ESTIMATES_CREATE;
    update ops::ESTIMATES_UPDATE;
    delete ops::ESTIMATES_DELETE;
}

impl Estimates<'_> {
    /// Fetches the estimate with a number, or `None`.
    ///
    /// The number is asked for beside the id 0, which no estimate has: the
    /// server looks for it where there is none with the id (OpenAPI document).
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn find_by_number(&self, number: &str) -> Result<Option<Estimate>, Error> {
        let found = self
            .client
            .one::<Estimate>(
                &ops::ESTIMATES_GET,
                &["0"],
                &[("number", number.to_owned())],
            )
            .await;
        match found {
            Ok(estimate) => {
                Ok(Some(estimate).filter(|estimate| estimate.number.as_deref() == Some(number)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts an estimate into the printer's queue.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn print(&self, id: EstimateId) -> Result<Acknowledged, Error> {
        self.client
            .act(&ops::ESTIMATES_PRINT, &[&id.to_string()], &[], None)
            .await
    }

    /// Mails an estimate to its customer.
    ///
    /// It is sent once: with an unknown outcome the customer may have it.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn email(&self, id: EstimateId) -> Result<Acknowledged, Error> {
        self.client
            .act(&ops::ESTIMATES_EMAIL, &[&id.to_string()], &[], None)
            .await
    }

    /// Makes an invoice of an estimate.
    ///
    /// It is sent once: with an unknown outcome, look at the estimate's
    /// [`invoice_id`](Estimate::invoice_id) before trying again.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, and those of any call.
    pub async fn convert_to_invoice(&self, id: EstimateId) -> Result<Invoice, Error> {
        self.client
            .post(
                &ops::ESTIMATES_CONVERT,
                &[&id.to_string()],
                &Json::Map(std::collections::BTreeMap::new()),
            )
            .await
    }
}
