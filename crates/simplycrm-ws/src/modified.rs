//! Changes of a module, by `sync` where that works and by a query where not.

use std::time::Duration;

use api_core::{Error, Timestamp};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use crate::query::civil;
use crate::sync::SyncToken;
use crate::{Client, Record, RecordId};

mod by_query;
mod by_sync;
mod seen;
mod token;

use by_query::QueryWalk;
use by_sync::{Step, SyncWalk};
use seen::Seen;
use token::Place;
pub use token::{ChangeToken, ParseTokenError};

/// How changes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ChangesMode {
    /// By `sync` where it works and shows every record, else by a query.
    #[default]
    Auto,
    /// By `sync`, whatever it shows.
    Sync,
    /// By a query on `modifiedtime`, which does not tell of deletions.
    Query,
}

/// Where a page of changes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeSource {
    /// From `sync`.
    Sync,
    /// From a query, which does not tell of deletions.
    Query,
}

/// How a stream of changes reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangesOptions {
    mode: ChangesMode,
    overlap: Duration,
}

impl Default for ChangesOptions {
    fn default() -> Self {
        Self {
            mode: ChangesMode::Auto,
            overlap: Duration::from_secs(5),
        }
    }
}

impl ChangesOptions {
    /// By `sync` or by a query, with an overlap of five seconds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how changes are read.
    #[must_use]
    pub fn mode(mut self, mode: ChangesMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets how far back a later stream reads again, at least one second.
    ///
    /// A change is dated when it is saved and visible when it is committed;
    /// what takes longer than this between the two is missed.
    #[must_use]
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap.max(Duration::from_secs(1));
        self
    }

    fn overlap_seconds(self) -> i64 {
        let whole = i64::try_from(self.overlap.as_secs()).unwrap_or(i64::MAX);
        whole.saturating_add(i64::from(self.overlap.subsec_nanos() > 0))
    }
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChangePage {
    /// Records that were made or changed; inventory records without lines.
    pub updated: Vec<Record>,
    /// Records that were deleted, and leads that were converted; none where
    /// the page came from a query.
    pub deleted: Vec<RecordId>,
    /// Where to go on once this page is dealt with.
    pub next: ChangeToken,
    /// Where the page came from.
    pub source: ChangeSource,
    /// Whether another page follows now.
    pub more: bool,
}

impl Client {
    /// Reads what changed in a module since an instant or a token, page by
    /// page, to the end of what there is now.
    ///
    /// The last page says so (`more: false`) and may be empty; its token is
    /// where the next stream begins. That one reads the last seconds again,
    /// until nothing can have been committed late, and leaves out what came
    /// already and has not changed; after a burst of more than 64 changes in
    /// those seconds they may come twice. Tokens between pages are good to go
    /// on from after a crash.
    ///
    /// A module for which `sync` dies, or shows only the user's own records, is
    /// read by a query on `modifiedtime` instead, and reported as a warning.
    /// The query is exact with any number of records in one second, and tells
    /// nothing of deletions. One page is in memory at a time.
    ///
    /// ```no_run
    /// # async fn run(client: simplycrm_ws::Client) -> Result<(), simplycrm_ws::Error> {
    /// use futures_util::TryStreamExt;
    /// use simplycrm_ws::Timestamp;
    ///
    /// let since = Timestamp::from_seconds(1_767_225_600);
    /// let mut pages = client.changes("Contacts", since);
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} changed, go on from {}", page.updated.len(), page.next);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(
        &self,
        module: &str,
        since: impl Into<ChangeToken>,
    ) -> BoxStream<'static, Result<ChangePage, Error>> {
        self.changes_with(module, since, ChangesOptions::new())
    }

    /// Reads what changed in a module, as the options say.
    pub fn changes_with(
        &self,
        module: &str,
        since: impl Into<ChangeToken>,
        options: ChangesOptions,
    ) -> BoxStream<'static, Result<ChangePage, Error>> {
        let reader = Reader {
            client: self.clone(),
            module: module.to_owned(),
            overlap: options.overlap_seconds(),
            since: since.into(),
        };
        try_stream! {
            // The login tells how far the server's clock is from ours.
            reader.client.login().await?;
            let mut begin_at = None;
            let by_sync = match options.mode {
                ChangesMode::Query => None,
                mode => SyncWalk::begin(&reader, mode).await?,
            };
            if let Some(mut walk) = by_sync {
                loop {
                    match walk.next(&reader).await? {
                        Step::Page(page) => {
                            let more = page.more;
                            yield page;
                            if !more {
                                return;
                            }
                        }
                        Step::GoOnByQuery(place) => {
                            begin_at = place;
                            break;
                        }
                    }
                }
            }
            let mut walk = QueryWalk::begin(&reader, begin_at).await?;
            loop {
                let page = walk.next(&reader).await?;
                let more = page.more;
                yield page;
                if !more {
                    return;
                }
            }
        }
        .boxed()
    }
}

/// How many seconds a second may be ahead of the server's clock as it is known.
const CLOCK_SKEW: i64 = 60;

/// How many seconds two zones can be apart.
const MOST_OF_A_ZONE: i64 = 26 * 60 * 60;

/// What a stream of changes was asked for.
struct Reader {
    client: Client,
    module: String,
    /// How many seconds are read again.
    overlap: i64,
    since: ChangeToken,
}

impl Reader {
    fn now(&self) -> i64 {
        self.client.clock().now().as_micros().div_euclid(1_000_000)
    }

    /// Whether a second of the server is so near to now that it may not be
    /// over, or that what it dates may not be committed.
    fn is_hot(&self, second: i64) -> bool {
        let now = self.server_now();
        second >= now.saturating_sub(self.overlap) && second <= now.saturating_add(CLOCK_SKEW)
    }

    /// Whether a second of the server has not come yet, so that what changes
    /// next has an earlier one.
    fn is_future(&self, second: i64) -> bool {
        second > self.server_now().saturating_add(CLOCK_SKEW)
    }

    /// Where the next stream must begin at the latest, when a datetime of the
    /// server is that near to now or is still to come.
    fn hot_text(&self, text: &str) -> Option<String> {
        let at = Timestamp::from_civil(text, self.client.time_zone()).ok()?;
        let second = at.as_micros().div_euclid(1_000_000);
        if self.is_future(second) {
            Some(self.now_text())
        } else {
            self.is_hot(second).then(|| text.to_owned())
        }
    }

    /// Now, as the server writes it.
    fn now_text(&self) -> String {
        civil(self.client.server_now(), self.client.time_zone())
    }

    fn server_now(&self) -> i64 {
        self.client.server_now().as_micros().div_euclid(1_000_000)
    }

    /// Compares the newest time of a page with the second the server gives for
    /// it: zones differ by quarters of hours, changes hardly ever do.
    fn check_zone(&self, text: &str, second: SyncToken) {
        const QUARTER: i64 = 15 * 60;
        if let Ok(at) = Timestamp::from_civil(text, self.client.time_zone()) {
            let at = at.as_micros().div_euclid(1_000_000);
            let ahead = at.saturating_sub(second.as_seconds());
            if ahead != 0 && ahead % QUARTER == 0 && ahead.abs() <= MOST_OF_A_ZONE {
                self.client.doubt_zone(ahead);
            }
        }
    }

    /// Compares a time of the server with its clock: nothing changes in the
    /// future.
    fn check_clock(&self, text: &str) {
        const TOLERANCE: i64 = 5 * 60;
        if let Ok(at) = Timestamp::from_civil(text, self.client.time_zone()) {
            let now = self.client.server_now();
            let ahead = at.as_micros().saturating_sub(now.as_micros()) / 1_000_000;
            if ahead > TOLERANCE && ahead <= MOST_OF_A_ZONE {
                self.client.doubt_zone(ahead);
            }
        }
    }

    /// How many seconds before a place to read again from; `text` is the place
    /// as the server writes it.
    ///
    /// At a time that comes twice, when clocks are put back, everything since
    /// its first coming is read again: dates do not tell the two apart.
    fn back(&self, settled: bool, text: Option<&str>) -> i64 {
        let put_back = text.map_or(0, |text| token::put_back(text, self.client.time_zone()));
        if settled && put_back == 0 {
            0
        } else {
            self.overlap.saturating_add(put_back)
        }
    }

    /// A token between two pages.
    fn between(&self, place: Place) -> ChangeToken {
        ChangeToken::new(place, Some(self.now()), false, &Seen::default())
    }

    /// The token after the last page; `moved` when it brought anything new.
    ///
    /// The seconds before a place are read again until a stream that began
    /// longer than the overlap after the place was reached finds it unmoved.
    fn at_end(&self, place: Place, moved: bool, seen: &Seen) -> ChangeToken {
        let now = self.now();
        if moved {
            return ChangeToken::new(place, Some(now), false, seen);
        }
        let reached_at = self.since.reached_at().unwrap_or(now);
        let settled = self.since.is_settled() || now.saturating_sub(reached_at) > self.overlap;
        ChangeToken::new(place, (!settled).then_some(reached_at), settled, seen)
    }
}
