//! Secrets by reference: `env:NAME` and `file:PATH`.
//!
//! A configuration file holds no secret, only where it is found. Messages name the reference,
//! never the value.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;

/// A longer secret is none, in bytes.
const MAX_SIZE: u64 = 64 * 1024;

/// Where a secret is found.
///
/// ```
/// use koppel_app::secrets::SecretRef;
///
/// let token: SecretRef = "env:SMARTCRM_TOKEN".parse()?;
/// assert_eq!(token.to_string(), "env:SMARTCRM_TOKEN");
/// assert!("s3cret".parse::<SecretRef>().is_err());
/// # Ok::<(), koppel_app::secrets::SecretRefError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file that only its owner may read; line breaks at its end do not count.
    File(PathBuf),
}

/// A text that refers to no secret. It may be a secret itself, so it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretRefError {
    /// Neither `env:` nor `file:`.
    #[error("expected a reference to the secret, not the secret itself")]
    Literal,
    /// `env:` without a name that a variable can have.
    #[error("expected the name of an environment variable behind `env:`")]
    Variable,
    /// `file:` without a path.
    #[error("expected a path behind `file:`")]
    Path,
}

impl SecretRefError {
    pub(crate) const EXPECTED: &str = "\"env:NAME\" or \"file:PATH\"";
    pub(crate) const HOW: &str =
        "write \"env:NAME\" and set that variable, or \"file:PATH\" of a file only you can read";

    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::Literal => Self::HOW,
            Self::Variable => "names are letters, digits and `_`, such as \"env:SMARTCRM_TOKEN\"",
            Self::Path => "write it in full or relative to the configuration file",
        }
    }
}

/// A secret that is not where its reference says.
#[derive(Debug, thiserror::Error)]
#[error("the secret `{reference}` cannot be used: {reason}\n  help: {help}")]
pub struct SecretError {
    /// Where it should have been.
    pub reference: SecretRef,
    reason: String,
    help: String,
    source: Option<std::io::Error>,
}

impl SecretError {
    /// Why it cannot be used.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl SecretRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// When the text is none; the error does not repeat it.
    pub fn parse(text: &str) -> Result<Self, SecretRefError> {
        if let Some(name) = text.strip_prefix("env:") {
            let mut chars = name.chars();
            let fits = chars
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
            return if fits {
                Ok(Self::Env(name.to_owned()))
            } else {
                Err(SecretRefError::Variable)
            };
        }
        match text.strip_prefix("file:") {
            Some("") => Err(SecretRefError::Path),
            Some(path) => Ok(Self::File(PathBuf::from(path))),
            None => Err(SecretRefError::Literal),
        }
    }

    /// Fetches the secret.
    ///
    /// # Errors
    /// When the variable or file is missing, empty, not UTF-8 or too large, and when others than
    /// the file's owner may read it (on Unix).
    pub fn resolve(&self) -> Result<SecretString, SecretError> {
        self.resolve_in(|name| std::env::var_os(name))
    }

    fn resolve_in(
        &self,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<SecretString, SecretError> {
        let text = match self {
            Self::Env(name) => match variable(name).map(OsString::into_string) {
                Some(Ok(text)) => text,
                Some(Err(_)) => {
                    return Err(self.error("the variable is not UTF-8 text", "set it anew"));
                }
                None => {
                    return Err(self.error(
                        "the variable is not set",
                        format!("set it: export {name}=…"),
                    ));
                }
            },
            Self::File(path) => self.read(path)?,
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.trim().is_empty() {
            return Err(self.error("it is empty", "put the secret in"));
        }
        if secret.contains(['\r', '\n', '\0']) {
            return Err(self.error("it has more than one line", "keep one secret in one place"));
        }
        Ok(SecretString::from(secret))
    }

    fn read(&self, path: &std::path::Path) -> Result<String, SecretError> {
        let failed = |source: std::io::Error| SecretError {
            reference: self.clone(),
            reason: match source.kind() {
                std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => source.to_string(),
            },
            help: "check the path, and that koppel's user may read the file".to_owned(),
            source: Some(source),
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(self.error("it is a directory", "name the file in it"));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(self.error(
                    format!("others than its owner have rights on the file (mode {mode:04o})"),
                    format!("chmod 600 {}", path.display()),
                ));
            }
        }
        let mut bytes = Vec::new();
        file.take(MAX_SIZE + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(self.error("the file is larger than 64 KiB", "name the right file"));
        }
        String::from_utf8(bytes)
            .map_err(|_| self.error("the file is not UTF-8 text", "name the right file"))
    }

    fn error(&self, reason: impl Into<String>, help: impl Into<String>) -> SecretError {
        SecretError {
            reference: self.clone(),
            reason: reason.into(),
            help: help.into(),
            source: None,
        }
    }
}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn from_env(value: Option<&str>) -> Result<SecretString, SecretError> {
        SecretRef::Env("TOKEN".into()).resolve_in(|name| {
            assert_eq!(name, "TOKEN");
            value.map(OsString::from)
        })
    }

    fn from_file(bytes: &[u8], mode: u32) -> Result<SecretString, SecretError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        SecretRef::File(path).resolve()
    }

    #[test]
    fn a_secret_comes_from_its_variable() {
        assert_eq!(from_env(Some("s3cret")).unwrap().expose_secret(), "s3cret");
    }

    #[test]
    fn a_variable_that_is_missing_or_empty_is_named() {
        assert_eq!(
            from_env(None).unwrap_err().to_string(),
            "the secret `env:TOKEN` cannot be used: the variable is not set\n  help: set it: export TOKEN=…"
        );
        assert_eq!(
            from_env(Some(" \n")).unwrap_err().to_string(),
            "the secret `env:TOKEN` cannot be used: it is empty\n  help: put the secret in"
        );
    }

    #[test]
    fn a_secret_comes_from_its_file_without_the_last_line_break() {
        let secret = from_file(b"s3cret\r\n", 0o600).unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        for mode in [0o640, 0o604, 0o644, 0o620] {
            let text = from_file(b"s3cret", mode).unwrap_err().to_string();
            assert!(
                text.contains(&format!("(mode {mode:04o})\n  help: chmod 600 ")),
                "{text}"
            );
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused_without_its_text() {
        for bytes in [&b"one s3cret\ntwo"[..], b"s3cret\xff", &[b's'; 70_000], b""] {
            let error = from_file(bytes, 0o600).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
        let missing = SecretRef::File("no/such/file".into())
            .resolve()
            .unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the secret `file:no/such/file` cannot be used: there is no such file\n  help: check the path, and that koppel's user may read the file"
        );
    }

    #[test]
    fn what_is_no_reference_is_refused_without_repeating_it() {
        for (text, expected) in [
            ("s3cret", SecretRefError::Literal),
            ("", SecretRefError::Literal),
            ("ENV:TOKEN", SecretRefError::Literal),
            ("env:", SecretRefError::Variable),
            ("env:s3-cret", SecretRefError::Variable),
            ("env:1", SecretRefError::Variable),
            ("file:", SecretRefError::Path),
        ] {
            let error = SecretRef::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("s3"), "{error}");
        }
    }
}
