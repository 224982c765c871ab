//! `query` and `queryWithGrouping`: records by a query, with the mobile API's paging.

use std::collections::HashSet;

use api_core::{Error, ErrorKind, Json};
use futures_util::Stream;

use super::client::Client;
use super::operations as op;
use super::record::Record;
use super::wire;
use crate::{Operation, Params};

/// Rows of a page (recorded servers of both generations).
const PAGE: usize = 99;

/// A page of records.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// The next page; `None` on the last.
    pub next_page: Option<u32>,
}

impl Page {
    pub(crate) fn read(operation: &str, result: &Json) -> Result<Self, Error> {
        Ok(Self {
            records: wire::rows(operation, result, "records")?
                .iter()
                .map(|record| Record::read(operation, record))
                .collect::<Result<_, _>>()?,
            next_page: wire::whole(result.get("nextPage")).filter(|page| *page != 0),
        })
    }
}

/// Where a query has its LIMIT, and whether it ends as the server needs it.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    limited: bool,
    text: String,
}

impl Shape {
    /// Reads the words outside of the literals.
    ///
    /// The server appends `LIMIT page*99,100` unless it finds `LIMIT …;`, so a
    /// query with a limit must end in `;` and one without is sent bare
    /// (recorded servers of both generations).
    fn of(query: &str) -> Self {
        let text = query.trim().trim_end_matches(';').trim_end();
        let mut in_literal = false;
        let mut word = String::new();
        let mut limited = false;
        for c in text.chars().chain([' ']) {
            if c == '\'' {
                in_literal = !in_literal;
            }
            if !in_literal && (c.is_ascii_alphanumeric() || c == '_') {
                word.push(c.to_ascii_lowercase());
            } else {
                limited |= word == "limit";
                word.clear();
            }
        }
        Self {
            limited,
            text: if limited {
                format!("{text};")
            } else {
                text.to_owned()
            },
        }
    }
}

impl Client {
    /// Reads one page of a query, flat (`query`), pages from 0.
    ///
    /// References that the query does not name come as pairs of `null`
    /// ([`Value::was_read`](super::Value::was_read)). A query with its own
    /// `LIMIT` has one page.
    ///
    /// # Errors
    ///
    /// `Validation` when the query is wrong, `Permission` when it names a
    /// module or field that the user may not read; refused locally when a
    /// query with its own limit is asked for a later page.
    pub async fn query_page(&self, query: &str, page: u32) -> Result<Page, Error> {
        self.page_of(&op::QUERY, Params::new(), query, page).await
    }

    /// Reads one page of a query, in blocks (`queryWithGrouping`).
    ///
    /// The query must be one of the module: the server does not check it and
    /// answers nonsense otherwise (recorded vtiger 5.4.0 server), so a query
    /// that does not name the module is refused here.
    ///
    /// # Errors
    ///
    /// As [`query_page`](Self::query_page).
    pub async fn query_page_with_grouping(
        &self,
        module: &str,
        query: &str,
        page: u32,
    ) -> Result<Page, Error> {
        let from = source_of(query);
        if from.as_deref() != Some(module) {
            return Err(wire::refused(
                op::QUERY_GROUPED.name(),
                format!("The query is not one of the module {module}."),
            ));
        }
        let params = Params::new().with("module", module);
        self.page_of(&op::QUERY_GROUPED, params, query, page).await
    }

    /// Reads the records of a query one by one, flat; each once.
    ///
    /// Order the query by `id`: without an order the server's changes from
    /// page to page.
    ///
    /// # Errors
    ///
    /// The stream ends after an error.
    pub fn query(&self, query: &str) -> impl Stream<Item = Result<Record, Error>> + Send + 'static {
        self.pages_of(&op::QUERY, Params::new(), query)
    }

    /// Reads the records of a query one by one, in blocks; each once.
    ///
    /// # Errors
    ///
    /// As [`query_page_with_grouping`](Self::query_page_with_grouping); the
    /// stream ends after an error.
    pub fn query_with_grouping(
        &self,
        module: &str,
        query: &str,
    ) -> impl Stream<Item = Result<Record, Error>> + Send + 'static {
        let fits = source_of(query).as_deref() == Some(module);
        let module = module.to_owned();
        let rows = self.pages_of(
            &op::QUERY_GROUPED,
            Params::new().with("module", module.as_str()),
            query,
        );
        async_stream::try_stream! {
            if !fits {
                Err(wire::refused(
                    op::QUERY_GROUPED.name(),
                    format!("The query is not one of the module {module}."),
                ))?;
            }
            for await record in rows {
                yield record?;
            }
        }
    }

    async fn page_of(
        &self,
        operation: &Operation,
        params: Params,
        query: &str,
        page: u32,
    ) -> Result<Page, Error> {
        let shape = Shape::of(query);
        if shape.limited && page > 0 {
            return Err(wire::refused(
                operation.name(),
                "A query with its own limit has one page.",
            )
            .help("Leave the limit out, or ask for page 0."));
        }
        let mut params = params.with("query", shape.text);
        if !shape.limited {
            params = params.with("page", page.to_string());
        }
        Page::read(operation.name(), &self.run(operation, params).await?)
    }

    fn pages_of(
        &self,
        operation: &'static Operation,
        params: Params,
        query: &str,
    ) -> impl Stream<Item = Result<Record, Error>> + Send + 'static {
        let client = self.clone();
        let query = query.to_owned();
        async_stream::try_stream! {
            let mut seen = HashSet::new();
            let mut page = 0_u32;
            loop {
                let answer = client.page_of(operation, params.clone(), &query, page).await?;
                let next = answer.next_page;
                let rows = super::list::fresh(
                    operation.name(),
                    answer.records,
                    PAGE,
                    page == 0,
                    next.is_some(),
                    |record| match record.id() {
                        Some(id) => seen.insert(id),
                        None => true,
                    },
                )?;
                for record in rows {
                    yield record;
                }
                match next {
                    Some(next) if next > page => page = next,
                    Some(next) => Err(Error::new(
                        ErrorKind::Decode,
                        format!("The server names page {next} as the one after page {page}."),
                    )
                    .operation(format!("mobile.{}", operation.name())))?,
                    None => break,
                }
            }
        }
    }
}

/// The module behind `from`, outside of literals.
fn source_of(query: &str) -> Option<String> {
    let mut outside = String::with_capacity(query.len());
    for (at, part) in query.split('\'').enumerate() {
        outside.push_str(if at % 2 == 0 { part } else { " " });
    }
    let mut words = outside.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.find(|word| word.eq_ignore_ascii_case("from"))?;
    words.find(|word| !word.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_found_outside_of_literals_only() {
        let limited = |query: &str| Shape::of(query).limited;
        assert!(limited("select * from Contacts limit 3"));
        assert!(limited("SELECT * FROM Contacts LIMIT 5,3 ;"));
        assert!(!limited(
            "select * from Contacts where lastname = 'no limit 3';"
        ));
        assert!(!limited("select limit_x from Contacts"));
        assert!(!limited(
            "select * from Contacts where lastname = 'O''Brien limit'"
        ));
    }

    #[test]
    fn only_a_query_with_a_limit_ends_in_a_semicolon() {
        assert_eq!(
            Shape::of("select * from Contacts limit 3").text,
            "select * from Contacts limit 3;"
        );
        assert_eq!(
            Shape::of(" select * from Contacts ; ").text,
            "select * from Contacts"
        );
    }

    #[test]
    fn the_module_of_a_query_is_found() {
        assert_eq!(
            source_of("select a, b FROM\n Contacts where x = 'from Leads'").as_deref(),
            Some("Contacts")
        );
        assert_eq!(source_of("select 1"), None);
    }
}
