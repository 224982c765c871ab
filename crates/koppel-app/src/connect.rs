//! From a connection of the configuration to a connector.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use connectors::simplycrm::{ChangesMode, SimplyCrm, TaxMode};
use connectors::smartcrm::SmartCrm;
use connectors::sql::{CrmConnect, CrmConnectBuilder, Tables};
use smartcrm_client::{Client, Profile};
use sync_core::Connector;

use crate::config::{
    ChangesBy, ConnectionConfig, ConnectionSettings, CrmConnectSettings, DatabaseUrl,
    SimplyCrmSettings, SmartCrmSettings, SqlSettings, TaxesBy,
};
use crate::error::AppError;
use crate::secrets::SecretRef;
use crate::settings::{self, CrmOptions, SmartCrmValues};

/// So many different oddities of a server are logged.
const MAX_WARNINGS: usize = 50;

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

/// Builds the connector of a connection. Nothing is opened yet; the first use does that.
///
/// # Errors
/// When a secret is not where its reference says, or a setting cannot be used; the error names
/// file, line and key.
pub(crate) fn connect(
    connection: &ConnectionConfig,
    writable: bool,
    options: Option<&CrmOptions>,
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
            Ok(smartcrm(connection, settings, options)?.into())
        }
        ConnectionSettings::SimplyCrm(settings) => {
            Ok(simplycrm(connection, settings, writable)?.into())
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
) -> Result<Arc<dyn Connector>, AppError> {
    let values = settings::smartcrm(connection, settings, options)?;
    let mapping = values.currency_mapping.clone();
    let mut target = SmartCrm::builder(smartcrm_of(connection, settings, values)?);
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
) -> Result<Client, AppError> {
    let values = settings::smartcrm(connection, settings, options)?;
    smartcrm_of(connection, settings, values)
}

fn smartcrm_of(
    connection: &ConnectionConfig,
    settings: &SmartCrmSettings,
    values: SmartCrmValues,
) -> Result<Client, AppError> {
    let mut builder = Client::builder(values.api_url.as_str(), values.token)
        .profile(settings.profile.clone())
        .timeout(values.timeout)
        .max_retries(values.max_retries)
        .batch_size(values.batch_size as usize)
        .insecure_http(settings.insecure_http)
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

fn simplycrm(
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    writable: bool,
) -> Result<Arc<dyn Connector>, AppError> {
    let client = simplycrm_client(connection, settings)?;
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
) -> Result<simplycrm_ws::Client, AppError> {
    let key = secret(connection, "access_key", &settings.access_key)?;
    let name = connection.name.to_string();
    let warned = Mutex::new(BTreeSet::new());
    let mut builder =
        simplycrm_ws::Client::builder(settings.url.as_str(), settings.username.as_str(), key)
            .sessions(settings.sessions as usize)
            .timeout(settings.timeout)
            .max_retries(settings.max_retries)
            .insecure_http(settings.insecure_http)
            .lenient(settings.lenient)
            .time_zone(&settings.time_zone)
            .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")))
            .on_warning(Arc::new(move |warning| warn(&name, &warned, warning)));
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
    .time_zone(&settings.time_zone)
    .user_agent(concat!("koppel/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_file(path);
    }
    builder
        .build()
        .map_err(|error| connection.problem("url", sentence(&error)).into())
}

/// Logs what a server does oddly, each thing once. What it changed of a record is logged by the
/// connector, without the content.
fn warn(connection: &str, told: &Mutex<BTreeSet<String>>, warning: &simplycrm_ws::Warning) {
    if let simplycrm_ws::Warning::Changed { .. } = warning {
        return;
    }
    let text = warning.to_string();
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < MAX_WARNINGS && told.insert(text.clone()) {
        tracing::warn!(connection, "{text}");
    }
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
        ConnectionSettings::Sql(settings) => settings.url.to_string(),
        ConnectionSettings::SimplyCrm(settings) => settings.url.to_string(),
        ConnectionSettings::SmartCrm(settings) => {
            match (&settings.api_url, &settings.settings_from) {
                (Some(url), _) => url.to_string(),
                (None, Some(from)) => format!("as the options of `{from}` say"),
                (None, None) => String::new(),
            }
        }
    }
}

/// The keys that say where the system is and what logs in, and where that secret is found.
pub(crate) fn keys(
    connection: &ConnectionConfig,
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
