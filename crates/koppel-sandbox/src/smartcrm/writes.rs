//! Creates, updates, deletes and batches, and answers kept for repetition.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::answer::{Answer, database_error_page};
use super::call::{Call, Operation};
use super::dialect::{Dialect, Face};
use super::handler::App;
use super::schema::{Resource, scalar};
use super::store::{Ask, Kept, Outcome, Refusal, Store, parse_id};
use super::{form, perfex};
use crate::common::{FaultKind, Plan};

/// Most answers kept for idempotency keys; then no more are kept.
const MAX_KEPT: usize = 200_000;

impl App {
    pub(super) fn write(
        &self,
        call: &Call,
        number: u64,
        headers: &HeaderMap,
        body: &Bytes,
        plan: &Plan,
    ) -> Answer {
        let honoured = self.idempotency
            && match self.face.dialect {
                Dialect::SmartCrm => true,
                Dialect::Perfex => !self.face.is_legacy(),
                Dialect::Rise => false,
            };
        let key = headers
            .get("idempotency-key")
            .filter(|_| honoured && call.method == http::Method::POST)
            .and_then(|value| value.to_str().ok())
            .map(|key| format!("{}\n{key}", call.path));
        let body_hash = {
            let mut hasher = DefaultHasher::new();
            body.hash(&mut hasher);
            hasher.finish()
        };
        let input: Value = match &call.operation {
            Operation::Delete(_) => Value::Null,
            _ if self.face.takes_forms() && (form::is_form(headers) || body.is_empty()) => {
                form::parse(body)
            }
            _ => match serde_json::from_slice(body) {
                Ok(input) => input,
                Err(_) => return Answer::refused(400, "The body is not JSON"),
            },
        };
        let mut store = self.store();
        if let Some(kept) = key.as_ref().and_then(|key| store.kept.get(key)) {
            if kept.body_hash != body_hash {
                return Answer::refused(409, "Idempotency-Key was used with another body");
            }
            let mut answer = Answer::raw(kept.status, kept.body.clone());
            answer.headers.push(("idempotent-replayed", "true".into()));
            return answer;
        }
        let ask = Ask {
            request: number,
            journal: true,
            bad: &plan.bad,
        };
        let missing = match plan.verdict {
            Some(FaultKind::MissingResults { count }) => count,
            _ => 0,
        };
        let unknown = || (Answer::refused(404, "Unknown method"), false);
        let (answer, applied) = match (&call.operation, call.resource) {
            (Operation::Operations, _) => {
                perfex::operations(&mut store, &input, &ask, self.max_batch, missing)
            }
            (_, None) => unknown(),
            (Operation::Create, Some(resource)) => create(&mut store, resource, &input, &ask),
            (Operation::Batch, Some(resource)) => {
                batch(&mut store, resource, &input, &ask, self.max_batch, missing)
            }
            (Operation::Update(id), Some(resource)) => {
                (update(&mut store, resource, id, &input, &ask), true)
            }
            (Operation::Delete(id), Some(resource)) => {
                (delete(&mut store, resource, id, &ask), true)
            }
            _ => unknown(),
        };
        if let Some(key) = key
            && applied
            && store.kept.len() < MAX_KEPT
        {
            store.kept.insert(
                key,
                Kept {
                    body_hash,
                    status: answer.status,
                    body: answer.body.clone(),
                },
            );
        }
        answer
    }
}

/// The answer, and whether a record was written or found as it should be.
fn create(store: &mut Store, resource: Resource, input: &Value, ask: &Ask<'_>) -> (Answer, bool) {
    let Value::Object(fields) = input else {
        return (Answer::refused(400, "The body is not an object"), false);
    };
    let external = fields.get("external_id").and_then(scalar);
    match store.create(resource, external.as_deref(), fields, ask) {
        Ok(outcome) => (written(&store.face, resource, outcome), true),
        Err(refusal) => (refused(&store.face, &refusal), false),
    }
}

fn written(face: &Face, resource: Resource, outcome: Outcome) -> Answer {
    let created = matches!(outcome, Outcome::Created(_));
    match face.dialect {
        Dialect::SmartCrm => {
            let (status, verb) = if created {
                (201, "added")
            } else {
                (200, "updated")
            };
            Answer::json(
                status,
                &json!({
                    "status": true,
                    "message": format!("{} {verb} successfully.", resource.singular()),
                    "id": outcome.id().to_string(),
                }),
            )
        }
        Dialect::Perfex => Answer::json(200, &perfex::written(face, resource, outcome)),
        Dialect::Rise => {
            let verb = if created { "added" } else { "updated" };
            let message = format!("{} {verb} successfully", resource.singular());
            let mut body = json!({"status": true, "message": message});
            if created {
                body["insert_id"] = json!(outcome.id());
            }
            Answer::json(200, &body)
        }
    }
}

fn refused(face: &Face, refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Unknown => Answer::no_data(),
        Refusal::Invalid(faults) if face.is_legacy() => Answer::invalid_legacy(faults),
        Refusal::Invalid(faults) if face.dialect == Dialect::Rise => Answer::invalid_rise(faults),
        Refusal::Invalid(faults) => Answer::invalid(faults),
    }
}

fn update(store: &mut Store, resource: Resource, id: &str, input: &Value, ask: &Ask<'_>) -> Answer {
    let Value::Object(fields) = input else {
        return Answer::refused(400, "The body is not an object");
    };
    if fields.is_empty() {
        return Answer::refused(406, "Data Not Acceptable OR Not Provided");
    }
    let Some(id) = parse_id(id) else {
        return Answer::no_data();
    };
    if let Some(column) = perfex::unknown_column(store, resource, fields) {
        return Answer::html(500, &database_error_page(column));
    }
    let external = fields.get("external_id").and_then(scalar);
    match store.update(resource, id, external.as_deref(), fields, ask) {
        Ok(outcome) => written(&store.face, resource, outcome),
        Err(refusal) => refused(&store.face, &refusal),
    }
}

fn delete(store: &mut Store, resource: Resource, id: &str, ask: &Ask<'_>) -> Answer {
    let result = match parse_id(id) {
        Some(id) => store.delete(resource, id, ask),
        None => Err(Refusal::Unknown),
    };
    match result {
        Ok(()) => {
            let message = match store.face.dialect {
                Dialect::Perfex => "Delete Successful.".to_owned(),
                _ => format!("{} deleted successfully.", resource.singular()),
            };
            Answer::json(200, &json!({"status": true, "message": message}))
        }
        Err(refusal) => refused(&store.face, &refusal),
    }
}

fn batch(
    store: &mut Store,
    resource: Resource,
    input: &Value,
    ask: &Ask<'_>,
    max: usize,
    missing: usize,
) -> (Answer, bool) {
    let Some(records) = input.get("records").and_then(Value::as_array) else {
        return (
            Answer::refused(400, "The body has no list \"records\""),
            false,
        );
    };
    if records.len() > max {
        let message = format!("A batch may hold {max} records at most");
        return (Answer::refused(413, &message), false);
    }
    if records.is_empty() {
        let message = "Data Not Acceptable OR Not Provided";
        return (Answer::refused(406, message), false);
    }
    let mut failed = false;
    let mut applied = false;
    let mut results = Vec::with_capacity(records.len());
    for record in records {
        match batch_record(store, resource, record, ask) {
            Ok(result) => {
                applied = true;
                results.push(result);
            }
            Err(result) => {
                failed = true;
                results.push(result);
            }
        }
    }
    results.truncate(results.len().saturating_sub(missing));
    let status = if failed { 207 } else { 200 };
    let body = json!({"status": true, "results": results});
    (Answer::json(status, &body), applied)
}

/// The record's result: `Ok` when it was written, `Err` when it was refused.
fn batch_record(
    store: &mut Store,
    resource: Resource,
    record: &Value,
    ask: &Ask<'_>,
) -> Result<Value, Value> {
    let external = record
        .get("external_id")
        .and_then(scalar)
        .filter(|text| !text.is_empty());
    let fault = |code: &str, message: &str, fields: Map<String, Value>| {
        json!({
            "external_id": external,
            "error": {"code": code, "message": message, "fields": fields},
        })
    };
    let Some(data) = record.get("data").and_then(Value::as_object) else {
        return Err(fault(
            "malformed",
            "The record has no object \"data\"",
            Map::new(),
        ));
    };
    let id = record
        .get("id")
        .and_then(scalar)
        .filter(|text| !text.is_empty());
    let result = match &id {
        None => store.create(resource, external.as_deref(), data, ask),
        Some(id) => match parse_id(id) {
            Some(id) => store.update(resource, id, external.as_deref(), data, ask),
            None => Err(Refusal::Unknown),
        },
    };
    match result {
        Ok(outcome) => Ok(json!({
            "external_id": external,
            "id": outcome.id().to_string(),
            "action": outcome.word(),
        })),
        Err(Refusal::Unknown) => Err(fault("not_found", "No data were found", Map::new())),
        Err(Refusal::Invalid(faults)) => {
            let message = faults.first().map_or("", |(_, reason)| reason.as_str());
            let fields = faults
                .iter()
                .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
                .collect();
            Err(fault("validation_failed", message, fields))
        }
    }
}
