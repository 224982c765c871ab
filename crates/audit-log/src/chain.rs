//! The hash chain: each row of a writer vouches for all rows before it.

use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What a row's hash covers, names written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChainRow<'a> {
    pub(crate) writer: &'a str,
    pub(crate) seq: i64,
    pub(crate) id: i64,
    pub(crate) uid: &'a [u8],
    pub(crate) ts: i64,
    pub(crate) observed_ts: i64,
    pub(crate) level: i64,
    pub(crate) event: &'a str,
    pub(crate) outcome: Option<i64>,
    pub(crate) system: Option<&'a str>,
    pub(crate) connection: Option<&'a str>,
    pub(crate) flow: Option<&'a str>,
    pub(crate) run: Option<&'a [u8]>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) entity: Option<&'a str>,
    pub(crate) record: Option<&'a str>,
    pub(crate) target: Option<&'a str>,
    pub(crate) operation: Option<&'a str>,
    pub(crate) method: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) status: Option<i64>,
    pub(crate) duration_us: Option<i64>,
    pub(crate) attempt: Option<i64>,
    pub(crate) code: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) fingerprint: Option<i64>,
    pub(crate) message: &'a str,
    pub(crate) details: Option<&'a str>,
    pub(crate) body_hash: Option<&'a [u8]>,
}

/// What the first row of a writer is linked to.
pub(crate) fn first(writer: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"koppel-audit-1");
    hasher.update(writer.as_bytes());
    hasher.finalize().into()
}

/// The hash of a row, given the hash of the row before it.
pub(crate) fn link(previous: &Hash, canonical: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(canonical);
    hasher.finalize().into()
}

/// The bytes that a row's hash covers.
///
/// Each field is a tag and its value: 0 for nothing; 1 and eight bytes, the least first, for a
/// number; 2, the length as four bytes and the bytes for everything else.
pub(crate) fn canonical(row: &ChainRow<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(384);
    canonical_into(row, &mut out);
    out
}

/// Like [`canonical`], into a buffer that is emptied first.
pub(crate) fn canonical_into(row: &ChainRow<'_>, out: &mut Vec<u8>) {
    out.clear();
    let out = &mut Fields(out);
    out.text(Some(row.writer));
    out.int(Some(row.seq));
    out.int(Some(row.id));
    out.bytes(Some(row.uid));
    out.int(Some(row.ts));
    out.int(Some(row.observed_ts));
    out.int(Some(row.level));
    out.text(Some(row.event));
    out.int(row.outcome);
    out.text(row.system);
    out.text(row.connection);
    out.text(row.flow);
    out.bytes(row.run);
    out.text(row.actor);
    out.text(row.entity);
    out.text(row.record);
    out.text(row.target);
    out.text(row.operation);
    out.text(row.method);
    out.text(row.path);
    out.int(row.status);
    out.int(row.duration_us);
    out.int(row.attempt);
    out.text(row.code);
    out.text(row.request_id);
    out.int(row.fingerprint);
    out.text(Some(row.message));
    out.text(row.details);
    out.bytes(row.body_hash);
}

struct Fields<'a>(&'a mut Vec<u8>);

impl Fields<'_> {
    fn int(&mut self, value: Option<i64>) {
        match value {
            None => self.0.push(0),
            Some(number) => {
                self.0.push(1);
                self.0.extend_from_slice(&number.to_le_bytes());
            }
        }
    }

    fn text(&mut self, value: Option<&str>) {
        self.bytes(value.map(str::as_bytes));
    }

    fn bytes(&mut self, value: Option<&[u8]>) {
        match value {
            None => self.0.push(0),
            Some(bytes) => {
                // Fields are cut long before four gigabytes.
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                self.0.push(2);
                self.0.extend_from_slice(&length.to_le_bytes());
                self.0.extend_from_slice(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>() -> ChainRow<'a> {
        ChainRow {
            writer: "main",
            seq: 1,
            id: 1,
            uid: &[7; 16],
            ts: 5,
            observed_ts: 6,
            level: 9,
            event: "run.start",
            outcome: None,
            system: None,
            connection: Some("shop"),
            flow: None,
            run: None,
            actor: None,
            entity: None,
            record: None,
            target: None,
            operation: None,
            method: None,
            path: None,
            status: Some(200),
            duration_us: None,
            attempt: None,
            code: None,
            request_id: None,
            fingerprint: Some(-1),
            message: "A run began.",
            details: None,
            body_hash: None,
        }
    }

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_form_of_a_row_never_changes() {
        // Computed apart from this code, from the description of the fields.
        let bytes = canonical(&row());
        assert_eq!(bytes.len(), 150);
        assert_eq!(&bytes[..9], b"\x02\x04\x00\x00\x00main");
        assert_eq!(
            hex(&link(&first("main"), &bytes)),
            "cf1e5173cf29fd52fe603064dd6a73e60f45a6f9fb8e22356c8e2335a08f27fd"
        );
    }

    #[test]
    fn a_text_that_moves_into_the_next_field_changes_the_hash() {
        let base = canonical(&row());
        let moved = ChainRow {
            connection: None,
            flow: Some("shop"),
            ..row()
        };
        assert_ne!(canonical(&moved), base);
        let empty = ChainRow {
            details: Some(""),
            ..row()
        };
        assert_ne!(canonical(&empty), base);
    }
}
