//! What can go wrong.

use serde::{Deserialize, Serialize};

use super::Kin;

/// What goes wrong.
///
/// "After commit" means: the write is applied and journalled all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultKind {
    /// The write is applied, then the connection closes without an answer.
    AnswerLost,
    /// The connection closes before anything is applied.
    ConnectionDropped,
    /// 429 before anything is applied.
    RateLimited {
        /// Seconds in the header `Retry-After`.
        #[serde(default)]
        retry_after_s: Option<u64>,
        /// `X-RateLimit-Reset` = now plus so many seconds (sent as Unix time).
        #[serde(default)]
        reset_after_s: Option<u64>,
    },
    /// An error status, by default before anything is applied.
    Status {
        /// The HTTP status, 400 to 599.
        status: u16,
        /// Apply the request first.
        #[serde(default)]
        after_commit: bool,
    },
    /// The answer comes so much later.
    Slow {
        /// Milliseconds.
        ms: u64,
        /// Apply the request first, and be slow then.
        #[serde(default)]
        after_commit: bool,
    },
    /// The request is applied; the second half of the answer's body is missing.
    TruncatedBody,
    /// The request is applied; results of a batch are missing from the answer.
    MissingResults {
        /// How many, taken from the end.
        count: usize,
    },
    /// A login page instead of an answer; nothing is applied.
    LoginPage {
        /// The HTTP status: hosting firewalls send 200 as well as 403.
        status: u16,
    },
    /// A captcha page instead of an answer; nothing is applied.
    CaptchaPage {
        /// The HTTP status: hosting firewalls send 200 as well as 403.
        status: u16,
    },
    /// The request is applied; PHP notices stand before the JSON.
    PhpNotice,
    /// 200 with `"status": false`; nothing is applied.
    StatusFalse {
        /// The message in the body.
        message: String,
    },
    /// 404 "Token is not found", whatever token was sent.
    TokenNotFound,
    /// 401, whatever token was sent.
    Unauthorized,
    /// A status with a message of yours; nothing is applied. Also "… fail." and texts of tokens.
    Refused {
        /// The HTTP status, 400 to 599.
        status: u16,
        /// The message in the body.
        message: String,
    },
    /// 401: the server's API module is switched off.
    ModuleDisabled,
    /// 403, Syncro 401: the token lacks the grant for this; say for what with `on`.
    GrantMissing,
    /// A list page starts so many records later (negative: earlier).
    PageShift {
        /// Records skipped, or repeated where negative. Page 1 is not shifted.
        by: i64,
    },
    /// Records are not found by filters until some time after their creation.
    EventualSearch {
        /// Milliseconds.
        ms: u64,
    },
    /// Records with a value are refused as invalid; the others go through.
    BadRecord(BadRecord),
    /// More requests than this within 60 seconds get a 429.
    RateLimit {
        /// Requests per sliding window of 60 seconds.
        per_minute: u32,
    },
    /// Simply CRM, SnelStart and Syncro: a body without a byte, as a PHP fatal leaves it.
    EmptyBody {
        /// The HTTP status, 200 or 500.
        status: u16,
        /// Apply the request first.
        #[serde(default)]
        after_commit: bool,
    },
    /// Simply CRM: 200 and the plain text `Sorry! Attempt to access restricted file.`
    TextDeath {
        /// Apply the request first.
        #[serde(default)]
        after_commit: bool,
    },
    /// Simply CRM: 200 and PHP's fatal error as a page.
    HtmlFatal {
        /// Apply the request first.
        #[serde(default)]
        after_commit: bool,
    },
    /// Simply CRM: 414 and the web server's page; nothing is applied.
    UriTooLong,
    /// Simply CRM: the request's session has ended; nothing is applied.
    SessionExpired,
    /// Simply CRM: another client takes a challenge right after this one, which is then void.
    ChallengeOvertaken,
    /// Simply CRM: an error inside a 200. SnelStart: a 400 with a code. Nothing is applied.
    ApiError {
        /// The code, such as `DATABASE_QUERY_ERROR`.
        code: String,
        /// The message.
        message: String,
    },
    /// Simply CRM: `{"success":false,"error":null}`.
    NullError {
        /// Apply the request first.
        #[serde(default)]
        after_commit: bool,
    },
    /// Syncro: the text that tells of too many requests, under any status. Nothing is applied.
    Throttled {
        /// The HTTP status, 200 among them.
        status: u16,
    },
    /// Syncro: a request for more records of a page than this gets a 504 and a page.
    PageTooBig {
        /// The largest page that still comes.
        over: u64,
    },
    /// Syncro: any answer, as one of those that the API's document shows.
    Body {
        /// The HTTP status.
        status: u16,
        /// The JSON; a text is sent as it is, as `text/plain`.
        body: serde_json::Value,
        /// Apply the request first.
        #[serde(default)]
        after_commit: bool,
    },
}

impl FaultKind {
    /// Whether that system knows the fault; one that it does not know hits nothing.
    pub(crate) fn is_for(&self, kin: Kin) -> bool {
        match self {
            FaultKind::TextDeath { .. }
            | FaultKind::HtmlFatal { .. }
            | FaultKind::UriTooLong
            | FaultKind::SessionExpired
            | FaultKind::ChallengeOvertaken
            | FaultKind::NullError { .. } => kin == Kin::SimplyCrm,
            FaultKind::Throttled { .. } | FaultKind::PageTooBig { .. } | FaultKind::Body { .. } => {
                kin == Kin::Syncro
            }
            FaultKind::EmptyBody { .. } => kin != Kin::SmartCrm,
            FaultKind::ApiError { .. } => matches!(kin, Kin::SimplyCrm | Kin::SnelStart),
            FaultKind::MissingResults { .. }
            | FaultKind::StatusFalse { .. }
            | FaultKind::TokenNotFound
            | FaultKind::ModuleDisabled => kin == Kin::SmartCrm,
            FaultKind::Unauthorized
            | FaultKind::Refused { .. }
            | FaultKind::GrantMissing
            | FaultKind::PageShift { .. } => kin != Kin::SimplyCrm,
            FaultKind::PhpNotice => matches!(kin, Kin::SmartCrm | Kin::SimplyCrm),
            FaultKind::AnswerLost
            | FaultKind::ConnectionDropped
            | FaultKind::RateLimited { .. }
            | FaultKind::Status { .. }
            | FaultKind::Slow { .. }
            | FaultKind::TruncatedBody
            | FaultKind::LoginPage { .. }
            | FaultKind::CaptchaPage { .. }
            | FaultKind::EventualSearch { .. }
            | FaultKind::BadRecord(_)
            | FaultKind::RateLimit { .. } => true,
        }
    }
}

/// Which records a [`FaultKind::BadRecord`] refuses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadRecord {
    /// The field that is looked at; `external_id` is one of them.
    pub field: String,
    /// Refused when the field's text is exactly this.
    #[serde(default)]
    pub equals: Option<String>,
    /// Refused when the field's text contains this.
    #[serde(default)]
    pub contains: Option<String>,
    /// What the server says of it.
    #[serde(default = "bad_message")]
    pub message: String,
}

fn bad_message() -> String {
    "The value is not accepted.".into()
}

impl BadRecord {
    pub(crate) fn hits(&self, value: &str) -> bool {
        self.equals.as_deref().is_some_and(|text| text == value)
            || self
                .contains
                .as_deref()
                .is_some_and(|text| value.contains(text))
    }
}
