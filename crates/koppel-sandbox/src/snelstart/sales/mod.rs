//! Sales and purchase bookings: what is refused, and the invoice and mutations they make.

mod check;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::snelstart::answer::Refusal;
use crate::snelstart::chart;
use crate::snelstart::resource::Resource;
use crate::snelstart::row::{Cell, Row};
use crate::snelstart::store::{Ask, Store};

/// The two kinds of bookings that make an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Sale,
    Purchase,
}

impl Side {
    fn party(self) -> &'static str {
        match self {
            Side::Sale => "klant",
            Side::Purchase => "leverancier",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Side::Sale => "Klant",
            Side::Purchase => "Leverancier",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Side::Sale => "Verkopen",
            Side::Purchase => "Inkopen",
        }
    }

    fn bookings(self) -> Resource {
        match self {
            Side::Sale => Resource::SalesBookings,
            Side::Purchase => Resource::PurchaseBookings,
        }
    }

    pub(crate) fn invoices(self) -> Resource {
        match self {
            Side::Sale => Resource::SalesInvoices,
            Side::Purchase => Resource::PurchaseInvoices,
        }
    }

    pub(crate) fn ledger(self) -> i64 {
        match self {
            Side::Sale => 1300,
            Side::Purchase => 1600,
        }
    }
}

impl Store {
    /// Puts a booking in with its invoice and its mutations.
    pub(crate) fn book(&mut self, side: Side, mut row: Row, old: Option<Uuid>) -> Uuid {
        let booking = old
            .or_else(|| row.id("id"))
            .unwrap_or_else(|| self.new_id());
        let given = row.time("modifiedOn");
        let modified = given.unwrap_or_else(|| self.now());
        let date = row.time("factuurdatum").unwrap_or(modified);
        row.set("id", Cell::Id(booking));
        row.set("modifiedOn", Cell::Time(modified));
        row.set("factuurdatum", Cell::Time(date));
        if row.text("boekstuk").is_none_or(str::is_empty) {
            let number = self.document_number();
            row.set("boekstuk", Cell::text(number));
        }
        let before = self
            .invoice_of(booking)
            .and_then(|id| Some((id, self.get(side.invoices(), id)?.clone())));
        let amount = row.money("factuurbedrag");
        let (invoice, paid) = match &before {
            Some((id, old)) => (
                *id,
                old.money("factuurBedrag") - old.money("openstaandSaldo"),
            ),
            None => (self.new_id(), Decimal::ZERO),
        };
        let term = row.int("betalingstermijn").unwrap_or(0);
        let due = date
            .checked_add(SignedDuration::from_hours(24 * term))
            .unwrap_or(date);
        let reference = match side {
            Side::Sale => "verkoopBoeking",
            Side::Purchase => "inkoopBoeking",
        };
        let base = before.map_or_else(|| Row::of(side.invoices().model()), |(_, old)| old);
        let made = base
            .with("id", Cell::Id(invoice))
            .with("modifiedOn", Cell::Time(modified))
            .with(reference, Cell::Id(booking))
            .with("factuurnummer", row.get("factuurnummer").clone())
            .with("factuurDatum", Cell::Time(date))
            .with("vervalDatum", Cell::Time(due))
            .with("factuurBedrag", Cell::Money(amount))
            .with("openstaandSaldo", Cell::Money(amount - paid))
            .with("relatie", row.get(side.party()).clone());
        let made = if *made.get("verkoopOrders") == Cell::Null {
            made.with("verkoopOrders", Cell::List(Vec::new()))
        } else {
            made
        };
        self.put(side.invoices(), made);
        self.unpost(booking);
        self.post_booking(side, &row, booking, modified, date);
        self.put(side.bookings(), row);
        booking
    }

    /// The mutations of a booking: its party, its lines, its VAT.
    fn post_booking(
        &mut self,
        side: Side,
        row: &Row,
        booking: Uuid,
        modified: DateTime,
        date: DateTime,
    ) {
        let sign = match side {
            Side::Sale => Decimal::ONE,
            Side::Purchase => -Decimal::ONE,
        };
        let base = Row::of(Resource::LedgerMutations.model())
            .with("datum", Cell::Time(date))
            .with("modifiedOn", Cell::Time(modified))
            .with("dagboek", Cell::Id(chart::journal(side.ledger())))
            .with("omschrijving", row.get("omschrijving").clone())
            .with("boekstuk", row.get("boekstuk").clone())
            .with("factuurNummer", row.get("factuurnummer").clone())
            .with("relatiePublicIdentifier", row.get(side.party()).clone());
        let party = chart::ledger(side.ledger());
        self.post(booking, &base, party, sign * row.money("factuurbedrag"));
        for line in row.rows("boekingsregels") {
            if let Some(ledger) = line.id("grootboek") {
                let base = base
                    .clone()
                    .with("kostenplaats", line.get("kostenplaats").clone());
                self.post(booking, &base, ledger, -sign * line.money("bedrag"));
            }
        }
        for vat in row.rows("btw") {
            let account = match vat.text("btwSoort").unwrap_or_default() {
                "VerkopenHoog" => 1671,
                "VerkopenLaag" => 1672,
                "VerkopenOverig" => 1673,
                "InkopenHoog" => 1681,
                "InkopenLaag" => 1682,
                "InkopenOverig" => 1683,
                _ => 1674,
            };
            let amount = -sign * vat.money("btwBedrag");
            self.post(booking, &base, chart::ledger(account), amount);
        }
    }

    /// One mutation; `amount` is debit, negative is credit.
    pub(crate) fn post(
        &mut self,
        booking: Uuid,
        base: &Row,
        ledger: Uuid,
        amount: Decimal,
    ) -> Option<Uuid> {
        if amount.is_zero() {
            return None;
        }
        let (debit, credit) = if amount.is_sign_negative() {
            (Decimal::ZERO, -amount)
        } else {
            (amount, Decimal::ZERO)
        };
        let row = base
            .clone()
            .with("grootboek", Cell::Id(ledger))
            .with("debet", Cell::Money(debit))
            .with("credit", Cell::Money(credit))
            .with("saldo", Cell::Money(amount));
        let id = self.put(Resource::LedgerMutations, row);
        self.mutations.entry(booking).or_default().push(id);
        Some(id)
    }

    /// Takes the mutations of a booking away.
    pub(crate) fn unpost(&mut self, booking: Uuid) {
        for id in self.mutations.remove(&booking).unwrap_or_default() {
            self.remove(Resource::LedgerMutations, id);
        }
    }

    /// Takes a booking away with its invoice and its mutations.
    pub(crate) fn unbook(&mut self, side: Side, id: Uuid, ask: &Ask<'_>) -> Result<(), Refusal> {
        let row = self.find(side.bookings(), id)?;
        self.check_open(row, ask)?;
        let invoice = self.invoice_of(id);
        if ask.rules && self.settled.get(&id).is_some_and(|times| *times > 0) {
            return Refusal::rule("BOE-0083", "De boeking heeft betalingen");
        }
        let ordered = invoice
            .and_then(|invoice| self.get(side.invoices(), invoice))
            .is_some_and(|invoice| !invoice.list("verkoopOrders").is_empty());
        if ask.rules && ordered {
            return Refusal::rule("BOE-0047", "De boeking hoort bij een verkoopfactuur");
        }
        if let Some(invoice) = invoice {
            self.remove(side.invoices(), invoice);
        }
        self.unpost(id);
        self.remove(side.bookings(), id);
        Ok(())
    }
}
