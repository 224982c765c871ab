//! What a connection's settings come to: the file, the CRM's own options, defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sync_core::ConnectionName;
use url::Url;

use crate::config::{
    self, BATCH_SIZES, ConfigError, ConnectionConfig, HOURS, RETRIES, SmartCrmSettings, TIMEOUTS,
};
use crate::error::AppError;
use crate::secrets::SecretRef;

/// What the names of the CRM's options for SmartCRM begin with.
pub(crate) const PREFIX: &str = "smartcrm_";

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The configuration file.
    File,
    /// An option of a CRM database.
    Option {
        /// The option's name.
        name: String,
        /// The connection to the database.
        connection: ConnectionName,
    },
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.pad("the file"),
            Self::Option { name, connection } => {
                f.pad(&format!("the option `{name}` of `{connection}`"))
            }
            Self::Default => f.pad("the default"),
        }
    }
}

/// The value of a setting, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The key, as in the file.
    pub key: &'static str,
    /// The value, for people; of a secret only where it is.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// The options that a CRM keeps for SmartCRM.
pub(crate) struct CrmOptions {
    connection: ConnectionName,
    /// The options by name without the prefix; an empty one is none.
    values: BTreeMap<String, SecretString>,
    /// The ISO 4217 code of each currency by its id.
    currencies: BTreeMap<String, String>,
}

impl CrmOptions {
    pub(crate) fn new(
        connection: ConnectionName,
        values: impl IntoIterator<Item = (String, SecretString)>,
        currencies: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let kept = |value: &SecretString| !value.expose_secret().trim().is_empty();
        Self {
            connection,
            values: values
                .into_iter()
                .filter(|(_, value)| kept(value))
                .collect(),
            currencies: currencies.into_iter().collect(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?;
        Some(value.expose_secret().trim())
    }

    fn origin(&self, name: &str) -> Origin {
        Origin::Option {
            name: format!("{PREFIX}{name}"),
            connection: self.connection.clone(),
        }
    }

    /// What is wrong with an option; secrets are none of those that are shown.
    fn wrong(&self, name: &str, expected: &str) -> String {
        let value: String = (self.text(name).unwrap_or_default().chars())
            .take(64)
            .collect();
        format!(
            "the option `{PREFIX}{name}` of `{}` is `{value}`; expected {expected}",
            self.connection
        )
    }

    /// Whether flows are due by themselves; `None` if nothing is said.
    pub(crate) fn cron(&self) -> Result<Option<bool>, String> {
        match self.text("cron").map(str::to_lowercase).as_deref() {
            None => Ok(None),
            Some("yes" | "1" | "true") => Ok(Some(true)),
            Some("no" | "0" | "false") => Ok(Some(false)),
            Some(_) => Err(self.wrong("cron", "yes or no")),
        }
    }

    /// How long after one run the next is due.
    pub(crate) fn interval(&self) -> Result<Option<Duration>, String> {
        let Some(text) = self.text("interval") else {
            return Ok(None);
        };
        let hours = text.parse().ok().filter(|hours| HOURS.contains(hours));
        match hours {
            Some(hours) => Ok(Some(Duration::from_secs(hours * 3600))),
            None => Err(self.wrong("interval", "1, 2, 4, 12 or 24 (hours)")),
        }
    }

    /// The ISO code of each currency as SmartCRM names it. A currency that the CRM does not have
    /// is left out, so that its records are set aside.
    fn currency_mapping(&self) -> Result<Option<BTreeMap<String, String>>, String> {
        let Some(text) = self.text("currency_mapping") else {
            return Ok(None);
        };
        let expected = "a JSON object of SmartCRM's currency ids and the CRM's";
        let wrong = || self.wrong("currency_mapping", expected);
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| wrong())?;
        let pairs = match value {
            serde_json::Value::Object(pairs) => pairs,
            // PHP writes an empty map so.
            serde_json::Value::Array(none) if none.is_empty() => return Ok(None),
            _ => return Err(wrong()),
        };
        let mut mapping = BTreeMap::new();
        for (remote, local) in pairs {
            let local = match local {
                serde_json::Value::String(text) => text,
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Null => continue,
                _ => return Err(wrong()),
            };
            if let Some(code) = self.currencies.get(local.trim()) {
                mapping.insert(remote, code.clone());
            }
        }
        Ok(Some(mapping))
    }
}

/// What a connection to SmartCRM is made of.
pub(crate) struct SmartCrmValues {
    pub(crate) api_url: Url,
    pub(crate) token: SecretString,
    pub(crate) client_token: Option<SecretString>,
    pub(crate) batch_size: u32,
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) currency_mapping: Option<BTreeMap<String, String>>,
    /// Where each of them comes from.
    pub(crate) settings: Vec<Setting>,
}

/// Collects settings, each from the first place that has it.
struct Collect<'a> {
    connection: &'a ConnectionConfig,
    options: Option<&'a CrmOptions>,
    settings: Vec<Setting>,
}

impl Collect<'_> {
    fn problem(&self, key: &str, message: impl Into<String>) -> ConfigError {
        self.connection.problem(key, message)
    }

    /// A value from the file, else from the option of that name, else the default.
    fn value<T: Clone>(
        &mut self,
        key: &'static str,
        option: &str,
        own: Option<T>,
        read: impl Fn(&str) -> Result<T, String>,
        default: Option<T>,
        show: impl Fn(&T) -> String,
    ) -> Result<Option<T>, ConfigError> {
        let (value, origin) = match (own, self.options.and_then(|all| all.text(option))) {
            (Some(own), _) => (Some(own), Origin::File),
            (None, Some(text)) => {
                let value = read(text).map_err(|message| self.problem(key, message))?;
                let origin = self
                    .options
                    .map_or(Origin::Default, |all| all.origin(option));
                (Some(value), origin)
            }
            (None, None) => (default, Origin::Default),
        };
        if let Some(value) = &value {
            self.settings.push(Setting {
                key,
                value: show(value),
                origin,
            });
        }
        Ok(value)
    }

    fn secret(
        &mut self,
        key: &'static str,
        option: &str,
        own: Option<&SecretRef>,
    ) -> Result<Option<SecretString>, ConfigError> {
        let place = own.map_or_else(|| "set".to_owned(), ToString::to_string);
        let own = own
            .map(SecretRef::resolve)
            .transpose()
            .map_err(|error| self.problem(key, error.to_string()))?;
        let read = |text: &str| Ok(SecretString::from(text));
        self.value(key, option, own, read, None, |_| place.clone())
    }

    fn missing(&self, key: &str, option: &str) -> ConfigError {
        let message = match self.options {
            Some(options) => format!(
                "`{key}` is missing: neither the file nor the option `{PREFIX}{option}` of `{}` \
                 has it",
                options.connection
            ),
            None => format!("`{key}` is missing"),
        };
        self.problem(key, message)
    }
}

/// Puts together what a connection to SmartCRM is made of.
pub(crate) fn smartcrm(
    connection: &ConnectionConfig,
    settings: &SmartCrmSettings,
    options: Option<&CrmOptions>,
) -> Result<SmartCrmValues, AppError> {
    let mut all = Collect {
        connection,
        options,
        settings: Vec::new(),
    };
    let wrong = |name: &'static str, expected: String| {
        move |_: ()| options.map_or_else(String::new, |options| options.wrong(name, &expected))
    };
    let api_url = all.value(
        "api_url",
        "api_url",
        settings.api_url.clone(),
        |text| {
            config::check_url(text, settings.insecure_http).map_err(|(message, help)| {
                format!("the option `{PREFIX}api_url`: {message}\n  help: {help}")
            })
        },
        None,
        Url::to_string,
    )?;
    let token = all.secret("token", "auth_token", settings.token.as_ref())?;
    let client_token = all.secret(
        "client_token",
        "client_token",
        settings.client_token.as_ref(),
    )?;
    let currency_mapping = all.value(
        "currency_mapping",
        "currency_mapping",
        settings.currency_mapping.clone(),
        |_| {
            let mapping = options.map_or(Ok(None), CrmOptions::currency_mapping);
            mapping.map(Option::unwrap_or_default)
        },
        None,
        |mapping| {
            let pairs = mapping.iter().map(|(from, to)| format!("{from}={to}"));
            pairs.collect::<Vec<_>>().join(" ")
        },
    )?;
    let number = |text: &str, bounds: std::ops::RangeInclusive<u32>| {
        text.parse().ok().filter(|number| bounds.contains(number))
    };
    let batch_size = all.value(
        "batch_size",
        "batch_size",
        settings.batch_size,
        |text| {
            let expected = "a whole number from 1 to 500".to_owned();
            number(text, BATCH_SIZES)
                .ok_or(())
                .map_err(wrong("batch_size", expected))
        },
        Some(50),
        u32::to_string,
    )?;
    let timeout = all.value(
        "timeout",
        "api_timeout",
        settings.timeout,
        |text| {
            let seconds = text.parse().ok().filter(|s| TIMEOUTS.contains(s));
            let expected = "a number of seconds from 1 to 600".to_owned();
            seconds
                .map(Duration::from_secs)
                .ok_or(())
                .map_err(wrong("api_timeout", expected))
        },
        Some(Duration::from_secs(30)),
        |span| config::format_duration(*span),
    )?;
    let max_retries = all.value(
        "max_retries",
        "max_retries",
        settings.max_retries,
        |text| {
            let expected = "a whole number from 0 to 20".to_owned();
            number(text, RETRIES)
                .ok_or(())
                .map_err(wrong("max_retries", expected))
        },
        Some(3),
        u32::to_string,
    )?;
    Ok(SmartCrmValues {
        api_url: api_url.ok_or_else(|| all.missing("api_url", "api_url"))?,
        token: token.ok_or_else(|| all.missing("token", "auth_token"))?,
        client_token,
        batch_size: batch_size.unwrap_or(50),
        timeout: timeout.unwrap_or(Duration::from_secs(30)),
        max_retries: max_retries.unwrap_or(3),
        currency_mapping: currency_mapping.filter(|mapping| !mapping.is_empty()),
        settings: all.settings,
    })
}
