//! Taking deliveries in, whichever web framework brings them.

use std::fmt;
use std::hint::black_box;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_core::{Clock, Error, ErrorKind, ExposeSecret, SecretString, SystemClock};
use http::{HeaderMap, StatusCode, header};

use super::classify::Classifier;
use super::delivery::{BadDelivery, Delivery};
use super::event::Event;
use super::window::Window;

/// The largest body that is taken, unless told otherwise, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// The shortest path token that is taken, in bytes.
const MIN_TOKEN: usize = 16;

/// A delivery that was taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// It is new.
    New(Event),
    /// The very same came in a moment ago.
    Duplicate(Event),
}

impl Accepted {
    /// The event, new or not.
    pub fn event(&self) -> &Event {
        match self {
            Accepted::New(event) | Accepted::Duplicate(event) => event,
        }
    }
}

/// Why a request was not taken; never says what was in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The path does not carry the token. It is answered like a page that is not there.
    #[error("not found")]
    WrongToken,
    /// The body is larger than is taken.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// How large it may be, in bytes.
        limit: usize,
    },
    /// The body is compressed.
    #[error("the body is encoded; send it as it is")]
    Encoded,
    /// The body is no delivery.
    #[error("{0}")]
    Unreadable(#[from] BadDelivery),
}

impl Refused {
    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        match self {
            Refused::WrongToken => StatusCode::NOT_FOUND,
            Refused::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refused::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refused::Unreadable(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// Takes deliveries in: checks the path token, reads the event, knows what it had already.
///
/// Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    token: SecretString,
    max_body: usize,
    classifier: Classifier,
    clock: Arc<dyn Clock>,
    window: Mutex<Window>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("max_body", &self.0.max_body)
            .finish_non_exhaustive()
    }
}

impl Receiver {
    /// A receiver whose path carries this token: long, random and known to nobody but Syncro.
    pub fn builder(path_token: SecretString) -> ReceiverBuilder {
        ReceiverBuilder {
            token: path_token,
            max_body: MAX_BODY,
            window: (Duration::from_secs(600), 10_000),
            classifier: Classifier::standard(),
            clock: Arc::new(SystemClock),
        }
    }

    /// How large a body may be, in bytes: read no more than this of it.
    pub fn max_body(&self) -> usize {
        self.0.max_body
    }

    /// Checks a request before its body is read.
    ///
    /// # Errors
    /// When the token is wrong (compared in constant time), or the headers announce a body that
    /// will not be taken.
    pub fn admit(&self, path_token: &str, headers: &HeaderMap) -> Result<(), Refused> {
        if !same(path_token, self.0.token.expose_secret()) {
            return Err(Refused::WrongToken);
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let length = text(header::CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.0.max_body as u64) {
            return Err(self.too_large());
        }
        if text(header::CONTENT_ENCODING).is_some_and(|how| !how.eq_ignore_ascii_case("identity")) {
            return Err(Refused::Encoded);
        }
        Ok(())
    }

    /// Takes a delivery.
    ///
    /// # Errors
    /// When the token is wrong, or the body is too large or no delivery.
    pub fn accept(
        &self,
        path_token: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Accepted, Refused> {
        self.admit(path_token, headers)?;
        if body.len() > self.0.max_body {
            return Err(self.too_large());
        }
        let delivery = Delivery::parse(body)?;
        let now = self.0.clock.now();
        let is_new = {
            let mut window = (self.0.window.lock()).unwrap_or_else(PoisonError::into_inner);
            window.is_new(&delivery, now)
        };
        let event = Event::of(delivery, &self.0.classifier, now);
        Ok(if is_new {
            Accepted::New(event)
        } else {
            Accepted::Duplicate(event)
        })
    }

    fn too_large(&self) -> Refused {
        Refused::TooLarge {
            limit: self.0.max_body,
        }
    }
}

/// Compares without telling by its time how much of the token is right. How long the token is may
/// be told.
fn same(given: &str, token: &str) -> bool {
    let (given, token) = (given.as_bytes(), token.as_bytes());
    if given.len() != token.len() {
        return false;
    }
    let differs = (given.iter().zip(token)).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    black_box(differs) == 0
}

/// Settings of a [`Receiver`].
#[must_use]
pub struct ReceiverBuilder {
    token: SecretString,
    max_body: usize,
    window: (Duration, usize),
    classifier: Classifier,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for ReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverBuilder")
            .field("max_body", &self.max_body)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl ReceiverBuilder {
    /// Sets how large a body may be, in bytes (default 1 MiB).
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how long and how many deliveries are remembered, to know those that come twice
    /// (default ten minutes, 10,000). With 0 none is.
    pub fn window(mut self, span: Duration, most: usize) -> Self {
        self.window = (span, most);
        self
    }

    /// Sets how events are told apart.
    pub fn classifier(mut self, classifier: Classifier) -> Self {
        self.classifier = classifier;
        self
    }

    /// Sets the clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the receiver.
    ///
    /// # Errors
    /// When the token is shorter than 16 characters, or has others than letters, digits, `-`, `_`,
    /// `.` and `~`, which stand in a path as they are.
    pub fn build(self) -> Result<Receiver, Error> {
        let token = self.token.expose_secret();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if token.len() < MIN_TOKEN || !token.bytes().all(plain) {
            let message = format!(
                "the path token of a webhook has at least {MIN_TOKEN} characters, and none but \
                 letters, digits, `-`, `_`, `.` and `~`"
            );
            return Err(Error::new(ErrorKind::Config, message).code("webhook_token"));
        }
        let (span, most) = self.window;
        Ok(Receiver(Arc::new(Inner {
            token: self.token,
            max_body: self.max_body,
            classifier: self.classifier,
            clock: self.clock,
            window: Mutex::new(Window::new(span, most)),
        })))
    }
}
