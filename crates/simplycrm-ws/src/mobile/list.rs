//! `listModuleRecords`: the rows of a module, in both generations' shapes.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use api_core::{Error, ErrorKind, Json};
use futures_util::Stream;

use super::client::Client;
use super::list_request::ListRequest;
use super::operations as op;
use super::record::Value;
use super::{Generation, wire};
use crate::{RecordId, Warning};

/// Rows of a page in the old generation (recorded vtiger 5.4.0 server).
const OLD_PAGE: usize = 99;

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
    more: bool,
    mut is_new: impl FnMut(&T) -> bool,
) -> Result<Vec<T>, Error> {
    let count = rows.len();
    if more && count == 0 {
        return Err(endless(operation));
    }
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

/// The error of a page without rows that says that there are more.
pub(super) fn endless(operation: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        "The server answered an empty page and says that there is more; it would never end.",
    )
    .operation(format!("mobile.{operation}"))
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
        if request.searches() && !self.is_simply() {
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
                let rows = fresh(op::LIST.name(), page.records, full, first, more, |row| {
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
