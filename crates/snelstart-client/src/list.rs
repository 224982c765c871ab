//! Lists: filtered, and walked page by page to the end.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::time::Duration;

use api_core::guarded::BadRecord;
use api_core::{Error, ErrorKind, Guarded, Json, redact};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _, iter, try_unfold};

use crate::client::Client;
use crate::filter::{Compare, Filter, Node, Path, Value};
use crate::model::Model;
use crate::operations::{CAP, Operation};
use crate::wall_time::WallTime;
use crate::warning::Warning;

/// A list of records of type `M`, still to be read.
#[derive(Debug, Clone)]
#[must_use = "a list is read by `page`, `pages`, `records` or `all`"]
pub struct List<'a, M> {
    client: &'a Client,
    operation: &'static Operation,
    args: Vec<String>,
    filter: Option<Filter<M>>,
    top: Option<u32>,
    skip: u64,
    select: Vec<String>,
    params: Vec<(&'static str, String)>,
}

/// One page as it came.
struct Raw<M> {
    records: Vec<(Option<String>, Guarded<M>)>,
    /// How many rows came, before any was left out.
    received: u64,
    /// A print of the page, to notice one that comes again.
    print: Print,
    excluded: bool,
}

/// What a page is known by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Print {
    /// By the ids of its rows, in whatever order.
    Ids(u64),
    /// By its text, where a row has no id.
    Text(u64),
}

/// The pages that came, as far as it takes to notice that one comes again.
#[derive(Default)]
struct Pages {
    ids: HashSet<u64>,
    text: Option<u64>,
    alike: u32,
}

impl Pages {
    /// Whether a page came before; `partial` when its rows may look alike
    /// because only some properties were asked for.
    fn again(&mut self, print: Print, partial: bool) -> bool {
        match print {
            Print::Ids(print) => !self.ids.insert(print),
            Print::Text(print) => {
                let same = self.text.replace(print) == Some(print);
                self.alike = if same { self.alike + 1 } else { 0 };
                self.alike > if partial { ALIKE } else { 0 }
            }
        }
    }
}

/// How many pages in a row may look alike where their rows tell too little.
const ALIKE: u32 = 10;

impl<'a, M: Model> List<'a, M> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation) -> Self {
        Self {
            client,
            operation,
            args: Vec::new(),
            filter: None,
            top: None,
            skip: 0,
            select: Vec::new(),
            params: Vec::new(),
        }
    }

    /// Keeps records that meet a condition; a second filter is added to the
    /// first.
    ///
    /// The condition is checked on every record here too, because some lists
    /// ignore filters (measured by client authors). Lists without `$filter` are
    /// filtered here alone.
    pub fn filter(mut self, filter: Filter<M>) -> Self {
        self.filter = Some(match self.filter {
            Some(first) => first.and(filter),
            None => filter,
        });
        self
    }

    /// Keeps records that changed since a moment of the server's clock, less an
    /// overlap.
    pub fn modified_since(self, since: WallTime, overlap: Duration) -> Self {
        let since = since.saturating_sub(overlap);
        let path = Path::root().join("modifiedOn");
        self.filter(Filter::of(Node::Compare(
            path,
            Compare::Ge,
            Value::Time(since),
        )))
    }

    /// Sets how many records a request asks for; the endpoint's most by default.
    pub fn top(mut self, rows: u32) -> Self {
        self.top = Some(rows.clamp(1, CAP));
        self
    }

    /// Leaves out the first records.
    pub fn skip(mut self, rows: u64) -> Self {
        self.skip = rows;
        self
    }

    /// Asks for some properties alone, named as filters name them (`Id`,
    /// `Naam`); name `Id` too, so that rows that come twice are noticed.
    pub fn select<S: Into<String>>(mut self, properties: impl IntoIterator<Item = S>) -> Self {
        self.select.extend(properties.into_iter().map(Into::into));
        self
    }

    /// Fills the next placeholder of the endpoint's path.
    pub(crate) fn at(mut self, arg: impl ToString) -> Self {
        self.args.push(arg.to_string());
        self
    }

    /// Adds a parameter of the endpoint's own.
    pub(crate) fn param(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    fn query(&self, skip: u64) -> Vec<(&'static str, String)> {
        let mut query = self.params.clone();
        if !self.operation.odata {
            return query;
        }
        if let Some(filter) = &self.filter {
            query.push(("$filter", filter.to_string()));
        }
        if !self.select.is_empty() {
            query.push(("$select", self.select.join(",")));
        }
        query.push(("$top", self.top.unwrap_or(self.operation.cap).to_string()));
        if skip > 0 {
            query.push(("$skip", skip.to_string()));
        }
        query
    }

    async fn fetch(&self, skip: u64) -> Result<Raw<M>, Error> {
        let query = self.query(skip);
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let answer = self
            .client
            .send(self.operation, &args, &query, None)
            .await?;
        let mut items = answer.rows()?;
        let print = print(&items, &answer.body);
        let received = u64::try_from(items.len()).unwrap_or(u64::MAX);
        if !self.operation.odata {
            // No `$skip` was sent.
            let left_out = usize::try_from(self.skip).unwrap_or(usize::MAX);
            items.drain(..left_out.min(items.len()));
        }
        let mut records = Vec::with_capacity(items.len());
        for item in &items {
            if let Some(filter) = &self.filter
                && !filter.matches(item)
            {
                continue;
            }
            records.push((id_of(item), guarded(item)));
        }
        let excluded = records.len() < items.len();
        Ok(Raw {
            records,
            received,
            print,
            excluded,
        })
    }

    /// Takes note of rows that the filter excludes and the server sent.
    fn ignored(&self) -> Result<(), Error> {
        if !self.operation.odata {
            return Ok(());
        }
        let filter = self.filter.as_ref().map(ToString::to_string);
        let warning = Warning::FilterIgnored {
            operation: self.operation.name,
            filter: redact::cap_chars(&filter.unwrap_or_default(), 200),
        };
        if self.client.parts().lenient {
            self.client.warn(&warning);
            return Ok(());
        }
        Err(Error::new(ErrorKind::Decode, format!("{warning}."))
            .operation(self.operation.name)
            .help("Read the list leniently, so that the filter is applied here."))
    }

    /// Reads one page.
    ///
    /// # Errors
    ///
    /// As any call; a record that cannot be read does not fail the others.
    pub async fn page(&self) -> Result<Vec<Guarded<M>>, Error> {
        let raw = self.fetch(self.skip).await?;
        if raw.excluded {
            self.ignored()?;
        }
        Ok(raw.records.into_iter().map(|(_, record)| record).collect())
    }

    /// Reads page after page until an empty one.
    ///
    /// The next page begins after the rows that came, not after those that were
    /// asked for: where the server gives fewer, none is left out. Rows that come
    /// twice, because others moved meanwhile, are given once.
    #[must_use]
    pub fn pages(self) -> BoxStream<'a, Result<Vec<Guarded<M>>, Error>> {
        struct State<'a, M> {
            list: List<'a, M>,
            next: Option<u64>,
            seen: HashSet<String>,
            before: Pages,
            warned: bool,
        }
        let state = State {
            next: Some(self.skip),
            list: self,
            seen: HashSet::new(),
            before: Pages::default(),
            warned: false,
        };
        try_unfold(state, |mut state| async move {
            let Some(skip) = state.next else {
                return Ok(None);
            };
            let raw = state.list.fetch(skip).await?;
            if raw.received == 0 {
                return Ok(None);
            }
            let partial = !state.list.select.is_empty();
            if state.before.again(raw.print, partial) {
                return Err(Error::new(
                    ErrorKind::Decode,
                    "The list gives one page again and again; it would never end.",
                )
                .operation(state.list.operation.name));
            }
            if raw.excluded && !state.warned {
                state.list.ignored()?;
                state.warned = true;
            }
            state.next = state
                .list
                .operation
                .odata
                .then(|| skip.saturating_add(raw.received));
            let mut page = Vec::with_capacity(raw.records.len());
            for (id, record) in raw.records {
                if id.is_none_or(|id| state.seen.insert(id)) {
                    page.push(record);
                }
            }
            Ok(Some((page, state)))
        })
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

    /// Reads the first record that meets the filter; `None` when there is none.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn first(self) -> Result<Option<M>, Error> {
        let operation = self.operation.name;
        let mut records = self.records();
        match records.try_next().await? {
            None => Ok(None),
            Some(record) => record
                .into_result()
                .map(Some)
                .map_err(|bad| Error::from(bad).operation(operation)),
        }
    }
}

/// The id of a row; `None` when it has none.
fn id_of(item: &Json) -> Option<String> {
    let members = item.as_map()?;
    let id = members.get("id").or_else(|| members.get("Id"))?;
    id.as_str().map(str::to_ascii_lowercase)
}

/// Reads one row; one that cannot be read does not fail the others.
pub(crate) fn guarded<M: Model>(item: &Json) -> Guarded<M> {
    match <M as crate::model::Field>::read(item) {
        Ok(record) => Guarded::Good(record),
        Err(misread) => Guarded::Bad(BadRecord {
            id: id_of(item),
            path: match misread.path.as_str() {
                "" => ".".to_owned(),
                path => redact::cap_chars(path, 200),
            },
            message: redact::excerpt(&misread.message, 200),
            excerpt: redact::excerpt(&redact::json_text(item.to_string().as_bytes(), 2_000), 200),
        }),
    }
}

fn print(items: &[Json], body: &[u8]) -> Print {
    let ids: Option<BTreeSet<String>> = items.iter().map(id_of).collect();
    match ids {
        Some(ids) => Print::Ids(hash(&ids)),
        None => Print::Text(hash(body)),
    }
}

fn hash(content: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}
