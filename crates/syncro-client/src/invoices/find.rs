//! Looking for an invoice by its number.

use api_core::{Error, ErrorKind};

use crate::invoices::Invoice;
use crate::invoices::{InvoiceFilter, Invoices};
use crate::operations as ops;
use futures_util::TryStreamExt as _;

impl Invoices<'_> {
    /// Finds the invoice with a number, or `None`.
    ///
    /// The server takes a number in place of an id (OpenAPI document). Where the
    /// number is also the id of another invoice it answers that one (inferred),
    /// and a number with a dot or a slash may not get through an address
    /// (inferred from the engine's framework). Then all invoices are looked
    /// through, page after page, so that none is taken for missing.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn find_by_number(&self, number: &str) -> Result<Option<Invoice>, Error> {
        let number = number.trim();
        if number.is_empty() {
            return Ok(None);
        }
        let found = self
            .client
            .one::<Invoice>(&ops::INVOICES_GET, &[number], &[])
            .await;
        match found {
            Ok(invoice) if invoice.is_numbered(number) => Ok(Some(invoice)),
            Ok(_) => self.look_through(number).await,
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Err(_) if survives(number) => Ok(None),
            Err(_) => self.look_through(number).await,
        }
    }

    async fn look_through(&self, number: &str) -> Result<Option<Invoice>, Error> {
        let mut rows = self.list(&InvoiceFilter::new()).records();
        while let Some(row) = rows.try_next().await? {
            let row = row.into_result().map_err(Error::from)?;
            if let Some(id) = row.id.filter(|_| row.is_numbered(number)) {
                return self.get(id).await.map(Some);
            }
        }
        Ok(None)
    }
}

/// Whether a number stands in an address as what it is.
fn survives(number: &str) -> bool {
    number
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

impl Invoice {
    fn is_numbered(&self, number: &str) -> bool {
        self.number.as_deref().map(str::trim) == Some(number)
    }
}
