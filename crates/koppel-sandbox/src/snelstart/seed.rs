//! An administration with customers, invoices and payments.

use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Span};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::chart;
use super::people::PayBy;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::sales::Side;
use super::store::Store;

/// How many records an administration is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SnelStartSize {
    /// Customers.
    pub customers: u32,
    /// Sales invoices, spread over the last two years; they need customers.
    pub invoices: u32,
    /// How many of a hundred invoices are paid; every tenth of those only in part.
    pub paid_percent: u32,
    /// Articles.
    pub articles: u32,
}

impl SnelStartSize {
    /// A small company: three invoices for each customer, two thirds of them paid.
    #[must_use]
    pub fn of_customers(customers: u32) -> SnelStartSize {
        SnelStartSize {
            customers,
            invoices: customers.saturating_mul(3),
            paid_percent: 67,
            articles: customers.div_ceil(4),
        }
    }
}

const FIRST: &[&str] = &[
    "Bakkerij",
    "Garage",
    "Bloemen",
    "Techniek",
    "Boekhandel",
    "Schilders",
    "Installatie",
    "Kapsalon",
    "Bouw",
    "Transport",
    "Slagerij",
    "Advies",
    "Tuinen",
    "Drukkerij",
];
const SECOND: &[&str] = &[
    "De Linde",
    "Van Dam",
    "Noord",
    "Jansen",
    "De Haven",
    "Visser",
    "Zuid",
    "Bakker",
    "Het Plein",
    "Mulder",
    "Oost",
    "De Molen",
    "Smit",
    "Zonneweide",
    "Verhoef",
    "De Brug",
];
const PLACES: &[(&str, &str)] = &[
    ("Utrecht", "3511"),
    ("Zwolle", "8011"),
    ("Breda", "4811"),
    ("Alkmaar", "1811"),
    ("Venlo", "5911"),
];

fn pick<'a, T>(list: &'a [T], rng: &mut fastrand::Rng) -> Option<&'a T> {
    list.get(rng.usize(..list.len().max(1)))
}

pub(crate) fn fill(store: &mut Store, size: &SnelStartSize, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let today = store.clock.show();
    let first = today
        .checked_sub(Span::new().years(2))
        .unwrap_or_else(|_| date(2024, 1, 1).into());
    let customers: Vec<Uuid> = (0..size.customers)
        .map(|number| customer(store, number, first, &mut rng))
        .collect();
    for number in 0..size.articles {
        article(store, number, first, &mut rng);
    }
    if customers.is_empty() {
        return;
    }
    for number in 0..size.invoices {
        let days = u64::from(number) * 729 / u64::from(size.invoices);
        let at = first
            .checked_add(SignedDuration::from_hours(
                24 * i64::try_from(days).unwrap_or(0),
            ))
            .unwrap_or(first);
        if let Some(customer) = pick(&customers, &mut rng) {
            invoice(store, number, *customer, at, size.paid_percent, &mut rng);
        }
    }
}

fn customer(store: &mut Store, number: u32, at: DateTime, rng: &mut fastrand::Rng) -> Uuid {
    let kind = pick(FIRST, rng).copied().unwrap_or_default();
    let name = pick(SECOND, rng).copied().unwrap_or_default();
    let (place, code) = pick(PLACES, rng).copied().unwrap_or_default();
    let address = Row::new("AdresModel")
        .with_text("straat", format!("Dorpsstraat {}", number % 200 + 1))
        .with_text("postcode", format!("{code} AB"))
        .with_text("plaats", place)
        .with("land", Cell::Id(chart::country("NL")));
    let mut row = Row::of(Resource::Relations.model())
        .with("modifiedOn", Cell::Time(at))
        .with("relatiesoort", Cell::List(vec![Cell::text("Klant")]))
        .with("relatiecode", Cell::Int(i64::from(number) + 1_000))
        .with_text("naam", format!("{kind} {name} {}", number + 1))
        .with_text("email", format!("info@klant{}.example", number + 1))
        .with("vestigingsAdres", Cell::Object(Box::new(address)));
    // Not everybody's papers are complete.
    if number % 3 != 2 {
        row.set(
            "kvkNummer",
            Cell::text(format!("{:08}", 20_000_000 + number)),
        );
        row.set(
            "btwNummer",
            Cell::text(format!("{:09}B01", 800_000_000 + number)),
        );
    }
    if number.is_multiple_of(2) {
        row.set(
            "telefoon",
            Cell::text(format!("030-{:07}", 2_000_000 + number)),
        );
    }
    let id = store.new_id();
    row.set("id", Cell::Id(id));
    store.settle_relation(&mut row, id);
    store.put(Resource::Relations, row)
}

fn article(store: &mut Store, number: u32, at: DateTime, rng: &mut fastrand::Rng) {
    let group = store.table(Resource::ArticleGroups).rows().next();
    let group = group.map_or(Cell::Null, |(id, _)| Cell::Id(id));
    let row = Row::of(Resource::Articles.model())
        .with("modifiedOn", Cell::Time(at))
        .with_text("artikelcode", format!("A{:05}", number + 1))
        .with_text("omschrijving", format!("Artikel {}", number + 1))
        .with("artikelOmzetgroep", group)
        .with(
            "verkoopprijs",
            Cell::Money(Decimal::new(rng.i64(100..20_000), 2)),
        )
        .with_text("eenheid", "stuk");
    let mut row = row;
    store.complete(Resource::Articles, &mut row, None);
    store.put(Resource::Articles, row);
}

fn invoice(
    store: &mut Store,
    number: u32,
    customer: Uuid,
    at: DateTime,
    paid: u32,
    rng: &mut fastrand::Rng,
) {
    let day: Date = at.date();
    let name = format!("{}-{:05}", day.year(), number + 1);
    let amount = Decimal::new(rng.i64(2_500..500_000), 2);
    let (ledger, kind, vat_kind, rate) = match number % 5 {
        0 => (8010, "Laag", "VerkopenLaag", 9),
        1 => (8200, "Hoog", "VerkopenHoog", 21),
        _ => (8000, "Hoog", "VerkopenHoog", 21),
    };
    let vat = (amount * Decimal::from(rate) / Decimal::ONE_HUNDRED).round_dp(2);
    let line = Row::new("VerkoopBoekingRegelModel")
        .with_text("omschrijving", format!("Levering {}", number + 1))
        .with("grootboek", Cell::Id(chart::ledger(ledger)))
        .with("bedrag", Cell::Money(amount))
        .with_text("btwSoort", kind);
    let tax = Row::new("VerkoopBoekingBtwRegelModel")
        .with_text("btwSoort", vat_kind)
        .with("btwBedrag", Cell::Money(vat));
    let one = |row: Row| Cell::List(vec![Cell::Object(Box::new(row))]);
    let booked = day
        .at(9, 0, 0, 0)
        .checked_add(SignedDuration::from_millis(
            i64::from(number % 28_800) * 1_000,
        ))
        .unwrap_or(at);
    let row = Row::of(Resource::SalesBookings.model())
        .with("modifiedOn", Cell::Time(booked))
        .with("factuurdatum", Cell::day(day))
        .with_text("factuurnummer", &name)
        .with("klant", Cell::Id(customer))
        .with_text("omschrijving", format!("Factuur {name}"))
        .with("factuurbedrag", Cell::Money(amount + vat))
        .with("betalingstermijn", Cell::Int(14))
        .with("boekingsregels", one(line))
        .with("btw", one(tax));
    store.book(Side::Sale, row, None);
    if number % 100 < paid {
        let total = amount + vat;
        let part = if number % 10 == 9 {
            (total / Decimal::TWO).round_dp(2)
        } else {
            total
        };
        let by = if number % 25 == 7 {
            PayBy::Cash
        } else {
            PayBy::Bank
        };
        let later = day.checked_add(Span::new().days(i64::from(number % 20) + 1));
        let paid = store.pay(&name, part, later.unwrap_or(day), by);
        debug_assert!(paid.is_ok());
    }
}
