//! Sales and purchase bookings: what is refused, and the invoice and mutations they make.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Span};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::answer::Refusal;
use super::chart;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::store::{Ask, Store};

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
    /// The rules of a new or changed booking, in the order in which one is told.
    pub(crate) fn check_booking(
        &self,
        side: Side,
        row: &Row,
        old: Option<Uuid>,
    ) -> Result<(), Refusal> {
        let number = row.text("factuurnummer").unwrap_or_default();
        if number.is_empty() || number.chars().count() > 25 {
            return Refusal::rule("BOE-0058", "Het factuurnummer ontbreekt of is te lang");
        }
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
        self.check_party(side, row)?;
        let date = row
            .time("factuurdatum")
            .unwrap_or_else(|| self.clock.show());
        self.check_day(date)?;
        let lines: Vec<&Row> = row.rows("boekingsregels").collect();
        if lines.is_empty() {
            return Refusal::rule("BOE-0023", "De boeking heeft geen boekingsregels");
        }
        for line in &lines {
            self.check_line(line)?;
        }
        self.check_vat(side, row, &lines, date)?;
        let known = match side {
            Side::Sale => self.invoice_by_number(number),
            Side::Purchase => self.purchase_by_number(row.id(side.party()), number),
        };
        let own = old.and_then(|booking| self.invoice_of(booking));
        if known.is_some() && known != own {
            return Refusal::rule("BOE-0021", "Dit factuurnummer is al in gebruik");
        }
        Ok(())
    }

    fn check_party(&self, side: Side, row: &Row) -> Result<(), Refusal> {
        let party = row.id(side.party());
        let Some(relation) = party.and_then(|id| self.get(Resource::Relations, id)) else {
            return Refusal::rule("BOE-0059", "De relatie bestaat niet");
        };
        if relation.is("nonactief") {
            return Refusal::rule("BOE-0054", "De relatie is niet actief");
        }
        if !relation.has_word("relatiesoort", side.kind()) {
            return Refusal::rule("BOE-0060", format!("De relatie is geen {}", side.kind()));
        }
        Ok(())
    }

    /// Whether something may be booked on that day.
    pub(crate) fn check_day(&self, date: DateTime) -> Result<(), Refusal> {
        if self
            .settings
            .blocked_until
            .is_some_and(|until| date.date() <= until)
        {
            return Refusal::rule("BOE-0042", "De periode is geblokkeerd");
        }
        let oldest = self.clock.show().checked_sub(Span::new().years(5));
        if !self.settings.old_bookings && oldest.is_ok_and(|oldest| date < oldest) {
            return Refusal::rule("BOE-0033", "De datum ligt meer dan vijf jaar terug");
        }
        Ok(())
    }

    fn check_line(&self, line: &Row) -> Result<(), Refusal> {
        if line.money("bedrag").is_zero() {
            return Refusal::rule("BOE-0028", "Het bedrag van een regel is nul");
        }
        let ledger = self.check_ledger(line)?;
        let kind = line.text("btwSoort").unwrap_or("Geen");
        if !ledger.list("btwSoort").is_empty() && !ledger.has_word("btwSoort", kind) {
            return Refusal::rule(
                "BOE-0082",
                "De btw-soort past niet bij de grootboekrekening",
            );
        }
        Ok(())
    }

    /// The ledger of a line, if a booking may name it.
    pub(crate) fn check_ledger(&self, line: &Row) -> Result<&Row, Refusal> {
        let ledger = line
            .id("grootboek")
            .and_then(|id| self.get(Resource::Ledgers, id));
        let Some(ledger) = ledger.filter(|ledger| !ledger.is("nonactief")) else {
            return Refusal::rule("BOE-0061", "De grootboekrekening bestaat niet");
        };
        let function = ledger.text("grootboekfunctie").unwrap_or_default();
        if function.starts_with("Dagboek") {
            return Refusal::rule("BOE-0061", "De grootboekrekening is hier niet toegestaan");
        }
        if ledger.is("kostenplaatsVerplicht") && line.id("kostenplaats").is_none() {
            return Refusal::rule("BOE-0022", "De kostenplaats is verplicht");
        }
        if let Some(centre) = line.id("kostenplaats")
            && self
                .get(Resource::CostCentres, centre)
                .is_none_or(|centre| centre.is("nonactief"))
        {
            return Refusal::rule("KPL-0001", "De kostenplaats bestaat niet");
        }
        Ok(ledger)
    }

    fn check_vat(
        &self,
        side: Side,
        row: &Row,
        lines: &[&Row],
        date: DateTime,
    ) -> Result<(), Refusal> {
        let vat: Vec<(&str, Decimal)> = row
            .rows("btw")
            .map(|row| {
                let kind = row.text("btwSoort").unwrap_or("Geen");
                (kind, row.money("btwBedrag"))
            })
            .collect();
        let reversed = format!("{}Verlegd", side.prefix());
        let shifted = vat.iter().any(|(kind, _)| *kind == reversed);
        if shifted && vat.len() > 1 {
            return Refusal::rule("BOE-0062", "Verlegde btw gaat niet samen met andere btw");
        }
        if shifted && side == Side::Sale && vat.iter().any(|(_, amount)| !amount.is_zero()) {
            return Refusal::rule("BOE-0069", "Het btw-bedrag klopt niet");
        }
        for kind in ["Laag", "Hoog", "Overig"] {
            let of_kind: Vec<Decimal> = lines
                .iter()
                .filter(|line| line.text("btwSoort") == Some(kind))
                .map(|line| line.money("bedrag"))
                .collect();
            let word = format!("{}{kind}", side.prefix());
            let sent: Decimal = vat
                .iter()
                .filter(|(sent, _)| *sent == word)
                .map(|(_, amount)| *amount)
                .sum();
            let base: Decimal = of_kind.iter().copied().sum();
            let due = base * self.rate(kind, date) / Decimal::ONE_HUNDRED;
            // A cent for each line that was rounded by itself.
            let slack = Decimal::new(i64::try_from(of_kind.len()).unwrap_or(0) + 1, 2);
            if (sent - due).abs() > slack {
                return Refusal::rule("BOE-0069", "Het btw-bedrag klopt niet");
            }
        }
        let lines: Decimal = lines.iter().map(|line| line.money("bedrag")).sum();
        let vat: Decimal = vat.iter().map(|(_, amount)| *amount).sum();
        if lines + vat != row.money("factuurbedrag") {
            return Refusal::rule("BOE-0039", "De boeking is niet in balans");
        }
        Ok(())
    }

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

    /// Whether a booking may be changed or taken away.
    pub(crate) fn check_open(&self, row: &Row, ask: &Ask<'_>) -> Result<(), Refusal> {
        if !ask.rules {
            return Ok(());
        }
        if row.is("gewijzigdDoorAccountant") {
            return Refusal::rule("BOE-0051", "De boeking is vergrendeld door de accountant");
        }
        let date = row.time("factuurdatum").or_else(|| row.time("datum"));
        let returned = date.is_some_and(|date| self.is_returned(date));
        if returned {
            return Refusal::rule("BOE-0046", "De boeking staat in een btw-aangifte");
        }
        match date {
            Some(date) if self.settings.blocked_until.is_some() => self.check_day(date),
            _ => Ok(()),
        }
    }

    /// Whether a VAT return that was accepted covers that day.
    fn is_returned(&self, date: DateTime) -> bool {
        self.table(Resource::VatReturns).rows().any(|(_, row)| {
            let accepted = row
                .text("btwAangifteStatus")
                .is_some_and(|status| status.starts_with("Geaccepteerd"));
            let begin = row.time("aangiftePeriodeBeginDatum");
            let months = match row.text("btwAangiftePeriode") {
                Some("Maand") => 1,
                Some("Jaar") => 12,
                _ => 3,
            };
            accepted
                && begin.is_some_and(|begin| {
                    let end = begin.checked_add(Span::new().months(months));
                    begin <= date && end.is_ok_and(|end| date < end)
                })
        })
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
