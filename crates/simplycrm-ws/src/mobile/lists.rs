//! Filters and alerts: what a module can be listed by.

use std::time::Duration;

use api_core::{Error, Json};

use super::client::Client;
use super::operations as op;
use super::wire;
use crate::Params;

/// A saved filter of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// The filter's id (`cvid` or `id`), by which a list is asked for.
    pub id: String,
    /// What a person sees (`viewname` or `name`).
    pub name: String,
    /// Whether it is the one that a list starts with.
    pub default: bool,
    /// Whether it is counted on the start page; the old generation only.
    pub metrics: Option<bool>,
    /// The module; the old generation only.
    pub module: Option<String>,
    /// Who made it; the old generation only.
    pub user: Option<String>,
}

impl Filter {
    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            id: wire::filled(json.get("cvid")).or_else(|| wire::filled(json.get("id")))?,
            name: wire::text(json.get("viewname"))
                .or_else(|| wire::text(json.get("name")))
                .unwrap_or_default(),
            default: wire::flag(json.get("setdefault"))
                .or_else(|| wire::flag(json.get("default")))
                .unwrap_or_default(),
            metrics: wire::flag(json.get("setmetrics")),
            module: wire::filled(json.get("moduleName")),
            user: wire::filled(json.get("userName")),
        })
    }
}

/// The filters of a module, by whom they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Filters {
    /// The user's own (`yours` or `Mine`).
    pub mine: Vec<Filter>,
    /// Shared with the user (`Shared`); the new generation only.
    pub shared: Vec<Filter>,
    /// Other users' (`others` or `Others`). The new generation lists shared
    /// ones here once more.
    pub others: Vec<Filter>,
    /// The module's name for a person; the new generation only.
    pub module_label: Option<String>,
}

impl Filters {
    pub(crate) fn read(result: &Json) -> Result<Self, Error> {
        let operation = op::FILTERS.name();
        let groups = wire::members(operation, result.get("filters"), "filters", result)?;
        let group = |names: [&str; 2]| -> Result<Vec<Filter>, Error> {
            let found = names.iter().find_map(|name| groups?.get(*name));
            let Some(found) = found else {
                return Ok(Vec::new());
            };
            found
                .as_list()
                .unwrap_or_default()
                .iter()
                .map(|filter| {
                    Filter::read(filter)
                        .ok_or_else(|| wire::unreadable(operation, "a filter without id", filter))
                })
                .collect()
        };
        Ok(Self {
            mine: group(["yours", "Mine"])?,
            shared: group(["shared", "Shared"])?,
            others: group(["others", "Others"])?,
            module_label: wire::filled(result.get("moduleLabel")),
        })
    }

    /// Every filter once.
    pub fn all(&self) -> impl Iterator<Item = &Filter> {
        let mut seen = std::collections::HashSet::new();
        self.mine
            .iter()
            .chain(&self.shared)
            .chain(&self.others)
            .filter(move |filter| seen.insert(filter.id.as_str()))
    }
}

/// A filter with the number of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterDetails {
    /// The filter.
    pub filter: Filter,
    /// How many records it shows.
    pub count: u64,
}

impl FilterDetails {
    pub(crate) fn read(result: &Json) -> Result<Option<Self>, Error> {
        let operation = op::FILTER.name();
        match result.get("filter") {
            Some(Json::Null) => Ok(None),
            Some(filter) => {
                let details = Filter::read(filter).zip(wire::whole(filter.get("count")));
                let (filter, count) = details
                    .ok_or_else(|| wire::unreadable(operation, "a filter without count", result))?;
                Ok(Some(Self { filter, count }))
            }
            None => Err(wire::unreadable(operation, "no `filter`", result)),
        }
    }
}

/// An alert: records that want somebody's attention.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alert {
    /// The alert's id, for [`ListRequest::alert`](super::ListRequest::alert).
    pub id: String,
    /// What a person sees.
    pub name: String,
    /// The module (`category`).
    pub module: String,
    /// How often it is worth looking (`refreshRate`, in seconds).
    pub refresh: Duration,
    /// What it means.
    pub description: String,
    /// Whether there are records behind it.
    pub records_linked: bool,
    /// The text of the moment, usually a number of records; only from
    /// [`Client::alert`].
    pub message: Option<String>,
}

impl Alert {
    fn read(operation: &str, json: &Json) -> Result<Self, Error> {
        Ok(Self {
            id: wire::filled(json.get("alertid"))
                .ok_or_else(|| wire::unreadable(operation, "an alert without id", json))?,
            name: wire::text(json.get("name")).unwrap_or_default(),
            module: wire::text(json.get("category")).unwrap_or_default(),
            refresh: Duration::from_secs(wire::whole(json.get("refreshRate")).unwrap_or_default()),
            description: wire::text(json.get("description")).unwrap_or_default(),
            records_linked: wire::flag(json.get("recordsLinked")).unwrap_or_default(),
            message: wire::text(json.get("message")),
        })
    }

    pub(crate) fn read_all(result: &Json) -> Result<Vec<Self>, Error> {
        let operation = op::ALERTS.name();
        wire::rows(operation, result, "alerts")?
            .iter()
            .map(|alert| Self::read(operation, alert))
            .collect()
    }
}

impl Client {
    /// Reads the saved filters of a module (`fetchModuleFilters`).
    ///
    /// An unknown module has none (recorded servers of both generations).
    ///
    /// # Errors
    ///
    /// When the call fails or the answer cannot be read.
    pub async fn filters(&self, module: &str) -> Result<Filters, Error> {
        let params = Params::new().with("module", module);
        Filters::read(&self.run(&op::FILTERS, params).await?)
    }

    /// Reads a filter with the number of its records (`filterDetailsWithCount`).
    ///
    /// `None` when there is no such filter.
    ///
    /// # Errors
    ///
    /// When the call fails or the answer cannot be read.
    pub async fn filter_details(&self, id: &str) -> Result<Option<FilterDetails>, Error> {
        let params = Params::new().with("filterid", id);
        FilterDetails::read(&self.run(&op::FILTER, params).await?)
    }

    /// Reads every alert (`fetchAllAlerts`).
    ///
    /// # Errors
    ///
    /// When the call fails or the answer cannot be read.
    pub async fn alerts(&self) -> Result<Vec<Alert>, Error> {
        Alert::read_all(&self.run(&op::ALERTS, Params::new()).await?)
    }

    /// Reads an alert with its message (`alertDetailsWithMessage`).
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such alert.
    pub async fn alert(&self, id: &str) -> Result<Alert, Error> {
        let params = Params::new().with("alertid", id);
        let result = self.run(&op::ALERT, params).await?;
        let operation = op::ALERT.name();
        match result.get("alert") {
            Some(alert @ Json::Map(_)) => Alert::read(operation, alert),
            _ => Err(wire::unreadable(operation, "no `alert`", &result)),
        }
    }
}
