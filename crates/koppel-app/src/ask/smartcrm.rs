//! Calls of SmartCRM's API by hand.

use super::{ApiAnswer, redact};
use crate::app::App;
use crate::config::{ConnectionConfig, SmartCrmSettings};
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
    settings: &SmartCrmSettings,
    request: &Request<'_>,
) -> Result<ApiAnswer, AppError> {
    let upper = request.method.to_ascii_uppercase();
    let method = (METHODS.iter().find(|known| **known == upper))
        .and_then(|known| known.parse().ok())
        .ok_or_else(|| AppError::Asked {
            message: format!("`{}` is no method", request.method),
            help: format!("there are {}", METHODS.join(", ")),
        })?;
    let options = app.options_for(connection).await?;
    let client = connect::smartcrm_client(connection, settings, options.as_deref())?;
    let failed = |error| app.remote(connection.name.as_str(), Doing::Calling, error);
    let answer = client
        .raw(method, request.path, request.query, request.body)
        .await
        .map_err(failed)?;
    Ok(ApiAnswer {
        body: (!answer.body.trim().is_empty()).then(|| redact::body(&answer.body)),
        refused: answer.refused.map(failed),
    })
}
