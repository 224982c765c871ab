//! The sandbox's own routes: faults, journal and state over HTTP.

use bytes::Bytes;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::answer::Answer;
use super::faults::{Fault, FaultId};
use super::query::parameter;
use super::system::System;

/// `rest` is the path below `/__sandbox/`.
pub(crate) fn answer_control<S: System>(
    system: &S,
    parts: &Parts,
    rest: &str,
    body: &Bytes,
) -> Answer {
    let rest = rest.trim_end_matches('/');
    let method = parts.method.as_str();
    let faults = &system.desk().faults;
    match (method, rest) {
        ("GET", "faults") => Answer::json(200, &json!({"faults": faults.list()})),
        ("POST", "faults") => match read::<S, Fault>(body, "This is no fault") {
            Ok(fault) => Answer::json(201, &json!({"id": faults.add(fault)})),
            Err(refused) => refused,
        },
        ("DELETE", "faults") => {
            faults.clear();
            Answer::done()
        }
        ("GET", "journal") => journal(system, parts),
        ("GET", "state") => state(system),
        _ => match rest.strip_prefix("faults/").filter(|_| method == "DELETE") {
            Some(id) => match id.parse().map(FaultId) {
                Ok(id) if faults.remove(id) => Answer::done(),
                _ => S::refused(404, "There is no such fault"),
            },
            None => system.control(method, rest, body).unwrap_or_else(|| {
                let shared = "GET/POST/DELETE faults, DELETE faults/ID, GET journal?since=SEQ";
                let message = format!("The sandbox knows {shared}, {}", S::ROUTES);
                S::refused(404, &message)
            }),
        },
    }
}

/// What a control route is sent; `else_say` begins the refusal where it is something else.
pub(crate) fn read<S: System, T: DeserializeOwned>(
    body: &Bytes,
    else_say: &str,
) -> Result<T, Answer> {
    serde_json::from_slice(body).map_err(|error| S::refused(422, &format!("{else_say}: {error}")))
}

/// All applied writes, or those after `?since=SEQ`.
fn journal<S: System>(system: &S, parts: &Parts) -> Answer {
    let since = parameter(&parts.uri, "since")
        .and_then(|value| value.parse().ok())
        .unwrap_or(0);
    Answer::json(200, &json!({"journal": system.journal_since(since)}))
}

fn state<S: System>(system: &S) -> Answer {
    let desk = system.desk();
    let mut state = system.facts();
    for (name, number) in [
        ("requests", desk.requests()),
        ("write_requests", desk.writes()),
        ("applied", system.applied()),
        ("faults", desk.faults.list().len() as u64),
    ] {
        state.insert(name.to_owned(), number.into());
    }
    Answer::json(200, &state)
}
