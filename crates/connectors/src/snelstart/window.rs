//! Paging by `$skip` over a list that changes meanwhile.
//!
//! Each page begins with the last rows of the page before. While one of them is still there,
//! nothing has slipped between the two; where none is, the reading goes back a page.

use std::collections::HashSet;
use std::future::Future;

use api_core::{Error, Guarded};
use serde::{Deserialize, Serialize};

/// How many rows of a page are read once more with the next one.
const OVERLAP: usize = 8;
/// The most rows of a page (vendor documentation).
const MAX_ROWS: usize = 500;
/// How often a reading goes back for rows that may have slipped through.
const MAX_BACK: u8 = 3;

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Window {
    /// How many rows lie before the next one.
    skip: usize,
    /// The ids of the last rows before it.
    last: Vec<String>,
    /// How often the reading went back since it was farther than ever.
    #[serde(default)]
    back: u8,
    /// The farthest place so far.
    #[serde(default)]
    far: usize,
}

/// What a turn of the page brought.
#[derive(Debug)]
pub(super) struct Turned<M> {
    /// Rows that were not on the page before.
    pub(super) rows: Vec<Guarded<M>>,
    /// The place behind them.
    pub(super) next: Window,
    /// Whether the list is at its end.
    pub(super) complete: bool,
}

impl Window {
    /// Reads about `limit` rows on; `read` takes how many rows at most, and how many to skip, and
    /// gives what the server sent, unfiltered.
    pub(super) async fn turn<M, F>(
        mut self,
        limit: usize,
        id: impl Fn(&M) -> Option<String>,
        mut read: impl FnMut(usize, usize) -> F,
    ) -> Result<Turned<M>, Error>
    where
        F: Future<Output = Result<Vec<Guarded<M>>, Error>>,
    {
        let id = |row: &Guarded<M>| match row {
            Guarded::Good(record) => id(record),
            Guarded::Bad(bad) => bad.id.clone(),
        };
        loop {
            let again = self.last.len().min(self.skip);
            let top = (limit.max(1) + again).min(MAX_ROWS);
            let from = self.skip - again;
            let rows = read(top, from).await?;
            let seen: HashSet<&str> = self.last.iter().map(String::as_str).collect();
            let joins = rows
                .iter()
                .rposition(|row| id(row).is_some_and(|id| seen.contains(id.as_str())));
            if joins.is_none() && !seen.is_empty() && self.back < MAX_BACK && from > 0 {
                // Rows before this place went away, more than are read twice.
                self.back += 1;
                self.skip = from.saturating_sub(MAX_ROWS - OVERLAP) + again;
                continue;
            }
            if joins.is_none() && !seen.is_empty() {
                tracing::warn!(
                    "A list of SnelStart changes faster than it is read; what slipped through is \
                     read by the next run."
                );
            }
            let received = rows.len();
            let known = joins.map_or(0, |at| at + 1);
            let last = rows.iter().rev().take(OVERLAP).filter_map(id).collect();
            let fresh: Vec<Guarded<M>> = rows.into_iter().skip(known).collect();
            let skip = from + received;
            // Only what gets on may go back again: a list that never stands still has an end, too.
            let gets_on = skip > self.far;
            return Ok(Turned {
                complete: fresh.is_empty(),
                rows: fresh,
                next: Window {
                    skip,
                    last,
                    back: if gets_on { 0 } else { self.back },
                    far: self.far.max(skip),
                },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A list of numbers; `change` happens to it before each reading.
    async fn read_all(
        list: Vec<u32>,
        limit: usize,
        cap: usize,
        change: impl Fn(usize, &mut Vec<u32>),
    ) -> (Vec<u32>, usize) {
        let list = Mutex::new(list);
        let reads = Mutex::new(0);
        let mut window = Window::default();
        let mut all = Vec::new();
        loop {
            let turned = window
                .turn(
                    limit,
                    |row: &u32| Some(row.to_string()),
                    |top, skip| {
                        let mut list = list.lock().unwrap();
                        let mut reads = reads.lock().unwrap();
                        *reads += 1;
                        change(*reads, &mut list);
                        let rows: Vec<_> = list.iter().skip(skip).take(top.min(cap)).collect();
                        let rows = rows.into_iter().map(|row| Guarded::Good(*row)).collect();
                        async move { Ok(rows) }
                    },
                )
                .await
                .unwrap();
            all.extend(turned.rows.into_iter().filter_map(|row| match row {
                Guarded::Good(row) => Some(row),
                Guarded::Bad(_) => None,
            }));
            window = turned.next;
            if turned.complete {
                return (all, *reads.lock().unwrap());
            }
        }
    }

    #[tokio::test]
    async fn every_row_comes_once_whatever_the_size_of_the_pages() {
        let list: Vec<u32> = (0..1_000).collect();
        for (limit, cap) in [
            (500, 500),
            (7, 500),
            (1, 500),
            (500, 25),
            (3, 25),
            (999, 500),
        ] {
            let (rows, _) = read_all(list.clone(), limit, cap, |_, _| {}).await;
            assert_eq!(rows, list, "{limit} of {cap}");
        }
        let (none, _) = read_all(Vec::new(), 500, 500, |_, _| {}).await;
        assert!(none.is_empty());
    }

    #[tokio::test]
    async fn fifty_thousand_rows_take_some_hundred_requests() {
        let (rows, reads) = read_all((0..50_000).collect(), 500, 500, |_, _| {}).await;
        assert_eq!(rows.len(), 50_000);
        assert!(reads <= 104, "{reads}");
    }

    #[tokio::test]
    async fn rows_that_go_away_before_the_place_let_no_other_slip_through() {
        for gone in [1, 7, 8, 9, 60, 400] {
            let (rows, _) = read_all((0..2_000).collect(), 500, 500, |read, list| {
                if read == 3 {
                    list.drain(100..100 + gone);
                }
            })
            .await;
            let missing: Vec<u32> = (0..2_000)
                .filter(|row| !rows.contains(row))
                .filter(|row| !(100..100 + gone as u32).contains(row))
                .collect();
            assert!(missing.is_empty(), "{gone} gone: {missing:?}");
        }
    }

    #[tokio::test]
    async fn rows_that_come_before_the_place_let_no_other_slip_through() {
        for come in [1, 30, 300] {
            let (rows, _) = read_all((0..2_000).collect(), 500, 500, |read, list| {
                if read == 3 {
                    list.splice(0..0, 5_000..5_000 + come);
                }
            })
            .await;
            let missing: Vec<u32> = (0..2_000).filter(|row| !rows.contains(row)).collect();
            assert!(missing.is_empty(), "{come} more: {missing:?}");
        }
    }

    #[tokio::test]
    async fn a_list_that_changes_without_end_comes_to_one_nevertheless() {
        let (_, reads) = read_all((0..3_000).collect(), 500, 500, |read, list| {
            assert!(read < 200, "no end");
            list.rotate_left(read * 100 % 1_000);
        })
        .await;
        assert!(reads < 200, "{reads}");
    }

    #[test]
    fn a_place_reads_as_it_was_written() {
        let window = Window {
            skip: 492,
            last: vec!["a".to_owned()],
            back: 1,
            far: 984,
        };
        let text = serde_json::to_string(&window).unwrap();
        assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window);
    }
}
