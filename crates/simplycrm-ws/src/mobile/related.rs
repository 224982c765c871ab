//! Related records and the history of a record.

use std::collections::BTreeMap;

use api_core::{Error, Json, redact};

use super::client::Client;
use super::operations as op;
use super::query::Page;
use super::record::Labelled;
use super::refusal::Refusal;
use super::wire;
use crate::record::is_secret_column;
use crate::{BodyFault, Params, RecordId, decode_entities};

/// What a module holds of a record's relations.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Related {
    /// A page of related records, in blocks.
    Page(Page),
    /// There are none: the server says so with code 0 and `Unexpected input`
    /// (recorded servers of both generations).
    None,
    /// The two modules are not related: the server refuses and gives no reason
    /// (recorded servers of both generations).
    NotRelated,
}

impl Related {
    /// The related records of this page.
    #[must_use]
    pub fn records(&self) -> &[super::Record] {
        match self {
            Self::Page(page) => &page.records,
            Self::None | Self::NotRelated => &[],
        }
    }
}

/// What happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryStatus {
    /// `0`: fields were changed.
    Updated,
    /// `1`: deleted.
    Deleted,
    /// `2`: created.
    Created,
    /// `3`: taken out of the bin (source only).
    Restored,
    /// `4`: another record was linked to it.
    Linked,
    /// `5`: another record was unlinked from it (source only).
    Unlinked,
    /// Another number.
    Other(String),
}

impl HistoryStatus {
    fn read(text: &str) -> Self {
        match text {
            "0" => Self::Updated,
            "1" => Self::Deleted,
            "2" => Self::Created,
            "3" => Self::Restored,
            "4" => Self::Linked,
            "5" => Self::Unlinked,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// What a field was before and after a change.
///
/// As the server keeps it: owners are bare numbers, and `<`, `>`, `&` and
/// quotes are HTML entities, even twice (recorded vtiger 7.1.0 server).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Before; `None` where there was nothing.
    pub previous: Option<String>,
    /// After.
    pub current: Option<String>,
}

/// A record that was linked or unlinked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Linked {
    /// Its number, without prefix.
    pub number: Option<u64>,
    /// Its module.
    pub module: String,
    /// Its title.
    pub label: String,
}

/// An entry of a history; the new generation only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The record.
    pub id: Option<RecordId>,
    /// The record's title.
    pub label: String,
    /// Who did it.
    pub user: Option<Labelled>,
    /// When, as the server writes it: in its own zone, without a mark of it.
    pub at: String,
    /// What happened.
    pub status: HistoryStatus,
    /// What changed, by field.
    pub changes: BTreeMap<String, Change>,
    /// The record that was linked or unlinked.
    pub linked: Option<Linked>,
}

impl std::fmt::Debug for HistoryEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: BTreeMap<&str, Option<&Change>> = self
            .changes
            .iter()
            .map(|(name, change)| {
                let secret = is_secret_column(name) || redact::is_secret_key(name);
                (name.as_str(), (!secret).then_some(change))
            })
            .collect();
        f.debug_struct("HistoryEntry")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("status", &self.status)
            .field("changes", &shown)
            .field("linked", &self.linked)
            .finish_non_exhaustive()
    }
}

impl HistoryEntry {
    pub(crate) fn read_all(result: &Json) -> Result<Vec<Self>, Error> {
        let operation = op::HISTORY.name();
        wire::rows(operation, result, "history")?
            .iter()
            .map(|entry| Self::read(operation, entry))
            .collect()
    }

    fn read(operation: &str, entry: &Json) -> Result<Self, Error> {
        let status = wire::filled(entry.get("status"))
            .ok_or_else(|| wire::unreadable(operation, "an entry without status", entry))?;
        let mut changes = BTreeMap::new();
        let mut linked = None;
        let values = wire::members(operation, entry.get("values"), "values", entry)?;
        for (name, value) in values.into_iter().flatten() {
            if value.get("module").is_some() {
                linked = Some(Linked {
                    number: wire::whole(value.get("id")),
                    module: wire::text(value.get("module")).unwrap_or_default(),
                    label: decode_entities(&wire::text(value.get("label")).unwrap_or_default()),
                });
            } else {
                let change = Change {
                    previous: wire::text(value.get("previous")),
                    current: wire::text(value.get("current")),
                };
                changes.insert(name.clone(), change);
            }
        }
        Ok(Self {
            id: wire::id(entry.get("id")),
            label: decode_entities(&wire::text(entry.get("label")).unwrap_or_default()),
            user: entry.get("modifieduser").and_then(Labelled::read),
            at: wire::text(entry.get("modifiedtime")).unwrap_or_default(),
            status: HistoryStatus::read(&status),
            changes,
            linked,
        })
    }
}

/// Whose history to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryOf {
    /// Of one record.
    Record {
        /// The record.
        id: RecordId,
        /// Its module.
        module: String,
    },
    /// Of a module.
    Module(String),
    /// Of every module (`Home`).
    Everything,
}

impl Client {
    /// Reads a page of the records related to a record
    /// (`relatedRecordsWithGrouping`), pages from 0.
    ///
    /// A record that does not exist is not refused (recorded vtiger 5.4.0
    /// server): what comes then has no meaning.
    ///
    /// # Errors
    ///
    /// When the call fails. Comments (`ModComments`) kill the new generation
    /// (recorded vtiger 7.1.0 server): query them instead.
    pub async fn related(
        &self,
        record: &RecordId,
        module: &str,
        page: u32,
    ) -> Result<Related, Error> {
        let params = Params::new()
            .with("record", record.to_string())
            .with("relatedmodule", module)
            .with("page", page.to_string());
        match self.run(&op::RELATED, params).await {
            Ok(result) => Page::read(op::RELATED.name(), &result).map(Related::Page),
            Err(error) if Refusal::of(&error) == Some(Refusal::UnexpectedInput) => {
                Ok(Related::None)
            }
            Err(error) if BodyFault::of(&error) == Some(BodyFault::NullError) => {
                Ok(Related::NotRelated)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a page of a history (`history`), pages from 0.
    ///
    /// `own` leaves out what other users did.
    ///
    /// # Errors
    ///
    /// `Config` in the old generation, which has no such operation.
    pub async fn history(
        &self,
        of: &HistoryOf,
        own: bool,
        page: u32,
    ) -> Result<Vec<HistoryEntry>, Error> {
        let mut params = Params::new();
        params = match of {
            HistoryOf::Record { id, module } => params
                .with("record", id.to_string())
                .with("module", module.as_str()),
            HistoryOf::Module(module) => params.with("module", module.as_str()),
            HistoryOf::Everything => params.with("module", "Home"),
        };
        params = params
            .with("mode", if own { "Private" } else { "All" })
            .with("page", page.to_string());
        HistoryEntry::read_all(&self.run(&op::HISTORY, params).await?)
    }
}
