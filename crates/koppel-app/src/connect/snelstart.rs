//! From the settings of an administration of SnelStart to its connector.

use std::sync::Arc;

use connectors::snelstart::{
    IncompleteAddress, JournalChoice, LedgerChoice, LedgerRules, Rounding, SnelStart, VatKind,
    VatRules, WriteRules,
};
use snelstart_client::{Client, JournalKind, Product, Warning};
use sync_core::Connector;

use super::warnings::Told;
use super::{Observer, secret, sentence};
use crate::config::{
    AddressBy, CentsBy, ConnectionConfig, LedgersBySort, PaidBy, Place, ProductOf,
    SnelStartSettings, VatSort,
};
use crate::error::AppError;

/// The connector of an administration.
pub(super) fn connector(
    connection: &ConnectionConfig,
    settings: &SnelStartSettings,
    writable: bool,
    observer: Observer,
) -> Result<Arc<dyn Connector>, AppError> {
    let client = snelstart_client(connection, settings, observer)?;
    let mut books = SnelStart::builder(client)
        .overlap(settings.overlap)
        .time_zone(settings.time_zone.as_str())
        .currency(settings.currency.as_str())
        .payment_journals(settings.payment_journals.iter().copied().map(journal))
        .writable(writable)
        .rules(rules(connection, settings)?);
    if let Some(day) = settings.start_date {
        books = books.start_date(day.into());
    }
    if let Some(place) = &settings.debtors_ledger {
        books = books.debtors_ledger(ledger(connection, "debtors_ledger", place)?);
    }
    for (kind, mode) in &settings.payment_modes {
        books = books.payment_mode(journal(*kind), mode.as_str());
    }
    if let Some(requests) = settings.max_in_flight {
        books = books.max_in_flight(requests as usize);
    }
    if let Some(settle) = settings.settle {
        books = books.search_delay(settle);
    }
    let books = books
        .build()
        .map_err(|error| connection.problem("kind", sentence(&error)))?;
    Ok(Arc::new(books))
}

/// The client of an administration.
pub(crate) fn snelstart_client(
    connection: &ConnectionConfig,
    settings: &SnelStartSettings,
    observer: Observer,
) -> Result<Client, AppError> {
    let api_key = secret(connection, "api_key", &settings.api_key)?;
    let connection_key = secret(connection, "connection_key", &settings.connection_key)?;
    let told = Told::new(&connection.name);
    let mut builder = Client::builder(api_key, connection_key)
        .product(match settings.product {
            ProductOf::Test => Product::Test,
            ProductOf::Custom => Product::Custom,
            ProductOf::Production => Product::Production,
        })
        .timeout(settings.timeout)
        .max_retries(settings.max_retries)
        .time_zone(settings.time_zone.as_str())
        .insecure_http(settings.insecure_http)
        .observer(observer)
        .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")))
        .on_warning(move |warning: &Warning| told.once(warning));
    if let (Some(url), Some(token_url)) = (&settings.url, &settings.token_url) {
        builder = builder.base_url(url.as_str()).token_url(token_url.as_str());
    }
    if let Some(wait) = settings.max_wait {
        builder = builder.max_wait(wait);
    }
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_file(path);
    }
    builder.build().map_err(|error| {
        let names = [
            ("CA", "ca_file"),
            ("koppelsleutel", "connection_key"),
            ("API key", "api_key"),
            ("time zone", "time_zone"),
            ("token_url", "token_url"),
        ];
        let said = |(part, _): &&(&str, &str)| error.message().contains(part);
        let key = names.iter().find(said).map_or("url", |(_, key)| key);
        connection.problem(key, sentence(&error)).into()
    })
}

/// How records are written.
fn rules(
    connection: &ConnectionConfig,
    settings: &SnelStartSettings,
) -> Result<WriteRules, AppError> {
    let mut vat = VatRules::new();
    for (name, sort) in &settings.taxes {
        vat = vat.tax(name, kind_of_vat(*sort));
    }
    let journal = match &settings.bank_journal {
        None => JournalChoice::Auto,
        Some(Place::Number(number)) => JournalChoice::Number(*number),
        Some(place) => JournalChoice::Id(parsed(connection, "bank_journal", place)?),
    };
    Ok(WriteRules::new()
        .truncate_names(settings.truncate_names)
        .rounding(match settings.rounding {
            CentsBy::Refuse => Rounding::Refuse,
            CentsBy::LargestLine => Rounding::LargestLine,
        })
        .incomplete_address(match settings.incomplete_address {
            AddressBy::Refuse => IncompleteAddress::Refuse,
            AddressBy::LeaveOut => IncompleteAddress::LeaveOut,
        })
        .refunds(settings.refunds)
        .vat(vat)
        .ledgers(ledgers(connection, &settings.ledgers)?)
        .bank_journal(journal))
}

fn ledgers(
    connection: &ConnectionConfig,
    settings: &LedgersBySort,
) -> Result<LedgerRules, AppError> {
    let mut rules = LedgerRules::new();
    for (key, kind, place) in [
        ("ledgers.high", VatKind::High, &settings.high),
        ("ledgers.low", VatKind::Low, &settings.low),
        ("ledgers.other", VatKind::Other, &settings.other),
        ("ledgers.none", VatKind::None, &settings.none),
        (
            "ledgers.reverse_charge",
            VatKind::ReverseCharge,
            &settings.reverse_charge,
        ),
    ] {
        if let Some(place) = place {
            rules = rules.set(kind, ledger(connection, key, place)?);
        }
    }
    Ok(rules)
}

fn ledger(
    connection: &ConnectionConfig,
    key: &str,
    place: &Place,
) -> Result<LedgerChoice, AppError> {
    Ok(match place {
        Place::Number(number) => LedgerChoice::Number(*number),
        Place::Id(_) => LedgerChoice::Id(parsed(connection, key, place)?),
        Place::Function(_) => LedgerChoice::Function(parsed(connection, key, place)?),
    })
}

fn parsed<T: std::str::FromStr>(
    connection: &ConnectionConfig,
    key: &str,
    place: &Place,
) -> Result<T, AppError> {
    (place.to_string().parse()).map_err(|_| {
        let message = format!("`{place}` is no id");
        connection.problem(key, message).into()
    })
}

fn journal(kind: PaidBy) -> JournalKind {
    match kind {
        PaidBy::Bank => JournalKind::Bank,
        PaidBy::Cash => JournalKind::Cash,
        PaidBy::Memorial => JournalKind::Memorial,
    }
}

fn kind_of_vat(sort: VatSort) -> VatKind {
    match sort {
        VatSort::High => VatKind::High,
        VatSort::Low => VatKind::Low,
        VatSort::Other => VatKind::Other,
        VatSort::None => VatKind::None,
        VatSort::ReverseCharge => VatKind::ReverseCharge,
    }
}
