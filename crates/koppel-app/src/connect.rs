//! From a connection of the configuration to a connector.

use std::sync::Arc;

use connectors::smartcrm::SmartCrm;
use connectors::sql::CrmConnect;
use smartcrm_client::{Client, Profile};
use sync_core::Connector;

use crate::config::{
    ConnectionConfig, ConnectionSettings, CrmConnectSettings, DatabaseUrl, SmartCrmSettings,
};
use crate::error::AppError;
use crate::secrets::SecretRef;

/// Builds the connector of a connection. Nothing is opened yet; the first use does that.
///
/// # Errors
/// When a secret is not where its reference says, or a setting cannot be used; the error names
/// file, line and key.
pub fn connect(connection: &ConnectionConfig) -> Result<Arc<dyn Connector>, AppError> {
    match &connection.settings {
        ConnectionSettings::CrmConnect(settings) => crmconnect(connection, settings),
        ConnectionSettings::SmartCrm(settings) => smartcrm(connection, settings),
    }
}

fn crmconnect(
    connection: &ConnectionConfig,
    settings: &CrmConnectSettings,
) -> Result<Arc<dyn Connector>, AppError> {
    let mut builder =
        CrmConnect::builder(&settings.url.to_string()).prefix(settings.prefix.as_str());
    if let Some(password) = &settings.password {
        builder = builder.password(secret(connection, "password", password)?);
    }
    if let Some(zone) = &settings.timezone {
        builder = builder.time_zone(zone.as_str());
    }
    let connector = builder
        .build()
        .map_err(|error| connection.problem("url", sentence(&error)))?;
    Ok(Arc::new(connector))
}

fn smartcrm(
    connection: &ConnectionConfig,
    settings: &SmartCrmSettings,
) -> Result<Arc<dyn Connector>, AppError> {
    let profile: Profile =
        settings
            .profile
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| {
                connection.problem("profile", error.message().replace('\n', ", "))
            })?;
    let token = secret(connection, "token", &settings.token)?;
    let mut builder = Client::builder(settings.api_url.as_str(), token)
        .profile(profile)
        .timeout(settings.timeout)
        .max_retries(settings.max_retries)
        .batch_size(settings.batch_size as usize)
        .insecure_http(settings.insecure_http)
        .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")));
    if let Some(reference) = &settings.client_token {
        builder = builder.client_token(secret(connection, "client_token", reference)?);
    }
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_file(path);
    }
    let client = builder.build().map_err(|error| {
        let said = error.message();
        let key = if said.contains("CA file") {
            "ca_file"
        } else if settings.profile.is_empty() {
            "api_url"
        } else {
            "profile"
        };
        connection.problem(key, sentence(&error))
    })?;
    Ok(Arc::new(SmartCrm::new(client)))
}

fn secret(
    connection: &ConnectionConfig,
    key: &str,
    reference: &SecretRef,
) -> Result<secrecy::SecretString, AppError> {
    reference
        .resolve()
        .map_err(|error| connection.problem(key, error.to_string()).into())
}

fn sentence(error: &api_core::Error) -> String {
    match error.help_text() {
        Some(help) => format!("{}\n  help: {help}", error.message()),
        None => error.message().to_owned(),
    }
}

/// Where a connection's system is, for people.
pub(crate) fn address(connection: &ConnectionConfig) -> String {
    match &connection.settings {
        ConnectionSettings::CrmConnect(settings) => settings.url.to_string(),
        ConnectionSettings::SmartCrm(settings) => settings.api_url.to_string(),
    }
}

/// The keys that say where the system is and what logs in, and where that secret is found.
pub(crate) fn keys(
    connection: &ConnectionConfig,
) -> (&'static str, Option<(&'static str, Option<String>)>) {
    match &connection.settings {
        ConnectionSettings::CrmConnect(settings) => {
            let login = match (&settings.url, &settings.password) {
                (DatabaseUrl::Sqlite(_), _) => None,
                (_, Some(password)) => Some(("password", Some(password.to_string()))),
                (_, None) => Some(("url", None)),
            };
            ("url", login)
        }
        ConnectionSettings::SmartCrm(settings) => {
            ("api_url", Some(("token", Some(settings.token.to_string()))))
        }
    }
}
