//! The rules of relations.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::answer::Refusal;
use super::chart;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::store::{Ask, Store};

impl Store {
    /// The rules of a new or changed relation.
    pub(crate) fn check_relation(&self, row: &Row, old: Option<&Row>) -> Result<(), Refusal> {
        let name = row.text("naam").unwrap_or_default();
        if name.trim().is_empty() || name.chars().count() > 50 {
            return Refusal::rule("REL-0007", "De naam ontbreekt of is langer dan 50 tekens");
        }
        self.check_kinds(row, old)?;
        let code = row.int("relatiecode");
        let holder = code.and_then(|code| self.relation_by_code(code));
        if holder.is_some() && holder != old.and_then(|old| old.id("id")) {
            return Refusal::rule("REL-0008", "De relatiecode is al in gebruik");
        }
        for address in ["vestigingsAdres", "correspondentieAdres"] {
            check_address(row.object(address))?;
        }
        if let Some(iban) = row.text("iban")
            && !iban.is_empty()
            && !is_iban(iban)
        {
            return Refusal::rule("REL-0011", "Het IBAN is ongeldig");
        }
        if let Some(number) = row.text("btwNummer")
            && !number.is_empty()
        {
            self.check_vat_number(row, number)?;
        }
        check_lengths(row)
    }

    fn check_kinds(&self, row: &Row, old: Option<&Row>) -> Result<(), Refusal> {
        let kinds: Vec<&str> = row
            .list("relatiesoort")
            .iter()
            .filter_map(Cell::as_text)
            .collect();
        if kinds.contains(&"Eigen") {
            return Refusal::rule("REL-0048", "De eigen relatie kan niet gewijzigd worden");
        }
        let known = |kind: &&str| matches!(*kind, "Klant" | "Leverancier");
        if kinds.is_empty() || !kinds.iter().all(known) {
            return Refusal::rule("REL-0001", "De relatiesoort is ongeldig");
        }
        if self.settings.single_kind && kinds.len() > 1 {
            return Refusal::rule(
                "REL-0065",
                "Een relatie is klant of leverancier, niet beide",
            );
        }
        if let Some(old) = old {
            let before = old.list("relatiesoort");
            if before.len() != kinds.len() || !kinds.iter().all(|k| old.has_word("relatiesoort", k))
            {
                return Refusal::rule("REL-0064", "De relatiesoort mag niet wijzigen");
            }
        }
        Ok(())
    }

    fn check_vat_number(&self, row: &Row, number: &str) -> Result<(), Refusal> {
        let invalid = || Refusal::rule("REL-0088", "Het btw-nummer is ongeldig");
        let plain = number.to_ascii_uppercase();
        if !(2..=50).contains(&plain.len()) || !plain.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return invalid();
        }
        let prefix = plain
            .get(..2)
            .filter(|prefix| prefix.bytes().all(|b| b.is_ascii_alphabetic()));
        let country = row
            .object("vestigingsAdres")
            .and_then(|address| address.id("land"));
        if let Some(prefix) = prefix {
            if self
                .get(Resource::Countries, chart::country(prefix))
                .is_none()
            {
                return invalid();
            }
            if country.is_some_and(|country| country != chart::country(prefix)) {
                return Refusal::rule("REL-0087", "Het btw-nummer hoort bij een ander land");
            }
        }
        let dutch = match prefix {
            Some(prefix) => prefix == "NL",
            None => country.is_none_or(|country| country == chart::country("NL")),
        };
        if dutch && !is_dutch(plain.strip_prefix("NL").unwrap_or(&plain)) {
            return invalid();
        }
        Ok(())
    }

    /// What the server makes of the values it takes.
    pub(crate) fn settle_relation(&mut self, row: &mut Row, id: Uuid) {
        if let Some(number) = row.text("btwNummer") {
            // Dutch ones lose their country.
            let number = number.to_ascii_uppercase();
            let short = number.strip_prefix("NL").unwrap_or(&number).to_owned();
            row.set("btwNummer", Cell::text(short));
        }
        if row.int("relatiecode").is_none() {
            let next = self.highest_code().max(999) + 1;
            row.set("relatiecode", Cell::Int(next));
        }
        let mut address = row
            .object("vestigingsAdres")
            .cloned()
            .unwrap_or_else(|| Row::new("AdresModel"));
        if address.id("land").is_none() {
            address.set("land", Cell::Id(chart::country("NL")));
        }
        row.set("vestigingsAdres", Cell::Object(Box::new(address)));
        let uri = |list: &str| Cell::text(format!("/relaties/{id}/{list}"));
        row.set("inkoopBoekingenUri", uri("inkoopboekingen"));
        row.set("verkoopBoekingenUri", uri("verkoopboekingen"));
    }

    /// Takes a relation away, unless something hangs on it.
    pub(crate) fn remove_relation(&mut self, id: Uuid, ask: &Ask<'_>) -> Result<(), Refusal> {
        let row = self.find(Resource::Relations, id)?;
        if row.has_word("relatiesoort", "Eigen") || row.int("relatiecode").is_some_and(|c| c < 0) {
            return Refusal::rule("REL-0048", "De relatie kan niet verwijderd worden");
        }
        let invoices = [Resource::SalesInvoices, Resource::PurchaseInvoices];
        if ask.rules {
            let mut booked = false;
            for (_, invoice) in invoices.iter().flat_map(|r| self.table(*r).rows()) {
                if invoice.id("relatie") == Some(id) {
                    booked = true;
                    if !invoice.money("openstaandSaldo").is_zero() {
                        return Refusal::rule("REL-0049", "De relatie heeft openstaande posten");
                    }
                }
            }
            if booked {
                return Refusal::rule("REL-0050", "De relatie heeft boekingen");
            }
        }
        self.remove(Resource::Relations, id);
        Ok(())
    }
}

/// If any part of an address is there, all but the contact must be; no address is fine.
fn check_address(address: Option<&Row>) -> Result<(), Refusal> {
    let Some(address) = address else {
        return Ok(());
    };
    let parts = ["straat", "postcode", "plaats"].map(|part| {
        let text = address.text(part).unwrap_or_default();
        !text.trim().is_empty()
    });
    if parts.contains(&true) && parts.contains(&false) {
        return Refusal::rule("REL-0060", "Het adres is niet volledig");
    }
    let limits = [
        ("straat", 50),
        ("postcode", 25),
        ("plaats", 50),
        ("contactpersoon", 50),
    ];
    too_long(address, &limits)
}

/// Limits that stand in the list of errors, not in the OpenAPI document.
fn check_lengths(row: &Row) -> Result<(), Refusal> {
    let limits = [("telefoon", 25), ("mobieleTelefoon", 25), ("email", 250)];
    too_long(row, &limits)?;
    if row
        .text("oin")
        .is_some_and(|oin| !oin.is_empty() && (oin.len() != 20 || !digits(oin)))
    {
        let fault = ("oin".into(), "The field oin must be 20 digits.".into());
        return Err(Refusal::Fields(vec![fault]));
    }
    if row
        .int("krediettermijn")
        .is_some_and(|days| !(-365..=1000).contains(&days))
    {
        let text = "The field krediettermijn must be between -365 and 1000.";
        return Err(Refusal::Fields(vec![(
            "krediettermijn".into(),
            text.into(),
        )]));
    }
    Ok(())
}

fn too_long(row: &Row, limits: &[(&str, usize)]) -> Result<(), Refusal> {
    for (name, max) in limits {
        if row
            .text(name)
            .is_some_and(|text| text.chars().count() > *max)
        {
            let fault = format!("The field {name} has a maximum length of {max}.");
            return Err(Refusal::Fields(vec![((*name).to_owned(), fault)]));
        }
    }
    Ok(())
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Nine digits, `B`, two digits.
fn is_dutch(number: &str) -> bool {
    number
        .split_once('B')
        .is_some_and(|(nine, two)| nine.len() == 9 && digits(nine) && two.len() == 2 && digits(two))
}

/// The check of the standard: 97 leaves 1.
fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !(15..=34).contains(&plain.len()) || !plain.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (head, tail) = plain.split_at(4);
    let mut rest = Decimal::ZERO;
    for c in tail.chars().chain(head.chars()) {
        let Some(value) = c.to_digit(36) else {
            return false;
        };
        let shift = if value > 9 { 100 } else { 10 };
        rest = (rest * Decimal::from(shift) + Decimal::from(value)) % Decimal::from(97);
    }
    rest == Decimal::ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_are_checked_by_their_remainder() {
        assert!(is_iban("NL91 ABNA 0417 1643 00"));
        assert!(!is_iban("NL92 ABNA 0417 1643 00"));
        assert!(!is_iban("NL91"));
    }

    #[test]
    fn dutch_vat_numbers_have_one_form() {
        assert!(is_dutch("001234567B01"));
        assert!(!is_dutch("12345678B01"));
        assert!(!is_dutch("001234567X01"));
    }
}
