//! Pages of one query or several, merged by id.

use std::cmp::Ordering;
use std::collections::VecDeque;

use api_core::Error;

use super::{KEYSET, paged, unreadable};
use crate::operation::Operation;
use crate::query::{Filter, Operator, PAGE, Query, split};
use crate::{Client, Record, RecordId};

/// One of the queries that a long one was split into.
struct Source {
    query: Query,
    last: Option<RecordId>,
    /// The id after which nothing comes, where the query says so itself.
    until: Option<u64>,
    rows: VecDeque<(RecordId, Record)>,
    done: bool,
}

/// Queries whose rows are merged by id.
pub(super) struct Merge {
    sources: Vec<Source>,
    descending: bool,
    left: Option<u32>,
    latest: Option<RecordId>,
}

impl Merge {
    pub(super) async fn new(
        client: &Client,
        query: Query,
        until: Option<u64>,
    ) -> Result<Self, Error> {
        let mut query = paged(client, query).await?;
        let left = query.limit.take();
        query.order = vec!["id".to_owned()];
        query.limit = Some(left.map_or(PAGE, |rows| rows.min(PAGE)));
        client.check_fields(&query)?;
        let sources = split(&query, client.room(), KEYSET)?
            .into_iter()
            .map(|query| Source {
                query,
                last: None,
                until,
                rows: VecDeque::new(),
                done: false,
            })
            .collect();
        Ok(Self {
            sources,
            descending: query.descending,
            left,
            latest: None,
        })
    }

    /// The next row; a row that several queries find comes once.
    pub(super) async fn next(&mut self, client: &Client) -> Result<Option<Record>, Error> {
        loop {
            if self.left == Some(0) {
                return Ok(None);
            }
            for source in &mut self.sources {
                source.fill(client).await?;
            }
            let descending = self.descending;
            let ahead = |id: &RecordId| {
                if descending {
                    u64::MAX - id.number
                } else {
                    id.number
                }
            };
            let nearest = self
                .sources
                .iter_mut()
                .filter(|source| !source.rows.is_empty())
                .min_by_key(|source| source.rows.front().map(|(id, _)| ahead(id)));
            let Some((id, record)) = nearest.and_then(|source| source.rows.pop_front()) else {
                return Ok(None);
            };
            if self.latest == Some(id) {
                continue;
            }
            self.latest = Some(id);
            if let Some(left) = &mut self.left {
                *left -= 1;
            }
            return Ok(Some(record));
        }
    }
}

impl Source {
    /// Fetches the next page when there is none at hand.
    async fn fill(&mut self, client: &Client) -> Result<(), Error> {
        if self.done || !self.rows.is_empty() {
            return Ok(());
        }
        let mut query = self.query.clone();
        let beyond = if query.descending {
            Operator::Lt
        } else {
            Operator::Gt
        };
        if let Some(last) = self.last {
            query.filter = Some(Filter::within(query.filter.as_ref(), &[(beyond, last)])?);
        }
        let rows = client.send_query(&query.build()?).await?;
        if rows.is_empty() {
            self.done = true;
            return Ok(());
        }
        for record in rows {
            let id = record
                .id()
                .ok_or_else(|| unreadable(&Operation::QUERY, "a row without an id"))?;
            let step = self.last.map_or(Ordering::Greater, |last| match beyond {
                Operator::Lt => last.number.cmp(&id.number),
                _ => id.number.cmp(&last.number),
            });
            match step {
                Ordering::Greater => {
                    self.last = Some(id);
                    self.rows.push_back((id, record));
                }
                // The same record once more: a row for each of its lines.
                Ordering::Equal => {}
                Ordering::Less => {
                    return Err(unreadable(
                        &Operation::QUERY,
                        "rows that are not in the order of their ids; some would be left out",
                    ));
                }
            }
        }
        self.done = self.until.is_some() && self.last.map(|id| id.number) == self.until;
        if self.rows.is_empty() {
            return Err(unreadable(
                &Operation::QUERY,
                "the same rows for the next page; it would never end",
            ));
        }
        Ok(())
    }
}
