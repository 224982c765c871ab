//! Batching: how many writes go into one request.

use std::time::Duration;

use api_core::Timestamp;

use crate::{BatchLimits, Fields, Value};

/// Collects items until a batch is full by number, by bytes or by age.
#[derive(Debug)]
pub struct Batcher<T> {
    limits: BatchLimits,
    max_age: Option<Duration>,
    items: Vec<T>,
    bytes: usize,
    oldest: Option<Timestamp>,
}

impl<T> Batcher<T> {
    /// Batches within these limits; a batch never waits longer than `max_age` for more.
    pub fn new(limits: BatchLimits, max_age: Option<Duration>) -> Self {
        Self {
            limits,
            max_age,
            items: Vec::new(),
            bytes: 0,
            oldest: None,
        }
    }

    /// Adds an item of `bytes` bytes. A batch that is full with it, or that it does not fit into
    /// any more, comes back.
    pub fn push(&mut self, item: T, bytes: usize, now: Timestamp) -> Option<Vec<T>> {
        let crowded = self.bytes + bytes > self.limits.max_bytes
            || self.items.len() >= self.limits.max_items.max(1);
        let full = if crowded { self.take() } else { None };
        self.oldest.get_or_insert(now);
        self.items.push(item);
        self.bytes += bytes;
        if full.is_none()
            && (self.items.len() >= self.limits.max_items.max(1)
                || self.bytes >= self.limits.max_bytes)
        {
            return self.take();
        }
        full
    }

    /// The batch, if its oldest item has waited long enough.
    pub fn due(&mut self, now: Timestamp) -> Option<Vec<T>> {
        let waited = now.duration_since(self.oldest?);
        if waited >= self.max_age? {
            self.take()
        } else {
            None
        }
    }

    /// Whatever there is, if anything.
    pub fn take(&mut self) -> Option<Vec<T>> {
        self.bytes = 0;
        self.oldest = None;
        if self.items.is_empty() {
            None
        } else {
            Some(std::mem::take(&mut self.items))
        }
    }
}

/// About how many bytes these fields take in a request.
pub fn estimated_bytes(fields: &Fields) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Text(text) => text.len() + 2,
            Value::List(items) => 2 + items.iter().map(of).sum::<usize>(),
            Value::Map(map) => 2 + map.iter().map(|(k, v)| k.len() + 4 + of(v)).sum::<usize>(),
            _ => 16,
        }
    }
    64 + fields
        .iter()
        .map(|(name, value)| name.as_str().len() + 4 + of(value))
        .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    proptest! {
        #[test]
        fn every_item_comes_out_once_in_order_and_no_batch_breaks_a_limit(
            sizes in proptest::collection::vec(1usize..400, 0..200),
            max_items in 1usize..20,
            max_bytes in 400usize..2_000,
        ) {
            let mut batcher = Batcher::new(BatchLimits { max_items, max_bytes }, None);
            let mut batches = Vec::new();
            for (index, size) in sizes.iter().enumerate() {
                batches.extend(batcher.push(index, *size, at(0)));
            }
            // A batch that could not take an item more leaves that item behind; with one item a
            // batch it may itself be full.
            while let Some(rest) = batcher.take() {
                batches.push(rest);
            }
            for batch in &batches {
                prop_assert!(batch.iter().map(|i| sizes[*i]).sum::<usize>() <= max_bytes.max(400));
                prop_assert!(batch.len() <= max_items);
            }
            let all: Vec<usize> = batches.into_iter().flatten().collect();
            prop_assert_eq!(all, (0..sizes.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_batch_that_is_old_enough_does_not_wait_to_be_full() {
        let limits = BatchLimits {
            max_items: 10,
            max_bytes: 1_000,
        };
        let mut batcher = Batcher::new(limits, Some(Duration::from_secs(2)));
        assert_eq!(batcher.push('a', 1, at(0)), None);
        assert_eq!(batcher.due(at(1)), None);
        assert_eq!(batcher.due(at(2)), Some(vec!['a']));
        assert_eq!(batcher.due(at(9)), None);
    }
}
