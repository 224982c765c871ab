//! The digest of a set of gaps.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::Gap;

/// The sum, modulo 2^256, of the SHA-256 of each gap.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// The digest written as 64 hexadecimal digits; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        hex_bytes(text).map(Self)
    }

    /// Adds a gap of the named writer.
    pub(crate) fn add(&mut self, writer: &str, gap: &Gap) {
        let mut carry = 0_u16;
        for (byte, other) in self.0.iter_mut().zip(of(writer, gap)).rev() {
            let sum = u16::from(*byte) + u16::from(other) + carry;
            let [low, high] = sum.to_le_bytes();
            *byte = low;
            carry = u16::from(high);
        }
    }

    /// Takes a gap of the named writer out.
    pub(crate) fn remove(&mut self, writer: &str, gap: &Gap) {
        let mut borrow = false;
        for (byte, other) in self.0.iter_mut().zip(of(writer, gap)).rev() {
            let (once, under) = byte.overflowing_sub(other);
            let (twice, again) = once.overflowing_sub(u8::from(borrow));
            *byte = twice;
            borrow = under || again;
        }
    }
}

/// The 32 bytes that 64 hexadecimal digits write; `None` for anything else.
pub(crate) fn hex_bytes(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// SHA-256 of `koppel-gap-1`, the length and the name of the writer, and the gap.
fn of(writer: &str, gap: &Gap) -> [u8; 32] {
    let length = u32::try_from(writer.len()).unwrap_or(u32::MAX);
    let mut hasher = Sha256::new();
    hasher.update(b"koppel-gap-1");
    hasher.update(length.to_le_bytes());
    hasher.update(writer.as_bytes());
    hasher.update(gap.first.to_le_bytes());
    hasher.update(gap.last.to_le_bytes());
    hasher.update(gap.hash);
    hasher.finalize().into()
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(first: i64, last: i64, byte: u8) -> Gap {
        Gap {
            first,
            last,
            hash: [byte; 32],
        }
    }

    #[test]
    fn the_digest_of_no_gaps_is_zero_and_taking_out_undoes_adding() {
        let mut digest = Digest::default();
        digest.add("main", &gap(1, 3, 7));
        digest.add("other", &gap(1, 3, 7));
        assert_ne!(digest, Digest::default());
        digest.remove("main", &gap(1, 3, 7));
        assert_ne!(digest, Digest::default());
        digest.remove("other", &gap(1, 3, 7));
        assert_eq!(digest, Digest::default());
        assert_eq!(digest.to_string(), "0".repeat(64));
    }

    #[test]
    fn every_part_of_a_gap_is_in_its_digest() {
        let digest = |writer: &str, gap: Gap| {
            let mut digest = Digest::default();
            digest.add(writer, &gap);
            digest
        };
        let plain = digest("main", gap(1, 3, 7));
        assert_ne!(digest("mains", gap(1, 3, 7)), plain);
        assert_ne!(digest("main", gap(2, 3, 7)), plain);
        assert_ne!(digest("main", gap(1, 4, 7)), plain);
        assert_ne!(digest("main", gap(1, 3, 8)), plain);
    }

    #[test]
    fn a_digest_is_read_back_from_its_text_and_from_nothing_else() {
        let mut digest = Digest::default();
        digest.add("main", &gap(1, 3, 7));
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse(""), None);
        assert_eq!(Digest::parse(&"g".repeat(64)), None);
        assert_eq!(Digest::parse(&"0".repeat(66)), None);
    }
}
