//! What is wrong with a booking, found before it is sent.

use api_core::Error;
use rust_decimal::Decimal;

use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::{Faults, Model};

/// How many decimals the books hold: cents.
const CENTS: u32 = 2;

/// Collects what is wrong with a record, by the wire's names of the members.
#[derive(Debug)]
pub(crate) struct Problems {
    faults: Faults,
    wire: &'static str,
}

impl Problems {
    /// Begins with what the record's own fields tell: lengths, and what is
    /// required.
    pub(crate) fn of<M: Model>(record: &M) -> Self {
        let mut faults = Faults::default();
        record.inspect(true, None, &mut faults);
        Self {
            faults,
            wire: M::WIRE,
        }
    }

    /// Adds what is wrong with a member.
    pub(crate) fn add(&mut self, member: &str, problem: impl Into<String>) {
        self.faults.add(member, problem);
    }

    /// Adds a problem where a condition holds.
    pub(crate) fn add_if(&mut self, wrong: bool, member: &str, problem: &str) {
        if wrong {
            self.add(member, problem);
        }
    }

    /// Demands that a text that is there is more than blanks.
    pub(crate) fn not_blank(&mut self, member: &str, value: Option<&String>) {
        let blank = value.is_some_and(|text| text.trim().is_empty());
        self.add_if(blank, member, "is blank");
    }

    /// Demands that a reference that is there names a record.
    pub(crate) fn named<I>(&mut self, member: &str, reference: Option<&Ref<I>>) {
        let nobody = reference.is_some_and(|reference| reference.id.is_none());
        self.add_if(nobody, member, "names no record");
    }

    /// Demands that an amount has no part of a cent.
    pub(crate) fn cents(&mut self, member: &str, value: Option<Decimal>) {
        let broken = value.is_some_and(|amount| amount.normalize().scale() > CENTS);
        self.add_if(broken, member, "has a part of a cent");
    }

    /// Demands an amount that is not 0 and has no part of a cent.
    pub(crate) fn not_zero(&mut self, member: &str, value: Option<Decimal>) {
        let zero = value.unwrap_or_default().is_zero();
        self.add_if(zero, member, "is 0");
        self.cents(member, value);
    }

    /// Demands that exactly one of debit and credit is not 0.
    pub(crate) fn one_side(
        &mut self,
        member: &str,
        debit: Option<Decimal>,
        credit: Option<Decimal>,
    ) {
        self.cents(&format!("{member}.debet"), debit);
        self.cents(&format!("{member}.credit"), credit);
        let zero = |amount: Option<Decimal>| amount.unwrap_or_default().is_zero();
        match (zero(debit), zero(credit)) {
            (true, true) => self.add(member, "has neither debit nor credit"),
            (false, false) => self.add(member, "has both debit and credit"),
            _ => {}
        }
    }

    /// Demands that an invoice that has lines has one or more, each on an
    /// account and none 0; `parts` gives the account and the amount of a line.
    pub(crate) fn invoice_lines<T>(
        &mut self,
        lines: Option<&Vec<T>>,
        parts: impl Fn(&T) -> (Option<&Ref<LedgerId>>, Option<Decimal>),
    ) {
        let none = lines.is_some_and(Vec::is_empty);
        self.add_if(none, "boekingsregels", "has no line");
        for (at, line) in lines.into_iter().flatten().enumerate() {
            let (ledger, amount) = parts(line);
            self.named(&format!("boekingsregels[{at}].grootboek"), ledger);
            self.not_zero(&format!("boekingsregels[{at}].bedrag"), amount);
        }
    }

    /// Demands that the VAT of an invoice says under which rate, in whole cents;
    /// `parts` gives the rate and the amount.
    pub(crate) fn invoice_vat<T, K>(
        &mut self,
        vat: Option<&Vec<T>>,
        parts: impl Fn(&T) -> (Option<&K>, Option<Decimal>),
    ) {
        for (at, vat) in vat.into_iter().flatten().enumerate() {
            let (kind, amount) = parts(vat);
            let member = format!("btw[{at}].btwSoort");
            self.add_if(kind.is_none(), &member, "is missing");
            self.cents(&format!("btw[{at}].btwBedrag"), amount);
        }
    }

    /// Demands that lines and VAT are the invoice amount, to the cent.
    pub(crate) fn adds_up(&mut self, total: Option<Decimal>, amount: Option<Decimal>) {
        let member = "factuurbedrag";
        match (total, amount) {
            (_, None) => self.add(member, "is missing"),
            (None, Some(_)) => self.add(member, "the lines are too large to add up"),
            (Some(total), Some(amount)) if total != amount => self.add(
                member,
                format!("is {amount}, but lines and VAT add up to {total}"),
            ),
            (Some(_), Some(_)) => self.cents(member, amount),
        }
    }

    /// Ends in an error where something is wrong.
    pub(crate) fn done(self) -> Result<(), Error> {
        self.faults.into_result(self.wire)
    }
}

/// Adds amounts up; `None` where the sum is too large to hold.
pub(crate) fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    amounts
        .into_iter()
        .try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// Returns the amounts of lines of which each has one or none.
pub(crate) fn amounts<T>(
    lines: Option<&Vec<T>>,
    amount: impl Fn(&T) -> Option<Decimal>,
) -> impl Iterator<Item = Decimal> {
    lines.into_iter().flatten().filter_map(amount)
}
