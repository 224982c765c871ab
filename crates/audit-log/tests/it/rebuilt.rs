//! The chain computed apart from the crate, as its documentation describes it.
//!
//! That is how somebody would check a log with another program, and how somebody with all rights
//! on the database would write a log anew.

use sha2::{Digest as _, Sha256};

use crate::support::Place;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Blob,
    /// A number that stands for a name.
    Name,
}

use Kind::{Blob, Int, Name, Text};

/// What a hash covers behind the writer's name, in this order.
const FIELDS: [(&str, Kind); 28] = [
    ("seq", Int),
    ("id", Int),
    ("uid", Blob),
    ("ts", Int),
    ("observed_ts", Int),
    ("level", Int),
    ("event", Text),
    ("outcome", Int),
    ("system", Name),
    ("connection", Name),
    ("flow", Name),
    ("run", Blob),
    ("actor", Text),
    ("entity", Name),
    ("record", Text),
    ("target", Text),
    ("operation", Text),
    ("method", Text),
    ("path", Text),
    ("status", Int),
    ("duration_us", Int),
    ("attempt", Int),
    ("code", Text),
    ("request_id", Text),
    ("fingerprint", Int),
    ("message", Text),
    ("details", Text),
    ("body_hash", Blob),
];

/// A row with what its hash covers, and its hash.
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) seq: i64,
    canonical: Vec<u8>,
    pub(crate) hash: String,
}

/// The rows of a writer in the order of its chain.
pub(crate) async fn rows(place: &Place, writer: &str) -> Vec<Row> {
    let from = format!(
        "FROM audit_event e JOIN audit_writer w ON w.id = e.writer WHERE w.name = '{writer}' \
         ORDER BY e.seq"
    );
    let ids = place.ints(&format!("SELECT e.id, e.seq {from}")).await;
    let hashes = column(place, "e.hash", Blob, &from).await;
    let mut rows: Vec<Row> = ids
        .iter()
        .zip(hashes)
        .map(|(ids, hash)| Row {
            id: ids[0],
            seq: ids[1],
            canonical: bytes(writer.as_bytes()),
            hash: hash.unwrap(),
        })
        .collect();
    for (name, kind) in FIELDS {
        let values = column(place, &format!("e.{name}"), kind, &from).await;
        for (row, value) in rows.iter_mut().zip(values) {
            row.canonical.extend(match value {
                None => vec![0],
                Some(value) => match kind {
                    Int => {
                        let mut field = vec![1];
                        field.extend(value.parse::<i64>().unwrap().to_le_bytes());
                        field
                    }
                    Text | Name => bytes(value.as_bytes()),
                    Blob => bytes(&unhex(&value)),
                },
            });
        }
    }
    rows
}

/// A column as texts: numbers in decimal, bytes in hexadecimal.
async fn column(place: &Place, name: &str, kind: Kind, from: &str) -> Vec<Option<String>> {
    let text = match kind {
        Int => format!("CAST({name} AS TEXT)"),
        Text => name.to_owned(),
        Blob if place.is_file() => format!("hex({name})"),
        Blob => format!("encode({name}, 'hex')"),
        Name => format!("(SELECT name FROM audit_name WHERE id = {name})"),
    };
    let sql = format!("SELECT CASE WHEN {name} IS NULL THEN '' ELSE '+' || {text} END {from}");
    let texts = place.texts(&sql).await;
    texts
        .iter()
        .map(|text| text.strip_prefix('+').map(str::to_owned))
        .collect()
}

fn bytes(value: &[u8]) -> Vec<u8> {
    let mut field = vec![2];
    field.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    field.extend(value);
    field
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the first entry of a writer follows.
pub(crate) fn genesis(writer: &str) -> Vec<u8> {
    Sha256::digest(format!("koppel-audit-1{writer}")).to_vec()
}

/// The hash of a row behind another hash.
pub(crate) fn link(previous: &[u8], row: &Row) -> Vec<u8> {
    Sha256::digest([previous, &row.canonical].concat()).to_vec()
}

/// SHA-256 of a gap, as the digest of all gaps sums it up.
pub(crate) fn gap(writer: &str, first: i64, last: i64, hash: &str) -> Vec<u8> {
    let mut text = b"koppel-gap-1".to_vec();
    text.extend(u32::try_from(writer.len()).unwrap().to_le_bytes());
    text.extend(writer.as_bytes());
    text.extend(first.to_le_bytes());
    text.extend(last.to_le_bytes());
    text.extend(unhex(hash));
    Sha256::digest(text).to_vec()
}

/// Writes all hashes of a writer from a place in its chain on anew, and its end.
pub(crate) async fn rebuild(place: &Place, writer: &str, from: i64) {
    let rows = rows(place, writer).await;
    let mut previous = genesis(writer);
    for row in &rows {
        if row.seq < from {
            previous = unhex(&row.hash);
            continue;
        }
        previous = link(&previous, row);
        let hash = crate::history::blob(place, &hex(&previous));
        place
            .run(&format!(
                "UPDATE audit_event SET hash = {hash} WHERE id = {}",
                row.id
            ))
            .await;
    }
    let last = rows.last().map_or(0, |row| row.seq);
    let hash = crate::history::blob(place, &hex(&previous));
    place
        .run(&format!(
            "UPDATE audit_writer SET last_seq = {last}, last_hash = {hash}, last_ts = \
             (SELECT observed_ts FROM audit_event e WHERE e.writer = audit_writer.id \
             ORDER BY seq DESC LIMIT 1) WHERE name = '{writer}'"
        ))
        .await;
}
