//! The rules of articles, orders, ledgers, cost centres and documents.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::answer::Refusal;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::store::Store;

impl Store {
    pub(crate) fn check_other(
        &self,
        resource: Resource,
        row: &Row,
        old: Option<&Row>,
    ) -> Result<(), Refusal> {
        match resource {
            Resource::Articles => self.check_article(row, old),
            Resource::SalesOrders | Resource::Quotes => self.check_order(row, old),
            Resource::Ledgers => self.check_new_ledger(row),
            Resource::CostCentres => self.check_cost_centre(row, old),
            Resource::Documents => self.check_document(row),
            _ => Ok(()),
        }
    }

    fn check_article(&self, row: &Row, old: Option<&Row>) -> Result<(), Refusal> {
        let code = row.text("artikelcode").unwrap_or_default();
        if code.is_empty() {
            return Refusal::rule("ART-0002", "De artikelcode is verplicht");
        }
        let company = self.table(Resource::Company).rows().next();
        let company = company.map(|(_, row)| row);
        let numeric = company.and_then(|row| row.text("artikelcodeSoort")) == Some("Numeriek");
        if numeric && !code.bytes().all(|b| b.is_ascii_digit()) {
            return Refusal::rule("ART-0003", "De artikelcode is niet numeriek");
        }
        let most = company.and_then(|row| row.int("artikelcodeMaxLengte"));
        let length = i64::try_from(code.chars().count()).unwrap_or(i64::MAX);
        if most.is_some_and(|most| length > most) {
            return Refusal::rule("ART-0004", "De artikelcode is te lang");
        }
        let own = old.and_then(|old| old.id("id"));
        let taken = self.table(Resource::Articles).rows().any(|(id, row)| {
            Some(id) != own
                && row
                    .text("artikelcode")
                    .is_some_and(|other| other.eq_ignore_ascii_case(code))
        });
        if taken {
            return Refusal::rule("ART-0005", "De artikelcode bestaat al");
        }
        if row.text("omschrijving").is_none_or(str::is_empty) {
            return Refusal::rule("ART-0006", "De omschrijving is verplicht");
        }
        let Some(group) = row.id("artikelOmzetgroep") else {
            return Refusal::rule("ART-0008", "De omzetgroep is verplicht");
        };
        if self.get(Resource::ArticleGroups, group).is_none() {
            return Refusal::rule("ART-0009", "De omzetgroep bestaat niet");
        }
        Ok(())
    }

    fn check_order(&self, row: &Row, old: Option<&Row>) -> Result<(), Refusal> {
        let relation = row
            .id("relatie")
            .and_then(|id| self.get(Resource::Relations, id));
        if !relation.is_some_and(|relation| relation.has_word("relatiesoort", "Klant")) {
            return Refusal::rule("VOR-0002", "De relatie is geen klant");
        }
        let number = row.int("nummer").filter(|number| *number != 0);
        if number.is_some() && number != old.and_then(|old| old.int("nummer")) {
            return Refusal::rule("VOR-0005", "Het nummer moet leeg zijn");
        }
        let days = row.int("krediettermijn").unwrap_or(0);
        if !(0..=100).contains(&days) {
            let text = "The field krediettermijn must be between 0 and 100.";
            return Err(Refusal::Fields(vec![(
                "krediettermijn".into(),
                text.into(),
            )]));
        }
        check_status(row.text("procesStatus").unwrap_or("Order"))?;
        for line in row.rows("regels") {
            let known = line
                .id("artikel")
                .is_none_or(|id| self.get(Resource::Articles, id).is_some());
            if !known {
                return Refusal::rule("ART-0001", "Het artikel bestaat niet");
            }
        }
        Ok(())
    }

    fn check_new_ledger(&self, row: &Row) -> Result<(), Refusal> {
        // Seen on a live server: not refused, but broken.
        if row.text("grootboekfunctie") == Some("VerkopenBtwVrij") {
            return Err(Refusal::Broken);
        }
        let number = row.int("nummer");
        if number.is_none_or(|number| !(1..=999_999_999).contains(&number)) {
            return Refusal::rule("BOE-0086", "Het grootboeknummer is ongeldig");
        }
        let taken = self
            .table(Resource::Ledgers)
            .rows()
            .any(|(_, row)| row.int("nummer") == number);
        if taken {
            return Refusal::rule("BOE-0087", "Het grootboeknummer bestaat al");
        }
        if row.text("omschrijving").is_none_or(str::is_empty) {
            return Refusal::rule("BOE-0088", "De omschrijving is verplicht");
        }
        Ok(())
    }

    fn check_cost_centre(&self, row: &Row, old: Option<&Row>) -> Result<(), Refusal> {
        let text = row.text("omschrijving").unwrap_or_default();
        if text.is_empty() || text.chars().count() > 50 {
            return Refusal::rule("KPL-0005", "De omschrijving ontbreekt of is te lang");
        }
        let number = row.int("nummer");
        if number.is_none_or(|number| !(1..=999_999_999).contains(&number)) {
            return Refusal::rule("KPL-0007", "Het nummer is ongeldig");
        }
        let own = old.and_then(|old| old.id("id"));
        let taken = self
            .table(Resource::CostCentres)
            .rows()
            .any(|(id, row)| Some(id) != own && row.int("nummer") == number);
        if taken {
            return Refusal::rule("KPL-0008", "Het nummer bestaat al");
        }
        Ok(())
    }

    fn check_document(&self, row: &Row) -> Result<(), Refusal> {
        const MOST: usize = 10 * 1024 * 1024 / 3 * 4;
        let parent = row.id("parentIdentifier");
        let parents = [
            Resource::SalesBookings,
            Resource::PurchaseBookings,
            Resource::Relations,
        ];
        if !parent.is_some_and(|id| parents.iter().any(|r| self.get(*r, id).is_some())) {
            return Refusal::rule("BLG-0005", "De boeking of relatie bestaat niet");
        }
        if row.text("fileName").is_none_or(str::is_empty) {
            return Refusal::rule("BLG-0007", "De bestandsnaam ontbreekt");
        }
        let content = row.text("content").unwrap_or_default();
        if content.is_empty() {
            return Refusal::rule("BLG-0011", "De inhoud ontbreekt");
        }
        if content.len() > MOST {
            return Refusal::rule("BLG-0006", "Het bestand is groter dan 10 MB");
        }
        Ok(())
    }

    /// What the server adds to a record.
    pub(crate) fn complete(&mut self, resource: Resource, row: &mut Row, old: Option<&Row>) {
        match resource {
            Resource::SalesOrders | Resource::Quotes => {
                if row.int("nummer").is_none_or(|number| number == 0) {
                    let next = old.and_then(|old| old.int("nummer")).unwrap_or_else(|| {
                        let count = self.table(resource).len();
                        i64::try_from(count).unwrap_or(0) + 1
                    });
                    row.set("nummer", Cell::Int(next));
                }
                let first = match resource {
                    Resource::Quotes => "Offerte",
                    _ => "Order",
                };
                if row.text("procesStatus").is_none() {
                    row.set("procesStatus", Cell::text(first));
                }
                if resource == Resource::Quotes {
                    row.set("isOfferte", Cell::Bool(true));
                }
                self.add_up(row);
            }
            Resource::Articles => {
                for stock in ["technischeVoorraad", "vrijeVoorraad"] {
                    if *row.get(stock) == Cell::Null {
                        row.set(stock, Cell::Money(Decimal::ZERO));
                    }
                }
            }
            Resource::Ledgers if row.list("btwSoort").is_empty() => {
                let function = row.text("grootboekfunctie").unwrap_or("Diversen");
                let kinds: Vec<Cell> = ["Geen", "Laag", "Hoog", "Overig"]
                    .into_iter()
                    .filter(|kind| function.ends_with(kind) || function == "Diversen")
                    .map(Cell::text)
                    .collect();
                let kinds = if kinds.is_empty() {
                    vec![Cell::text("Geen")]
                } else {
                    kinds
                };
                row.set("btwSoort", Cell::List(kinds));
            }
            _ => {}
        }
    }

    /// The totals of an order from its lines.
    fn add_up(&self, row: &mut Row) {
        let hundred = Decimal::ONE_HUNDRED;
        let date = row.time("datum").unwrap_or_else(|| self.clock.show());
        let (mut plain, mut vat) = (Decimal::ZERO, Decimal::ZERO);
        let mut lines = Vec::new();
        for line in row.rows("regels") {
            let off = line.money("kortingsPercentage");
            let total = line.money("stuksprijs") * line.money("aantal") * (hundred - off) / hundred;
            let total = total.round_dp(2);
            let kind = line
                .id("artikel")
                .and_then(|id| self.get(Resource::Articles, id))
                .and_then(|article| article.id("artikelOmzetgroep"))
                .and_then(|group| self.get(Resource::ArticleGroups, group))
                .and_then(|group| group.text("verkoopNederlandBtwSoort"))
                .unwrap_or("Hoog");
            plain += total;
            vat += total * self.rate(kind, date) / hundred;
            let line = line.clone().with("totaal", Cell::Money(total));
            lines.push(Cell::Object(Box::new(line)));
        }
        row.set("regels", Cell::List(lines));
        row.set("totaalExclusiefBtw", Cell::Money(plain));
        row.set("totaalInclusiefBtw", Cell::Money((plain + vat).round_dp(2)));
    }

    /// Whether nothing hangs on a record that is to go.
    pub(crate) fn check_free(&self, resource: Resource, id: Uuid) -> Result<(), Refusal> {
        let ordered = |row: &Row| {
            row.rows("regels")
                .any(|line| line.id("artikel") == Some(id))
        };
        match resource {
            Resource::Articles
                if self
                    .table(Resource::SalesOrders)
                    .rows()
                    .any(|(_, r)| ordered(r)) =>
            {
                Refusal::rule("ART-0010", "Het artikel staat op een order")
            }
            Resource::CostCentres
                if self
                    .table(Resource::LedgerMutations)
                    .rows()
                    .any(|(_, row)| row.id("kostenplaats") == Some(id)) =>
            {
                Refusal::rule("KPL-0009", "De kostenplaats is in gebruik")
            }
            _ => Ok(()),
        }
    }
}

/// The statuses of an order that the API does not set.
pub(crate) fn check_status(status: &str) -> Result<(), Refusal> {
    if matches!(status, "Contantbon" | "Factuur") {
        let text = format!("The value '{status}' is not available.");
        return Err(Refusal::Fields(vec![("procesStatus".into(), text)]));
    }
    Ok(())
}
