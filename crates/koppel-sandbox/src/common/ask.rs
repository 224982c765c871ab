//! Who asks for a write, and under which rules.

use serde_json::Value;

use super::faults::{BadRecord, Plan};

/// What a write is asked with.
pub(crate) struct Ask<'a> {
    /// The request's number; 0 is a person at work in the system itself.
    pub(crate) request: u64,
    /// Whether the API's rules hold.
    pub(crate) rules: bool,
    pub(crate) bad: &'a [BadRecord],
    pub(crate) body: &'a Value,
}

impl Ask<'static> {
    /// What a person does who sends nothing.
    pub(crate) const DIRECT: Ask<'static> = Ask::direct(&Value::Null);
}

impl<'a> Ask<'a> {
    /// What a request over HTTP asks for.
    pub(crate) fn over_http(request: u64, plan: &'a Plan, body: &'a Value) -> Ask<'a> {
        Ask {
            request,
            rules: true,
            bad: &plan.bad,
            body,
        }
    }

    /// What a person does in the system itself.
    pub(crate) const fn direct(body: &'a Value) -> Ask<'a> {
        Ask {
            request: 0,
            rules: false,
            bad: &[],
            body,
        }
    }

    /// The same request with another body, for a record that comes along.
    pub(crate) fn with<'b>(&self, body: &'b Value) -> Ask<'b>
    where
        'a: 'b,
    {
        Ask {
            request: self.request,
            rules: self.rules,
            bad: self.bad,
            body,
        }
    }

    /// A property of the body.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// Whether the body says something of it.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.body.get(name).is_some_and(|value| {
            value.as_str().is_none_or(|text| !text.trim().is_empty()) && !value.is_null()
        })
    }
}
