//! `koppel plan`.

use std::collections::{BTreeMap, BTreeSet};

use koppel_app::sync_core::engine::{PlanReport, PlannedAction, PlannedChange};
use koppel_app::sync_core::store::Counts;
use koppel_app::sync_core::{Cancel, Value};
use koppel_app::{App, AppError, Exit, cancel_on_signals};
use serde::Serialize;
use serde_json::json;

use super::choose;
use crate::cli::Plan;
use crate::out::{Out, plain, shorten};

/// How many changes are shown unless told.
const SHOWN: u64 = 100;
/// The longest value that is shown, in characters.
const VALUE: usize = 60;

#[derive(Serialize)]
struct ChangeJson<'a> {
    r#type: &'static str,
    flow: &'a str,
    #[serde(flatten)]
    change: &'a PlannedChange,
}

pub(super) async fn run(app: &App, options: &Plan, out: &mut Out) -> Result<Exit, AppError> {
    let cancel = Cancel::new();
    cancel_on_signals(cancel.clone());
    let limit = match options.limit {
        Some(limit) => limit,
        None if out.json => u64::MAX,
        None => SHOWN,
    };
    let mut exit = Exit::Ok;
    for (name, entities) in choose(app, options.flow.as_deref(), &options.entities.entities)? {
        let mut seen: u64 = 0;
        let mut tell = |change: PlannedChange| {
            seen += 1;
            if seen > limit {
            } else if out.json {
                out.object(&ChangeJson {
                    r#type: "change",
                    flow: &name,
                    change: &change,
                });
            } else {
                show(&change, out);
            }
        };
        let report = app
            .plan(&name, entities.as_deref(), &cancel, &mut tell)
            .await?;
        summary(&name, &report, seen.saturating_sub(limit), out);
        if report.has_changes() {
            exit = exit.and(Exit::Pending);
        }
    }
    Ok(exit)
}

fn show(change: &PlannedChange, out: &mut Out) {
    let what = format!("{} {}", change.entity, plain(change.source_id.as_str()));
    match change.action {
        PlannedAction::Create => out.line(&format!("+ {what}: create")),
        PlannedAction::Update => {
            let target = change.target_id.as_ref().map_or("", |id| id.as_str());
            out.line(&format!("~ {what}: update {}", plain(target)));
            for field in &change.changes {
                let drift = if field.drift {
                    " (changed in the target)"
                } else {
                    ""
                };
                for difference in differences(field.field.as_str(), &field.from, &field.to) {
                    out.line(&format!("    {difference}{drift}"));
                }
            }
        }
        _ => {
            let reason = change.reason.as_deref().unwrap_or("cannot be synced");
            out.line(&format!("! {what}: set aside: {}", plain(reason)));
        }
    }
}

fn summary(flow: &str, report: &PlanReport, hidden: u64, out: &mut Out) {
    if out.json {
        out.object(&json!({
            "type": "summary",
            "flow": flow,
            "has_changes": report.has_changes(),
            "entities": report.counts,
            "changes_left_out": hidden,
        }));
        return;
    }
    if hidden > 0 {
        out.line(&format!("… and {hidden} more (--limit N shows more)"));
    }
    let mut total = Counts::default();
    for counts in report.counts.values() {
        total += *counts;
    }
    out.line(&format!(
        "Plan for {flow}: {} to create, {} to update, {} unchanged, {} skipped, {} set aside.",
        total.created, total.updated, total.unchanged, total.skipped, total.parked
    ));
}

/// A line for each part of a field that differs.
fn differences(name: &str, from: &Value, to: &Value) -> Vec<String> {
    let parts = |value: &Value| match value {
        Value::Map(parts) => Some(parts.clone()),
        Value::Null => Some(BTreeMap::new()),
        _ => None,
    };
    match (parts(from), parts(to)) {
        (Some(from), Some(to)) if !from.is_empty() || !to.is_empty() => {
            let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
            let part =
                |of: &BTreeMap<String, Value>, name| of.get(name).cloned().unwrap_or_default();
            (names.into_iter())
                .map(|key| (key, part(&from, key), part(&to, key)))
                .filter(|(_, from, to)| from != to)
                .flat_map(|(key, from, to)| differences(&format!("{name}.{key}"), &from, &to))
                .collect()
        }
        _ => {
            let (from, to) = (shorten(&text(from), VALUE), shorten(&text(to), VALUE));
            vec![format!("{}: {from} -> {to}", plain(name))]
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Text(text) => format!("\"{}\"", plain(text)),
        Value::Date(date) => date.to_string(),
        Value::Timestamp(at) => at.to_string(),
        Value::Ref(to) => format!("{} {}", to.entity, plain(to.id.as_str())),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(name, value)| format!("{}: {}", plain(name), text(value)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(parts: &[(&str, Value)]) -> Value {
        Value::Map(
            parts
                .iter()
                .map(|(n, v)| ((*n).to_owned(), v.clone()))
                .collect(),
        )
    }

    #[test]
    fn of_a_field_with_parts_only_those_that_differ_are_shown() {
        let from = map(&[("city", "Iași".into()), ("country", "RO".into())]);
        let to = map(&[("city", "Cluj".into()), ("country", "RO".into())]);
        assert_eq!(
            differences("address", &from, &to),
            ["address.city: \"Iași\" -> \"Cluj\""]
        );
        assert_eq!(
            differences("address", &Value::Null, &to),
            [
                "address.city: nothing -> \"Cluj\"",
                "address.country: nothing -> \"RO\""
            ]
        );
    }

    #[test]
    fn lists_and_long_or_wicked_texts_stay_on_one_short_line() {
        let from = Value::List(vec![map(&[("qty", Value::Int(2))]), Value::Null]);
        let to = Value::Text("a\n\u{1b}[2J".to_owned() + &"x".repeat(500));
        let lines = differences("lines", &from, &to);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("lines: [{qty: 2}, nothing] -> \"a  [2Jxxx"));
        assert!(lines[0].chars().count() < 120 && !lines[0].contains('\u{1b}'));
    }
}
