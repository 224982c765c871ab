//! Secrets this process knows by heart.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::{REDACTED, coding};

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
    /// sensitive, without their scheme (`Bearer`, `Basic`) or the name of the
    /// cookie, and the password within a `Basic` one.
    #[must_use]
    pub fn of_headers(headers: &http::HeaderMap) -> Self {
        let mut secrets = Vec::new();
        for (name, value) in headers {
            let Some(value) = value.to_str().ok().filter(|_| value.is_sensitive()) else {
                continue;
            };
            if name == http::header::COOKIE {
                let cookies = value.split(';').filter_map(|pair| pair.split_once('='));
                secrets.extend(cookies.map(|(_, value)| SecretString::from(value.trim())));
                continue;
            }
            let (scheme, credential) = value.rsplit_once(' ').unwrap_or(("", value));
            secrets.push(SecretString::from(credential));
            if scheme.eq_ignore_ascii_case("basic")
                && let Some(login) = coding::base64(credential)
                && let Some((_, password)) = login.split_once(':')
            {
                secrets.push(SecretString::from(password));
            }
        }
        Self::new(secrets)
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
        self.scrubbed(text.to_owned())
    }

    /// Replaces every secret in a text that is not needed otherwise, as
    /// [`scrub`](Self::scrub) does.
    #[must_use]
    pub fn scrubbed(&self, text: String) -> String {
        let mut out = text;
        // Texts that can hold a secret in the writing of JSON, of addresses
        // and forms, or of pages.
        let coded = !self.is_empty() && out.contains(['\\', '%', '&', '+']);
        for secret in &self.0 {
            let secret = secret.expose_secret();
            if out.contains(secret) {
                out = out.replace(secret, REDACTED);
            }
            if coded {
                for written in coding::writings(secret) {
                    if out.contains(&*written) {
                        out = out.replace(&*written, REDACTED);
                    }
                }
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
    fn a_secret_is_found_in_every_writing() {
        let secret = "pä/ss+w \"x\" &'";
        let known = Known::new([secret.into()]);
        for text in [
            r#"{"a":"pä/ss+w \"x\" &'"}"#,
            r#"{"a":"p\u00e4\/ss+w \"x\" &'"}"#,
            r#"{"a":"{\"b\":\"pä/ss+w \\\"x\\\" &'\"}"}"#,
            "a=p%C3%A4%2Fss%2Bw+%22x%22+%26%27",
            "a=p%c3%a4%2fss%2bw%20%22x%22%20%26%27",
            "<p>pä/ss+w &quot;x&quot; &amp;&#039;</p>",
        ] {
            let shown = known.scrub(text);
            assert!(
                shown.contains("[redacted]") && !shown.contains("ss+w"),
                "{shown}"
            );
            assert!(!shown.contains("ss%2"), "{shown}");
        }
    }

    #[test]
    fn the_value_of_a_cookie_and_the_password_of_a_basic_login_are_secrets() {
        let mut headers = http::HeaderMap::new();
        for (name, value) in [
            ("cookie", "PHPSESSID=k00k1e-1; other=k00k1e-2"),
            ("authorization", "Basic YWRtaW46aHVudGVyMi1sb25n"),
        ] {
            let mut value: http::HeaderValue = value.parse().unwrap();
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let known = Known::of_headers(&headers);
        assert_eq!(
            known.scrub("PHPSESSID admin k00k1e-1 k00k1e-2 hunter2-long YWRtaW46aHVudGVyMi1sb25n"),
            "PHPSESSID admin [redacted] [redacted] [redacted] [redacted]"
        );
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
