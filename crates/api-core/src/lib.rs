#![doc = include_str!("../README.md")]

pub mod auth;
pub mod caller;
pub mod classify;
pub mod clock;
pub mod error;
pub mod guarded;
pub mod json;
pub mod limit;
pub mod money;
pub mod observe;
pub mod paging;
pub mod reading;
pub mod redact;
mod registry;
pub mod request;
pub mod retry;
mod settings;
pub mod time;
pub mod transport;

pub use auth::{Authorize, Bearer, HeaderToken, NoAuth, TokenCache};
pub use caller::{Call, Caller};
#[cfg(any(test, feature = "testing"))]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use error::{Error, ErrorKind, ErrorSummary, Result, SendOutcome};
pub use guarded::{BadRecord, Guarded};
pub use json::Json;
pub use limit::{Limited, Limiter, SlidingLimiter};
pub use observe::{Exchange, ExchangeObserver, Ready};
pub use paging::{Page, Pages, paginate};
pub use registry::Registry;
pub use retry::{RetryBudget, RetryPolicy, Safety};
pub use secrecy::{ExposeSecret, SecretString};
pub use settings::{ClientSettings, default_transport};
pub use time::{Date, ParseTimeError, Timestamp};
#[cfg(any(test, feature = "testing"))]
pub use transport::FakeTransport;
#[cfg(feature = "reqwest")]
pub use transport::HttpTransport;
pub use transport::{Transport, TransportError};
