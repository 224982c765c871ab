//! An entry made ready for the queue: masked, cut and measured.

use crate::chain::Hash;
use crate::content::{self, Content};
use crate::entry::Entry;
use crate::fingerprint::{self, Fingerprint};
use crate::level::Level;
use crate::mask::{self, MaskOptions};

/// The longest message, in bytes.
const MESSAGE: usize = 4_000;
/// The longest of the other texts, in bytes.
const TEXT: usize = 500;
/// The longest details, in bytes of JSON.
const DETAILS: usize = 32_768;
/// The longest duration, in microseconds: sums of them must not overflow.
const DURATION: i64 = 1_000_000_000_000;
/// The highest count of a tally, for the same reason.
pub(crate) const COUNT: i64 = 1_000_000_000_000;
/// What an entry weighs in the queue beside its texts, in bytes.
const OVERHEAD: usize = 400;

/// An entry on its way to the writer: nothing in it is secret any more.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// The entry; its details and bodies have moved to the fields below.
    pub(crate) entry: Entry,
    pub(crate) ts: i64,
    pub(crate) duration_us: Option<i64>,
    pub(crate) details: Option<String>,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) content: Option<Content>,
    /// Whether it is only counted, being under the minimum level.
    pub(crate) only_counted: bool,
    /// Bytes, for the bounds of the queue.
    pub(crate) size: usize,
}

impl Prepared {
    /// Masks an entry and makes it ready.
    pub(crate) fn new(mut entry: Entry, options: &MaskOptions) -> Self {
        mask::entry(&mut entry, options);
        limit(&mut entry);
        let fingerprint = (entry.level >= Level::Warning)
            .then(|| fingerprint::of(&entry))
            .flatten()
            .map(|mut fingerprint| {
                clean(&mut fingerprint.title, TEXT);
                fingerprint
            });
        let details = std::mem::take(&mut entry.details);
        let details = (!details.is_empty()).then(|| {
            let text = serde_json::Value::Object(details).to_string();
            if text.len() > DETAILS {
                format!(
                    "{{\"__truncated__\":\"{} bytes are left out\"}}",
                    text.len()
                )
            } else {
                text
            }
        });
        let content = entry.bodies.take().map(|bodies| content::pack(&bodies));
        let duration_us = entry
            .duration
            .map(|duration| i64::try_from(duration.as_micros()).unwrap_or(DURATION))
            .map(|micros| micros.min(DURATION));
        let size = OVERHEAD
            + texts(&entry).map(str::len).sum::<usize>()
            + entry.message.len()
            + details.as_ref().map_or(0, String::len)
            + content.as_ref().map_or(0, |content| content.bytes.len())
            + entry.tallies.len() * 64;
        Self {
            ts: entry.at.as_micros(),
            duration_us,
            details,
            fingerprint,
            content,
            only_counted: false,
            size,
            entry,
        }
    }

    pub(crate) fn uid(&self) -> &[u8; 16] {
        self.entry.id.as_bytes()
    }

    pub(crate) fn outcome(&self) -> Option<i64> {
        self.entry.outcome.map(crate::Outcome::number)
    }

    pub(crate) fn body_hash(&self) -> Option<&Hash> {
        self.content.as_ref().map(|content| &content.hash)
    }
}

/// What an entry weighs that is not made ready yet, in bytes.
pub(crate) fn weight(entry: &Entry) -> usize {
    let of_headers = |headers: &[(String, String)]| -> usize {
        let pairs = headers.iter();
        pairs.map(|(name, value)| name.len() + value.len()).sum()
    };
    let bodies = entry.bodies.as_ref().map_or(0, |bodies| {
        bodies.url.len()
            + bodies.request.len()
            + bodies.response.len()
            + of_headers(&bodies.request_headers)
            + of_headers(&bodies.response_headers)
    });
    OVERHEAD + texts(entry).map(str::len).sum::<usize>() + entry.message.len() + bodies
}

fn texts(entry: &Entry) -> impl Iterator<Item = &str> {
    [
        &entry.system,
        &entry.connection,
        &entry.flow,
        &entry.actor,
        &entry.entity,
        &entry.record,
        &entry.target,
        &entry.operation,
        &entry.method,
        &entry.path,
        &entry.code,
        &entry.request_id,
    ]
    .into_iter()
    .flatten()
    .map(String::as_str)
}

/// Cuts what is too long, and takes out what a database cannot hold.
fn limit(entry: &mut Entry) {
    clean(&mut entry.message, MESSAGE);
    for text in [
        &mut entry.system,
        &mut entry.connection,
        &mut entry.flow,
        &mut entry.actor,
        &mut entry.entity,
        &mut entry.record,
        &mut entry.target,
        &mut entry.operation,
        &mut entry.method,
        &mut entry.path,
        &mut entry.code,
        &mut entry.request_id,
    ]
    .into_iter()
    .flatten()
    {
        clean(text, TEXT);
    }
    for tally in &mut entry.tallies {
        if let Some(entity) = &mut tally.entity {
            clean(entity, TEXT);
        }
    }
}

/// Cuts a text at `limit` bytes; PostgreSQL holds no zero characters.
fn clean(text: &mut String, limit: usize) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
    if text.len() > limit {
        let end = (0..=limit.saturating_sub('…'.len_utf8()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventName, Level};

    #[test]
    fn what_is_too_long_is_cut_at_a_character() {
        let mut text = "é".repeat(10);
        clean(&mut text, 10);
        assert_eq!(text, "ééé…");
        let mut text = "a\0b".to_owned();
        clean(&mut text, 10);
        assert_eq!(text, "a\u{fffd}b");
    }

    #[test]
    fn huge_details_are_left_out_and_it_is_said() {
        let options = MaskOptions::default();
        let entry = Entry::new(Level::Info, EventName::LogMessage, "Much.")
            .detail("much", vec![0; 20_000])
            .duration(std::time::Duration::MAX);
        let prepared = Prepared::new(entry, &options);
        assert_eq!(
            prepared.details.as_deref(),
            Some("{\"__truncated__\":\"40010 bytes are left out\"}")
        );
        assert_eq!(prepared.duration_us, Some(DURATION));
    }
}
