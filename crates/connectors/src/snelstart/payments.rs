//! Payments: what was booked on the debtors' ledger through the journals of bank and cash.
//!
//! What an invoice has still open does not tell when it was paid and how much at once, and a
//! payment need not move the invoice's stamp (measured by client authors). The ledger tells both.

use std::collections::{BTreeSet, HashMap};

use api_core::{Date, Error, ErrorKind, Guarded, SendOutcome};
use rust_decimal::Decimal;
use snelstart_client::{Filter, JournalKind, LedgerId, LedgerMutation, SalesInvoice, WallTime};
use sync_core::{EntityKind, Fields, Page, Record, RecordId, Ref, Unreadable, Value};

use super::SnelStart;
use super::decode::{flaw, record_id, set, text};
use super::invoices::money;
use super::known::KnownInvoice;
use super::pull::as_sent;
use super::window::Window;

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
        if !self.inner.payment_journals.contains(&kind) {
            return Ok(Ok(None));
        }
        Ok(of_mutation(mutation, kind))
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
        let customer = mutation
            .relation
            .as_ref()
            .and_then(|to| to.id)
            .map(record_id);
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
        set(
            &mut fields,
            "transaction_id",
            text(mutation.voucher_number.as_deref()),
        );
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

    /// Takes over what is known already.
    fn take_known(
        &self,
        wanted: &mut BTreeSet<String>,
        found: &mut HashMap<String, Vec<KnownInvoice>>,
    ) {
        let known = match self.inner.known.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        wanted.retain(|number| {
            let invoices = known.of_number(number);
            if !invoices.is_empty() {
                found.insert(number.clone(), invoices.to_vec());
            }
            invoices.is_empty()
        });
    }

    /// Asks for invoices by their numbers and notes them; whether the server filtered.
    pub(super) async fn look_up(&self, numbers: &[String]) -> Result<bool, Error> {
        let fields = SalesInvoice::fields();
        let each = numbers
            .iter()
            .map(|number| fields.number().eq(number.as_str()));
        let Some(filter) = Filter::any_of(each) else {
            return Ok(true);
        };
        let invoices = self.client().sales_invoices();
        let rows = match invoices.list().filter(as_sent(&filter)).page().await {
            Ok(rows) => rows,
            Err(error) if super::pull::is_bad_filter(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut filtered = true;
        for row in rows {
            if let Guarded::Good(invoice) = row {
                let number = text(invoice.number.as_deref()).unwrap_or_default();
                filtered &= numbers
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(number));
                self.note(&invoice);
            }
        }
        Ok(filtered)
    }

    /// Reads invoices until those with these numbers are found, or there are no more.
    async fn look_through(
        &self,
        wanted: &mut BTreeSet<String>,
        found: &mut HashMap<String, Vec<KnownInvoice>>,
    ) -> Result<(), Error> {
        let mut window = Window::default();
        let id = |invoice: &SalesInvoice| invoice.id.map(|id| id.to_string());
        loop {
            let turned = window
                .turn(usize::MAX / 2, id, |top, skip| {
                    self.all_invoice_rows(top, skip)
                })
                .await?;
            for row in &turned.rows {
                if let Guarded::Good(invoice) = row {
                    self.note(invoice);
                }
            }
            self.take_known(wanted, found);
            if turned.complete || wanted.is_empty() {
                return Ok(());
            }
            window = turned.next;
        }
    }

    /// The sales invoice behind a record; nothing if there is none any more.
    pub(super) async fn sales_invoice(&self, id: &RecordId) -> Result<Option<SalesInvoice>, Error> {
        let by_itself = id.as_str().strip_prefix("f:").map(str::parse);
        let known = match by_itself {
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return Ok(None),
            None => self.known_invoice(id),
        };
        if let Some(invoice) = known {
            match self.client().sales_invoices().get(&invoice).await {
                Ok(invoice) => return Ok(Some(invoice)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let Some(booking) = super::invoices::booking_of(id) else {
            return Ok(None);
        };
        let booking = match self.client().sales_bookings().get(&booking).await {
            Ok(booking) => booking,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(number) = text(booking.number.as_deref()) else {
            return Ok(None);
        };
        if !self.look_up(&[number.to_owned()]).await? {
            let mut wanted = BTreeSet::from([number.to_owned()]);
            self.look_through(&mut wanted, &mut HashMap::new()).await?;
        }
        match self.known_invoice(id) {
            None => Ok(None),
            Some(invoice) => match self.client().sales_invoices().get(&invoice).await {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                answer => answer.map(Some),
            },
        }
    }

    fn known_invoice(&self, id: &RecordId) -> Option<snelstart_client::SalesInvoiceId> {
        let known = match self.inner.known.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        known.invoice_of(id)
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
        assert_eq!(nameless.error_code(), Some("payment_without_invoice"));
    }
}
