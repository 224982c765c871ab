#![doc = include_str!("../README.md")]

pub mod clock;
pub mod error;
pub mod redact;
pub mod time;

#[cfg(any(test, feature = "testing"))]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use error::{Error, ErrorKind, ErrorSummary, Result, SendOutcome};
pub use secrecy::{ExposeSecret, SecretString};
pub use time::{Date, ParseTimeError, Timestamp};
