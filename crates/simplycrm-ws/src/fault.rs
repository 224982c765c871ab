//! Answers that are no answer of the API.

use std::fmt;

use api_core::{Error, ErrorKind, SendOutcome};

/// How a body is broken; every one is an error, never an empty result.
///
/// Carried as the error's [`code_str`](Error::code_str).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyFault {
    /// Nothing at all, with a status of success: PHP died without a word, or
    /// the format asked for is unknown (recorded vtiger 5.4.0 and 7.1.0 servers).
    EmptyBody,
    /// Nothing at all, with status 500: PHP died of a fatal error that it keeps
    /// to itself (recorded vtiger 5.4.0 and 7.1.0 servers).
    ServerCrash,
    /// A plain sentence by which PHP code ended itself, such as `Sorry! Attempt
    /// to access restricted file.` (recorded vtiger 5.4.0 and 7.1.0 servers).
    TextDeath,
    /// A web page or a piece of one: a proxy, a firewall, a wrong address, or
    /// PHP code that ended itself with a message for people.
    HtmlPage,
    /// PHP's own report of a fatal error (recorded vtiger 5.4.0 and 7.1.0
    /// servers with `display_errors` on).
    HtmlFatal,
    /// JSON that is cut off or damaged.
    BrokenJson,
    /// JSON that does not say whether the call succeeded.
    NoEnvelope,
    /// A refusal without a reason: `"error": null` (recorded vtiger 5.4.0 and
    /// 7.1.0 servers; the mobile API answers so for modules without relation).
    NullError,
    /// The address is longer than the web server takes, 8 KiB by default
    /// (recorded vtiger 5.4.0 server behind Apache).
    RequestTooLong,
}

impl BodyFault {
    /// Every fault, in declaration order.
    pub const ALL: [Self; 9] = [
        Self::EmptyBody,
        Self::ServerCrash,
        Self::TextDeath,
        Self::HtmlPage,
        Self::HtmlFatal,
        Self::BrokenJson,
        Self::NoEnvelope,
        Self::NullError,
        Self::RequestTooLong,
    ];

    /// Returns the name that stands as the error's code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmptyBody => "empty_body",
            Self::ServerCrash => "server_crash",
            Self::TextDeath => "text_death",
            Self::HtmlPage => "html_page",
            Self::HtmlFatal => "html_fatal",
            Self::BrokenJson => "broken_json",
            Self::NoEnvelope => "no_envelope",
            Self::NullError => "null_error",
            Self::RequestTooLong => "request_too_long",
        }
    }

    /// Finds the fault an error tells of.
    ///
    /// ```
    /// use simplycrm_ws::{BodyFault, Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::NotAnApi, "Nothing came.").code("empty_body");
    /// assert_eq!(BodyFault::of(&error), Some(BodyFault::EmptyBody));
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        let code = error.code_str()?;
        Self::ALL.into_iter().find(|fault| fault.as_str() == code)
    }

    /// What the caller can do about it.
    fn kind(self) -> ErrorKind {
        match self {
            Self::EmptyBody
            | Self::ServerCrash
            | Self::TextDeath
            | Self::HtmlPage
            | Self::HtmlFatal => ErrorKind::NotAnApi,
            Self::BrokenJson | Self::NoEnvelope | Self::NullError => ErrorKind::Decode,
            Self::RequestTooLong => ErrorKind::TooLarge,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::EmptyBody => "The server answered with nothing",
            Self::ServerCrash => "The server crashed and answered with nothing",
            Self::TextDeath => "The server ended the request with a plain sentence",
            Self::HtmlPage => "The server answered with a web page instead of JSON",
            Self::HtmlFatal => "PHP on the server ended with a fatal error",
            Self::BrokenJson => "The server's JSON cannot be read",
            Self::NoEnvelope => "The server's JSON does not say whether the call succeeded",
            Self::NullError => "The server refused without a reason",
            Self::RequestTooLong => "The address is longer than the web server takes",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::EmptyBody | Self::ServerCrash => {
                "Check that this server knows the operation and its parameters; the reason stands in the server's PHP log."
            }
            Self::TextDeath => {
                "Check ids, owners and modules that were sent: the server ends like this when one of them is none."
            }
            Self::HtmlPage => {
                "Check the address of the CRM, and whether a proxy, a firewall or a maintenance page answers in its place."
            }
            Self::HtmlFatal => "The excerpt tells the reason; ask whoever runs the server.",
            Self::BrokenJson | Self::NoEnvelope => {
                "Check the address of the CRM, and the server's PHP log."
            }
            Self::NullError => "Check that the modules of this call are related to each other.",
            Self::RequestTooLong => "Ask for less at once: fewer ids, fewer columns.",
        }
    }

    /// The error for a body broken in this way.
    pub(crate) fn error(self, detail: &str, body: &str) -> Error {
        let message = if detail.is_empty() {
            format!("{}.", self.sentence())
        } else {
            format!("{}: {detail}.", self.sentence())
        };
        let mut error = Error::new(self.kind(), message)
            .code(self.as_str())
            .help(self.help());
        if self != Self::RequestTooLong {
            error = error.outcome(SendOutcome::Unknown);
        }
        if !body.trim().is_empty() {
            error = error.excerpt(body);
        }
        error
    }
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
