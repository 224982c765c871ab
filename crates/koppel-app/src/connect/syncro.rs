//! From the settings of an account of Syncro to its connector.

use std::sync::Arc;

use connectors::syncro::{Sweep, Syncro, TaxRate, TicketDefaults};
use sync_core::Connector;
use syncro_client::{Client, Warning};

use super::warnings::Told;
use super::{Observer, secret, sentence};
use crate::config::{ConnectionConfig, SweepBy, SyncroSettings};
use crate::error::AppError;

/// The connector of an account.
pub(super) fn connector(
    connection: &ConnectionConfig,
    settings: &SyncroSettings,
    writable: bool,
    observer: Observer,
) -> Result<Arc<dyn Connector>, AppError> {
    let words = &settings.ticket_defaults;
    let mut defaults = TicketDefaults::new();
    if let Some(status) = &words.status {
        defaults = defaults.status(status);
    }
    if let Some(problem_type) = &words.problem_type {
        defaults = defaults.problem_type(problem_type);
    }
    if let Some(priority) = &words.priority {
        defaults = defaults.priority(priority);
    }
    let rates = (settings.tax_rates.iter()).map(|(name, percent)| TaxRate {
        name: name.clone(),
        percent: *percent,
    });
    let mut account = Syncro::builder(syncro_client(connection, settings, observer)?)
        .statuses(&settings.statuses)
        .priorities(&settings.priorities)
        .ticket_defaults(defaults)
        .tax_rates(rates)
        .notify_customers(settings.notify_customers)
        .writable(writable);
    match settings.sweep {
        SweepBy::Daily => {}
        SweepBy::Every(time) => account = account.sweep(Sweep::Every(time)),
        SweepBy::Never => account = account.sweep(Sweep::Never),
    }
    if let Some(label) = &settings.marker_field {
        account = account.marker_field(label);
    }
    if let Some(overlap) = settings.overlap {
        account = account.overlap(overlap);
    }
    if let Some(day) = settings.start_date {
        account = account.invoice_start(day.into());
    }
    if let Some(code) = &settings.currency {
        account = account.currency(code);
    }
    if let Some(requests) = settings.max_in_flight {
        account = account.max_in_flight(requests as usize);
    }
    if let Some(settle) = settings.settle {
        account = account.search_delay(settle);
    }
    let account = account.build().map_err(|error| {
        let key = match error.message() {
            said if said.contains("tax") => "tax_rates",
            said if said.contains("currency") => "currency",
            said if said.contains("marker") => "marker_field",
            _ => "kind",
        };
        connection.problem(key, sentence(&error))
    })?;
    Ok(Arc::new(account))
}

/// The client of an account.
pub(crate) fn syncro_client(
    connection: &ConnectionConfig,
    settings: &SyncroSettings,
    observer: Observer,
) -> Result<Client, AppError> {
    let token = secret(connection, "token", &settings.token)?;
    let told = Told::new(&connection.name);
    let mut builder = Client::builder(&settings.account, token)
        .requests_per_minute(settings.requests_per_minute)
        .per_page(settings.per_page)
        .timeout(settings.timeout)
        .max_retries(settings.max_retries)
        .insecure_http(settings.insecure_http)
        .observer(observer)
        .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")))
        .on_warning(move |warning: &Warning| told.once(warning));
    if let Some(url) = &settings.url {
        builder = builder.base_url(url.as_str());
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
            ("account", "account"),
            ("token", "token"),
        ];
        let said = |(part, _): &&(&str, &str)| error.message().contains(part);
        let key = names.iter().find(said).map_or("url", |(_, key)| key);
        connection.problem(key, sentence(&error)).into()
    })
}
