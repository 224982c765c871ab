//! Lists that give pages of their own size, whatever they are asked for.

use api_core::{Error, Json};

use super::seen::{Seen, keys};
use super::walk::{FAR, PASSES, Page, Source};
use super::window::Window;
use crate::warning::Warning;

/// A walk page by page; where rows moved meanwhile, it reads again.
///
/// When the number of entries changes between two pages, the one before is read
/// again at once. A list that does not tell that number is read twice, and any
/// list on which rows moved until nothing new shows, three times at most.
#[derive(Debug)]
pub(crate) struct Plain {
    page: u64,
    pass: u32,
    total: Option<u64>,
    /// Whether rows moved in this pass, or may have.
    drift: bool,
    /// Whether this pass showed rows that were new.
    found: bool,
    /// The page before is to be read again.
    again: bool,
}

impl Default for Plain {
    fn default() -> Self {
        Self {
            page: 1,
            pass: 1,
            total: None,
            drift: false,
            found: false,
            again: false,
        }
    }
}

impl Plain {
    /// Goes on behind a first page that was read.
    pub(crate) fn behind_first(total: Option<u64>) -> Self {
        Self {
            page: 2,
            total,
            ..Self::default()
        }
    }

    /// Reads one page: what was new, and whether that was the end.
    pub(crate) async fn next<S: Source>(
        &mut self,
        source: &S,
        per_page: u32,
        seen: &mut Seen,
    ) -> Result<(Vec<Json>, bool), Error> {
        if std::mem::take(&mut self.again) {
            let page = self
                .read(source, self.page.saturating_sub(2).max(1), per_page)
                .await?;
            let keys = keys(&page.rows);
            let fresh = seen.sift(page.rows, &keys, 0);
            self.found |= !fresh.is_empty();
            return Ok((fresh, false));
        }
        let number = self.page;
        let page = self.read(source, number, per_page).await?;
        let keys = keys(&page.rows);
        if number > 1 && seen.is_front(&keys) {
            let far = self.read(source, FAR, per_page).await?;
            if seen.is_front(&super::seen::keys(&far.rows)) {
                // It gives the same page whichever is asked for.
                return Ok((Vec::new(), true));
            }
        }
        let known = keys.first().is_some_and(|key| seen.knows(key));
        let total = page.meta.total_entries;
        // A row that is known at the front of a page was moved there by others
        // before it; a list that does not tell its entries may always have moved.
        self.drift |= number > 1 && (known || total.is_none());
        let changed = number > 1 && total != self.total;
        if changed {
            self.drift = true;
            self.again = true;
        }
        self.total = total;
        let fresh = seen.sift(page.rows, &keys, 0);
        // A last page before all entries came is none.
        let told = page.meta.total_pages.is_some_and(|pages| number >= pages);
        let all = total.is_none_or(|total| total <= seen.count());
        let last = keys.is_empty() || (told && all);
        self.found |= !fresh.is_empty();
        self.page = number + 1;
        if last && self.again {
            // The page before, then a look behind the end.
            return Ok((fresh, false));
        }
        let over = last && self.over(source, seen);
        Ok((fresh, over))
    }

    async fn read<S: Source>(&self, source: &S, page: u64, per_page: u32) -> Result<Page, Error> {
        source.fetch(Window { page, per_page }, false).await
    }

    /// The end of a pass: whether it is that of the walk.
    fn over<S: Source>(&mut self, source: &S, seen: &mut Seen) -> bool {
        let again = self.drift && self.pass < PASSES && (self.pass == 1 || self.found);
        if !again {
            return true;
        }
        source.warn(Warning::Drift {
            operation: source.operation(),
            offset: 0,
        });
        *self = Self {
            pass: self.pass + 1,
            ..Self::default()
        };
        seen.begin_pass();
        false
    }
}
