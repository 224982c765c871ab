//! `fetchRecord` in its forms, and `describe`.

use api_core::{Error, Json};

use super::client::Client;
use super::operations as op;
use super::record::Record;
use super::wire;
use crate::{Describe, Params, RecordId};

/// The most ids of one request; the server cuts more (source only).
const MOST_IDS: usize = 100;

/// How many records a relation has; the new generation only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelatedCount {
    /// What a person sees, such as `Tickets`.
    pub label: String,
    /// The related module, such as `HelpDesk`.
    pub module: String,
    /// How many.
    pub count: u64,
}

impl RelatedCount {
    pub(crate) fn read_all(result: &Json) -> Result<Vec<Self>, Error> {
        let operation = op::FETCH.name();
        let counts = wire::members(operation, Some(result), "related counts", result)?;
        counts
            .into_iter()
            .flatten()
            .map(|(label, related)| {
                let count = wire::whole(related.get("count")).ok_or_else(|| {
                    wire::unreadable(operation, "a relation without count", related)
                })?;
                Ok(Self {
                    label: label.clone(),
                    module: wire::text(related.get("relatedModule")).unwrap_or_default(),
                    count,
                })
            })
            .collect()
    }
}

/// Reads the `record` of an answer.
pub(super) fn record(operation: &str, result: &Json) -> Result<Record, Error> {
    match result.get("record") {
        Some(json @ Json::Map(_)) => Record::read(operation, json),
        _ => Err(wire::unreadable(operation, "no `record`", result)),
    }
}

impl Client {
    /// Reads a record, flat (`fetchRecord`).
    ///
    /// # Errors
    ///
    /// `Permission` when the record does not exist or may not be read: the
    /// server makes no difference (recorded servers of both generations).
    pub async fn fetch(&self, id: &RecordId) -> Result<Record, Error> {
        let params = Params::new().with("record", id.to_string());
        record(op::FETCH.name(), &self.run(&op::FETCH, params).await?)
    }

    /// Reads a record by its number and module (`fetchRecord` with
    /// `view_mode=web`); the new generation only.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch); `Permission` in the old generation.
    pub async fn fetch_by_number(&self, module: &str, number: u64) -> Result<Record, Error> {
        let params = Params::new()
            .with("record", number.to_string())
            .with("module", module)
            .with("view_mode", "web");
        record(op::FETCH.name(), &self.run(&op::FETCH, params).await?)
    }

    /// Counts the records related to a record (`fetchRecord` with
    /// `mode=getRelatedRecordCount`); the new generation only.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch).
    pub async fn related_counts(
        &self,
        module: &str,
        id: &RecordId,
    ) -> Result<Vec<RelatedCount>, Error> {
        let params = Params::new()
            .with("record", id.number.to_string())
            .with("module", module)
            .with("mode", "getRelatedRecordCount");
        RelatedCount::read_all(&self.run(&op::FETCH, params).await?)
    }

    /// Reads a record in blocks (`fetchRecordWithGrouping`).
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_with_grouping(&self, id: &RecordId) -> Result<Record, Error> {
        let params = Params::new().with("record", id.to_string());
        let result = self.run(&op::FETCH_GROUPED, params).await?;
        record(op::FETCH_GROUPED.name(), &result)
    }

    /// Reads the blocks of a new record of a module, with what describes each
    /// field (`fetchRecordWithGrouping` of `NNx0`).
    ///
    /// # Errors
    ///
    /// `Permission` when the prefix is unknown.
    pub async fn template(&self, prefix: u32) -> Result<Record, Error> {
        self.fetch_with_grouping(&RecordId::new(prefix, 0)).await
    }

    /// Reads records of one module in blocks (`fetchRecordsWithGrouping`).
    ///
    /// Records that do not exist are left out; records of another module are
    /// ignored by the server. The vendor's documentation leaves out `module`,
    /// without which the server refuses (recorded servers of both generations).
    ///
    /// # Errors
    ///
    /// Refused locally for more than 100 ids, of which the server would read
    /// 100.
    pub async fn fetch_many(&self, module: &str, ids: &[RecordId]) -> Result<Vec<Record>, Error> {
        let operation = op::FETCH_MANY.name();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if ids.len() > MOST_IDS {
            return Err(wire::refused(
                operation,
                format!("{} ids are too many for one request.", ids.len()),
            )
            .help("Ask for at most 100 records at once."));
        }
        let ids = Json::from(
            ids.iter()
                .map(|id| Json::from(id.to_string()))
                .collect::<Vec<_>>(),
        );
        let params = Params::new()
            .with("module", module)
            .with("ids", wire::escaped(&ids));
        self.fetched(params).await
    }

    /// Reads the records of an alert in blocks (`fetchRecordsWithGrouping`
    /// with `alertid`).
    ///
    /// # Errors
    ///
    /// `NotAnApi` for an unknown alert, of which the server dies (recorded
    /// vtiger 5.4.0 server).
    pub async fn fetch_alert(&self, module: &str, alert: &str) -> Result<Vec<Record>, Error> {
        let params = Params::new().with("module", module).with("alertid", alert);
        self.fetched(params).await
    }

    async fn fetched(&self, params: Params) -> Result<Vec<Record>, Error> {
        let operation = op::FETCH_MANY.name();
        let result = self.run(&op::FETCH_MANY, params).await?;
        wire::rows(operation, &result, "records")?
            .iter()
            .map(|record| Record::read(operation, record))
            .collect()
    }

    /// Describes a module (`describe`).
    ///
    /// What only the mobile API has (`uitype`, `headerfield`, `summaryfield`)
    /// stands in the fields' `extra`.
    ///
    /// # Errors
    ///
    /// `Permission` when the module is unknown or may not be seen.
    pub async fn describe(&self, module: &str) -> Result<Describe, Error> {
        let params = Params::new().with("module", module);
        let result = self.run(&op::DESCRIBE, params).await?;
        let operation = op::DESCRIBE.name();
        match result.get("describe") {
            Some(described @ Json::Map(_)) => {
                let described = Describe::from_json(described)
                    .map_err(|error| error.operation("mobile.describe"))?;
                Ok(described)
            }
            _ => Err(wire::unreadable(operation, "no `describe`", &result)),
        }
    }
}
