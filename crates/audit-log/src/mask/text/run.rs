//! Long numbers as people write them: telephones and citizen service numbers.

use super::is_word;
use crate::mask::shape;

/// Digits in groups, as people write long numbers.
pub(super) struct Run {
    digits: [u8; 18],
    /// Where each digit ends, from the beginning.
    ends: [usize; 18],
    count: usize,
    plus: bool,
    /// The lengths of the first groups.
    groups: [usize; 8],
    group: usize,
    /// Whether more follows than fits.
    more: bool,
}

impl Run {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut run = Self {
            digits: [0; 18],
            ends: [0; 18],
            count: 0,
            plus: bytes.first() == Some(&b'+'),
            groups: [0; 8],
            group: 0,
            more: false,
        };
        let mut at = usize::from(run.plus);
        let mut gap = 0;
        while let Some(byte) = bytes.get(at) {
            if byte.is_ascii_digit() {
                if gap > 0 && run.count > 0 {
                    run.group += 1;
                }
                gap = 0;
                let (Some(digit), Some(end)) =
                    (run.digits.get_mut(run.count), run.ends.get_mut(run.count))
                else {
                    run.more = true;
                    break;
                };
                (*digit, *end) = (*byte, at + 1);
                run.count += 1;
                if let Some(group) = run.groups.get_mut(run.group) {
                    *group += 1;
                }
            } else if matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/') && gap < 2 {
                gap += 1;
            } else {
                run.more = is_word(*byte) && gap == 0;
                break;
            }
            at += 1;
        }
        run
    }

    pub(super) fn first_group(&self) -> usize {
        usize::from(self.plus) + self.groups.first().copied().unwrap_or_default()
    }

    fn end_of(&self, count: usize) -> Option<usize> {
        self.ends.get(count.checked_sub(1)?).copied()
    }

    /// Whether a group ends after so many digits.
    fn breaks_after(&self, count: usize) -> bool {
        if count == self.count {
            return !self.more;
        }
        let mut sum = 0;
        self.groups.iter().any(|group| {
            sum += group;
            sum == count && *group > 0
        })
    }

    /// The length of a telephone at the beginning.
    pub(super) fn telephone(&self) -> Option<usize> {
        let digits = self.digits.get(..self.count)?;
        if self.plus {
            return self.abroad(8, 15);
        }
        if digits.starts_with(b"00") && !digits.starts_with(b"000") {
            return self.abroad(11, 15);
        }
        let national = matches!(digits, [b'0', b'1'..=b'9', ..]) && self.breaks_after(10);
        // 22-11-2026 and the like.
        let date = matches!(self.groups, [2, 2, 4, ..]);
        if national && !date && self.first_group() != 1 {
            return self.end_of(10);
        }
        None
    }

    /// The longest break between two lengths.
    fn abroad(&self, least: usize, most: usize) -> Option<usize> {
        (least..=most.min(self.count))
            .rev()
            .find(|count| self.breaks_after(*count))
            .and_then(|count| self.end_of(count))
    }

    /// The length of a citizen service number at the beginning.
    pub(super) fn citizen(&self) -> Option<usize> {
        let whole = matches!(
            self.groups,
            [9, ..] | [3, 3, 3, ..] | [4, 2, 3, ..] | [4, 3, 2, ..]
        );
        let nine = self.digits.get(..9)?;
        let alone = self.breaks_after(9) && !(self.count > 9 && self.groups.first() != Some(&9));
        (whole && alone && shape::is_bsn(nine))
            .then(|| self.end_of(9))
            .flatten()
    }
}
