//! What must hold for a sales booking before it is sent.

use api_core::Error;
use rust_decimal::Decimal;

use super::SalesBooking;
use crate::problems::{Problems, amounts, sum};

/// The longest payment term, in days.
const LONGEST_TERM: i32 = 999;

impl SalesBooking {
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
    /// Lines and VAT add up to the invoice amount to the cent (BOE-0039), there
    /// is a line (BOE-0023) and none is 0 (BOE-0028), the number has 1 to 25
    /// characters (BOE-0058), and every line has a ledger account. The rules
    /// are the vendor's documentation of its error codes; that an amount may
    /// have no part of a cent is inferred.
    ///
    /// # Errors
    ///
    /// `Validation` with every member that is wrong; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        problems.not_blank("factuurnummer", self.number.as_ref());
        problems.named("klant", self.customer.as_ref());
        let bad_term = self
            .payment_term_days
            .is_some_and(|days| !(0..=LONGEST_TERM).contains(&days));
        problems.add_if(
            bad_term,
            "betalingstermijn",
            "is not between 0 and 999 days",
        );
        if let Some(mandate) = &self.one_off_mandate {
            let member = "eenmaligeIncassoMachtiging.omschrijving";
            problems.not_blank(member, mandate.description.as_ref());
        }
        problems.invoice_lines(self.lines.as_ref(), |line| {
            (line.ledger.as_ref(), line.amount)
        });
        problems.invoice_vat(self.vat.as_ref(), |vat| (vat.vat_kind.as_ref(), vat.amount));
        problems.adds_up(self.total(), self.invoice_amount);
        problems.done()
    }
}

#[cfg(test)]
mod tests;
