//! Bodies as they are stored.

use std::cell::RefCell;
use std::io::Read as _;

use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use sha2::{Digest as _, Sha256};

use crate::chain::Hash;
use crate::entry::Bodies;
use crate::error::Error;

/// Stored as it is.
const PLAIN: i64 = 0;
/// Deflated (RFC 1951).
const DEFLATE: i64 = 1;
/// Of shorter ones it saves less than it costs.
const DEFLATE_FROM: usize = 1_024;
/// No stored content unpacks to more than this many bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The content of `audit_body`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) codec: i64,
    pub(crate) bytes: Vec<u8>,
    /// The hash of the plain JSON.
    pub(crate) hash: Hash,
}

/// What packing needs: much more memory than what is packed, and used again therefore.
struct Packer {
    plain: Vec<u8>,
    packed: Vec<u8>,
    deflate: Compress,
}

thread_local! {
    static PACKER: RefCell<Packer> = RefCell::new(Packer {
        plain: Vec::new(),
        packed: Vec::new(),
        deflate: Compress::new(Compression::fast(), false),
    });
}

/// Larger buffers are given back.
const BUFFER: usize = 1 << 20;

/// Packs bodies.
pub(crate) fn pack(bodies: &Bodies) -> Content {
    PACKER.with_borrow_mut(|packer| packer.pack(bodies))
}

impl Packer {
    fn pack(&mut self, bodies: &Bodies) -> Content {
        self.plain.clear();
        // Texts alone, and into memory: this cannot fail.
        if serde_json::to_writer(&mut self.plain, bodies).is_err() {
            self.plain.clear();
        }
        let hash = Sha256::digest(&self.plain).into();
        let (codec, bytes) = if self.deflates() {
            (DEFLATE, &self.packed)
        } else {
            (PLAIN, &self.plain)
        };
        let bytes = bytes.clone();
        self.plain.shrink_to(BUFFER);
        self.packed.shrink_to(BUFFER);
        Content { codec, bytes, hash }
    }

    /// Deflates what is plain; tells whether that is shorter.
    fn deflates(&mut self) -> bool {
        self.packed.clear();
        if self.plain.len() < DEFLATE_FROM {
            return false;
        }
        // No room for what would gain nothing.
        self.packed.reserve(self.plain.len());
        self.deflate.reset();
        let done =
            (self.deflate).compress_vec(&self.plain, &mut self.packed, FlushCompress::Finish);
        matches!(done, Ok(Status::StreamEnd)) && self.packed.len() < self.plain.len()
    }
}

/// The plain JSON of stored bytes.
pub(crate) fn plain(codec: i64, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    match codec {
        PLAIN => Ok(bytes.to_vec()),
        DEFLATE => {
            let mut out = Vec::new();
            DeflateDecoder::new(bytes)
                .take(LARGEST + 1)
                .read_to_end(&mut out)
                .map_err(|_| broken("its bytes cannot be unpacked"))?;
            if u64::try_from(out.len()).is_ok_and(|length| length <= LARGEST) {
                Ok(out)
            } else {
                Err(broken("it unpacks to more than any body has"))
            }
        }
        _ => Err(broken("its codec is unknown")),
    }
}

/// Reads bodies back.
pub(crate) fn unpack(codec: i64, bytes: &[u8]) -> Result<Bodies, Error> {
    serde_json::from_slice(&plain(codec, bytes)?)
        .map_err(|_| broken("it is no request and response"))
}

fn broken(why: &str) -> Error {
    Error::Corrupt(format!("a stored body cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_read_back_short_or_long() {
        for length in [0, 10, 5_000] {
            let bodies = Bodies {
                url: "https://example.test/clients".into(),
                request: "x".repeat(length),
                response_headers: vec![("etag".into(), "\"1\"".into())],
                ..Bodies::default()
            };
            let content = pack(&bodies);
            assert_eq!(content.codec, i64::from(length > 1_000));
            assert_eq!(unpack(content.codec, &content.bytes).unwrap(), bodies);
            let plain = plain(content.codec, &content.bytes).unwrap();
            assert_eq!(content.hash, <Hash>::from(Sha256::digest(plain)));
        }
    }

    #[test]
    fn what_was_packed_before_leaves_nothing_behind() {
        let of = |text: &str| Bodies {
            response: text.repeat(300),
            ..Bodies::default()
        };
        let (first, second) = (of("a long one, "), of("b"));
        let packed = [pack(&first), pack(&second), pack(&first)];
        assert_eq!(packed[0], packed[2]);
        for (content, bodies) in packed.iter().zip([&first, &second, &first]) {
            assert_eq!(unpack(content.codec, &content.bytes).as_ref(), Ok(bodies));
        }
    }

    #[test]
    fn what_does_not_get_shorter_is_stored_as_it_is() {
        let noise: String = (0..4_000_u32)
            .map(|n| {
                char::from(b'!' + u8::try_from(n.wrapping_mul(2_654_435_761) >> 25).unwrap() % 90)
            })
            .collect();
        let bodies = Bodies {
            response: noise,
            ..Bodies::default()
        };
        let content = pack(&bodies);
        assert_eq!(unpack(content.codec, &content.bytes).unwrap(), bodies);
        let plain = plain(content.codec, &content.bytes).unwrap();
        assert!(content.bytes.len() <= plain.len());
        assert_eq!(content.hash, <Hash>::from(Sha256::digest(plain)));
    }

    #[test]
    fn bytes_that_somebody_changed_are_an_error() {
        assert!(unpack(PLAIN, b"[]").is_err());
        assert!(unpack(DEFLATE, &[0xff, 0xff, 0xff]).is_err());
        assert!(unpack(9, b"{}").is_err());
    }
}
