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
    /// furthest behind it, of at most `most` rows; `None` when there is none.
    ///
    /// A page begins at a multiple of its length; by choosing the length, among
    /// those of four fifths of `most` and more, there is nearly always one that
    /// begins a few rows before any place. Shorter ones are taken where that
    /// fails; of few rows, none may do: no page of 2 to 5 rows holds both row 60
    /// and row 61.
    pub(crate) fn across(end: u64, overlap: u64, most: u32) -> Option<Self> {
        let by = end.saturating_sub(overlap);
        let furthest = |least: u32| {
            (least.max(1)..=most)
                .map(|per_page| Self::holding(by, per_page))
                .filter(|window| window.reach() > end)
                .max_by_key(|window| (window.reach(), window.per_page))
        };
        furthest(most.saturating_sub(most / 5)).or_else(|| furthest(1))
    }

    /// The shortest page of `least` rows or more that shows the last row before
    /// `end` and reaches behind it.
    pub(crate) fn longer_across(end: u64, least: u32) -> Self {
        let by = end.saturating_sub(1);
        (least.max(2)..=u32::MAX)
            .map(|per_page| Self::holding(by, per_page))
            .find(|window| window.reach() > end)
            .unwrap_or(Self::first(least))
    }

    /// The page of at most `most` rows that begins at `end`, without a row that
    /// was read.
    pub(crate) fn behind(end: u64, most: u32) -> Self {
        (1..=most.max(1))
            .rev()
            .map(|per_page| Self::holding(end, per_page))
            .find(|window| window.start() == end)
            .unwrap_or(Self::holding(end, 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_page_has_the_most_rows() {
        let first = Window::across(0, 2, 100).unwrap();
        assert_eq!((first.start(), first.per_page), (0, 100));
    }

    #[test]
    fn few_rows_are_read_twice() {
        // 25,000 rows in pages of 100 take 250 requests without any overlap.
        let (mut end, mut requests) = (0_u64, 0);
        while end < 25_000 {
            end = Window::across(end, 2, 100).unwrap().reach();
            requests += 1;
        }
        assert!(requests <= 295, "{requests}");
    }

    #[test]
    fn some_places_are_bridged_by_longer_pages_alone() {
        assert_eq!(Window::across(60, 1, 5), None);
        let longer = Window::longer_across(60, 5);
        assert_eq!((longer.start(), longer.reach()), (56, 63));
        assert_eq!(Window::behind(60, 5).start(), 60);
        assert_eq!(Window::behind(60, 5).per_page, 5);
    }

    proptest! {
        #[test]
        fn a_window_touches_and_reaches_on(
            end in 0..3_000_000_u64,
            overlap in 1..3_u64,
            most in 16..500_u32,
        ) {
            let window = Window::across(end, overlap, most).unwrap();
            prop_assert!(window.start() <= end.saturating_sub(overlap));
            prop_assert!(window.reach() > end);
            prop_assert!(window.per_page <= most);
        }
    }
}
