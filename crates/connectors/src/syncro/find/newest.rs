//! The marks of the newest records.
//!
//! Whether the server's search looks into custom fields is unknown, and it may be behind. A record
//! whose answer was lost is among the newest: those are read, once, and what came since is added.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use api_core::{Error, Guarded, Timestamp};
use futures_util::TryStreamExt;
use sync_core::Marker;
use syncro_client::{
    Customer, CustomerFilter, Json, List, Model, Order, Properties, Ticket, TicketFilter,
};
use tokio::sync::Mutex;

use super::super::Syncro;

/// How far back the newest go: a write in doubt is looked up in the next run.
const RECENT: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How far back what was read is read again.
const OVERLAP: Duration = Duration::from_secs(2 * 60);

/// How many older records in order prove that those before them are the newest.
const PROOF: usize = 20;

/// What is known of the newest records of one kind.
#[derive(Debug, Default)]
pub(in crate::syncro) struct Newest(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// When the newest was made that was read.
    until: Option<Timestamp>,
    by_mark: HashMap<String, BTreeSet<i64>>,
}

/// A record with custom fields.
trait Marked: Model {
    fn row(&self) -> Row<'_>;
}

impl Marked for Customer {
    fn row(&self) -> Row<'_> {
        Row {
            id: self.id.map(|id| id.get()),
            made: self.created_at,
            properties: self.properties.as_ref(),
        }
    }
}

impl Marked for Ticket {
    fn row(&self) -> Row<'_> {
        Row {
            id: self.id.map(|id| id.get()),
            made: self.created_at,
            properties: self.properties.as_ref(),
        }
    }
}

/// What is looked at of a record.
struct Row<'a> {
    id: Option<i64>,
    made: Option<Timestamp>,
    properties: Option<&'a Properties>,
}

impl Syncro {
    /// The customers among the newest that have this mark; nothing when the server does not list
    /// the newest first, so that nobody can tell.
    pub(super) async fn newest_customers(
        &self,
        marker: &Marker,
    ) -> Result<Option<Vec<i64>>, Error> {
        let filter = CustomerFilter::new()
            .include_disabled(true)
            .sort(("created_at", Order::Desc));
        let list = |_since| self.client().customers().list(&filter);
        let newest = &self.inner.models.newest_customers;
        self.marked(newest, marker, Listed::NewestFirst, list).await
    }

    /// As [`newest_customers`](Self::newest_customers), of tickets; nothing when the server leaves
    /// the filter for new ones aside.
    pub(super) async fn newest_tickets(&self, marker: &Marker) -> Result<Option<Vec<i64>>, Error> {
        let list = |since| {
            let filter = TicketFilter::new().created_after(since);
            self.client().tickets().list(&filter)
        };
        let newest = &self.inner.models.newest_tickets;
        self.marked(newest, marker, Listed::OnlyNew, list).await
    }

    /// Reads what was made since the last reading, and looks for the mark in all that is known.
    async fn marked<'c, M: Marked>(
        &self,
        newest: &Newest,
        marker: &Marker,
        listed: Listed,
        list: impl Fn(Timestamp) -> List<'c, M>,
    ) -> Result<Option<Vec<i64>>, Error> {
        // Held while it is read: what several look for at once is read once.
        let mut seen = newest.0.lock().await;
        let since = seen.since();
        let mut rows = list(since).records();
        let mut new = Vec::new();
        let mut before: Option<Timestamp> = None;
        let mut old = 0_usize;
        while let Some(row) = rows.try_next().await? {
            // One that cannot be read may be it.
            let Guarded::Good(record) = row else {
                return Ok(None);
            };
            let Some(made) = record.row().made else {
                return Ok(None);
            };
            match listed {
                Listed::OnlyNew if made < since => return Ok(None),
                Listed::NewestFirst if before.is_some_and(|before| made > before) => {
                    return Ok(None);
                }
                _ => {}
            }
            before = Some(made);
            if made >= since {
                new.push(record);
                continue;
            }
            // An old one alone proves nothing: a list in another order may begin with one.
            old += 1;
            if old >= PROOF {
                break;
            }
        }
        for record in &new {
            seen.note(&self.inner.marker_field, &record.row());
        }
        Ok(Some(seen.of(marker)))
    }
}

/// What a list gives, if the server does as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// All records, those made last first.
    NewestFirst,
    /// Those made since a moment, in any order.
    OnlyNew,
}

impl Seen {
    fn since(&self) -> Timestamp {
        match self.until {
            Some(until) => until.saturating_sub(OVERLAP),
            None => Timestamp::now().saturating_sub(RECENT),
        }
    }

    fn note(&mut self, label: &str, row: &Row<'_>) {
        self.until = self.until.max(row.made);
        let mark = row.properties.and_then(|all| all.get(label));
        if let (Some(mark), Some(id)) = (mark.and_then(Json::as_str), row.id) {
            self.by_mark
                .entry(mark.trim().to_owned())
                .or_default()
                .insert(id);
        }
    }

    fn of(&self, marker: &Marker) -> Vec<i64> {
        let ids = self.by_mark.get(marker.as_str());
        ids.into_iter().flatten().copied().collect()
    }
}
