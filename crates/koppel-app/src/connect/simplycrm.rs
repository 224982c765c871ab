//! From the settings of a Simply CRM to its connector.

use std::sync::Arc;

use connectors::simplycrm::{ChangesMode, SimplyCrm, TaxMode};
use simplycrm_ws::Warning;
use sync_core::Connector;

use super::warnings::Told;
use super::{Observer, secret, sentence};
use crate::config::{ChangesBy, ConnectionConfig, SimplyCrmSettings, TaxesBy};
use crate::error::AppError;

/// The connector of a Simply CRM.
pub(super) fn connector(
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    writable: bool,
    observer: Observer,
) -> Result<Arc<dyn Connector>, AppError> {
    let client = simplycrm_client(connection, settings, observer)?;
    let mut target = SimplyCrm::builder(client).changes(match settings.changes {
        ChangesBy::Auto => ChangesMode::Auto,
        ChangesBy::Sync => ChangesMode::Sync,
        ChangesBy::Query => ChangesMode::Query,
    });
    target = target
        .modules(settings.kinds.iter().copied())
        .writable(writable)
        .time_zone(settings.time_zone.as_str())
        .tax_mode(match settings.tax_mode {
            TaxesBy::Auto => TaxMode::Auto,
            TaxesBy::Group => TaxMode::Group,
            TaxesBy::Individual => TaxMode::Individual,
        });
    for (module, field) in &settings.marker_fields {
        target = target.marker_field(module, field);
    }
    for (module, fields) in &settings.fields {
        for (ours, theirs) in fields {
            target = target.field(module, ours, theirs);
        }
    }
    for (module, fields) in &settings.words {
        for (field, words) in fields {
            target = target.words(module, field, words);
        }
    }
    for (module, fields) in &settings.defaults {
        for (field, value) in fields {
            target = target.default_value(module, field, value);
        }
    }
    for (ours, theirs) in &settings.taxes {
        target = target.tax(ours, theirs);
    }
    let id = |key: &str, text: &Option<String>| -> Result<_, AppError> {
        let parse = |text: &String| {
            (text.parse::<simplycrm_ws::RecordId>())
                .map_err(|error| connection.problem(key, error.to_string()).into())
        };
        text.as_ref().map(parse).transpose()
    };
    if let Some(owner) = id("owner", &settings.owner)? {
        target = target.owner(owner);
    }
    if let Some(product) = id("default_product", &settings.default_product)? {
        target = target.default_product(product);
    }
    if let Some(settle) = settings.settle {
        target = target.search_delay(settle);
    }
    if let Some(overlap) = settings.overlap {
        target = target.overlap(overlap);
    }
    let target = target
        .build()
        .map_err(|error| connection.problem("marker_fields", sentence(&error)))?;
    Ok(Arc::new(target))
}

/// The client of a Simply CRM.
pub(crate) fn simplycrm_client(
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    observer: Observer,
) -> Result<simplycrm_ws::Client, AppError> {
    let key = secret(connection, "access_key", &settings.access_key)?;
    let told = Told::new(&connection.name);
    let mut builder =
        simplycrm_ws::Client::builder(settings.url.as_str(), settings.username.as_str(), key)
            .sessions(settings.sessions as usize)
            .timeout(settings.timeout)
            .max_retries(settings.max_retries)
            .insecure_http(settings.insecure_http)
            .lenient(settings.lenient)
            .observer(observer)
            .time_zone(&settings.time_zone)
            .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")))
            .on_warning(Arc::new(move |warning: &Warning| {
                // What the server changed of a record is logged by the connector, without the
                // content.
                if !matches!(warning, Warning::Changed { .. }) {
                    told.once(warning);
                }
            }));
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_file(path);
    }
    builder.build().map_err(|error| {
        let key = match error.message() {
            said if said.contains("CA file") => "ca_file",
            said if said.contains("zone") => "time_zone",
            _ => "url",
        };
        connection.problem(key, sentence(&error)).into()
    })
}

/// The client of a Simply CRM's mobile API, which logs in with the password.
pub(crate) fn simplycrm_mobile(
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    observer: Observer,
) -> Result<simplycrm_ws::mobile::Client, AppError> {
    let Some(reference) = &settings.password else {
        let message = "`password` is missing: the mobile API logs in with it, and not with the \
                       access key\n  help: write `password = \"env:NAME\"`";
        return Err(connection.problem("password", message).into());
    };
    let password = secret(connection, "password", reference)?;
    let mut builder = simplycrm_ws::mobile::Client::builder(
        settings.url.as_str(),
        settings.username.as_str(),
        password,
    )
    .sessions(1)
    .timeout(settings.timeout)
    .max_retries(settings.max_retries)
    .insecure_http(settings.insecure_http)
    .lenient(settings.lenient)
    .observer(observer)
    .time_zone(&settings.time_zone)
    .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_file(path);
    }
    builder
        .build()
        .map_err(|error| connection.problem("url", sentence(&error)).into())
}
