//! The counts of a few names as bytes.
//!
//! One name after the other, those without counts left out: a byte with its place, a byte with a
//! bit for each count that is not 0, and these counts, seven bits a byte, the lowest first, with
//! the highest bit set in all but the last.

use super::{Counts, NAMES};

/// The counts of the names of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block(Vec<Counts>);

impl Default for Block {
    fn default() -> Self {
        let names = usize::try_from(NAMES).unwrap_or(0);
        Self(vec![Counts::default(); names])
    }
}

impl Block {
    /// The counts of all places.
    pub(crate) fn counts(&self) -> impl Iterator<Item = &Counts> {
        self.0.iter()
    }

    /// Adds to a count.
    pub(crate) fn add(&mut self, place: usize, column: usize, n: u64) {
        let counts = self.0.get_mut(place);
        if let Some(count) = counts.and_then(|counts| counts.get_mut(column)) {
            *count = count.saturating_add(n);
        }
    }

    /// Adds counts that were packed, and says whether all of them could be read.
    pub(crate) fn merge(&mut self, packed: &[u8]) -> bool {
        let mut bytes = packed.iter().copied();
        while let Some(place) = bytes.next() {
            let (Some(present), Some(counts)) = (bytes.next(), self.0.get_mut(usize::from(place)))
            else {
                return false;
            };
            for (column, count) in counts.iter_mut().enumerate() {
                if present & (1 << column) == 0 {
                    continue;
                }
                let Some(n) = number(&mut bytes) else {
                    return false;
                };
                *count = count.saturating_add(n);
            }
            if present >> counts.len() != 0 {
                return false;
            }
        }
        true
    }

    /// The bytes.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(256);
        for (place, counts) in (0_u8..).zip(&self.0) {
            let present = (counts.iter().enumerate())
                .filter(|(_, n)| **n > 0)
                .fold(0_u8, |bits, (column, _)| bits | 1 << column);
            if present == 0 {
                continue;
            }
            packed.extend([place, present]);
            for n in counts.iter().filter(|n| **n > 0) {
                push(&mut packed, *n);
            }
        }
        packed
    }
}

fn push(to: &mut Vec<u8>, mut n: u64) {
    loop {
        let low = u8::try_from(n & 0x7f).unwrap_or(0);
        n >>= 7;
        if n == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}

fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = bytes.next()?;
        let low = u64::from(byte & 0x7f);
        if low << shift >> shift != low {
            return None;
        }
        n |= low << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A count of any length in bytes.
    fn any_count() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0..64_u32).prop_map(|(n, shift)| n >> shift)
    }

    proptest! {
        #[test]
        fn what_is_packed_reads_back(adds in prop::collection::vec(
            (0_usize..64, 0_usize..7, any_count()), 0..200,
        )) {
            let mut block = Block::default();
            for (place, column, n) in adds {
                block.add(place, column, n);
            }
            let mut again = Block::default();
            prop_assert!(again.merge(&block.pack()));
            prop_assert_eq!(again, block);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut block = Block::default();
            let whole = block.merge(&bytes);
            let mut again = Block::default();
            prop_assert!(again.merge(&block.pack()));
            prop_assert!(!whole || again == block);
        }
    }

    #[test]
    fn counts_are_added_place_by_place() {
        let mut block = Block::default();
        block.add(3, 0, 300);
        block.add(63, 6, 1);
        assert_eq!(block.pack(), [3, 1, 0xac, 0x02, 63, 64, 1]);
        let mut sum = block.clone();
        assert!(sum.merge(&block.pack()));
        assert_eq!(sum.pack(), [3, 1, 0xd8, 0x04, 63, 64, 2]);
        sum.add(3, 0, u64::MAX);
        let most = sum.counts().nth(3).map(|counts| counts[0]);
        assert_eq!(most, Some(u64::MAX));
    }

    #[test]
    fn what_is_cut_or_of_another_form_is_told() {
        let whole = [3, 3, 0xac, 0x02, 5];
        for end in 1..whole.len() {
            assert!(!Block::default().merge(&whole[..end]), "{end}");
        }
        let long = [0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2];
        for wrong in [&[64, 1, 1][..], &[0, 128, 1], &long] {
            assert!(!Block::default().merge(wrong), "{wrong:?}");
        }
        // What stands before the damage counts.
        let mut block = Block::default();
        assert!(!block.merge(&[1, 1, 9, 2, 1]));
        assert_eq!(block.pack(), [1, 1, 9]);
    }
}
