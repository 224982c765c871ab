//! From a connection of the configuration to a connector.

mod simplycrm;
mod snelstart;
mod syncro;
mod warnings;

use std::sync::Arc;

use api_core::ExchangeObserver;
use connectors::smartcrm::SmartCrm;
use connectors::sql::{CrmConnect, CrmConnectBuilder, Tables};
use smartcrm_client::{Client, Profile};
use sync_core::Connector;

use crate::config::{
    ConnectionConfig, ConnectionSettings, CrmConnectSettings, DatabaseUrl, SNELSTART_API,
    SmartCrmSettings, SqlSettings,
};
use crate::error::AppError;
use crate::secrets::SecretRef;
use crate::settings::{self, CrmOptions, SmartCrmValues};

pub(crate) use simplycrm::{simplycrm_client, simplycrm_mobile};
pub(crate) use snelstart::snelstart_client;
pub(crate) use syncro::syncro_client;

/// A connector that was made.
pub(crate) struct Made {
    pub(crate) connector: Arc<dyn Connector>,
    /// The same one, where it is a CRM database.
    pub(crate) database: Option<CrmConnect>,
}

impl From<Arc<dyn Connector>> for Made {
    fn from(connector: Arc<dyn Connector>) -> Self {
        Self {
            connector,
            database: None,
        }
    }
}

/// Takes note of every request.
pub(crate) type Observer = Arc<dyn ExchangeObserver>;

/// Builds the connector of a connection. Nothing is opened yet; the first use does that. Every
/// request that it sends over HTTP is told the observer.
///
/// # Errors
/// When a secret is not where its reference says, or a setting cannot be used; the error names
/// file, line and key.
pub(crate) fn connect(
    connection: &ConnectionConfig,
    writable: bool,
    options: Option<&CrmOptions>,
    observer: Observer,
) -> Result<Made, AppError> {
    match &connection.settings {
        ConnectionSettings::CrmConnect(settings) => {
            let database = crmconnect(connection, settings, writable)?;
            Ok(Made {
                connector: Arc::new(database.clone()),
                database: Some(database),
            })
        }
        ConnectionSettings::SmartCrm(settings) => {
            Ok(smartcrm(connection, settings, options, observer)?.into())
        }
        ConnectionSettings::SimplyCrm(settings) => {
            Ok(simplycrm::connector(connection, settings, writable, observer)?.into())
        }
        ConnectionSettings::SnelStart(settings) => {
            Ok(snelstart::connector(connection, settings, writable, observer)?.into())
        }
        ConnectionSettings::Syncro(settings) => {
            Ok(syncro::connector(connection, settings, writable, observer)?.into())
        }
        ConnectionSettings::Sql(settings) => Ok(sql(connection, settings, writable)?.into()),
    }
}

/// The connector of a CRM database.
pub(crate) fn crmconnect(
    connection: &ConnectionConfig,
    settings: &CrmConnectSettings,
    writable: bool,
) -> Result<CrmConnect, AppError> {
    let mut builder: CrmConnectBuilder = CrmConnect::builder(&settings.url.to_string())
        .prefix(settings.prefix.as_str())
        .include_drafts(settings.include_drafts)
        .custom_fields(settings.custom_fields)
        .create_groups(settings.create_groups)
        .writable(writable);
    if let Some(password) = &settings.password {
        builder = builder.password(secret(connection, "password", password)?);
    }
    if let Some(zone) = &settings.timezone {
        builder = builder.time_zone(zone.as_str());
    }
    let connector = builder
        .build()
        .map_err(|error| connection.problem("url", sentence(&error)))?;
    Ok(connector)
}

fn sql(
    connection: &ConnectionConfig,
    settings: &SqlSettings,
    writable: bool,
) -> Result<Arc<dyn Connector>, AppError> {
    let mut builder = Tables::builder(&settings.url.to_string())
        .tables(settings.tables.clone())
        .read_only(!writable);
    if let Some(password) = &settings.password {
        builder = builder.password(secret(connection, "password", password)?);
    }
    if let Some(zone) = &settings.timezone {
        builder = builder.time_zone(zone.as_str());
    }
    if let Some(overlap) = settings.overlap {
        builder = builder.overlap(overlap);
    }
    let connector = builder
        .build()
        .map_err(|error| connection.problem("tables", sentence(&error)))?;
    Ok(Arc::new(connector))
}

fn smartcrm(
    connection: &ConnectionConfig,
    settings: &SmartCrmSettings,
    options: Option<&CrmOptions>,
    observer: Observer,
) -> Result<Arc<dyn Connector>, AppError> {
    let values = settings::smartcrm(connection, settings, options)?;
    let mapping = values.currency_mapping.clone();
    let mut target = SmartCrm::builder(smartcrm_of(connection, settings, values, observer)?);
    if let Some(mapping) = mapping {
        target = target.currency_mapping(mapping);
    }
    let target = target
        .build()
        .map_err(|error| connection.problem("currency_mapping", sentence(&error)))?;
    Ok(Arc::new(target))
}

/// The client of a SmartCRM.
pub(crate) fn smartcrm_client(
    connection: &ConnectionConfig,
    settings: &SmartCrmSettings,
    options: Option<&CrmOptions>,
    observer: Observer,
) -> Result<Client, AppError> {
    let values = settings::smartcrm(connection, settings, options)?;
    smartcrm_of(connection, settings, values, observer)
}

fn smartcrm_of(
    connection: &ConnectionConfig,
    settings: &SmartCrmSettings,
    values: SmartCrmValues,
    observer: Observer,
) -> Result<Client, AppError> {
    let mut builder = Client::builder(values.api_url.as_str(), values.token)
        .profile(settings.profile.clone())
        .timeout(values.timeout)
        .max_retries(values.max_retries)
        .batch_size(values.batch_size as usize)
        .insecure_http(settings.insecure_http)
        .observer(observer)
        .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")));
    if let Some(token) = values.client_token {
        builder = builder.client_token(token);
    }
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_file(path);
    }
    builder.build().map_err(|error| {
        let said = error.message();
        let key = if said.contains("CA file") {
            "ca_file"
        } else if settings.profile == Profile::smartcrm() {
            "api_url"
        } else {
            "profile"
        };
        connection.problem(key, sentence(&error)).into()
    })
}

pub(crate) fn secret(
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
        ConnectionSettings::Sql(settings) => settings.url.to_string(),
        ConnectionSettings::SimplyCrm(settings) => settings.url.to_string(),
        ConnectionSettings::SnelStart(settings) => {
            (settings.url.as_ref()).map_or_else(|| SNELSTART_API.to_owned(), ToString::to_string)
        }
        ConnectionSettings::Syncro(settings) => {
            (settings.url.as_ref()).map_or_else(|| settings.account.clone(), ToString::to_string)
        }
        ConnectionSettings::SmartCrm(settings) => {
            match (&settings.api_url, &settings.settings_from) {
                (Some(url), _) => url.to_string(),
                (None, Some(from)) => format!("as the options of `{from}` say"),
                (None, None) => String::new(),
            }
        }
    }
}

/// The keys that say where the system is and what logs in, and where that secret is found; of
/// several secrets the one that an error with this code is about.
pub(crate) fn keys(
    connection: &ConnectionConfig,
    code: Option<&str>,
) -> (&'static str, Option<(&'static str, Option<String>)>) {
    match &connection.settings {
        ConnectionSettings::CrmConnect(settings) => (
            "url",
            database_login(&settings.url, settings.password.as_ref()),
        ),
        ConnectionSettings::Sql(settings) => (
            "url",
            database_login(&settings.url, settings.password.as_ref()),
        ),
        ConnectionSettings::SimplyCrm(settings) => {
            let place = settings.access_key.to_string();
            ("url", Some(("access_key", Some(place))))
        }
        ConnectionSettings::SnelStart(settings) => {
            let (key, secret) = match code {
                Some("subscription_rejected") => ("api_key", &settings.api_key),
                _ => ("connection_key", &settings.connection_key),
            };
            ("url", Some((key, Some(secret.to_string()))))
        }
        ConnectionSettings::Syncro(settings) => {
            let key = match settings.url {
                Some(_) => "url",
                None => "account",
            };
            (key, Some(("token", Some(settings.token.to_string()))))
        }
        ConnectionSettings::SmartCrm(settings) => {
            let place = match (&settings.token, &settings.settings_from) {
                (Some(token), _) => Some(token.to_string()),
                (None, Some(from)) => Some(format!(
                    "the option {}auth_token of {from}",
                    settings::PREFIX
                )),
                (None, None) => None,
            };
            ("api_url", Some(("token", place)))
        }
    }
}

fn database_login(
    url: &DatabaseUrl,
    password: Option<&SecretRef>,
) -> Option<(&'static str, Option<String>)> {
    match (url, password) {
        (DatabaseUrl::Sqlite(_), _) => None,
        (_, Some(password)) => Some(("password", Some(password.to_string()))),
        (_, None) => Some(("url", None)),
    }
}

/// The secrets that a connection names, each with its key.
pub(crate) fn secrets(connection: &ConnectionConfig) -> Vec<(&'static str, &SecretRef)> {
    let found = match &connection.settings {
        ConnectionSettings::CrmConnect(settings) => {
            vec![("password", settings.password.as_ref())]
        }
        ConnectionSettings::Sql(settings) => vec![("password", settings.password.as_ref())],
        ConnectionSettings::SimplyCrm(settings) => vec![
            ("access_key", Some(&settings.access_key)),
            ("password", settings.password.as_ref()),
        ],
        ConnectionSettings::SnelStart(settings) => vec![
            ("api_key", Some(&settings.api_key)),
            ("connection_key", Some(&settings.connection_key)),
        ],
        ConnectionSettings::Syncro(settings) => vec![
            ("token", Some(&settings.token)),
            ("webhook_token", settings.webhook_token.as_ref()),
        ],
        ConnectionSettings::SmartCrm(settings) => vec![
            ("token", settings.token.as_ref()),
            ("client_token", settings.client_token.as_ref()),
        ],
    };
    found
        .into_iter()
        .filter_map(|(key, secret)| Some((key, secret?)))
        .collect()
}

/// Reads the options that a CRM keeps for SmartCRM.
pub(crate) async fn options(
    connection: &ConnectionConfig,
) -> Result<Result<CrmOptions, api_core::Error>, AppError> {
    let ConnectionSettings::CrmConnect(settings) = &connection.settings else {
        return Err(connection
            .problem("kind", "expected a crmconnect connection")
            .into());
    };
    let crm = crmconnect(connection, settings, false)?;
    Ok(read_options(connection, &crm).await)
}

async fn read_options(
    connection: &ConnectionConfig,
    crm: &CrmConnect,
) -> Result<CrmOptions, api_core::Error> {
    let values = crm.options(settings::PREFIX).await?;
    let values = values
        .into_iter()
        .map(|(name, value)| (name, value.secret()));
    let currencies = crm.currencies().await?;
    Ok(CrmOptions::new(connection.name.clone(), values, currencies))
}
