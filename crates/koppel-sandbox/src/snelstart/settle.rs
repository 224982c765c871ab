//! Bank, cash and memorial bookings: what is refused, and how they settle invoices.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::answer::Refusal;
use super::chart;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::sales::Side;
use super::store::{Ask, Store};

/// What a line of such a booking does to an invoice: the booking it settles, and by how much its
/// open balance falls.
struct Settled {
    side: Side,
    booking: Uuid,
    amount: Decimal,
}

/// The journals a resource books in.
fn journal_kind(resource: Resource) -> &'static str {
    match resource {
        Resource::BankBookings => "Bank",
        Resource::CashBookings => "Kas",
        _ => "Memoriaal",
    }
}

/// What a line adds to the other side of the journal: credit less debit.
fn credit(line: &Row) -> Decimal {
    line.money("credit") - line.money("debet")
}

fn settlements(row: &Row) -> Vec<Settled> {
    let memorial = row.model.name == "MemoriaalboekingModel";
    let lines = |list: &'static str, side: Side| {
        row.rows(list).filter_map(move |line| {
            // A sale's balance falls by credit, a purchase's by debit.
            let amount = match side {
                _ if memorial => line.money("bedrag"),
                Side::Sale => credit(line),
                Side::Purchase => -credit(line),
            };
            Some(Settled {
                side,
                booking: line.id("boekingId")?,
                amount,
            })
        })
    };
    lines("verkoopboekingBoekingsRegels", Side::Sale)
        .chain(lines("inkoopboekingBoekingsRegels", Side::Purchase))
        .collect()
}

impl Store {
    /// The rules of a new or changed booking.
    pub(crate) fn check_money(&self, resource: Resource, row: &Row) -> Result<(), Refusal> {
        let journal = row
            .id("dagboek")
            .and_then(|id| self.get(Resource::Journals, id));
        let Some(journal) = journal.filter(|journal| !journal.is("nonactief")) else {
            return Refusal::rule("BOE-0095", "Het dagboek bestaat niet");
        };
        if journal.text("soort") != Some(journal_kind(resource)) {
            return Refusal::rule("BOE-0096", "Het dagboek is van een andere soort");
        }
        let Some(date) = row.time("datum") else {
            let missing = ("datum".into(), "The field datum is required.".into());
            return Err(Refusal::Fields(vec![missing]));
        };
        self.check_day(date)?;
        if row
            .text("omschrijving")
            .is_some_and(|text| text.chars().count() > 250)
        {
            return Refusal::rule("BOE-0068", "De omschrijving is te lang");
        }
        if row
            .text("boekstuk")
            .is_some_and(|text| text.chars().count() > 25)
        {
            return Refusal::rule("BOE-0071", "Het boekstuknummer is te lang");
        }
        for line in ["grootboekBoekingsRegels", "memoriaalBoekingsRegels"]
            .into_iter()
            .flat_map(|list| row.rows(list))
        {
            check_halves(line)?;
            self.check_ledger(line)?;
        }
        for line in [
            "verkoopboekingBoekingsRegels",
            "inkoopboekingBoekingsRegels",
        ]
        .into_iter()
        .flat_map(|list| row.rows(list))
        {
            check_halves(line)?;
        }
        for settled in settlements(row) {
            let resource = match settled.side {
                Side::Sale => Resource::SalesBookings,
                Side::Purchase => Resource::PurchaseBookings,
            };
            if self.get(resource, settled.booking).is_none() {
                return Refusal::rule("BOE-0001", "De boeking bestaat niet");
            }
            if settled.amount.is_zero() {
                return Refusal::rule("BOE-0028", "Het bedrag van een regel is nul");
            }
        }
        check_balance(resource, row)
    }

    /// Puts a booking in, settles what it names and posts its mutations; those on invoices first.
    pub(crate) fn book_money(
        &mut self,
        resource: Resource,
        mut row: Row,
        old: Option<Uuid>,
    ) -> Uuid {
        let id = old
            .or_else(|| row.id("id"))
            .unwrap_or_else(|| self.new_id());
        if let Some(before) = self.get(resource, id).cloned() {
            self.unsettle(&before, id);
        }
        let modified = row.time("modifiedOn").unwrap_or_else(|| self.now());
        let date = row.time("datum").unwrap_or(modified);
        row.set("id", Cell::Id(id));
        row.set("modifiedOn", Cell::Time(modified));
        if row.text("boekstuk").is_none_or(str::is_empty) {
            let number = self.document_number();
            row.set("boekstuk", Cell::text(number));
        }
        let base = Row::of(Resource::LedgerMutations.model())
            .with("datum", Cell::Time(date))
            .with("modifiedOn", Cell::Time(modified))
            .with("dagboek", row.get("dagboek").clone())
            .with("omschrijving", row.get("omschrijving").clone())
            .with("boekstuk", row.get("boekstuk").clone());
        for settled in settlements(&row) {
            self.settle(&settled, Decimal::ONE);
            let base = self.about(&base, &settled);
            let amount = match settled.side {
                Side::Sale => -settled.amount,
                Side::Purchase => settled.amount,
            };
            self.post(id, &base, chart::ledger(settled.side.ledger()), amount);
        }
        for line in ["grootboekBoekingsRegels", "memoriaalBoekingsRegels"]
            .into_iter()
            .flat_map(|list| row.rows(list))
        {
            if let Some(ledger) = line.id("grootboek") {
                let base = base
                    .clone()
                    .with("kostenplaats", line.get("kostenplaats").clone())
                    .with("omschrijving", line.get("omschrijving").clone());
                self.post(id, &base, ledger, -credit(line));
            }
        }
        for line in row.rows("btwBoekingsregels") {
            let account = match (line.text("type"), line.text("tarief")) {
                (Some("AfTeDragenBtwType"), Some("Hoog")) => 1671,
                (Some("AfTeDragenBtwType"), Some("Laag")) => 1672,
                (Some("AfTeDragenBtwType"), _) => 1673,
                (_, Some("Hoog")) => 1681,
                (_, Some("Laag")) => 1682,
                _ => 1683,
            };
            self.post(id, &base, chart::ledger(account), -credit(line));
        }
        let number = row
            .id("dagboek")
            .and_then(|journal| self.get(Resource::Journals, journal))
            .and_then(|journal| journal.int("nummer"));
        if let Some(number) = number {
            let moved = row.money("bedragOntvangen") - row.money("bedragUitgegeven");
            self.post(id, &base, chart::ledger(number), moved);
        }
        self.put(resource, row);
        id
    }

    /// The mutation's relation and invoice number.
    fn about(&self, base: &Row, settled: &Settled) -> Row {
        let invoice = self
            .invoice_of(settled.booking)
            .and_then(|id| self.get(settled.side.invoices(), id));
        match invoice {
            Some(invoice) => base
                .clone()
                .with("factuurNummer", invoice.get("factuurnummer").clone())
                .with("relatiePublicIdentifier", invoice.get("relatie").clone()),
            None => base.clone(),
        }
    }

    fn settle(&mut self, settled: &Settled, times: Decimal) {
        let count = self.settled.entry(settled.booking).or_default();
        *count = if times.is_sign_negative() {
            count.saturating_sub(1)
        } else {
            *count + 1
        };
        let Some(invoice) = self.invoice_of(settled.booking) else {
            return;
        };
        let touched = self.settings.touch.then(|| self.now());
        self.change(settled.side.invoices(), invoice, |row| {
            let open = row.money("openstaandSaldo") - times * settled.amount;
            row.set("openstaandSaldo", Cell::Money(open));
            if let Some(now) = touched {
                row.set("modifiedOn", Cell::Time(now));
            }
        });
    }

    /// Undoes what a booking did to invoices and ledgers.
    pub(crate) fn unsettle(&mut self, row: &Row, id: Uuid) {
        for settled in settlements(row) {
            self.settle(&settled, -Decimal::ONE);
        }
        self.unpost(id);
    }

    /// Takes a booking away with what it did.
    pub(crate) fn unbook_money(
        &mut self,
        resource: Resource,
        id: Uuid,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let row = self.find(resource, id)?.clone();
        self.check_open(&row, ask)?;
        self.unsettle(&row, id);
        self.remove(resource, id);
        Ok(())
    }
}

fn check_halves(line: &Row) -> Result<(), Refusal> {
    if !line.money("debet").is_zero() && !line.money("credit").is_zero() {
        return Refusal::rule("BOE-0091", "Debet of credit moet nul zijn");
    }
    Ok(())
}

fn check_balance(resource: Resource, row: &Row) -> Result<(), Refusal> {
    let out_of_balance = || Refusal::rule("BOE-0039", "De boeking is niet in balans");
    if resource == Resource::MemorialBookings {
        let lines = [
            "memoriaalBoekingsRegels",
            "verkoopboekingBoekingsRegels",
            "inkoopboekingBoekingsRegels",
        ];
        if lines
            .iter()
            .map(|list| row.rows(list).count())
            .sum::<usize>()
            < 2
        {
            return Refusal::rule("BOE-0094", "De boeking heeft minder dan twee regels");
        }
        let booked: Decimal = row.rows("memoriaalBoekingsRegels").map(credit).sum();
        let settled: Decimal = settlements(row)
            .iter()
            .map(|settled| match settled.side {
                Side::Sale => settled.amount,
                Side::Purchase => -settled.amount,
            })
            .sum();
        return if (booked + settled).is_zero() {
            Ok(())
        } else {
            out_of_balance()
        };
    }
    let lines: Decimal = [
        "grootboekBoekingsRegels",
        "verkoopboekingBoekingsRegels",
        "inkoopboekingBoekingsRegels",
        "btwBoekingsregels",
    ]
    .into_iter()
    .flat_map(|list| row.rows(list))
    .map(credit)
    .sum();
    if lines == row.money("bedragOntvangen") - row.money("bedragUitgegeven") {
        Ok(())
    } else {
        out_of_balance()
    }
}
