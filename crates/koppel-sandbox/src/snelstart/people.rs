//! What people do in SnelStart itself: payments, reversals, credit notes.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::answer::Refusal;
use super::chart;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::sales::Side;
use super::store::Store;

/// The journal a payment is booked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayBy {
    /// The bank, journal 1010.
    #[default]
    Bank,
    /// The cash register, journal 1000.
    Cash,
    /// A memorial booking, journal 2990, against an account for payments under way.
    Memorial,
}

impl PayBy {
    fn resource(self) -> Resource {
        match self {
            PayBy::Bank => Resource::BankBookings,
            PayBy::Cash => Resource::CashBookings,
            PayBy::Memorial => Resource::MemorialBookings,
        }
    }

    fn journal(self) -> i64 {
        match self {
            PayBy::Bank => 1010,
            PayBy::Cash => 1000,
            PayBy::Memorial => 2990,
        }
    }
}

impl Store {
    /// Books a payment of an invoice; negative is paid back. The id of the mutation on the debtors.
    pub(crate) fn pay(
        &mut self,
        number: &str,
        amount: Decimal,
        date: Date,
        by: PayBy,
    ) -> Result<Uuid, Refusal> {
        let invoice = self
            .invoice_by_number(number)
            .and_then(|id| self.get(Resource::SalesInvoices, id));
        let booking = invoice.and_then(|invoice| invoice.id("verkoopBoeking"));
        let (Some(booking), false) = (booking, amount.is_zero()) else {
            return Refusal::rule("BOE-0001", format!("no invoice {number} that can be paid"));
        };
        let text = Cell::text(format!("Betaling {number}"));
        let row = Row::of(by.resource().model())
            .with("datum", Cell::day(date))
            .with("dagboek", Cell::Id(chart::journal(by.journal())))
            .with("omschrijving", text.clone());
        let (debit, credit) = halves(amount);
        let line = match by {
            PayBy::Memorial => Row::new("MemoriaalVerkoopBoekingVerantwoordingsRegelModel")
                .with("bedrag", Cell::Money(amount)),
            _ => Row::new("VerkoopBoekingVerantwoordingsRegelModel")
                .with("debet", Cell::Money(debit))
                .with("credit", Cell::Money(credit)),
        };
        let line = line
            .with("boekingId", Cell::Id(booking))
            .with("omschrijving", text.clone());
        let row = row.with("verkoopboekingBoekingsRegels", objects([line]));
        let row = match by {
            PayBy::Memorial => {
                let other = Row::new("MemoriaalBoekingsRegelModel")
                    .with("grootboek", Cell::Id(chart::ledger(2010)))
                    .with("omschrijving", text)
                    .with("debet", Cell::Money(credit))
                    .with("credit", Cell::Money(debit));
                row.with("memoriaalBoekingsRegels", objects([other]))
            }
            _ => row
                .with("bedragOntvangen", Cell::Money(credit))
                .with("bedragUitgegeven", Cell::Money(debit)),
        };
        let id = self.book_money(by.resource(), row, None);
        let mutations = self.mutations.get(&id);
        mutations
            .and_then(|ids| ids.first().copied())
            .ok_or(Refusal::Broken)
    }

    /// Books the opposite of a payment, in the same journal. The id of the new mutation.
    pub(crate) fn reverse(&mut self, mutation: Uuid, date: Date) -> Result<Uuid, Refusal> {
        let row = self.find(Resource::LedgerMutations, mutation)?;
        let number = row.text("factuurNummer").unwrap_or_default().to_owned();
        let amount = row.money("saldo");
        let by = [PayBy::Bank, PayBy::Cash, PayBy::Memorial]
            .into_iter()
            .find(|by| row.id("dagboek") == Some(chart::journal(by.journal())))
            .unwrap_or_default();
        self.pay(&number, amount, date, by)
    }

    /// Books a credit note for an invoice of so much, VAT among it. The id of its booking.
    ///
    /// Its lines are those of the invoice in proportion.
    pub(crate) fn credit_note(
        &mut self,
        number: &str,
        credit_number: &str,
        amount: Decimal,
        date: Date,
    ) -> Result<Uuid, Refusal> {
        let invoice = self
            .invoice_by_number(number)
            .and_then(|id| self.get(Resource::SalesInvoices, id));
        let booking = invoice
            .and_then(|invoice| invoice.id("verkoopBoeking"))
            .and_then(|id| self.get(Resource::SalesBookings, id));
        let Some(booking) = booking else {
            return Refusal::rule("BOE-0001", format!("no invoice {number}"));
        };
        if self.invoice_by_number(credit_number).is_some() {
            return Refusal::rule("BOE-0021", "Dit factuurnummer is al in gebruik");
        }
        let whole = booking.money("factuurbedrag");
        let share = if whole.is_zero() {
            Decimal::ZERO
        } else {
            amount / whole
        };
        let mut left = -amount;
        let mut scaled = |row: &Row, name: &str| {
            let part = (-row.money(name) * share).round_dp(2);
            left -= part;
            row.clone().with(name, Cell::Money(part))
        };
        let vat: Vec<Row> = booking
            .rows("btw")
            .map(|row| scaled(row, "btwBedrag"))
            .collect();
        let mut lines: Vec<Row> = booking
            .rows("boekingsregels")
            .map(|row| scaled(row, "bedrag"))
            .collect();
        if let Some(last) = lines.last_mut() {
            let sum = last.money("bedrag") + left;
            last.set("bedrag", Cell::Money(sum));
        }
        let row = booking
            .clone()
            .with("id", Cell::Null)
            .with("modifiedOn", Cell::Null)
            .with("boekstuk", Cell::Null)
            .with_text("factuurnummer", credit_number)
            .with("factuurdatum", Cell::day(date))
            .with("factuurbedrag", Cell::Money(-amount))
            .with("boekingsregels", objects(lines))
            .with("btw", objects(vat));
        Ok(self.book(Side::Sale, row, None))
    }
}

/// An amount received as debit and credit of the line on the invoice.
fn halves(amount: Decimal) -> (Decimal, Decimal) {
    if amount.is_sign_negative() {
        (-amount, Decimal::ZERO)
    } else {
        (Decimal::ZERO, amount)
    }
}

fn objects(rows: impl IntoIterator<Item = Row>) -> Cell {
    let cells = rows.into_iter().map(|row| Cell::Object(Box::new(row)));
    Cell::List(cells.collect())
}
