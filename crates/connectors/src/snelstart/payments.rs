//! Payments: what was booked on the debtors' ledger through the journals of bank and cash.
//!
//! What an invoice has still open does not tell when it was paid and how much at once, and a
//! payment need not move the invoice's stamp (measured by client authors). The ledger tells both.

use std::collections::{BTreeSet, HashMap};

use api_core::{Date, Error, ErrorKind, SendOutcome};
use rust_decimal::Decimal;
use snelstart_client::{JournalKind, LedgerId, LedgerMutation, WallTime};
use sync_core::{EntityKind, Fields, Page, Record, RecordId, Ref, Unreadable, Value};

use super::SnelStart;
use super::decode::{flaw, record_id, set, text};
use super::invoices::money;
use super::known::KnownInvoice;

/// How many invoices are asked for by their numbers at once.
const NUMBERS: usize = 20;
/// How long before the start date an invoice may have been paid in advance.
const IN_ADVANCE_DAYS: i64 = 366;

/// A mutation that is a payment, and what of it is known without its invoice.
struct Received {
    mutation: LedgerMutation,
    id: RecordId,
    kind: JournalKind,
    amount: Decimal,
    number: String,
}

impl SnelStart {
    /// Adds to a page what of these mutations is a payment.
    pub(super) async fn payments(
        &self,
        debtors: LedgerId,
        mutations: Vec<LedgerMutation>,
        page: &mut Page,
    ) -> Result<(), Error> {
        let mut received = Vec::with_capacity(mutations.len());
        for mutation in mutations {
            let id = mutation.id.map(record_id);
            match self.received(debtors, mutation).await? {
                Ok(None) => {}
                Ok(Some(payment)) => received.push(payment),
                Err(error) => page.unreadable.push(Unreadable {
                    id: id.unwrap_or_else(|| RecordId::from("unknown")),
                    error,
                }),
            }
        }
        let invoices = self.invoices_of(&received).await?;
        for payment in received {
            match self.payment(&payment, &invoices) {
                Ok(record) => page.records.extend(record),
                Err(error) => page.unreadable.push(Unreadable {
                    id: payment.id,
                    error,
                }),
            }
        }
        Ok(())
    }

    /// What was received or paid back by a mutation; nothing if it is none such.
    async fn received(
        &self,
        debtors: LedgerId,
        mutation: LedgerMutation,
    ) -> Result<Result<Option<Received>, Error>, Error> {
        // The server may ignore filters.
        let ledger = mutation.ledger.as_ref().and_then(|to| to.id);
        let before = match (self.payments_from(), mutation.date) {
            (Some(from), Some(date)) => date.date() < from,
            _ => false,
        };
        if ledger.is_some_and(|ledger| ledger != debtors) || before {
            return Ok(Ok(None));
        }
        let Some(journal) = mutation.journal.as_ref().and_then(|to| to.id) else {
            return Ok(Err(flaw("SnelStart sent a mutation without a journal.")));
        };
        let kind = match self.journal_kind(journal).await? {
            Some(kind) => kind,
            None => {
                return Ok(Err(flaw(format!(
                    "SnelStart sent a mutation of the journal {journal}, which is in no list."
                ))));
            }
        };
        let nameless = text(mutation.invoice_number.as_deref()).is_none();
        if !self.inner.payment_journals.contains(&kind) || nameless && self.is_early(&mutation) {
            return Ok(Ok(None));
        }
        Ok(of_mutation(mutation, kind))
    }

    /// Whether money moved before the start date: only if it is of an invoice from after it, paid
    /// in advance, it is a payment here.
    fn is_early(&self, mutation: &LedgerMutation) -> bool {
        let start = self.inner.start_date.zip(mutation.date);
        start.is_some_and(|(start, date)| date.date() < start)
    }

    /// The record of a payment; nothing if its invoice is from before the start date.
    fn payment(
        &self,
        payment: &Received,
        invoices: &HashMap<String, Vec<KnownInvoice>>,
    ) -> Result<Option<Record>, Error> {
        let Received {
            mutation, number, ..
        } = payment;
        let found = invoices.get(number).map_or(&[][..], Vec::as_slice);
        let customer = customer_of(mutation);
        let of_customer = |known: &&KnownInvoice| customer.is_some() && known.customer == customer;
        let invoice = match found {
            [] => None,
            [one] => Some(one),
            several => {
                let mut of_customer = several.iter().filter(of_customer);
                match (of_customer.next(), of_customer.next()) {
                    (Some(one), None) => Some(one),
                    _ => {
                        return Err(without_invoice(format!(
                            "Several invoices have the number `{number}` that this payment names."
                        )));
                    }
                }
            }
        };
        let Some(invoice) = invoice else {
            if self.is_early(mutation) {
                return Ok(None);
            }
            return Err(without_invoice(format!(
                "This payment names the invoice `{number}`, which is not among the sales invoices."
            )));
        };
        let start = self.inner.start_date;
        if start
            .zip(invoice.date)
            .is_some_and(|(start, date)| date < start)
        {
            return Ok(None);
        }
        let mut fields = Fields::new();
        let to = Ref::new(EntityKind::Invoice, invoice.record.clone());
        set(&mut fields, "invoice", Some(Value::Ref(to)));
        set(&mut fields, "amount", Some(money(payment.amount)));
        set(
            &mut fields,
            "date",
            mutation.date.map(|at| Value::Date(at.date())),
        );
        let mode = self.inner.payment_modes.get(&payment.kind);
        set(&mut fields, "mode", mode.map(String::as_str));
        // The voucher's number is no key: several lines of a statement share it.
        set(&mut fields, "transaction_id", Some(payment.id.as_str()));
        set(&mut fields, "note", text(mutation.description.as_deref()));
        let record = Record::new(EntityKind::Payment, payment.id.clone(), fields);
        Ok(Some(self.stamped(record, mutation.modified_on)))
    }

    /// The invoices that these payments name, by number.
    async fn invoices_of(
        &self,
        payments: &[Received],
    ) -> Result<HashMap<String, Vec<KnownInvoice>>, Error> {
        let mut wanted: BTreeSet<String> = payments
            .iter()
            .map(|payment| payment.number.clone())
            .collect();
        let mut found = HashMap::new();
        self.take_known(&mut wanted, &mut found);
        // The one that was seen may be another customer's under the same number.
        for payment in payments {
            let customer = customer_of(&payment.mutation);
            let other = |known: &KnownInvoice| customer.is_some() && known.customer != customer;
            let seen = found.get(&payment.number);
            if seen.is_some_and(|all: &Vec<KnownInvoice>| all.iter().all(other)) {
                wanted.insert(payment.number.clone());
            }
        }
        while !wanted.is_empty() {
            let asked: Vec<String> = wanted.iter().take(NUMBERS).cloned().collect();
            let answered = self.look_up(&asked).await?;
            self.take_known(&mut wanted, &mut found);
            if !answered {
                // This list ignores the filter: what is wanted is looked for in all of it.
                self.look_through(&mut wanted, &mut found).await?;
                return Ok(found);
            }
            for number in asked {
                wanted.remove(&number);
            }
        }
        Ok(found)
    }

    /// A payment by its id; nothing if there is none, or no such one is synced.
    pub(super) async fn payment_of(&self, id: &RecordId) -> Result<Option<Record>, Error> {
        let Ok(id) = id.as_str().parse() else {
            return Ok(None);
        };
        let mutation = match self.client().ledger_mutations().get(&id).await {
            Ok(mutation) => mutation,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let debtors = self.debtors().await?;
        let mut page = Page::default();
        self.payments(debtors, vec![mutation], &mut page).await?;
        match page.unreadable.into_iter().next() {
            Some(bad) => Err(bad.error),
            None => Ok(page.records.into_iter().next()),
        }
    }

    /// From which day on the ledger is read: an invoice may have been paid in advance.
    pub(super) fn payments_from(&self) -> Option<Date> {
        let start = WallTime::from(self.inner.start_date?).jiff();
        let days = jiff::SignedDuration::from_hours(24 * IN_ADVANCE_DAYS);
        Some(Date::from(start.saturating_sub(days).date()))
    }
}

/// Whose account was booked on.
fn customer_of(mutation: &LedgerMutation) -> Option<RecordId> {
    let relation = mutation.relation.as_ref();
    relation.and_then(|to| to.id).map(record_id)
}

/// What a mutation through a journal of payments brought.
fn of_mutation(mutation: LedgerMutation, kind: JournalKind) -> Result<Option<Received>, Error> {
    let Some(id) = mutation.id.map(record_id) else {
        return Err(flaw("SnelStart sent a mutation without an id."));
    };
    let sides = mutation
        .debit
        .unwrap_or_default()
        .checked_sub(mutation.credit.unwrap_or_default());
    let told = mutation.debit.is_some() || mutation.credit.is_some();
    let Some(balance) = mutation.balance.or(sides.filter(|_| told)) else {
        return Err(flaw("SnelStart sent a mutation without an amount."));
    };
    if balance.is_zero() {
        return Ok(None);
    }
    let Some(number) = text(mutation.invoice_number.as_deref()).map(str::to_owned) else {
        return Err(without_invoice(
            "This was booked on the debtors without the number of an invoice.".to_owned(),
        ));
    };
    Ok(Some(Received {
        id,
        kind,
        // Credit on the debtors' account is money that came in.
        amount: -balance,
        number,
        mutation,
    }))
}

fn without_invoice(message: String) -> Error {
    Error::new(ErrorKind::Validation, message)
        .code("payment_without_invoice")
        .operation("snelstart.pull")
        .outcome(SendOutcome::Rejected)
        .help("Book it on its invoice in SnelStart; it is tried again with the next run.")
}

#[cfg(test)]
mod tests {
    use snelstart_client::LedgerMutationId;
    use uuid::Uuid;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn mutation() -> LedgerMutation {
        LedgerMutation {
            id: Some(LedgerMutationId::from(Uuid::from_u128(7))),
            invoice_number: Some(" 2026-0001 ".to_owned()),
            ..LedgerMutation::default()
        }
    }

    fn amount(mutation: LedgerMutation) -> Option<Decimal> {
        let received = of_mutation(mutation, JournalKind::Bank).unwrap();
        received.map(|received| received.amount)
    }

    #[test]
    fn credit_is_money_that_came_in_and_debit_money_that_went_back() {
        let by_balance = |balance: &str| LedgerMutation {
            balance: Some(d(balance)),
            ..mutation()
        };
        assert_eq!(amount(by_balance("-121")), Some(d("121")));
        assert_eq!(amount(by_balance("21.50")), Some(d("-21.50")));
        assert_eq!(amount(by_balance("0")), None);
        let by_sides = LedgerMutation {
            debit: Some(d("0")),
            credit: Some(d("50")),
            ..mutation()
        };
        assert_eq!(amount(by_sides), Some(d("50")));
    }

    #[test]
    fn what_cannot_be_a_payment_of_an_invoice_says_why() {
        let nothing = of_mutation(mutation(), JournalKind::Bank).err().unwrap();
        assert!(nothing.message().contains("amount"), "{nothing}");
        let nameless = LedgerMutation {
            invoice_number: Some("  ".to_owned()),
            balance: Some(d("-1")),
            ..mutation()
        };
        let nameless = of_mutation(nameless, JournalKind::Bank).err().unwrap();
        assert_eq!(nameless.code_str(), Some("payment_without_invoice"));
    }
}
