//! What changed since a moment: where the server tells, and where all has to be
//! read.
//!
//! Tickets and invoices have a parameter for it (OpenAPI document). Other lists
//! ignore one without a word: a moment in the future gave all 25,075 estimates
//! (measured on RepairShopr, the same engine). So it is only sent where it is
//! documented, a probe can tell whether it is honoured, and every record is
//! checked here again by its own `updated_at`.

use std::sync::PoisonError;
use std::time::Duration;

use api_core::{Error, ErrorKind, Guarded, Json, Timestamp};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _, iter};

use crate::client::Client;
use crate::list::{List, good, guarded};
use crate::model::{Field as _, Model};
use crate::operations::{ChangedFilter, Operation};
use crate::warning::Warning;

/// How far in the future a probe asks.
const FUTURE: Duration = Duration::from_secs(366 * 24 * 3_600);

/// How much older than asked for a record may be before the parameter counts as
/// ignored: times are compared in seconds at some places.
const SLACK: Duration = Duration::from_secs(2);

/// Whether a list honours its parameter for what changed since a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Probe {
    /// A moment in the future gave nothing, and the list is not empty: it does.
    Honoured,
    /// A moment in the future gave records, or the list has no such parameter.
    Ignored,
    /// The list is empty, so there is nothing to tell it by.
    Untold,
}

/// What a probe found, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) probe: Probe,
    pub(crate) at: Timestamp,
}

impl Client {
    /// Asks a list for what changed after a moment in the future, which must be
    /// nothing; remembers the answer for this client and its clones.
    ///
    /// It costs one request, a second one where the first gives nothing, and
    /// none where the list has no such parameter.
    ///
    /// # Errors
    ///
    /// As any call, and `Config` for an operation that is no list of its own.
    pub async fn probe_changed_since(&self, operation: &'static Operation) -> Result<Probe, Error> {
        let ChangedFilter::Param(param) = operation.changed else {
            return Ok(Probe::Ignored);
        };
        if operation.path.contains('{') {
            return Err(Error::new(
                ErrorKind::Config,
                "A list of one record's parts is not probed.",
            )
            .operation(operation.name));
        }
        let now = self.parts().caller.clock().now();
        let future = wire_time(now.saturating_add(FUTURE));
        let probe = if self.has_rows(operation, Some((param, future))).await? {
            Probe::Ignored
        } else if self.has_rows(operation, None).await? {
            Probe::Honoured
        } else {
            Probe::Untold
        };
        self.remember_probe(operation, probe);
        Ok(probe)
    }

    async fn has_rows(
        &self,
        operation: &'static Operation,
        param: Option<(&'static str, String)>,
    ) -> Result<bool, Error> {
        let mut query: Vec<(&str, String)> = param.into_iter().collect();
        query.push(("page", "1".to_owned()));
        query.push(("per_page", "1".to_owned()));
        let answer = self.send(operation, &[], &query, None).await?;
        let body = answer.json()?.unwrap_or_default();
        let mut lists = match &body {
            Json::Map(members) => members.values().filter_map(Json::as_list).collect(),
            Json::List(rows) => vec![rows.as_slice()],
            _ => Vec::new(),
        };
        match (lists.pop(), lists.pop()) {
            (Some(rows), None) => Ok(!rows.is_empty()),
            _ => Err(answer.unreadable("The answer holds no list.")),
        }
    }

    /// Remembers what a probe found, such as one of an earlier run.
    ///
    /// [`Probe::Untold`] is not remembered.
    pub fn remember_probe(&self, operation: &'static Operation, probe: Probe) {
        if probe == Probe::Untold {
            return;
        }
        let at = self.parts().caller.clock().now();
        self.parts()
            .probes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(operation.name, Remembered { probe, at });
    }

    /// Returns what is remembered of a probe, and since when.
    #[must_use]
    pub fn remembered_probe(&self, operation: &'static Operation) -> Option<(Probe, Timestamp)> {
        let probes = self.parts().probes.lock();
        let probes = probes.unwrap_or_else(PoisonError::into_inner);
        let known = probes.get(operation.name)?;
        Some((known.probe, known.at))
    }
}

/// The records of a list that changed since a moment, that moment included.
#[derive(Debug, Clone)]
#[must_use = "it is read by `pages`, `records` or `all`"]
pub struct Changed<'a, M> {
    list: List<'a, M>,
    since: Timestamp,
}

impl<'a, M: Model> Changed<'a, M> {
    pub(crate) fn new(list: List<'a, M>, since: Timestamp) -> Self {
        Self { list, since }
    }

    /// The parameter that is sent, where the table has one and no probe has
    /// disproved it.
    fn param(&self) -> Option<&'static str> {
        let operation = self.list.operation();
        let ChangedFilter::Param(param) = operation.changed else {
            return None;
        };
        let known = self.list.client().remembered_probe(operation);
        (known.map(|(probe, _)| probe) != Some(Probe::Ignored)).then_some(param)
    }

    /// Returns the operation that reads it.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.list.operation()
    }

    /// Whether the whole list is read, because the server does not tell what
    /// changed.
    #[must_use]
    pub fn is_scan(&self) -> bool {
        self.param().is_none()
    }

    /// Sets how many rows a request asks for; the client's number by default.
    pub fn per_page(mut self, rows: u32) -> Self {
        self.list = self.list.per_page(rows);
        self
    }

    /// Reads what changed, page by page.
    ///
    /// A record without a time of its last change, as products are, is given
    /// always.
    ///
    /// # Errors
    ///
    /// As any call. `Decode` where the server ignores the parameter and the
    /// client is not lenient.
    #[must_use]
    pub fn pages(self) -> BoxStream<'a, Result<Vec<Guarded<M>>, Error>> {
        let (client, operation) = (self.list.client(), self.list.operation());
        let since = self.since;
        let param = self.param();
        let list = match param {
            Some(param) => self.list.params(vec![(param.to_owned(), wire_time(since))]),
            None => self.list,
        };
        let mut told = param.is_none();
        let floor = since.saturating_sub(SLACK);
        list.raw_pages()
            .map(move |rows| {
                let rows = rows?;
                let mut page = Vec::with_capacity(rows.len());
                for row in &rows {
                    let at = changed_at(row);
                    if at.is_none_or(|at| at >= since) {
                        page.push(guarded::<M>(row));
                    } else if !told && at.is_some_and(|at| at < floor) {
                        told = true;
                        ignored(client, operation)?;
                    }
                }
                Ok(page)
            })
            .boxed()
    }

    /// Reads what changed as a stream, one page in memory at a time.
    #[must_use]
    pub fn records(self) -> BoxStream<'a, Result<Guarded<M>, Error>> {
        self.pages()
            .map_ok(|page| iter(page.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    /// Reads all that changed.
    ///
    /// # Errors
    ///
    /// As [`pages`](Self::pages), and `Decode` for the first record that cannot
    /// be read.
    pub async fn all(self) -> Result<Vec<M>, Error> {
        let operation = self.list.operation().name;
        self.records()
            .map(|record| good(record?, operation))
            .try_collect()
            .await
    }
}

/// Takes note of a record that the parameter should have left out.
fn ignored(client: &Client, operation: &'static Operation) -> Result<(), Error> {
    client.remember_probe(operation, Probe::Ignored);
    let warning = Warning::ChangedFilterIgnored {
        operation: operation.name,
    };
    if client.parts().lenient {
        client.warn(&warning);
        return Ok(());
    }
    Err(Error::new(ErrorKind::Decode, format!("{warning}."))
        .operation(operation.name)
        .help("Read leniently, so that all is read and filtered here."))
}

/// When a row changed last; `None` when it does not tell.
fn changed_at(row: &Json) -> Option<Timestamp> {
    Timestamp::read(row.get("updated_at")?).ok()
}

/// A time as the parameters take it: whole seconds in UTC, rounded down to one
/// before it, since `since` may mean "later than" (unknown).
fn wire_time(at: Timestamp) -> String {
    let seconds = at.as_micros().saturating_sub(1).div_euclid(1_000_000);
    Timestamp::from_seconds(seconds).to_string()
}
