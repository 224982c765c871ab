//! `koppel connection list` and `koppel connection test`; what changes them is in `change`.

use koppel_app::config::{ConnectionConfig, ConnectionSettings};
use koppel_app::sync_core::CheckReport;
use koppel_app::{App, AppError, ErrorJson, Exit, Setting};
use serde_json::json;

use crate::cli::Connection;
use crate::out::Out;

pub(super) async fn run(app: &App, command: &Connection, out: &mut Out) -> Result<Exit, AppError> {
    match command {
        Connection::Test { name } => test(app, name.as_deref(), out).await,
        _ => {
            list(app, out).await;
            Ok(Exit::Ok)
        }
    }
}

async fn list(app: &App, out: &mut Out) {
    let connections = app.config().connections.values();
    if out.json {
        for connection in connections {
            let mut object = json!({
                "connection": connection.name,
                "kind": connection.kind.as_str(),
                "address": address(connection),
            });
            if elsewhere(connection) {
                object["settings"] = match app.settings(&connection.name).await {
                    Ok(settings) => settings.iter().map(setting_json).collect(),
                    Err(error) => json!(ErrorJson::of(&error)),
                };
            }
            out.object(&object);
        }
        return;
    }
    let mut table = out.table(&["NAME", "KIND", "ADDRESS"]);
    for connection in connections {
        table.row(vec![
            connection.name.to_string(),
            connection.kind.to_string(),
            address(connection),
        ]);
    }
    table.end();
    for connection in app.config().connections.values() {
        if elsewhere(connection) {
            origins(app, connection, out).await;
        }
    }
}

/// Whether settings are taken from a CRM's options.
fn elsewhere(connection: &ConnectionConfig) -> bool {
    match &connection.settings {
        ConnectionSettings::SmartCrm(settings) => settings.settings_from.is_some(),
        _ => false,
    }
}

fn setting_json(setting: &Setting) -> serde_json::Value {
    json!({
        "key": setting.key,
        "value": setting.value,
        "from": setting.origin.to_string(),
    })
}

/// Says where each setting of a connection comes from.
async fn origins(app: &App, connection: &ConnectionConfig, out: &mut Out) {
    match app.settings(&connection.name).await {
        Ok(settings) => {
            out.note(&format!("{}:", connection.name));
            for setting in settings {
                out.note(&format!(
                    "  {} = {} (from {})",
                    setting.key, setting.value, setting.origin
                ));
            }
        }
        Err(error) => out.explain(&error),
    }
}

fn address(connection: &ConnectionConfig) -> String {
    connection.address()
}

pub(super) async fn test(app: &App, name: Option<&str>, out: &mut Out) -> Result<Exit, AppError> {
    let names: Vec<String> = match name {
        Some(name) => vec![app.config().connection(name)?.name.to_string()],
        None => app
            .config()
            .connections
            .keys()
            .map(ToString::to_string)
            .collect(),
    };
    let mut exit = Exit::Ok;
    for name in names {
        match app.test_connection(&name).await {
            Ok(report) => {
                let error = app.check_error(&name, &report);
                show(&name, &report, error.as_ref(), out);
                let ended = error.as_ref().map_or(Exit::Ok, AppError::exit);
                exit = exit.and(if report.is_ok() || ended != Exit::Ok {
                    ended
                } else {
                    Exit::Failed
                });
            }
            Err(error) => {
                show(&name, &CheckReport::default(), Some(&error), out);
                exit = exit.and(error.exit());
            }
        }
    }
    Ok(exit)
}

fn show(name: &str, report: &CheckReport, error: Option<&AppError>, out: &mut Out) {
    if out.json {
        out.object(&json!({
            "connection": name,
            "ok": error.is_none() && report.is_ok(),
            "steps": report.steps.iter().map(|step| json!({
                "name": step.name,
                "ok": step.ok,
                "detail": step.detail,
                "milliseconds": u64::try_from(step.duration.as_millis()).unwrap_or(u64::MAX),
            })).collect::<Vec<_>>(),
            "error": error.map(ErrorJson::of),
        }));
    } else {
        out.line(&format!("{name}:"));
        for step in &report.steps {
            let mark = match step.ok {
                Some(true) => "ok  ",
                Some(false) => "FAIL",
                None => "-   ",
            };
            let took = step.duration.as_millis();
            let detail = crate::out::plain(&step.detail);
            out.line(&format!("  {mark} {}: {detail} ({took} ms)", step.name));
        }
    }
    if let Some(error) = error {
        out.explain(error);
    }
}
