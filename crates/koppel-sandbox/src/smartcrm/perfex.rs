//! What Perfex's REST module says and does otherwise: answers to writes, and `POST batch`.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::dialect::{Dialect, Face};
use super::schema::{Resource, scalar};
use super::store::{Ask, Outcome, Refusal, Store, parse_id};

/// The body of the answer to a write that was applied.
pub(super) fn written(face: &Face, resource: Resource, outcome: Outcome) -> Value {
    let created = matches!(outcome, Outcome::Created(_));
    let verb = if created { "add" } else { "update" };
    let name = match resource {
        Resource::Clients => "Customer",
        Resource::Products => "Item",
        Resource::Orders => "Estimate",
        other => other.singular(),
    };
    let mut body = json!({"status": true, "message": format!("{name} {verb} successful.")});
    if created && !face.is_legacy() {
        body["record_id"] = json!(outcome.id());
    }
    body
}

/// The first field of an update that version 2 would hand to the database in vain.
pub(super) fn unknown_column<'a>(
    store: &Store,
    resource: Resource,
    fields: &'a Map<String, Value>,
) -> Option<&'a str> {
    if !store.face.is_legacy() {
        return None;
    }
    const LINES: [&str; 2] = ["items", "removed_items"];
    fields.keys().map(String::as_str).find(|name| {
        !LINES.contains(name)
            && !store
                .schema(resource)
                .iter()
                .any(|field| field.name == *name)
    })
}

/// `POST batch`: operations on any resource, each with a result of its own.
///
/// The shape of the results is our reading; the documents show the request alone.
pub(super) fn operations(
    store: &mut Store,
    input: &Value,
    ask: &Ask<'_>,
    max: usize,
    missing: usize,
) -> (Answer, bool) {
    let Some(operations) = input.get("operations").and_then(Value::as_array) else {
        let message = "The body has no list \"operations\"";
        return (Answer::refused(400, message), false);
    };
    if operations.len() > max {
        let message = format!("A batch may hold {max} operations at most");
        return (Answer::refused(413, &message), false);
    }
    if operations.is_empty() {
        let message = "Data Not Acceptable OR Not Provided";
        return (Answer::refused(406, message), false);
    }
    let mut applied = false;
    let mut results = Vec::with_capacity(operations.len());
    for operation in operations {
        let result = match one(store, operation, ask) {
            Ok(result) => {
                applied = true;
                result
            }
            Err(result) => result,
        };
        results.push(result);
    }
    results.truncate(results.len().saturating_sub(missing));
    let body = json!({"status": true, "results": results});
    (Answer::json(200, &body), applied)
}

/// The operation's result: `Ok` when it was applied, `Err` when it was refused.
fn one(store: &mut Store, operation: &Value, ask: &Ask<'_>) -> Result<Value, Value> {
    let fault = |error: &str, message: &str| json!({"status": false, "error": error, "message": message, "errors": {}});
    let tool = operation.get("tool").and_then(Value::as_str);
    let tool = tool.unwrap_or_default();
    let Some((resource, verb)) = tool
        .rsplit_once('_')
        .and_then(|(name, verb)| Some((Dialect::Perfex.resource(name)?, verb)))
    else {
        return Err(fault("unknown_tool", &format!("There is no tool {tool:?}")));
    };
    let empty = Map::new();
    let args = operation
        .get("args")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let id = args
        .get("id")
        .and_then(scalar)
        .and_then(|text| parse_id(&text));
    let external = args.get("external_id").and_then(scalar);
    let result = match (verb, id) {
        ("create", _) => store
            .create(resource, external.as_deref(), args, ask)
            .map(|outcome| written(&store.face, resource, outcome)),
        ("update", Some(id)) => {
            let mut args = args.clone();
            args.remove("id");
            store
                .update(resource, id, external.as_deref(), &args, ask)
                .map(|outcome| {
                    let mut body = written(&store.face, resource, outcome);
                    body["record_id"] = json!(outcome.id());
                    body
                })
        }
        ("delete", Some(id)) => store
            .delete(resource, id, ask)
            .map(|()| json!({"status": true, "message": "Delete Successful."})),
        ("update" | "delete", None) => Err(Refusal::Unknown),
        _ => {
            let message = format!("There is no tool {tool:?}");
            return Err(fault("unknown_tool", &message));
        }
    };
    result
        .map(|mut body| {
            // Ids are text in our reading of the results.
            if let Some(id) = body.get("record_id").and_then(scalar) {
                body["record_id"] = json!(id);
            }
            body
        })
        .map_err(|refusal| match refusal {
            Refusal::Unknown => fault("not_found", "No data were found"),
            Refusal::Invalid(faults) => {
                let mut body = fault(
                    "validation_failed",
                    faults.first().map_or("", |(_, reason)| reason.as_str()),
                );
                body["errors"] = faults
                    .into_iter()
                    .map(|(field, reason)| (field, Value::String(reason)))
                    .collect::<Map<_, _>>()
                    .into();
                body
            }
        })
}
