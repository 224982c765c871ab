//! The operations of `/modules/Mobile/api.php`.

use serde_json::{Value, json};

use super::doors::Door;
use super::reply::{Failure, Outcome, Style, numbered};
use super::store::By;
use super::webservice::Desk;

/// How the mobile API writes its JSON.
pub(crate) const STYLE: Style = Style {
    ascii: true,
    message_first: false,
    kind: "text/json;charset=UTF-8",
};

/// Runs a request; a login opens a session besides.
pub(crate) fn run(desk: &mut Desk<'_>, session: Option<&str>) -> (Outcome, Option<String>) {
    let operation = desk.call.operation.clone();
    match operation.as_str() {
        "login" => login(desk),
        _ => (operate(desk, &operation, session), None),
    }
}

fn login(desk: &mut Desk<'_>) -> (Outcome, Option<String>) {
    let generation = desk.store.generation;
    let form = &desk.call.params.form;
    let name = form.get("username").cloned().unwrap_or_default();
    let password = form.get("password").cloned().unwrap_or_default();
    let user = desk
        .store
        .users
        .iter()
        .find(|user| {
            let named = if generation.is_old() {
                user.name == name
            } else {
                user.name.eq_ignore_ascii_case(&name)
            };
            named && user.password == password
        })
        .cloned();
    let Some(user) = user else {
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
        if generation == super::Generation::Simply {
            map.insert("simply_version".into(), generation.version().into());
        }
        if !generation.has_old_mobile() {
            map.insert("user_tz".into(), "UTC".into());
            map.insert("user_currency".into(), "EUR".into());
            map.insert("date_format".into(), "yyyy-mm-dd".into());
        }
    }
    (Ok(json!({"login": login})), Some(session))
}

fn by(desk: &Desk<'_>, session: Option<&str>) -> Result<By, Failure> {
    session
        .and_then(|name| desk.doors.session(name))
        .filter(|session| session.door == Door::Mobile)
        .and_then(|session| desk.store.user(session.user))
        .map(|user| By {
            user: user.clone(),
            request: desk.number,
        })
        .ok_or_else(|| numbered(1501, "Login required"))
}

fn operate(desk: &mut Desk<'_>, operation: &str, session: Option<&str>) -> Outcome {
    if operation != "describe" {
        return Err(numbered(1404, format!("Operation not found: {operation}")));
    }
    let by = by(desk, session)?;
    let module = desk.call.params.form.get("module").map(String::as_str);
    let describe: Value = desk.store.describe(module, &by.user)?;
    Ok(json!({"describe": describe}))
}

/// A mobile operation as an operation of the webservice.
pub(crate) fn through_webservice(_desk: &mut Desk<'_>) -> Outcome {
    super::reply::fatal()
}
