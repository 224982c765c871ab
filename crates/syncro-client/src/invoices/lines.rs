//! Lines of an invoice.

use api_core::{Error, Json};

use crate::envelope;
use crate::id::{InvoiceId, LineItemId};
use crate::invoices::Invoices;
use crate::line_items::LineItem;
use crate::operations as ops;

impl Invoices<'_> {
    /// Adds a line to an invoice; a product and how many are enough (measured
    /// by client authors).
    ///
    /// What the server answers is not documented: the line where it tells, else
    /// `None`; [`get`](Self::get) has it. It is sent once: with an unknown
    /// outcome, look for it among the invoice's lines before trying again.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, `Conflict` (`already_paid`) where the
    /// invoice is paid, and those of any call.
    pub async fn add_line(
        &self,
        id: InvoiceId,
        line: &LineItem,
    ) -> Result<Option<LineItem>, Error> {
        let body = on_invoice(line);
        let args = [id.to_string()];
        let answer = self
            .client
            .json(&ops::INVOICES_ADD_LINE, &[&args[0]], &[], Some(&body))
            .await?;
        Ok(told(answer.as_ref()))
    }

    /// Changes what is set of a line; what is not set may be overwritten too
    /// (OpenAPI document).
    ///
    /// # Errors
    ///
    /// `NotFound`, `Conflict` (`already_paid`) where the invoice is paid and
    /// nothing changed (the server says so with status 200, OpenAPI document),
    /// and those of any call.
    pub async fn update_line(
        &self,
        id: InvoiceId,
        line: LineItemId,
        change: &LineItem,
    ) -> Result<Option<LineItem>, Error> {
        let body = on_invoice(change);
        let args = [id.to_string(), line.to_string()];
        let answer = self
            .client
            .json(
                &ops::INVOICES_UPDATE_LINE,
                &[&args[0], &args[1]],
                &[],
                Some(&body),
            )
            .await?;
        Ok(told(answer.as_ref()))
    }

    /// Deletes a line.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Conflict` (`already_paid`) where the invoice is paid, and
    /// those of any call.
    pub async fn delete_line(&self, id: InvoiceId, line: LineItemId) -> Result<(), Error> {
        let args = [id.to_string(), line.to_string()];
        self.client
            .delete(&ops::INVOICES_DELETE_LINE, &[&args[0], &args[1]])
            .await
    }
}

/// A line as invoices take it: their discount has another name.
fn on_invoice(line: &LineItem) -> Json {
    let mut line = line.clone();
    if line.line_discount_percent.is_none() {
        line.line_discount_percent = line.discount_percent;
    }
    line.discount_percent = None;
    line.to_json()
}

/// The line of an answer, where it holds one.
fn told(answer: Option<&Json>) -> Option<LineItem> {
    let line = answer.and_then(envelope::single::<LineItem>)?;
    let line = LineItem::from_json(line).ok()?;
    line.id.is_some().then_some(line)
}
