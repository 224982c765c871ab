//! Faults on demand: which requests they hit and what they do.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A request as faults see it.
pub(crate) trait Target {
    /// Which of the faked systems it came to.
    const KIN: Kin;
    /// Whether it is about that resource or module.
    fn is_about(&self, entity: &str) -> bool;
    /// The HTTP method in capitals.
    fn method(&self) -> &str;
    /// The name of what is asked for.
    fn operation(&self) -> &str;
    /// Whether it asks for a change.
    fn is_write(&self) -> bool;
    /// Whether it looks records up by their values.
    fn is_search(&self) -> bool;
}

/// Which of the faked systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kin {
    SmartCrm,
    SimplyCrm,
    SnelStart,
}

/// Most faults that can be set at a time.
const MAX_FAULTS: usize = 1_000;

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
    /// 403: the token lacks the grant for this; say for what with `on`.
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
    /// Simply CRM and SnelStart: a body without a byte, as a PHP fatal leaves it.
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
            FaultKind::EmptyBody { .. } | FaultKind::ApiError { .. } => kin != Kin::SmartCrm,
            FaultKind::MissingResults { .. }
            | FaultKind::StatusFalse { .. }
            | FaultKind::TokenNotFound
            | FaultKind::ModuleDisabled => kin == Kin::SmartCrm,
            FaultKind::Unauthorized
            | FaultKind::Refused { .. }
            | FaultKind::GrantMissing
            | FaultKind::PageShift { .. } => kin != Kin::SimplyCrm,
            FaultKind::PhpNotice => kin != Kin::SnelStart,
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

/// Which requests a fault hits; an empty one hits all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// The resource's URL name, in the server's dialect or in SmartCRM's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// The HTTP method in capitals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What is asked for: `create`, `list` and the like, or the operation of Simply CRM's APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Only writes, or only reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<bool>,
    /// Only filtered lists, or everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<bool>,
    /// Only the nth request of those above, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// Every nth request of those above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// The share of those requests that is hit, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The fault ends after so many hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// One fault: what goes wrong, and when.
///
/// ```
/// use koppel_sandbox::smartcrm::{Fault, FaultKind};
///
/// let fault = Fault::new(FaultKind::AnswerLost)
///     .entity("clients")
///     .method("POST")
///     .probability(0.03);
/// assert_eq!(fault.on.method.as_deref(), Some("POST"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Which requests are hit.
    #[serde(default)]
    pub on: Matcher,
}

impl Fault {
    /// A fault that hits every request until it is narrowed.
    #[must_use]
    pub fn new(kind: FaultKind) -> Fault {
        Fault {
            kind,
            on: Matcher::default(),
        }
    }

    /// Refuses records whose `field` is exactly `value`, with that message.
    #[must_use]
    pub fn bad_record(field: &str, value: &str, message: &str) -> Fault {
        Fault::new(FaultKind::BadRecord(BadRecord {
            field: field.to_owned(),
            equals: Some(value.to_owned()),
            contains: None,
            message: message.to_owned(),
        }))
    }

    /// Only requests about this resource.
    #[must_use]
    pub fn entity(mut self, entity: &str) -> Fault {
        self.on.entity = Some(entity.to_owned());
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Fault {
        self.on.method = Some(method.to_owned());
        self
    }

    /// Only this operation.
    #[must_use]
    pub fn operation(mut self, operation: &str) -> Fault {
        self.on.operation = Some(operation.to_owned());
        self
    }

    /// Only writes.
    #[must_use]
    pub fn writes(mut self) -> Fault {
        self.on.write = Some(true);
        self
    }

    /// Only filtered lists.
    #[must_use]
    pub fn searches(mut self) -> Fault {
        self.on.search = Some(true);
        self
    }

    /// Only the nth of the matching requests, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Fault {
        self.on.nth = Some(nth);
        self
    }

    /// Every nth of the matching requests.
    #[must_use]
    pub fn every(mut self, every: u64) -> Fault {
        self.on.every = Some(every);
        self
    }

    /// A share of the matching requests, drawn from the server's seed.
    #[must_use]
    pub fn probability(mut self, share: f64) -> Fault {
        self.on.probability = Some(share);
        self
    }

    /// Ends after so many hits.
    #[must_use]
    pub fn times(mut self, times: u64) -> Fault {
        self.on.times = Some(times);
        self
    }
}

/// The number of a fault that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fault that is set, and how often it was hit.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FaultReport {
    /// Its number.
    pub id: FaultId,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// Requests that met the conditions except nth, every and probability.
    pub seen: u64,
    /// Requests it hit.
    pub hits: u64,
}

#[derive(Debug)]
struct Set {
    id: FaultId,
    fault: Fault,
    seen: u64,
    hits: u64,
    window: VecDeque<Instant>,
}

#[derive(Debug)]
struct Inner {
    next: u64,
    set: Vec<Set>,
    rng: fastrand::Rng,
}

/// The faults of a server; clones share them.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Mutex<Inner>>);

/// What the faults do to one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Before the request is applied.
    pub(crate) delay: Duration,
    /// After it was applied, before the answer.
    pub(crate) answer_delay: Duration,
    pub(crate) page_shift: i64,
    pub(crate) search_delay: Duration,
    pub(crate) bad: Vec<BadRecord>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The one fault that decides the answer.
    pub(crate) verdict: Option<FaultKind>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Faults {
        Faults(Arc::new(Mutex::new(Inner {
            next: 1,
            set: Vec::new(),
            rng: fastrand::Rng::with_seed(seed),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a fault from the next request on.
    ///
    /// The first fault set decides where several would answer the same request.
    /// Beyond 1,000 the oldest is dropped.
    pub fn add(&self, fault: Fault) -> FaultId {
        let mut inner = self.lock();
        let id = FaultId(inner.next);
        inner.next += 1;
        if inner.set.len() >= MAX_FAULTS {
            inner.set.remove(0);
        }
        inner.set.push(Set {
            id,
            fault,
            seen: 0,
            hits: 0,
            window: VecDeque::new(),
        });
        id
    }

    /// Removes one fault; false if there is none with that number.
    pub fn remove(&self, id: FaultId) -> bool {
        let mut inner = self.lock();
        let before = inner.set.len();
        inner.set.retain(|set| set.id != id);
        inner.set.len() < before
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.lock().set.clear();
    }

    /// The faults that are set, also those that have ended, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<FaultReport> {
        self.lock()
            .set
            .iter()
            .map(|set| FaultReport {
                id: set.id,
                fault: set.fault.clone(),
                seen: set.seen,
                hits: set.hits,
            })
            .collect()
    }

    pub(crate) fn plan<T: Target>(&self, call: &T) -> Plan {
        let mut plan = Plan::default();
        let mut inner = self.lock();
        let Inner { set, rng, .. } = &mut *inner;
        for entry in set.iter_mut() {
            entry.weigh(call, rng, &mut plan);
        }
        plan
    }
}

impl Set {
    fn weigh<T: Target>(&mut self, call: &T, rng: &mut fastrand::Rng, plan: &mut Plan) {
        let on = &self.fault.on;
        let fits = on.entity.as_deref().is_none_or(|e| call.is_about(e))
            && on
                .method
                .as_deref()
                .is_none_or(|m| call.method().eq_ignore_ascii_case(m))
            && on
                .operation
                .as_deref()
                .is_none_or(|o| call.operation().eq_ignore_ascii_case(o))
            && on.write.is_none_or(|write| call.is_write() == write)
            && on.search.is_none_or(|search| call.is_search() == search);
        if !fits || !self.fault.kind.is_for(T::KIN) {
            return;
        }
        self.seen += 1;
        let drawn = on.nth.is_none_or(|nth| self.seen == nth)
            && on
                .every
                .is_none_or(|every| every > 0 && self.seen.is_multiple_of(every))
            && on.times.is_none_or(|times| self.hits < times)
            && on.probability.is_none_or(|share| rng.f64() < share);
        if drawn && self.act(plan) {
            self.hits += 1;
        }
    }

    /// Whether the fault did something.
    fn act(&mut self, plan: &mut Plan) -> bool {
        match &self.fault.kind {
            FaultKind::Slow { ms, after_commit } => {
                let delay = Duration::from_millis(*ms);
                if *after_commit {
                    plan.answer_delay = plan.answer_delay.saturating_add(delay);
                } else {
                    plan.delay = plan.delay.saturating_add(delay);
                }
            }
            FaultKind::PageShift { by } => plan.page_shift = plan.page_shift.saturating_add(*by),
            FaultKind::EventualSearch { ms } => {
                plan.search_delay = plan.search_delay.max(Duration::from_millis(*ms));
            }
            FaultKind::BadRecord(rule) => plan.bad.push(rule.clone()),
            FaultKind::RateLimit { per_minute } => {
                let limit = *per_minute;
                return self.count(limit, plan);
            }
            kind if plan.verdict.is_none() => plan.verdict = Some(kind.clone()),
            _ => return false,
        }
        true
    }

    fn count(&mut self, limit: u32, plan: &mut Plan) -> bool {
        const WINDOW: Duration = Duration::from_secs(60);
        let now = Instant::now();
        while self
            .window
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            self.window.pop_front();
        }
        let used = u32::try_from(self.window.len()).unwrap_or(u32::MAX);
        plan.headers.push(("x-ratelimit-limit", limit.to_string()));
        if used < limit {
            self.window.push_back(now);
            let left = limit - used - 1;
            plan.headers
                .push(("x-ratelimit-remaining", left.to_string()));
            return false;
        }
        plan.headers.push(("x-ratelimit-remaining", "0".to_owned()));
        if plan.verdict.is_some() {
            return false;
        }
        let free = self
            .window
            .front()
            .map_or(WINDOW, |at| WINDOW.saturating_sub(now.duration_since(*at)));
        let seconds = free.as_secs() + 1;
        plan.verdict = Some(FaultKind::RateLimited {
            retry_after_s: Some(seconds),
            reset_after_s: Some(seconds),
        });
        true
    }
}
