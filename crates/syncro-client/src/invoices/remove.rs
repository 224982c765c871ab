//! Deleting an invoice, and making sure.

use api_core::{Error, ErrorKind};

use crate::id::InvoiceId;
use crate::invoices::Invoices;
use crate::operations as ops;
use api_core::SendOutcome;

impl Invoices<'_> {
    /// Deletes an invoice, and looks whether it is gone.
    ///
    /// The server answers 200 although it failed (OpenAPI document), for a paid
    /// invoice for instance, so the invoice is asked for afterwards.
    ///
    /// # Errors
    ///
    /// `Conflict` (`not_deleted`) where it is still there, `NotFound` where it
    /// was not there, and those of any call. Where the look fails the outcome is
    /// unknown.
    pub async fn delete(&self, id: InvoiceId) -> Result<(), Error> {
        self.client
            .delete(&ops::INVOICES_DELETE, &[&id.to_string()])
            .await?;
        match self.get(id).await {
            // An invoice whose number is the id is another one.
            Ok(invoice) if invoice.id.is_some_and(|found| found != id) => Ok(()),
            Ok(_) => Err(Error::new(
                ErrorKind::Conflict,
                format!("Syncro said that it deleted the invoice {id}, but it is still there."),
            )
            .code("not_deleted")
            .operation(ops::INVOICES_DELETE.name)
            .outcome(SendOutcome::Rejected)
            .help("A paid invoice cannot be deleted; remove its payments in Syncro first.")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.outcome(SendOutcome::Unknown)),
        }
    }
}
