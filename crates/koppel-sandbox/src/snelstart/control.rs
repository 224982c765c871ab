//! The sandbox's own routes: faults, journal and state over HTTP.

use bytes::Bytes;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::handler::App;
use super::list::pairs;
use super::people::PayBy;
use super::resource::Resource;
use crate::common::{Fault, FaultId};

/// A payment that somebody books in SnelStart.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    invoice: String,
    /// A text, so that its digits stay.
    amount: String,
    date: jiff::civil::Date,
    #[serde(default)]
    by: PayBy,
}

fn refused(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message}))
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
        ("POST", "pay") => match serde_json::from_slice::<Payment>(body) {
            Ok(payment) => {
                let Ok(amount) = payment.amount.parse() else {
                    return refused(422, "The amount is no number");
                };
                let mut store = app.store();
                match store.pay(&payment.invoice, amount, payment.date, payment.by) {
                    Ok(id) => Answer::json(201, &json!({"id": id.to_string()})),
                    Err(refusal) => refused(422, &refusal.text()),
                }
            }
            Err(error) => refused(422, &format!("This is no payment: {error}")),
        },
        ("POST", "expire-tokens") => {
            app.auth.expire();
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
                 GET state, POST pay and POST expire-tokens",
            ),
        },
    }
}

/// All applied writes, or those after `?since=SEQ`.
fn journal(app: &App, parts: &Parts) -> Answer {
    let since = pairs(&parts.uri)
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
    let counts: Map<String, Value> = Resource::all()
        .map(|resource| {
            (
                resource.path().to_owned(),
                store.table(resource).len().into(),
            )
        })
        .collect();
    Answer::json(
        200,
        &json!({
            "requests": app.desk.requests(),
            "write_requests": app.desk.writes(),
            "tokens": app.auth.given(),
            "over_limit": app.limits.refused(),
            "most_at_once": app.limits.most_running(),
            "applied": store.journal().len(),
            "records": counts,
            "faults": app.desk.faults.list().len(),
        }),
    )
}
