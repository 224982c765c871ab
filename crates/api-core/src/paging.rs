//! The paging loop, written once.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};

use crate::error::{Error, ErrorKind};

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The records, in the remote's order.
    pub records: Vec<T>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// Creates a page.
    #[must_use]
    pub fn new(records: Vec<T>, next: Option<C>) -> Self {
        Self { records, next }
    }
}

/// A stream of pages; [`records`](Self::records) flattens it.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<'a, T, C> {
    inner: BoxStream<'a, Result<Page<T, C>, Error>>,
}

impl<T, C> fmt::Debug for Pages<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<'a, T: Send + 'a, C: Send + 'a> Pages<'a, T, C> {
    /// Returns the records of all pages as one stream.
    ///
    /// One page is in memory at a time. After an error the stream ends.
    #[must_use]
    pub fn records(self) -> BoxStream<'a, Result<T, Error>> {
        self.inner
            .map_ok(|page| stream::iter(page.records.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }
}

impl<T, C> Stream for Pages<'_, T, C> {
    type Item = Result<Page<T, C>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.as_mut().poll_next(context)
    }
}

/// Walks a listing from `first` on, page by page, as the stream is polled.
///
/// A remote that names a cursor twice would be read forever; that is an error
/// instead. An empty page with a next cursor is followed: some remotes filter
/// after they cut pages. After an error the stream ends.
///
/// ```
/// use api_core::paging::{Page, paginate};
/// use futures_util::TryStreamExt;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let pages = paginate(0, |from: u32| async move {
///     Ok(Page::new(vec![from, from + 1], (from < 4).then_some(from + 2)))
/// });
/// let all: Vec<u32> = pages.records().try_collect().await?;
/// assert_eq!(all, [0, 1, 2, 3, 4, 5]);
/// # Ok::<(), api_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn paginate<'a, T, C, F, Fut>(first: C, fetch: F) -> Pages<'a, T, C>
where
    T: Send + 'a,
    C: Clone + Eq + Hash + fmt::Debug + Send + 'a,
    F: FnMut(C) -> Fut + Send + 'a,
    Fut: Future<Output = Result<Page<T, C>, Error>> + Send + 'a,
{
    struct State<C, F> {
        next: Option<C>,
        seen: HashSet<C>,
        fetch: F,
    }
    let state = State {
        next: Some(first),
        seen: HashSet::new(),
        fetch,
    };
    let inner = stream::try_unfold(state, |mut state| async move {
        let Some(cursor) = state.next.take() else {
            return Ok(None);
        };
        state.seen.insert(cursor.clone());
        let page = (state.fetch)(cursor).await?;
        if let Some(next) = &page.next {
            if state.seen.contains(next) {
                return Err(Error::new(
                    ErrorKind::Decode,
                    format!(
                        "The listing names the cursor {} twice; it would never end.",
                        crate::redact::cap_chars(&format!("{next:?}"), 80)
                    ),
                )
                .help("Report this to the remote's maker; nothing of this page was used."));
            }
            state.next = Some(next.clone());
        }
        Ok(Some((page, state)))
    })
    .boxed();
    Pages { inner }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_cursor_seen_twice_ends_the_walk_with_an_error() {
        let calls = AtomicU32::new(0);
        let pages = paginate(1_u32, |from| {
            calls.fetch_add(1, Ordering::SeqCst);
            async move {
                Ok(Page::new(
                    vec![from],
                    Some(if from == 3 { 2 } else { from + 1 }),
                ))
            }
        });
        let all: Vec<Result<u32, Error>> = pages.records().collect().await;
        assert_eq!(all.len(), 3);
        let error = all.into_iter().last().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(calls.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_page_that_names_itself_is_caught_at_once() {
        let pages = paginate(
            "a",
            |from| async move { Ok(Page::new(vec![()], Some(from))) },
        );
        let all: Vec<_> = pages.collect().await;
        assert_eq!(all.len(), 1);
        assert!(all[0].is_err());
    }

    #[tokio::test]
    async fn an_empty_page_in_the_middle_is_followed() {
        let pages = paginate(0_u32, |from| async move {
            let records = if from == 1 { vec![] } else { vec![from] };
            Ok(Page::new(records, (from < 2).then_some(from + 1)))
        });
        let all: Vec<u32> = pages.records().try_collect().await.unwrap();
        assert_eq!(all, [0, 2]);
    }

    #[tokio::test]
    async fn an_error_ends_the_stream_and_later_pages_are_not_fetched() {
        let calls = AtomicU32::new(0);
        let pages = paginate(0_u32, |from| {
            calls.fetch_add(1, Ordering::SeqCst);
            async move {
                if from == 1 {
                    return Err(Error::new(ErrorKind::Unavailable, "down"));
                }
                Ok(Page::new(vec![from], Some(from + 1)))
            }
        });
        let all: Vec<_> = pages.records().collect().await;
        assert_eq!(all.len(), 2);
        assert!(all[1].is_err());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn pages_are_fetched_only_as_they_are_asked_for() {
        let calls = AtomicU32::new(0);
        let mut pages = paginate(0_u32, |from| {
            calls.fetch_add(1, Ordering::SeqCst);
            async move { Ok(Page::new(vec![from], Some(from + 1))) }
        });
        pages.next().await.unwrap().unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}
