//! Walking the changes by `sync`.

use api_core::{Error, Timestamp};

use super::seen::Seen;
use super::token::{Place, seconds_of};
use super::{ChangePage, ChangeSource, ChangesMode, Reader};
use crate::probe::SyncSupport;
use crate::query::civil;
use crate::sync::{SyncScope, SyncToken, is_dead};

/// What comes next of a walk by `sync`.
pub(super) enum Step {
    /// A page.
    Page(ChangePage),
    /// `sync` cannot be used: read on by a query, from a place reached
    /// meanwhile where there is one.
    GoOnByQuery(Option<Place>),
}

/// A walk by `sync`.
pub(super) struct SyncWalk {
    scope: SyncScope,
    /// `sync` is used whatever it shows.
    strict: bool,
    /// It is not known yet whether other users' records show.
    untold: bool,
    ask: SyncToken,
    /// The second up to which everything was read.
    reached: SyncToken,
    begin: SyncToken,
    /// The newest `modifiedtime`, as the server writes it.
    text: Option<String>,
    /// The first second that may not have been over when it was read: the next
    /// stream begins there.
    hot: Option<(SyncToken, Option<String>)>,
    seen: Seen,
}

impl SyncWalk {
    /// Begins; `None` where a query must take the place of `sync`.
    pub(super) async fn begin(reader: &Reader, mode: ChangesMode) -> Result<Option<Self>, Error> {
        let strict = mode == ChangesMode::Sync;
        let (support, scope) = if strict {
            (SyncSupport::All, SyncScope::Own)
        } else {
            reader.client.sync_found(&reader.module).await?
        };
        let untold = match support {
            SyncSupport::All => false,
            SyncSupport::Untold => true,
            SyncSupport::OwnOnly | SyncSupport::Unusable { .. } => return Ok(None),
        };
        let zone = reader.client.time_zone();
        let (reached, text) = match reader.since.place() {
            Place::Start(at) => (SyncToken::after(*at), None),
            Place::Sync { second, text } => (*second, text.clone()),
            Place::Query { text, .. } => (
                SyncToken::after(Timestamp::from_civil(text, zone)?),
                Some(text.clone()),
            ),
        };
        let civil = civil(Timestamp::from_seconds(reached.as_seconds()), zone);
        let settled =
            reader.since.is_settled() && matches!(reader.since.place(), Place::Sync { .. });
        Ok(Some(Self {
            scope,
            strict,
            untold,
            ask: reached.earlier(reader.back(settled, Some(&civil))),
            reached,
            begin: reached,
            text,
            hot: None,
            seen: Seen::of(&reader.since),
        }))
    }

    /// The next page.
    pub(super) async fn next(&mut self, reader: &Reader) -> Result<Step, Error> {
        let client = &reader.client;
        let ask = || client.sync_page_of(&reader.module, self.ask, self.scope);
        let mut asked = ask().await;
        if matches!(&asked, Err(error) if is_dead(error)) {
            // It worked a moment ago. A query tells of no deletions, so once is not enough to
            // give `sync` up for an hour.
            asked = ask().await;
        }
        let page = match asked {
            Ok(page) => page,
            Err(error) if !self.strict && is_dead(&error) => {
                client.sync_died(&reader.module, &error);
                return Ok(Step::GoOnByQuery(self.safe_place()));
            }
            Err(error) => return Err(error),
        };
        self.ask = page.last;
        self.reached = self.reached.max(page.last);
        let newest = page
            .updated
            .iter()
            .map(|record| record.text("modifiedtime"))
            .filter(|text| seconds_of(text).is_some())
            .max();
        if let Some(newest) = newest {
            reader.check_zone(&newest, page.last);
            if self.text.as_deref().is_none_or(|max| *max < *newest) {
                self.text = Some(newest.into_owned());
            }
        }
        let updated = self.seen.fresh_records(page.updated);
        let deleted = self.seen.fresh_deletions(page.deleted);
        if page.more && self.hot.is_none() && reader.is_hot(self.reached.as_seconds()) {
            self.hot = Some((self.reached, self.text.clone()));
        }
        if self.hot.is_none() && reader.is_future(self.reached.as_seconds()) {
            // Somebody's clock was wrong: what changes next is dated before.
            let now = SyncToken::seconds(reader.server_now());
            self.hot = Some((now, Some(reader.now_text())));
        }
        self.forget(reader);
        if page.more {
            return Ok(Step::Page(ChangePage {
                updated,
                deleted,
                next: self.between(reader),
                source: ChangeSource::Sync,
                more: true,
            }));
        }
        if self.untold {
            // Somebody else's first record may have come meanwhile.
            let support = client.sync_support(&reader.module).await?;
            if matches!(support, SyncSupport::OwnOnly | SyncSupport::Unusable { .. }) {
                return Ok(Step::GoOnByQuery(None));
            }
        }
        let moved = self.reached > self.begin || matches!(reader.since.place(), Place::Start(_));
        let next = reader.at_end(self.place(), moved, &self.seen);
        Ok(Step::Page(ChangePage {
            updated,
            deleted,
            next,
            source: ChangeSource::Sync,
            more: false,
        }))
    }

    fn place(&self) -> Place {
        let (second, text) = match &self.hot {
            Some((second, text)) => (*second, text.clone()),
            None => (self.reached, self.text.clone()),
        };
        Place::Sync { second, text }
    }

    /// While it is not known whether other users' records show, no place but
    /// the beginning is safe.
    fn between(&self, reader: &Reader) -> super::ChangeToken {
        if self.untold {
            reader.since.clone()
        } else {
            reader.between(self.place())
        }
    }

    /// Where a query may go on after `sync` died between two pages.
    fn safe_place(&self) -> Option<Place> {
        (!self.untold && self.reached > self.begin).then(|| self.place())
    }

    fn forget(&mut self, reader: &Reader) {
        let from = match &self.hot {
            Some((_, text)) => text.as_deref(),
            None => self.text.as_deref(),
        };
        let back = reader.back(false, from);
        self.seen.forget(from.and_then(seconds_of), back);
    }
}
