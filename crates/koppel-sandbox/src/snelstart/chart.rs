//! What every administration has from its first day: ledgers, journals, tariffs, countries.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::resource::Resource;
use super::row::{Cell, Row, read_time};
use super::store::Store;

/// Number, name, function, kinds of VAT, and whether it is on the balance sheet.
type Account = (
    i64,
    &'static str,
    &'static str,
    &'static [&'static str],
    bool,
);

const ALL: &[&str] = &["Geen", "Laag", "Hoog", "Overig"];
const NONE: &[&str] = &["Geen"];

/// The ledgers. `VerkopenBtwVrij` is a function that standard charts do not use.
const ACCOUNTS: &[Account] = &[
    (100, "Inventaris", "Diversen", NONE, true),
    (1000, "Kas", "DagboekKas", NONE, true),
    (1010, "Bank", "DagboekBank", NONE, true),
    (1020, "Spaarrekening", "DagboekBank", NONE, true),
    (1300, "Debiteuren", "DagboekVerkoop", NONE, true),
    (1600, "Crediteuren", "DagboekInkoop", NONE, true),
    (
        1671,
        "Af te dragen btw hoog",
        "BtwAfTeDragenHoog",
        NONE,
        true,
    ),
    (
        1672,
        "Af te dragen btw laag",
        "BtwAfteDragenLaag",
        NONE,
        true,
    ),
    (
        1673,
        "Af te dragen btw overig",
        "BtwAfTeDragenOverig",
        NONE,
        true,
    ),
    (
        1674,
        "Btw verlegd verkopen",
        "BtwAfTeDragenVerlegdVerkopen",
        NONE,
        true,
    ),
    (
        1681,
        "Te vorderen btw hoog",
        "BtwTeVorderenHoog",
        NONE,
        true,
    ),
    (
        1682,
        "Te vorderen btw laag",
        "BtwTeVorderenLaag",
        NONE,
        true,
    ),
    (
        1683,
        "Te vorderen btw overig",
        "BtwTeVorderenOverig",
        NONE,
        true,
    ),
    (1690, "Btw lidstaten (OSS)", "Diversen", NONE, true),
    (2000, "Kruisposten", "Kruisposten", NONE, true),
    (
        2010,
        "Betalingen onderweg",
        "TussenrekeningBetalingen",
        NONE,
        true,
    ),
    (
        2090,
        "Onbekende betalingen",
        "OnbekendeBetalingen",
        NONE,
        true,
    ),
    (2990, "Memoriaal", "DagboekMemoriaal", NONE, true),
    (
        4000,
        "Algemene kosten",
        "InkopenKostenAlleBtwTarieven",
        ALL,
        false,
    ),
    (
        4900,
        "Oninbare vorderingen",
        "OninbareVorderingen",
        ALL,
        false,
    ),
    (7000, "Inkopen hoog", "InkopenKostenHoog", &["Hoog"], false),
    (7010, "Inkopen laag", "InkopenKostenLaag", &["Laag"], false),
    (
        7020,
        "Inkopen overig",
        "InkopenKostenOverig",
        &["Overig"],
        false,
    ),
    (8000, "Omzet hoog", "VerkopenOmzetHoog", &["Hoog"], false),
    (8010, "Omzet laag", "VerkopenOmzetLaag", &["Laag"], false),
    (
        8020,
        "Omzet onbelast",
        "VerkopenOmzetOnbelastVerlegd",
        NONE,
        false,
    ),
    (
        8030,
        "Omzet overig",
        "VerkopenOmzetOverig",
        &["Overig"],
        false,
    ),
    (8200, "Diensten hoog", "VerkopenOmzetHoog", &["Hoog"], false),
    (8210, "Diensten laag", "VerkopenOmzetLaag", &["Laag"], false),
    (
        8250,
        "Diensten verlegd",
        "VerkopenOmzetOnbelastVerlegd",
        NONE,
        false,
    ),
    (
        8300,
        "Leveringen binnen de EU",
        "VerkopenExportBinnenEU",
        NONE,
        false,
    ),
    (
        8310,
        "Leveringen buiten de EU",
        "VerkopenExportBuitenEU",
        NONE,
        false,
    ),
    (
        8320,
        "Diensten binnen de EU",
        "DienstverleningBinnenEU",
        NONE,
        false,
    ),
    (
        8400,
        "Verkoop op afstand (OSS)",
        "InstallatieTeleverkoopBinnenEUgeen",
        NONE,
        false,
    ),
    (8900, "Betalingskorting", "Betalingskorting", ALL, false),
    (8990, "Afrondingen", "Diversen", ALL, false),
];

const JOURNALS: &[(i64, &str, &str)] = &[
    (1000, "Kas", "Kas"),
    (1010, "Bank", "Bank"),
    (1020, "Spaarrekening", "Bank"),
    (1300, "Debiteuren", "Verkoop"),
    (1600, "Crediteuren", "Inkoop"),
    (2990, "Memoriaal", "Memoriaal"),
    (2999, "Beginbalans", "Balans"),
];

const FIRST: &str = "1900-01-01";
const LAST: &str = "2400-12-31";

/// Kind, percentage, first and last day.
const TARIFFS: &[(&str, i64, &str, &str)] = &[
    ("Geen", 0, FIRST, LAST),
    ("Laag", 9, "2019-01-01", LAST),
    ("Laag", 6, "1986-10-01", "2018-12-31"),
    ("Hoog", 21, "2012-10-01", LAST),
    ("Hoog", 19, "2001-01-01", "2012-09-30"),
    ("Overig", 0, "1968-01-01", LAST),
];

const COUNTRIES: &[(&str, &str, &str)] = &[
    ("Nederland", "NL", "NLD"),
    ("België", "BE", "BEL"),
    ("Duitsland", "DE", "DEU"),
    ("Frankrijk", "FR", "FRA"),
    ("Luxemburg", "LU", "LUX"),
    ("Spanje", "ES", "ESP"),
    ("Italië", "IT", "ITA"),
    ("Oostenrijk", "AT", "AUT"),
    ("Polen", "PL", "POL"),
    ("Denemarken", "DK", "DNK"),
    ("Verenigd Koninkrijk", "GB", "GBR"),
    ("Verenigde Staten", "US", "USA"),
    ("Zwitserland", "CH", "CHE"),
];

/// Country, code of the rate, percentage.
const RATES: &[(&str, &[(&str, i64)])] = &[
    ("NLD", &[("SR", 21), ("RR1", 9)]),
    ("BEL", &[("SR", 21), ("RR1", 12), ("RR2", 6)]),
    ("DEU", &[("SR", 19), ("RR1", 7)]),
];

const RATE_NAMES: &[(&str, &str, &str)] = &[
    ("SR", "Standaard", "Standaardtarief"),
    ("RR1", "Verlaagd 1", "Eerste verlaagde tarief"),
    ("RR2", "Verlaagd 2", "Tweede verlaagde tarief"),
];

/// The same id for the same thing in every sandbox.
pub(crate) fn fixed(resource: Resource, key: impl std::fmt::Display) -> Uuid {
    let name = format!("{}/{key}", resource.path());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

pub(crate) fn ledger(number: i64) -> Uuid {
    fixed(Resource::Ledgers, number)
}

pub(crate) fn journal(number: i64) -> Uuid {
    fixed(Resource::Journals, number)
}

pub(crate) fn country(code: &str) -> Uuid {
    fixed(Resource::Countries, code)
}

pub(crate) fn day(text: &str) -> Cell {
    read_time(text).map_or(Cell::Null, Cell::Time)
}

pub(crate) fn put(store: &mut Store, resource: Resource, key: impl std::fmt::Display, row: Row) {
    let row = row.with("id", Cell::Id(fixed(resource, key)));
    store.put(resource, row);
}

/// Fills an administration that was made just now.
pub(crate) fn fill(store: &mut Store) {
    let opened = day("2019-01-01");
    for (number, name, function, kinds, balance) in ACCOUNTS {
        let row = Row::new("GrootboekModel")
            .with("modifiedOn", opened.clone())
            .with("nummer", Cell::Int(*number))
            .with_text("omschrijving", name)
            .with_text("grootboekfunctie", function)
            .with("btwSoort", words(kinds))
            .with_text(
                "rekeningCode",
                if *balance { "Balans" } else { "WinstEnVerlies" },
            );
        put(store, Resource::Ledgers, number, row);
    }
    for (number, name, kind) in JOURNALS {
        let row = Row::new("DagboekModel")
            .with("nummer", Cell::Int(*number))
            .with_text("omschrijving", name)
            .with_text("soort", kind);
        put(store, Resource::Journals, number, row);
    }
    for (kind, percentage, from, to) in TARIFFS {
        let row = Row::new("BtwTariefModel")
            .with_text("btwSoort", kind)
            .with(
                "btwPercentage",
                Cell::Money(Decimal::new(percentage * 10, 1)),
            )
            .with("datumVanaf", day(from))
            .with("datumTotEnMet", day(to));
        store.put(Resource::VatTariffs, row);
    }
    for (name, code, iso) in COUNTRIES {
        let row = Row::new("LandModel")
            .with_text("naam", name)
            .with_text("landcode", code)
            .with_text("landcodeISO", iso);
        put(store, Resource::Countries, code, row);
    }
    for (iso, rates) in RATES {
        let rates = rates.iter().map(|(code, rate)| {
            let rate = Row::new("VatRateModel")
                .with_text("rateCode", code)
                .with("rate", Cell::Money(Decimal::new(*rate, 0)))
                .with("validFrom", day("2021-07-01"));
            Cell::Object(Box::new(rate))
        });
        let row = Row::new("VatRatesModel")
            .with_text("countryCode", iso)
            .with("vatRates", Cell::List(rates.collect()));
        store.put(Resource::VatRates, row);
    }
    for (code, short, name) in RATE_NAMES {
        let row = Row::new("VatRateDefinitionModel")
            .with_text("rateCode", code)
            .with_text("shortName", short)
            .with_text("name", name);
        store.put(Resource::VatRateDefinitions, row);
    }
    super::company::fill(store);
}

pub(crate) fn words(words: &[&str]) -> Cell {
    Cell::List(words.iter().map(Cell::text).collect())
}

impl Store {
    /// The percentage of a kind of VAT on a day.
    pub(crate) fn rate(&self, kind: &str, on: jiff::civil::DateTime) -> Decimal {
        self.table(Resource::VatTariffs)
            .rows()
            .find(|(_, row)| {
                row.text("btwSoort") == Some(kind)
                    && row.time("datumVanaf").is_some_and(|from| from <= on)
                    && row
                        .time("datumTotEnMet")
                        .is_some_and(|to| on.date() <= to.date())
            })
            .map_or(Decimal::ZERO, |(_, row)| row.money("btwPercentage"))
    }
}
