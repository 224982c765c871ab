//! Calls of a REST API by hand: SmartCRM, SnelStart.

use super::{ApiAnswer, redact};
use crate::app::App;
use crate::config::{ConnectionConfig, ConnectionSettings};
use crate::connect;
use crate::error::{AppError, Doing};

/// A request by hand.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a [(String, String)],
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
    let failed = |error| app.remote(connection.name.as_str(), Doing::Calling, error);
    match &connection.settings {
        ConnectionSettings::SmartCrm(settings) => {
            let options = app.options_for(connection).await?;
            let client = connect::smartcrm_client(connection, settings, options.as_deref())?;
            let answer = client
                .raw(method, request.path, request.query, request.body)
                .await
                .map_err(failed)?;
            Ok(ApiAnswer {
                body: (!answer.body.trim().is_empty()).then(|| redact::body(&answer.body)),
                refused: answer.refused.map(failed),
            })
        }
        _ => Err(super::has_none(
            connection,
            "API",
            "`koppel api --help` shows one for each kind that has",
        )),
    }
}
