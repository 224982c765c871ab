//! The operations of `/modules/Mobile/api.php`.

mod alerts;
mod lists;
mod more;
mod purify;
mod queries;
mod records;
mod shapes;
mod sync;

use serde_json::{Map, Value, json};

use super::doors::Door;
use super::generation::Generation;
use super::reply::{Failure, Outcome, Style, error, internal, numbered};
use super::store::{By, User};
use super::webservice::Desk;

/// How the mobile API writes its JSON.
pub(crate) const STYLE: Style = Style {
    ascii: true,
    message_first: false,
    kind: "text/json;charset=UTF-8",
};

/// Rows of a page, of most operations.
const PAGE: usize = 99;

/// The operations of both modules.
const OLD: [&str; 18] = [
    "login",
    "loginAndFetchModules",
    "describe",
    "fetchModuleFilters",
    "filterDetailsWithCount",
    "fetchAllAlerts",
    "alertDetailsWithMessage",
    "listModuleRecords",
    "fetchRecord",
    "fetchRecordWithGrouping",
    "fetchRecordsWithGrouping",
    "saveRecord",
    "syncModuleRecords",
    "query",
    "queryWithGrouping",
    "relatedRecordsWithGrouping",
    "deleteRecords",
    "addRecordComment",
];
/// The operations that the newer module has besides.
const NEW: [&str; 7] = [
    "logout",
    "fetchModules",
    "userInfo",
    "history",
    "taxByType",
    "fetchModuleOwners",
    "fetchReferenceRecords",
];

/// A request of somebody who is logged in.
struct Phone<'a, 'b> {
    desk: &'a mut Desk<'b>,
    by: By,
    generation: Generation,
}

/// Runs a request; a login opens a session besides.
pub(crate) fn run(desk: &mut Desk<'_>, session: Option<&str>) -> (Outcome, Option<String>) {
    let operation = desk.call.operation.clone();
    let old = desk.store.generation.has_old_mobile();
    let known = OLD.contains(&operation.as_str()) || (!old && NEW.contains(&operation.as_str()));
    if !known {
        let refused = numbered(1404, format!("Operation not found: {operation}"));
        return (Err(refused), None);
    }
    if matches!(operation.as_str(), "login" | "loginAndFetchModules") {
        return login(desk, operation == "loginAndFetchModules");
    }
    let by = session
        .and_then(|name| desk.doors.session(name))
        .filter(|session| session.door == Door::Mobile)
        .and_then(|session| desk.store.user(session.user))
        .cloned();
    let Some(user) = by else {
        return (Err(numbered(1501, "Login required")), None);
    };
    if operation == "logout" {
        if let Some(name) = session {
            desk.doors.close(name);
        }
        return (Ok(json!({"logout": true})), None);
    }
    let by = By {
        user,
        request: desk.number,
    };
    (operate(desk, by, &operation), None)
}

/// A mobile operation as an operation of the webservice, `mobile.query` and the like.
pub(crate) fn through_webservice(desk: &mut Desk<'_>) -> Outcome {
    let name = desk.call.operation.clone();
    let name = name.strip_prefix("mobile.").unwrap_or_default();
    let operation = OLD
        .iter()
        .chain(NEW.iter())
        .find(|operation| operation.eq_ignore_ascii_case(name));
    let Some(operation) = operation.filter(|name| !name.starts_with("login")) else {
        return Err(Failure::Empty(500));
    };
    let by = desk.by()?;
    operate(desk, by, operation)
}

fn login(desk: &mut Desk<'_>, with_modules: bool) -> (Outcome, Option<String>) {
    let generation = desk.store.generation;
    let form = &desk.call.params.form;
    let name = form.get("username").cloned().unwrap_or_default();
    let password = form.get("password").cloned().unwrap_or_default();
    let user = desk
        .store
        .users
        .iter()
        .find(|user| {
            // The old hash of a password is salted with the name as it was typed.
            let named = if generation.is_old() {
                user.name == name
            } else {
                user.name.eq_ignore_ascii_case(&name)
            };
            named && user.password == password
        })
        .cloned();
    let Some(user) = user.filter(|_| !desk.store.whitelisted) else {
        return (Err(numbered(1210, "Authentication Failed")), None);
    };
    let session = desk.doors.open(user.id, Door::Mobile);
    let mut login = json!({
        "userid": user.id.to_string(),
        "crm_tz": "UTC",
        "user_tz": null,
        "session": session,
        "vtiger_version": generation.version(),
        "mobile_module_version": generation.mobile_version(),
    });
    if let Some(map) = login.as_object_mut() {
        if generation == Generation::Simply {
            map.remove("vtiger_version");
            map.insert("simply_version".into(), generation.version().into());
        }
        if !generation.has_old_mobile() {
            map.insert("user_tz".into(), "UTC".into());
            map.insert("user_currency".into(), "EUR".into());
            map.insert("date_format".into(), super::read::DATE_FORMAT.into());
        }
    }
    let mut result = json!({"login": login});
    if with_modules && let Some(map) = result.as_object_mut() {
        map.insert("modules".into(), modules(desk, &user));
    }
    (Ok(result), Some(session))
}

/// The modules for the phone's menu; Users and Events are left out.
fn modules(desk: &Desk<'_>, user: &User) -> Value {
    desk.store
        .schema
        .modules
        .iter()
        .filter(|m| m.entity && user.sees(m) && !matches!(m.name, "Users" | "Events"))
        .map(|module| {
            json!({
                "id": module.prefix.to_string(),
                "name": module.name,
                "isEntity": module.entity,
                "label": module.label,
                "singular": module.singular,
            })
        })
        .collect()
}

fn operate(desk: &mut Desk<'_>, by: By, operation: &str) -> Outcome {
    let generation = desk.store.generation;
    let mut phone = Phone {
        desk,
        by,
        generation,
    };
    match operation {
        "describe" => phone.describe(),
        "fetchModuleFilters" => Ok(phone.filters()),
        "filterDetailsWithCount" => Ok(phone.filter_details()),
        "fetchAllAlerts" => Ok(phone.alerts()),
        "alertDetailsWithMessage" => phone.alert_details(),
        "listModuleRecords" => phone.list(),
        "fetchRecord" => phone.fetch(),
        "fetchRecordWithGrouping" => phone.fetch_grouped(),
        "fetchRecordsWithGrouping" => phone.fetch_many(),
        "saveRecord" => phone.save(),
        "syncModuleRecords" => phone.sync(),
        "query" => phone.query(),
        "queryWithGrouping" => phone.query_grouped(),
        "relatedRecordsWithGrouping" => phone.related(),
        "deleteRecords" => phone.delete(),
        "addRecordComment" => phone.comment(),
        "fetchModules" => Ok(json!({"modules": modules(phone.desk, &phone.by.user)})),
        "userInfo" => Ok(phone.user_info()),
        "history" => phone.history(),
        "taxByType" => phone.taxes(),
        "fetchModuleOwners" => Ok(phone.owners()),
        "fetchReferenceRecords" => phone.references(),
        _ => Err(internal()),
    }
}

impl Phone<'_, '_> {
    fn is_old(&self) -> bool {
        self.generation.has_old_mobile()
    }

    /// A parameter as it was sent.
    fn raw(&self, name: &str) -> Option<&str> {
        self.desk.call.params.form.get(name).map(String::as_str)
    }

    /// A parameter, purified.
    fn param(&self, name: &str) -> String {
        self.raw(name).map(purify::purified).unwrap_or_default()
    }

    fn page(&self) -> usize {
        self.param("page").trim().parse().unwrap_or(0)
    }

    /// A record's values: a JSON object, or form fields `values[…]`. None where there are none.
    fn values(&self, purify: bool) -> Option<Map<String, Value>> {
        let clean = |text: &str| {
            if purify {
                purify::purified(text)
            } else {
                text.to_owned()
            }
        };
        let pairs: Map<String, Value> = self
            .desk
            .call
            .params
            .form
            .iter()
            .filter_map(|(name, value)| {
                let field = name.strip_prefix("values[")?.strip_suffix(']')?;
                Some((field.to_owned(), Value::String(clean(value))))
            })
            .collect();
        if !pairs.is_empty() {
            return Some(pairs);
        }
        let raw = self.raw("values")?;
        // In a JSON body each value is purified by itself.
        let nested = self.desk.call.params.nested.contains("values");
        let text = if nested { raw.to_owned() } else { clean(raw) };
        let mut map = match serde_json::from_str(&text) {
            Ok(Value::Object(map)) if !map.is_empty() => map,
            _ => return None,
        };
        if nested {
            for value in map.values_mut() {
                if let Value::String(text) = value {
                    *text = clean(text);
                }
            }
        }
        Some(map)
    }

    /// A JSON list of texts; none where the parameter is something else.
    fn list_of(&self, name: &str) -> Option<Vec<String>> {
        if self.desk.call.params.nested.contains(name) {
            return None;
        }
        let list: Vec<Value> = serde_json::from_str(&self.param(name)).ok()?;
        Some(
            list.iter()
                .map(|item| match item {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect(),
        )
    }
}

/// The exception of the query's lexer, which this API does not hide.
fn unexpected() -> Failure {
    numbered(0, "Unexpected input at line1: '")
}

/// An error of a query as this API tells it.
fn told(failure: Failure) -> Failure {
    if failure == internal() {
        return unexpected();
    }
    failure
}

fn mandatory(field: &str) -> Failure {
    error(
        "MANDATORY_FIELDS_MISSING",
        format!("{field} does not have a value"),
    )
}
