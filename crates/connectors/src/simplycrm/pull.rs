//! Reading: all records once, then what changed.

use std::collections::BTreeMap;
use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use futures_util::stream::{self, StreamExt};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use simplycrm_ws::{Query, Record as Wire, RecordId as WireId, SyncSupport, SyncToken, field};
use sync_core::{Cursor, EntityKind, Page, RecordId, Unreadable};

use super::builder::ChangesMode;
use super::decode::id_of;
use super::model::Model;
use super::{SimplyCrm, find};

/// The most rows that one query answers (recorded vtiger 5.4.0 and 7.1.0 servers).
pub(super) const MAX_ROWS: usize = 100;

/// From when on something is not covered yet, in both ways in which changes are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Since {
    /// For `sync`: seconds since 1970 by the server's clock.
    epoch: i64,
    /// For a query: the server's own spelling, `YYYY-MM-DD HH:MM:SS` in its own zone.
    stamp: String,
}

impl Since {
    /// The same after a run by query, which tells of no deletions: once `sync` works again, it
    /// begins where it ended.
    fn without_sync(self, from: &Self) -> Self {
        Self {
            epoch: from.epoch,
            stamp: self.stamp,
        }
    }
}

/// Where a reading is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
enum Place {
    /// In the first listing, behind the record of this number.
    List { after: u64, start: Since },
    /// Between two runs.
    Rest { since: Since },
    /// In a run of changes by `sync`, at this token of the server.
    Sync {
        token: i64,
        from: Since,
        start: Since,
    },
    /// In a run of changes by query, behind the record of this number.
    Query {
        after: u64,
        from: Since,
        start: Since,
    },
}

impl Place {
    fn read(cursor: &Cursor) -> Result<Self, Error> {
        serde_json::from_str(cursor.as_str()).map_err(|error| {
            Error::new(ErrorKind::Internal, "The cursor is none of Simply CRM's.")
                .operation("simplycrm.pull")
                .outcome(SendOutcome::NotSent)
                .source(error)
        })
    }

    fn cursor(&self) -> Result<Cursor, Error> {
        serde_json::to_string(self)
            .map(Cursor::new)
            .map_err(|error| {
                Error::new(ErrorKind::Internal, "A cursor cannot be written.")
                    .operation("simplycrm.pull")
                    .source(error)
            })
    }
}

impl SimplyCrm {
    pub(super) async fn page(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let model = self.model(kind).await?;
        let limit = limit.clamp(1, MAX_ROWS);
        let place = match cursor {
            Some(cursor) => Place::read(cursor)?,
            None => Place::List {
                after: 0,
                start: self.start(&model).await?,
            },
        };
        match place {
            Place::List { after, start } => self.listing(&model, after, start, limit).await,
            Place::Rest { since } => {
                let start = self.start(&model).await?;
                let token = since.epoch;
                if self.syncs(&model).await? {
                    self.synced(&model, token, since, start, limit).await
                } else {
                    let start = start.without_sync(&since);
                    self.changed(&model, 0, since, start, limit).await
                }
            }
            Place::Sync { token, from, start } => {
                self.synced(&model, token, from, start, limit).await
            }
            Place::Query { after, from, start } => {
                self.changed(&model, after, from, start, limit).await
            }
        }
    }

    /// The moment from which on the next run has to read, taken before this one reads anything.
    ///
    /// The stamp is the earlier of the newest one that the server has and its present time: the
    /// first is right whatever zone the server keeps, the second whatever somebody dated to the
    /// future.
    async fn start(&self, model: &Model) -> Result<Since, Error> {
        self.inner.client.login().await?;
        let overlap = self.inner.overlap;
        let now = self.inner.client.server_now();
        let query = Query::select(["modifiedtime"])
            .from(model.module)
            .order_by_desc("modifiedtime")
            .limit(1);
        let newest = self.inner.client.query(&query).await?;
        let newest = newest
            .first()
            .and_then(|row| civil(&row.text("modifiedtime")));
        let here = now.jiff().to_zoned(self.inner.zone.clone()).datetime();
        let stamp = match newest {
            Some(newest) => back(newest.min(here), overlap),
            // Nothing is there to tell the server's zone by: everything is read next time, too.
            None => DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
        };
        let since = now.saturating_sub(overlap);
        let mut epoch = since.as_micros() / 1_000_000;
        let mut stamp = stamp;
        // What changes once the clocks have gone back has earlier stamps than what changed before.
        if let Some(low) = set_back(&self.inner.zone, since)
            && low < since.jiff().to_zoned(self.inner.zone.clone()).datetime()
        {
            stamp = stamp.min(low);
            let first = self.inner.zone.to_ambiguous_timestamp(low).earlier();
            epoch = first.map_or(epoch, |first| epoch.min(first.as_second()));
        }
        Ok(Since {
            epoch,
            stamp: stamp.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        })
    }

    async fn listing(
        &self,
        model: &Model,
        after: u64,
        start: Since,
        limit: usize,
    ) -> Result<Page, Error> {
        let query = self
            .rows_of(model)
            .filter(field("id").gt(WireId::new(model.prefix(), after)));
        let rows = self.rows(query, limit).await?;
        let last = rows.last().and_then(Wire::id).map(|id| id.number);
        let mut page = self.decoded(model, rows).await?;
        let place = match last {
            Some(after) => Place::List { after, start },
            None => Place::Rest { since: start },
        };
        page.complete = last.is_none();
        page.next = Some(place.cursor()?);
        Ok(page)
    }

    async fn changed(
        &self,
        model: &Model,
        after: u64,
        from: Since,
        start: Since,
        limit: usize,
    ) -> Result<Page, Error> {
        let query = self
            .rows_of(model)
            .filter(field("modifiedtime").ge(from.stamp.as_str()))
            .and(field("id").gt(WireId::new(model.prefix(), after)));
        let rows = self.rows(query, limit).await?;
        let last = rows.last().and_then(Wire::id).map(|id| id.number);
        let mut page = self.decoded(model, rows).await?;
        let place = match last {
            Some(after) => Place::Query { after, from, start },
            None => Place::Rest { since: start },
        };
        page.complete = last.is_none();
        page.next = Some(place.cursor()?);
        Ok(page)
    }

    async fn synced(
        &self,
        model: &Model,
        token: i64,
        from: Since,
        start: Since,
        limit: usize,
    ) -> Result<Page, Error> {
        let client = &self.inner.client;
        let since = SyncToken::seconds(token);
        let scope = client
            .sync_found(model.module)
            .await
            .map(|(_, scope)| scope);
        let answer = match scope {
            Ok(scope) => client.sync_page_of(model.module, since, scope).await,
            Err(error) => Err(error),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if self.falls_back(&error) => {
                tracing::warn!(
                    module = model.module,
                    %error,
                    "The server's sync failed; changes are found by a query instead."
                );
                let start = start.without_sync(&from);
                return self.changed(model, 0, from, start, limit).await;
            }
            Err(error) => return Err(error),
        };
        let mut rows: BTreeMap<WireId, Wire> = BTreeMap::new();
        for row in answer.updated {
            if let Some(id) = row.id().filter(|id| id.prefix == model.prefix()) {
                rows.insert(id, row);
            }
        }
        let mut page = self.decoded(model, rows.into_values().collect()).await?;
        page.deleted = answer
            .deleted
            .iter()
            .filter(|id| id.prefix == model.prefix())
            .map(|id| RecordId::new(id.to_string()))
            .collect();
        // The next run goes back behind the start of this one, so that a change in the second in
        // which a page was cut is seen again.
        let place = if answer.more {
            Place::Sync {
                token: answer.last.as_seconds(),
                from,
                start,
            }
        } else {
            Place::Rest { since: start }
        };
        page.complete = !answer.more;
        page.next = Some(place.cursor()?);
        Ok(page)
    }

    /// Whether changes are asked for by `sync`.
    async fn syncs(&self, model: &Model) -> Result<bool, Error> {
        Ok(match self.inner.changes {
            ChangesMode::Sync => true,
            ChangesMode::Query => false,
            ChangesMode::Auto => {
                let support = self.inner.client.sync_support(model.module).await?;
                // Untold: every record there is is the user's own, and is shown.
                matches!(support, SyncSupport::All | SyncSupport::Untold)
            }
        })
    }

    /// Whether a failure of `sync` lies in the operation, so that a query may do better.
    fn falls_back(&self, error: &Error) -> bool {
        self.inner.changes == ChangesMode::Auto
            && !matches!(
                error.kind(),
                ErrorKind::Auth | ErrorKind::Unavailable | ErrorKind::RateLimited
            )
    }

    /// A query for whole records; of invoices only the ids, because `*` gives each once for every
    /// line (recorded vtiger 7.1.0 server).
    pub(super) fn rows_of(&self, model: &Model) -> Query {
        let query = if model.lines {
            Query::select(["id"])
        } else {
            Query::all()
        };
        query.from(model.module)
    }

    /// Rows in the order of their ids.
    async fn rows(&self, query: Query, limit: usize) -> Result<Vec<Wire>, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let rows = self
            .inner
            .client
            .query(&query.order_by("id").limit(limit))
            .await?;
        let mut by_id: BTreeMap<WireId, Wire> = BTreeMap::new();
        for row in rows {
            if let Some(id) = row.id() {
                by_id.entry(id).or_insert(row);
            }
        }
        Ok(by_id.into_values().collect())
    }

    /// The records of rows; of invoices each is read once more, with its lines.
    pub(super) async fn decoded(&self, model: &Model, rows: Vec<Wire>) -> Result<Page, Error> {
        let mut page = Page::default();
        if !model.lines {
            for row in rows {
                self.add(model, &mut page, &row);
            }
            return Ok(page);
        }
        let ids = rows.iter().filter_map(Wire::id);
        let at_once = self.inner.capabilities.max_in_flight;
        let mut whole = stream::iter(ids.collect::<Vec<_>>())
            .map(|id| async move { (id, find::retrieved(self, model, id).await) })
            .buffered(at_once);
        while let Some((id, wire)) = whole.next().await {
            match wire {
                Ok(Some(wire)) => self.add(model, &mut page, &wire),
                // It went away between the two requests.
                Ok(None) => {}
                // One that cannot be read holds up no other.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Permission | ErrorKind::Decode | ErrorKind::Validation
                    ) =>
                {
                    page.unreadable.push(Unreadable {
                        id: RecordId::new(id.to_string()),
                        error,
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(page)
    }

    fn add(&self, model: &Model, page: &mut Page, wire: &Wire) {
        match self.inner.read(model, wire) {
            Ok(record) => page.records.push(record),
            Err(error) => page.unreadable.push(Unreadable {
                id: id_of(wire),
                error,
            }),
        }
    }
}

/// A stamp of the server as it is spelled, whatever its zone.
fn civil(text: &str) -> Option<DateTime> {
    text.trim().replacen(' ', "T", 1).parse().ok()
}

/// What the clocks of a zone show once they are changed the next time.
fn set_back(zone: &TimeZone, since: Timestamp) -> Option<DateTime> {
    let change = zone.following(since.jiff()).next()?;
    Some(change.offset().to_datetime(change.timestamp()))
}

fn back(stamp: DateTime, by: Duration) -> DateTime {
    let by = jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX);
    stamp.saturating_sub(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since() -> Since {
        Since {
            epoch: 1_772_000_000,
            stamp: "2026-02-25 06:13:20".to_owned(),
        }
    }

    #[test]
    fn a_cursor_reads_as_the_place_that_it_was_written_from() {
        for place in [
            Place::List {
                after: 7,
                start: since(),
            },
            Place::Rest { since: since() },
            Place::Sync {
                token: 5,
                from: since(),
                start: since(),
            },
            Place::Query {
                after: 9,
                from: since(),
                start: since(),
            },
        ] {
            assert_eq!(Place::read(&place.cursor().unwrap()).unwrap(), place);
        }
        for text in ["", "{}", "3/100", r#"{"at":"rest"}"#] {
            let error = Place::read(&Cursor::from(text)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal, "{text}");
        }
    }

    #[test]
    fn a_stamp_goes_back_over_midnight_and_not_before_time_began() {
        let at = civil("2026-03-01 00:00:30").unwrap();
        let earlier = back(at, Duration::from_secs(60));
        assert_eq!(earlier, civil("2026-02-28 23:59:30").unwrap());
        assert_eq!(back(DateTime::MIN, Duration::from_secs(60)), DateTime::MIN);
        assert_eq!(civil("0000-00-00 00:00:00"), None);
        assert_eq!(civil(""), None);
    }
}
