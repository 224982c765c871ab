//! Making a sales booking that must not be there twice.

use api_core::{Error, ErrorKind};

use super::{SalesBooking, SalesBookingId, SalesBookings};
use crate::code::Code;
use crate::operations as ops;
use crate::write::{Adopted, create_or_adopt};

impl SalesBookings<'_> {
    /// Creates a sales booking, or finds the one with its number.
    ///
    /// Where the answer is lost, or the number exists (BOE-0021), the booking is
    /// looked up by its number, through the sales invoices since the API has no
    /// list of bookings. What it finds may be another invoice altogether: look
    /// at [`Adopted::differences`] before taking it for the same.
    ///
    /// # Errors
    ///
    /// Those of [`create`](Self::create). An unknown outcome stays unknown where
    /// nothing is found: a slow create may still appear (measured by client
    /// authors). `Conflict` where several invoices have the number.
    pub async fn create_or_adopt(
        &self,
        booking: &SalesBooking,
    ) -> Result<Adopted<SalesBooking>, Error> {
        let number = booking.number.as_deref().unwrap_or_default();
        create_or_adopt(
            booking,
            &Code::InvoiceNumberExists,
            self.create(booking),
            || self.find_by_number(number),
        )
        .await
    }

    /// Finds the sales booking behind the invoice with a number.
    ///
    /// # Errors
    ///
    /// `Conflict` where several invoices have the number, or the one that has
    /// it has no booking; and those of any call.
    pub async fn find_by_number(&self, number: &str) -> Result<Option<SalesBooking>, Error> {
        let invoices = self.client.sales_invoices().find_by_number(number).await?;
        let mut bookings: Vec<SalesBookingId> = Vec::new();
        for invoice in &invoices {
            let booking = invoice
                .sales_booking
                .as_ref()
                .and_then(|booking| booking.id);
            match booking {
                Some(id) if bookings.contains(&id) => {}
                Some(id) => bookings.push(id),
                None => return Err(conflict(number, "an invoice without a booking")),
            }
        }
        match bookings.as_slice() {
            [] => Ok(None),
            [id] => self.get(id).await.map(Some),
            _ => Err(conflict(number, "several invoices")),
        }
    }
}

fn conflict(number: &str, what: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("The invoice number {number} belongs to {what}."),
    )
    .operation(ops::SALES_INVOICES_LIST.name)
    .help("Look the number up in SnelStart and decide which invoice is meant.")
}
