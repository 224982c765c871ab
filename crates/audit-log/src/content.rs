//! Bodies as they are stored.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest as _, Sha256};

use crate::chain::Hash;
use crate::entry::Bodies;
use crate::error::Error;

/// Stored as it is.
const PLAIN: i64 = 0;
/// Deflated (RFC 1951).
const DEFLATE: i64 = 1;
/// Shorter ones gain nothing.
const DEFLATE_FROM: usize = 200;
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

/// Packs bodies.
pub(crate) fn pack(bodies: &Bodies) -> Content {
    // Texts alone: this cannot fail.
    let plain = serde_json::to_vec(bodies).unwrap_or_default();
    let hash = Sha256::digest(&plain).into();
    let packed = (plain.len() >= DEFLATE_FROM)
        .then(|| {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&plain)?;
            encoder.finish()
        })
        .and_then(Result::ok)
        .filter(|packed| packed.len() < plain.len());
    match packed {
        Some(bytes) => Content {
            codec: DEFLATE,
            bytes,
            hash,
        },
        None => Content {
            codec: PLAIN,
            bytes: plain,
            hash,
        },
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
    fn bytes_that_somebody_changed_are_an_error() {
        assert!(unpack(PLAIN, b"[]").is_err());
        assert!(unpack(DEFLATE, &[0xff, 0xff, 0xff]).is_err());
        assert!(unpack(9, b"{}").is_err());
    }
}
