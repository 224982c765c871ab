//! Which deliveries came in lately.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use api_core::Timestamp;

use super::delivery::Delivery;

/// A delivery by its content: two hashes with keys of this process, so that nobody outside can
/// make two contents alike.
type Key = (u64, u64);

/// Deliveries of the last minutes, at most so many.
#[derive(Debug)]
pub(super) struct Window {
    span: Duration,
    most: usize,
    hashers: (RandomState, RandomState),
    order: VecDeque<(Timestamp, Key)>,
    known: HashSet<Key>,
}

impl Window {
    pub(super) fn new(span: Duration, most: usize) -> Self {
        Self {
            span,
            most,
            hashers: (RandomState::new(), RandomState::new()),
            order: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    /// Remembers a delivery. `false` if the same one came in lately.
    pub(super) fn is_new(&mut self, delivery: &Delivery, now: Timestamp) -> bool {
        let Self { span, most, .. } = *self;
        // Without the record's own times nothing tells a repetition from another change, and a
        // hint too many costs less than one that is lost.
        if most == 0 || delivery.attributes.is_empty() {
            return true;
        }
        while let Some((at, _)) = self.order.front()
            && now.duration_since(*at) > span
        {
            self.forget();
        }
        let content = (
            &delivery.text,
            &delivery.link,
            serde_json::Value::Object(delivery.attributes.clone()).to_string(),
        );
        let key = (
            self.hashers.0.hash_one(&content),
            self.hashers.1.hash_one(&content),
        );
        if self.known.contains(&key) {
            return false;
        }
        while self.order.len() >= most {
            self.forget();
        }
        self.known.insert(key);
        self.order.push_back((now, key));
        true
    }

    /// Forgets the oldest delivery.
    fn forget(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.known.remove(&key);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(n: usize) -> Delivery {
        Delivery {
            text: Some(format!("{n}")),
            attributes: [("id".to_owned(), n.into())].into_iter().collect(),
            ..Delivery::default()
        }
    }

    #[test]
    fn what_came_in_lately_is_known_and_what_is_older_is_forgotten() {
        let mut window = Window::new(Duration::from_secs(10), 100);
        let at = Timestamp::from_seconds;
        assert!(window.is_new(&delivery(1), at(0)));
        assert!(!window.is_new(&delivery(1), at(10)));
        assert!(window.is_new(&delivery(2), at(10)));
        assert!(window.is_new(&delivery(1), at(11)), "ten seconds are over");
        assert!(!window.is_new(&delivery(2), at(11)));
    }

    #[test]
    fn the_window_never_holds_more_than_it_may() {
        let mut window = Window::new(Duration::from_secs(3600), 50);
        for n in 0..10_000 {
            assert!(window.is_new(&delivery(n), Timestamp::from_seconds(0)));
            assert!(window.len() <= 50 && window.known.len() <= 50);
        }
        assert!(!window.is_new(&delivery(9_999), Timestamp::from_seconds(0)));
        assert!(window.is_new(&delivery(0), Timestamp::from_seconds(0)));
    }

    #[test]
    fn a_clock_that_jumps_back_forgets_nothing() {
        let mut window = Window::new(Duration::from_secs(10), 100);
        assert!(window.is_new(&delivery(1), Timestamp::from_seconds(1_000)));
        assert!(!window.is_new(&delivery(1), Timestamp::from_seconds(10)));
    }

    #[test]
    fn a_window_of_nothing_takes_everything_for_new() {
        let mut window = Window::new(Duration::from_secs(10), 0);
        for _ in 0..3 {
            assert!(window.is_new(&delivery(1), Timestamp::from_seconds(0)));
        }
    }
}
