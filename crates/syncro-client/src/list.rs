//! Lists: filtered, and walked page by page to the end.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use api_core::guarded::BadRecord;
use api_core::{Error, Guarded, Json, SendOutcome, redact};
use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _, iter, try_unfold};

use crate::client::Client;
use crate::envelope;
use crate::error::Judged;
use crate::model::Model;
use crate::operations::Operation;
use crate::warning::Warning;

mod plain;
mod seen;
mod walk;
mod window;

use walk::{Page, Source, Walk};
use window::Window;

/// A list of records of type `M`, still to be read.
///
/// Rows that come and go meanwhile cost no record: of those that are there all
/// along each is given once. What is changed while the list is read, and thereby
/// moves within it, is given as it stood when it was met.
#[derive(Debug, Clone)]
#[must_use = "a list is read by `page`, `pages`, `records`, `ids`, `first` or `all`"]
pub struct List<'a, M> {
    client: &'a Client,
    operation: &'static Operation,
    args: Vec<String>,
    params: Vec<(String, String)>,
    per_page: u32,
    limit: Option<u64>,
    records: PhantomData<fn() -> M>,
}

impl<'a, M: Model> List<'a, M> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation) -> Self {
        Self {
            client,
            operation,
            args: Vec::new(),
            params: Vec::new(),
            per_page: client.parts().per_page,
            limit: None,
            records: PhantomData,
        }
    }

    /// Fills the next placeholder of the operation's path.
    pub(crate) fn at(mut self, arg: impl ToString) -> Self {
        self.args.push(arg.to_string());
        self
    }

    /// Adds parameters.
    pub(crate) fn params(mut self, params: Vec<(String, String)>) -> Self {
        self.params.extend(params);
        self
    }

    pub(crate) fn client(&self) -> &'a Client {
        self.client
    }

    /// Returns the operation that reads it.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Reads at most so many records.
    pub fn limit(mut self, records: u64) -> Self {
        self.limit = Some(records);
        self
    }

    /// Sets how many rows a request asks for; the client's number by default.
    pub fn per_page(mut self, rows: u32) -> Self {
        self.per_page = rows.max(1);
        self
    }

    /// How many rows are asked for: no more than are wanted.
    fn rows_of_a_page(&self) -> u32 {
        let wanted = self
            .limit
            .map_or(u32::MAX, |limit| u32::try_from(limit).unwrap_or(u32::MAX));
        self.per_page.min(wanted).max(1)
    }

    fn source(&self) -> Fetcher<'a, M> {
        Fetcher {
            client: self.client,
            operation: self.operation,
            args: self.args.clone(),
            params: self.params.clone(),
            records: PhantomData,
        }
    }

    /// Reads one page, counted from 1.
    ///
    /// # Errors
    ///
    /// As any call; a record that cannot be read does not fail the others.
    pub async fn page(&self, number: u64) -> Result<Vec<Guarded<M>>, Error> {
        let window = Window {
            page: number.max(1),
            per_page: self.rows_of_a_page(),
        };
        let page = self.source().fetch(window, false).await?;
        Ok(page.rows.iter().map(guarded::<M>).collect())
    }

    /// Reads the rows of page after page, each once, until `limit`.
    pub(crate) fn raw_pages(self) -> BoxStream<'a, Result<Vec<Json>, Error>> {
        let left = self.limit.unwrap_or(u64::MAX);
        let walk = Walk::new(self.source(), self.rows_of_a_page());
        try_unfold((walk, left), |(mut walk, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let Some(mut rows) = walk.next().await? else {
                return Ok(None);
            };
            rows.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            Ok(Some((rows, (walk, left.saturating_sub(count)))))
        })
        .boxed()
    }

    /// Reads page after page to the end, or to the limit.
    ///
    /// A record comes once. A page may be empty, because all that it showed was
    /// known.
    ///
    /// # Errors
    ///
    /// As any call; a record that cannot be read does not fail the others.
    #[must_use]
    pub fn pages(self) -> BoxStream<'a, Result<Vec<Guarded<M>>, Error>> {
        self.raw_pages()
            .map_ok(|rows| rows.iter().map(guarded::<M>).collect())
            .boxed()
    }

    /// Reads all records as a stream, one page in memory at a time.
    #[must_use]
    pub fn records(self) -> BoxStream<'a, Result<Guarded<M>, Error>> {
        self.pages()
            .map_ok(|page| iter(page.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    /// Reads all records.
    ///
    /// # Errors
    ///
    /// As any call, and `Decode` for the first record that cannot be read.
    pub async fn all(self) -> Result<Vec<M>, Error> {
        let operation = self.operation.name;
        self.records()
            .map(|record| good(record?, operation))
            .try_collect()
            .await
    }

    /// Reads the first record; `None` when there is none.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn first(self) -> Result<Option<M>, Error> {
        let operation = self.operation.name;
        let mut records = self.limit(1).records();
        match records.try_next().await? {
            None => Ok(None),
            Some(record) => good(record, operation).map(Some),
        }
    }

    /// Reads the ids of all records, to the end: a record that was there all
    /// along and is not among them was never in the list.
    ///
    /// The API tells no deletions, so they are found like this. Confirm one by
    /// fetching it: a list can also leave out what is disabled.
    ///
    /// # Errors
    ///
    /// As any call, and `Decode` for a row without an id: then nothing can be
    /// said about what is missing.
    pub async fn ids(self) -> Result<BTreeSet<i64>, Error> {
        let operation = self.operation.name;
        let mut pages = self.raw_pages();
        let mut ids = BTreeSet::new();
        while let Some(rows) = pages.try_next().await? {
            for row in &rows {
                let id = envelope::id_of(envelope::unwrapped::<M>(row));
                let id = id.and_then(|id| id.parse().ok()).ok_or_else(|| {
                    Error::new(api_core::ErrorKind::Decode, "A row of the list has no id.")
                        .operation(operation)
                        .excerpt(redact::json_text(row.to_string().as_bytes(), 2_000))
                        .outcome(SendOutcome::Done)
                })?;
                ids.insert(id);
            }
        }
        Ok(ids)
    }
}

pub(crate) fn good<M>(record: Guarded<M>, operation: &'static str) -> Result<M, Error> {
    record
        .into_result()
        .map_err(|bad| Error::from(bad).operation(operation))
}

/// Fetches the pages of one list.
#[derive(Debug)]
struct Fetcher<'a, M> {
    client: &'a Client,
    operation: &'static Operation,
    args: Vec<String>,
    params: Vec<(String, String)>,
    records: PhantomData<fn() -> M>,
}

#[async_trait]
impl<M: Model> Source for Fetcher<'_, M> {
    async fn fetch(&self, window: Window, shrinkable: bool) -> Result<Page, Error> {
        let mut query: Vec<(&str, String)> = self
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        query.push(("page", window.page.to_string()));
        query.push(("per_page", window.per_page.to_string()));
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let judged = Judged {
            impatient: shrinkable,
            ..Judged::of(self.operation)
        };
        let answer = self
            .client
            .send_judged(self.operation, judged, &args, &query, None)
            .await?;
        let (rows, meta) = answer.rows::<M>()?;
        let rows = rows
            .into_iter()
            .map(envelope::into_unwrapped::<M>)
            .collect();
        Ok(Page { rows, meta })
    }

    fn warn(&self, warning: Warning) {
        self.client.warn(&warning);
    }

    fn operation(&self) -> &'static str {
        self.operation.name
    }
}

/// Reads one row; one that cannot be read does not fail the others.
pub(crate) fn guarded<M: Model>(row: &Json) -> Guarded<M> {
    let row = envelope::unwrapped::<M>(row);
    match M::read(row) {
        Ok(record) => Guarded::Good(record),
        Err(misread) => Guarded::Bad(BadRecord {
            id: envelope::id_of(row),
            path: match misread.path.as_str() {
                "" => ".".to_owned(),
                path => redact::cap_chars(path, 200),
            },
            message: redact::excerpt(&misread.message, 200),
            excerpt: redact::excerpt(&redact::json_text(row.to_string().as_bytes(), 2_000), 200),
        }),
    }
}
