//! Masking: no secret and, by default, nothing of a person is kept.
//!
//! Applied before an entry is queued, never at display.

use api_core::redact;
use serde::{Deserialize, Serialize};

use crate::entry::Entry;

pub(crate) mod shape;

/// What becomes of the personal data in entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// Names, addresses, telephones, bank accounts and the like are masked.
    #[default]
    Mask,
    /// Only secrets are taken out.
    Keep,
}

/// How entries are masked.
#[derive(Debug, Clone)]
pub struct MaskOptions {
    /// What becomes of personal data.
    pub personal_data: PersonalData,
    /// Secrets that are taken out wherever they turn up.
    pub secrets: redact::Known,
    /// The bytes of each body that are kept.
    pub body_bytes: usize,
}

impl Default for MaskOptions {
    fn default() -> Self {
        Self {
            personal_data: PersonalData::Mask,
            secrets: redact::Known::default(),
            body_bytes: 32_768,
        }
    }
}

/// Takes secrets and personal data out of an entry.
pub fn entry(entry: &mut Entry, options: &MaskOptions) {
    let clean = |text: &str| options.secrets.scrub(&redact::text(text));
    entry.message = clean(&entry.message);
    if let Some(bodies) = &mut entry.bodies {
        bodies.url = options.secrets.scrub(&redact::url(&bodies.url));
        for body in [&mut bodies.request, &mut bodies.response] {
            let shown = redact::json_text(body.as_bytes(), options.body_bytes);
            *body = options.secrets.scrub(&shown);
        }
    }
}
