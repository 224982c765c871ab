//! What an error asks for, and what is known about a request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the caller can do about an error, not what happened on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Credentials are missing, wrong or expired: log in again or mend them.
    Auth,
    /// The credentials are right but lack a right.
    Permission,
    /// The record or the address does not exist.
    NotFound,
    /// The remote refused the content: mend the record.
    Validation,
    /// The remote holds something that contradicts the write.
    Conflict,
    /// Too many requests: wait, then try again.
    RateLimited,
    /// The request or the answer is larger than allowed.
    TooLarge,
    /// The remote is down, slow or unreachable: try again later.
    Unavailable,
    /// Something answered, but not the API: HTML, a captcha, a PHP notice.
    NotAnApi,
    /// The answer came from the API but cannot be read.
    Decode,
    /// The configuration is wrong: nothing was tried.
    Config,
    /// The caller asked to stop.
    Cancelled,
    /// The local store failed.
    Storage,
    /// A defect of this program.
    Internal,
}

impl ErrorKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 14] = [
        Self::Auth,
        Self::Permission,
        Self::NotFound,
        Self::Validation,
        Self::Conflict,
        Self::RateLimited,
        Self::TooLarge,
        Self::Unavailable,
        Self::NotAnApi,
        Self::Decode,
        Self::Config,
        Self::Cancelled,
        Self::Storage,
        Self::Internal,
    ];

    /// Returns the stable name used in stores, logs and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::Validation => "validation",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::TooLarge => "too_large",
            Self::Unavailable => "unavailable",
            Self::NotAnApi => "not_an_api",
            Self::Decode => "decode",
            Self::Config => "config",
            Self::Cancelled => "cancelled",
            Self::Storage => "storage",
            Self::Internal => "internal",
        }
    }

    /// Tells whether the same request may succeed later, unchanged.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }

    /// Returns the outcome an error of this kind has until told otherwise.
    ///
    /// Kinds by which a remote says "no" are [`SendOutcome::Rejected`], a
    /// configuration error is [`SendOutcome::NotSent`]. Every other kind
    /// (`Unavailable`, `NotAnApi`, `Decode`, `Cancelled`, `Storage`,
    /// `Internal`) can strike before or after a request was applied, so it is
    /// [`SendOutcome::Unknown`]: the cautious choice, because an unknown
    /// create is looked up and never blindly sent again. Whoever knows better
    /// says so with [`Error::outcome`](crate::Error::outcome).
    #[must_use]
    pub fn default_outcome(self) -> SendOutcome {
        match self {
            Self::Auth
            | Self::Permission
            | Self::NotFound
            | Self::Validation
            | Self::Conflict
            | Self::RateLimited
            | Self::TooLarge => SendOutcome::Rejected,
            Self::Config => SendOutcome::NotSent,
            Self::Unavailable
            | Self::NotAnApi
            | Self::Decode
            | Self::Cancelled
            | Self::Storage
            | Self::Internal => SendOutcome::Unknown,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no [`ErrorKind`] or [`SendOutcome`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a known {what}")]
pub struct UnknownName {
    what: &'static str,
    name: String,
}

impl FromStr for ErrorKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| UnknownName {
                what: "error kind",
                name: name.to_owned(),
            })
    }
}

/// What is known about a request that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SendOutcome {
    /// The request never left: the remote cannot have applied it.
    NotSent,
    /// The remote said no and applied nothing.
    Rejected,
    /// The remote said yes.
    Done,
    /// The request was sent and no readable answer came: it may have been
    /// applied. Never the same as "failed".
    Unknown,
}

impl SendOutcome {
    /// Every outcome, in declaration order.
    pub const ALL: [Self; 4] = [Self::NotSent, Self::Rejected, Self::Done, Self::Unknown];

    /// Returns the stable name used in stores, logs and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Rejected => "rejected",
            Self::Done => "done",
            Self::Unknown => "unknown",
        }
    }

    /// Tells whether the remote may have applied the request.
    #[must_use]
    pub fn may_be_applied(self) -> bool {
        matches!(self, Self::Done | Self::Unknown)
    }
}

impl fmt::Display for SendOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SendOutcome {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
            .ok_or_else(|| UnknownName {
                what: "send outcome",
                name: name.to_owned(),
            })
    }
}

macro_rules! serde_as_name {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_as_name!(ErrorKind);
serde_as_name!(SendOutcome);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), kind);
        }
        for outcome in SendOutcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
        assert_eq!(
            "nonsense".parse::<ErrorKind>().unwrap_err().to_string(),
            "`nonsense` is not a known error kind"
        );
    }

    #[test]
    fn no_kind_claims_not_sent_unless_nothing_was_tried() {
        for kind in ErrorKind::ALL {
            let not_sent = kind.default_outcome() == SendOutcome::NotSent;
            assert_eq!(not_sent, kind == ErrorKind::Config, "{kind}");
            assert_ne!(kind.default_outcome(), SendOutcome::Done);
        }
    }
}
