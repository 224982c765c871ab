//! The shapes of the API's answers and errors.

use serde_json::{Map, Value, json};

use super::odata::OdataError;
pub(crate) use crate::common::Answer;

/// Why a request was not applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// A business rule.
    Rule(&'static str, String),
    /// A rule that a test set up.
    Set(String, String),
    /// No record with that id.
    Missing(&'static str),
    /// Fields that could not be read.
    Fields(Vec<(String, String)>),
    /// A filter that could not be read.
    Query(OdataError),
    /// The server breaks.
    Broken,
}

impl Refusal {
    pub(crate) fn rule<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
        Err(Refusal::Rule(code, message.into()))
    }

    pub(crate) fn answer(&self) -> Answer {
        match self {
            Refusal::Rule(code, message) => coded(400, code, message),
            Refusal::Set(code, message) => coded(400, code, message),
            Refusal::Missing(code) => coded(404, code, "Het opgevraagde gegeven bestaat niet"),
            Refusal::Fields(faults) => fields(faults),
            // The OData layer says what it does not know, the API's own layer the rest.
            Refusal::Query(error @ OdataError::Syntax(_)) => {
                coded(400, "ALG-0104", &error.message())
            }
            Refusal::Query(error) => Answer::json(400, &json!({"Message": error.message()})),
            Refusal::Broken => Answer::json(500, &json!({"Message": "An error has occurred."})),
        }
    }

    /// What it says, for a test.
    pub(crate) fn text(&self) -> String {
        match self {
            Refusal::Rule(code, message) => format!("{code} {message}"),
            Refusal::Set(code, message) => format!("{code} {message}"),
            Refusal::Missing(code) => format!("{code} there is no such record"),
            Refusal::Fields(faults) => faults
                .iter()
                .map(|(_, fault)| fault.as_str())
                .collect::<Vec<_>>()
                .join(" "),
            Refusal::Query(error) => error.message(),
            Refusal::Broken => "the server breaks".into(),
        }
    }
}

/// An error with a code, in an array.
pub(crate) fn coded(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!([{"errorCode": code, "message": message, "details": null}]),
    )
}

/// What model binding says; one fault alone comes bare, several inside an array.
fn fields(faults: &[(String, String)]) -> Answer {
    let mut state: Map<String, Value> = Map::new();
    for (field, fault) in faults {
        let list = state
            .entry(field.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(fault.as_str().into());
        }
    }
    let body = json!({"message": "The request is invalid.", "modelState": state});
    if faults.len() > 1 {
        return Answer::json(400, &json!([body]));
    }
    Answer::json(400, &body)
}

/// The gateway's own words.
pub(crate) fn gateway(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"statusCode": status, "message": message}))
}

/// Too many requests, as the gateway says it.
pub(crate) fn too_many(seconds: u64) -> Answer {
    let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
    let mut answer = gateway(429, &message);
    answer.headers.push(("retry-after", seconds.to_string()));
    answer
}

/// The hour's volume is used up, as the gateway's quota says it.
pub(crate) fn out_of_quota(seconds: u64) -> Answer {
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let message = format!(
        "Out of call volume quota. Quota will be replenished in {hours:02}:{minutes:02}:{:02}.",
        seconds % 60
    );
    let mut answer = gateway(403, &message);
    answer.headers.push(("retry-after", seconds.to_string()));
    answer
}
