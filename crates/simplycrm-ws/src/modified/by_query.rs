//! Walking the changes by queries on `modifiedtime`.

use api_core::{Error, Timestamp};

use super::seen::Seen;
use super::token::{self, Place, seconds_of};
use super::{ChangePage, ChangeSource, Reader};
use crate::query::{Columns, Filter, PAGE, Query, civil, field};
use crate::rows::{header_columns, is_inventory, unreadable};
use crate::{Operation, RecordId};

/// A walk by queries: every page goes on within the second in which the one
/// before ended, so that no second is too full.
pub(super) struct QueryWalk {
    columns: Columns,
    /// Read on after this `modifiedtime`, and within it after this id.
    after: String,
    id: Option<RecordId>,
    /// The `modifiedtime` up to which everything was read.
    reached: String,
    begin: String,
    /// The first `modifiedtime` that may not have been over when it was read:
    /// the next stream begins there.
    hot: Option<String>,
    seen: Seen,
}

impl QueryWalk {
    /// Begins at a place, or where the stream does.
    pub(super) async fn begin(reader: &Reader, place: Option<Place>) -> Result<Self, Error> {
        let settled = place.is_none()
            && reader.since.is_settled()
            && matches!(reader.since.place(), Place::Query { .. });
        let place = place.unwrap_or_else(|| reader.since.place().clone());
        let zone = reader.client.time_zone();
        let (reached, id) = match place {
            Place::Start(at) => (civil(at, zone), None),
            Place::Sync {
                text: Some(text), ..
            } => (text, None),
            Place::Sync { second, text: None } => (
                civil(Timestamp::from_seconds(second.as_seconds()), zone),
                None,
            ),
            Place::Query { text, id } => (text, id),
        };
        let after = match id {
            Some(_) => reached.clone(),
            None => token::earlier(&reached, reader.back(settled, Some(&reached)))
                .unwrap_or_else(|| reached.clone()),
        };
        let columns = if is_inventory(&reader.module) {
            header_columns(&reader.client, &reader.module).await?
        } else {
            Columns::All
        };
        Ok(Self {
            columns,
            after,
            id,
            begin: reached.clone(),
            reached,
            hot: None,
            seen: Seen::of(&reader.since),
        })
    }

    fn query(&self, module: &str) -> Query {
        let newer = field("modifiedtime").gt(&self.after);
        let filter: Filter = match self.id {
            Some(id) => field("modifiedtime")
                .eq(&self.after)
                .and(field("id").gt(id))
                .or(newer),
            None => newer,
        };
        let mut query = Query::all()
            .from(module)
            .filter(filter)
            .order_by("modifiedtime")
            .order_by("id")
            .limit(PAGE);
        query.columns = self.columns.clone();
        query
    }

    /// The next page; the last one is empty.
    pub(super) async fn next(&mut self, reader: &Reader) -> Result<ChangePage, Error> {
        let rows = reader.client.query(&self.query(&reader.module)).await?;
        let more = !rows.is_empty();
        if let Some(last) = rows.last() {
            let id = last
                .id()
                .ok_or_else(|| unreadable(&Operation::QUERY, "a row without an id"))?;
            let text = last.text("modifiedtime").to_string();
            let here = (text.as_str(), id.number);
            let before = (self.after.as_str(), self.id.map_or(0, |id| id.number));
            if seconds_of(&text).is_none() || here <= before {
                return Err(unreadable(
                    &Operation::QUERY,
                    "rows that are not in the order of `modifiedtime`; it would never end",
                ));
            }
            if self.reached < text {
                self.reached.clone_from(&text);
            }
            self.after = text;
            self.id = Some(id);
            reader.check_clock(&self.after);
            if self.hot.is_none() {
                self.hot = reader.hot_text(&self.after);
            }
        }
        let updated = self.seen.fresh_records(rows);
        let from = self.hot.as_ref().unwrap_or(&self.reached);
        self.seen
            .forget(seconds_of(from), reader.back(false, Some(from)));
        let next = if more {
            reader.between(match &self.hot {
                Some(text) => Place::Query {
                    text: text.clone(),
                    id: None,
                },
                None => Place::Query {
                    text: self.after.clone(),
                    id: self.id,
                },
            })
        } else {
            let moved = self.reached > self.begin
                || !matches!(reader.since.place(), Place::Query { id: None, .. });
            let place = Place::Query {
                text: from.clone(),
                id: None,
            };
            reader.at_end(place, moved, &self.seen)
        };
        Ok(ChangePage {
            updated,
            deleted: Vec::new(),
            next,
            source: ChangeSource::Query,
            more,
        })
    }
}
