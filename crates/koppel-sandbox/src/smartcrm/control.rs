//! The sandbox's own routes: faults, journal and state over HTTP.

use axum::extract::Query;
use bytes::Bytes;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::handler::App;
use super::schema::Resource;
use crate::common::{Fault, FaultId};

/// Where webhooks shall go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receiver {
    url: String,
    secret: String,
}

/// `rest` is the path below `/__sandbox/`.
pub(crate) fn serve(app: &App, parts: &Parts, rest: &str, body: &Bytes) -> Answer {
    let rest = rest.trim_end_matches('/');
    match (parts.method.as_str(), rest) {
        ("GET", "faults") => Answer::json(200, &json!({"faults": app.desk.faults.list()})),
        ("POST", "faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => Answer::json(201, &json!({"id": app.desk.faults.add(fault)})),
            Err(error) => Answer::refused(422, &format!("This is no fault: {error}")),
        },
        ("DELETE", "faults") => {
            app.desk.faults.clear();
            Answer::json(200, &json!({"status": true}))
        }
        ("GET", "journal") => journal(app, parts),
        ("GET", "state") => state(app),
        ("POST", "webhook") => match serde_json::from_slice::<Receiver>(body) {
            Ok(receiver) => {
                app.outbox.point(Some((receiver.url, receiver.secret)));
                Answer::json(200, &json!({"status": true}))
            }
            Err(error) => Answer::refused(422, &format!("This is no receiver: {error}")),
        },
        ("DELETE", "webhook") => {
            app.outbox.point(None);
            Answer::json(200, &json!({"status": true}))
        }
        ("GET", "webhooks") => Answer::json(200, &json!({"webhooks": app.outbox.sent()})),
        (method, _) => match (method, rest.strip_prefix("faults/")) {
            ("DELETE", Some(id)) => match id.parse().map(FaultId) {
                Ok(id) if app.desk.faults.remove(id) => Answer::json(200, &json!({"status": true})),
                _ => Answer::refused(404, "There is no such fault"),
            },
            _ => Answer::refused(
                404,
                "The sandbox knows GET/POST/DELETE faults, DELETE faults/ID, GET journal?since=SEQ, \
                 GET state, POST/DELETE webhook and GET webhooks",
            ),
        },
    }
}

/// All applied writes, or those after `?since=SEQ`.
fn journal(app: &App, parts: &Parts) -> Answer {
    let since = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map(|Query(pairs)| pairs)
        .unwrap_or_default()
        .iter()
        .find(|(name, _)| name == "since")
        .and_then(|(_, value)| value.parse::<usize>().ok())
        .unwrap_or(0);
    let entries = {
        let store = app.store();
        store.journal().get(since..).unwrap_or_default().to_vec()
    };
    Answer::json(200, &json!({"journal": entries}))
}

fn state(app: &App) -> Answer {
    let store = app.store();
    let counts: Map<String, Value> = Resource::ALL
        .into_iter()
        .filter_map(|resource| {
            let name = resource.path(app.face.dialect)?;
            Some((name.to_owned(), store.count(resource).into()))
        })
        .collect();
    Answer::json(
        200,
        &json!({
            "dialect": app.face.dialect.as_str(),
            "requests": app.desk.requests(),
            "write_requests": app.desk.writes(),
            "applied": store.journal().len(),
            "records": counts,
            "faults": app.desk.faults.list().len(),
        }),
    )
}
