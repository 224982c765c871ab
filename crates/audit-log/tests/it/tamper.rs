//! Somebody changes the log behind its back: each change is found and named.

mod around;
mod heads;
mod moved;
mod rows;
mod struck;

/// The columns of an entry, and what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Blob,
}

/// All columns of `audit_event`, which a test compares with the table.
const COLUMNS: [(&str, Kind); 30] = [
    ("id", Kind::Int),
    ("uid", Kind::Blob),
    ("writer", Kind::Int),
    ("seq", Kind::Int),
    ("ts", Kind::Int),
    ("observed_ts", Kind::Int),
    ("level", Kind::Int),
    ("event", Kind::Text),
    ("outcome", Kind::Int),
    ("system", Kind::Int),
    ("connection", Kind::Int),
    ("flow", Kind::Int),
    ("run", Kind::Blob),
    ("actor", Kind::Text),
    ("entity", Kind::Int),
    ("record", Kind::Text),
    ("target", Kind::Text),
    ("operation", Kind::Text),
    ("method", Kind::Text),
    ("path", Kind::Text),
    ("status", Kind::Int),
    ("duration_us", Kind::Int),
    ("attempt", Kind::Int),
    ("code", Kind::Text),
    ("request_id", Kind::Text),
    ("fingerprint", Kind::Int),
    ("message", Kind::Text),
    ("details", Kind::Text),
    ("body_hash", Kind::Blob),
    ("hash", Kind::Blob),
];
