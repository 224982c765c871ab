//! Sales invoices: what customers owe (`verkoopfacturen`), read only.

use api_core::{Error, ErrorKind, Json};
use futures_util::TryStreamExt as _;
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::id::Ref;
use crate::list::List;
use crate::model::{ids, model};
use crate::operations as ops;
use crate::relations::RelationId;
use crate::sales_bookings::SalesBookingId;
use crate::sales_orders::SalesOrderId;
use crate::wall_time::WallTime;

ids! {
    /// The id of a sales invoice (verkoopfactuur).
    SalesInvoiceId "/verkoopfacturen"
}

model! {
    /// A sales invoice with what is still to be paid (verkoopfactuur).
    ///
    /// It has no lines and no VAT: those are in the sales booking behind it.
    pub struct SalesInvoice, fields SalesInvoiceFields, wire "VerkoopfactuurModel" {
        /// The booking behind it (`verkoopBoeking`).
        sales_booking: Ref<SalesBookingId> = "verkoopBoeking",
        /// When it changed last (`modifiedOn`); a payment need not move it
        /// (measured by client authors).
        modified_on: WallTime = "modifiedOn" [read_only],
        /// What is still to be paid (`openstaandSaldo`), in euros; filled by the
        /// server on reading only. 0 is paid, below 0 is a credit note or
        /// overpaid (inferred).
        open_balance: Decimal = "openstaandSaldo" [read_only],
        /// The invoice's number (`factuurnummer`), at most 25 characters.
        number: String = "factuurnummer" [max 25, required],
        /// The day it is due (`vervalDatum`).
        due_date: WallTime = "vervalDatum",
        /// Who owes it (`relatie`).
        customer: Ref<RelationId> = "relatie",
        /// The day of the invoice (`factuurDatum`).
        date: WallTime = "factuurDatum",
        /// The total with VAT (`factuurBedrag`), in euros.
        invoice_amount: Decimal = "factuurBedrag",
        /// The orders it was made from (`verkoopOrders`).
        sales_orders: Vec<Ref<SalesOrderId>> = "verkoopOrders",
        /// Its id (`id`).
        id: SalesInvoiceId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Sales invoices (`verkoopfacturen`), read only.
    pub fn sales_invoices -> SalesInvoices, "Sales invoices";
}

impl<'c> SalesInvoices<'c> {
    /// Lists sales invoices; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, SalesInvoice> {
        self.client.list_of(&ops::SALES_INVOICES_LIST)
    }

    /// Fetches a sales invoice.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &SalesInvoiceId) -> Result<SalesInvoice, Error> {
        self.client
            .get_model(&ops::SALES_INVOICES_GET, &[&id.to_string()], &[])
            .await
    }

    /// Fetches a sales invoice as UBL, an XML text.
    ///
    /// The OpenAPI document calls the answer JSON, the vendor's own client
    /// reads XML; both a bare text and a JSON string are taken.
    ///
    /// # Errors
    ///
    /// `Decode` where there is no text, `NotFound`, and those of any call.
    pub async fn ubl(&self, id: &SalesInvoiceId) -> Result<String, Error> {
        let operation = &ops::SALES_INVOICES_UBL;
        let id = id.to_string();
        let answer = self.client.send(operation, &[&id], &[], None).await?;
        let text = answer.text();
        let ubl = match text.trim_start().starts_with('"') {
            true => Json::parse(&text)
                .ok()
                .and_then(|json| json.as_str().map(str::to_owned)),
            false => Some(text),
        };
        ubl.filter(|ubl| {
            ubl.trim_start_matches('\u{feff}')
                .trim_start()
                .starts_with('<')
        })
        .ok_or_else(|| {
            Error::new(ErrorKind::Decode, "The answer is no UBL.").operation(operation.name)
        })
    }

    /// Finds the sales invoices with a number.
    ///
    /// The number is compared here too, since the server may ignore a filter
    /// (measured by client authors on other lists). Without one that is exactly
    /// equal, those that differ in case alone are returned.
    ///
    /// # Errors
    ///
    /// `Decode` where a row cannot be read and none was found, and those of any
    /// call.
    pub async fn find_by_number(&self, number: &str) -> Result<Vec<SalesInvoice>, Error> {
        let filter = SalesInvoice::fields().number().eq(number);
        let mut pages = self.list().filter(filter).pages();
        let exact = |invoice: &SalesInvoice| is_number(invoice, number, str::eq);
        let mut alike = Vec::new();
        let mut unread = None;
        while let Some(page) = pages.try_next().await? {
            for row in page {
                match row.into_result() {
                    Ok(invoice) => alike.push(invoice),
                    Err(bad) => unread = Some(bad),
                }
            }
            alike.retain(|invoice| is_number(invoice, number, str::eq_ignore_ascii_case));
            if alike.iter().any(exact) {
                break;
            }
        }
        if let (true, Some(bad)) = (alike.is_empty(), unread) {
            return Err(Error::from(bad).operation(ops::SALES_INVOICES_LIST.name));
        }
        if alike.iter().any(exact) {
            alike.retain(exact);
        }
        Ok(alike)
    }
}

/// Whether an invoice has this number, blanks at the ends aside.
fn is_number(invoice: &SalesInvoice, number: &str, same: fn(&str, &str) -> bool) -> bool {
    let found = invoice.number.as_deref();
    found.is_some_and(|found| same(found.trim(), number.trim()))
}
