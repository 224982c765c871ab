//! `koppel describe`, `koppel query` and `koppel api`: asking a system by hand.

use std::io::Read as _;
use std::path::Path;

use koppel_app::api_core::Json;
use koppel_app::ask::{ApiCall, CallBy, Described, Kind, Module, ModuleField, QueryRow, Rights};
use koppel_app::config::ConnectionKind;
use koppel_app::{App, AppError, ErrorJson, Exit};
use serde_json::json;

use crate::cli::{Api, Describe, Query};
use crate::out::Out;

/// A longer parameter or body is a mistake, in bytes.
const MAX_INPUT: u64 = 16 << 20;
/// How many values of a list are shown to people.
const VALUES: usize = 12;

pub(super) async fn describe(
    app: &App,
    options: &Describe,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let described = app
        .describe(&options.connection, options.what.as_deref())
        .await?;
    match &described {
        Described::Modules(modules) if out.json => modules.iter().for_each(|row| out.object(row)),
        Described::Kinds(kinds) if out.json => kinds.iter().for_each(|row| out.object(row)),
        Described::Module(module) if out.json => out.object(module),
        Described::Kind(kind) if out.json => out.object(kind),
        Described::Modules(modules) => {
            let mut table = out.table(&["MODULE", "LABEL", "KIND", "RIGHTS"]);
            modules
                .iter()
                .for_each(|module| table.row(module_row(module)));
            table.end();
        }
        Described::Module(module) => {
            let title = module_row(&module.module);
            let prefix = (module.id_prefix.as_deref())
                .map_or_else(String::new, |prefix| format!(", ids {prefix}x…"));
            out.note(&format!(
                "{} ({}): {}{prefix}",
                title[0], title[1], title[3]
            ));
            let mut table = out.table(&["FIELD", "LABEL", "TYPE", "FLAGS", "VALUES"]);
            module
                .fields
                .iter()
                .for_each(|field| table.row(field_row(field)));
            table.end();
        }
        Described::Kinds(kinds) => {
            let mut table = out.table(&["KIND", "CAN", "CHANGES", "FOUND BY"]);
            kinds.iter().for_each(|kind| table.row(kind_row(kind)));
            table.end();
        }
        Described::Kind(kind) => {
            let title = kind_row(&kind.kind);
            out.note(&format!(
                "{}: {}, found by {}",
                title[0], title[1], title[3]
            ));
            let mut table = out.table(&["FIELD", "TYPE"]);
            for field in &kind.fields {
                table.row(vec![field.field.to_owned(), field.kind.to_owned()]);
            }
            table.end();
        }
        _ => {}
    }
    Ok(Exit::Ok)
}

fn module_row(module: &Module) -> Vec<String> {
    vec![
        module.module.clone(),
        module.label.clone(),
        module
            .kind
            .map_or_else(String::new, |kind| kind.to_string()),
        module.rights.map_or_else(String::new, rights),
    ]
}

fn rights(rights: Rights) -> String {
    let words: Vec<&str> = [
        (rights.read, "read"),
        (rights.create, "create"),
        (rights.update, "update"),
        (rights.delete, "delete"),
    ]
    .into_iter()
    .filter_map(|(may, word)| may.then_some(word))
    .collect();
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(" "),
    }
}

fn field_row(field: &ModuleField) -> Vec<String> {
    let flags: Vec<&str> = [
        (field.mandatory, "mandatory"),
        (!field.writable, "read-only"),
        (field.unique, "unique"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    let all = match field.values.is_empty() {
        true => &field.refers_to,
        false => &field.values,
    };
    let mut values = all
        .iter()
        .take(VALUES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if all.len() > VALUES {
        values.push_str(&format!(", … {} more", all.len() - VALUES));
    }
    vec![
        field.field.clone(),
        field.label.clone(),
        field.kind.clone(),
        flags.join(" "),
        values,
    ]
}

fn kind_row(kind: &Kind) -> Vec<String> {
    let can: Vec<&str> = [
        (kind.read, "read"),
        (kind.create, "create"),
        (kind.update, "update"),
    ]
    .into_iter()
    .filter_map(|(can, word)| can.then_some(word))
    .collect();
    let keys: Vec<String> = kind
        .natural_keys
        .iter()
        .map(|key| key.join(" and "))
        .collect();
    vec![
        kind.kind.to_string(),
        can.join(" "),
        kind.changes.to_owned(),
        keys.join("; "),
    ]
}

pub(super) async fn query(app: &App, options: &Query, out: &mut Out) -> Result<Exit, AppError> {
    let limit = super::limit(options.limit, out);
    let mut seen = 0;
    let (json, terminal) = (out.json, out.terminal);
    // A table needs all rows before its first line is printed; everything else is printed at once.
    let mut rows: Vec<QueryRow> = Vec::new();
    let mut tell = |row: QueryRow| {
        seen += 1;
        if seen > limit {
            return false;
        }
        if json {
            out.object(&row.values);
        } else if terminal {
            rows.push(row);
        } else {
            let cells: Vec<String> = (row.texts().iter())
                .map(|text| crate::out::plain(text))
                .collect();
            out.line(&cells.join("\t"));
        }
        true
    };
    app.query(&options.connection, &options.query, &mut tell)
        .await?;
    if let Some(first) = rows.first() {
        let header: Vec<String> = first
            .columns
            .iter()
            .map(|name| name.to_uppercase())
            .collect();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut table = out.table(&header);
        rows.iter().for_each(|row| table.row(row.texts()));
        table.end();
    }
    match seen {
        0 => out.note("No row answers it."),
        seen if seen > limit => out.note("There are more: --limit N shows more."),
        _ => {}
    }
    Ok(Exit::Ok)
}

pub(super) async fn api(app: &App, options: &Api, out: &mut Out) -> Result<Exit, AppError> {
    let connection = app.config().connection(&options.connection)?;
    let call = match connection.kind {
        ConnectionKind::SmartCrm => to_rest(options, "clients")?,
        ConnectionKind::SnelStart => to_rest(options, "/relaties")?,
        ConnectionKind::Syncro => to_rest(options, "/customers")?,
        ConnectionKind::SimplyCrm => to_simplycrm(options)?,
        // One of these has no API, and says so.
        _ => ApiCall::SimplyCrm {
            operation: options.operation.clone(),
            params: Vec::new(),
            by: CallBy::Known,
        },
    };
    let answer = app.call(&options.connection, &call).await?;
    match &answer.body {
        None => {}
        Some(Ok(body)) => show(body, out),
        Some(Err(text)) if out.json => out.object(&json!({ "text": text })),
        Some(Err(text)) => {
            for line in text.lines() {
                out.line(&crate::out::plain(line));
            }
        }
    }
    let Some(refused) = answer.refused else {
        return Ok(Exit::Ok);
    };
    if out.json {
        out.object(&json!({ "error": ErrorJson::of(&refused) }));
    }
    out.explain(&refused);
    Ok(refused.exit())
}

/// Prints an answer: over several lines for a person, on one line for a program.
fn show(body: &Json, out: &mut Out) {
    match serde_json::to_string_pretty(body) {
        Ok(text) if out.terminal && !out.json => out.line(&text),
        _ => out.line(&body.to_string()),
    }
}

fn asked(message: impl Into<String>, help: &str) -> AppError {
    AppError::Asked {
        message: message.into(),
        help: help.to_owned(),
    }
}

fn to_simplycrm(options: &Api) -> Result<ApiCall, AppError> {
    if options.data.is_some() || !options.query.is_empty() || !options.header.is_empty() {
        return Err(asked(
            "`--data`, `--query` and `--header` are not for a simplycrm connection",
            "write the parameters as KEY=VALUE behind the operation, such as elementType=Contacts",
        ));
    }
    let mut params = Vec::new();
    for text in &options.rest {
        let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
        let Some((key, value)) = pair else {
            // Not repeated: it may hold a secret.
            return Err(asked(
                "a parameter has no name",
                "write each as KEY=VALUE, such as elementType=Contacts",
            ));
        };
        let value = match value.strip_prefix('@') {
            Some(from) => input(from)?,
            None => value.to_owned(),
        };
        params.push((key.to_owned(), value));
    }
    Ok(ApiCall::SimplyCrm {
        operation: options.operation.clone(),
        params,
        by: match (options.mobile, options.get, options.post) {
            (true, _, true) => CallBy::MobilePost,
            (true, ..) => CallBy::Mobile,
            (_, true, _) => CallBy::Get,
            (_, _, true) => CallBy::Post,
            _ => CallBy::Known,
        },
    })
}

fn to_rest(options: &Api, example: &str) -> Result<ApiCall, AppError> {
    if options.mobile || options.get || options.post {
        return Err(asked(
            "`--get`, `--post` and `--mobile` are for a simplycrm connection",
            &format!(
                "write the method in front of the path: `koppel api CONNECTION GET {example}`"
            ),
        ));
    }
    let [path] = options.rest.as_slice() else {
        return Err(asked(
            "a call has a method and one path",
            &format!(
                "write `koppel api CONNECTION GET {example}`, and parameters with `--query KEY=VALUE`"
            ),
        ));
    };
    let body = match options.data.as_deref() {
        None => None,
        Some("-") => Some(input("-")?),
        Some(text) => Some(match text.strip_prefix('@') {
            Some(from) => input(from)?,
            None => text.to_owned(),
        }),
    };
    Ok(ApiCall::Rest {
        method: options.operation.clone(),
        path: path.clone(),
        query: options.query.clone(),
        headers: options.header.clone(),
        body,
    })
}

/// The text of a file, or of stdin (`-`).
fn input(from: &str) -> Result<String, AppError> {
    let failed = |why: &dyn std::fmt::Display| {
        let place = if from == "-" { "stdin" } else { from };
        asked(
            format!("{place} cannot be read: {why}"),
            "name a file of UTF-8 text behind `@`, or `-` for stdin",
        )
    };
    let mut text = String::new();
    let read = match from {
        "-" => std::io::stdin()
            .take(MAX_INPUT + 1)
            .read_to_string(&mut text),
        path => std::fs::File::open(Path::new(path))
            .and_then(|file| file.take(MAX_INPUT + 1).read_to_string(&mut text)),
    };
    let bytes = read.map_err(|error| failed(&error))?;
    if bytes as u64 > MAX_INPUT {
        return Err(failed(&"it is larger than 16 MiB"));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
