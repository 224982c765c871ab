//! Recorded exchanges, for tests that read a single one.

use std::path::PathBuf;

use serde::Deserialize;
use simplycrm_ws::{Describe, Error, Json, Record, Values, Verb};
use wiremock::ResponseTemplate;

/// An exchange as it is kept.
#[derive(Deserialize)]
pub(crate) struct Exchange {
    pub(crate) api: String,
    pub(crate) operation: String,
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    form: Option<std::collections::BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    content_type: Option<String>,
    body: String,
}

/// Where the exchanges of a generation are: `v5` or `v7`.
pub(crate) fn folder(generation: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/recorded")
        .join(generation)
}

/// Reads the exchange of a file, without `.json`, such as `v5/160-…`.
pub(crate) fn recorded(name: &str) -> Exchange {
    let path = folder("").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every file of a generation, without `.json`, in order.
pub(crate) fn names(generation: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder(generation))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| Some(format!("{generation}/{}", path.file_stem()?.to_str()?)))
        .collect();
    names.sort();
    names
}

impl Exchange {
    /// A parameter of the form that was sent.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        self.request.form.as_ref()?.get(name)?.as_deref()
    }

    /// The `element` that was sent, as values.
    pub(crate) fn element(&self) -> Option<Values> {
        let element = Json::parse(self.sent("element")?).ok()?.into_map()?;
        Some(
            element
                .into_iter()
                .map(|(name, value)| match value {
                    Json::Text(text) => (name, text.into()),
                    other => (name, simplycrm_ws::FieldValue::Json(other)),
                })
                .collect(),
        )
    }

    /// The answer's `result`, as the client reads it.
    pub(crate) fn result(&self) -> Result<Json, Error> {
        let verb = if self.request.form.is_some() {
            Verb::Post
        } else {
            Verb::Get
        };
        simplycrm_ws::testing::decode(
            verb,
            self.response.status,
            self.response.content_type.as_deref(),
            self.response.body.as_bytes(),
            true,
        )
        .map(|(result, _)| result)
    }

    /// The answer's record.
    pub(crate) fn record(&self) -> Record {
        Record::from_json(self.result().unwrap()).unwrap()
    }

    /// The answer's description of a module.
    pub(crate) fn described(&self) -> Describe {
        Describe::from_json(&self.result().unwrap()).unwrap()
    }

    /// The answer, to be given again.
    pub(crate) fn again(&self) -> ResponseTemplate {
        let kind = self.response.content_type.as_deref();
        ResponseTemplate::new(self.response.status).set_body_raw(
            self.response.body.clone(),
            kind.unwrap_or("application/json"),
        )
    }
}
