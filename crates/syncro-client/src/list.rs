//! Lists: filtered, and walked page by page to the end.

use api_core::guarded::BadRecord;
use api_core::{Error, Guarded, Json, redact};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _, iter, try_unfold};

use crate::client::Client;
use crate::envelope;
use crate::model::Model;
use crate::operations::Operation;

/// A list of records of type `M`, still to be read.
#[derive(Debug, Clone)]
#[must_use = "a list is read by `page`, `pages`, `records`, `ids` or `all`"]
pub struct List<'a, M> {
    client: &'a Client,
    operation: &'static Operation,
    args: Vec<String>,
    params: Vec<(String, String)>,
    per_page: u32,
    limit: Option<u64>,
    records: std::marker::PhantomData<fn() -> M>,
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
            records: std::marker::PhantomData,
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

    /// Reads one page, counted from 1.
    ///
    /// # Errors
    ///
    /// As any call; a record that cannot be read does not fail the others.
    pub async fn page(&self, number: u64) -> Result<Vec<Guarded<M>>, Error> {
        let mut query: Vec<(&str, String)> = self
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        query.push(("page", number.to_string()));
        query.push(("per_page", self.per_page.to_string()));
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let answer = self
            .client
            .send(self.operation, &args, &query, None)
            .await?;
        let (rows, _meta) = answer.rows::<M>()?;
        Ok(rows.iter().map(guarded::<M>).collect())
    }

    /// Reads page after page to the end.
    #[must_use]
    pub fn pages(self) -> BoxStream<'a, Result<Vec<Guarded<M>>, Error>> {
        try_unfold((self, 1), |(list, number)| async move {
            let page = list.page(number).await?;
            Ok((!page.is_empty()).then(|| (page, (list, number + 1))))
        })
        .boxed()
    }

    /// Reads all records as a stream, one page in memory at a time.
    #[must_use]
    pub fn records(self) -> BoxStream<'a, Result<Guarded<M>, Error>> {
        let limit = usize::try_from(self.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        self.pages()
            .map_ok(|page| iter(page.into_iter().map(Ok)))
            .try_flatten()
            .take(limit)
            .boxed()
    }

    /// Reads all records.
    ///
    /// # Errors
    ///
    /// As any call, and `Decode` for the first record that cannot be read.
    pub async fn all(self) -> Result<Vec<M>, Error> {
        let operation = self.operation.name;
        let records: Vec<Guarded<M>> = self.records().try_collect().await?;
        records
            .into_iter()
            .map(|record| {
                record
                    .into_result()
                    .map_err(|bad| Error::from(bad).operation(operation))
            })
            .collect()
    }
}

/// Reads one row; one that cannot be read does not fail the others.
pub(crate) fn guarded<M: Model>(row: &Json) -> Guarded<M> {
    let row = envelope::unwrapped::<M>(row);
    match <M as crate::model::Field>::read(row) {
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
