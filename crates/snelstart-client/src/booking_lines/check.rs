//! What must hold for a booking of money before it is sent.

use api_core::Error;
use rust_decimal::Decimal;

use super::{LedgerLine, PurchaseSettlement, SalesSettlement, VatLine};
use crate::bank_bookings::BankBooking;
use crate::cash_bookings::CashBooking;
use crate::id::Ref;
use crate::journals::JournalId;
use crate::problems::{Problems, amounts, sum};

/// A bank or cash booking, seen alike.
struct Money<'a> {
    spent: Option<Decimal>,
    received: Option<Decimal>,
    ledger_lines: Option<&'a Vec<LedgerLine>>,
    purchase_lines: Option<&'a Vec<PurchaseSettlement>>,
    sales_lines: Option<&'a Vec<SalesSettlement>>,
    vat_lines: Option<&'a Vec<VatLine>>,
}

macro_rules! money {
    ($Booking:ident) => {
        impl $Booking {
            /// Checks what the server would refuse, or book otherwise than meant.
            ///
            /// What is received less what is spent equals the lines' credit
            /// less their debit (BOE-0039), there is a line (BOE-0023), and of
            /// each line either debit or credit is 0 (BOE-0091). The rules are
            /// the vendor's documentation of its error codes; how the sides
            /// add up is inferred from bodies that were accepted.
            ///
            /// # Errors
            ///
            /// `Validation` with every member that is wrong; nothing was sent.
            pub fn verify(&self) -> Result<(), Error> {
                Money {
                    spent: self.amount_spent,
                    received: self.amount_received,
                    ledger_lines: self.ledger_lines.as_ref(),
                    purchase_lines: self.purchase_lines.as_ref(),
                    sales_lines: self.sales_lines.as_ref(),
                    vat_lines: self.vat_lines.as_ref(),
                }
                .verify(Problems::of(self), self.journal.as_ref())
            }
        }
    };
}

money!(BankBooking);
money!(CashBooking);

impl Money<'_> {
    fn verify(
        &self,
        mut problems: Problems,
        journal: Option<&Ref<JournalId>>,
    ) -> Result<(), Error> {
        for (member, amount) in [
            ("bedragUitgegeven", self.spent),
            ("bedragOntvangen", self.received),
        ] {
            problems.cents(member, amount);
            let negative = amount.is_some_and(|amount| amount < Decimal::ZERO);
            problems.add_if(negative, member, "is below 0");
        }
        problems.named("dagboek", journal);
        self.verify_lines(&mut problems);
        if let (Some(received), Some(spent)) = (self.received, self.spent) {
            let member = "bedragOntvangen";
            match (received.checked_sub(spent), self.booked()) {
                (Some(moved), Some(booked)) if moved == booked => {}
                (Some(moved), Some(booked)) => problems.add(
                    member,
                    format!("less what is spent is {moved}, but the lines add up to {booked}"),
                ),
                _ => problems.add(member, "is too large to add up"),
            }
        }
        problems.done()
    }

    fn verify_lines(&self, problems: &mut Problems) {
        let mut lines = 0_usize;
        for (at, line) in self.ledger_lines.into_iter().flatten().enumerate() {
            let member = format!("grootboekBoekingsRegels[{at}]");
            problems.not_blank(&format!("{member}.omschrijving"), line.description.as_ref());
            problems.named(&format!("{member}.grootboek"), line.ledger.as_ref());
            problems.one_side(&member, line.debit, line.credit);
            lines += 1;
        }
        for (at, line) in self.purchase_lines.into_iter().flatten().enumerate() {
            let member = format!("inkoopboekingBoekingsRegels[{at}]");
            problems.named(&format!("{member}.boekingId"), line.booking.as_ref());
            problems.one_side(&member, line.debit, line.credit);
            lines += 1;
        }
        for (at, line) in self.sales_lines.into_iter().flatten().enumerate() {
            let member = format!("verkoopboekingBoekingsRegels[{at}]");
            let open = line.booking.is_none();
            problems.add_if(open, &format!("{member}.boekingId"), "is missing");
            problems.named(&format!("{member}.boekingId"), line.booking.as_ref());
            problems.one_side(&member, line.debit, line.credit);
            lines += 1;
        }
        for (at, line) in self.vat_lines.into_iter().flatten().enumerate() {
            let member = format!("btwBoekingsregels[{at}]");
            problems.one_side(&member, line.debit, line.credit);
        }
        problems.add_if(
            lines == 0,
            "grootboekBoekingsRegels",
            "the booking has no line",
        );
    }

    /// Credit less debit over all lines.
    fn booked(&self) -> Option<Decimal> {
        let credit = sum(amounts(self.ledger_lines, |line| line.credit)
            .chain(amounts(self.purchase_lines, |line| line.credit))
            .chain(amounts(self.sales_lines, |line| line.credit))
            .chain(amounts(self.vat_lines, |line| line.credit)))?;
        let debit = sum(amounts(self.ledger_lines, |line| line.debit)
            .chain(amounts(self.purchase_lines, |line| line.debit))
            .chain(amounts(self.sales_lines, |line| line.debit))
            .chain(amounts(self.vat_lines, |line| line.debit)))?;
        credit.checked_sub(debit)
    }
}
