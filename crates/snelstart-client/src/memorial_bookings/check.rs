//! What must hold for a memorial booking before it is sent.

use api_core::Error;

use super::MemorialBooking;
use crate::problems::{Problems, amounts, sum};

/// A memorial booking has two lines or more.
const FEWEST_LINES: usize = 2;

impl MemorialBooking {
    /// Checks what the server would refuse, or book otherwise than meant.
    ///
    /// There are two lines or more (BOE-0094), either debit or credit of each
    /// is 0 (BOE-0091), and without settlements debit equals credit (BOE-0039).
    /// On which side a settlement's amount counts is unknown, so a booking with
    /// settlements is left to the server to add up.
    ///
    /// # Errors
    ///
    /// `Validation` with every member that is wrong; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        problems.named("dagboek", self.journal.as_ref());
        let ledger_lines = self.ledger_lines.as_deref().unwrap_or_default();
        for (at, line) in ledger_lines.iter().enumerate() {
            let member = format!("memoriaalBoekingsRegels[{at}]");
            problems.not_blank(&format!("{member}.omschrijving"), line.description.as_ref());
            problems.named(&format!("{member}.grootboek"), line.ledger.as_ref());
            problems.one_side(&member, line.debit, line.credit);
        }
        let settlements = self.verify_settlements(&mut problems);
        if ledger_lines.len() + settlements < FEWEST_LINES {
            let too_few = "the booking has fewer than two lines";
            problems.add("memoriaalBoekingsRegels", too_few);
        } else if settlements == 0 {
            let debit = sum(amounts(self.ledger_lines.as_ref(), |line| line.debit));
            let credit = sum(amounts(self.ledger_lines.as_ref(), |line| line.credit));
            match (debit, credit) {
                (Some(debit), Some(credit)) if debit == credit => {}
                (Some(debit), Some(credit)) => problems.add(
                    "memoriaalBoekingsRegels",
                    format!("debit is {debit}, but credit is {credit}"),
                ),
                _ => problems.add(
                    "memoriaalBoekingsRegels",
                    "the amounts are too large to add up",
                ),
            }
        }
        problems.done()
    }

    fn verify_settlements(&self, problems: &mut Problems) -> usize {
        let purchases = self.purchase_lines.iter().flatten().enumerate();
        let purchases = purchases.map(|(at, line)| {
            let member = format!("inkoopboekingBoekingsRegels[{at}]");
            (member, line.description.as_ref(), line.amount)
        });
        let sales = self.sales_lines.iter().flatten().enumerate();
        let sales = sales.map(|(at, line)| {
            let member = format!("verkoopboekingBoekingsRegels[{at}]");
            (member, line.description.as_ref(), line.amount)
        });
        let mut count = 0;
        for (member, description, amount) in purchases.chain(sales) {
            problems.not_blank(&format!("{member}.omschrijving"), description);
            if amount.is_some() {
                problems.not_zero(&format!("{member}.bedrag"), amount);
            }
            count += 1;
        }
        count
    }
}
