//! Calls of a REST API by hand: SmartCRM, SnelStart, Syncro.

use api_core::Json;
use api_core::request::typed_path;

use super::{ApiAnswer, redact};
use crate::app::App;
use crate::audit::Called;
use crate::config::{ConnectionConfig, ConnectionSettings};
use crate::connect;
use crate::error::{AppError, Doing};

/// A request by hand.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a [(String, String)],
    pub(super) headers: &'a [(String, String)],
    pub(super) body: Option<&'a str>,
}

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

pub(super) async fn call(
    app: &App,
    connection: &ConnectionConfig,
    request: &Request<'_>,
) -> Result<ApiAnswer, AppError> {
    let upper = request.method.to_ascii_uppercase();
    let method = (METHODS.iter().find(|known| **known == upper))
        .and_then(|known| known.parse().ok())
        .ok_or_else(|| AppError::Asked {
            message: format!("`{}` is no method", request.method),
            help: format!("there are {}", METHODS.join(", ")),
        })?;
    let takes_headers = matches!(connection.settings, ConnectionSettings::Syncro(_));
    if !takes_headers && !request.headers.is_empty() {
        return Err(AppError::Asked {
            message: format!(
                "`--header` is for a syncro connection, not for {}",
                connection.kind
            ),
            help: "leave it out; the connection's own headers are sent".to_owned(),
        });
    }
    let called = Called {
        method: Some(upper.as_str()),
        path: typed_path(request.path.split('/').filter(|part| !part.is_empty())),
        reads: matches!(upper.as_str(), "GET" | "HEAD"),
    };
    app.audit.calls(connection, &called).await;
    let observer = app.observer(connection).await;
    let failed = |error| app.remote(connection.name.as_str(), Doing::Calling, error);
    match &connection.settings {
        ConnectionSettings::SmartCrm(settings) => {
            let options = app.options_for(connection).await?;
            let client =
                connect::smartcrm_client(connection, settings, options.as_deref(), observer)?;
            let answer = client
                .raw(method, request.path, request.query, request.body)
                .await
                .map_err(failed)?;
            Ok(ApiAnswer {
                body: (!answer.body.trim().is_empty()).then(|| redact::body(&answer.body)),
                refused: answer.refused.map(failed),
            })
        }
        ConnectionSettings::SnelStart(settings) => {
            let body = request.body.map(json_of).transpose()?;
            let client = connect::snelstart_client(connection, settings, observer)?;
            let answer = client
                .raw(method, request.path, &pairs(request.query), body.as_ref())
                .await
                .map_err(failed)?;
            Ok(answered(&answer.text))
        }
        ConnectionSettings::Syncro(settings) => {
            let body = request.body.map(json_of).transpose()?;
            let client = connect::syncro_client(connection, settings, observer)?;
            let (query, headers) = (pairs(request.query), pairs(request.headers));
            let answer = client
                .raw(method, request.path, &query, &headers, body.as_ref())
                .await
                .map_err(failed)?;
            Ok(answered(&answer.text))
        }
        _ => Err(super::has_none(
            connection,
            "API",
            "`koppel api --help` shows one for each kind that has",
        )),
    }
}

fn pairs(of: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = of.iter();
    pairs
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}

/// What was said to a call that was not refused.
fn answered(text: &str) -> ApiAnswer {
    ApiAnswer {
        body: (!text.trim().is_empty()).then(|| redact::body(text)),
        refused: None,
    }
}

/// A body as it was typed.
fn json_of(text: &str) -> Result<Json, AppError> {
    Json::parse(text).map_err(|error| AppError::Asked {
        message: format!("the body is no JSON: {error}"),
        help: "write an object such as '{\"naam\": \"Jansen\"}', or @FILE, or - for stdin"
            .to_owned(),
    })
}
