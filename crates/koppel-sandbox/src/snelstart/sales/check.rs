//! What is refused of a booking, and when it may still be changed.

use jiff::Span;
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Side;
use crate::snelstart::answer::Refusal;
use crate::snelstart::resource::Resource;
use crate::snelstart::row::Row;
use crate::snelstart::store::{Ask, Store};

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
            return Refusal::rule("REL-0005", "De relatie bestaat niet");
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
}
