//! Writing payments: one bank booking each, with one line that settles one invoice.
//!
//! The booking has no natural key of its own, so its description ends with Koppel's mark, by which
//! it is found again after an answer that got lost.

use api_core::{Date, Error, ErrorKind, SendOutcome};
use rust_decimal::Decimal;
use snelstart_client::{
    BankBooking, Journal, JournalId, JournalKind, LedgerMutation, Ref, SalesBookingId,
    SalesInvoice, SalesSettlement, WallTime,
};
use sync_core::fields::{Payment, View as _};
use sync_core::{Marker, Op, Outcome, RecordId};

use super::SnelStart;
use super::decode::record_id;
use super::encode::rejected;
use super::figures::cents;
use super::find::listed;
use super::ledgers::JournalChoice;
use super::outcome::{of_error, unsent};

/// The longest mark that leaves room for the number of the invoice in 250 characters.
const MAX_MARK: usize = 200;

/// A payment that may be booked.
#[derive(Debug, Clone, PartialEq)]
struct Money {
    booking: SalesBookingId,
    amount: Decimal,
    date: Date,
}

impl SnelStart {
    pub(super) async fn book_payment(&self, op: &Op) -> Outcome {
        // One after the other: two payments of one invoice must see what the other leaves open.
        let _turn = self.inner.paying.lock().await;
        let booking = match self.payment_booking(op).await {
            Ok(booking) => booking,
            Err(error) => return unsent(error),
        };
        let booked = match self.inner.client.bank_bookings().create(&booking).await {
            // What the answer leaves out is as it was sent.
            Ok(answer) => BankBooking {
                voucher_number: answer.voucher_number,
                ..booking
            },
            Err(error) if error.send_outcome().may_be_applied() => {
                match self.marked_bookings(&op.marker).await {
                    Ok(found) => match found.into_iter().next() {
                        Some(found) => found,
                        None => return Outcome::Unknown(error),
                    },
                    Err(_) => return Outcome::Unknown(error),
                }
            }
            Err(error) => return of_error(error),
        };
        // It is booked: whatever fails from here on, it must not be booked again.
        match self.mutation_of(&booked, &op.marker).await {
            Ok(Some(id)) => Outcome::Written(id),
            Ok(None) => Outcome::Unknown(not_yet(&op.marker)),
            Err(error) => Outcome::Unknown(error.outcome(SendOutcome::Unknown)),
        }
    }

    /// The booking of a payment, checked against what is still open.
    async fn payment_booking(&self, op: &Op) -> Result<BankBooking, Error> {
        let payment = Payment::from_fields(&op.fields)
            .map_err(|error| rejected(&error.field, &format!("should be {}", error.expected)))?;
        let money = money(&payment, self.inner.rules.refunds)?;
        let mark = mark(&op.marker)?;
        let journals = self.journals().await?;
        let journal = bank_journal(&journals, &self.inner.rules.bank_journal)?;
        let record = record_id(money.booking);
        // What is open is asked for now, whatever was read before.
        let invoice = self.sales_invoice(&record).await?;
        let invoice = invoice.ok_or_else(|| {
            let problem = format!("refers to `{record}`, which SnelStart has no invoice of");
            rejected("invoice", &problem)
        })?;
        may_be_paid(&money, &invoice)?;
        let number = invoice.number.as_deref().unwrap_or_default().trim();
        let booking = compose(&money, journal, format!("Factuur {number} {mark}"));
        booking.verify()?;
        Ok(booking)
    }

    /// The bank bookings that have this mark.
    pub(super) async fn marked_bookings(&self, marker: &Marker) -> Result<Vec<BankBooking>, Error> {
        let mark = mark(marker)?;
        let filter = BankBooking::fields().description().contains(mark.as_str());
        let bookings = self.inner.client.bank_bookings();
        let is_it = |booking: &BankBooking| has_mark(booking.description.as_deref(), &mark);
        listed(bookings.list(), &filter, is_it).await
    }

    /// What a bank booking of ours booked on the debtors' ledger.
    pub(super) async fn mutation_of(
        &self,
        booking: &BankBooking,
        marker: &Marker,
    ) -> Result<Option<RecordId>, Error> {
        let found = self.mutation_behind(booking, marker).await?;
        Ok(found.and_then(|mutation| mutation.id).map(record_id))
    }

    /// As [`mutation_of`](Self::mutation_of), the whole mutation.
    pub(super) async fn mutation_behind(
        &self,
        booking: &BankBooking,
        marker: &Marker,
    ) -> Result<Option<LedgerMutation>, Error> {
        let Some(date) = booking.date.map(WallTime::date) else {
            return Ok(None);
        };
        let mark = mark(marker)?;
        let mutations = self.mutations_on(date).await?;
        Ok(behind(booking, &mark, mutations))
    }

    /// What was booked on the debtors' ledger on a day.
    pub(super) async fn mutations_on(&self, date: Date) -> Result<Vec<LedgerMutation>, Error> {
        let debtors = self.debtors().await?;
        let fields = LedgerMutation::fields();
        let from = WallTime::from(date);
        let until = from.saturating_add(std::time::Duration::from_secs(24 * 60 * 60));
        let filter = fields
            .ledger()
            .id()
            .eq(debtors)
            .and(fields.date().ge(from))
            .and(fields.date().lt(until));
        let mutations = self.inner.client.ledger_mutations();
        let is_it = |mutation: &LedgerMutation| {
            let ledger = mutation.ledger.as_ref().and_then(|to| to.id);
            mutation.date.map(WallTime::date) == Some(date) && ledger.is_none_or(|id| id == debtors)
        };
        listed(mutations.list(), &filter, is_it).await
    }
}

/// Checks what can be told of a payment alone.
fn money(payment: &Payment, refunds: bool) -> Result<Money, Error> {
    let amount = payment
        .amount
        .filter(|amount| !amount.is_zero())
        .ok_or_else(|| rejected("amount", "is nothing, and nothing is not booked"))?;
    if cents(amount) != amount {
        let problem = format!("is {}, which is no whole cents", amount.normalize());
        return Err(rejected("amount", &problem));
    }
    if amount < Decimal::ZERO && !refunds {
        let problem = format!(
            "is {}, and only money that comes in is booked",
            amount.normalize()
        );
        return Err(rejected("amount", &problem)
            .help("Book it in SnelStart, or allow refunds in the settings of the connection."));
    }
    let date = payment
        .date
        .ok_or_else(|| rejected("date", "is empty, and a booking has a day"))?;
    let invoice = payment
        .invoice
        .as_ref()
        .ok_or_else(|| rejected("invoice", "is empty, and a payment is of one"))?;
    let booking = invoice.id.as_str().parse().map_err(|_| {
        let problem = format!("refers to `{}`, which is no booking", invoice.id);
        rejected("invoice", &problem)
    })?;
    Ok(Money {
        booking,
        amount,
        date,
    })
}

/// Refuses what is more than is still open; what was paid twice a person has to look at.
fn may_be_paid(money: &Money, invoice: &SalesInvoice) -> Result<(), Error> {
    let number = invoice.number.as_deref().unwrap_or_default();
    let open = invoice.open_balance.ok_or_else(|| {
        let problem = format!("is of invoice {number}, of which SnelStart tells no open balance");
        rejected("amount", &problem)
    })?;
    let fits = if money.amount > Decimal::ZERO {
        money.amount <= open
    } else {
        money.amount >= open
    };
    if fits {
        return Ok(());
    }
    let problem = format!(
        "is {}, and of invoice {number} {} is open",
        money.amount.normalize(),
        open.normalize()
    );
    Err(rejected("amount", &problem).help(
        "Look in SnelStart whether it was booked already, such as with a bank statement; link it \
         by hand if it was.",
    ))
}

/// The journal that payments are booked in.
fn bank_journal(journals: &[Journal], choice: &JournalChoice) -> Result<JournalId, Error> {
    let found: Vec<&Journal> = journals
        .iter()
        .filter(|journal| journal.inactive != Some(true))
        .filter(|journal| match choice {
            JournalChoice::Auto => journal.kind == Some(JournalKind::Bank),
            JournalChoice::Number(number) => journal.number == Some(*number),
            JournalChoice::Id(id) => journal.id == Some(*id),
        })
        .collect();
    let problem = match found.as_slice() {
        [journal] if journal.kind != Some(JournalKind::Bank) => {
            "The journal that is set for payments is none of a bank.".to_owned()
        }
        [journal] => match journal.id {
            Some(id) => return Ok(id),
            None => "The journal of the bank has no id.".to_owned(),
        },
        [] => match choice {
            JournalChoice::Auto => "No journal of a bank is in use.".to_owned(),
            _ => "The journal that is set for payments is not there, or not in use.".to_owned(),
        },
        several => {
            let numbers: Vec<String> = several
                .iter()
                .filter_map(|journal| journal.number.map(|number| number.to_string()))
                .collect();
            format!(
                "Several journals are of banks ({}), and none is set for payments.",
                numbers.join(", ")
            )
        }
    };
    Err(Error::new(ErrorKind::Config, problem)
        .operation("snelstart.push")
        .outcome(SendOutcome::NotSent)
        .help("Set `bank_journal` of the connection to the number of the journal."))
}

fn compose(money: &Money, journal: JournalId, description: String) -> BankBooking {
    let size = money.amount.abs();
    let (received, spent) = if money.amount > Decimal::ZERO {
        (size, Decimal::ZERO)
    } else {
        (Decimal::ZERO, size)
    };
    let line = SalesSettlement {
        booking: Some(Ref::to(money.booking)),
        description: Some(description.clone()),
        debit: Some(spent),
        credit: Some(received),
        ..SalesSettlement::default()
    };
    BankBooking {
        date: Some(WallTime::from(money.date)),
        journal: Some(Ref::to(journal)),
        description: Some(description),
        amount_received: Some(received),
        amount_spent: Some(spent),
        sales_lines: Some(vec![line]),
        ..BankBooking::default()
    }
}

/// Koppel's mark as it stands in a description.
fn mark(marker: &Marker) -> Result<String, Error> {
    let text = marker.as_str();
    if text.chars().count() > MAX_MARK || text.contains(['[', ']']) {
        return Err(Error::new(
            ErrorKind::Validation,
            format!("The id of the payment is too long to be kept as its mark: {text}."),
        )
        .operation("snelstart.push")
        .outcome(SendOutcome::NotSent));
    }
    Ok(format!("[{text}]"))
}

fn has_mark(description: Option<&str>, mark: &str) -> bool {
    description.is_some_and(|text| text.contains(mark))
}

/// The mutation that a booking made on the debtors' ledger: by the mark, else by the voucher's
/// number, else by being the only one of that journal, day and amount.
fn behind(
    booking: &BankBooking,
    mark: &str,
    mutations: Vec<LedgerMutation>,
) -> Option<LedgerMutation> {
    let journal = booking.journal.as_ref().and_then(|to| to.id);
    let received = booking.amount_received.unwrap_or_default();
    let spent = booking.amount_spent.unwrap_or_default();
    let balance = spent.checked_sub(received)?;
    let voucher = booking.voucher_number.as_deref().map(str::trim);
    let mut possible: Vec<LedgerMutation> = mutations
        .into_iter()
        .filter(|mutation| {
            let of = mutation.journal.as_ref().and_then(|to| to.id);
            mutation.balance == Some(balance)
                && (of.is_none() || journal.is_none() || of == journal)
        })
        .collect();
    let marked = |mutation: &LedgerMutation| has_mark(mutation.description.as_deref(), mark);
    if let Some(at) = possible.iter().position(marked) {
        return Some(possible.swap_remove(at));
    }
    let same_voucher = |mutation: &LedgerMutation| {
        let number = mutation.voucher_number.as_deref().map(str::trim);
        number.is_some_and(|number| !number.is_empty()) && number == voucher
    };
    if let Some(at) = possible.iter().position(same_voucher) {
        return Some(possible.swap_remove(at));
    }
    match possible.len() {
        1 => possible.pop(),
        _ => None,
    }
}

/// A booking is there and what it booked on the ledger does not show.
pub(super) fn not_yet(marker: &Marker) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("The payment `{marker}` is booked, and its mutation does not show yet."),
    )
    .operation("snelstart.push")
    .outcome(SendOutcome::Unknown)
}

#[cfg(test)]
mod tests;
