//! One fault: what goes wrong, and with which requests.

use serde::{Deserialize, Serialize};

use super::{BadRecord, FaultKind};

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
    /// Every nth request of those above. Where an earlier fault answers that one, it is due at the
    /// next that no other answers.
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

    /// Every nth of the matching requests; where an earlier fault answers that one, the next.
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
