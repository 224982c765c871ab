//! A request taken apart: which API, which operation, about which module.

use http::request::Parts;
use serde_json::Value;

use super::params::Params;
use super::schema::Schema;
use super::vtql::module_of;
use crate::common::{Kin, Target};

/// Which of the two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Webservice,
    Mobile,
}

/// A request to one of the APIs.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) api: Api,
    method: String,
    /// The webservice does not mind capitals.
    pub(crate) operation: String,
    pub(crate) params: Params,
    module: Option<&'static str>,
    is_search: bool,
}

const WRITES: [&str; 15] = [
    "create",
    "update",
    "revise",
    "delete",
    "add_related",
    "delete_related",
    "convertlead",
    "changepassword",
    "deleteuser",
    "saverecord",
    "deleterecords",
    "addrecordcomment",
    "mobile.saverecord",
    "mobile.deleterecords",
    "mobile.addrecordcomment",
];

impl Call {
    pub(crate) fn new(api: Api, parts: &Parts, body: &[u8], schema: &Schema) -> Call {
        let mut params = Params::read(parts.uri.query(), &parts.headers, body);
        if api == Api::Mobile && !schema.generation.has_old_mobile() {
            params.read_json(&parts.headers, body);
        }
        let operation = match api {
            Api::Webservice => params
                .either("operation")
                .unwrap_or_default()
                .to_ascii_lowercase(),
            Api::Mobile => params.form.get("_operation").cloned().unwrap_or_default(),
        };
        let by_id = |id: &str| {
            let (prefix, _) = id.split_once('x')?;
            Some(schema.by_prefix(prefix.parse().ok()?)?.name)
        };
        let by_name = |name: &str| schema.module(name).map(|module| module.name);
        let module = ["elementType", "module"]
            .into_iter()
            .find_map(|name| by_name(params.either(name)?))
            .or_else(|| by_name(module_of(params.either("query")?)?))
            .or_else(|| {
                ["id", "record", "sourceRecordId"]
                    .into_iter()
                    .find_map(|name| by_id(params.either(name)?))
            })
            .or_else(|| {
                let element: Value = serde_json::from_str(params.either("element")?).ok()?;
                by_id(element.get("id")?.as_str()?)
            });
        let is_search = params
            .either("query")
            .is_some_and(|query| query.to_ascii_lowercase().contains(" where "));
        Call {
            api,
            method: parts.method.as_str().to_owned(),
            operation,
            params,
            module,
            is_search,
        }
    }

    /// The session it says it belongs to.
    pub(crate) fn session(&self) -> Option<&str> {
        let name = match self.api {
            Api::Webservice => self.params.either("sessionName"),
            Api::Mobile => self.params.form.get("_session").map(String::as_str),
        };
        name.filter(|name| !matches!(*name, "" | "0" | "null"))
    }
}

impl Target for Call {
    const KIN: Kin = Kin::SimplyCrm;

    fn entity(&self) -> Option<&'static str> {
        self.module
    }

    fn path(&self) -> String {
        let api = match self.api {
            Api::Webservice => "webservice",
            Api::Mobile => "mobile",
        };
        format!("{api}/{}", self.operation)
    }

    fn method(&self) -> &str {
        &self.method
    }

    fn operation(&self) -> &str {
        &self.operation
    }

    fn is_write(&self) -> bool {
        let lower = self.operation.to_ascii_lowercase();
        WRITES.contains(&lower.as_str())
    }

    fn is_search(&self) -> bool {
        self.is_search
    }
}
