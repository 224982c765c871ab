//! Walking a list whose rows come and go meanwhile.
//!
//! The API counts pages from the front (`page`, `per_page`) and has no cursor:
//! a row that is deleted in front moves all others back by one, and the one at
//! the border of two pages is never seen. So each request here begins some rows
//! *before* the end of what was read. When it shows a row that stood there, the
//! two pages touch and nothing lies between them; when it does not, rows have
//! gone in front, and the walk steps back until it does. Rows that come twice
//! are given once.
//!
//! It takes lists that honour `per_page`, which the size of their pages tells.
//! The others are read page by page in [`Plain`], and again where rows moved.

use api_core::{Error, ErrorKind, Json};
use async_trait::async_trait;

use super::plain::Plain;
use super::seen::{Seen, keys};
use super::window::Window;
use crate::envelope::Meta;
use crate::error::SLOW;
use crate::warning::Warning;

/// How many rows a window shows again.
const OVERLAP: u64 = 2;

/// How many it shows again where pages are small.
const OVERLAP_OF_SMALL: u64 = 1;

/// The pages that are small.
const SMALL: u32 = 10;

/// The smallest pages that are asked for when the server is slow.
const LEAST: u32 = 5;

/// No server gives fewer rows than these where there are more (assumed).
const FEWEST: u32 = 3;

/// A page that no list has.
pub(crate) const FAR: u64 = 1_000_000_000;

/// How many requests in a row may show nothing new, besides those that it takes
/// to read again all that was read.
const FRUITLESS: u64 = 100;

/// How often the walk may be thrown back to the front before the list is taken
/// for one that does not honour `per_page`.
const THROWN_BACK: u32 = 10;

/// How often a list is read at most when rows moved meanwhile.
pub(crate) const PASSES: u32 = 3;

/// One page as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Json>,
    pub(crate) meta: Meta,
}

/// Where pages come from.
#[async_trait]
pub(crate) trait Source: Send + Sync {
    /// Reads one page. `shrinkable` says that a time-out of the server is told
    /// at once, by [`is_slow`], and not tried again.
    async fn fetch(&self, window: Window, shrinkable: bool) -> Result<Page, Error>;

    /// Takes note of what deserves to be known.
    fn warn(&self, warning: Warning);

    /// The name of the operation.
    fn operation(&self) -> &'static str;
}

/// Whether a page took the server too long.
fn is_slow(error: &Error) -> bool {
    error.code_str() == Some(SLOW) && error.kind() == ErrorKind::TooLarge
}

#[derive(Debug)]
enum State {
    /// Nothing was read.
    Begin,
    /// Windows that overlap.
    Windows(Windows),
    /// The list gives pages of its own size.
    Plain(Plain),
    End,
}

/// How far a walk by windows is.
#[derive(Debug, Clone, Copy, Default)]
struct Windows {
    /// Behind this place nothing was read.
    end: u64,
    /// By how many rows the next window begins before `end`, because the one
    /// before did not touch.
    back: u64,
    /// The number of entries that the list told last.
    total: Option<u64>,
}

/// A walk through a list.
#[derive(Debug)]
pub(crate) struct Walk<S> {
    source: S,
    per_page: u32,
    seen: Seen,
    state: State,
    fruitless: u64,
    thrown_back: u32,
    /// Rows moved in front of the end without others being added.
    moved: bool,
    pass: u32,
    /// Whether this pass showed rows that were new.
    found: bool,
    /// Whether the server gives no more rows than `per_page`.
    capped: bool,
}

impl<S: Source> Walk<S> {
    pub(crate) fn new(source: S, per_page: u32) -> Self {
        Self {
            source,
            per_page: per_page.max(1),
            seen: Seen::default(),
            state: State::Begin,
            fruitless: 0,
            thrown_back: 0,
            moved: false,
            pass: 1,
            found: false,
            capped: false,
        }
    }

    /// Reads on; `None` at the end. Each row comes once, and none where a page
    /// showed nothing new.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Json>>, Error> {
        let read = match &mut self.state {
            State::End => return Ok(None),
            State::Begin => self.begin().await,
            State::Windows(windows) => {
                let windows = *windows;
                self.window(windows).await
            }
            State::Plain(plain) => {
                let page = plain.next(&self.source, self.per_page, &mut self.seen);
                let (fresh, over) = page.await?;
                if over {
                    self.state = State::End;
                }
                Ok(fresh)
            }
        };
        let fresh = match read {
            Err(error) if is_slow(&error) => {
                self.shrink();
                Vec::new()
            }
            read => read?,
        };
        self.progress(&fresh)?;
        Ok(Some(fresh))
    }

    /// Whether the server may be asked for shorter pages still.
    fn shrinkable(&self) -> bool {
        self.per_page > LEAST
    }

    fn shrink(&mut self) {
        self.per_page = (self.per_page / 2).max(LEAST);
        self.source.warn(Warning::PagesShrunk {
            operation: self.source.operation(),
            per_page: self.per_page,
        });
    }

    /// Ends a walk that gets nowhere.
    fn progress(&mut self, fresh: &[Json]) -> Result<(), Error> {
        if !fresh.is_empty() {
            self.fruitless = 0;
            self.found = true;
            return Ok(());
        }
        self.fruitless += 1;
        let once = self.seen.count() / u64::from(self.per_page);
        if self.fruitless > FRUITLESS.saturating_add(once.saturating_mul(4)) {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "The list changes faster than it can be read.",
            )
            .operation(self.source.operation()));
        }
        Ok(())
    }

    async fn begin(&mut self) -> Result<Vec<Json>, Error> {
        let shrinkable = self.shrinkable();
        let page = self
            .source
            .fetch(Window::first(self.per_page), shrinkable)
            .await?;
        let keys = keys(&page.rows);
        let count = length(&keys);
        let asked = u64::from(self.per_page);
        self.state = match page.meta.total_pages {
            _ if count == 0 => State::End,
            Some(pages) if pages <= 1 && page.meta.total_entries.is_none_or(|all| all <= count) => {
                State::End
            }
            _ if count > asked => State::Plain(Plain::behind_first(page.meta.total_entries)),
            _ => {
                // Fewer than asked for: all there is, the list's own length, or
                // the most that it gives. The next window tells which.
                self.give_at_most(page.meta.per_page.unwrap_or(count).min(count));
                State::Windows(Windows {
                    end: count,
                    back: 0,
                    total: page.meta.total_entries,
                })
            }
        };
        Ok(self.seen.sift(page.rows, &keys, 0))
    }

    fn give_at_most(&mut self, rows: u64) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX).max(FEWEST);
        self.capped |= rows < self.per_page;
        self.per_page = rows.min(self.per_page);
    }

    /// One window across the end of what was read.
    async fn window(&mut self, at: Windows) -> Result<Vec<Json>, Error> {
        let (window, across) = self.next_window(at);
        let page = self.source.fetch(window, self.shrinkable()).await?;
        let keys = keys(&page.rows);
        let count = length(&keys);
        let (start, asked) = (window.start(), u64::from(window.per_page));
        let told = page.meta.per_page.is_some_and(|size| size != asked);
        if count > asked || (told && count != asked) {
            self.plain();
            return Ok(Vec::new());
        }
        if start > 0 && self.seen.is_front(&keys) && self.ignores_pages(window).await? {
            self.state = State::End;
            return Ok(Vec::new());
        }
        if across && start > 0 && !self.seen.touches(&keys, at.back > 0) {
            let back = at.back.saturating_mul(2).max(asked);
            self.source.warn(Warning::Drift {
                operation: self.source.operation(),
                offset: at.end.saturating_sub(back),
            });
            self.state = State::Windows(Windows { back, ..at });
            return Ok(Vec::new());
        }
        if start == 0 && at.back > 0 {
            self.thrown_back += 1;
            if self.thrown_back >= THROWN_BACK {
                self.plain();
                return Ok(Vec::new());
            }
        }
        // What lies between two pages that do not overlap nobody knows.
        self.moved |= !across;
        let total = page.meta.total_entries;
        self.notice_moves(at, start, &keys, total);
        let fresh = self.seen.sift(page.rows, &keys, start);
        let more = page.meta.total_pages.map(|pages| pages > window.page);
        let over = match more {
            // A full last page of a list that changed: one more look behind it, and
            // so before all entries came.
            Some(more) => {
                let all = total.is_none_or(|total| total <= self.seen.count());
                !more && (count < asked || total == at.total) && (all || fresh.is_empty())
            }
            // A short page of a list that tells nothing may hide rows.
            None => count < asked && fresh.is_empty(),
        };
        self.state = if over {
            self.over()
        } else {
            // A page that is short although more follow hides rows.
            let hides = more == Some(true);
            State::Windows(Windows {
                end: if hides {
                    window.reach()
                } else {
                    start.saturating_add(count)
                },
                back: 0,
                total,
            })
        };
        Ok(fresh)
    }

    /// Whether the list gives its first page whichever is asked for.
    async fn ignores_pages(&self, window: Window) -> Result<bool, Error> {
        let far = Window {
            page: FAR,
            ..window
        };
        let page = self.source.fetch(far, false).await?;
        Ok(self.seen.is_front(&keys(&page.rows)))
    }

    /// The window to read next, and whether it overlaps what was read.
    fn next_window(&self, at: Windows) -> (Window, bool) {
        let end = at.end.saturating_sub(at.back);
        let overlap = if self.per_page <= SMALL {
            OVERLAP_OF_SMALL
        } else {
            OVERLAP
        };
        match Window::across(end, overlap, self.per_page) {
            Some(window) => (window, true),
            None if self.capped => (Window::behind(end, self.per_page), false),
            None => (Window::longer_across(end, self.per_page), true),
        }
    }

    /// Begins again, page by page.
    fn plain(&mut self) {
        self.seen.begin_pass();
        self.state = State::Plain(Plain::default());
    }

    /// Notices rows that came in front of the end. Where the list has not grown
    /// by as many, some of them stood behind it before and were not read. After
    /// stepping back nobody can tell.
    fn notice_moves(&mut self, at: Windows, start: u64, keys: &[String], now: Option<u64>) {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let grown = match (at.total, now) {
            (Some(before), Some(now)) => signed(now).saturating_sub(signed(before)),
            _ => 0,
        };
        let moved_on = self.seen.moved_on(keys, start);
        self.moved |= at.back > 0 || moved_on.is_some_and(|rows| rows > grown);
    }

    /// The end of a pass: another one where rows moved past what was read,
    /// until one shows nothing new.
    fn over(&mut self) -> State {
        let again = self.moved && self.pass < PASSES && (self.pass == 1 || self.found);
        if !again {
            return State::End;
        }
        self.moved = false;
        self.found = false;
        self.pass += 1;
        self.seen.begin_pass();
        self.source.warn(Warning::Drift {
            operation: self.source.operation(),
            offset: 0,
        });
        State::Windows(Windows::default())
    }
}

fn length(keys: &[String]) -> u64 {
    u64::try_from(keys.len()).unwrap_or(u64::MAX)
}
