//! The sandbox's own routes: faults, journal and state over HTTP.

use axum::extract::Query;
use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value, json};

use super::handler::App;
use crate::common::{Answer, Fault, FaultId};

fn refused(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"status": false, "message": message}))
}

/// `rest` is the path below `/__sandbox/`.
pub(crate) fn serve(app: &App, parts: &Parts, rest: &str, body: &Bytes) -> Answer {
    let rest = rest.trim_end_matches('/');
    match (parts.method.as_str(), rest) {
        ("GET", "faults") => Answer::json(200, &json!({"faults": app.desk.faults.list()})),
        ("POST", "faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => Answer::json(201, &json!({"id": app.desk.faults.add(fault)})),
            Err(error) => refused(422, &format!("This is no fault: {error}")),
        },
        ("DELETE", "faults") => {
            app.desk.faults.clear();
            Answer::json(200, &json!({"status": true}))
        }
        ("GET", "journal") => journal(app, parts),
        ("GET", "state") => state(app),
        ("POST", "expire-sessions") => {
            app.doors().close_all();
            Answer::json(200, &json!({"status": true}))
        }
        (method, _) => match (method, rest.strip_prefix("faults/")) {
            ("DELETE", Some(id)) => match id.parse().map(FaultId) {
                Ok(id) if app.desk.faults.remove(id) => Answer::json(200, &json!({"status": true})),
                _ => refused(404, "There is no such fault"),
            },
            _ => refused(
                404,
                "The sandbox knows GET/POST/DELETE faults, DELETE faults/ID, GET journal?since=SEQ, \
                 GET state and POST expire-sessions",
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
    let counts: Map<String, Value> = store
        .schema
        .modules
        .iter()
        .map(|module| {
            let live = store.all(module.name).filter(|row| row.is_live()).count();
            (module.name.to_owned(), live.into())
        })
        .collect();
    Answer::json(
        200,
        &json!({
            "generation": store.generation.to_string(),
            "requests": app.desk.requests(),
            "write_requests": app.desk.writes(),
            "applied": store.journal().len(),
            "sessions": app.doors().len(),
            "records": counts,
            "faults": app.desk.faults.list().len(),
        }),
    )
}
