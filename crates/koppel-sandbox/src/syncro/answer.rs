//! How the server refuses: its many shapes.

use bytes::Bytes;
use serde_json::{Map, Value, json};

pub(crate) use crate::common::Answer;

use super::schema::{Resource, Shape};

/// What an account without a permission is told, with 401.
pub(crate) const NOT_AUTHORIZED: &str =
    "Not authorized. Please ask account admin to update your group permissions.";

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no such record.
    Missing(Option<Resource>),
    /// Properties, each with what is wrong with it as a whole sentence.
    Invalid(Shape, Vec<(String, String)>),
    /// Anything else.
    Said(Answer),
}

impl Refusal {
    /// One property that must be filled.
    pub(crate) fn blank(shape: Shape, field: &str, label: &str) -> Refusal {
        Refusal::of(shape, field, format!("{label} can't be blank"))
    }

    pub(crate) fn of(shape: Shape, field: &str, text: impl Into<String>) -> Refusal {
        Refusal::Invalid(shape, vec![(field.to_owned(), text.into())])
    }

    pub(crate) fn json(status: u16, body: &Value) -> Refusal {
        Refusal::Said(Answer::json(status, body))
    }

    /// What is wrong, in one line.
    pub(crate) fn text(&self) -> String {
        match self {
            Refusal::Missing(_) => "there is no such record".into(),
            Refusal::Invalid(_, faults) => texts(faults).join(", "),
            Refusal::Said(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
        }
    }

    /// `record` is what would have been kept; `update` where a record was to be changed.
    pub(crate) fn answer(
        self,
        body: &Value,
        record: Option<Map<String, Value>>,
        update: bool,
    ) -> Answer {
        match self {
            Refusal::Said(answer) => answer,
            Refusal::Missing(resource) => missing(resource),
            Refusal::Invalid(shape, faults) => invalid(shape, &faults, body, record, update),
        }
    }
}

/// Most 404s of the OpenAPI document have no body.
pub(crate) fn missing(resource: Option<Resource>) -> Answer {
    match resource {
        Some(Resource::Contacts | Resource::Tickets | Resource::Timers | Resource::Customers) => {
            Answer::json(404, &json!({"message": "Not found"}))
        }
        Some(Resource::Assets) => Answer::json(404, &json!({"error": "Asset not found"})),
        _ => Answer::raw(404, Bytes::new()),
    }
}

fn texts(faults: &[(String, String)]) -> Vec<&str> {
    faults.iter().map(|(_, text)| text.as_str()).collect()
}

fn invalid(
    shape: Shape,
    faults: &[(String, String)],
    body: &Value,
    record: Option<Map<String, Value>>,
    update: bool,
) -> Answer {
    let all = texts(faults);
    let params = if body.is_object() {
        body.clone()
    } else {
        json!({})
    };
    let answer = match shape {
        Shape::Messages if update => json!({"success": false, "message": all}),
        Shape::Messages => json!({"success": false, "message": all, "params": params}),
        Shape::Record => json!({"record": record, "errors": all.join(",")}),
        Shape::Error => json!({"error": all.join(", ")}),
        Shape::ErrorList => json!({"error": all}),
        Shape::Twice => {
            let text = all.join(",");
            json!({"success": false, "error": text, "message": text, "params": params})
        }
        Shape::Errors => json!({"errors": all.join(", "), "params": {}}),
        Shape::ErrorsList => json!({"success": false, "errors": all, "params": params}),
        Shape::Fields => fields(faults),
        Shape::Bad => json!({"message": all}),
        Shape::Message => json!({"message": all.join(", ")}),
    };
    Answer::json(if shape == Shape::Bad { 400 } else { 422 }, &answer)
}

fn fields(faults: &[(String, String)]) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for (field, text) in faults {
        let reason = text
            .find("can't")
            .map_or(text.as_str(), |at| text.get(at..).unwrap_or(text));
        if let Some(list) = map
            .entry(field.clone())
            .or_insert_with(|| json!([]))
            .as_array_mut()
        {
            list.push(json!(reason));
        }
    }
    Value::Object(map)
}

/// 401 for a permission that is missing.
pub(crate) fn not_authorized() -> Answer {
    Answer::json(401, &json!({"error": NOT_AUTHORIZED}))
}

/// What a client hears that sends too much; the body's exact text is not documented.
pub(crate) fn throttled(status: u16) -> Answer {
    let text = "We are receiving a high number of requests from you. Please slow down.";
    Answer::json(status, &json!({"error": text}))
}

/// What stands in front of the application answers with pages.
pub(crate) fn page(status: u16) -> Answer {
    let title = match status {
        400 => "400 Bad Request",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        504 => "504 Gateway Time-out",
        _ => "We're sorry, but something went wrong",
    };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::html(status, &page)
}
