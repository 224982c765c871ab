//! What must hold for a purchase booking and for files before they are sent.

use api_core::{Error, ErrorKind, SendOutcome};
use rust_decimal::Decimal;

use super::upload::{Attachment, UblContent};
use super::{PurchaseBooking, PurchaseBookingVat, PurchaseVatKind};
use crate::problems::{Problems, amounts, sum};
use crate::value::Base64;

/// The largest file out of which a booking is made, in bytes (5 MB).
const MAX_ATTACHMENT_BYTES: usize = 5 * 1024 * 1024;

impl PurchaseBooking {
    /// Adds up the lines and the VAT, in euros.
    ///
    /// `None` where the sum is too large to hold.
    #[must_use]
    pub fn total(&self) -> Option<Decimal> {
        sum(amounts(self.lines.as_ref(), |line| line.amount)
            .chain(amounts(self.vat.as_ref(), |vat| vat.amount)))
    }

    /// Checks what the server would refuse, or book otherwise than meant.
    ///
    /// The rules are those of
    /// [`SalesBooking::verify`](crate::SalesBooking::verify), and the date is
    /// required. The supplier does not charge VAT that is reversed, so the
    /// invoice amount may be without it.
    ///
    /// # Errors
    ///
    /// `Validation` with every member that is wrong; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        problems.not_blank("factuurnummer", self.number.as_ref());
        problems.named("leverancier", self.supplier.as_ref());
        problems.invoice_lines(self.lines.as_ref(), |line| {
            (line.ledger.as_ref(), line.amount)
        });
        problems.invoice_vat(self.vat.as_ref(), |vat| (vat.vat_kind.as_ref(), vat.amount));
        let reversed = |vat: &PurchaseBookingVat| {
            vat.vat_kind == Some(PurchaseVatKind::PurchasesReverseCharge)
        };
        let charged = self.vat.iter().flatten().filter(|vat| !reversed(vat));
        let total = sum(amounts(self.lines.as_ref(), |line| line.amount)
            .chain(charged.filter_map(|vat| vat.amount)));
        // Whether VAT that is reversed is part of the amount is unknown.
        let total = match total {
            total if total.is_some() && total == self.invoice_amount => total,
            _ => self.total(),
        };
        problems.adds_up(total, self.invoice_amount);
        problems.done()
    }
}

impl Attachment {
    /// Checks that there is a name and a file of at most 5 MB.
    ///
    /// # Errors
    ///
    /// `Validation` or `TooLarge`; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        file(
            &mut problems,
            self.file_name.as_ref(),
            self.content.as_ref(),
        );
        problems.done()?;
        at_most(self.content.as_ref(), MAX_ATTACHMENT_BYTES)
    }
}

impl UblContent {
    /// Checks that there is a name and a UBL file.
    ///
    /// # Errors
    ///
    /// `Validation`; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        file(
            &mut problems,
            self.file_name.as_ref(),
            self.content.as_ref(),
        );
        problems.done()
    }
}

/// Demands that there is a file, with something in it, and a name for it.
pub(crate) fn file(problems: &mut Problems, name: Option<&String>, content: Option<&Base64>) {
    problems.add_if(name.is_none(), "fileName", "is missing");
    problems.not_blank("fileName", name);
    let empty = content.is_none_or(|content| content.0.is_empty());
    problems.add_if(empty, "content", "is empty");
}

/// Demands that a file is not too large.
pub(crate) fn at_most(content: Option<&Base64>, most: usize) -> Result<(), Error> {
    let size = content.map_or(0, |content| content.0.len());
    if size <= most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        format!("The file has {size} bytes; at most {most} are taken."),
    )
    .outcome(SendOutcome::NotSent))
}
