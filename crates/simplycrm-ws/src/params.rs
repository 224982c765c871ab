//! The parameters of a call.

use std::fmt;

use api_core::{ExposeSecret, Json, SecretString, redact};
use bytes::Bytes;

/// The parameters of a call, in order.
///
/// ```
/// use simplycrm_ws::{Json, Params};
///
/// let element = Json::parse(r#"{"lastname": "Jansen"}"#)?;
/// let params = Params::new()
///     .with("elementType", "Contacts")
///     .with_json("element", &element);
/// assert_eq!(params.get("elementType"), Some("Contacts"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
    files: Vec<(String, Upload)>,
    secrets: Vec<SecretString>,
}

/// A file that goes along with a call.
#[derive(Clone)]
pub struct Upload {
    /// The file's name.
    pub file_name: String,
    /// The MIME type.
    pub content_type: String,
    /// What the file holds.
    pub content: Bytes,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Params {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    ///
    /// The server takes the value `0` for a missing one (recorded vtiger
    /// 5.4.0 server).
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.pairs.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter as JSON text.
    #[must_use]
    pub fn with_json(self, name: impl Into<String>, value: &Json) -> Self {
        let text = value.to_string();
        self.with(name, text)
    }

    /// Adds a parameter that no error, log or exchange may repeat.
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, value: SecretString) -> Self {
        self.pairs
            .push((name.into(), value.expose_secret().to_owned()));
        self.secrets.push(value);
        self
    }

    /// Keeps a secret out of errors, logs and exchanges without sending it.
    pub(crate) fn hiding(mut self, secret: SecretString) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Keeps secrets out of errors, logs and exchanges without sending them.
    pub(crate) fn hiding_all(self, secrets: impl IntoIterator<Item = SecretString>) -> Self {
        secrets.into_iter().fold(self, Self::hiding)
    }

    /// Writes JSON objects and lists so that the mobile API's purifier lets
    /// them pass; the parameter `plain` stays as it is.
    pub(crate) fn escaping_json(mut self, plain: &str) -> Self {
        for (name, value) in &mut self.pairs {
            let json = value.trim_start().starts_with(['{', '[']);
            if json && name != plain && Json::parse(value).is_ok() {
                *value = value
                    .replace('<', "\\u003c")
                    .replace('>', "\\u003e")
                    .replace('&', "\\u0026");
            }
        }
        self
    }

    /// Adds a file: the call is then sent as `multipart/form-data`.
    #[must_use]
    pub fn with_file(mut self, name: impl Into<String>, file: Upload) -> Self {
        self.files.push((name.into(), file));
        self
    }

    /// Returns the first parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn files(&self) -> &[(String, Upload)] {
        &self.files
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretString> {
        self.secrets.iter().cloned()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        pairs
            .into_iter()
            .fold(Self::new(), |params, (name, value)| {
                params.with(name, value)
            })
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = redact::Known::new(self.secrets());
        let mut map = f.debug_map();
        for (name, value) in &self.pairs {
            let shown = if redact::is_secret_key(name) {
                redact::REDACTED.to_owned()
            } else if value.trim_start().starts_with(['{', '[']) {
                redact::json_text(value.as_bytes(), value.len().max(64))
            } else {
                redact::text(value)
            };
            map.entry(name, &known.scrub(&shown));
        }
        map.entries(self.files.iter().map(|(name, file)| (name, file)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let params = Params::new()
            .with("sessionName", "s-e-s-s-1")
            .with("note", "it says hunter2-hunter2")
            .with_json(
                "element",
                &Json::parse(r#"{"user_password":"pw-pw-1","accesskey":"ak-ak-1","a":1}"#).unwrap(),
            )
            .with_secret("oldPassword", "hunter2-hunter2".into());
        let shown = format!("{params:?}");
        for secret in ["s-e-s-s-1", "pw-pw-1", "ak-ak-1", "hunter2"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("element"), "{shown}");
    }
}
