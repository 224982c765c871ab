//! Secrets this process knows by heart.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::REDACTED;

/// Shorter secrets are not searched for: they would hit ordinary words.
const MIN_BYTES: usize = 6;

/// A cut-off secret of this length is still taken for one.
const MIN_PREFIX_BYTES: usize = 4;

/// Secrets that are replaced wherever they turn up, whatever surrounds them.
///
/// Remotes repeat what they are sent ("invalid token abc…"), in places no
/// rule about names can foresee.
///
/// ```
/// use api_core::redact::Known;
///
/// let known = Known::new(["abc-123-def".into()]);
/// assert_eq!(known.scrub("invalid token abc-123-def"), "invalid token [redacted]");
/// ```
#[derive(Clone, Default)]
pub struct Known(Vec<SecretString>);

impl Known {
    /// Takes the secrets; those shorter than 6 bytes are left out.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let mut secrets: Vec<SecretString> = secrets
            .into_iter()
            .filter(|secret| secret.expose_secret().len() >= MIN_BYTES)
            .collect();
        // Longest first, for one may hold another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self(secrets)
    }

    /// Finds the secrets of a request: header values that are marked
    /// sensitive, without their scheme (`Bearer`, `Basic`).
    #[must_use]
    pub fn of_headers(headers: &http::HeaderMap) -> Self {
        let values = headers
            .values()
            .filter(|value| value.is_sensitive())
            .filter_map(|value| value.to_str().ok())
            .map(|value| value.rsplit(' ').next().unwrap_or(value))
            .map(SecretString::from);
        Self::new(values)
    }

    /// Joins two sets of secrets.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self;
        }
        self.0.extend(other.0.iter().cloned());
        Self::new(self.0)
    }

    /// Replaces every secret, also one that is cut off at the end.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for secret in &self.0 {
            let secret = secret.expose_secret();
            if out.contains(secret) {
                out = out.replace(secret, REDACTED);
            }
            // A cut can come before quotes and dots that close a cut text.
            let end = out
                .trim_end_matches(['…', '.', '"', '\'', '}', ']', ' '])
                .len();
            let cut = (MIN_PREFIX_BYTES..secret.len())
                .rev()
                .filter_map(|length| secret.get(..length))
                .find(|prefix| out[..end].ends_with(prefix));
            if let Some(prefix) = cut {
                out.replace_range(end - prefix.len()..end, REDACTED);
            }
        }
        out
    }

    /// Tells whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("count", &self.0.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_cut_off_secrets_go() {
        let known = Known::new(["abcdef-123456".into(), "abcdef".into(), "ab".into()]);
        for (text, expected) in [
            (
                "x abcdef-123456 y abcdef ab",
                "x [redacted] y [redacted] ab",
            ),
            ("says \"abcdef-12…\"", "says \"[redacted]…\""),
            ("says abcd", "says [redacted]"),
            ("says abc", "says abc"),
        ] {
            assert_eq!(known.scrub(text), expected, "{text}");
        }
        assert!(!format!("{known:?}").contains("abc"));
    }

    #[test]
    fn two_sets_are_joined_longest_first() {
        let short = Known::new(["abcdef".into()]);
        let long = Known::new(["abcdef-123456".into()]);
        for both in [short.clone().and(&long), long.clone().and(&short)] {
            assert_eq!(
                both.scrub("abcdef-123456 abcdef!"),
                "[redacted] [redacted]!"
            );
        }
        assert_eq!(Known::default().and(&short).scrub("abcdef!"), "[redacted]!");
        assert_eq!(short.and(&Known::default()).scrub("abcdef!"), "[redacted]!");
    }

    #[test]
    fn only_sensitive_headers_count() {
        let mut headers = http::HeaderMap::new();
        headers.insert("accept", "application/json".parse().unwrap());
        let mut token: http::HeaderValue = "Bearer tok-en-123".parse().unwrap();
        token.set_sensitive(true);
        headers.insert("authorization", token);
        let known = Known::of_headers(&headers);
        assert_eq!(
            known.scrub("application/json tok-en-123"),
            "application/json [redacted]"
        );
    }
}
