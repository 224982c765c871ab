//! `listModuleRecords`: the rows of a module, in both generations' shapes.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use api_core::{Error, ErrorKind, Json};
use futures_util::Stream;

use super::client::Client;
use super::operations as op;
use super::record::Value;
use super::{Generation, wire};
use crate::{Params, RecordId, Warning};

/// Rows of a page in the old generation (recorded vtiger 5.4.0 server).
const OLD_PAGE: usize = 99;

/// How a field is compared in [`ListRequest::search_field`].
///
/// Only `c` is in the vendor documentation; the other codes are those of the
/// list views and assumed to work here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparator {
    /// `c`: contains (vendor documentation).
    Contains,
    /// `k`: does not contain (assumed).
    NotContains,
    /// `e`: equals (assumed).
    Equals,
    /// `n`: differs (assumed).
    Differs,
    /// `s`: starts with (assumed).
    StartsWith,
    /// `ew`: ends with (assumed).
    EndsWith,
    /// Another code.
    Other(String),
}

impl Comparator {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Contains => "c",
            Self::NotContains => "k",
            Self::Equals => "e",
            Self::Differs => "n",
            Self::StartsWith => "s",
            Self::EndsWith => "ew",
            Self::Other(code) => code,
        }
    }
}

/// Which rows of a module to list, and from where.
///
/// ```
/// use simplycrm_ws::mobile::{Comparator, ListRequest};
///
/// let request = ListRequest::new("Contacts")
///     .search_field("email", Comparator::Contains, "anna@example.com")
///     .page(0);
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ListRequest {
    module: String,
    page: u32,
    search_text: Option<String>,
    search_field: Option<(String, Comparator, String)>,
    filter: Option<String>,
    alert: Option<String>,
    order: Option<(String, bool)>,
}

impl ListRequest {
    /// Lists every row of a module that the user may read.
    #[must_use]
    pub fn new(module: impl Into<String>) -> Self {
        Self {
            module: module.into(),
            page: 0,
            search_text: None,
            search_field: None,
            filter: None,
            alert: None,
            order: None,
        }
    }

    /// Picks a page, the first is 0; how many rows it has is the server's choice.
    ///
    /// Sent as the generation counts: from 0 in the old, from 1 in the new.
    #[must_use]
    pub fn page(mut self, page: u32) -> Self {
        self.page = page;
        self
    }

    /// Searches in all fields (`searchText`, vendor documentation).
    ///
    /// Servers that are not Simply's ignore it and list everything (recorded
    /// vtiger 5.4.0 and 7.1.0 servers): a [`Warning::Note`] tells of a search
    /// on a server that does not name a `simply_version`. The characters `<`, `>` and `&` are altered on the way.
    #[must_use]
    pub fn search_text(mut self, text: impl Into<String>) -> Self {
        self.search_text = Some(text.into());
        self
    }

    /// Searches in one field (`searchField`, vendor documentation).
    ///
    /// Servers that are not Simply's ignore it, as with
    /// [`search_text`](Self::search_text).
    #[must_use]
    pub fn search_field(
        mut self,
        field: impl Into<String>,
        comparator: Comparator,
        text: impl Into<String>,
    ) -> Self {
        self.search_field = Some((field.into(), comparator, text.into()));
        self
    }

    /// Lists what a saved filter shows; its id is [`Filter::id`](super::Filter).
    ///
    /// The server does not check that the filter is one of this module
    /// (recorded vtiger 5.4.0 server).
    #[must_use]
    pub fn filter(mut self, id: impl Into<String>) -> Self {
        self.filter = Some(id.into());
        self
    }

    /// Lists the rows of an alert; the old generation only.
    #[must_use]
    pub fn alert(mut self, id: impl Into<String>) -> Self {
        self.alert = Some(id.into());
        self
    }

    /// Sorts by a field; the new generation only.
    #[must_use]
    pub fn order_by(mut self, field: impl Into<String>) -> Self {
        self.order = Some((field.into(), false));
        self
    }

    /// Sorts by a field, the greatest first; the new generation only.
    #[must_use]
    pub fn order_by_desc(mut self, field: impl Into<String>) -> Self {
        self.order = Some((field.into(), true));
        self
    }

    fn params(&self, generation: Generation) -> Result<Params, Error> {
        let refused = |what: &str| wire::refused(op::LIST.name(), what);
        if !wire::is_name(&self.module) {
            return Err(refused(
                "The module's name is empty or holds odd characters.",
            ));
        }
        let first = u32::from(generation == Generation::New);
        let mut params = Params::new()
            .with("module", self.module.as_str())
            .with("page", (self.page.saturating_add(first)).to_string());
        if let Some(text) = &self.search_text {
            params = params.with("searchText", text.as_str());
        }
        if let Some((field, comparator, text)) = &self.search_field {
            if !wire::is_name(field) {
                return Err(refused("The field to search in is no field name."));
            }
            let search = Json::from(vec![
                Json::from(field.as_str()),
                Json::from(comparator.as_str()),
                Json::from(text.as_str()),
            ]);
            params = params.with("searchField", wire::escaped(&search));
        }
        if let Some(id) = &self.filter {
            params = params.with("filterid", id.as_str());
        }
        if let Some(id) = &self.alert {
            if generation == Generation::New {
                return Err(refused("The server's mobile module cannot list an alert.")
                    .help("It dies of it; read the alert's own module with a filter."));
            }
            params = params.with("alertid", id.as_str());
        }
        if let Some((field, descending)) = &self.order {
            // It is pasted into the server's query.
            if !wire::is_name(field) {
                return Err(refused("The field to sort by is no field name."));
            }
            if generation == Generation::Old {
                return Err(refused("The server's mobile module cannot sort a list.")
                    .help("Use a query with `order by`."));
            }
            params = params
                .with("orderBy", field.as_str())
                .with("sortOrder", if *descending { "DESC" } else { "ASC" });
        }
        Ok(params)
    }
}

/// A row of a list.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ListedRecord {
    /// The record's number, the part of its id after the `x`.
    pub number: u64,
    /// The id; `None` where the server sent the number only and the module's
    /// prefix is not known.
    pub id: Option<RecordId>,
    /// The record's title: as sent in the old generation, put together from
    /// its name fields in the new.
    pub label: String,
    /// The other fields of the row.
    pub fields: BTreeMap<String, Value>,
}

impl fmt::Debug for ListedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ListedRecord");
        out.field("number", &self.number)
            .field("id", &self.id)
            .field("label", &self.label);
        super::record::debug_fields(&mut out, &self.fields);
        out.finish()
    }
}

/// A column of a list; the new generation only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The field's name.
    pub name: String,
    /// What a person sees.
    pub label: String,
    /// The field's type, such as `string` or `phone`.
    pub field_type: String,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ListPage {
    /// The rows.
    pub records: Vec<ListedRecord>,
    /// The columns; none in the old generation.
    pub headers: Vec<Header>,
    /// The fields that make up a row's title; none in the old generation.
    pub name_fields: Vec<String>,
    /// The filter that the server applied; the new generation only.
    pub selected_filter: Option<String>,
    /// Which generation's shape the answer has.
    pub generation: Generation,
    /// Whether there are further pages.
    ///
    /// The old generation does not say: a full page of 99 may have been the
    /// last one.
    pub more: bool,
}

impl ListPage {
    pub(crate) fn read(result: &Json, prefix: Option<u32>) -> Result<Self, Error> {
        let operation = op::LIST.name();
        let rows = wire::rows(operation, result, "records")?;
        // Only the new generation says whether there is more.
        let more = wire::flag(result.get("moreRecords"));
        let new = more.is_some() || result.get("headers").is_some();
        let name_fields: Vec<String> = result
            .get("nameFields")
            .and_then(Json::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(|name| wire::filled(Some(name)))
            .collect();
        let headers = result
            .get("headers")
            .and_then(Json::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(|header| {
                Some(Header {
                    name: wire::filled(header.get("name"))?,
                    label: wire::text(header.get("label")).unwrap_or_default(),
                    field_type: wire::text(header.get("fieldType")).unwrap_or_default(),
                })
            })
            .collect();
        let records = rows
            .iter()
            .map(|row| ListedRecord::read(operation, row, prefix, &name_fields))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            more: more.unwrap_or(!new && records.len() >= OLD_PAGE),
            records,
            headers,
            name_fields,
            selected_filter: wire::filled(result.get("selectedFilter")),
            generation: if new {
                Generation::New
            } else {
                Generation::Old
            },
        })
    }
}

impl ListedRecord {
    fn read(
        operation: &str,
        row: &Json,
        prefix: Option<u32>,
        name_fields: &[String],
    ) -> Result<Self, Error> {
        let sent = wire::filled(row.get("id"));
        let id: Option<RecordId> = sent.as_deref().and_then(|id| id.parse().ok());
        let bare: Option<u64> = sent.as_deref().and_then(|id| id.parse().ok());
        let Some(number) = id.map(|id| id.number).or(bare) else {
            return Err(wire::unreadable(operation, "a row without id", row));
        };
        let mut fields: BTreeMap<String, Value> = row
            .as_map()
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != "id")
            .map(|(name, json)| (name.clone(), Value::read(json)))
            .collect();
        let label = match fields.remove("label") {
            Some(label) => label.text().to_owned(),
            None => name_fields
                .iter()
                .filter_map(|name| Some(fields.get(name)?.text()))
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        };
        Ok(Self {
            number,
            id: id.or_else(|| Some(RecordId::new(prefix?, number))),
            label,
            fields,
        })
    }
}

/// The rows of a page that were not on an earlier one.
///
/// A full page without any new row means that the server does not turn pages.
pub(super) fn fresh<T>(
    operation: &str,
    rows: Vec<T>,
    full: usize,
    first: bool,
    mut is_new: impl FnMut(&T) -> bool,
) -> Result<Vec<T>, Error> {
    let count = rows.len();
    let rows: Vec<T> = rows.into_iter().filter(|row| is_new(row)).collect();
    if rows.is_empty() && count >= full && !first {
        return Err(Error::new(
            ErrorKind::Decode,
            "The server answered a page with the rows of an earlier one.",
        )
        .operation(format!("mobile.{operation}"))
        .help("It does not turn pages for this request; narrow it to one page."));
    }
    Ok(rows)
}

impl Client {
    /// Lists one page of a module (`listModuleRecords`).
    ///
    /// The old generation answers ids and titles, 99 a page; the new one
    /// numbers and the columns of the list, 20 a page (recorded servers).
    ///
    /// # Errors
    ///
    /// `Permission` when the module is unknown or may not be read; refused
    /// locally when the generation cannot do what is asked.
    pub async fn list_page(&self, request: &ListRequest) -> Result<ListPage, Error> {
        let generation = self.list_generation().await?;
        let params = request.params(generation)?;
        let searches = request.search_text.is_some() || request.search_field.is_some();
        if searches && !self.is_simply() {
            self.warn(&Warning::Note {
                operation: "mobile.listModuleRecords".to_owned(),
                message: "The server does not name itself Simply; others ignore a search and list everything.".to_owned(),
            });
        }
        let mut result = self.run(&op::LIST, params).await?;
        let mut page = ListPage::read(&result, self.known_prefix(&request.module))?;
        if (generation, page.generation) == (Generation::New, Generation::Old) {
            // Asked for the page after the one that was meant.
            self.learn_list(page.generation);
            let params = request.params(page.generation)?;
            result = self.run(&op::LIST, params).await?;
            page = ListPage::read(&result, self.known_prefix(&request.module))?;
        }
        let bare = page.records.iter().any(|record| record.id.is_none());
        self.learn_list(page.generation);
        if bare && self.learn_prefixes(&request.module).await {
            return ListPage::read(&result, self.known_prefix(&request.module));
        }
        Ok(page)
    }

    /// Lists a module row by row, page after page; each row once.
    ///
    /// Starts at the request's page. Rows may be missed when others are
    /// deleted meanwhile; to follow changes use
    /// [`changes`](Self::changes).
    ///
    /// # Errors
    ///
    /// The stream ends after an error.
    pub fn list(
        &self,
        request: ListRequest,
    ) -> impl Stream<Item = Result<ListedRecord, Error>> + Send + 'static {
        let client = self.clone();
        async_stream::try_stream! {
            let mut request = request;
            let mut seen = HashSet::new();
            let mut first = true;
            loop {
                let page = client.list_page(&request).await?;
                let full = match page.generation {
                    Generation::Old => OLD_PAGE,
                    Generation::New if page.more => 1,
                    Generation::New => usize::MAX,
                };
                let more = page.more;
                let rows = fresh(op::LIST.name(), page.records, full, first, |row| {
                    seen.insert((row.id.map(|id| id.prefix), row.number))
                })?;
                for row in rows {
                    yield row;
                }
                if !more {
                    break;
                }
                first = false;
                request.page = request.page.saturating_add(1);
            }
        }
    }
}
