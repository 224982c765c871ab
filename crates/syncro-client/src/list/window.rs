//! Which page to ask for, so that it overlaps what was read.

/// A page: its number from 1, and how many rows it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) page: u64,
    pub(crate) per_page: u32,
}

impl Window {
    /// The place of its first row, from 0.
    pub(crate) fn start(self) -> u64 {
        self.page
            .saturating_sub(1)
            .saturating_mul(u64::from(self.per_page))
    }

    /// The place behind its last row.
    pub(crate) fn reach(self) -> u64 {
        self.page.saturating_mul(u64::from(self.per_page))
    }

    /// The first page.
    pub(crate) fn first(per_page: u32) -> Self {
        Self { page: 1, per_page }
    }

    /// The page of some length that holds a place.
    fn holding(place: u64, per_page: u32) -> Self {
        Self {
            page: place / u64::from(per_page.max(1)) + 1,
            per_page: per_page.max(1),
        }
    }

    /// The page that shows the last `overlap` rows before `end` and reaches
    /// furthest behind it, among those of four fifths of `most` rows up to
    /// `most`.
    ///
    /// A page begins at a multiple of its length; by choosing the length there
    /// is nearly always one that begins a few rows before any place. Where no
    /// such page reaches behind `end`, which few lengths may share, a longer one
    /// is taken.
    pub(crate) fn across(end: u64, overlap: u64, most: u32) -> Self {
        let most = most.max(1);
        let least = most.saturating_sub((most / 5).max(3)).max(2).min(most);
        let by = end.saturating_sub(overlap);
        let best = (least..=most)
            .map(|per_page| Self::holding(by, per_page))
            .max_by_key(|window| (window.reach(), window.per_page));
        match best {
            Some(window) if window.reach() > end => window,
            _ => (most..=u32::MAX)
                .map(|per_page| Self::holding(by, per_page))
                .find(|window| window.reach() > end)
                .unwrap_or(Self::first(most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_page_has_the_most_rows() {
        let first = Window::across(0, 2, 100);
        assert_eq!((first.start(), first.per_page), (0, 100));
    }

    #[test]
    fn few_rows_are_read_twice() {
        // 25,000 rows in pages of 100 take 250 requests without any overlap.
        let (mut end, mut requests) = (0_u64, 0);
        while end < 25_000 {
            end = Window::across(end, 2, 100).reach();
            requests += 1;
        }
        assert!(requests <= 270, "{requests}");
    }

    proptest! {
        #[test]
        fn a_window_touches_and_reaches_on(end in 0..3_000_000_u64, overlap in 1..3_u64, most in 1..500_u32) {
            let window = Window::across(end, overlap, most);
            prop_assert!(window.start() <= end.saturating_sub(overlap));
            prop_assert!(window.reach() > end);
            prop_assert!(window.per_page <= most + 30, "{:?}", window);
        }
    }
}
