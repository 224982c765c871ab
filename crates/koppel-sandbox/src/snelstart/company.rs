//! The company itself, and what it starts with: its own relation, groups of articles, a template.

use super::chart::{day, fixed, ledger, put, words};
use super::resource::Resource;
use super::row::{Cell, Row};
use super::store::Store;

/// Fills what belongs to the company.
pub(crate) fn fill(store: &mut Store) {
    company(store);
    groups(store);
}

fn company(store: &mut Store) {
    let row = Row::new("CompanyInfoModel")
        .with(
            "administratieIdentifier",
            Cell::Id(fixed(Resource::Company, 1)),
        )
        .with_text("administratieNaam", "Zandbak administratie")
        .with_text("bedrijfsnaam", "Zandbak Handel B.V.")
        .with_text("adres", "Proefweg 10")
        .with_text("postcode", "3511 AA")
        .with_text("plaats", "Utrecht")
        .with_text("btwNummer", "NL001234567B01")
        .with_text("kvKNummer", "01234567")
        .with_text("rechtsvorm", "Bv")
        .with_text("iban", "NL91ABNA0417164300")
        .with_text("bic", "ABNANL2A")
        .with_text("email", "boekhouding@zandbak.example")
        .with(
            "huidigBoekjaar",
            Cell::Int(store.clock.show().year().into()),
        )
        .with("beginmaandFiscaleBoekjaar", Cell::Int(1))
        .with_text("btwAangiftePeriodeSoort", "Kwartaal")
        .with_text("artikelcodeSoort", "Alfanumeriek")
        .with("artikelcodeMaxLengte", Cell::Int(20))
        .with("volgendFactuurnummer", Cell::Int(10_001))
        .with("buitenlandseBtwGrootboek", Cell::Id(ledger(1690)));
    store.put(Resource::Company, row);
    let own = [
        ("Eigen", 0, "Zandbak Handel B.V."),
        ("Leverancier", -1, "Leverancier onbekend"),
        ("Klant", -2, "Klant onbekend"),
    ];
    for (kind, code, name) in own {
        let row = Row::new("RelatieModel")
            .with("modifiedOn", day("2019-01-01"))
            .with("relatiesoort", words(&[kind]))
            .with("relatiecode", Cell::Int(code))
            .with_text("naam", name);
        put(store, Resource::Relations, code, row);
    }
}

fn groups(store: &mut Store) {
    let groups = [
        (1, "Producten hoog", 8000, "Hoog"),
        (2, "Producten laag", 8010, "Laag"),
        (3, "Diensten", 8200, "Hoog"),
    ];
    for (number, name, account, kind) in groups {
        let row = Row::new("ArtikelOmzetGroepModel")
            .with("nummer", Cell::Int(number))
            .with_text("omschrijving", name)
            .with(
                "verkoopGrootboekNederlandIdentifier",
                Cell::Id(ledger(account)),
            )
            .with_text("verkoopNederlandBtwSoort", kind);
        put(store, Resource::ArticleGroups, number, row);
    }
    let template = Row::new("VerkoopOrderSjabloonModel")
        .with_text("omschrijving", "Standaard")
        .with("prijsIngaveExclusiefBtw", Cell::Bool(true));
    put(store, Resource::OrderTemplates, 1, template);
}
