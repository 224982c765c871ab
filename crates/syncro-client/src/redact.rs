//! What of a record may be shown.

use std::fmt;

use api_core::Json;

/// The most bytes of one record that are shown.
const SHOWN: usize = 16 * 1024;

/// Writes a record without its secrets: `portal_key` in addresses,
/// `user_token`, passwords.
pub(crate) fn debug(f: &mut fmt::Formatter<'_>, name: &str, record: &Json) -> fmt::Result {
    let shown = api_core::redact::json_text(record.to_string().as_bytes(), SHOWN);
    write!(f, "{name} {shown}")
}
