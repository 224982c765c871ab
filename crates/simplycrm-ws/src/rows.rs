//! Reading by queries: one page, a count, and streams of any length.

use api_core::{Error, ErrorKind, Json};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::operation::Operation;
use crate::params::Params;
use crate::query::{Columns, Filter, Operator, PAGE, Query, QueryError, encoded_len};
use crate::{Client, Record, RecordId};

mod merge;

use merge::Merge;

/// The longest request line that Apache takes unless told otherwise (recorded
/// vtiger 5.4.0 server: 414 beyond it).
const REQUEST_LINE: usize = 8190;

/// What else stands in the request line: verb, version, operation, session.
const REST_OF_LINE: usize = 160;

/// What a condition on the last id takes in an address, at most.
const KEYSET: usize = 80;

/// Modules whose `*` answers one row for each line item.
const INVENTORY: [&str; 4] = ["Invoice", "Quotes", "SalesOrder", "PurchaseOrder"];

/// Fields of those modules that belong to their lines.
const LINE_FIELDS: [&str; 13] = [
    "productid",
    "quantity",
    "listprice",
    "comment",
    "discount_amount",
    "discount_percent",
    "incrementondel",
    "image",
    "purchase_cost",
    "margin",
    "sequence_no",
    "lineitem_id",
    "section_name",
];

/// Whether a module's records have line items.
pub(crate) fn is_inventory(module: &str) -> bool {
    INVENTORY.contains(&module)
}

/// Whether a field of an inventory module belongs to its lines.
pub(crate) fn is_line_field(field: &str) -> bool {
    let tax = field.strip_prefix("tax").is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    tax || LINE_FIELDS.contains(&field)
}

impl Client {
    /// Sends one query and returns the rows it answers, at most 100.
    ///
    /// Where the module has been described to this client, the fields are
    /// checked against it before anything is sent.
    ///
    /// # Errors
    ///
    /// `Validation` for a query that cannot be written; `TooLarge` for one
    /// beyond a request line; else what the server refused.
    pub async fn query(&self, query: &Query) -> Result<Vec<Record>, Error> {
        let text = query.build()?;
        self.check_fields(query)?;
        self.send_query(&text).await
    }

    /// Sends a query as it is written and returns the rows it answers.
    ///
    /// The `;` at its end may be left out. Nothing is checked or escaped: build
    /// queries with values of others with [`Query`].
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub async fn query_raw(&self, vtql: &str) -> Result<Vec<Record>, Error> {
        let text = vtql.trim();
        if text.ends_with(';') {
            self.send_query(text).await
        } else {
            self.send_query(&format!("{text};")).await
        }
    }

    /// Counts the rows a query finds; its columns, order and limit are left
    /// out.
    ///
    /// `None` when the server cannot count: a stock 8.3.0 answers `[]` (recorded
    /// vtiger 8.3.0 server).
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub async fn count(&self, query: &Query) -> Result<Option<u64>, Error> {
        let mut counting = query.clone();
        counting.columns = Columns::Count;
        counting.order.clear();
        counting.limit = None;
        counting.offset = None;
        let rows = self.query(&counting).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let count = match row.get("count") {
            Some(Json::Text(text)) => text.parse().ok(),
            Some(Json::Number(number)) => number.as_str().parse().ok(),
            _ => None,
        };
        count
            .map(Some)
            .ok_or_else(|| unreadable(&Operation::QUERY, "a count that is no number"))
    }

    /// Reads all rows of a query, page by page, in the order of their ids.
    ///
    /// Pages go on from the last id, so rows that appear or vanish meanwhile
    /// shift nothing, and end with an empty page: a short one proves nothing
    /// where the server filters after it has cut pages (vtiger 7, source only).
    /// Each row comes once. Lists (`in`) too long for a request line are split.
    /// A [`limit`](Query::limit) bounds the whole stream and may exceed 100; an
    /// order other than by `id` and an offset are errors.
    ///
    /// `Query::all()` on Invoice, Quotes, SalesOrder and PurchaseOrder selects
    /// the header fields of the describe result instead of `*`.
    pub fn rows(&self, query: Query) -> BoxStream<'static, Result<Record, Error>> {
        self.rows_until(query, None)
    }

    /// As [`rows`](Self::rows), where no row comes after an id.
    fn rows_until(
        &self,
        query: Query,
        until: Option<u64>,
    ) -> BoxStream<'static, Result<Record, Error>> {
        let client = self.clone();
        async_stream::try_stream! {
            let mut merge = Merge::new(&client, query, until).await?;
            while let Some(record) = merge.next(&client).await? {
                yield record;
            }
        }
        .boxed()
    }

    /// Reads all rows of a query over several sessions, in no order.
    ///
    /// The ids between the first and the last row are dealt out in ranges, as
    /// many of which are read at once as there are `lanes`; no more than the
    /// client has sessions is useful. Rows that appear beyond the last id
    /// meanwhile are read too.
    pub fn rows_in_parallel(
        &self,
        query: Query,
        lanes: usize,
    ) -> BoxStream<'static, Result<Record, Error>> {
        /// Ranges for each lane: ids are not evenly filled.
        const RANGES_PER_LANE: u64 = 8;
        let lanes = lanes.clamp(1, 64);
        if lanes == 1 || query.limit.is_some() {
            return self.rows(query);
        }
        let client = self.clone();
        async_stream::try_stream! {
            let mut query = paged(&client, query).await?;
            query.order.clear();
            query.descending = false;
            let edge = |descending| {
                let mut edge = query.clone();
                edge.columns = Columns::Fields(vec!["id".to_owned()]);
                edge.order = vec!["id".to_owned()];
                edge.descending = descending;
                edge.limit = Some(1);
                edge
            };
            let mut parts = vec![(query.clone(), None)];
            let ends = if encoded_len(&edge(false).build()?) > client.room() {
                None
            } else {
                let first = client.query(&edge(false)).await?.first().and_then(Record::id);
                let last = client.query(&edge(true)).await?.first().and_then(Record::id);
                first.zip(last)
            };
            if let Some((first, last)) = ends {
                parts = ranges(&query, first, last, RANGES_PER_LANE * lanes as u64)?;
            }
            let streams = parts
                .into_iter()
                .map(|(part, until)| client.rows_until(part, until));
            let streams = stream::iter(streams).flatten_unordered(lanes);
            for await record in streams {
                yield record?;
            }
        }
        .boxed()
    }

    /// How many bytes of a request line a query may take.
    pub(crate) fn room(&self) -> usize {
        let path = url::Url::parse(self.root_url()).map_or(64, |url| url.path().len());
        REQUEST_LINE.saturating_sub(REST_OF_LINE + path)
    }

    /// Checks the references of a query against what the module was described
    /// with, if it was. A field that is not there may have been added since.
    pub(crate) fn check_fields(&self, query: &Query) -> Result<(), QueryError> {
        match self.descriptions().get(query.module()) {
            Some(describe) => match query.check(&describe) {
                Err(error @ QueryError::NotAnId(_)) => Err(error),
                _ => Ok(()),
            },
            None => Ok(()),
        }
    }

    async fn send_query(&self, text: &str) -> Result<Vec<Record>, Error> {
        let length = encoded_len(text);
        if length > self.room() {
            return Err(Error::from(QueryError::TooLong(length)).operation("simplycrm.query"));
        }
        let params = Params::new().with("query", text);
        let result = self.call_as(&Operation::QUERY, params).await?;
        records(&Operation::QUERY, result)
    }
}

/// Reads a list of records.
pub(crate) fn records(operation: &Operation, result: Json) -> Result<Vec<Record>, Error> {
    let Json::List(rows) = result else {
        return Err(unreadable(operation, "something that is no list"));
    };
    rows.into_iter().map(|row| record(operation, row)).collect()
}

/// Reads a record.
pub(crate) fn record(operation: &Operation, json: Json) -> Result<Record, Error> {
    match json {
        Json::Map(fields) => Ok(Record::new(fields)),
        _ => Err(unreadable(operation, "something that is no record")),
    }
}

/// An answer that has not the form it should have.
pub(crate) fn unreadable(operation: &Operation, what: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("The server answered with {what}."),
    )
    .operation(operation.full_label("simplycrm"))
}

/// Makes a query one that can be read page by page.
async fn paged(client: &Client, mut query: Query) -> Result<Query, Error> {
    if query.columns == Columns::Count {
        return Err(QueryError::NotPaged("it counts them.").into());
    }
    if query.offset.is_some() {
        return Err(QueryError::NotPaged("an offset shifts when rows come and go.").into());
    }
    if query.order.iter().any(|field| field != "id") {
        return Err(QueryError::NotPaged("they come in the order of their ids.").into());
    }
    if is_inventory(query.module()) {
        match &query.columns {
            Columns::All => query.columns = header_columns(client, query.module()).await?,
            Columns::Fields(fields) if fields.iter().any(|field| is_line_field(field)) => {
                return Err(QueryError::NotPaged(
                    "a field of line items makes one row of each line; ask `LineItem` for lines.",
                )
                .into());
            }
            Columns::Fields(_) | Columns::Count => {}
        }
    }
    if let Some(filter) = query.filter.take() {
        query.filter = Some(filter.distribute());
    }
    Ok(query)
}

/// The header fields of an inventory module.
pub(crate) async fn header_columns(client: &Client, module: &str) -> Result<Columns, Error> {
    let describe = client.described(module).await?;
    let mut fields: Vec<String> = describe
        .fields
        .iter()
        .map(|field| field.name.clone())
        .filter(|name| !is_line_field(name) && crate::query::is_name(name))
        .collect();
    if !fields.iter().any(|name| name == "id") {
        fields.push("id".to_owned());
    }
    Ok(Columns::Fields(fields))
}

/// Cuts a query into ranges of ids, each with its last; the last has no end.
fn ranges(
    query: &Query,
    first: RecordId,
    last: RecordId,
    most: u64,
) -> Result<Vec<(Query, Option<u64>)>, Error> {
    // Whole pages where no ids are missing.
    let span =
        (last.number.saturating_sub(first.number) / most + 1).next_multiple_of(u64::from(PAGE));
    let mut parts = Vec::new();
    let mut from = first.number.saturating_sub(1);
    loop {
        let to = from.saturating_add(span);
        let id = |number| RecordId::new(first.prefix, number);
        let mut bounds = vec![(Operator::Gt, id(from))];
        let until = (to < last.number).then_some(to);
        bounds.extend(until.map(|to| (Operator::Le, id(to))));
        let mut part = query.clone();
        part.filter = Some(Filter::within(query.filter.as_ref(), &bounds)?);
        parts.push((part, until));
        if until.is_none() {
            return Ok(parts);
        }
        from = to;
    }
}
