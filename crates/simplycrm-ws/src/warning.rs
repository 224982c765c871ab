//! What went well, and still deserves to be known.

use std::fmt;

use api_core::redact;

/// How a stored value differs from the one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The end is missing: the column is shorter.
    Truncated,
    /// A number lost digits.
    Rounded,
    /// Nothing was stored.
    Blanked,
    /// A date became `0000-00-00`.
    ZeroDate,
    /// Something else was stored.
    Rewritten,
}

impl ChangeKind {
    /// Returns a stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Rounded => "rounded",
            Self::Blanked => "blanked",
            Self::ZeroDate => "zero_date",
            Self::Rewritten => "rewritten",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that went well and still deserves to be known.
///
/// No warning holds a secret: texts of the remote are redacted, and of secret
/// fields no value is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Something stood around the JSON of an answer, mostly PHP's warnings.
    Noise {
        /// The operation whose answer it was.
        operation: String,
        /// The beginning of it.
        excerpt: String,
    },
    /// A value was stored other than it was sent.
    Changed {
        /// The module of the record.
        module: String,
        /// The field.
        field: String,
        /// What was sent.
        sent: String,
        /// What the server says it stored.
        stored: String,
        /// How the two differ.
        what: ChangeKind,
    },
    /// `sync` does not work for a module; a query takes its place.
    SyncUnusable {
        /// The module.
        module: String,
        /// Why.
        reason: String,
    },
    /// `sync` shows only the user's own records; a query takes its place.
    SyncOwnOnly {
        /// The module.
        module: String,
    },
    /// Something else.
    Note {
        /// The operation it came up in.
        operation: String,
        /// A sentence.
        message: String,
    },
}

impl Warning {
    /// A value that was stored other than it was sent; of a secret field no
    /// value is kept.
    #[must_use]
    pub fn changed(
        module: impl Into<String>,
        field: impl Into<String>,
        sent: impl Into<String>,
        stored: impl Into<String>,
        what: ChangeKind,
    ) -> Self {
        let field = field.into();
        let secret = redact::is_secret_key(&field);
        let shown = |value: String| {
            if secret {
                redact::REDACTED.to_owned()
            } else {
                value
            }
        };
        Self::Changed {
            module: module.into(),
            field,
            sent: shown(sent.into()),
            stored: shown(stored.into()),
            what,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noise { operation, excerpt } => {
                write!(
                    f,
                    "{operation}: the JSON stood among something else: {excerpt}"
                )
            }
            Self::Changed {
                module,
                field,
                sent,
                stored,
                what,
            } => write!(
                f,
                "{module}.{field} was {what}: sent {sent:?}, stored {stored:?}"
            ),
            Self::SyncUnusable { module, reason } => {
                write!(f, "sync does not work for {module}: {reason}")
            }
            Self::SyncOwnOnly { module } => {
                write!(f, "sync shows only the user's own records of {module}")
            }
            Self::Note { operation, message } => write!(f, "{operation}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_secret_field_no_value_is_kept() {
        let warning = Warning::changed(
            "Users",
            "user_password",
            "hunter2-a",
            "hunter2-b",
            ChangeKind::Rewritten,
        );
        let shown = format!("{warning} {warning:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
