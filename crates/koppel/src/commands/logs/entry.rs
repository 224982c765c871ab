//! How an entry is printed.

use audit_log::{Bodies, Level, Stored};
use serde_json::{Value as Json, json as object};

use super::super::summary;
use crate::out::{Out, plain};

/// The cells of its row.
pub(super) fn cells(entry: &Stored, terminal: bool) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let at = match terminal {
        true => summary::seconds(entry.at),
        false => entry.at.to_string(),
    };
    vec![
        entry.number.to_string(),
        at,
        entry.level.to_string(),
        entry.event.clone(),
        text(&entry.flow),
        text(&entry.connection),
        record(entry),
        text(&entry.code),
        entry.message.clone(),
    ]
}

/// The kind of record and its ids.
pub(super) fn record(entry: &Stored) -> String {
    let ids = match (&entry.record, &entry.target) {
        (Some(record), Some(target)) => format!("{record} -> {target}"),
        (Some(id), None) => id.clone(),
        (None, Some(target)) => format!("-> {target}"),
        (None, None) => String::new(),
    };
    let entity = entry.entity.as_deref().unwrap_or_default();
    format!("{entity} {ids}").trim().to_owned()
}

/// A line for somebody who watches.
pub(super) fn line(entry: &Stored, out: &Out) -> String {
    let level = format!("{:<7}", entry.level.to_string());
    let level = match entry.level {
        Level::Error => out.tint("1;31", &level),
        Level::Warning => out.tint("33", &level),
        Level::Debug => out.tint("2", &level),
        _ => level,
    };
    let place = [&entry.flow, &entry.connection];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    let mut line = format!(
        "{} {level} {:<15} {}",
        summary::seconds(entry.at),
        entry.event,
        plain(&place.join("/"))
    );
    let record = record(entry);
    if !record.is_empty() {
        line.push_str(&format!(" {}", plain(&record)));
    }
    format!("{}: {}", line.trim_end(), plain(&entry.message))
}

/// The entry with its request and response, as `logs export --bodies` gives it.
pub(in super::super) fn json(entry: &Stored, bodies: Option<&Bodies>) -> Json {
    let mut value = object!(entry);
    if let (Some(fields), Some(bodies)) = (value.as_object_mut(), bodies) {
        fields.insert("bodies".to_owned(), object!(bodies));
    }
    value
}

/// Prints all that there is to an entry.
pub(in super::super) fn show(entry: &Stored, bodies: Option<&Bodies>, out: &mut Out) {
    let mut say = |what: &str, value: &str| {
        if !value.is_empty() {
            out.line(&format!("{what:<11} {}", plain(value)));
        }
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    say("entry", &format!("{} ({})", entry.number, entry.id));
    say("time", &entry.at.to_string());
    say("level", entry.level.as_str());
    let outcome = entry
        .outcome
        .map(|outcome| format!(", {outcome}"))
        .unwrap_or_default();
    say("event", &format!("{}{outcome}", entry.event));
    say("message", &entry.message);
    say("flow", &text(&entry.flow));
    say(
        "run",
        &entry.run.map(|run| run.to_string()).unwrap_or_default(),
    );
    let system = match &entry.system {
        Some(system) if entry.connection.is_some() => format!(" ({system})"),
        Some(system) => system.clone(),
        None => String::new(),
    };
    say(
        "connection",
        &format!("{}{system}", text(&entry.connection)),
    );
    say("record", &record(entry));
    say("actor", &text(&entry.actor));
    say("request", &exchange(entry));
    say("request id", &text(&entry.request_id));
    say("code", &text(&entry.code));
    let error = entry.fingerprint.as_ref().map(ToString::to_string);
    say("error", &error.unwrap_or_default());
    say("written by", &format!("{}, {}", entry.writer, entry.seq));
    for (name, value) in &entry.details {
        let value = match value {
            Json::String(text) => text.clone(),
            value => value.to_string(),
        };
        say("", &format!("{name}: {value}"));
    }
    match bodies {
        Some(bodies) => {
            let call = format!("{} {}", text(&entry.method), bodies.url);
            part(
                "Request",
                call.trim(),
                &bodies.request_headers,
                &bodies.request,
                out,
            );
            let status = entry
                .status
                .map_or_else(|| "no answer".to_owned(), |s| s.to_string());
            part(
                "Response",
                &status,
                &bodies.response_headers,
                &bodies.response,
                out,
            );
        }
        None if entry.has_bodies => {
            out.line("");
            out.line("Its request and response cannot be read; `koppel logs verify` says more.");
        }
        // Each request is written down with them.
        None if entry.event == "http.exchange" => {
            out.line("");
            out.line("Its request and response were removed, by age or by `koppel logs erase`.");
        }
        None => {}
    }
}

/// The operation and what became of it.
fn exchange(entry: &Stored) -> String {
    let mut text = String::new();
    for word in [&entry.operation, &entry.method, &entry.path]
        .into_iter()
        .flatten()
    {
        text.push_str(word);
        text.push(' ');
    }
    if let Some(status) = entry.status {
        text.push_str(&format!("{status} "));
    }
    if let Some(took) = entry.duration {
        text.push_str(&format!("after {:.1} ms ", took.as_secs_f64() * 1e3));
    }
    if let Some(attempt) = entry.attempt.filter(|attempt| *attempt > 1) {
        text.push_str(&format!("(attempt {attempt})"));
    }
    text.trim().to_owned()
}

fn part(title: &str, first: &str, headers: &[(String, String)], body: &str, out: &mut Out) {
    out.line("");
    out.line(&format!("{title}: {}", plain(first)));
    for (name, value) in headers {
        out.line(&format!("  {}: {}", plain(name), plain(value)));
    }
    if body.is_empty() {
        return;
    }
    // Easier to read over several lines; a program takes `--json`.
    let pretty = serde_json::from_str::<Json>(body)
        .and_then(|json| serde_json::to_string_pretty(&json))
        .unwrap_or_else(|_| body.to_owned());
    out.line("");
    for line in pretty.lines() {
        out.line(&format!("  {}", plain(line)));
    }
}
