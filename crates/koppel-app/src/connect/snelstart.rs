//! From the settings of an administration of SnelStart to its connector.

use std::sync::Arc;

use snelstart_client::{Client, Product, Warning};
use sync_core::Connector;

use super::warnings::Told;
use super::{secret, sentence};
use crate::config::{ConnectionConfig, ProductOf, SnelStartSettings};
use crate::error::AppError;

/// The connector of an administration.
pub(super) fn connector(
    connection: &ConnectionConfig,
    _settings: &SnelStartSettings,
    _writable: bool,
) -> Result<Arc<dyn Connector>, AppError> {
    let message = "this build reads the settings of SnelStart, and cannot reach it";
    Err(connection.problem("kind", message).into())
}

/// The client of an administration.
pub(crate) fn snelstart_client(
    connection: &ConnectionConfig,
    settings: &SnelStartSettings,
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
